"""What the endpoint needs of the rest of the house, and the real thing behind it: an edition over a database."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import orjson

from crmgraph.actions.auditing import audit
from crmgraph.actions.file_moves import move_out
from crmgraph.actions.housekeeping import Ages
from crmgraph.actions.unit import Caller
from crmgraph.errors import message
from crmgraph.exporting.run import export
from crmgraph.exporting.trail import Trail
from crmgraph.importing.storage import RejectsFile, find_rejects
from crmgraph.metadata.types import BASE_LOCALE
from crmgraph.metadata.upgrades import upgrade_report
from crmgraph.plan.context import Limits
from crmgraph.schema.edition import Edition, open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.exports import extract_rows
from crmgraph.schema.resolve import Answer, Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.auth import Directory
from crmgraph.server.contents import Contents
from crmgraph.server.exports import Stream, Wanted
from crmgraph.server.housekeeping import building, carrying_on, finding, housekeeping, resolving, sealing, watching
from crmgraph.server.imports import importing
from crmgraph.server.recording import Recorder, recording
from crmgraph.settings import Settings
from crmgraph.sql.audit import Entry, Kind
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, PoolState, Waits, open_with
from crmgraph.sql.documents import find_document
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.principals import NO_HIERARCHY, Hierarchy, Principals, hierarchy_of
from crmgraph.sql.stored import INSTALLATION, secret_of
from crmgraph.sql.tables import Tables
from crmgraph.sql.tokens import KnownToken, find_user_id, load_token, note_used
from crmgraph.storage.places import WrongStorage

log = logging.getLogger(__name__)

COLLECT_AFTER = (20_000, 20, 50)  # objects, then collections: a write of many records makes many that stay


class Engine(Directory, Protocol):
    """Answers operations, and knows who may ask."""

    def execute(self, request: Request) -> Awaitable[Answer]:
        """Carry out one operation."""
        ...

    def export(self, request: Request, wanted: Wanted) -> Awaitable[tuple[str, Stream]]:
        """The name of a query's one list, and all of its rows as a file; refused before anything is read."""
        ...

    def find_document(self, ids: Sequence[str]) -> Awaitable[str | None]:
        """The document that was loaded under one of these ids, None if there is none."""
        ...

    def find_rejects(self, id: str, request: Request) -> Awaitable[RejectsFile | None]:
        """The rows that an import refused; None if there are none, or if the request, which asks for it, sees none."""
        ...

    @property
    def contents(self) -> Contents | None:
        """The contents of files."""
        ...

    def note(self, request: Request) -> None:
        """A valid operation was asked."""
        ...

    def ready(self) -> Awaitable[bool]:
        """Whether operations would be answered now."""
        ...

    def pool_state(self) -> PoolState:
        """How busy the database's connections are."""
        ...

    @property
    def revision(self) -> Hashable:
        """What introspection and metadata depend on: while it is the same, their answers are."""
        ...


class DatabaseEngine:
    """The edition in force and the database that it was built for."""

    def __init__(
        self, edition: Edition, database: Database, files: Path, recorder: Recorder | None = None, *,
        hierarchy: Hierarchy = NO_HIERARCHY,
    ) -> None:  # fmt: skip
        principals = Principals(database, hierarchy)
        self.editions = Editions(database, replace(edition, files=files), principals)
        self.database, self.files = database, files
        self.recorder = recorder
        self.contents: Contents | None = Contents(database, self.editions)

    @property
    def edition(self) -> Edition:
        """What requests are answered with now."""
        return self.editions.current

    def execute(self, request: Request) -> Awaitable[Answer]:
        """Plan and run one operation."""
        return self.editions.execute(request)

    async def export(self, request: Request, wanted: Wanted) -> tuple[str, Stream]:
        """Plan as any query is planned; run on a connection beside the pool."""
        edition = await self.editions.fresh_for(request)
        extract = extract_rows(edition, request, wanted.shape)
        trail = Trail(self.database, edition.tables, request.caller)
        return extract.name, export(self.database, extract, wanted.format, wanted.options, trail=trail)

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal | None:
        """Look in the users' table."""
        principals, registry = self.editions.principals, self.edition.registry
        id = value if field == "id" else await find_user_id(self.database, field, value, any_case=any_case)
        return None if id is None else await principals.by_id(registry, id)

    def find_token(self, id: str) -> Awaitable[KnownToken | None]:
        """Look in the tokens' table."""
        return load_token(self.database, id)

    def note_used(self, used: Mapping[str, datetime]) -> Awaitable[None]:
        """Write it down."""
        return note_used(self.database, used)

    def audit(self, kind: Kind, principal: Principal | None, address: str, detail: Any) -> Awaitable[None]:
        """In a transaction of its own, whatever the rights of who did it."""
        who = replace(trusted(principal.user_id if principal else None), agent=principal.agent if principal else None)
        caller = Caller(who, BASE_LOCALE, None, None, datetime.now(UTC), address=address or None)
        return audit(self.database, self.edition.tables, caller, [Entry(kind, detail=detail)])

    def as_now(self, principal: Principal) -> Principal:
        """What was last read of the user's rights."""
        return self.editions.principals.as_now(principal)

    def find_document(self, ids: Sequence[str]) -> Awaitable[str | None]:
        """Look in the documents' table."""
        return find_document(self.database, ids)

    async def find_rejects(self, id: str, request: Request) -> RejectsFile | None:
        """Who sees the import may have them."""
        answer = await self.editions.execute(request)
        seen = answer.kind == "data" and orjson.loads(answer.body)["data"]["node"]
        return await find_rejects(self.database, self.files, id) if seen else None

    def note(self, request: Request) -> None:
        """Have it recorded, if operations are."""
        if self.recorder is not None:
            self.recorder.note(self.edition, request)

    def pool_state(self) -> PoolState:
        """Ask the database's pool."""
        return self.database.pool_state()

    @property
    def revision(self) -> Hashable:
        """The registry's number."""
        return self.edition.registry.revision

    async def ready(self) -> bool:
        """Whether the database answers."""
        return await self.database.read("select '1'", ()) is not None


def unknown_views(edition: Edition, names: Iterable[str]) -> list[str]:
    """Those that no record type has."""
    known = {f"{found.name}.{view.name}" for found in edition.registry.types.values() for view in found.views}
    return [name for name in names if name not in known]


async def take_storage(database: Database) -> None:
    """The storage is this installation's own, and what the database still holds of files moves there."""
    try:
        own = not database.store.is_there or await database.store.own(await secret_of(database, INSTALLATION))
    except WrongStorage:
        raise
    except Exception:  # without it all but files works
        log.exception("the storage %s does not answer", database.store.url)
        return
    if not own:
        raise WrongStorage("storage_of_another", url=database.store.url)
    if moved := await move_out(database, await tables_in_force(database)):
        log.info("%d contents of files were moved to %s", moved, database.store.url)


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[Engine]:
    """Open the settings' database, build the edition of its revision, and close the database at the end."""
    waits = Waits(settings.statement_timeout_ms, settings.pool_wait_ms)
    database = await open_with(settings, pool=settings.pool, waits=waits)
    try:
        await check_tables(database)
        await take_storage(database)
        limits = Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})
        files = Path(settings.files_folder)
        recorder = Recorder(database, settings.max_recorded_operations) if settings.record_operations else None
        gc.collect()
        gc.freeze()  # the program stays, no collection needs to go through it again; editions come and go
        gc.set_threshold(*COLLECT_AFTER)
        hierarchy = hierarchy_of(settings.hierarchy, settings.hierarchy_depth)
        engine = DatabaseEngine(
            await open_edition(database, limits, ACTIONS), database, files, recorder, hierarchy=hierarchy
        )
        if kept := upgrade_report(engine.edition.shipped, engine.edition.state):
            log.warning(message("metadata_upgrades_open", "en", {"count": len(kept)}))
        for name in unknown_views(engine.edition, settings.anonymous_views):
            log.warning("CRMGRAPH_ANONYMOUS_VIEWS: there is no saved view %s", name)
        ages = Ages(settings.recycle_days, settings.idempotency_hours, settings.audit_days, settings.sync_days)

        def tables_now() -> Tables:
            return engine.edition.tables

        async with (
            watching(engine.editions),
            building(database),
            finding(database, tables_now),
            resolving(database, tables_now),
            sealing(database),
            recording(recorder),
            housekeeping(database, tables_now, ages, settings.upload_hours),
            carrying_on(database, tables_now, settings.series_days),
            importing(database, tables_now, files, settings),
        ):
            yield engine
    finally:
        await database.close()
