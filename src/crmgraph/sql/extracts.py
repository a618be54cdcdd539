"""A list's plan → one statement that answers row by row: JSON texts, or columns of texts that are alike everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from crmgraph.errors import RequestError
from crmgraph.metadata.condition import EVERY_ROW, Condition
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.marks import SIGN, code_of
from crmgraph.plan.tree import (
    Connection,
    Const,
    FileUrl,
    Kinds,
    Leaf,
    Object,
    One,
    Output,
    Part,
    Scan,
    TargetId,
    TargetWord,
)
from crmgraph.sql.compile import Statement, file_url, object_pairs, output_text, scan_conditions
from crmgraph.sql.conditions import order_item, term_expression, wrapped
from crmgraph.sql.phrases import Phrases, named, quoted
from crmgraph.sql.scope import Build, KindRows, Rows, TableRows, type_of, value_of

Path = tuple[str, ...]
Seen = Mapping[str, Condition]  # see `Read.seen`
BETWEEN = ";"  # the words of a multi-choice


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an extract: the response keys on the way to it, and the fields behind them (None: no field).

    `kind` tells what its texts mean: of INTEGER and BIG_INTEGER they may be numbers, choices are TEXT.
    """

    names: Path
    fields: tuple[Field | None, ...]
    kind: FieldType = FieldType.TEXT
    precision: int = 0


@dataclass(frozen=True, slots=True)
class Extract:
    """A statement with its arguments; its rows have these columns, or are one JSON text each where there are none.

    `marks`: behind the columns come the ids of records whose reads are audited, one for each of these types' codes;
    in a JSON text they are marks (`plan.marks`), which is what `marked` tells.
    """

    name: str
    text: str
    arguments: Sequence[Any]
    columns: tuple[Column, ...]
    marks: tuple[int, ...] = ()

    @property
    def marked(self) -> bool:
        """Whether its rows tell of records whose reads are audited."""
        return SIGN in self.text or bool(self.marks)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column in the making: its expression, how it is described, and whether a choice's words stand in it."""

    text: str
    fields: tuple[Field | None, ...]
    kind: FieldType = FieldType.TEXT
    precision: int = 0


Cells = dict[Path, Cell]


@dataclass(frozen=True, slots=True)
class ColumnStatement:
    """A statement and the columns that it selects."""

    statement: Statement
    columns: tuple[Column, ...]
    marks: tuple[int, ...]


def compile_columns(
    plan: Connection, output: Output, registry: Registry, phrases: Phrases, order: Sequence[Path], seen: Seen
) -> ColumnStatement:
    """The statement of a list whose rows are columns, those of `order` first; lists inside of its rows are refused."""
    build = Build(registry, phrases, seen)
    assert isinstance(plan.source, Scan)
    table = Joined(build, TableRows(build, registry.type(plan.source.type)))
    made = table.cells(output, table.rows, (), ())
    marks = {path: code for path in made if (code := code_of(path[-1])) is not None}
    cells = {path: made[path] for path in dict.fromkeys((*order, *made)) if path in made and path not in marks}
    if not cells:
        raise RequestError("BAD_USER_INPUT", "export_no_columns")
    tail = ordered_tail(build, plan, plan.source, table)
    selected = ", ".join(
        f"{cell.text} AS c{i}" for i, cell in enumerate([*cells.values(), *map(made.get, marks)]) if cell
    )
    columns = tuple(Column(names, c.fields, c.kind, c.precision) for names, c in cells.items())
    return ColumnStatement(Statement(f"SELECT {selected} {tail}", tuple(build.numbers)), columns, tuple(marks.values()))


def compile_json_rows(plan: Connection, output: Output, registry: Registry, phrases: Phrases, seen: Seen) -> Statement:
    """The statement of a list whose rows are the JSON that a query answers."""
    build = Build(registry, phrases, seen)
    assert isinstance(plan.source, Scan)
    table = Joined(build, TableRows(build, registry.type(plan.source.type)))
    if isinstance(output, Object):
        pairs = object_pairs(build, output, table.rows)
        text = phrases.json_row(pairs, ordered_tail(build, plan, plan.source, table))
    else:  # an object for each kind
        value = output_text(build, output, table.rows)
        text = phrases.json_value(value, ordered_tail(build, plan, plan.source, table))
    return Statement(text, tuple(build.numbers))


def ordered_tail(build: Build, plan: Connection, scan: Scan, table: Joined) -> str:
    """FROM, WHERE and ORDER BY; ask last, when all columns are known."""
    conditions = scan_conditions(build, scan, table.rows)
    expressions = [term_expression(t.path, table.rows) for t in plan.order]
    items = [order_item(build, e, t, False) for e, t in zip(expressions, plan.order, strict=True)]
    source, more = table.source()
    where = [*conditions, *more]
    return f"FROM {source}" + (f" WHERE {' AND '.join(where)}" if where else "") + f" ORDER BY {', '.join(items)}"


class Joined:
    """A record type's rows with the records that its lookups name and its kinds' own tables joined beside them."""

    def __init__(self, build: Build, rows: TableRows) -> None:
        self.build, self.rows = build, rows
        self.joins: list[Callable[[], str]] = []

    def source(self) -> tuple[str, list[str]]:
        text, more = self.rows.source()
        return text + "".join(f" LEFT JOIN {join()}" for join in self.joins), more

    def cells(self, output: Output, rows: Rows, names: Path, fields: tuple[Field | None, ...]) -> Cells:
        """The columns of anything that is no list."""
        phrases = self.build.phrases
        match output:
            case Object(entries):
                found: Cells = {}
                for key, inner in entries:
                    found |= self.cells(inner, rows, (*names, key), fields)
                return found
            case Leaf():
                return {names: self.leaf(output, rows, fields)}
            case Const(json):
                return {names: Cell(constant(orjson.loads(json)), (*fields, None))}
            case Part(field, key):
                kind = FieldType.INTEGER if key == "size" else FieldType.TEXT
                return {names: Cell(phrases.part_cell(value_of(rows, field), key), (*fields, None), kind)}
            case FileUrl(field):
                return {names: Cell(file_url(field, rows), (*fields, None), FieldType.TEXT)}
            case TargetId(field):
                by_id = self.build.registry.type(field.targets[0]).by_name["id"]
                return {names: Cell(phrases.cell(by_id, value_of(rows, field)), (*fields, by_id))}
            case TargetWord(field, words):
                return {names: Cell(phrases.words(type_of(rows, field), words), (*fields, None))}
            case Kinds():
                return merged(self.kinds(output, rows, names, fields))
            case One():
                return merged(self.targets(output, rows, names, (*fields, output.field)))
            case _:
                raise RequestError("BAD_USER_INPUT", "export_nested_list", field=".".join(names))

    def leaf(self, leaf: Leaf, rows: Rows, fields: tuple[Field | None, ...]) -> Cell:
        field, phrases = leaf.field, self.build.phrases
        value, fields = value_of(rows, field), (*fields, field)
        options = field.options.options if field.options else ()
        words = leaf.labels or tuple((o.code, o.api_name) for o in options)
        match field.type:
            case FieldType.CHOICE:
                return Cell(phrases.words(value, words), fields)
            case FieldType.MULTI_CHOICE:
                return Cell(phrases.joined(value, [(code, among_others(word)) for code, word in words]), fields)
            case _:
                return Cell(phrases.cell(field, value), fields, field.type, field.precision)

    def kinds(self, kinds: Kinds, rows: Rows, names: Path, fields: tuple[Field | None, ...]) -> Iterator[Guarded]:
        column = value_of(rows, kinds.kind)
        for store, codes, shape in kinds.cases:
            own = rows if store == kinds.kind.store else self.beside(store, rows)
            yield f"{column} IN ({', '.join(map(str, codes))})", self.cells(shape, own, names, fields)
        if kinds.otherwise is not None:
            yield "", self.cells(kinds.otherwise, rows, names, fields)

    def beside(self, store: str, rows: Rows) -> KindRows:
        """A kind's own table; rows of other kinds stay."""
        alias = self.build.alias()
        self.joins.append(lambda: f"{named(store)} {alias} ON {alias}.id = {rows.key()}")
        return KindRows(rows, store, alias)

    def targets(self, one: One, rows: Rows, names: Path, fields: tuple[Field | None, ...]) -> Iterator[Guarded]:
        """The columns of the record that a lookup names (or of the file that a field holds), for each type of it."""
        column = value_of(rows, one.field)
        for code, scan, output in one.targets:
            tie = f"{type_of(rows, one.field)} = {code}" if code else ""
            inner = self.named_by(column, tie, scan)
            yield tie or f"{inner.key()} IS NOT NULL", self.cells(output, inner, names, fields)
        if one.plain is not None:
            yield f"{column} IS NOT NULL", self.cells(one.plain, rows, names, fields)

    def named_by(self, column: str, tie: str, scan: Scan) -> TableRows:
        """The rows of a scan joined by the id that a column holds."""
        inner = TableRows(self.build, self.build.registry.type(scan.type))
        conditions = [wrapped(self.build, c, inner) for c in (scan.visible, scan.where) if c != EVERY_ROW]

        def join() -> str:
            source, more = inner.source()
            tests = [f"{inner.key()} = {column}", *([tie] if tie else []), *conditions, *more]
            return f"{f'({source})' if ' JOIN ' in source else source} ON {' AND '.join(tests)}"

        self.joins.append(join)
        return inner


Guarded = tuple[str, Cells]


def merged(cases: Iterator[Guarded]) -> Cells:
    """One column for each path that any case has; what is no column of the database shows only where its case is."""
    found: dict[Path, list[tuple[str, Cell]]] = {}
    for guard, cells in cases:
        for names, cell in cells.items():
            found.setdefault(names, []).append((guard, cell))
    return {names: one_of(choices, code_of(names[-1]) is not None) for names, choices in found.items()}


def one_of(choices: Sequence[tuple[str, Cell]], always: bool) -> Cell:
    """One column of those of several cases; `always`: each shows nothing where its case is not."""
    (guard, first), *others = choices
    if not others and (not guard or not (always or first.text.startswith("'"))):
        return first
    cases = " ".join(f"WHEN {guard} THEN {cell.text}" for guard, cell in choices if guard)
    last = next((f" ELSE {cell.text}" for guard, cell in choices if not guard), "")
    return replace(first, text=f"CASE {cases}{last} END" if cases else first.text)


def among_others(word: str) -> str:
    """A word as one of several in a cell: in quotes where it would be taken for several."""
    plain = BETWEEN not in word and '"' not in word and word == word.strip()
    return word if plain else '"' + word.replace('"', '""') + '"'


def constant(value: Any) -> str:
    """Something known, as a text."""
    if value is None:
        return "NULL"
    return quoted(value if isinstance(value, str) else orjson.dumps(value).decode())


def labelled(output: Output, texts: Callable[[Field], tuple[tuple[int, str], ...]]) -> Output:
    """A plan whose choices answer with labels; lists inside are left as they are."""
    match output:
        case Leaf(field, ()) if field.options is not None:
            return Leaf(field, texts(field))
        case Object(entries):
            return Object(tuple((key, labelled(inner, texts)) for key, inner in entries))
        case Kinds(kind, cases, otherwise):
            made = tuple((s, c, as_object(labelled(o, texts))) for s, c, o in cases)
            return Kinds(kind, made, as_object(labelled(otherwise, texts)) if otherwise else None)
        case One(field, targets, plain):
            return One(field, tuple((c, s, labelled(o, texts)) for c, s, o in targets), plain)
        case _:
            return output


def as_object(output: Output) -> Object:
    assert isinstance(output, Object)
    return output
