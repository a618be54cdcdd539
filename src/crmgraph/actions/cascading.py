"""What goes along with a record that gets another owner or is shared, as the lookups to it say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.traits import OWNER, STATE
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import Cascade, Field, RecordType
from crmgraph.sql.references import Reference, references_to, referring

Along = dict[str, tuple[RecordType, Row]]  # by id: what goes along
Behavior = Callable[[Field], Cascade]


async def along(unit: Unit, roots: Mapping[str, tuple[RecordType, str | None]], behavior: Behavior) -> Along:
    """The records that go along with some (by id: their type and owner), level by level, each once."""
    found: Along = {}
    level = {id: (kind, owner) for id, (kind, owner) in roots.items()}
    while level:
        below: dict[str, tuple[RecordType, str | None]] = {}
        for kind_name in {kind.name for kind, _ in level.values()}:
            ids = {id: owner for id, (kind, owner) in level.items() if kind.name == kind_name}
            for id, (kind, row) in (await below_them(unit, kind_name, ids, behavior)).items():
                if id not in found and id not in roots:
                    found[id] = (kind, row)
                    below[id] = (kind, owner_of(row))
        level = below
    return found


def owner_of(row: Row) -> str | None:
    link = row.get(OWNER)
    return link["id"] if link else None


async def below_them(unit: Unit, type_name: str, owners: Mapping[str, str | None], behavior: Behavior) -> Along:
    """The records that name one of these by a lookup that takes them along."""
    every = references_to(unit.tables, unit.registry.type(type_name))
    references = [r for r in every if behavior(r.field) is not Cascade.NONE]
    if not references:
        return {}
    named: dict[str, dict[str, list[tuple[Reference, str]]]] = {}
    for each in await referring(unit.transaction, unit.database_name, references, owners):
        name = unit.registry.by_code[each.code].name
        named.setdefault(name, {}).setdefault(each.id, []).append((each.reference, each.target))
    found: Along = {}
    for name, by_id in named.items():
        kind = unit.registry.type(name)
        if OWNER not in kind.by_name:
            continue
        for row in await load_rows(unit, kind, by_id, system=True):
            if any(goes(unit, kind, row, behavior(r.field), owners[target]) for r, target in by_id[row["id"]]):
                found[row["id"]] = (kind, row)
    return found


def goes(unit: Unit, kind: RecordType, row: Row, how: Cascade, owner: str | None) -> bool:
    """Whether a record goes along: all do, those in their first state, or those of the same owner."""
    match how:
        case Cascade.ACTIVE:
            states = unit.registry.states(kind)
            return not states or row.get(STATE) == states[0].code
        case Cascade.USER_OWNED:
            return owner is not None and owner_of(row) == owner
        case _:
            return True
