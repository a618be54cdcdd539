"""Packages of customizations and the revision in force: rows ↔ the state that a registry is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from crmgraph.errors import MetadataError
from crmgraph.metadata.model import LOCAL, Layer, State
from crmgraph.sql.database import Database, Snapshot, Transaction
from crmgraph.sql.system import CUSTOMIZATION, PACKAGE, REVISION
from crmgraph.sql.types import POSTGRESQL

STATE = {
    True: f"""SELECT json_build_array(r.number,
(SELECT coalesce(json_agg(json_build_array(p.name, p.content) ORDER BY p.number, p.name), '[]') FROM {PACKAGE} p),
(SELECT coalesce(json_agg(json_build_array(c.package, c.element, c.content, c.base)
ORDER BY c.package, c.element), '[]') FROM {CUSTOMIZATION} c)) FROM {REVISION} r""",
    False: f"""SELECT json_array(r.number,
json((SELECT json_group_array(json_array(p.name, json(p.content)))
FROM (SELECT * FROM {PACKAGE} ORDER BY number, name) p)),
json((SELECT json_group_array(json_array(c.package, c.element, json(c.content), json(c.base)))
FROM (SELECT * FROM {CUSTOMIZATION} ORDER BY package, element) c))) FROM {REVISION} r""",
}
"""The whole state as one JSON text, by whether the database is PostgreSQL."""


async def load_state(source: Database | Transaction, database_name: str) -> State:
    """The metadata in force: its revision and the packages over what ships."""
    found = await source.read(STATE[database_name == POSTGRESQL], ())
    if found is None:
        raise MetadataError("the database has no revision: run `crmgraph migrate` first")
    return state_from_rows(orjson.loads(found))


async def rows_of_state(snapshot: Snapshot, database_name: str) -> Any:
    """The rows that `state_from_rows` takes, as they stand in one state of a database."""
    found = await snapshot.rows(STATE[database_name == POSTGRESQL])
    return orjson.loads(found[0][0])


def state_from_rows(rows: Any) -> State:
    """The revision, the packages by name with what is said of them, and their elements → the state."""
    revision, packages, elements = rows
    return State(revision, tuple(layer_from_rows(name, about, elements) for name, about in packages))


def layer_from_rows(name: str, about: Mapping[str, Any], elements: Iterable[Any]) -> Layer:
    """A package's rows as one document."""
    content: dict[str, dict[str, Any]] = {}
    base: dict[str, dict[str, Any]] = {}
    for package, element, said, found in elements:
        if package == name:
            kind, _, key = element.partition(".")
            content.setdefault(kind, {})[key] = said
            if found:
                base.setdefault(kind, {})[key] = found
    return Layer(name, content, base, about)


async def load_revision(database: Database) -> int:
    """The number of the metadata in force: one cheap statement."""
    shown = "to_json(number)" if database.name == POSTGRESQL else "json_array(number)"
    found = await database.read(f"SELECT {shown} FROM {REVISION}", ())
    number = orjson.loads(found or b"0")
    return int(number[0] if isinstance(number, list) else number)


class Catalog:
    """The rows of the metadata, written in one transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name

    def mark(self, number: int) -> str:
        return f"${number}" if self.database_name == POSTGRESQL else f"?{number}"

    def json(self, value: Any) -> bytes | str:
        text = orjson.dumps(value, default=str)
        return text if self.database_name == POSTGRESQL else text.decode()

    async def lock(self) -> State:
        """The state in force; who publishes after this waits for the end of the transaction."""
        if self.database_name == POSTGRESQL:
            await self.transaction.rows(f"SELECT number FROM {REVISION} FOR UPDATE")
        return await load_state(self.transaction, self.database_name)

    async def save(self, before: State, after: State, answers_from: int) -> None:
        """The rows of what is different, and the new revision."""
        old = {layer.name: layer for layer in before.layers}
        moved = list(old) != [layer.name for layer in after.layers][: len(old)]
        for number, layer in enumerate(after.layers, 1):
            was = old.get(layer.name)
            if moved or was is None or was.about != layer.about:
                at = 1_000_000 if layer.name == LOCAL else number
                await self.replace(PACKAGE, ("name", "number", "content"), (layer.name, at, self.json(layer.about)))
            await self.save_elements(was or Layer(layer.name), layer)
        for name in old.keys() - {layer.name for layer in after.layers}:
            await self.delete(CUSTOMIZATION, package=name)
            await self.delete(PACKAGE, name=name)
        marks = f"{self.mark(1)}, answers_from = {self.mark(2)}"
        await self.transaction.execute(f"UPDATE {REVISION} SET number = {marks}", (after.revision, answers_from))

    async def save_elements(self, before: Layer, after: Layer) -> None:
        """A package's documents that are different."""
        was, now = elements_of(before), elements_of(after)
        for element, document in now.items():
            if was.get(element) != document:
                said, found = map(self.json, document)
                columns = ("package", "element", "content", "base")
                await self.replace(CUSTOMIZATION, columns, (after.name, element, said, found))
        for element in was.keys() - now.keys():
            await self.delete(CUSTOMIZATION, package=after.name, element=element)

    async def replace(self, table: str, columns: tuple[str, ...], values: tuple[Any, ...]) -> None:
        """Insert a row, or write over the one with the same key: the columns but for the last two."""
        keys = columns[:-2]
        marks = ", ".join(self.mark(i) for i in range(1, len(columns) + 1))
        changed = ", ".join(f"{c} = excluded.{c}" for c in columns[-2:])
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        await self.transaction.execute(f"{text} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}", values)

    async def delete(self, table: str, **key: str) -> None:
        where = " AND ".join(f"{name} = {self.mark(i)}" for i, name in enumerate(key, 1))
        await self.transaction.execute(f"DELETE FROM {table} WHERE {where}", tuple(key.values()))


def elements_of(layer: Layer) -> dict[str, tuple[Any, Any]]:
    """A layer's documents by `types.account`, each with what it found."""
    return {
        f"{kind}.{name}": (document, layer.base.get(kind, {}).get(name, {}))
        for kind, documents in layer.content.items()
        for name, document in documents.items()
    }
