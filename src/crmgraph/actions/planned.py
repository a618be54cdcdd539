"""Changes that the system makes of loaded records, many at once, and what of them cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.hierarchies import in_circle
from crmgraph.actions.loading import Row
from crmgraph.actions.sets import write_checked
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import RecordType
from crmgraph.sql.probes import Keyed, Probe, ask, lineage


@dataclass(frozen=True, slots=True)
class Change:
    """A loaded record of a type, and its new values by field name."""

    type: RecordType
    row: Row
    values: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    def value(self, name: str) -> Any:
        """A field's value as it will be; of a lookup the id."""
        return plain(self.values[name]) if name in self.values else self.now(name)

    def now(self, name: str) -> Any:
        """The same as it is now."""
        return plain(self.row[name])

    def drop(self, names: Iterable[str]) -> list[str]:
        """Leave some fields as they are; those that were to change."""
        return [n for n in names if self.values.pop(n, self) is not self]


def plain(value: Any) -> Any:
    """A value of a key: of a lookup the id."""
    return value["id"] if isinstance(value, Mapping) and "id" in value else value


async def drop_taken(unit: Unit, changes: Sequence[Change]) -> list[tuple[Change, list[str]]]:
    """Leave the keys of a record as they are where another record has the values that one of them would get.

    What was left out, by record. One statement for all of them.
    """
    groups: dict[tuple[str, str], Keyed] = {}
    asked: list[tuple[Change, Keyed, int]] = []
    for change in changes:
        for key in traits_of(unit.tables, change.type.name).keys:
            values = tuple(change.value(n) for n in key.fields)
            if change.values.keys() & {*key.fields} and all(v is not None for v in values):
                fields = [change.type.by_name[n] for n in key.fields]
                group = groups.setdefault((change.type.name, key.name), Keyed(change.type, fields))
                group.values.append(values)
                asked.append((change, group, len(group.values) - 1))
    probe = Probe(keyed=list(groups.values()))
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    first: dict[tuple[Any, ...], str] = {}
    left: dict[str, tuple[Change, list[str]]] = {}
    for change, group, i in asked:
        holder = group.found[i][0] if i in group.found else first.get((id(group), *group.values[i]), change.id)
        if holder == change.id:
            first[id(group), *group.values[i]] = change.id
        elif change.id not in left:
            keys = traits_of(unit.tables, change.type.name).keys
            left[change.id] = change, change.drop({n: n for key in keys for n in key.fields})
    return list(left.values())


async def drop_circles(unit: Unit, changes: Iterable[Change]) -> list[Change]:
    """Leave the parents of records as they are that would come to stand below themselves, when all is written."""
    by_type: dict[str, list[Change]] = {}
    for change in changes:
        about = traits_of(unit.tables, change.type.name).hierarchy
        if about is not None and about.name in change.values:
            by_type.setdefault(change.type.name, []).append(change)
    left = []
    for name, moved in by_type.items():
        about = traits_of(unit.tables, name).hierarchy
        assert about is not None
        near: set[str] = {parent for c in moved for parent in (c.value(about.name), c.now(about.name)) if parent}
        stored = await lineage(unit.transaction, unit.database_name, about, sorted(near))
        while True:
            parents = {**stored, **{c.id: c.value(about.name) for c in moved}}
            wrong = [c for c in moved if about.name in c.values and in_circle(parents, c.id)]
            if not wrong:
                break
            for change in wrong:
                change.drop([about.name])
            left += wrong
    return left


async def write_planned(unit: Unit, changes: Iterable[Change]) -> None:
    """Write changes, those of the same fields of a type together. Those of which nothing is left are not written."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        if change.values:
            groups.setdefault((change.type.name, *change.values), []).append(change)
    for group in groups.values():
        await write_checked(unit, group[0].type, [(c.row, c.values) for c in group], system=True)
