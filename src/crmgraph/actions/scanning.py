"""Searches of all records of a type for duplicates: entered, taken up, done some keys at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

from crmgraph.actions.building import build_keys, is_unbuilt, silent, system_caller
from crmgraph.actions.ids import new_id
from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.matching import LARGEST, Matcher, matchers, parsed
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.metadata.types import RecordType
from crmgraph.plan.likeness import telling
from crmgraph.sql.database import Database
from crmgraph.sql.matches import Holder
from crmgraph.sql.scans import FAILED, FINISHED, RUNNING, WAITING, PairRow, Scan, Scans, some_wanted
from crmgraph.sql.tables import Tables

AT_ONCE = 2000  # keys that are compared in one transaction
MOST_ALL = 30  # records that share a key and are all paired; of more each is paired with the one that was there first
MOST_COMPARED = 60  # and so many texts that are compared with each other one by one
ABANDONED_AFTER = timedelta(seconds=30)  # those at work are seen every second or so
DONE, RULE, KEY, RUNNER = "done", "rule", "key", "runner"  # parts of a position
LONGEST_MESSAGE = 4000

Told = Callable[[Scan], None]


def nobody(scan: Scan) -> None:
    """No progress is told."""


def own_matchers(tables: Tables, found: RecordType) -> list[Matcher]:
    """The rules by which records of a type are compared."""
    return [m for m in matchers(tables).get(found.name, ()) if m.own]


async def enter(unit: Unit, found: RecordType) -> Scan:
    """A new search, or the one of the type that has not come to its end."""
    if not own_matchers(unit.tables, found):
        raise RequestError("BAD_USER_INPUT", "duplicates_no_rules", path=("input", "recordType"), type=found.label)
    scans = Scans(unit.transaction, unit.database_name)
    known = await scans.unfinished(found.code)
    if known is not None:
        return known
    now, title = unit.caller.now, found.labels.text(unit.caller.locale)
    made = Scan(new_id(), title, found.code, WAITING, unit.caller.user_id, now, now)
    await scans.add(made)
    return made


async def take(database: Database, tables_now: Callable[[], Tables], id: str | None = None) -> Scan | None:
    """A search that is this process's from now on: the one with the id, else the next one; None if there is none."""

    async def work(unit: Unit) -> Scan | None:
        scans, now = Scans(unit.transaction, unit.database_name), datetime.now(UTC)
        found = await (scans.takeable(now - ABANDONED_AFTER) if id is None else scans.one(id))
        if found is None or found.state not in (WAITING, RUNNING):
            return None
        taken = replace(found, state=RUNNING, seen_on=now, position={**found.position, RUNNER: new_id()})
        await scans.save(taken)
        return taken

    return await perform_in_force(database, tables_now(), system_caller(), work)


async def scan(database: Database, tables_now: Callable[[], Tables], taken: Scan, told: Told = nobody) -> Scan | None:
    """Go on with a search that was taken, to its end; None if it was cancelled or somebody else has it now."""
    await build_keys(database, tables_now, silent)
    now: Scan | None = taken

    async def work(unit: Unit) -> Scan | None:
        return await step(unit, taken)

    try:
        while now is not None and now.state == RUNNING:
            told(now)
            now = await perform_in_force(database, tables_now(), system_caller(), work)
    except Exception as error:
        await fail(database, tables_now, taken, f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE])
        raise
    if now is not None:
        told(now)
    return now


async def fail(database: Database, tables_now: Callable[[], Tables], taken: Scan, text: str) -> None:
    async def work(unit: Unit) -> None:
        scans = Scans(unit.transaction, unit.database_name)
        found = await scans.one(taken.id)
        if found is not None and found.position.get(RUNNER) == taken.position[RUNNER]:
            await scans.save(replace(found, state=FAILED, message=text, finished_on=datetime.now(UTC)))

    await perform_in_force(database, tables_now(), system_caller(), work)


async def step(unit: Unit, taken: Scan) -> Scan | None:
    """Compare the next keys, in one transaction with the note of how far it has come."""
    scans, now = Scans(unit.transaction, unit.database_name), datetime.now(UTC)
    found = await scans.one(taken.id)
    if found is None or found.state != RUNNING or found.position.get(RUNNER) != taken.position[RUNNER]:
        return None
    every = own_matchers(unit.tables, unit.registry.by_code[found.record_type])
    position = dict(found.position)
    done = position.setdefault(DONE, [])
    left = [m for m in every if m.rule.name not in done]
    if not left:
        await scans.settle_others(found.id, found.record_type)
        ended = replace(found, state=FINISHED, seen_on=now, finished_on=now, done=found.total)
        await scans.save(ended)
        return ended
    matcher = next((m for m in left if m.rule.name == position.get(RULE)), left[0])
    if matcher.rule.name != position.get(RULE):
        position |= {RULE: matcher.rule.name, KEY: 0}
    keys = await scans.shared_keys(matcher.scope, position[KEY], AT_ONCE)
    pairs = list(pairs_of(matcher, await scans.members(keys))) if keys else []
    count = await scans.keep(found.id, found.record_type, pairs, now)
    if len(keys) < AT_ONCE:
        done.append(matcher.rule.name)
    else:
        position[KEY] = keys[-1]
    total = found.total or await scans.count_keys(m.scope for m in every)
    part = len(done) + (position[KEY] / LARGEST if len(keys) == AT_ONCE else 0)  # keys lie evenly among all numbers
    reached = min(round(total * part / max(len(every), 1)), total)
    moved = replace(found, seen_on=now, total=total, done=reached, found=found.found + count, position=position)
    await scans.save(moved)
    return moved


# --- pairs -------------------------------------------------------------------------------------------------------


def pairs_of(matcher: Matcher, members: Iterable[Holder]) -> Iterator[PairRow]:
    """The duplicates among records that share keys, each pair once."""
    groups: dict[int, list[Holder]] = {}
    for each in members:
        groups.setdefault(each.key, []).append(each)
    seen: set[tuple[str, str]] = set()
    for group in groups.values():
        for one, other in candidates(matcher, group):
            if (one.id, other.id) not in seen:
                seen.add((one.id, other.id))
                score = matcher.score(one.texts, other.texts)
                if score:
                    yield PairRow(new_id(), (one.id, one.code), (other.id, other.code), matcher.rule.name, score)


def candidates(matcher: Matcher, group: Sequence[Holder]) -> Iterator[tuple[Holder, Holder]]:
    """Who may be a duplicate of whom among records with the same key, in the order of their ids."""
    if matcher.target != matcher.type.code:
        others = [h for h in group if h.code == matcher.target]
        mine = [h for h in group if h.code == matcher.type.code]
        yield from ((other, own) for own in mine for other in others[:MOST_ALL])
        return
    same = [h for h in group if h.code == matcher.target]
    if len(same) > 1 and same[0].texts is not None:
        yield from similar_ones(matcher, same)
    elif len(same) <= MOST_ALL:
        yield from combinations(same, 2)
    else:
        yield from ((same[0], other) for other in same[1:])


def similar_ones(matcher: Matcher, group: Sequence[Holder]) -> Iterator[tuple[Holder, Holder]]:
    """Of few records all pairs; of many those that have one of the telling trigrams of their first texts in common."""
    if len(group) <= MOST_COMPARED:
        yield from combinations(group, 2)
        return
    threshold = next(c.threshold for c in matcher.rule.conditions if c.threshold is not None)
    having: dict[str, list[int]] = {}
    for number, each in enumerate(group):
        texts = parsed(each.texts or "")[0]
        near = {n for t in texts for tri in telling(t, threshold) for n in having.get(tri, ())}
        yield from ((group[n], each) for n in sorted(near))
        for trigram in {tri for t in texts for tri in telling(t, threshold)}:
            having.setdefault(trigram, []).append(number)


@dataclass(slots=True)
class Finder:
    """Keeps duplicates found while a process runs: builds keys for rules that are new, and does searches that wait."""

    database: Database
    tables_now: Callable[[], Tables]
    built: Tables | None = None  # the metadata in force when all keys were there

    async def build(self) -> int:
        """Build the keys that are missing; of how many records."""
        tables = self.tables_now()
        if tables is self.built:
            return 0
        count = await build_keys(self.database, self.tables_now)
        self.built = None if await is_unbuilt(self.database, tables) else tables
        return count

    async def next(self) -> bool:
        """Do the next search that waits; whether there was one."""
        if not await some_wanted(self.database, datetime.now(UTC) - ABANDONED_AFTER):
            return False
        taken = await take(self.database, self.tables_now)
        if taken is not None:
            await scan(self.database, self.tables_now, taken)
        return taken is not None
