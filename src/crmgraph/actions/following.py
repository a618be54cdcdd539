"""The records that name one that goes name the one that stays from then on, as their lookups say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crmgraph.actions.guards import Wanted, held
from crmgraph.actions.loading import load_rows
from crmgraph.actions.merges import OTHER, Pair
from crmgraph.actions.planned import Change, drop_taken, write_planned
from crmgraph.actions.taking import link_to
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.merging import MergeBehavior
from crmgraph.metadata.types import Field, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.probes import lineage
from crmgraph.sql.references import references_to, referring


class StayingReason(Enum):
    """Why records go on naming the one that went: their lookup says so, the other has a record with the same values of
    a key, or the record would name itself and must name one.
    """

    LOOKUP = "lookup"
    NOT_UNIQUE = "not_unique"
    ITSELF = "itself"


Places = dict[tuple[str, Field], list[str]]  # by record type and lookup: ids


@dataclass(slots=True)
class Followed:
    """Which records name another one now, and which do not and why."""

    moved: Places = field(default_factory=dict)
    stay: dict[StayingReason, Places] = field(default_factory=dict)

    def add(self, kind: RecordType, name: str, id: str, why: StayingReason | None = None) -> None:
        places = self.moved if why is None else self.stay.setdefault(why, {})
        places.setdefault((kind.name, kind.by_name[name]), []).append(id)

    @property
    def every(self) -> list[Places]:
        return [self.moved, *self.stay.values()]


async def follow(unit: Unit, pair: Pair) -> Followed:
    """Let records follow, whoever may see them: none is to be left behind unnoticed. Only what the caller sees is
    told. `pair` has the master as it is afterwards.
    """
    followed = Followed()
    changes = await changes_of(unit, pair, followed)
    for change, names in await drop_taken(unit, changes):
        own = change.id == pair.master["id"]
        if own and pair.type.hierarchy in names:
            label = pair.type.by_name[pair.type.hierarchy or ""].label
            raise WriteRefused([InputProblem(OTHER, "NOT_UNIQUE", "input_not_unique", {"field": label})])
        for name in names:
            followed.add(change.type, name, change.id, StayingReason.NOT_UNIQUE)
    for change in changes:
        for name in change.values:
            followed.add(change.type, name, change.id)
    await keep_seen(unit, followed)
    await write_planned(unit, changes)
    for change in changes:
        if change.id == pair.master["id"] and change.values:
            pair.master = {**pair.master, **change.values, "version": pair.master["version"] + 1}
    return followed


async def changes_of(unit: Unit, pair: Pair, followed: Followed) -> list[Change]:
    """What becomes of each record that names the one that goes, and of the one that stays."""
    named: dict[str, dict[str, set[str]]] = {}
    references = [r for r in references_to(unit.tables, pair.type) if not r.field.system]
    for each in await referring(unit.transaction, unit.database_name, references, [pair.other["id"]]):
        kind, about = unit.registry.by_code[each.code], each.reference.field
        if each.id == pair.other["id"]:
            continue
        if about.on_merge is MergeBehavior.NONE:
            followed.add(kind, about.name, each.id, StayingReason.LOOKUP)
        else:
            named.setdefault(kind.name, {}).setdefault(each.id, set()).add(about.name)
    changes = []
    for name, by_id in named.items():
        kind = unit.registry.type(name)
        for row in await load_rows(unit, kind, by_id.keys() - {pair.master["id"]}, system=True):
            still = (n for n in sorted(by_id[row["id"]]) if row[n] and row[n]["id"] == pair.other["id"])
            values = {n: link_to(kind.by_name[n], pair.type, pair.master["id"]) for n in still}
            changes.append(Change(kind, row, values))
    own = named.get(pair.type.name, {}).get(pair.master["id"], set())
    return [*changes, Change(pair.type, pair.master, await own_values(unit, pair, own, followed))]


async def own_values(unit: Unit, pair: Pair, names: Iterable[str], followed: Followed) -> dict[str, Any]:
    """What the record that stays has instead of the one that goes, where it named that: in place of a parent, that
    one's parent; so it is too where the other stands further above it, and its records are to stand below it.
    """
    values: dict[str, Any] = {}
    about = traits_of(unit.tables, pair.type.name).hierarchy
    for name in sorted(names):
        if about is None or name != about.name:
            values[name] = None
    if about is not None and about.on_merge is not MergeBehavior.NONE:
        above = await lineage(unit.transaction, unit.database_name, about, [pair.master["id"]])
        if pair.other["id"] in above:
            values[about.name] = pair.other[about.name]
    for name in [n for n, v in values.items() if v is None and pair.type.by_name[n].is_required]:
        del values[name]
        followed.add(pair.type, name, pair.master["id"], StayingReason.ITSELF)
    return values


async def keep_seen(unit: Unit, followed: Followed) -> None:
    """Forget of what is told the records that the caller does not see, and lookups that they do not read."""
    wanted: Wanted = {}
    for places in followed.every:
        for (kind, _), ids in places.items():
            wanted.setdefault((kind, Privilege.READ), set()).update(ids)
    seen, policy = await held(unit, wanted), unit.caller.principal.policy
    left = unit.tables.living.types
    for places in followed.every:
        for kind, about in list(places):
            shown = kind in left and about.name in left[kind].by_name and not about.hidden
            ids = [id for id in places.pop((kind, about)) if id in seen[kind, Privilege.READ]]
            if shown and ids and is_readable(policy, about):
                places[kind, about] = ids
