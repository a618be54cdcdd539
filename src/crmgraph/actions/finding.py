"""Which records are meant: by id or by an alternate key, asked for in one statement and then loaded in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.drafts import Path, key_values
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault, wrong_format
from crmgraph.errors import InputProblem
from crmgraph.metadata.types import Key, Label, RecordType
from crmgraph.sql.probes import Keyed, Probe, ask


@dataclass(slots=True)
class Sought:
    """A record that `{"id"}` or `{"key": {name: values}}` means, one of `type` (which may be abstract).

    `label` is what people call the place. `id` is known after `find_ids`, None if there is no such record;
    `problem` is what is wrong with the input.
    """

    type: RecordType
    given: Mapping[str, Any]
    path: Path
    label: Label
    id: str | None = None
    key: Key | None = None
    values: tuple[Any, ...] = ()
    problem: InputProblem | None = None

    def refuse(self, code: str, key: str, **data: Any) -> None:
        self.problem = InputProblem(self.path, code, key, {"field": self.label, **data})


async def find_ids(unit: Unit, wanted: Sequence[Sought]) -> None:
    """The ids of the records that are meant; one statement for all keys, none where all are ids of concrete types."""
    probe = Probe()
    groups: dict[tuple[str, str], Keyed] = {}
    places: list[tuple[Sought, Keyed, int]] = []
    for each in wanted:
        try:
            take(unit, each)
        except Fault as fault:
            each.refuse(fault.code, fault.key, **fault.data)
            continue
        if each.id is not None and each.type.abstract and each.id not in unit.known:
            probe.ids.add(each.id)
        for key in (each.key,) if each.key else ():
            fields = [each.type.by_name[n] for n in key.fields]
            group = groups.setdefault((each.type.name, key.name), Keyed(each.type, fields))
            places.append((each, group, len(group.values)))
            group.values.append(each.values)
    probe.keyed = list(groups.values())
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    unit.known |= probe.types
    for each, group, i in places:
        if i in group.found:
            each.id, unit.known[group.found[i][0]] = group.found[i]


def take(unit: Unit, sought: Sought) -> None:
    """The canonical id, or the key with canonical values. Raises `Fault`."""
    given = sought.given
    if "key" in given:
        choices, sought.values = key_values(unit, [sought.type.name], given["key"])
        sought.key = choices[0][1]
        return
    sought.id = canonical_id(given.get("id"))
    if sought.id is None:
        raise wrong_format("input_wrong_id")


async def load_found(unit: Unit, wanted: Iterable[Sought]) -> dict[str, tuple[RecordType, Row]]:
    """The records that were found, locked: a statement for each concrete type, in the order of the ids."""
    ids: dict[int, set[str]] = {}
    for each in wanted:
        if each.id is not None and each.problem is None:
            code = unit.known.get(each.id, 0) if each.type.abstract else each.type.code
            if code in {t.code for t in unit.registry.shown(each.type.name)}:
                ids.setdefault(code, set()).add(each.id)
    found: dict[str, tuple[RecordType, Row]] = {}
    for code, some in sorted(ids.items()):
        kind = unit.registry.by_code[code]
        for row in await load_rows(unit, kind, some):
            found[row["id"]] = (kind, row)
            unit.known[row["id"]] = code
    return found
