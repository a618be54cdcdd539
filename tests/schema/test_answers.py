"""What an answer holds, whatever is asked: order of text, case, long and many keys, one statement and one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from graph import ADA, NOW, Both, uid

from crmgraph.actions.unit import Caller
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database

PEOPLES_ORDER = ["angel", "Ängström", "Lodz", "Łódź", "nandu", "ñandú", "Zebra"]
LONG, LONGER = "a" * 64, "a" * 63 + "ab"  # PostgreSQL's names have 63 bytes


def test_text_is_ordered_as_people_expect(both: Both) -> None:
    document = """query ($names: [String!], $d: SortDirection!) {
      firms(where: {name: {in: $names}}, orderBy: [{name: $d}]) { nodes { name } } }"""
    for direction, expected in (("ASC", PEOPLES_ORDER), ("DESC", PEOPLES_ORDER[::-1])):
        found = both.ask(document, {"names": PEOPLES_ORDER, "d": direction})
        assert [n["name"] for n in found["firms"]["nodes"]] == expected


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("containsi", "MÜLLER"),
        ("startsWithi", "müller"),
        ("eqi", "müller & söhne"),
        ("likei", "%ÖHNE"),
        ("contains", "Mu\u0308ller"),
    ],
)
def test_case_and_composition_of_letters_are_unicodes(both: Both, operator: str, text: str) -> None:
    found = both.ask(
        "query ($where: FirmWhere) { firms(where: $where) { nodes { name } } }", {"where": {"name": {operator: text}}}
    )
    assert found == {"firms": {"nodes": [{"name": "Müller & Söhne"}]}}


def test_accents_count_where_case_does_not(both: Both) -> None:
    assert both.ask('{ firms(where: {name: {containsi: "MULLER"}}) { totalCount } }') == {"firms": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("angel", ["angel"]),
        ("ang_l", ["angel"]),
        ("%d%", ["Łódź", "Lodz", "ñandú", "nandu", "Headed"]),
        ("%\\%", []),
        ("%\\", []),
        ("", []),
        ("M%& S%", ["Müller & Söhne"]),
        ("\\angel", ["angel"]),
    ],
)
def test_patterns(both: Both, pattern: str, names: list[str]) -> None:
    found = both.ask("query ($p: String!) { firms(where: {name: {like: $p}}) { nodes { name } } }", {"p": pattern})
    assert [n["name"] for n in found["firms"]["nodes"]] == names


def test_response_keys_longer_than_a_columns_name(both: Both) -> None:
    names = {LONG: "name", LONGER: "number"}
    picked = " ".join(f"{key}: {field}" for key, field in names.items())
    found = both.ask(f"""{{
      {LONG}: firm(id: "{uid(101)}") {{ {picked} {LONG}p: parent {{ {picked} }} people(first: 1) {{ {LONG}: totalCount
        edges {{ {LONG}: cursor {LONGER}: node {{ {LONG}: fullName }} }} pageInfo {{ {LONG}: hasNextPage }} }} }}
      firms(first: 1) {{ nodes {{ {picked} }} aggregate {{ {LONG}: count sum {{ {LONG}: employees }} }}
        groupBy(by: [{{warmth: true}}], first: 1) {{ {LONG}: keys {{ {LONG}: warmth }}
          {LONGER}: nodes(first: 1) {{ {picked} }} }} }}
      happenings(first: 1) {{ nodes {{ {LONG}: subject ... on Visit {{ {LONGER}: place }}
        {LONG}c: regarding {{ {LONG}: id }} }} }}
      node(id: "{uid(101)}") {{ {LONG}: id ... on Firm {{ {LONGER}: name }} }}
      search(text: "angstrom", first: 1) {{ nodes {{ {LONG}: id }} edges {{ node {{ {LONGER}: displayName }} }} }}
      {LONGER}: firm(id: "{uid(101)}") {{
        timeline(first: 1) {{ nodes {{ {LONG}: title }} }} logo {{ {LONG}: name }} extras }}
    }}""")
    assert found[LONG][LONG] == "Ängström" and found[LONG][LONGER] == "F-1" and found[LONG][f"{LONG}p"] is None
    assert found["firms"]["nodes"] == [{LONG: "Ängström", LONGER: "F-1"}]
    assert found["happenings"]["nodes"][0][f"{LONG}c"] == {LONG: uid(101)}
    assert found[LONGER]["timeline"]["nodes"] == [{LONG: "Ring A"}] and found[LONGER]["logo"] == {LONG: "a.txt"}


def test_objects_with_many_fields(both: Both) -> None:
    """More than one call of SQLite's or PostgreSQL's functions takes."""
    many = [f"f{i}" for i in range(130)]

    def picked(field: str) -> str:
        return " ".join(f"{key}: {field}" for key in many)

    rings = " ".join(f"g{i}: phoneNumber" for i in range(70))
    found = both.ask(f"""{{
      {picked("me { fullName }")}
      firms(first: 2) {{ {picked("totalCount")} nodes {{ {picked("name")}
        people(first: 1) {{ edges {{ node {{ {picked("fullName")} }} }} }} }} }}
      happenings(first: 2) {{ nodes {{ {picked("subject")} ... on Ring {{ {rings} }} }} }}
      firm(id: "{uid(101)}") {{ timeline(first: 2) {{ nodes {{ {picked("title")} }} }} }}
    }}""")
    assert [list(n)[:130] == many for n in found["firms"]["nodes"]] == [True, True]
    assert found["firm"]["timeline"]["nodes"][0] == dict.fromkeys(many, "Ring A")
    assert found["f129"] == {"fullName": "Ada"}


@pytest.mark.parametrize(
    "merged", ['search(text: "ring a", first: 1)', f'firm(id: "{uid(101)}") {{ timeline(first: 1)']
)
def test_each_selection_of_a_merged_list_answers_its_own(both: Both, merged: str) -> None:
    parts = (
        "{ nodes { id } edges { node { t: displayName ... on Ring { phoneNumber } } } more: nodes { id typeLabel } }"
    )
    found = both.ask(f"{{ list: {merged} {parts} }}{' }' if 'timeline' in merged else ''}")["list"]
    assert found.get("timeline", found) == {
        "nodes": [{"id": uid(411)}],
        "edges": [{"node": {"t": "Ring A", "phoneNumber": "+46 1"}}],
        "more": [{"id": uid(411), "typeLabel": "Ring"}],
    }


def test_awkward_values_come_back_as_they_are(both: Both) -> None:
    found = both.ask(f'{{ firm(id: "{uid(101)}") {{ remarks extras visits score revenue calledOn }} }}')["firm"]
    assert found == {
        "remarks": 'First line\n"second" \\ line',
        "extras": {"b": [1, None, 2.5], "a": {"ñ": "ü"}},
        "visits": "9007199254740993",
        "score": "0.1250",
        "revenue": "1000.50",
        "calledOn": "2026-10-31T23:30:00+00:00",
    }


def test_keys_keep_the_order_of_the_document(both: Both) -> None:
    body = both.body(
        f'{{ z: me {{ id }} firm(id: "{uid(101)}") {{ number name id a: name __typename }} a: __typename }}'
    )
    assert body.decode().startswith('{"data":{"z":{"id":')
    assert b'{"number":"F-1","name":"\xc3\x84ngstr\xc3\xb6m","id":"' in body and body.endswith(b'"a":"Query"}}')


def test_nothing_that_is_not_selected_is_computed(both: Both) -> None:
    from crmgraph.schema.explain import planned_request
    from crmgraph.schema.resolve import Request

    for graph in both.graphs:
        request = Request("{ firms { nodes { name } } }", None, None, both.caller, False)
        statement = planned_request(graph.edition, request)[1].statement
        assert statement and not any(
            word in statement.text.lower() for word in ("count", "row_number", "people", "exists")
        )


def test_what_is_the_callers(both: Both) -> None:
    document = """{ me { fullName } firms(where: {owner: {isMe: true}}) { totalCount }
      reports: users(where: {manager: {isMe: true}}) { totalCount } }"""
    assert both.ask(document) == {"me": {"fullName": "Ada"}, "firms": {"totalCount": 7}, "reports": {"totalCount": 1}}
    assert both.calling(principal=trusted(uid(2))).ask(document)["me"] == {"fullName": "Bob"}
    assert both.calling(principal=trusted()).ask(document) == {
        "me": None,
        "firms": {"totalCount": 0},
        "reports": {"totalCount": 0},
    }


def test_periods_are_in_the_callers_zone(both: Both) -> None:
    """An hour before midnight in UTC is the next day in Madrid."""
    document = "{ firms(where: {calledOn: {within: {this: MONTH}}}) { nodes { name } } }"
    assert [n["name"] for n in both.ask(document)["firms"]["nodes"]] == ["angel", "Zebra"]
    madrid = both.calling(principal=trusted(ADA, "Europe/Madrid")).ask(document)
    assert [n["name"] for n in madrid["firms"]["nodes"]] == ["Ängström", "angel", "Zebra"]


@pytest.mark.parametrize(
    ("locale", "label"),
    [("en", "Hot"), ("es", "Caliente"), ("de", "Heiß"), ("pl", "Gorący"), ("de-AT", "Heiß"), ("fr", "Hot")],
)
def test_labels_are_in_the_callers_language(both: Both, locale: str, label: str) -> None:
    document = f'{{ firm(id: "{uid(101)}") {{ warmthLabel }} metadata {{ locale }} }}'
    assert both.calling(locale=locale).ask(document)["firm"] == {"warmthLabel": label}
    asked = f'query ($l: String!) @locale(locale: $l) {{ firm(id: "{uid(101)}") {{ warmthLabel }} }}'
    assert both.ask(asked, {"l": locale})["firm"] == {"warmthLabel": label}


def test_introspection_speaks_the_callers_language(both: Both) -> None:
    document = '{ __type(name: "Firm") { fields { name description } } }'
    for locale, text in (("en", "Revenue"), ("pl", "Przychód")):
        fields = both.calling(locale=locale).ask(document, statements=0)["__type"]["fields"]
        assert {"name": "revenue", "description": text} in fields


def test_metadata_of_a_kind_has_its_bases_states(both: Both) -> None:
    document = (
        '{ metadata { type(name: "Ring") { states { name reasons { name } } transitions { fromState toState } } } }'
    )
    assert both.ask(document, statements=0)["metadata"]["type"] == {
        "states": [{"name": "OPEN", "reasons": [{"name": "PLANNED"}]}, {"name": "DONE", "reasons": [{"name": "DONE"}]}],
        "transitions": [{"fromState": "OPEN", "toState": "DONE"}, {"fromState": "DONE", "toState": "OPEN"}],
    }


def test_a_failing_root_field_does_not_take_the_others_along(both: Both) -> None:
    """The one statement failed: each root field is asked for by itself."""
    document = f'{{ firm(id: "{uid(101)}") {{ name }} broken: firms {{ totalCount }} }}'
    for graph in both.graphs:
        read = graph.database.read

        async def failing(sql: str, args: Any, read: Any = read) -> Any:
            if "broken" in sql:
                raise RuntimeError("no disk")
            return await read(sql, args)

        graph.database.read = failing  # type: ignore[method-assign]
        try:
            answer = graph.answer(document, None, Caller(trusted(ADA), "es", None, None, NOW))
        finally:
            graph.database.read = read  # type: ignore[method-assign]
        found = orjson.loads(answer.body)
        assert answer.kind == "partial" and found["data"] == {"firm": {"name": "Ängström"}, "broken": None}
        (error,) = found["errors"]
        assert error["path"] == ["broken"] and error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["errorId"] and "no disk" not in answer.body.decode()


class Stumbling:
    """A database whose first read fails, as if its connection had been lost."""

    def __init__(self, database: Database) -> None:
        self.database, self.reads = database, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        self.reads += 1
        if self.reads == 1:
            raise ConnectionResetError
        return await self.database.read(sql, args)


def test_what_is_answered_when_it_is_asked_again_has_no_errors(both: Both) -> None:
    document = "{ firms { totalCount } me { id } }"
    for graph in both.graphs:
        stumbling: Any = Stumbling(graph.database)
        answer = replace(graph, database=stumbling).answer(document)
        assert stumbling.reads == 4, "all at once, the revision in force, then each root field"
        assert (answer.kind, answer.code, answer.body) == ("data", None, both.body(document))
