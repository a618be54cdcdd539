"""One revision of the metadata with all that is made from it: tables, schema, caches. It is swapped whole."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from crmgraph.metadata.model import STANDARD, Model, State, layered, registry_of, shipped_documents
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import BASE_LOCALE
from crmgraph.plan.context import Limits
from crmgraph.plan.faces import face
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.collecting import built_beside
from crmgraph.schema.directives import schema_text
from crmgraph.schema.finding import LazySchema
from crmgraph.schema.languages import spoken
from crmgraph.security.principal import EVERYTHING, Policy
from crmgraph.sql.customizations import load_state
from crmgraph.sql.database import Database
from crmgraph.sql.dialect import phrases_for
from crmgraph.sql.phrases import Phrases
from crmgraph.sql.tables import Tables, build_tables

NOTHING, BLANK = Model({}, {}), State(1)
V = TypeVar("V")
PLANS_ROOM = 10_000_000  # characters of all statements that are kept: with their plans five times as many bytes
DOCUMENTS_ROOM = 2_000_000  # characters of all documents that are kept: parsed they take a hundred times as many bytes


class Recent(Generic[V]):
    """A mapping that keeps the entries used last: so many, and together so large, in whatever `weigh` counts."""

    def __init__(self, most: int, room: int = 0, weigh: Callable[[Hashable, V], int] | None = None) -> None:
        self.most, self.room, self.weigh = most, room, weigh
        self.taken = 0
        self.entries: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        found = self.entries.get(key)
        if found is not None:
            self.entries.move_to_end(key)
        return found

    def put(self, key: Hashable, value: V) -> V:
        if key in self.entries:
            self.forget(key)
        self.entries[key] = value
        self.taken += self.weigh(key, value) if self.weigh else 0
        while len(self.entries) > self.most or (self.taken > self.room and self.weigh and len(self.entries) > 1):
            self.forget(next(iter(self.entries)))
        return value

    def forget(self, key: Hashable) -> None:
        """Drop an entry that is there."""
        value = self.entries.pop(key)
        self.taken -= self.weigh(key, value) if self.weigh else 0


def statement_length(_: Hashable, found: Any) -> int:
    """The characters of a plan's statement."""
    return len(found.statement.text) if found.statement else 0


def document_length(key: Hashable, _: object) -> int:
    """The characters of a document that is kept under (its text, the operation's name)."""
    return len(key[0]) if isinstance(key, tuple) else 0


@dataclass(frozen=True)
class Edition:
    """What requests are answered with. Everything cached here dies with the revision."""

    registry: Registry
    tables: Tables
    view: View
    schema: LazySchema
    phrases: Phrases
    limits: Limits
    actions: Sequence[type] = ()
    shipped: Model = NOTHING  # what the customizations of `state` are laid over
    state: State = BLANK
    files: Path | None = None  # the folder in which what administrators drop is kept
    plans: Recent[Any] = field(default_factory=lambda: Recent(20_000, PLANS_ROOM, statement_length))
    documents: Recent[object] = field(default_factory=lambda: Recent(2000, DOCUMENTS_ROOM, document_length))
    introspections: Recent[bytes] = field(default_factory=lambda: Recent(50))

    def check(self) -> None:
        """Make everything that is otherwise made when it is asked for; `MetadataError` if that cannot be done."""
        self.schema.complete()
        _ = self.tables.metadata

    def schema_in(self, locale: str, policy: Policy = EVERYTHING) -> tuple[View, LazySchema]:
        """What somebody sees of the model, and the schema of it with its labels in a language: for introspection."""
        if policy.unlimited:
            same = locale == "en"
            return self.view, self.schema if same else build_schema(self.view, locale, self.actions)
        seen = face(self.view, policy)
        return seen, build_schema(seen, locale, self.actions)


def standard_registry() -> Registry:
    """The registry of the model that crmgraph ships."""
    return registry_of(shipped_documents(STANDARD))


def build_edition(
    registry: Registry, phrases: Phrases, limits: Limits | None = None, actions: Sequence[type] = ()
) -> Edition:
    """An edition of a registry for one kind of database; `actions` are classes that `@action` marks."""
    return edition_over(build_tables(registry), phrases, limits or Limits(), actions, (NOTHING, BLANK))


def edition_over(
    tables: Tables, phrases: Phrases, limits: Limits, actions: Sequence[type], ground: tuple[Model, State]
) -> Edition:
    """An edition over tables that were made; `ground` is what ships and the state that they were made from."""
    view = View(tables.registry)
    schema = build_schema(view, "en", actions)
    return Edition(tables.registry, tables, view, schema, phrases, limits, actions, *ground)


def next_edition(edition: Edition, state: State, tables: Tables | None = None) -> Edition:
    """The edition of another state of the metadata, for the same database, limits and actions.

    `MetadataError` if the state's documents do not hold together; `check` says if the tables and the schema do.
    """
    if tables is None:
        documents = layered(edition.shipped, state.layers)
        tables = build_tables(registry_of(documents, state.revision, edition.registry))
    made = edition_over(tables, edition.phrases, edition.limits, edition.actions, (edition.shipped, state))
    return replace(made, files=edition.files)


async def load_edition(database: Database, outdated: Edition) -> Edition:
    """The edition in force in a database, made on a thread of its own: requests go on meanwhile."""
    state = await load_state(database, database.name)
    return await built_beside(partial(next_edition, outdated, state))


async def open_edition(
    database: Database, limits: Limits | None = None, actions: Sequence[type] = (), shipped: Model | None = None
) -> Edition:
    """The edition in force in a database, over the model that ships."""
    ground = (shipped or shipped_documents(STANDARD), await load_state(database, database.name))
    tables = build_tables(registry_of(layered(ground[0], ground[1].layers), ground[1].revision))
    return edition_over(tables, await phrases_for(database), limits or Limits(), actions, ground)


def printed_schema(locale: str = BASE_LOCALE, actions: Sequence[type] = ()) -> str:
    """The schema that this version ships, as SDL: what `schema.graphql` holds, byte for byte."""
    schema = build_schema(View(standard_registry()), locale, actions)
    return schema_text(schema if locale == BASE_LOCALE else spoken(schema, locale)) + "\n"
