"""Plans: they compare, need no database, and cannot be made without saying which rows may be seen."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, All, Either, Not, both
from crmgraph.metadata.registry import Registry
from crmgraph.plan import tree
from crmgraph.plan.context import Limits
from crmgraph.plan.planner import plan_query
from crmgraph.plan.tree import Connection, Direction, Page, Read, Scan
from crmgraph.schema.documents import For, context, prepare
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.security.principal import EVERYTHING
from crmgraph.sql.phrases_sqlite import SQLite


@pytest.fixture(scope="module")
def edition(toy: Registry) -> Edition:
    return build_edition(toy, SQLite(), Limits(page_size=7, max_page_size=9))


def planned(edition: Edition, document: str, **variables: Any) -> Read:
    prepared = prepare(edition, document, None)
    return plan_query(context(edition, prepared, variables, For(EVERYTHING, "en")), prepared.operation)


def test_a_scan_says_which_rows_may_be_seen() -> None:
    with pytest.raises(TypeError):
        Scan("firm", where=EVERY_ROW)  # type: ignore[call-arg]
    assert Scan("firm", EVERY_ROW, EVERY_ROW).visible == EVERY_ROW


def test_equal_documents_have_equal_plans(edition: Edition) -> None:
    document = """{ firms(where: {name: {in: ["a"]}, calledOn: {within: {this: DAY}}, tags: {hasAny: [OLD]}}) {
      nodes { name } } }"""
    assert planned(edition, document) == planned(edition, document.replace("(where", "( where"))
    assert planned(edition, document) != planned(edition, document.replace("DAY", "WEEK"))
    assert planned(edition, document) != planned(edition, document.replace('"a"', '"b"'))


def test_plans_are_frozen_values() -> None:
    made = [v for v in vars(tree).values() if isinstance(v, type) and is_dataclass(v) and v.__module__ == tree.__name__]
    assert len(made) > 20
    for kind in made:
        assert kind.__dataclass_params__.frozen and hasattr(kind, "__slots__"), kind  # type: ignore[attr-defined]
        assert all("phrases" not in str(f.type) and "sqlalchemy" not in str(f.type) for f in fields(kind))


def list_of(edition: Edition, document: str, **variables: Any) -> Connection:
    found = planned(edition, document, **variables).root.entries[0][1]
    assert isinstance(found, Connection)
    return found


def test_pages_have_the_settings_sizes(edition: Edition) -> None:
    assert list_of(edition, "{ firms { nodes { id } } }").page == Page(7)
    assert list_of(edition, "{ firms(last: 9) { nodes { id } } }").page == Page(9, backward=True)


def test_the_id_ends_every_order_once(edition: Edition) -> None:
    def order(text: str) -> list[str]:
        found = list_of(edition, f"{{ firms(orderBy: {text}) {{ nodes {{ id }} }} }}")
        return [f"{'.'.join(f.name for f in t.path)} {t.direction.value}" for t in found.order]

    assert order("[]") == ["id ASC"]
    assert order("[{name: DESC_NULLS_LAST}]") == ["name DESC_NULLS_LAST", "id DESC"]
    assert order("[{name: DESC}, {id: ASC}, {number: ASC}]") == ["name DESC", "id ASC"]
    assert order("[{parent: {id: DESC}}]") == ["parent.id DESC", "id DESC"]


def test_directions_turn_round() -> None:
    for direction in Direction:
        assert direction.reversed.descending is not direction.descending
        assert direction.reversed.nulls_first is not direction.nulls_first
        assert direction.reversed.reversed.nulls_first is direction.nulls_first


def test_conditions_are_joined_flat() -> None:
    assert both() == EVERY_ROW == All(()) and both(NO_ROW) == NO_ROW == Either(())
    assert both(Not(NO_ROW), EVERY_ROW) == Not(NO_ROW)
    assert both(All((NO_ROW, NO_ROW)), Not(NO_ROW)) == All((NO_ROW, NO_ROW, Not(NO_ROW)))


def test_kinds_with_equal_objects_share_one(edition: Edition) -> None:
    text = str(planned(edition, "{ happenings { nodes { __typename subject regarding { id } } } }"))
    assert "Kinds(" not in text
    assert "Kinds(" in str(planned(edition, "{ happenings { nodes { subject ... on Visit { place } } } }"))
