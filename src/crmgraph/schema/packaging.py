"""The mutations of packages, and customizing without GraphQL, as the command line does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.customize import APPLY, draft
from crmgraph.actions.declared import Answered, action
from crmgraph.actions.packaging import propose_package, propose_removal
from crmgraph.actions.proposals import Ground, Proposal, proposed
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import InputPath, InputProblem, WriteRefused, faults_placed
from crmgraph.metadata.model import LOCAL, Layer, Raw
from crmgraph.metadata.packages import VERSION, package_from_toml
from crmgraph.metadata.parsing import similar
from crmgraph.metadata.registry import CHANGE_SET_TYPE
from crmgraph.metadata.upgrades import Upgrade, accepted, kept, upgrade_report
from crmgraph.schema.customizing import FACTS, LONGEST_TITLE, Publishing, ground_of, keep_draft, put_in_force, reckoned
from crmgraph.schema.edition import Edition
from crmgraph.schema.editions import ATTEMPTS, Editions
from crmgraph.security.principal import Permission
from crmgraph.sql.changesets import ChangeSet
from crmgraph.sql.database import Outdated

T = TypeVar("T")


async def put_package_in_force(
    unit: Unit, ground: Ground, proposal: Proposal, change: Raw, how: Publishing
) -> Answered:
    """Publish what a package makes of the metadata, as a change-set that says so; nothing if it changes nothing."""
    ((act, given),) = change.items()
    package = str(given.get("name", LOCAL))
    title = title_of(act, package, given.get(VERSION))
    if how.dry_run or proposal.is_empty:
        made = ChangeSet("", title, package, 0, ground.state.revision, [change], unit.caller.now)
        return Answered(None, (await put_in_force(unit, made, proposal, how)).facts)
    found = await draft(unit, ground.state.revision, title, package, [change])
    return await put_in_force(unit, found, proposal, how)


async def apply_layer(unit: Unit, wanted: Layer, how: Publishing, *, downgrade: bool = False) -> Answered:
    """Make a package what a file says; faults are at their places in the file."""
    ground = await ground_of(unit)
    proposal = await reckoned(partial(propose_package, ground, wanted, downgrade=downgrade))
    told = {"name": wanted.name, **({VERSION: wanted.about[VERSION]} if VERSION in wanted.about else {})}
    return await put_package_in_force(unit, ground, proposal, {APPLY: told}, how)


async def draft_package(unit: Unit, text: str, *, downgrade: bool = False) -> Answered:
    """Keep a package's file as a draft, and tell what publishing it would do now."""
    ground, wanted = await ground_of(unit), package_from_toml(text)
    proposal = await reckoned(partial(propose_package, ground, wanted, downgrade=downgrade))
    made = wanted.name, [{APPLY: {"content": text, "downgrade": downgrade}}]
    return await keep_draft(unit, proposal, made, title_of(APPLY, wanted.name, wanted.about.get(VERSION)))


def title_of(act: str, package: str, version: str | None) -> str:
    """What a change-set is called that does something with a package."""
    return " ".join(x for x in (act.replace("_", " "), package, version) if x)[:LONGEST_TITLE]


async def remove_layer(unit: Unit, name: str, how: Publishing) -> Answered:
    """Take a package away."""
    ground = await ground_of(unit)
    proposal = await reckoned(partial(propose_removal, ground, name))
    return await put_package_in_force(unit, ground, proposal, {"remove_package": {"name": name}}, how)


async def settle_upgrades(unit: Unit, places: Sequence[str], how: Publishing, *, every: bool, accept: bool) -> Answered:
    """Take what ships at some places or at all, or note that the changes there are still meant."""
    ground = await ground_of(unit)
    upgrades = chosen_upgrades(upgrade_report(ground.shipped, ground.state), places, every=every)
    state = (accepted if accept else kept)(ground.state, ground.shipped, upgrades)
    change = {"accept_shipped" if accept else "keep_changes": {"places": [u.name for u in upgrades]}}
    proposal = await reckoned(partial(proposed, ground, state))
    return await put_package_in_force(unit, ground, proposal, change, how)


def chosen_upgrades(found: Sequence[Upgrade], places: Sequence[str], *, every: bool) -> list[Upgrade]:
    """Those of a report that somebody names; `WriteRefused` for places at which there is nothing to decide."""
    if not (places or every):
        raise WriteRefused([InputProblem(("places",), "MISSING", "customize_missing", {"name": "places"})])
    known = {u.name for u in found}
    problems = [
        InputProblem(("places", i), "UNKNOWN_PLACE", "metadata_no_place", {"place": p, "hint": similar(p, known)})
        for i, p in enumerate(places)
        if p not in known
    ]
    if problems:
        raise WriteRefused(problems)
    return [u for u in found if every or u.name in places]


@action(name="applyPackage", answers=CHANGE_SET_TYPE, facts=FACTS, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class ApplyPackage:
    """Make a package what its file says: `content` is the text of the file (TOML). What the package brought before and
    the file no longer has is retired, what it changed otherwise falls back; a file that changes nothing makes no
    revision. With `draft` it is kept as a draft, to be looked at and published later. An older version than the one in
    force needs `downgrade`, what breaks clients `force` and a `reason`.
    """

    content: str
    dry_run: bool = False
    force: bool = False
    reason: str | None = None
    downgrade: bool = False
    draft: bool = False

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        how = Publishing(self.dry_run, self.force, self.reason)
        with faults_placed(of_file):
            if self.draft and not self.dry_run:
                return await draft_package(unit, self.content, downgrade=self.downgrade)
            return await apply_layer(unit, package_from_toml(self.content), how, downgrade=self.downgrade)


@action(name="removePackage", answers=CHANGE_SET_TYPE, facts=FACTS, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class RemovePackage:
    """Remove a package: what it brought is retired with its data, what it changed falls back. Applied again, it finds
    its data again. Its API names of others' types and fields go on answering.
    """

    name: str
    dry_run: bool = False
    force: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        with faults_placed(of_file):
            return await remove_layer(unit, self.name, Publishing(self.dry_run, self.force, self.reason))


@action(name="acceptShipped", answers=CHANGE_SET_TYPE, facts=FACTS, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class AcceptShipped:
    """Take what this version ships at some `places`, as `metadata.upgrades` names them, or at `all` of them, instead of
    what was changed there. What breaks clients needs `force` and a `reason`.
    """

    places: list[str] = field(default_factory=list)
    all: bool = False
    dry_run: bool = False
    force: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        how = Publishing(self.dry_run, self.force, self.reason)
        with faults_placed(of_file):
            return await settle_upgrades(unit, self.places, how, every=self.all, accept=True)


@action(name="keepChanges", answers=CHANGE_SET_TYPE, facts=FACTS, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class KeepChanges:
    """Say that what was changed at some `places`, as `metadata.upgrades` names them, or at `all` of them, is still
    meant although this version ships something else there: they are told of no more.
    """

    places: list[str] = field(default_factory=list)
    all: bool = False
    dry_run: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        how = Publishing(self.dry_run, reason=self.reason)
        with faults_placed(of_file):
            return await settle_upgrades(unit, self.places, how, every=self.all, accept=False)


def of_file(path: InputPath) -> InputPath:
    """Where a fault of a file stands in a mutation's input."""
    return ("input", "content", *path[1:]) if path[:1] == ("changes",) else ("input", *path)


PACKAGING: tuple[type, ...] = (ApplyPackage, RemovePackage, AcceptShipped, KeepChanges)


# --- without GraphQL --------------------------------------------------------------------------------------------------


async def customized(editions: Editions, caller: Caller, work: Callable[[Unit], Awaitable[T]]) -> T:
    """Do work that may change the metadata in one transaction, beside the servers of the same database."""
    for attempt in range(ATTEMPTS):
        edition = editions.current
        published: Edition = edition

        async def done(unit: Unit, edition: Edition = edition) -> T:
            nonlocal published
            unit.edition = edition
            result = await work(unit)
            published = unit.edition
            return result

        try:
            result = await perform(editions.database, edition.tables, caller, done)
        except Outdated:
            if attempt == ATTEMPTS - 1:
                raise
            await editions.refresh(edition)
            continue
        if published is not edition:
            editions.replace(edition, published)
        return result
    raise AssertionError
