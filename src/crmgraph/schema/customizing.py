"""The mutations that change the metadata: one for each change of the vocabulary, and those of change-sets."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, make_dataclass, replace
from dataclasses import field as attribute
from functools import partial
from inspect import getdoc
from typing import Any, TypeVar

from crmgraph.actions.customize import (
    add_changes,
    check_stale,
    discard,
    draft,
    load_change_set,
    load_draft,
    lock_state,
    mark_reverted,
    publish,
    reverted,
    save_draft,
)
from crmgraph.actions.declared import Answered, Id, action
from crmgraph.actions.packaging import proposal_of
from crmgraph.actions.proposals import Ground, Proposal, blamed
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputPath, MetadataError, RuleViolated, faults_placed, message
from crmgraph.metadata.model import LOCAL, Raw, State
from crmgraph.metadata.names import camel
from crmgraph.metadata.registry import CHANGE_SET_TYPE
from crmgraph.metadata.vocabulary import COMMANDS, snake, words_of
from crmgraph.schema.actions import SAID
from crmgraph.schema.collecting import built_beside, collector_paused
from crmgraph.schema.edition import Edition, next_edition
from crmgraph.schema.previews import PublishPreview, check_breaking, preview, told_warnings
from crmgraph.security.principal import Permission
from crmgraph.sql.changesets import ChangeSet
from crmgraph.sql.database import Outdated

T = TypeVar("T")
FACTS: Mapping[str, Any] = {"preview": PublishPreview | None}
LONGEST_TITLE = 400


@dataclass(frozen=True, slots=True)
class Publishing:
    """How something is published: only tried, or although it breaks what clients use, for a reason."""

    dry_run: bool = False
    force: bool = False
    reason: str | None = None


# --- steps ------------------------------------------------------------------------------------------------------------


async def ground_of(unit: Unit) -> Ground:
    """What a proposal stands on: the state in force, locked; `Outdated` if the edition is of another one."""
    edition: Edition = unit.edition
    state = await lock_state(unit)
    if state.revision != edition.registry.revision:
        raise Outdated
    return Ground(edition.shipped, edition.state, edition.tables, unit.database_name)


async def reckoned(work: Callable[[], T]) -> T:
    """What becomes of the metadata: reckoned beside the requests, as it takes a while."""
    return await built_beside(partial(paused, work))


def paused(work: Callable[[], T]) -> T:
    with collector_paused():
        return work()


async def drafted(ground: Ground, package: str, changes: Sequence[Raw]) -> Proposal:
    """What changes would make of the metadata."""
    return await reckoned(partial(proposal_of, ground, package, changes))


async def draft_changes(unit: Unit, package: str, changes: Sequence[Raw], title: str) -> Answered:
    """Keep changes as a draft, and tell what publishing them would do now."""
    ground = await ground_of(unit)
    return await keep_draft(unit, await drafted(ground, package, changes), (package, changes), title)


async def keep_draft(unit: Unit, proposal: Proposal, made: tuple[str, Sequence[Raw]], title: str) -> Answered:
    """Keep as a draft what a proposal was made of: changes of a package."""
    found = await draft(unit, proposal.before.revision, title[:LONGEST_TITLE], *made)
    return Answered(found.id, (await put_in_force(unit, found, proposal, Publishing(dry_run=True))).facts)


async def put_in_force(unit: Unit, found: ChangeSet, proposal: Proposal, how: Publishing) -> Answered:
    """Publish a proposal, or only tell what that would do; the next edition is made before anything is locked."""
    if proposal.is_empty:
        same = PublishPreview(proposal.before.revision, False, warnings=told_warnings(proposal, unit.caller.locale))
        return Answered(None if how.dry_run else found.id, {"preview": same})
    old: Edition = unit.edition
    try:
        new = await built_beside(partial(next_edition, old, proposal.after, proposal.new))
        told = await preview(unit, proposal, old, new)
    except MetadataError as error:
        ground = Ground(old.shipped, old.state, old.tables, unit.database_name)
        made = proposal.package, proposal.commands
        holds = partial(check_edition, old)
        raise await reckoned(partial(blamed, ground, made, error, holds)) from error
    if how.dry_run:
        return Answered(None, {"preview": told})
    check_breaking(told, how.force, how.reason)
    told = replace(told, exports=await publish(unit, found, proposal, how.reason, old.files))
    unit.edition, unit.checked = new, True
    return Answered(found.id, {"preview": told})


def check_edition(old: Edition, state: State) -> None:
    """Make all of the edition of a state; `MetadataError` if it does not hold together."""
    next_edition(old, state).check()


async def change_at_once(unit: Unit, package: str, changes: Sequence[Raw], title: str, how: Publishing) -> Answered:
    """A change-set that is published as it is made; without a title it is called by what it does first."""
    ground = await ground_of(unit)
    proposal = await drafted(ground, package, changes)
    title = title or told_title(proposal, unit.caller.locale)
    if how.dry_run or proposal.is_empty:
        made = ChangeSet("", title, package, 0, ground.state.revision, changes, unit.caller.now)
        answered = await put_in_force(unit, made, proposal, how)
        return Answered(None, answered.facts)
    found = await draft(unit, ground.state.revision, title[:LONGEST_TITLE], package, changes)
    return await put_in_force(unit, found, proposal, how)


def of_one(path: InputPath) -> InputPath:
    """Where a fault of a single change stands in its mutation's input, not in a list of changes."""
    return asked(("input", *path[3:]) if path[:2] == ("changes", 0) else path)


def of_list(path: InputPath, first: int = 0) -> InputPath:
    """Where a fault stands in a mutation's list of changes, which are those of a draft from the `first` on."""
    match path:
        case ("changes", int() as i, *rest) if i >= first:
            return ("input", "changes", i - first, *asked(rest))
    return path


def asked(path: Iterable[str | int]) -> InputPath:
    """A place in the names of the request."""
    return tuple(p if isinstance(p, int) else camel(p) for p in path)


# --- one mutation for each change -------------------------------------------------------------------------------------

COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("change_set", Id | None, None),
    ("package", str | None, None),
    ("dry_run", bool, False),
    ("force", bool, False),
    ("reason", str | None, None),
)


def mutation_of(command: type) -> type:
    """The action of one change: its own inputs, and a draft that takes it or how it is published at once."""
    hints = typing.get_type_hints(command)
    own = [(f.name, hints[f.name], default_of(f)) for f in fields(command)]
    mine = frozenset(name for name, _, _ in own)

    async def perform(self: Any, unit: Unit) -> Answered:
        change = words_of(command(**{name: getattr(self, name) for name in mine}))
        with faults_placed(of_one):
            if self.change_set is not None:
                found = await load_draft(unit, self.change_set, ("input", "changeSet"))
                return Answered((await add_changes(unit, found, [change])).id, {"preview": None})
            how = Publishing(self.dry_run, self.force, self.reason)
            return await change_at_once(unit, self.package or LOCAL, [change], "", how)

    parts = [*own, *COMMON]
    listed = [(n, t) if d is MISSING else (n, t, attribute(default=d)) for n, t, d in parts]
    made = make_dataclass(command.__name__, listed, frozen=True, namespace={"perform": perform})
    made.__doc__ = f"{getdoc(command)}\n\nPublished at once, unless a `changeSet` is named, whose draft takes it."
    made.__module__ = __name__
    setattr(made, SAID, (f"input_{snake(command.__name__)}", "changed_at_once"))
    name, needs = camel(snake(command.__name__)), Permission.CUSTOMIZE
    return action(name=name, answers=CHANGE_SET_TYPE, facts=FACTS, needs=needs)(made)


def default_of(part: Any) -> Any:
    return MISSING if part.default is MISSING else part.default


def told_title(proposal: Proposal, locale: str) -> str:
    """What a change-set of one change is called: its first difference, in the language of its author."""
    meant = {place[2] for place in proposal.touched if len(place) > 2}  # the others follow from what these do
    told = sorted(proposal.changes, key=lambda c: c.element.partition(".")[0] not in meant)
    first = next(iter(told), None)
    return message(first.key, locale, first.data) if first else str(proposal.after.revision)


SINGLE = tuple(mutation_of(c) for c in COMMANDS)
Change = make_dataclass(
    "Change",
    [(snake(c.__name__), c | None, attribute(default=None)) for c in COMMANDS],
    frozen=True,
    namespace={"__one_of__": True, "__doc__": "One change of the metadata."},
)


def changes_of(given: Sequence[Any]) -> list[Raw]:
    """Changes as their input gives them → in the words of the vocabulary."""
    return [words_of(next(v for f in fields(each) if (v := getattr(each, f.name)) is not None)) for each in given]


# --- change-sets ------------------------------------------------------------------------------------------------------


@action(name="createChangeSet", answers=CHANGE_SET_TYPE, facts=FACTS, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class CreateChangeSet:
    """Draft changes that are to be published together. The preview tells what publishing them would do now."""

    title: str
    changes: list[Change] = attribute(default_factory=list)  # type: ignore[valid-type]
    package: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        with faults_placed(of_list):
            return await draft_changes(unit, self.package or LOCAL, changes_of(self.changes), self.title)


@action(name="addChanges", on=CHANGE_SET_TYPE, facts=FACTS, answers=CHANGE_SET_TYPE, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class AddChanges:
    """Put more changes at the end of a draft. The preview tells what publishing all of them would do now."""

    id: Id
    changes: list[Change]  # type: ignore[valid-type]

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        ground = await ground_of(unit)
        found = await add_changes(unit, await load_draft(unit, self.id), changes_of(self.changes))
        with faults_placed(partial(of_list, first=len(found.changes) - len(self.changes))):
            proposal = await drafted(ground, found.package, found.changes)
            told = await put_in_force(unit, found, proposal, Publishing(dry_run=True))
        return Answered(found.id, told.facts)


@action(name="publishChangeSet", on=CHANGE_SET_TYPE, facts=FACTS, answers=CHANGE_SET_TYPE, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class PublishChangeSet:
    """Put a draft in force, or tell with `dryRun` what that would do. A draft is refused as stale if somebody has
    changed the same since it was begun: look at it again, then rebase it. What breaks clients needs `force` and a
    `reason`.
    """

    id: Id
    dry_run: bool = False
    force: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        ground = await ground_of(unit)
        found = await load_draft(unit, self.id)
        proposal = await drafted(ground, found.package, found.changes)
        await check_stale(unit, found, proposal)
        if proposal.is_empty and not self.dry_run:
            raise RuleViolated("CHANGE_SET_EMPTY", "change_set_empty", path=["id"], title=found.title)
        told = await put_in_force(unit, found, proposal, Publishing(self.dry_run, self.force, self.reason))
        return Answered(found.id, told.facts)


@action(name="rebaseChangeSet", on=CHANGE_SET_TYPE, facts=FACTS, answers=CHANGE_SET_TYPE, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class RebaseChangeSet:
    """Say that a draft is meant for the metadata as it is now; the preview tells what it would do."""

    id: Id

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        ground = await ground_of(unit)
        found = replace(await load_draft(unit, self.id), base_revision=ground.state.revision)
        proposal = await drafted(ground, found.package, found.changes)
        await save_draft(unit, found)
        told = await put_in_force(unit, found, proposal, Publishing(dry_run=True))
        return Answered(found.id, told.facts)


@action(name="discardChangeSet", on=CHANGE_SET_TYPE, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class DiscardChangeSet:
    """Close a draft without publishing it."""

    id: Id

    async def perform(self, unit: Unit) -> str:
        """Do it."""
        return (await discard(unit, await load_draft(unit, self.id))).id


@action(name="revertChangeSet", on=CHANGE_SET_TYPE, facts=FACTS, answers=CHANGE_SET_TYPE, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class RevertChangeSet:
    """Take a published change-set back by another one. Refused where somebody has changed the same since, and where
    values or records would be lost: it tells which.
    """

    id: Id
    dry_run: bool = False
    force: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        ground = await ground_of(unit)
        found = await load_change_set(unit, self.id)
        made, proposal = await reckoned(partial(reverted, unit.caller, ground, found))
        how = Publishing(self.dry_run, self.force, self.reason)
        if not self.dry_run:
            await save_draft(unit, made, new=True)
            await mark_reverted(unit, found)
        told = await put_in_force(unit, made, proposal, how)
        return Answered(None if self.dry_run else made.id, told.facts)


CUSTOMIZING: tuple[type, ...] = (
    *SINGLE, CreateChangeSet, AddChanges, PublishChangeSet, RebaseChangeSet, DiscardChangeSet, RevertChangeSet,
)  # fmt: skip
