"""A schema that makes its types when they are asked for answers as one of which all were made at once."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from customized import CUSTOMIZED, changed_toy
from graph import Graph
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    parse,
    print_type,
    validate,
)

from crmgraph.metadata.registry import Registry
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import standard_registry
from crmgraph.schema.finding import LazySchema
from crmgraph.schema.lazy import EveryTypeNeeded, others_waiting
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(toy: Registry) -> View:
    return View(toy)


@pytest.fixture(scope="module")
def standard() -> View:
    return View(standard_registry())


def library_schema(lazy: LazySchema) -> GraphQLSchema:
    """The library's own schema of the same types."""
    records: Any = [lazy.record(t) for t in (*lazy.view.concrete, *lazy.view.journals)]
    return GraphQLSchema(lazy.query_type, lazy.mutation_type, types=records, directives=lazy.directives)


@pytest.fixture(scope="module")
def whole(standard: View) -> GraphQLSchema:
    return library_schema(build_schema(standard, "en", ACTIONS))


@pytest.mark.parametrize("customized", [False, True])
def test_each_type_is_found_by_its_name_alone(view: View, customized: bool) -> None:
    view = View(changed_toy(CUSTOMIZED)) if customized else view
    whole = library_schema(build_schema(view, "en"))
    some = list(whole.type_map.items())[:: 1 if os.environ.get("CRMGRAPH_LONG_TESTS") else 5]
    for name, kind in some:
        fresh = build_schema(view, "en")
        found = fresh.get_type(name)
        assert found is not None and print_type(found) == print_type(kind)
        assert customized or not fresh.type_map.complete, name  # what is left may be rare: its words lie far apart


def test_the_standard_models_types_are_found_in_any_order(standard: View, whole: GraphQLSchema) -> None:
    schema, names = build_schema(standard, "en", ACTIONS), list(whole.type_map)
    random.Random(4).shuffle(names)
    found = {name: schema.type_map[name] for name in names}
    assert list(schema.type_map) == list(whole.type_map)
    assert all(schema.type_map[name] is kind for name, kind in found.items())


def test_nothing_is_made_that_the_whole_schema_has_not(standard: View) -> None:
    schema = build_schema(standard, "de", ACTIONS)
    types: Any = schema.record.__self__  # type: ignore[attr-defined]
    schema.complete()
    assert {name for name in types.made if not name.startswith("(")} <= set(schema.type_map)


def test_a_type_is_the_same_whichever_leads_to_it_first(standard: View) -> None:
    """A mutation's input, and the change of the same name that a change-set takes."""
    names = ("addField", "createChangeSet")
    for order in (names, names[::-1]):
        schema = build_schema(standard, "en", ACTIONS)
        assert schema.mutation_type
        for name in order:
            print_type(get_named_type(schema.mutation_type.fields[name].args["input"].type))
        change, single = schema.type_map["ChangeInput"], schema.type_map["AddFieldInput"]
        assert isinstance(change, GraphQLInputObjectType) and isinstance(single, GraphQLInputObjectType)
        step = change.fields["addField"].type
        assert isinstance(step, GraphQLInputObjectType) and "dryRun" not in step.fields and "dryRun" in single.fields


def test_interfaces_have_the_librarys_types(standard: View) -> None:
    schema = build_schema(standard, "en")
    whole = library_schema(schema)
    for kind in whole.type_map.values():
        if isinstance(kind, GraphQLInterfaceType):
            assert schema.get_possible_types(kind) == whole.get_possible_types(kind)
            above = {i.name for i in whole.get_implementations(kind).interfaces}
            assert {i.name for i in schema.get_implementations(kind).interfaces} == above
            objects = (k for k in whole.type_map.values() if isinstance(k, GraphQLObjectType | GraphQLInterfaceType))
            assert all(schema.is_sub_type(kind, k) == whole.is_sub_type(kind, k) for k in objects)


@pytest.mark.parametrize(
    "document",
    [
        "{ acounts { totalCount } }",
        "{ node(id: 1) { nam } }",
        "{ node(id: 1) { primaryContact { id } } }",
        "{ search(text: 1) { nodes { fulName } } }",
        "query($x: AcountWhere) { accounts(where: $x) { totalCount } }",
        "query($x: AccountWhere, $y: StringFilter, $z: [TimelineKind!]) { accounts { nodes { ... on Lead { id } } } }",
        "mutation($x: CreateAcountInput!) { createAccount(input: $x) { created } }",
        "{ accounts { nodes { ... on Opportunty { id } ... on QueryRoot { id } } } }",
    ],
)
def test_refusals_are_the_librarys_word_for_word(standard: View, whole: GraphQLSchema, document: str) -> None:
    schema, parsed = build_schema(standard, "en", ACTIONS), parse(document)
    errors = [e.message for e in validate(schema, parsed)]
    assert errors and errors == [e.message for e in validate(whole, parsed)]


def test_a_document_makes_only_what_it_touches(standard: View) -> None:
    schema = build_schema(standard, "en", ACTIONS)
    document = "query($w: ContactWhere) { accounts { nodes { displayName contacts(where: $w) { totalCount } } } }"
    with others_waiting():
        assert not validate(schema, parse(document))
    assert not schema.type_map.complete
    fields: Any = schema.type_map["Account"].fields  # type: ignore[attr-defined]
    assert set(dict.keys(fields)) == {"displayName", "contacts"}


def test_what_takes_long_is_not_made_while_others_wait(view: View) -> None:
    schema = build_schema(view, "en")
    with others_waiting(), pytest.raises(EveryTypeNeeded):
        schema.get_type("Frim")
    assert schema.get_type("Frim") is None and schema.type_map.complete


def test_an_unknown_type_is_looked_for_on_a_thread(
    database: Database, view: View, run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, complete = [], LazySchema.complete

    def noted(schema: LazySchema) -> None:
        threads.append(threading.current_thread())
        complete(schema)

    monkeypatch.setattr(LazySchema, "complete", noted)
    graph = Graph.open(database, view.registry, run)
    answer = graph.answer("{ firms { nodes { ... on Frim { id } } } }")
    assert b"Unknown type 'Frim'" in answer.body
    assert threads and threads[0] is not threading.main_thread()
    assert graph.answer("{ firms { nodes { ... on Frim { id name } } } }").kind == "refused" and len(threads) == 1
