"""What an import test speaks in: a database, a folder, files and maps as texts."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmgraph.actions.unit import Caller
from crmgraph.importing.mapping import MapFile, load_map
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import ImportPlan, import_file
from crmgraph.metadata.files import read_model, record_type_from_toml
from crmgraph.metadata.registry import build_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables, build_tables

Run = Callable[[Any], Any]
REPOSITORY = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def label(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} es", "de": f"{text} de", "pl": f"{text} pl"}


LINK = {
    "name": "link",
    "plural": "links",
    "code": 10900,
    "primary": "name",
    "label": label("Link"),
    "labels": label("Links"),
    "keys": [{"name": "name", "fields": ["name"]}],
    "fields": {
        "name": {"type": "text", "required": "application", "label": label("Link name")},
        "next": {"type": "lookup", "targets": ["link"], "required": "application", "label": label("Next")},
        "seen": {"type": "date", "label": label("Seen")},
        "rung": {"type": "date_time", "label": label("Rung")},
    },
}


def office_tables() -> Tables:
    """The toy model, and a type whose records must name one of their own."""
    types, shared = read_model(REPOSITORY / "tests" / "toy")
    return build_tables(build_registry([*types, record_type_from_toml(LINK, {}, "link")], shared))


def shared_folder() -> Path:
    """Where the real files are: CRMGRAPH_SHARED, or `shared` beside the repository."""
    return Path(os.environ.get("CRMGRAPH_SHARED") or REPOSITORY.parent / "shared")


@dataclass
class Office:
    """A database, a folder, and the short forms that the tests speak in."""

    database: Database
    tables: Tables
    run: Run
    folder: Path
    caller: Caller = field(default_factory=lambda: Caller(trusted(), "en", None, "import", NOW))

    @property
    def rejects_path(self) -> Path:
        return self.folder / "rejects.csv"

    def plan(self, text: str | bytes, type_name: str, map: str = "", **more: Any) -> ImportPlan:
        path = self.folder / "file.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ImportPlan(path, type_name, self.map(map), rejects=self.rejects_path, **more)

    def map(self, text: str) -> MapFile:
        path = self.folder / "map.toml"
        path.write_text(text)
        return load_map(path)

    def load(
        self, text: str | bytes, type_name: str, map: str = "", progress: Progress | None = None, **more: Any
    ) -> ImportReport:
        """Import a text; the rejects of an earlier one are gone, unless they are kept."""
        if not more.pop("keep_rejects", False):
            self.rejects_path.unlink(missing_ok=True)
        plan = self.plan(text, type_name, map, **more)
        work = import_file(self.database, self.tables, self.caller, plan, progress or Progress())
        report: ImportReport = self.run(work)
        return report

    def refused(self, text: str | bytes, type_name: str, map: str = "", **more: Any) -> ImportRefused:
        """The refusal of a whole import, which has written nothing."""
        before = self.count("event")
        with pytest.raises(ImportRefused) as caught:
            self.load(text, type_name, map, **more)
        assert self.count("event") == before
        assert not self.rejects_path.exists()
        return caught.value

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async def ask() -> list[tuple[Any, ...]]:
            async with self.database.transaction() as transaction:
                return await transaction.rows(sql)

        found: list[tuple[Any, ...]] = self.run(ask())
        return found

    def count(self, table: str) -> int:
        return int(self.rows(f'SELECT count(*) FROM "{table}"')[0][0])

    def rejects(self) -> list[list[str]]:
        with self.rejects_path.open(newline="") as handle:
            return list(csv.reader(handle))

    def codes(self) -> list[tuple[str, str, str]]:
        """Line, column and code of each refused row."""
        return [(r[0], r[1], r[2]) for r in self.rejects()[1:]]

    def in_language(self, locale: str) -> Office:
        return replace(self, caller=replace(self.caller, locale=locale))
