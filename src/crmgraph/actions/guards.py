"""What whoever writes may do: with which records, with which fields, in whose name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from crmgraph.actions.drafts import Draft
from crmgraph.actions.traits import OWNER
from crmgraph.errors import InputProblem, NotFound, RequestError
from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, All, Condition
from crmgraph.metadata.registry import DELETED_TYPE, OWNING_UNIT
from crmgraph.metadata.types import Field, RecordType
from crmgraph.security.access import condition
from crmgraph.security.principal import MINE, Permission, Policy, Privilege
from crmgraph.sql.guards import Asked, Guard, held_arguments, held_text
from crmgraph.sql.recycling import entries_of
from crmgraph.sql.writes import Guarded

if TYPE_CHECKING:
    from crmgraph.actions.unit import Unit

Wanted = dict[tuple[str, Privilege], set[str]]  # (record type, privilege) → ids


def policy_of(unit: Unit) -> Policy:
    return unit.caller.principal.policy


def allowed(unit: Unit, type_name: str, privilege: Privilege) -> Condition:
    """The rows of a record type on which the caller may do something."""
    policy = policy_of(unit)
    if policy.unlimited:
        return EVERY_ROW
    key = ("allowed", policy, type_name, privilege)
    return unit.tables.cached(key, lambda: condition(unit.registry, policy, type_name, privilege))


def guarded(unit: Unit, found: RecordType, privileges: Iterable[Privilege]) -> Guarded | None:
    """What rows of a type must meet so that the caller may do all of that with them; None if all do."""
    wanted = tuple(dict.fromkeys(privileges))
    conditions = [c for p in wanted if (c := allowed(unit, found.name, p)) != EVERY_ROW]
    if not conditions:
        return None
    whole = conditions[0] if len(conditions) == 1 else All(tuple(conditions))
    guard = Guard((policy_of(unit), wanted), whole, unit.registry, unit.tables.cache["phrases", unit.database_name])
    return Guarded(guard, unit.caller.principal)


def demand(unit: Unit, permission: Permission) -> None:
    """Refuse what needs a permission that the caller does not have."""
    if not unit.caller.principal.may(permission):
        raise RequestError("FORBIDDEN", "permission_missing", permission=permission.value)


async def held(unit: Unit, wanted: Wanted) -> Wanted:
    """Of some records those on which the caller may do what is asked: one statement, none where all or none may be."""
    found: Wanted = {}
    asked: list[tuple[tuple[str, Privilege], Condition]] = []
    for key, ids in wanted.items():
        needed = allowed(unit, *key)
        if needed == EVERY_ROW:
            found[key] = set(ids)
        elif needed == NO_ROW or not ids:
            found[key] = set()
        else:
            found[key] = set()
            asked.append((key, needed))
    if asked:
        tables, name = unit.tables, unit.database_name
        phrases = tables.cache["phrases", name]
        questions = [Asked(key[0], needed) for key, needed in asked]
        cached = ("held", name, policy_of(unit), tuple(key for key, _ in asked))
        text, parameters = tables.cached(cached, lambda: held_text(tables.registry, phrases, questions))
        lists = [wanted[key] for key, _ in asked]
        arguments = held_arguments(name, parameters, lists, unit.caller.principal)
        for number, id in await unit.transaction.rows(text, arguments):
            found[asked[number][0]].add(id)
    return found


def forbidden(found: RecordType, privilege: Privilege) -> RequestError:
    return RequestError("FORBIDDEN", "record_forbidden", type=found.label, privilege=privilege.value)


async def demand_all(unit: Unit, found: RecordType, ids: Iterable[str], privilege: Privilege) -> None:
    """Refuse if the caller may not do something with each of these records, which are known to be there."""
    if allowed(unit, found.name, privilege) == EVERY_ROW:
        return
    wanted: Wanted = {(found.name, privilege): set(ids)}
    if (await held(unit, wanted)) != wanted:
        raise forbidden(found, privilege)


async def demand_in_bin(unit: Unit, ids: Iterable[str], privilege: Privilege) -> None:
    """Refuse what concerns deleted records that the caller does not see in the bin (as if they were not there), or of
    whose types they may not create or delete anything."""
    visible = allowed(unit, DELETED_TYPE, Privilege.READ)
    if visible == EVERY_ROW and policy_of(unit).unlimited:
        return
    registry, name = unit.registry, unit.database_name
    found = registry.type(DELETED_TYPE)
    asked = list(dict.fromkeys(ids))
    entries = await entries_of(unit.transaction, name, asked)
    seen = (await held(unit, {(found.name, Privilege.READ): {id for id, _, _ in entries}}))[found.name, Privilege.READ]
    there = {record for id, record, _ in entries if id in seen}
    for id in asked:
        if id not in there:
            raise NotFound("record_not_found", type=found.label, id=id)
    for _, record, code in entries:
        kind = registry.by_code.get(code)
        if record in there and kind is not None and policy_of(unit).reach(kind.base or kind.name, privilege).nothing:
            raise forbidden(kind, privilege)


# --- drafts --------------------------------------------------------------------------------------------------------


def privileges_for(names: Iterable[str], found: RecordType) -> list[Privilege]:
    """What it takes to change some fields of a record."""
    changed = [n for n in names if n != OWNING_UNIT]
    needed = [Privilege.ASSIGN] if OWNER in changed else []
    if any(n != OWNER for n in changed) or not needed:
        needed.append(Privilege.WRITE)
    if any(links_on(found, n) for n in changed):
        needed.append(Privilege.APPEND)
    return needed


def links_on(found: RecordType, name: str) -> bool:
    """Whether a field ties a record to another one, as people do it."""
    field = found.by_name[name]
    return bool(field.targets) and not field.system


async def check_rights(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Refuse what the caller may not write: all faults of all drafts are put beside them."""
    if policy_of(unit).unlimited:
        return
    batch = {d.id for d in drafts if d.row is None}
    targets: Wanted = {}
    rows: Wanted = {}
    ties: list[tuple[Draft, Field, str, str, tuple[Privilege, ...]]] = []
    for draft in drafts:
        found = draft.traits.type
        if draft.row is None:
            check_new(unit, draft)
        else:
            for privilege in privileges_for(draft.values, found) if draft.values else ():
                rows.setdefault((found.name, privilege), set()).add(draft.id)
        for field, id, target in tied(unit, draft):
            if id not in batch:
                needed = needed_of_target(found, field, draft)
                ties.append((draft, field, id, target, needed))
                for privilege in needed:
                    targets.setdefault((target, privilege), set()).add(id)
    answers = await held(unit, merged(targets, rows))
    for draft, field, id, target, needed in ties:
        missing = [p for p in needed if id not in answers[target, p]]
        if missing and field.name not in draft.faulty:
            refuse_tie(draft, field, missing[0])
    for draft in drafts:
        found = draft.traits.type
        for privilege in privileges_for(draft.values, found) if draft.row is not None and draft.values else ():
            if draft.id not in answers[found.name, privilege]:
                refuse_record(draft, privilege)
                break


def merged(*every: Wanted) -> Wanted:
    found: Wanted = {}
    for wanted in every:
        for key, ids in wanted.items():
            found.setdefault(key, set()).update(ids)
    return found


def refuse_tie(draft: Draft, field: Field, missing: Privilege) -> None:
    """A target that may not be seen answers as one that is not there."""
    if missing is Privilege.READ:
        draft.refuse(field, "NOT_FOUND", "input_not_found")
    else:
        draft.refuse(field, "FORBIDDEN", "input_link_forbidden")


def needed_of_target(found: RecordType, field: Field, draft: Draft) -> tuple[Privilege, ...]:
    """What it takes to name a record: to see it, to append to it; of a record that follows it, to write it."""
    if field.name == OWNER:
        return (Privilege.READ,)
    if field.name == found.follows and draft.row is None:
        return (Privilege.READ, Privilege.WRITE)
    return (Privilege.READ, Privilege.APPEND_TO)


def tied(unit: Unit, draft: Draft) -> Iterable[tuple[Field, str, str]]:
    """The records that a draft names anew: (lookup, id, record type)."""
    for field in draft.traits.links:
        link = draft.values.get(field.name)
        if link is None or field.name in draft.faulty or (field.system and field.name != OWNER):
            continue
        if field.name == OWNER and link["id"] in unit.caller.principal.values[MINE]:
            continue
        yield field, link["id"], link.get("type") or field.targets[0]


def check_new(unit: Unit, draft: Draft) -> None:
    """A new record must be one that the caller may create: its owner says so, and what it ties must be one's to tie."""
    found = draft.traits.type
    store = unit.registry.type(found.base) if found.base else found
    principal = unit.caller.principal
    for privilege in (Privilege.CREATE, *((Privilege.APPEND,) if any(tied_fields(draft)) else ())):
        reach = principal.policy.reach(store.name, privilege)
        if reach.everything or (store.follows and not reach.nothing):
            continue
        if reach.nothing or not store.owned:
            refuse_record(draft, privilege)
            return
        owner, unit_of = draft.values.get(OWNER), draft.values.get(OWNING_UNIT)
        own = owner is not None and owner["id"] in principal.values[MINE]
        units = principal.values.get(principal.policy.units(reach.grants), ()) if reach.grants else ()
        if not own and (unit_of is None or unit_of["id"] not in units):
            refuse_record(draft, privilege)
            return


def refuse_record(draft: Draft, privilege: Privilege) -> None:
    """The whole record may not be written so."""
    data = {"type": draft.traits.type.label, "privilege": privilege.value}
    draft.problems.append(InputProblem(draft.path, "FORBIDDEN", "record_forbidden", data))


def tied_fields(draft: Draft) -> Iterable[Field]:
    return (f for f in draft.traits.links if not f.system and draft.values.get(f.name) is not None)
