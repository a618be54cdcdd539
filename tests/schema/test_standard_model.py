"""The model that crmgraph ships: it loads, its schema is valid, and `schema.graphql` is what it prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    validate_schema,
)

from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import LOCALES, RecordType
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema as schema_of
from crmgraph.schema.edition import printed_schema, standard_registry
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[2] / "schema.graphql"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return standard_registry()


@pytest.fixture(scope="module")
def printed() -> str:
    return printed_schema(actions=ACTIONS)


def test_the_file_is_what_the_command_prints(printed: str) -> None:
    assert SHIPPED.read_text() == printed, "write it anew: uv run crmgraph schema > schema.graphql"


def test_the_schema_is_valid(registry: Registry) -> None:
    schema = schema_of(View(registry), "en")
    object.__setattr__(schema, "_validation_errors", None)  # it is built as known to be valid: ask for real
    assert validate_schema(schema) == []


def test_only_records_have_an_id(registry: Registry) -> None:
    """Relay adds `id` to whatever has it, and normalising caches take it for a record.s: figures have none."""
    schema = schema_of(View(registry), "en")
    node = schema.type_map["Node"]
    having = [
        t
        for t in schema.type_map.values()
        if isinstance(t, GraphQLObjectType | GraphQLInterfaceType) and "id" in t.fields and t is not node
    ]
    assert len(having) > 80 and [t.name for t in having if node not in t.interfaces] == []


def test_languages_change_descriptions_only(printed: str) -> None:
    def undescribed(text: str) -> list[str]:
        kept, inside = [], False
        for line in text.splitlines():
            marks = line.count('"""')
            if not inside and not marks:
                kept.append(line)
            inside ^= marks % 2 == 1
        return kept

    other = printed_schema("pl", ACTIONS)
    assert other != printed and undescribed(other) == undescribed(printed)


def test_no_two_types_have_one_name(registry: Registry) -> None:
    """A record type's derived names (`<Type>Where`, `<Type>Connection` …) are nobody else's."""
    names = [t.api_name for t in registry.types.values()]
    schema = schema_of(View(registry), "en")
    suffixes = (
        "Connection",
        "Edge",
        "Where",
        "RelationWhere",
        "OrderBy",
        "Aggregate",
        "CountDistinct",
        "Sum",
        "Avg",
        "Min",
        "Max",
        "Having",
        "Grouping",
        "GroupingKeys",
        "GroupingBy",
        "GroupingOrderBy",
        "Key",
        "Reference",
        "State",
        "StatusReason",
    )
    assert len(set(names)) == len(names)
    derived = [n + s for n in names for s in ("", *suffixes)]
    assert len(set(derived)) == len(derived)
    for name in names:
        found = schema.type_map[name]
        assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType) and schema.type_map[f"{name}Connection"]
        where = schema.type_map[f"{name}Where"]
        assert isinstance(where, GraphQLInputObjectType) and {"and", "or", "not", "id"} <= set(where.fields)
    enums = [f.options.api_name for t in registry.types.values() for f in t.fields if f.options and f.store == t.name]
    assert not set(enums) & set(names)


def test_what_the_contract_names_is_there(registry: Registry) -> None:
    schema = schema_of(View(registry), "en")
    query = schema.query_type
    assert query and {
        "account",
        "accountBy",
        "accounts",
        "node",
        "nodes",
        "search",
        "metadata",
        "me",
        "activities",
    } <= set(query.fields)
    record = {
        "id",
        "createdOn",
        "modifiedOn",
        "createdBy",
        "modifiedBy",
        "owner",
        "version",
        "displayName",
        "typeLabel",
        "access",
    }
    for name in ("Node", "Record", "Customer", "Activity", "TimelineEntry", "Principal"):
        assert isinstance(schema.type_map[name], GraphQLInterfaceType)
    for found in View(registry).concrete:
        made, many = schema.type_map[found.api_name], schema.type_map[f"{found.api_name}Connection"]
        assert isinstance(made, GraphQLObjectType) and isinstance(many, GraphQLObjectType)
        assert record <= set(made.fields) and {"nodes", "edges", "pageInfo", "totalCount"} <= set(many.fields)
    assert {str(query.fields[n].type) for n in ("accounts", "contacts")} == {"AccountConnection", "ContactConnection"}


def test_every_label_is_in_every_language(registry: Registry) -> None:
    for found in registry.types.values():
        labels = [found.label, found.labels, *(f.label for f in found.fields)]
        labels += [o.label for f in found.fields if f.options for o in f.options.options]
        labels += [r.label for r in registry.relations[found.name].values()]
        assert all(label.texts.get(locale) for label in labels for locale in LOCALES), found.name


def test_the_tables_can_be_made(registry: Registry) -> None:
    tables = build_tables(registry)
    names = [i.name for t in tables.metadata.tables.values() for i in t.indexes]
    assert len(set(names)) == len(names) and all(len(str(n).encode()) <= 63 for n in names)


def numbered(found: RecordType, number: int) -> RecordType:
    """A copy of a record type under another name, with relations of its own."""
    fields = tuple(
        replace(f, store=f"copy{number}", inverse=f.inverse and f"{f.inverse}_{number}") for f in found.fields
    )
    return replace(
        found,
        name=f"copy{number}",
        plural=f"copies{number}",
        api_name=f"Copy{number}",
        api_plural=f"copies{number}",
        code=20_000 + number,
        fields=fields,
    )


def test_three_hundred_record_types(toy: Registry) -> None:
    from crmgraph.metadata.files import read_model

    types, sets = read_model(Path(__file__).parents[1] / "toy")
    deal = next(t for t in types if t.name == "deal")
    registry = build_registry([*types, *(numbered(deal, n) for n in range(300))], sets)
    schema: GraphQLSchema = schema_of(View(registry), "en")
    assert "Copy299Connection" in schema.type_map
    firm = schema.type_map["Firm"].fields  # type: ignore[attr-defined]
    assert "deals299" in firm and str(firm["deals299"].type) == "Copy299Connection!"
