"""Why somebody may do something with a record, or may not: every reason that could hold, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmgraph.actions.unit import Unit
from crmgraph.metadata.registry import TEAM_TYPE, UNIT_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.security.access import Because, condition, reasons
from crmgraph.security.principal import PRIVILEGES, Principal, Privilege, level_of
from crmgraph.sql.guards import Asked, held_arguments, held_text
from crmgraph.sql.names import load_names
from crmgraph.sql.phrases import Phrases
from crmgraph.sql.probes import Probe, ask

NAMED = (UNIT_TYPE, TEAM_TYPE)
OF_RECORDS = tuple(p for p in PRIVILEGES if p is not Privilege.CREATE)  # what can be done with one that is there


@dataclass(frozen=True, slots=True)
class Reason:
    """One way in which a privilege could reach the record. `where`: the units or teams in which the role holds."""

    privilege: Privilege
    kind: str
    role: str | None
    level: str | None
    where: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A record's type, what may be done with it, the reasons, and the roles that grant nothing of it."""

    type: RecordType
    granted: tuple[Privilege, ...]
    reasons: tuple[Reason, ...]
    silent: tuple[str, ...]


async def explain_record(unit: Unit, phrases: Phrases, principal: Principal, id: str) -> Explained | None:
    """What a principal may do with a record, and why; None if there is no such record.

    It is asked by somebody who may know: what the principal cannot see is looked at all the same.
    """
    probe = Probe(ids={id})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    found = unit.registry.by_code.get(probe.types.get(id, 0))
    if found is None:
        return None
    policy = principal.policy
    every = [(p, each) for p in OF_RECORDS for each in reasons(unit.registry, policy, found.name, p)]
    whole = [Asked(found.name, condition(unit.registry, policy, found.name, p)) for p in OF_RECORDS]
    asked = [*whole, *(Asked(found.name, each.condition) for _, each in every)]
    text, names = held_text(unit.registry, phrases, asked)
    arguments = held_arguments(unit.database_name, names, [[id]] * len(asked), principal)
    hits = {number for number, _ in await unit.transaction.rows(text, arguments)}
    known = await load_names(unit.transaction, NAMED)
    told = []
    for number, (privilege, each) in enumerate(every, len(whole)):
        way, held_in = each.way, places(each, principal, known)
        level = way.level.name if way.level is not None else None
        told.append(Reason(privilege, way.kind, way.role, level, held_in, number in hits))
    granted = tuple(p for i, p in enumerate(OF_RECORDS) if i in hits)
    return Explained(found, granted, tuple(told), tuple(silent(unit, principal, found)))


def places(reason: Because, principal: Principal, names: dict[str, str]) -> tuple[str, ...]:
    """The units and teams in which the role of a reason is held."""
    role = next((r for r in principal.policy.roles if r.name == reason.way.role), None)
    if role is None:
        return ()
    held = [h for h in principal.holdings if h.role == role.id]
    return tuple(dict.fromkeys(names.get(h.team or h.unit or "", "–") for h in held))


def silent(unit: Unit, principal: Principal, found: RecordType) -> Iterator[str]:
    """The roles that say nothing of a type."""
    store = found.base or found.name
    for role, (_, levels) in zip(principal.policy.roles, principal.policy.levels, strict=True):
        if not any(level_of(levels, store, place) for place in range(len(PRIVILEGES))):
            yield role.name


def ordered(explained: Explained) -> Sequence[Reason]:
    """The reasons that hold before those that do not, by privilege."""
    return sorted(explained.reasons, key=lambda r: (PRIVILEGES.index(r.privilege), not r.holds))
