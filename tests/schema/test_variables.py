"""Variables: what is absent, what is null, and which values share a plan."""

from __future__ import annotations

from typing import Any

import pytest
from graph import Both, uid

from crmgraph.schema.documents import Prepared


def plans(both: Both, document: str) -> list[int]:
    """How many plans a document has on each database."""
    found = []
    for graph in both.graphs:
        prepared = graph.edition.documents.get((document, None))
        assert isinstance(prepared, Prepared)
        found.append(sum(key[0] is prepared for key in graph.edition.plans.entries))  # type: ignore[index]
    return found


def test_an_absent_variable_drops_its_operator(both: Both) -> None:
    document = """query ($name: String, $least: Int) {
      firms(where: {name: {eq: $name}, employees: {gte: $least}}) { totalCount } }"""
    counts = [
        both.ask(document, given)["firms"]["totalCount"]
        for given in ({}, {"least": 12}, {"least": 12, "name": "nandu"})
    ]
    assert counts == [9, 3, 1]


def test_an_absent_variable_drops_a_members_condition_and_argument(both: Both) -> None:
    document = """query ($where: FirmWhere, $order: [FirmOrderBy!], $first: Int, $after: String, $ids: [ID!]) {
      firms(where: $where, orderBy: $order, first: $first, after: $after) { nodes { name } }
      some: firms(where: {id: {in: $ids}}) { totalCount }
    }"""
    found = both.ask(document)
    assert len(found["firms"]["nodes"]) == found["some"]["totalCount"] == 9
    assert both.ask(document, {"first": 2, "ids": []})["some"]["totalCount"] == 0
    ordered = both.ask(document, {"order": [{"name": "DESC"}], "first": 1, "where": {"parent": {"isNull": True}}})
    assert ordered["firms"]["nodes"] == [{"name": "Zebra"}]


@pytest.mark.parametrize("locale", ["en", "es", "de", "pl"])
@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ firms(where: {name: {eq: null}}) { totalCount } }", {}),
        ("query ($n: String) { firms(where: {name: {eq: $n}}) { totalCount } }", {"n": None}),
        ("query ($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"employees": {"gt": None}}}),
        ("query ($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"parent": None}}),
        ("query ($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"warmth": None}}),
        ("query ($w: DealWhere) { deals(where: $w) { totalCount } }", {"w": {"buyer": None}}),
        ("query ($i: [Warmth!]) { firms(where: {warmth: {in: $i}}) { totalCount } }", {"i": None}),
    ],
)
def test_null_compares_with_nothing(both: Both, document: str, variables: Any, locale: str) -> None:
    code, message = both.calling(locale=locale).error(document, variables)
    assert code == "BAD_USER_INPUT" and "isNull" in message


def test_null_in_a_list_is_refused(both: Both) -> None:
    document = 'query ($n: String!) { firms(where: {name: {in: ["angel", $n]}}) { totalCount } }'
    assert both.ask(document, {"n": "Zebra"}) == {"firms": {"totalCount": 2}}
    listed = "query ($n: [String!]) { firms(where: {name: {in: $n}}) { totalCount } }"
    assert both.error(listed, {"n": [None]})[0] == "BAD_USER_INPUT"


def test_a_null_page_argument_is_an_absent_one(both: Both) -> None:
    document = "query ($f: Int, $a: String, $o: Int) { firms(first: $f, after: $a, offset: $o) { nodes { id } } }"
    assert len(both.ask(document, {"f": None, "a": None, "o": None})["firms"]["nodes"]) == 9


def test_values_share_a_plan_and_shapes_do_not(both: Both) -> None:
    document = """query Plans($name: String, $where: FirmWhere!, $first: Int, $after: String, $with: Boolean = false,
                          $ids: [ID!]) {
      firms(where: {name: {ne: $name}, id: {in: $ids}, and: [$where]}, first: $first, after: $after) {
        nodes { name number @include(if: $with) } pageInfo { endCursor } } }"""
    ids = [uid(n) for n in range(101, 109)]
    base: dict[str, Any] = {"name": "angel", "where": {"employees": {"gte": 0}}, "first": 2, "ids": ids}
    cursor = both.ask(document, base)["firms"]["pageInfo"]["endCursor"]
    assert plans(both, document) == [1, 1]
    same: list[dict[str, Any]] = [
        {"name": "Zebra"},
        {"where": {"employees": {"gte": 7}}},
        {"ids": ids[:1]},
        {"ids": []},
    ]
    for change in same:
        both.ask(document, {**base, **change})
    assert plans(both, document) == [1, 1]
    other: list[dict[str, Any]] = [
        {"first": 3},
        {"with": True},
        {"where": {"employees": {"lt": 0}}},
        {"where": {"warmth": {"eq": "HOT"}}},
        {"after": cursor},
    ]
    for number, change in enumerate(other, 2):
        both.ask(document, {**base, **change})
        assert plans(both, document) == [number, number], change
    later = both.ask(document, {**base, "after": cursor})["firms"]["pageInfo"]["endCursor"]
    both.ask(document, {**base, "after": later})
    assert plans(both, document) == [6, 6]


def test_shared_plans_answer_for_their_own_values(both: Both) -> None:
    document = (
        "query ($id: ID!, $text: String!) { firm(id: $id) { name } search(text: $text) { nodes { displayName } } }"
    )
    assert both.ask(document, {"id": uid(107), "text": "zebra"}) == {
        "firm": {"name": "Zebra"},
        "search": {"nodes": [{"displayName": "Zebra"}]},
    }
    assert both.ask(document, {"id": uid(102), "text": "LODZ"})["firm"] == {"name": "angel"}
    assert [n["displayName"] for n in both.ask(document, {"id": uid(102), "text": "LODZ"})["search"]["nodes"]] == [
        "Lodz",
        "Łódź",
    ]


def test_languages_do_not_share_a_plan(both: Both) -> None:
    document = f'{{ firm(id: "{uid(101)}") {{ warmthLabel }} }}'
    assert [both.calling(locale=x).ask(document)["firm"]["warmthLabel"] for x in ("en", "de", "en")] == [
        "Hot",
        "Heiß",
        "Hot",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        ("Int", "x", "Int"),
        ("Int", 2**31, "Int"),
        ("Boolean", 1, "Boolean"),
        ("Warmth", "TEPID", "Warmth"),
        ("Warmth", 3, "Warmth"),
        ("Date", "2026-02-30", "2026-02-30"),
        ("DateTime", "2026-01-01T00:00:00", "zone"),
        ("Money", 1.5, "exact"),
        ("Money", "NaN", "exact"),
        ("Money", "1_000", "exact"),
        ("Money", "\uff11", "exact"),
        ("BigInt", str(2**63), "64"),
        ("BigInt", "\u00b2", "64"),
        ("BigInt", "\u0663", "64"),
        ("FirmWhere", {"nme": {"eq": "x"}}, "name"),
        ("FirmOrderBy!", {"name": "ASC", "number": "ASC"}, "exactly one field"),
        ("String!", None, "null"),
    ],
)
def test_wrong_variables(both: Both, kind: str, value: Any, part: str) -> None:
    use = f"fragment Use on Query {{ used: firms{USES[kind.rstrip('!')]} {{ totalCount }} }}"
    document = f"query ($v: {kind}) {{ firms(first: 1) {{ nodes {{ id }} }} ...Use }} {use}"
    code, message = both.error(document, {"v": value})
    assert code == "BAD_USER_INPUT" and part in message and "$v" in message


USES = {
    "Int": "(first: $v)",
    "Boolean": "(where: {isPartner: {eq: $v}})",
    "Warmth": "(where: {warmth: {eq: $v}})",
    "Date": "(where: {founded: {eq: $v}})",
    "DateTime": "(where: {calledOn: {eq: $v}})",
    "Money": "(where: {revenue: {eq: $v}})",
    "BigInt": "(where: {visits: {eq: $v}})",
    "FirmWhere": "(where: $v)",
    "FirmOrderBy": "(orderBy: [$v])",
    "String": "(where: {name: {eq: $v}})",
}


def test_metadata_beside_records_takes_only_its_own_variables(both: Both) -> None:
    document = """query ($on: DateTime!, $name: String!) {
      firms(where: {createdOn: {gt: $on}}) { totalCount } metadata { type(name: $name) { ...Named } } }
      fragment Named on MetadataType { label }"""
    answer = both.ask(document, {"on": "2001-01-01T00:00:00Z", "name": "Firm"})
    assert answer["metadata"] == {"type": {"label": "Firm"}}


def test_plans_of_all_documents_share_one_room(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those used last are kept, whichever documents they belong to."""
    for graph in both.graphs:
        plans = graph.edition.plans
        monkeypatch.setattr(plans, "room", 10_000)
        for i in range(40):
            graph.answer(f'query Q{i} {{ firms(where: {{name: {{eq: "{"x" * i}"}}}}) {{ nodes {{ name number }} }} }}')
        assert plans.taken <= 10_000 and 1 < len(plans.entries) < 40
        assert plans.taken == sum(len(p.statement.text) for p in plans.entries.values() if p.statement)
        names = [getattr(key[0], "name", "") for key in plans.entries]  # type: ignore[index]
        assert names == [f"Q{i}" for i in range(40 - len(names), 40)]
