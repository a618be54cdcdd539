"""Searches for duplicates in GraphQL: ask for one, cancel it; say of pairs that they are none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmgraph.actions.declared import Facts, Id, action
from crmgraph.actions.guards import Wanted, forbidden, held, policy_of
from crmgraph.actions.loading import absent, checked_id
from crmgraph.actions.scanning import enter
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError, RuleViolated
from crmgraph.metadata.former import type_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import DUPLICATE_TYPE, SCAN_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import Permission, Privilege
from crmgraph.sql.scans import CANCELLED, DISMISSED, OPEN, RUNNING, WAITING, Scans


@action(name="scanForDuplicates", answers=SCAN_TYPE)
@dataclass(frozen=True, slots=True)
class ScanForDuplicates:
    """Search all records of a type for duplicates in the background, by its duplicate rules. A search of the type that
    has not come to its end is answered instead. Only who may read all records of the type may search them.
    """

    record_type: str

    async def perform(self, unit: Unit) -> str:
        found = asked_type(unit, self.record_type)
        may_scan(unit, found)
        return (await enter(unit, found)).id


def asked_type(unit: Unit, name: str) -> RecordType:
    """The record type that is called so in the API, or by its own name."""
    found = type_called(unit.tables.living, name)
    if found is None or found.journal or found.abstract:
        known = [t.api_name for t in unit.tables.living.types.values() if t.duplicates]
        hint = ", ".join(did_you_mean(name, known)) or ", ".join(sorted(known))
        path = ("input", "recordType")
        raise RequestError("BAD_USER_INPUT", "import_unknown_type", path=path, type=name, hint=hint)
    return found


def may_scan(unit: Unit, found: RecordType) -> None:
    """Refuse unless the caller may read all records of a type: a search tells how many are alike."""
    policy = policy_of(unit)
    if not policy.unlimited and not policy.reach(found.base or found.name, Privilege.READ).everything:
        raise forbidden(found, Privilege.READ)


@action(name="cancelDuplicateScan", answers=SCAN_TYPE)
@dataclass(frozen=True, slots=True)
class CancelDuplicateScan:
    """Stop a search for duplicates before its next step; what it has found stays. Whoever asked for it may, and who may
    see the audit trail.
    """

    scan: Id

    async def perform(self, unit: Unit) -> str:
        kind = unit.registry.type(SCAN_TYPE)
        id = checked_id(unit, SCAN_TYPE, self.scan, ("input", "scan"))
        scans = Scans(unit.transaction, unit.database_name)
        found = await scans.one(id)
        mine = found is not None and found.user_id is not None and found.user_id == unit.caller.user_id
        if found is None or not (mine or unit.caller.principal.may(Permission.SEE_AUDIT)):
            raise absent(kind, id)
        if found.state not in (WAITING, RUNNING, CANCELLED):
            options = kind.by_name["state"].options
            option = options.by_code(found.state) if options else None
            raise RuleViolated("scan_not_running", "scan_not_running", state=option.label if option else found.state)
        now = datetime.now(UTC)
        await scans.save(replace(found, state=CANCELLED, seen_on=now, finished_on=now))
        return id


@action(name="dismissDuplicates", facts={"affectedCount": int})
@dataclass(frozen=True, slots=True)
class DismissDuplicates:
    """Say of pairs that they are no duplicates: they are told no more, whatever is searched or written; with `undo`,
    that they are. Only who may change both records may say so.
    """

    pairs: list[Id]
    undo: bool = False

    async def perform(self, unit: Unit) -> Facts:
        kind = unit.registry.type(DUPLICATE_TYPE)
        ids = [checked_id(unit, DUPLICATE_TYPE, id, ("input", "pairs", i)) for i, id in enumerate(self.pairs)]
        scans = Scans(unit.transaction, unit.database_name)
        rows = await scans.pairs(ids)
        wanted: dict[Privilege, Wanted] = {p: {} for p in (Privilege.READ, Privilege.WRITE)}
        for _, *both in rows:
            for id, code in both:
                for privilege, some in wanted.items():
                    some.setdefault((unit.registry.by_code[code].name, privilege), set()).add(id)
        may = {p: {id for some in (await held(unit, w)).values() for id in some} for p, w in wanted.items()}
        seen = {id for id, a, b in rows if {a[0], b[0]} <= may[Privilege.READ]}
        for i, id in enumerate(ids):
            if id not in seen:
                error = absent(kind, id)
                raise type(error)(error.key, path=("input", "pairs", i), **error.data)
        for _, a, b in rows:
            for id, code in (a, b):
                if id not in may[Privilege.WRITE]:
                    raise forbidden(unit.registry.by_code[code], Privilege.WRITE)
        state = OPEN if self.undo else DISMISSED
        return {"affectedCount": await scans.decide(ids, state, unit.common[:2]) if ids else 0}
