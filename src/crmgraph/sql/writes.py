"""The statements that insert, update and delete a record: its rows and its event together.

On PostgreSQL one statement does it all, through data-modifying CTEs; on SQLite, where a statement costs no round trip,
they are several. Texts are kept per record type and fields.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from crmgraph.metadata.types import Field, RecordType
from crmgraph.security.principal import Principal
from crmgraph.sql.guards import Guard, guard_values, load_condition
from crmgraph.sql.rows import Encoder, encoders, load_row, load_text, loaded_fields, quote, stores
from crmgraph.sql.system import EVENT, RECORD
from crmgraph.sql.tables import KIND, Tables, column_names
from crmgraph.sql.types import POSTGRESQL

Part = tuple[str, tuple[int, ...]]  # a text with a %s for each argument, and which arguments of the write these are
Statements = list[tuple[str, Sequence[Any]]]
MakeRow = Callable[[Sequence[Any]], dict[str, Any]]
MOST_TEXTS = 2000
UPDATE, MERGE, UNMERGE = "update", "merge", "unmerge"
CHANGES = (UPDATE, MERGE, UNMERGE)  # the acts by which a record that is there gets other values


Common = tuple[Any, ...]  # what all events of a transaction share, bound: see `SHARED_COLUMNS`


class Event(NamedTuple):
    """An event's columns as bound values, without the record's type and id. `version`: the record's after it."""

    id: str
    version: int
    before: Any
    after: Any
    hash: str
    common: Common

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.id, self.version, self.before, self.after, self.hash, *self.common


OWN_COLUMNS = {"id": "uuid", "version": "integer", "before": "json", "after": "json", "hash": "text"}
SHARED_COLUMNS = {
    "occurred_on": "timestamptz",
    "actor_id": "uuid",
    "unit_id": "uuid",
    "agent_id": "uuid",
    "client": "text",
    "client__sort": "text",
    "operation": "text",
    "operation__sort": "text",
    "address": "text",
    "address__sort": "text",
}
EVENT_KINDS = {**OWN_COLUMNS, **SHARED_COLUMNS}  # PostgreSQL's types of an event's arguments, in their order
EVENT_SIZE = len(EVENT_KINDS)
EVENT_COLUMNS = ", ".join(["record_type", "act", "record_id", *EVENT_KINDS])


@dataclass(frozen=True, slots=True)
class Text:
    """One statement and which of the write's arguments it takes; None: all of them in order."""

    sql: str
    arguments: tuple[int, ...] | None

    def pick(self, values: Sequence[Any]) -> Sequence[Any]:
        return values if self.arguments is None else [values[i] for i in self.arguments]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guard, and whose rights it is about."""

    guard: Guard
    principal: Principal


class Writes:
    """The write statements of one model on one kind of database."""

    def __init__(self, database_name: str, tables: Tables) -> None:
        self.database_name, self.tables, self.registry = database_name, tables, tables.registry
        self.texts: dict[tuple[str, str, tuple[str, ...]], tuple[Text, ...]] = {}
        self.guarded: dict[Hashable, tuple[tuple[Text, ...], tuple[str, ...]]] = {}
        self.known_encoders: dict[tuple[str, tuple[str, ...]], list[tuple[str, tuple[Encoder | None, ...]]]] = {}

    # --- statements with their arguments -----------------------------------------------------------------------------

    def insert(self, found: RecordType, values: Mapping[str, Any], event: Event) -> Statements:
        """A record that is not there yet; `values` has its id."""
        names = tuple(n for n in values if n != "id")
        arguments = self.arguments(found, names, values, event)
        return [(t.sql, t.pick(arguments)) for t in self.text("create", found, names)]

    def update(
        self, found: RecordType, values: Mapping[str, Any], version: int, event: Event,
        guarded: Guarded | None = None, act: str = UPDATE,
    ) -> Statements:  # fmt: skip
        """New values of a record; the first statement affects one row if it still has that version, else none.

        `guarded`: it must also meet a guard's condition for somebody. `act`: what the event calls it, one of `CHANGES`.
        """
        names = tuple(n for n in values if n != "id")
        arguments = (*self.arguments(found, names, values, event), version)
        if guarded is None:
            return [(t.sql, t.pick(arguments)) for t in self.text(act, found, names)]
        texts, parameters = self.guarded_update(act, found, names, guarded.guard, len(arguments))
        arguments = (*arguments, *guard_values(self.database_name, parameters, guarded.principal))
        return [(t.sql, t.pick(arguments)) for t in texts]

    def guarded_update(
        self, act: str, found: RecordType, names: tuple[str, ...], guard: Guard, first: int
    ) -> tuple[tuple[Text, ...], tuple[str, ...]]:
        key = act, found.name, names, guard.key
        if key not in self.guarded:
            if len(self.guarded) >= MOST_TEXTS:
                self.guarded.clear()
            (sql, numbers), *rest = self.update_parts(act, found, names)
            test, used, parameters = guard.text(found, 0, first)
            sql = sql.removesuffix(self.returning) + f" AND id {test}" + self.returning
            self.guarded[key] = self.joined([(sql, (*numbers, *used)), *rest]), parameters
        return self.guarded[key]

    def delete(self, found: RecordType, rows: Sequence[tuple[str, Event]]) -> list[tuple[str, list[Sequence[Any]]]]:
        """Records with their rows in all tables, for `execute_many`."""
        arguments = [(id, *event.arguments) for id, event in rows]
        return [(t.sql, [t.pick(a) for a in arguments]) for t in self.text("delete", found, ())]

    def tell(self, act: str, found: RecordType, id: str, event: Event) -> Statements:
        """The event of something that changes no row of the record: it is shared, or gone from the recycle bin."""
        return [(t.sql, t.pick((id, *event.arguments))) for t in self.text(act, found, ())]

    def arguments(
        self, found: RecordType, names: Sequence[str], values: Mapping[str, Any], event: Event
    ) -> tuple[Any, ...]:
        """The id, the columns of the named fields, and the event's."""
        bound: list[Any] = [values["id"]]
        for name, makes in self.encoders(found, names):
            value = values.get(name)
            for make in makes:
                bound.append(value if make is None or value is None else make(value))
        return (*bound, *event.arguments)

    def encoders(self, found: RecordType, names: Sequence[str]) -> list[tuple[str, tuple[Encoder | None, ...]]]:
        """How each named field's columns are made; kept per record type and fields, as the texts are."""
        key = (found.name, tuple(names))
        made = self.known_encoders.get(key)
        if made is None:
            if len(self.known_encoders) > MOST_TEXTS:
                self.known_encoders.clear()
            fields = ((n, found.by_name[n]) for n in names)
            made = [(n, encoders(self.database_name, self.registry, f)) for n, f in fields]
            self.known_encoders[key] = made
        return made

    # --- loading ----------------------------------------------------------------------------------------------------

    def load(self, found: RecordType) -> tuple[str, MakeRow]:
        """The text that selects records by a list of ids, and what makes canonical values of its rows."""
        text = self.tables.cached(
            (self.database_name, "load", found.name), lambda: load_text(self.database_name, self.registry, found)
        )
        return text, self.row_maker(found)

    def load_guarded(self, found: RecordType, guarded: Guarded) -> tuple[str, MakeRow, Sequence[Any]]:
        """The same for those that meet a guard's condition, and the arguments beside the list."""
        guard = guarded.guard

        def make() -> tuple[str, tuple[str, ...]]:
            test, parameters = load_condition(self.registry, guard.phrases, found, guard.condition)
            return load_text(self.database_name, self.registry, found, test), parameters

        key = (self.database_name, "load", found.name, guard.key)
        text, parameters = self.tables.cached(key, make)
        more = guard_values(self.database_name, parameters, guarded.principal)
        return text, self.row_maker(found), more

    def row_maker(self, found: RecordType) -> MakeRow:
        fields = self.tables.cached(("loaded", found.name), lambda: loaded_fields(self.registry, found))
        return lambda raw: load_row(self.database_name, self.registry, fields, raw)

    # --- texts ------------------------------------------------------------------------------------------------------

    def text(self, act: str, found: RecordType, names: tuple[str, ...]) -> tuple[Text, ...]:
        key = act, found.name, names
        if key not in self.texts:
            if len(self.texts) >= MOST_TEXTS:
                self.texts.clear()
            self.texts[key] = self.joined(self.parts(act, found, names))
        return self.texts[key]

    def parts(self, act: str, found: RecordType, names: tuple[str, ...]) -> list[Part]:
        match act:
            case _ if act in CHANGES:
                return self.update_parts(act, found, names)
            case "delete":
                return self.delete_parts(found)
            case "purge" | "share" | "unshare":
                return [self.event_part(act, found, 1)]
            case _:
                return self.insert_parts(act, found, names)

    def joined(self, parts: Sequence[Part]) -> tuple[Text, ...]:
        """PostgreSQL: one statement, the last part carrying the others. SQLite: one statement each."""
        if self.database_name != POSTGRESQL:
            return tuple(Text(sql.replace("%s", "?"), arguments) for sql, arguments in parts)
        texts = [sql % tuple(f"${i + 1}" for i in arguments) for sql, arguments in parts]
        carried = ", ".join(f"w{i} AS ({text})" for i, text in enumerate(texts[:-1]))
        return (Text(f"WITH {carried} {texts[-1]}" if carried else texts[-1], None),)

    def columns(self, found: RecordType, names: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        """By table: the columns of the named fields with the numbers of their arguments."""
        by_table: dict[str, list[tuple[str, int]]] = {s.name: [] for s in stores(self.registry, found)}
        number = 1
        for name in names:
            field: Field = found.by_name[name]
            for column in column_names(field):
                by_table[field.store].append((quote(column), number))
                number += 1
        return by_table

    def insert_parts(self, act: str, found: RecordType, names: tuple[str, ...]) -> list[Part]:
        parts: list[Part] = [(f"INSERT INTO {RECORD} (id, type) VALUES (%s, {found.code})", (0,))]
        by_table = self.columns(found, names)
        for store in stores(self.registry, found):
            columns = by_table[store.name]
            fixed = {"id": "%s", KIND: str(found.code)} if store.abstract else {"id": "%s"}
            listed = ", ".join([*fixed, *(c for c, _ in columns)])
            values = ", ".join([*fixed.values(), *("%s" for _ in columns)])
            parts.append(
                (f"INSERT INTO {quote(store.name)} ({listed}) VALUES ({values})", (0, *(i for _, i in columns)))
            )
        return [*parts, self.event_part(act, found, 1 + sum(len(c) for c in by_table.values()))]

    def update_parts(self, act: str, found: RecordType, names: tuple[str, ...]) -> list[Part]:
        """The first table has the version; the others change only if it did."""
        by_table = self.columns(found, names)
        first_event = 1 + sum(len(c) for c in by_table.values())
        parts: list[Part] = []
        for store in stores(self.registry, found):
            changes = [f"{c} = %s" for c, _ in by_table[store.name]]
            if not changes:
                continue
            numbers = tuple(i for _, i in by_table[store.name])
            if not parts:
                text = f"UPDATE {quote(store.name)} SET {', '.join(changes)}, version = version + 1 WHERE id = %s"
                parts.append((f"{text} AND version = %s{self.returning}", (*numbers, 0, first_event + EVENT_SIZE)))
            else:
                text = f"UPDATE {quote(store.name)} SET {', '.join(changes)} WHERE id = %s{self.if_first}"
                parts.append((text, (*numbers, 0)))
        return [*parts, self.event_part(act, found, first_event)]

    def delete_parts(self, found: RecordType) -> list[Part]:
        tables = [*(s.name for s in reversed(stores(self.registry, found))), RECORD]
        return [*((f"DELETE FROM {quote(t)} WHERE id = %s", (0,)) for t in tables), self.event_part("delete", found, 1)]

    def event_part(self, act: str, found: RecordType, first: int) -> Part:
        """The event's row; an update's only if there was one."""
        numbers = (0, *range(first, first + EVENT_SIZE))
        known = f"{found.code}, {self.act_code(act)}"
        if self.database_name != POSTGRESQL:
            marks = ", ".join(["%s"] * len(numbers))
            return f"INSERT INTO {EVENT} ({EVENT_COLUMNS}) VALUES ({known}, {marks})", numbers
        values = ", ".join(f"%s::{kind}" for kind in ("uuid", *EVENT_KINDS.values()))
        source = " FROM w0" if act in CHANGES else ""
        return f"INSERT INTO {EVENT} ({EVENT_COLUMNS}) SELECT {known}, {values}{source}", numbers

    def act_code(self, act: str) -> int:
        """How an event keeps what was done."""
        options = self.registry.field(EVENT, "act").options
        option = options.by_name(act) if options else None
        assert option is not None
        return option.code

    @property
    def returning(self) -> str:
        return " RETURNING id" if self.database_name == POSTGRESQL else ""

    @property
    def if_first(self) -> str:
        return " AND EXISTS (SELECT FROM w0)" if self.database_name == POSTGRESQL else ""


def writes_for(database_name: str, tables: Tables) -> Writes:
    """The write statements of some tables, made once."""
    return tables.cached((database_name, "writes"), lambda: Writes(database_name, tables))
