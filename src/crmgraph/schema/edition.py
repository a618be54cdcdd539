"""One revision of the metadata with all that is made from it: tables, schema, caches. It is swapped whole."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from graphql import GraphQLSchema

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.plan.context import Limits
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.directives import schema_text
from crmgraph.sql.database import Database
from crmgraph.sql.dialect import phrases_for
from crmgraph.sql.phrases import Phrases
from crmgraph.sql.tables import Tables, build_tables

MODEL = Path(__file__).parent.parent / "crm"
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
    schema: GraphQLSchema
    phrases: Phrases
    limits: Limits
    actions: Sequence[type] = ()
    plans: Recent[Any] = field(default_factory=lambda: Recent(20_000, PLANS_ROOM, statement_length))
    documents: Recent[object] = field(default_factory=lambda: Recent(2000, DOCUMENTS_ROOM, document_length))
    introspections: Recent[bytes] = field(default_factory=lambda: Recent(50))

    def schema_in(self, locale: str) -> GraphQLSchema:
        """The schema with its descriptions in a language; only introspection asks for another than English."""
        return self.schema if locale == "en" else build_schema(self.view, locale, self.actions)


def standard_registry() -> Registry:
    """The registry of the model that crmgraph ships."""
    return build_registry(*read_model(MODEL))


def build_edition(
    registry: Registry, phrases: Phrases, limits: Limits | None = None, actions: Sequence[type] = ()
) -> Edition:
    """An edition of a registry for one kind of database; `actions` are classes that `@action` marks."""
    view = View(registry)
    schema = build_schema(view, "en", actions)
    return Edition(registry, build_tables(registry), view, schema, phrases, limits or Limits(), actions)


async def open_edition(database: Database, limits: Limits | None = None, actions: Sequence[type] = ()) -> Edition:
    """The edition in force in a database."""
    return build_edition(standard_registry(), await phrases_for(database), limits, actions)


def printed_schema(locale: str = "en", actions: Sequence[type] = ()) -> str:
    """The schema that this version ships, as SDL: what `schema.graphql` holds, byte for byte."""
    return schema_text(build_schema(View(standard_registry()), locale, actions)) + "\n"
