"""What is asked for through the API: kept in the import's row until a background process does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmgraph.actions.unit import Caller
from crmgraph.errors import RequestError
from crmgraph.importing.mapping import MapFile, declared_beside, map_from_text
from crmgraph.importing.problems import refuse
from crmgraph.importing.run import ImportPlan, own_name
from crmgraph.metadata.living import living
from crmgraph.metadata.registry import Registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.imports import ImportRun
from crmgraph.sql.principals import Principals

UPLOAD, REJECTS = "upload", "rejects.csv"  # names in the folder of an import
CLIENT = "import"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be imported, as the API has it; JSON in the import's row."""

    type: str
    map: str = ""  # TOML
    key: Sequence[str] = ()
    ignore: Sequence[str] = ()
    format: Mapping[str, Any] = field(default_factory=dict)
    duplicates: str | None = None
    otherwise: str = "warn"

    def read(self) -> MapFile:
        """The map with what is declared beside it."""
        words = {n: tuple(v) if isinstance(v, list) else v for n, v in self.format.items()}
        return declared_beside(map_from_text(self.map), words, self.ignore)

    def plan(self, path: Path, name: str, rejects: Path, *, dry_run: bool, id: str = "") -> ImportPlan:
        """What the engine of imports takes."""
        made = ImportPlan(path, self.type, self.read(), tuple(self.key), dry_run, rejects, id=id, name=name)
        return replace(made, duplicates=self.duplicates, otherwise=self.otherwise)


def type_name(registry: Registry, given: str | None, found: MapFile) -> str:
    """The record type's own name, from that or the API's."""
    wanted = given or found.type
    if not wanted:
        raise refuse("WRONG_TYPE", "import_no_type")
    return own_name(living(registry), wanted)


def told_of(caller: Caller) -> dict[str, Any]:
    """What is remembered of whoever asks."""
    return {"userId": caller.user_id, "locale": caller.locale, "timeZone": caller.time_zone, "client": caller.client}


async def caller_from(database: Database, registry: Registry, told: Mapping[str, Any]) -> Caller:
    """The same caller now, with the rights of now; nobody may go on for a user who is gone."""
    client, user_id = told["client"] or CLIENT, told["userId"]
    principal = await Principals(database).by_id(registry, user_id) if user_id else trusted()
    if principal is None:
        raise RequestError("UNAUTHENTICATED", "http_unauthenticated")
    return Caller(principal, told["locale"], client, None, datetime.now(UTC))


def system_caller(told: Mapping[str, Any]) -> Caller:
    """The system, in the language of whoever asked."""
    return Caller(trusted(), told["locale"], told["client"] or CLIENT, None, datetime.now(UTC))


def plan_of(run: ImportRun, folder: Path) -> ImportPlan:
    """What a row asks for; its file lies in a folder of its own."""
    assert run.job is not None
    wish, own = Wish(**run.job["wish"]), folder / run.id
    return wish.plan(own / UPLOAD, run.file, own / REJECTS, dry_run=run.dry_run, id=run.id)
