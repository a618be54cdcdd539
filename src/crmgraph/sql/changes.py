"""The fields of a change as JSON: values before and after, and what people call them."""

from __future__ import annotations

from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.types import FieldType
from crmgraph.plan.tree import Changed, Leaf
from crmgraph.sql.compile import row_text, scan_conditions
from crmgraph.sql.conditions import exists
from crmgraph.sql.phrases import quoted
from crmgraph.sql.scope import Build, Rows, TableRows, type_of, value_of
from crmgraph.sql.types import POSTGRESQL

WORDS = "k.w"  # what the document says of the field at hand


def changed_text(build: Build, changed: Changed, rows: Rows) -> str:
    """The list of a change's fields, in the order of the record type; those that nobody is shown are left out."""
    pairs = [(key, member_text(build, changed, name)) for key, name in changed.entries]
    return build.phrases.many(pairs, f"FROM {fields_text(build, changed, rows)} k {order(build)}")


def order(build: Build) -> str:
    """SQLite orders inside, as its aggregates take the rows as they come."""
    known = "WHERE k.w IS NOT NULL"
    return f"{known} ORDER BY (k.w ->> 'p')::integer" if build.phrases.name == POSTGRESQL else known


def fields_text(build: Build, changed: Changed, rows: Rows) -> str:
    """A sub-select of (w, b, a): the words of each field, its values before and after; null where there was none."""
    before, after = value_of(rows, changed.before), value_of(rows, changed.after)
    code, number = type_of(rows, changed.record), build.number(changed.words)
    if build.phrases.name == POSTGRESQL:
        key = "coalesce(b.key, a.key)"
        some = "CASE json_typeof({0}.value) WHEN 'null' THEN NULL ELSE {0}.value END AS {0}"
        return (
            f"(SELECT ${number}::jsonb -> {code}::text -> {key} AS w, {some.format('b')}, {some.format('a')}"
            f" FROM json_each(coalesce({before}, '{{}}')) b"
            f" FULL JOIN json_each(coalesce({after}, '{{}}')) a ON a.key = b.key)"
        )
    path = f"'$.\"' || {code} || '\".\"' || coalesce(b.key, a.key) || '\"'"
    return (  # ordered, so that it stays a table of its own, and the document is asked once a field
        f"(SELECT ?{number} -> ({path}) AS w, nullif({before} -> b.fullkey, 'null') AS b,"
        f" nullif({after} -> a.fullkey, 'null') AS a"
        f" FROM json_each({before}) b FULL JOIN json_each({after}) a ON a.key = b.key ORDER BY w ->> 'p')"
    )


def member_text(build: Build, changed: Changed, name: str) -> str:
    match name:
        case "field":
            return f"{WORDS} ->> 'f'"
        case "label":
            return f"{WORDS} ->> 'l'"
        case "before" | "after":
            return value_text(build, changed, f"k.{name[0]}")
        case "beforeLabel" | "afterLabel":
            return label_text(build, changed, f"k.{name[0]}")
        case _:
            return build.phrases.const('"FieldChange"')


def value_text(build: Build, changed: Changed, value: str) -> str:
    """A value as the API has it: choices by name, lookups by id and type."""
    types = " ".join(f"WHEN {quoted(n.scan.type)} THEN {quoted(n.api_name)}" for n in changed.named)
    api_name = f"CASE {target_type(value)} {types} END" if types else "NULL"
    seen = seen_text(build, changed, value)

    def shown(text: str) -> str:
        return f"CASE WHEN {seen} THEN {text} END" if seen else text

    if build.phrases.name == POSTGRESQL:
        pairs = [("id", f"{value} ->> 'id'"), ("type", api_name)]
        chosen = f"array_to_json(ARRAY(SELECT {WORDS} -> 'o' -> e.v -> 0 {elements(build, value)}))"
        return (
            f"CASE WHEN {value} IS NULL THEN NULL ELSE CASE {WORDS} ->> 't'"
            f" WHEN 'choice' THEN ({WORDS} -> 'o' -> ({value} #>> '{{}}') -> 0)::json"
            f" WHEN 'choices' THEN {chosen} WHEN 'lookup' THEN {shown(build.phrases.json_one(pairs))}"
            f" WHEN 'file' THEN {build.phrases.json_one(file_pairs(value))} ELSE {value} END END"
        )
    listed = ", ".join(f"{quoted(k)}, {v}" for k, v in file_pairs(value))
    link = f"json_object('id', {value} ->> 'id', 'type', {api_name})"
    option = f"{WORDS} -> ('$.o.\"' || ({value} ->> '$') || '\"[0]')"
    chosen = f"(SELECT json_group_array({WORDS} ->> ('$.o.\"' || e.value || '\"[0]')) {elements(build, value)})"
    return (
        f"jsonb(CASE WHEN {value} IS NULL THEN NULL ELSE CASE {WORDS} ->> 't' WHEN 'choice' THEN {option}"
        f" WHEN 'choices' THEN {chosen}"
        f" WHEN 'lookup' THEN {shown(link)}"
        f" WHEN 'file' THEN json_object({listed})"
        f" ELSE {value} END END)"
    )


def seen_text(build: Build, changed: Changed, value: str) -> str:
    """Whether the record that a lookup's value names may be seen; empty where all may be, whatever it names."""
    cases = []
    for each in changed.named:
        if each.scan.visible != EVERY_ROW:
            rows = TableRows(build, build.registry.type(each.scan.type))
            found = exists(build, rows, f"{rows.key()} = {id_text(build, value)}", each.scan.visible)
            cases.append(f"WHEN {quoted(each.scan.type)} THEN {found}")
    return f"CASE {target_type(value)} {' '.join(cases)} ELSE TRUE END" if cases else ""


def id_text(build: Build, value: str) -> str:
    """The id that a lookup's value names."""
    return f"({value} ->> 'id')::uuid" if build.phrases.name == POSTGRESQL else f"{value} ->> 'id'"


def file_pairs(value: str) -> list[tuple[str, str]]:
    """A file without its content."""
    return [("name", f"{value} ->> 'name'"), ("mimeType", f"{value} ->> 'mime_type'"), ("size", f"{value} -> 'size'")]


def label_text(build: Build, changed: Changed, value: str) -> str:
    """A value as people read it: labels of choices, names of records and files."""
    name = record_name(build, changed, value)
    if build.phrases.name == POSTGRESQL:
        plain = f"{value} #>> '{{}}'"
        option = f"{WORDS} -> 'o' -> ({plain}) ->> 1"
        chosen = f"(SELECT string_agg({WORDS} -> 'o' -> e.v ->> 1, ', ' ORDER BY e.n) {elements(build, value)})"
    else:
        # SQLite shows JSON's true and false as 1 and 0
        plain = f"CASE json_type({value}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE {value} ->> '$' END"
        plain = f"CAST({plain} AS TEXT)"
        option = f"{WORDS} ->> ('$.o.\"' || ({plain}) || '\"[1]')"
        chosen = f"(SELECT group_concat({WORDS} ->> ('$.o.\"' || e.value || '\"[1]'), ', ') {elements(build, value)})"
    return (
        f"CASE {WORDS} ->> 't' WHEN 'choice' THEN {option} WHEN 'truth' THEN {option} WHEN 'choices' THEN {chosen}"
        f" WHEN 'lookup' THEN {name} WHEN 'file' THEN {value} ->> 'name' ELSE {plain} END"
    )


def elements(build: Build, value: str) -> str:
    """FROM and order of a list's elements; nothing where the field is no list of options."""
    some = f"CASE {WORDS} ->> 't' WHEN 'choices' THEN {value} END"
    if build.phrases.name == POSTGRESQL:
        return f"FROM json_array_elements_text({some}) WITH ORDINALITY e(v, n)"
    return f"FROM json_each({some}) e"


def target_type(value: str) -> str:
    """The name of the record type that a lookup's value names."""
    return f"coalesce({value} ->> 'type', {WORDS} ->> 'y')"


def record_name(build: Build, changed: Changed, value: str) -> str:
    """The display name of the record that a lookup's value names, or that it had when it was deleted."""
    id = id_text(build, value)
    cases = [
        f"WHEN {quoted(each.scan.type)} THEN {row_text(build, each.scan, Leaf(each.title), id)}"
        for each in changed.named
        if each.title.type is FieldType.TEXT
    ]
    rows = TableRows(build, build.registry.type(changed.gone.type))
    column = rows.column
    store = changed.gone.type
    conditions = [f"{column(store, 'record_id')} = {id}"]
    conditions += scan_conditions(build, changed.gone, rows) if changed.gone.visible != EVERY_ROW else []
    source, _ = rows.source()
    gone = (
        f"(SELECT {column(store, 'name')} FROM {source} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {column(store, 'deleted_on')} DESC LIMIT 1)"
    )
    return f"coalesce(CASE {target_type(value)} {' '.join(cases)} END, {gone})" if cases else gone
