"""Parties that wait for somebody are given to whoever gets their address, or to whom people choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crmgraph.actions.action import perform
from crmgraph.actions.addresses import addresses_in, canonical, search_keys
from crmgraph.actions.declared import Facts, Id, action
from crmgraph.actions.guards import Wanted, held
from crmgraph.actions.loading import checked_id, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.activities.matching import PARTY, WHO, Resolved, address_fields, resolve
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.security.principal import Privilege, trusted
from crmgraph.sql.addresses import Told, like_texts, unresolved_parts, what_they_say
from crmgraph.sql.awaited import any_awaited, forget_awaited, note_awaited, some_awaited
from crmgraph.sql.database import Database
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.tables import Tables

MOST = 1000  # parties that one write resolves


async def resolve_later(unit: Unit, found: Mapping[str, Resolved]) -> None:
    """The same for records that got addresses: what one write does not take is left to the background."""
    _, seen = await resolve_waiting(unit, found)
    if seen > MOST:
        rows = [(address, each.id, each.ambiguous) for address, each in sorted(found.items())]
        await note_awaited(unit.transaction, unit.database_name, rows)


async def carry_on_resolving(database: Database, tables: Tables) -> int:
    """Give parties to whoever got their addresses, a thousand in a transaction; how many were resolved.

    Any number of processes may do it at once.
    """
    caller = Caller(trusted(), "en", "crmgraph", "resolving", datetime.now(UTC))

    async def some(unit: Unit) -> tuple[int, bool]:
        due = await some_awaited(unit.transaction, unit.database_name, 1)
        if not due:
            return 0, False
        [each] = due
        kind = unit.registry.by_code[each.code]
        keys = search_keys(each.address)
        places = [(kind, field) for field in address_fields(unit, kind)]
        having = await like_texts(unit.transaction, unit.database_name, places, keys)
        still = any(m.id == each.id and canonical(m.text) == each.address for m in having)
        found = {each.address: Resolved(kind, each.id, each.ambiguous)} if still else {}
        count, seen = await resolve_waiting(unit, found) if found else (0, 0)
        if seen <= MOST or not count:
            await forget_awaited(unit.transaction, unit.database_name, [each.address])
        return count, True

    total = 0
    while await any_awaited(database):
        count, more = await perform(database, tables, caller, some)
        total += count
        if not more:  # others are at it
            break
    return total


async def resolve_waiting(unit: Unit, found: Mapping[str, Resolved], *, own: bool = False) -> tuple[int, int]:
    """Give parties that wait for an address (canonical) to whose it is; how many were, and how many were found.

    `own`: only those that the caller may change.
    """
    part = unit.registry.type(PARTY)
    keys = {key for address in found for key in search_keys(address)}
    waiting = await unresolved_parts(unit.transaction, unit.database_name, part, keys, MOST + 1)
    chosen = {id: r for id, text in waiting[:MOST] if (r := found.get(canonical(text)))}
    if own and chosen:
        key = (PARTY, Privilege.WRITE)
        may = (await held(unit, {key: set(chosen)}))[key]
        chosen = {id: r for id, r in chosen.items() if id in may}
    if not chosen:
        return 0, len(waiting)
    groups: dict[str, set[str]] = {}
    for each in chosen.values():
        groups.setdefault(each.type.name, set()).add(each.id)
    asked = [Told(unit.registry.type(name), (), sorted(ids)) for name, ids in groups.items()]
    names = await what_they_say(unit.transaction, unit.database_name, asked)
    length = part.by_name["name"].length
    changes = []
    for row in await load_rows(unit, part, chosen, system=True):
        each = chosen[row["id"]]
        if row[WHO] is None:
            name = (names.get(each.id, (None, None))[0] or row["name"] or "")[:length]
            changes.append((row, {WHO: each.link, "name": name or None, "is_ambiguous": each.ambiguous}))
    if changes:
        await write_changes(unit, part, changes, system=True)
    return len(changes), len(waiting)


@action(name="resolveParties", facts={"resolvedCount": int, "more": bool})
@dataclass(frozen=True, slots=True)
class ResolveParties:
    """Give what waits for an address, because nobody had it, to the record that has it by now, or to the one with the
    id `party`. It takes what the caller may change, a thousand at a time; `more` says that there is more.
    """

    address: str
    party: Id | None = None

    async def perform(self, unit: Unit) -> Facts:
        given = addresses_in(self.address)
        if len(given) != 1:
            label = unit.registry.field(PARTY, "address_used").label
            raise WriteRefused(
                [InputProblem(("input", "address"), "WRONG_FORMAT", "input_wrong_email", {"field": label})]
            )
        address = canonical(given[0].address)
        found = (await resolve(unit, [address])) if self.party is None else {address: await self.chosen(unit)}
        count, seen = await resolve_waiting(unit, found, own=True) if found else (0, 0)
        return {"resolvedCount": count, "more": seen > MOST}

    async def chosen(self, unit: Unit) -> Resolved:
        """The record that people chose, which they must see."""
        about = unit.registry.type(PARTY).by_name[WHO]
        id = checked_id(unit, PARTY, self.party or "", ("input", "party"))
        probe = Probe(ids={id})
        await ask(unit.transaction, unit.database_name, unit.tables, probe)
        found = unit.tables.living.by_code.get(probe.types.get(id, 0))
        wanted: Wanted = {(found.name, Privilege.READ): {id}} if found is not None else {}
        if found is None or found.name not in about.targets or not any((await held(unit, wanted)).values()):
            problem = InputProblem(("input", "party"), "NOT_FOUND", "input_not_found", {"field": about.label})
            raise WriteRefused([problem])
        return Resolved(found, id, False)
