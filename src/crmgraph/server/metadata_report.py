"""What `crmgraph metadata` says: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crmgraph.errors import CrmError, WriteRefused, message
from crmgraph.metadata.names import camel
from crmgraph.metadata.upgrades import Upgrade
from crmgraph.schema.previews import Impact, PublishPreview
from crmgraph.server.index_command import Built

WIDE = 200  # characters of a line where no terminal says how many it has
LONGEST = 120  # characters of a value in a table
WHOLE = ("id", "place", "name")  # what is copied from a table stays on one line
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Report:
    """Says things in a language, or all at once as JSON."""

    locale: str
    as_json: bool

    def say(self, key: str, **data: Any) -> str:
        return message(key, self.locale, data)

    def text(self, text: str, data: Mapping[str, Any]) -> None:
        """A text as it is."""
        sys.stdout.write(f"{orjson.dumps(data).decode()}\n" if self.as_json else text)

    def refusal(self, error: CrmError) -> None:
        """Why something was not done, each fault with its place."""
        extensions = error.extensions(self.locale)
        if self.as_json:
            self.text("", {"error": {"message": error.text(self.locale), **extensions}})
            return
        print(f"crmgraph: {error.code}: {error.text(self.locale)}", file=sys.stderr)
        for each in error.problems if isinstance(error, WriteRefused) else ():
            place = ".".join(map(str, each.path[1:] if each.path[:1] == ("content",) else each.path))
            print(f"  {place}: {message(each.key, self.locale, each.data)}", file=sys.stderr)

    def console(self) -> Console:
        """A terminal, or a wide page."""
        return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)

    def preview(
        self, told: PublishPreview, id: str | None, end: str, *, whole: bool, built: Built | None = None
    ) -> None:
        """What was published, or would be: then with statements, rows and operations."""
        if self.as_json:
            self.text("", {"changeSet": id, "preview": shown(told), **(as_json(built) if built else {})})
            return
        console = self.console()
        schema_rows = [(c.impact.value, c.text) for c in told.schema_changes if whole or c.impact is not Impact.SAFE]
        self.table(console, "metadata_changes", (), [(c.text,) for c in told.changes])
        self.table(console, "metadata_schema", (), schema_rows)
        if whole:
            self.table(console, "metadata_statements", (), [(s,) for s in (*told.statements, *told.indexes)])
        self.table(console, "metadata_rows", (), [(r.text,) for r in told.rows if r.blocking])
        self.table(console, "metadata_dropped", (), [(r.text,) for r in told.rows if not r.blocking])
        columns = ("name", "client", "last_use", "uses", "reason")
        operations = [
            (o.name, o.client, f"{o.last_used_on:%Y-%m-%d %H:%M}", o.uses, "\n".join(o.reasons))
            for o in told.operations
        ]
        self.table(console, "metadata_operations", columns, operations)
        self.table(console, "metadata_warnings", (), [(w.text,) for w in told.warnings])
        console.print(escape(end))
        if whole and told.breaking:
            console.print(escape(self.say("metadata_breaks")), style="bold red")

    def built(self, built: Built) -> None:
        """What became of indexes."""
        lines = [*built.lines(self.locale)] or [self.say("metadata_all_built")]
        self.text("".join(f"{line}\n" for line in lines), as_json(built))

    def listed(self, packages: Sequence[Mapping[str, Any]], drafts: Sequence[Mapping[str, Any]]) -> None:
        """Packages and drafts."""
        if self.as_json:
            self.text("", {"packages": packages, "drafts": drafts})
            return
        console = self.console()
        self.packages(console, packages)
        rows = [(d["id"], d["title"], d["package"], d["createdOn"]) for d in drafts]
        self.table(console, "metadata_drafts", ("id", "title", "package", "created"), rows)

    def status(self, revision: int, packages: Sequence[Mapping[str, Any]], upgrades: Sequence[Upgrade]) -> None:
        """The revision, packages, and where this version ships something else than what was changed."""
        if self.as_json:
            told = [{**shown(u), "place": u.name, "isSame": u.is_same} for u in upgrades]
            self.text("", {"revision": revision, "packages": packages, "upgrades": told})
            return
        console = self.console()
        console.print(self.say("metadata_revision", revision=revision))
        self.packages(console, packages)
        rows = [
            (u.package, u.name, self.say("metadata_same") if u.is_same else brief(u.mine), brief(u.was), brief(u.now))
            for u in upgrades
        ]
        self.table(console, "metadata_upgrades", ("package", "place", "mine", "was", "now"), rows)

    def packages(self, console: Console, packages: Sequence[Mapping[str, Any]]) -> None:
        rows = [(p["name"], p["version"], p["label"], len(p["elements"])) for p in packages]
        self.table(console, "metadata_packages", ("name", "version", "label", "elements"), rows)

    def table(self, console: Console, title: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """A table with its title, nothing if it is empty."""
        listed = [[escape("" if v is None else str(v)) for v in row] for row in rows]
        if not listed:
            return
        made = Table(title=escape(self.say(title)), title_justify="left", show_header=bool(columns), box=None)
        for i in range(len(listed[0])):
            head = escape(self.say(f"metadata_column_{columns[i]}")) if columns else ""
            made.add_column(head, overflow="fold", no_wrap=bool(columns) and columns[i] in WHOLE)
        for row in listed:
            made.add_row(*row)
        console.print(made)


def as_json(built: Built) -> dict[str, Any]:
    """What became of indexes, for programs."""
    return {"indexesBuilt": built.count, "unbuilt": list(built.unbuilt), "interrupted": built.interrupted}


def brief(value: Any) -> str:
    """A value in a table."""
    text = value if isinstance(value, str) else "–" if value is None else orjson.dumps(value, default=str).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def shown(value: Any) -> Any:
    """An object of Python as GraphQL would show it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel(f.name): shown(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    return [shown(v) for v in value] if isinstance(value, list | tuple) else value
