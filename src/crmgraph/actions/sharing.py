"""Give a record another owner, share it with somebody, take that back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from crmgraph.actions.cascading import along, owner_of
from crmgraph.actions.declared import ANY_RECORD, Id, action
from crmgraph.actions.events import note
from crmgraph.actions.guards import demand_all, held
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import Row, absent, checked_id, load_rows
from crmgraph.actions.records import update_record
from crmgraph.actions.traits import OWNER
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, RequestError, WriteRefused
from crmgraph.metadata.registry import TEAM_TYPE, USER_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import Privilege
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.shares import SHARED, Share, load_shares, save_shares


class SharedPrivilege(Enum):
    """What can be shared of a record."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    APPEND = "append"
    APPEND_TO = "append_to"
    ASSIGN = "assign"
    SHARE = "share"


@action(name="assign", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class Assign:
    """Give a record another owner; the records below it go along where their lookups say so."""

    record: Id
    owner: Id

    async def perform(self, unit: Unit) -> str:
        found, row = await owned(unit, self.record, "record")
        await update_record(unit, found.name, row["id"], {OWNER: {"id": self.owner}}, None, ("input",))
        return str(row["id"])


@action(name="share", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class ShareRecord:
    """Let somebody or a group do something with a record, beside what they may do anyway; it adds to earlier shares."""

    record: Id
    principal: Id
    privileges: list[SharedPrivilege]

    async def perform(self, unit: Unit) -> str:
        found, row = await owned(unit, self.record, "record")
        privileges = frozenset(Privilege(p.value) for p in self.privileges)
        if not privileges:
            raise WriteRefused([InputProblem(("input", "privileges"), "REQUIRED", "share_nothing")])
        principal = await principal_of(unit, self.principal)
        await check_sharing(unit, found, row["id"], privileges)
        await share(unit, (found, row), principal, privileges)
        return str(row["id"])


@action(name="unshare", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class UnshareRecord:
    """Take back what was shared with somebody or a group: the privileges that are named, or all."""

    record: Id
    principal: Id
    privileges: list[SharedPrivilege] | None = None

    async def perform(self, unit: Unit) -> str:
        found, row = await owned(unit, self.record, "record")
        await demand_all(unit, found, [row["id"]], Privilege.SHARE)
        gone = frozenset(SHARED if self.privileges is None else (Privilege(p.value) for p in self.privileges))
        await unshare(unit, (found, row), checked_id(unit, USER_TYPE, self.principal, ("input", "principal")), gone)
        return str(row["id"])


async def owned(unit: Unit, id: str, part: str) -> tuple[RecordType, Row]:
    """A record of any type that has owners; refused alike if it is absent and if it may not be seen."""
    path = ("input", part)
    canonical = checked_id(unit, USER_TYPE, id, path)
    probe = Probe(ids={canonical})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    unit.known |= probe.types
    found = unit.tables.living.by_code.get(probe.types.get(canonical, 0))
    rows = await load_rows(unit, found, [canonical]) if found is not None else []
    if found is None or not rows:
        error = absent(unit.registry.type(USER_TYPE), id)
        raise type(error)("any_record_not_found", path=path, id=id)
    if OWNER not in found.by_name:
        raise RequestError("BAD_USER_INPUT", "record_not_owned", path=path, type=found.label)
    return found, rows[0]


async def principal_of(unit: Unit, id: str) -> tuple[str, int]:
    """A user or a team, with the code of its type."""
    path = ("input", "principal")
    canonical = checked_id(unit, USER_TYPE, id, path)
    for name in (USER_TYPE, TEAM_TYPE):
        found = unit.registry.type(name)
        if await load_rows(unit, found, [canonical]):
            return canonical, found.code
    raise WriteRefused([InputProblem(path, "NOT_FOUND", "share_with_nobody")])


async def check_sharing(unit: Unit, found: RecordType, id: str, privileges: Iterable[Privilege]) -> None:
    """Who shares must be allowed to share, and cannot give what they do not have."""
    needed = {Privilege.SHARE, *privileges}
    answers = await held(unit, {(found.name, p): {id} for p in needed})
    for privilege in sorted(needed):
        if not answers[found.name, privilege]:
            raise RequestError("FORBIDDEN", "record_forbidden", type=found.label, privilege=privilege.value)


async def share(
    unit: Unit, root: tuple[RecordType, Row], principal: tuple[str, int], privileges: frozenset[Privilege]
) -> None:
    """Share a loaded record and what goes along with it; of that only what the caller may share."""
    found, row = root
    children = await along(unit, {row["id"]: (found, owner_of(row))}, lambda field: field.on_share)
    records = {row["id"]: root} | await shareable(unit, children, privileges)
    there = await load_shares(unit.transaction, unit.database_name, records, principal[0])
    new, changed = [], []
    for id, (kind, each) in records.items():
        through = None if id == row["id"] else (row["id"], found.code)
        before = there.get((id, through[0] if through else None))
        if before is None:
            new.append(Share(new_id(), (id, kind.code), principal, privileges, through))
        elif not privileges <= before.privileges:
            changed.append(replace(before, privileges=before.privileges | privileges))
        else:
            continue
        await tell(unit, "share", (kind, each), principal, privileges)
    await save_shares(unit.transaction, unit.database_name, new, changed, unit.common)


async def shareable(
    unit: Unit, children: dict[str, tuple[RecordType, Row]], privileges: frozenset[Privilege]
) -> dict[str, tuple[RecordType, Row]]:
    """Those of the records that go along on which the caller may do all that is shared."""
    needed = {Privilege.SHARE, *privileges}
    wanted: dict[tuple[str, Privilege], set[str]] = {}
    for id, (kind, _) in children.items():
        for privilege in needed:
            wanted.setdefault((kind.name, privilege), set()).add(id)
    answers = await held(unit, wanted)
    return {id: (k, r) for id, (k, r) in children.items() if all(id in answers[k.name, p] for p in needed)}


async def unshare(unit: Unit, root: tuple[RecordType, Row], principal: str, gone: frozenset[Privilege]) -> None:
    """Take privileges back from somebody: on a loaded record, and where they came along with it."""
    found, row = root
    children = await along(unit, {row["id"]: (found, owner_of(row))}, lambda field: field.on_share)
    records = {row["id"]: root, **children}
    there = await load_shares(unit.transaction, unit.database_name, records, principal)
    changed = []
    for (id, through), before in there.items():
        if (id == row["id"] or through == row["id"]) and before.privileges & gone:
            changed.append(replace(before, privileges=before.privileges - gone))
            await tell(unit, "unshare", records[id], before.principal, before.privileges & gone)
    await save_shares(unit.transaction, unit.database_name, [], changed, unit.common)


async def tell(
    unit: Unit, act: str, record: tuple[RecordType, Row], principal: tuple[str, int], privileges: frozenset[Privilege]
) -> None:
    """The event of sharing: it makes no new version."""
    found, row = record
    whom = {"id": principal[0], "type": unit.registry.by_code[principal[1]].name}
    values = {"principal": whom, "privileges": sorted(p.value for p in privileges)}
    before, after = (None, values) if act == "share" else (values, None)
    event = note(unit, act, found, row["id"], row["version"], before=before, after=after)
    await unit.transaction.execute_all(unit.writes.tell(act, found, row["id"], event))
