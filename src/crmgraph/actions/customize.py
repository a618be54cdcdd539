"""Metadata changed as any record is: a change-set is drafted, checked and published in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crmgraph.actions.auditing import note_drop, note_entry
from crmgraph.actions.building import build_anew
from crmgraph.actions.dropping import export_dropped
from crmgraph.actions.events import event_of
from crmgraph.actions.ids import new_id
from crmgraph.actions.proposals import Ground, Place, Proposal, nested, proposed
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import Conflict, InputProblem, NotFound, RuleViolated, WriteRefused
from crmgraph.metadata.model import Layer, Raw, State, leaves
from crmgraph.metadata.registry import CHANGE_SET_TYPE
from crmgraph.sql.audit import Kind
from crmgraph.sql.changesets import DISCARDED, DRAFT, PUBLISHED, REVERTED, ChangeSet, ChangeSets
from crmgraph.sql.customizations import Catalog
from crmgraph.sql.keying import fill_sort_keys
from crmgraph.sql.locks import PATIENCE_SECONDS, Locks, StillBusy, limit_waiting, locked, rows_in
from crmgraph.sql.rowchecks import RowCheck
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import POSTGRESQL

APPLY = "apply_package"  # the change that a draft of a package has
ESSENTIAL = frozenset({"code", "type"})  # what only the definition of a type, a field or an option itself says
SMALL = 20_000  # rows, up to which indexes and sort keys are made at once

# --- drafts -----------------------------------------------------------------------------------------------------------


def sets_of(unit: Unit) -> ChangeSets:
    return ChangeSets(unit.transaction, unit.database_name)


async def draft(unit: Unit, revision: int, title: str, package: str, changes: Sequence[Raw]) -> ChangeSet:
    """A new draft."""
    caller = unit.caller
    made = ChangeSet(new_id(), title, package, DRAFT, revision, list(changes), caller.now, caller.user_id)
    await sets_of(unit).add(made)
    await note(unit, "create", made)
    return made


async def note(unit: Unit, act: str, found: ChangeSet) -> None:
    """The event of a change-set."""
    kind = unit.registry.type(CHANGE_SET_TYPE)
    await sets_of(unit).note(
        act, kind.code, found.id, event_of(unit, act, kind, (found.id, found.revision or 1), None, found.told)
    )


async def load_draft(unit: Unit, id: str, path: Sequence[str | int] = ("id",)) -> ChangeSet:
    """A draft that may still be changed."""
    found = await load_change_set(unit, id, path)
    if found.state != DRAFT:
        raise RuleViolated("CHANGE_SET_CLOSED", "change_set_closed", path=path, title=found.title)
    return found


async def load_change_set(unit: Unit, id: str, path: Sequence[str | int] = ("id",)) -> ChangeSet:
    found = await sets_of(unit).one(id)
    if found is None:
        raise NotFound("record_not_found", path=path, type=unit.registry.type(CHANGE_SET_TYPE).label, id=id)
    return found


async def add_changes(unit: Unit, found: ChangeSet, changes: Sequence[Raw]) -> ChangeSet:
    """Put more changes at the end of a draft; one that applies a package is that package and nothing else."""
    if any(APPLY in change for change in found.changes):
        raise RuleViolated("CHANGE_SET_OF_PACKAGE", "change_set_of_package", title=found.title)
    changed = replace(found, changes=[*found.changes, *changes])
    await sets_of(unit).save(changed)
    await note(unit, "update", changed)
    return changed


async def save_draft(unit: Unit, found: ChangeSet, *, new: bool = False) -> None:
    """Keep a draft as it is now."""
    await (sets_of(unit).add if new else sets_of(unit).save)(found)
    await note(unit, "create" if new else "update", found)


async def discard(unit: Unit, found: ChangeSet) -> ChangeSet:
    """Close a draft without publishing it."""
    changed = replace(found, state=DISCARDED)
    await sets_of(unit).save(changed)
    await note(unit, "update", changed)
    return changed


# --- publishing -------------------------------------------------------------------------------------------------------


async def lock_state(unit: Unit) -> State:
    """The state in force; who publishes after this waits for the end of this transaction."""
    await limit_waiting(unit.transaction, unit.database_name)
    return await Catalog(unit.transaction, unit.database_name).lock()


async def check_stale(unit: Unit, found: ChangeSet, proposal: Proposal) -> None:
    """A draft is stale when somebody published a change of the same places meanwhile."""
    if found.base_revision == proposal.before.revision:
        return
    mine = set(proposal.touched)
    for other in await sets_of(unit).since(found.base_revision):
        theirs = {tuple(place) for place, _ in other.after or ()}
        both = sorted(".".join(m[1:]) for m in mine for t in theirs if m[: len(t)] == t or t[: len(m)] == m)
        if both:
            places = ", ".join(both[:5])
            raise Conflict("change_set_stale", title=other.title, places=places, current={"revision": other.revision})


async def count_problems(unit: Unit, proposal: Proposal) -> list[InputProblem]:
    """What rows do not allow, each with how many they are."""
    problems = await counted(unit, proposal, (*proposal.checks, *proposal.losses))
    for table, about in proposal.ddl.keyed:
        if await rows_in(unit.transaction, table, SMALL) > SMALL:
            data = {"name": f"{table}.{about.name}", "field": about.label, "most": SMALL}
            problem = InputProblem((table, about.name), "TOO_MANY_ROWS", "customize_too_many_rows", data)
            problems.append(proposal.located(problem))
    return problems


async def counted(unit: Unit, proposal: Proposal, checks: Iterable[RowCheck]) -> list[InputProblem]:
    """What is told of checks that find rows."""
    found = []
    for check in checks:
        (count,) = (await unit.transaction.rows(check.statement))[0]
        if count:
            data = {"name": check.element, "field": check.label, "count": count}
            place = check.element
            if check.dropped is not None:
                place, data["type"] = check.dropped
            problem = InputProblem(tuple(place.split(".")), check.code, check.key, data)
            found.append(proposal.located(problem))
    return found


async def publish(
    unit: Unit, found: ChangeSet, proposal: Proposal, reason: str | None, files: Path | None = None
) -> list[str]:
    """Make a proposal the metadata in force: tables, catalog, revision, the change-set and its event.

    What it drops is written below `files` before; the paths are answered.
    """
    transaction, name = unit.transaction, unit.database_name
    exports: list[str] = []
    later = [i for i in proposal.ddl.indexes if name == POSTGRESQL and await rows_in(transaction, i[1], SMALL) > SMALL]

    async def check() -> None:
        nonlocal exports
        if problems := await count_problems(unit, proposal):
            raise WriteRefused(problems)
        exports = await export_dropped(unit, proposal, files, found.id)

    try:
        await locked(transaction, name, locks_of(proposal, later), check)
    except StillBusy as busy:
        raise Conflict("customize_too_busy", tables=str(busy), seconds=int(PATIENCE_SECONDS)) from busy
    await note_drop(unit, dropped_codes(proposal))
    for statement in proposal.ddl.statements:
        await transaction.execute(statement)
    for table, about in proposal.ddl.keyed:
        await fill_sort_keys(transaction, name, table, about)
    for index in (i for i in proposal.ddl.indexes if i not in later):
        await transaction.execute(index[2])
    await leave_builds(unit, proposal.new, later)
    kept = proposal.answers_from
    answers_from = proposal.after.revision if kept is None else await answers_since(unit, kept)
    await Catalog(transaction, name).save(proposal.before, proposal.after, answers_from)
    published = replace(
        found,
        state=PUBLISHED,
        revision=proposal.after.revision,
        published_on=unit.caller.now,
        published_by_id=unit.caller.user_id,
        reason=reason,
        before=[[list(place), pair[0]] for place, pair in proposal.touched.items()],
        after=[[list(place), pair[1]] for place, pair in proposal.touched.items()],
        exports=exports or None,
    )
    await sets_of(unit).save(published)
    await note(unit, "update", published)
    told = {"title": found.title, "package": found.package, "revision": published.revision}
    await note_entry(unit, Kind.CUSTOMIZATION, (CHANGE_SET_TYPE, found.id), told)
    return exports


def dropped_codes(proposal: Proposal) -> list[int]:
    """The codes of the record types that go with their history."""
    kept = proposal.new.registry.types
    return [found.code for name, found in proposal.old.registry.types.items() if name not in kept]


def locks_of(proposal: Proposal, later: Sequence[tuple[str, str, str]]) -> Locks:
    """The tables that are changed, and those whose rows must stay as they are counted or indexed."""
    checked = [c.element.partition(".")[0] for c in (*proposal.checks, *proposal.losses)]
    indexed = [i[1] for i in proposal.ddl.indexes if i not in later]
    return Locks(tuple(proposal.ddl.tables), (*proposal.ddl.targets, *checked, *indexed))


async def leave_builds(unit: Unit, tables: Tables, later: Sequence[tuple[str, str, str]]) -> None:
    """What is built beside the running system: indexes, and keys of duplicate rules."""
    await sets_of(unit).forget_builds(lambda table: indexes_of(tables, table))
    for index in later:
        await sets_of(unit).add_build(new_id(), index, unit.when)
    await build_anew(unit, tables)


def indexes_of(tables: Tables, name: str) -> set[str]:
    """The names of a table's indexes; none of one that is no more."""
    return {str(i.name) for i in tables.some([name])[name].indexes} if name in tables.registry.types else set()


async def answers_since(unit: Unit, revision: int) -> int:
    """The oldest revision that the one in force still answers for."""
    ((since,),) = await unit.transaction.rows("SELECT answers_from FROM revision")
    return min(int(since), revision)


def reverted(caller: Caller, ground: Ground, found: ChangeSet) -> tuple[ChangeSet, Proposal]:
    """A change-set that takes another one back, and what it would make; refused where somebody changed the same
    since.
    """
    if found.state != PUBLISHED:
        raise RuleViolated("CHANGE_SET_NOT_PUBLISHED", "change_set_not_published", path=["id"], title=found.title)
    after = {tuple(place): value for place, value in found.after or ()}
    before = {tuple(place): value for place, value in found.before or ()}
    state = ground.state
    for package in dict.fromkeys(place[0] for place in before):
        layer = state.layer(package)
        now = leaves(layer.content, (package,)) | leaves(layer.about, (package, "package"))
        kept = {p: v for p, v in now.items() if p not in before}
        changed = [p for p in before if p[0] == package and now.get(p) != after.get(p)]
        if changed := changed or without_ground(kept, before):
            places = sorted(".".join(p[1:]) for p in changed)
            raise Conflict("change_set_overtaken", title=found.title, places=", ".join(places[:5]))
        kept |= {p: v for p, v in before.items() if p[0] == package and v is not None}
        whole = nested({p[1:]: v for p, v in kept.items() if p[1:]})
        about = whole.pop("package", {})
        state = state.having(Layer(package, whole, layer.base, about), state.revision)
    made = ChangeSet(
        new_id(), found.title, found.package, DRAFT, ground.state.revision, [], caller.now, caller.user_id,
        reverts_id=found.id,
    )  # fmt: skip
    return made, proposed(ground, state)


def without_ground(kept: Iterable[Place], before: Mapping[Place, Any]) -> list[Place]:
    """What was said since about types, fields and options that came with a change-set."""
    made = {place[:-1] for place, value in before.items() if value is None and place[-1] in ESSENTIAL}
    return [place for place in kept if any(place[:i] in made for i in range(len(place)))]


async def mark_reverted(unit: Unit, found: ChangeSet) -> None:
    """Note that a change-set was taken back."""
    changed = replace(found, state=REVERTED)
    await sets_of(unit).save(changed)
    await note(unit, "update", changed)
