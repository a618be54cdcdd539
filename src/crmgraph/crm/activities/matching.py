"""Whose address is it: active records first, then by type, the oldest first; only of what the caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from crmgraph.actions.addresses import candidates, canonical, search_keys
from crmgraph.actions.guards import Wanted, allowed, held
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.types import Field, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.addresses import Match, like_texts

PARTY, WHO = "activity_party", "party"
ORDER = ("contact", "account", "lead", "user", "team", "queue")  # whose address it is, if several records have it
OURS = frozenset({"user", "team", "queue"})
EMAIL_FORMAT = "email"


class Resolved(NamedTuple):
    """Whose an address is, and whether others have it too; `ours`: whether one of us has it."""

    type: RecordType
    id: str
    ambiguous: bool
    ours: bool = False

    @property
    def link(self) -> dict[str, str]:
        return {"id": self.id, "type": self.type.name}


def address_fields(unit: Unit, found: RecordType) -> tuple[Field, ...]:
    """The fields with e-mail addresses of a type's records that the caller may read."""
    policy = unit.caller.principal.policy
    fields = (f for f in found.fields if f.format == EMAIL_FORMAT and not f.is_computed and not f.retired)
    return tuple(f for f in fields if f.store == found.name and is_readable(policy, f))


def places(unit: Unit) -> list[tuple[RecordType, Field]]:
    """Where addresses stand that parties may have."""
    types = [unit.registry.type(name) for name in unit.registry.type(PARTY).by_name[WHO].targets]
    return [(found, field) for found in types if not found.retired for field in address_fields(unit, found)]


async def resolve(unit: Unit, addresses: Iterable[str]) -> dict[str, Resolved]:
    """By canonical address, whose it is; one statement, and one more for who does not see everything."""
    wanted = {canonical(a): candidates(a) for a in addresses}
    keys = {key for some in wanted.values() for each in some for key in search_keys(each)}
    if not keys:
        return {}
    matches = await like_texts(unit.transaction, unit.database_name, places(unit), keys)
    by_address: dict[str, list[Match]] = {}
    for match in await visible(unit, matches):
        by_address.setdefault(canonical(match.text), []).append(match)
    found = {}
    for address, some in wanted.items():
        best = next((b for each in some if (b := by_address.get(each))), None)
        if best:
            found[address] = chosen(unit, best)
    return found


async def visible(unit: Unit, matches: Sequence[Match]) -> list[Match]:
    """Those that the caller may see."""
    wanted: Wanted = {}
    for match in matches:
        if allowed(unit, match.type.name, Privilege.READ) != EVERY_ROW:
            wanted.setdefault((match.type.name, Privilege.READ), set()).add(match.id)
    seen = await held(unit, wanted) if wanted else {}
    return [m for m in matches if (key := (m.type.name, Privilege.READ)) not in wanted or m.id in seen[key]]


def chosen(unit: Unit, matches: Sequence[Match]) -> Resolved:
    """The best of the records that have an address; it is ambiguous if another one is as active."""

    def inactive(match: Match) -> bool:
        states = traits_of(unit.tables, match.type.name).states
        return bool(states) and match.state is not None and match.state != states[0].code

    best = min(matches, key=lambda m: (inactive(m), rank(m.type), m.created_on, m.id))
    rivals = {m.id for m in matches if inactive(m) == inactive(best)}
    ours = any(m.type.name in OURS for m in matches)
    return Resolved(best.type, best.id, len(rivals) > 1, ours)


def rank(found: RecordType) -> int:
    return ORDER.index(found.name) if found.name in ORDER else len(ORDER)


def by_type(links: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """Ids of records by the names of their types."""
    groups: dict[str, set[str]] = {}
    for link in links:
        groups.setdefault(link["type"], set()).add(link["id"])
    return groups
