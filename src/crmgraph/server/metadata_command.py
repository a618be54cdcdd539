"""`crmgraph metadata …`: packages, change files, drafts and what a new version ships otherwise.

It works beside running servers, in the way of the mutations: they take up what it publishes with their next request.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson
import tomli

from crmgraph.actions.declared import Answered, Id
from crmgraph.actions.loading import checked_id
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError, RequestError, WriteRefused, message
from crmgraph.metadata.model import LOCAL, Layer, Raw
from crmgraph.metadata.packages import PACKAGE, catalogued, misfit_problem, package_from_toml
from crmgraph.metadata.parsing import similar
from crmgraph.metadata.registry import CHANGE_SET_TYPE
from crmgraph.metadata.shapes import Kind, Listed, Table, misfits
from crmgraph.metadata.upgrades import Upgrade, upgrade_report
from crmgraph.plan.context import Limits
from crmgraph.schema.customizing import (
    DiscardChangeSet,
    PublishChangeSet,
    Publishing,
    RevertChangeSet,
    change_at_once,
    draft_changes,
)
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.packaging import (
    apply_layer,
    customized,
    draft_package,
    remove_layer,
    settle_upgrades,
)
from crmgraph.schema.previews import PublishPreview
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server import cdm_command
from crmgraph.server.actions import ACTIONS
from crmgraph.server.index_command import INTERRUPTED, Built, build_left
from crmgraph.server.metadata_report import Report
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import open_with
from crmgraph.sql.loop import run as run_on_loop

T = TypeVar("T")
DONE, REFUSED, BREAKING = 0, 1, 3  # exit codes; 2 is for what cannot be read
CDM = "Entities become a change-set: new record types (marked *), and what the others lack."
SHIPPED = Path(__file__).parents[1] / "packages"
LISTED = """query Listed {
  metadata { revision packages { name version label elements } }
  changeSets(where: {state: {eq: DRAFT}}, orderBy: [{createdOn: DESC}], first: 100) {
    nodes { id title package createdOn }
  }
}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The acts with their arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")

    def act(name: str, help: str) -> argparse.ArgumentParser:
        made = acts.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        made.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        return made

    export = act("export", "print a package as a file")
    export.add_argument("--package", default=LOCAL, metavar="NAME", help="[local: what was changed by hand]")
    files = "a package file, a change file, - for standard input, or the name of a package that is shipped"
    plan = act("plan", "tell what applying a file would do; exits with 3 if it would break clients")
    plan.add_argument("file", metavar="FILE", help=files)
    plan.add_argument("--downgrade", action="store_true", help="take an older version than the one in force")
    apply = act("apply", "make the metadata what a file says")
    apply.add_argument("file", metavar="FILE", help=files)
    apply.add_argument("--downgrade", action="store_true", help="take an older version than the one in force")
    apply.add_argument("--draft", action="store_true", help="keep it as a draft, to be published later")
    remove = act("remove", "remove a package: what it brought is retired with its data")
    remove.add_argument("name", metavar="NAME")
    act("list", "list packages and drafts")
    act("build-indexes", "build the indexes of large tables that publishes left to be built")
    act("status", "tell what was changed here and ships otherwise in this version")
    for name, help in (
        ("publish", "put a draft in force"),
        ("discard", "close a draft"),
        ("revert", "take a published change-set back"),
    ):
        act(name, help).add_argument("id", metavar="ID")
    for name, help in (("accept", "take what ships now"), ("keep", "keep what was changed, and be told no more")):
        settle = act(name, help)
        settle.add_argument("places", nargs="*", metavar="PLACE", help="as `status` names it")
        settle.add_argument("--all", action="store_true", help="every place")
    entities = "draft record types and fields from entities of the Common Data Model"
    cdm_command.add_arguments(acts.add_parser("import-cdm", help=entities, description=CDM))
    for name in ("apply", "remove", "publish", "revert", "accept"):
        acts.choices[name].add_argument("--force", action="store_true", help="although clients' operations may break")
        acts.choices[name].add_argument("--reason", help="why; needed with --force")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    if args.act == "import-cdm":
        return cdm_command.run(args, settings)
    return run_on_loop(carry_out(args, settings))


async def carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """One act on the settings' database."""
    report = Report(args.language, args.json)
    limits = Limits(settings.page_size, settings.max_page_size, settings.max_writes)
    database = await open_with(settings)
    try:
        await check_tables(database)
        edition = replace(await open_edition(database, limits, ACTIONS), files=Path(settings.files_folder))
        editions = Editions(database, edition)
        return await ACTS[args.act](Desk(editions, args, report))
    except CrmError as error:
        report.refusal(error)
        return REFUSED
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class Desk:
    """What an act works with."""

    editions: Editions
    args: argparse.Namespace
    report: Report

    @property
    def caller(self) -> Caller:
        return Caller(trusted(), self.args.language, "crmgraph metadata", None, datetime.now(UTC))

    @property
    def how(self) -> Publishing:
        """How to publish: `plan` only tries."""
        given = vars(self.args)
        return Publishing(self.args.act == "plan", bool(given.get("force")), given.get("reason"))

    async def customize(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        return await customized(self.editions, self.caller, work)

    async def asked(self, document: str, **variables: Any) -> Mapping[str, Any]:
        """The data of a query."""
        answer = await self.editions.execute(Request(document, None, variables, self.caller, False))
        found: Mapping[str, Any] = orjson.loads(answer.body)["data"]
        return found


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """Changes in the words of the vocabulary: `[[changes]]`, and under `[changes.add_field]` what is to be added."""

    title: str
    package: str
    changes: list[Raw]


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A package: its file's text, and the layer that it describes."""

    text: str
    layer: Layer


def read_file(name: str) -> PackageFile | ChangeFile:
    """A package file or a change file."""
    text = file_text(name)
    try:
        raw = tomli.loads(text, parse_float=str)
    except (ValueError, RecursionError):
        raw = {}
    if not isinstance(raw.get("changes"), list):
        return PackageFile(text, package_from_toml(text))
    known = Table({"title": Kind.TEXT, PACKAGE: Kind.TEXT, "changes": Listed(Kind.TABLE)})
    if wrong := [misfit_problem(m) for m in misfits(known, raw, ())]:
        raise WriteRefused(wrong)
    title, package = raw.get("title", Path(name).stem), raw.get(PACKAGE, LOCAL)
    return ChangeFile(title, package, [catalogued(c) for c in raw["changes"]])


def file_text(name: str) -> str:
    """What a file holds; without a file of that name, a package that is shipped."""
    given = sys.stdin.buffer.read() if name == "-" else file_path(name).read_bytes()
    try:
        return given.decode("utf-8-sig")  # editors of Windows write the mark, which TOML does not know
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise RequestError("BAD_USER_INPUT", "metadata_not_utf8", file=name, line=line, offset=error.start) from error


def file_path(name: str) -> Path:
    """Where a file is, or a package that is shipped."""
    path, shipped = Path(name), SHIPPED / f"{name}.toml"
    if not path.exists() or path.is_dir():  # a pipe is as good as a file
        known = sorted(p.stem for p in SHIPPED.glob("*.toml"))
        if Path(name).name != name or not shipped.is_file():
            raise RequestError("BAD_USER_INPUT", "metadata_no_file", file=name, known=", ".join(known))
        path = shipped
    return path


# --- acts -------------------------------------------------------------------------------------------------------------


async def export(desk: Desk) -> int:
    name = desk.args.package
    data = await desk.asked("query Export($name: String!) { metadata { package(name: $name) { toml } } }", name=name)
    found = data["metadata"]["package"]
    if found is None:
        known = [p["name"] for p in (await desk.asked(LISTED))["metadata"]["packages"]]
        raise RequestError("BAD_USER_INPUT", "package_unknown", name=name, hint=similar(name, known))
    desk.report.text(found["toml"], {PACKAGE: name, "toml": found["toml"]})
    return DONE


async def plan_or_apply(desk: Desk) -> int:
    found = read_file(desk.args.file)

    drafts = desk.args.act == "apply" and desk.args.draft

    async def work(unit: Unit) -> Answered:
        if isinstance(found, PackageFile):
            if drafts:
                return await draft_package(unit, found.text, downgrade=desk.args.downgrade)
            return await apply_layer(unit, found.layer, desk.how, downgrade=desk.args.downgrade)
        if drafts:
            return await draft_changes(unit, found.package, found.changes, found.title)
        return await change_at_once(unit, found.package, found.changes, found.title, desk.how)

    return await conclude(desk, await desk.customize(work))


async def conclude(desk: Desk, answered: Answered) -> int:
    """Tell what was done or would be; what was published may leave indexes to be built, which is what is done then."""
    code = DONE if desk.args.json else answer(desk, answered)
    built = Built()
    if answered.id is not None and not vars(desk.args).get("draft"):
        built = await build_left(desk.editions, desk.caller, shown=not desk.args.json)
    if desk.args.json:
        code = answer(desk, answered, built)
    elif not built.is_nothing:
        desk.report.built(built)
    return INTERRUPTED if built.interrupted else code


async def build(desk: Desk) -> int:
    """Build what publishes left."""
    built = await build_left(desk.editions, desk.caller, shown=not desk.args.json)
    desk.report.built(built)
    return INTERRUPTED if built.interrupted else REFUSED if built.failed else DONE


def answer(desk: Desk, answered: Answered, built: Built | None = None) -> int:
    """Tell what was done or would be."""
    told: PublishPreview = answered.facts["preview"]
    tried, draft = desk.args.act == "plan", bool(vars(desk.args).get("draft"))
    key = "metadata_done"
    data: dict[str, Any] = {"revision": told.revision}
    same = told.revision == desk.editions.current.registry.revision if tried else answered.id is None
    if same:
        key, data = "metadata_no_change", {}
    elif draft:
        key, data = "metadata_drafted", {"id": answered.id}
    elif tried:
        key = "metadata_planned"
    end = message(key, desk.args.language, data)
    desk.report.preview(told, answered.id, end, whole=tried or draft, built=built)
    return BREAKING if tried and (told.breaking or any(r.blocking for r in told.rows)) else DONE


async def remove(desk: Desk) -> int:
    return await conclude(desk, await desk.customize(lambda unit: remove_layer(unit, desk.args.name, desk.how)))


async def listed(desk: Desk) -> int:
    data = await desk.asked(LISTED)
    desk.report.listed(data["metadata"]["packages"], data["changeSets"]["nodes"])
    return DONE


async def status(desk: Desk) -> int:
    edition = await desk.editions.fresh()
    data = await desk.asked(LISTED)
    desk.report.status(edition.state.revision, data["metadata"]["packages"], open_upgrades(desk))
    return DONE


async def on_change_set(desk: Desk) -> int:
    """Publish a draft, or take a published change-set back."""
    how = desk.how

    async def work(unit: Unit) -> Answered:
        id = Id(checked_id(unit, CHANGE_SET_TYPE, desk.args.id))
        made = (PublishChangeSet if desk.args.act == "publish" else RevertChangeSet)(
            id=id, force=how.force, reason=how.reason
        )
        return await made.perform(unit)

    return await conclude(desk, await desk.customize(work))


async def discard(desk: Desk) -> int:
    async def work(unit: Unit) -> str:
        return await DiscardChangeSet(Id(checked_id(unit, CHANGE_SET_TYPE, desk.args.id))).perform(unit)

    id = await desk.customize(work)
    desk.report.text(f"{message('metadata_discarded', desk.args.language, {'id': id})}\n", {"changeSet": id})
    return DONE


def open_upgrades(desk: Desk) -> list[Upgrade]:
    edition = desk.editions.current
    return upgrade_report(edition.shipped, edition.state)


async def settle(desk: Desk) -> int:
    """Take what ships, or keep what was changed, at some places or at all."""
    places, every, accept = desk.args.places, desk.args.all, desk.args.act == "accept"

    async def work(unit: Unit) -> Answered:
        return await settle_upgrades(unit, places, desk.how, every=every, accept=accept)

    return await conclude(desk, await desk.customize(work))


ACTS: Mapping[str, Callable[[Desk], Awaitable[int]]] = {
    "export": export,
    "plan": plan_or_apply,
    "apply": plan_or_apply,
    "remove": remove,
    "build-indexes": build,
    "list": listed,
    "status": status,
    "publish": on_change_set,
    "revert": on_change_set,
    "discard": discard,
    "accept": settle,
    "keep": settle,
}
