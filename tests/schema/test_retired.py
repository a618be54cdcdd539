"""Retired types, fields, options and status reasons: not offered any more, their data and history stay."""

from __future__ import annotations

from typing import Any

import pytest
from customized import CUSTOMIZED, changed_toy, merged, words
from graph import Both, uid

from crmgraph.actions.bin import Restore
from crmgraph.actions.traits import traits_of
from crmgraph.errors import MetadataFault
from crmgraph.metadata.living import living
from crmgraph.metadata.registry import Registry
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.judging import touched_types
from crmgraph.sql.tables import build_tables


def test_a_model_without_retired_parts_is_the_same(toy: Registry) -> None:
    assert living(toy) is toy


def test_the_schema_does_not_show_them(customized: Both) -> None:
    schema = customized.graphs[0].edition.schema
    names = set(schema.type_map)
    assert not {n for n in names if n.startswith(("Person", "Ring", "CreatePerson", "UpdateRing"))}
    assert {"Firm", "Deal", "Visit", "Happening"} <= names
    query, mutation = schema.query_type, schema.mutation_type
    assert query and mutation
    assert not {"person", "people", "ring", "rings", "deletedPeople"} & set(query.fields)
    assert not {"createPerson", "createPeople", "upsertRing", "restorePerson"} & set(mutation.fields)
    firm: Any = schema.type_map["Firm"]
    assert not {"visits", "head", "people"} & set(firm.fields) and "branches" in firm.fields
    for name in ("CreateFirmInput", "UpdateFirmInput", "FirmWhere", "FirmOrderBy", "FirmGroupingBy"):
        kind: Any = schema.type_map[name]
        assert not {"visits", "head", "people"} & set(kind.fields), name
    deal: Any = schema.type_map["DealWhere"]
    assert set(deal.fields["buyer"].type.fields) == {"isNull", "id", "type", "firm"}
    enum: Any = schema.type_map["RecordTypeName"]
    assert enum.values["PERSON"].deprecation_reason and not enum.values["FIRM"].deprecation_reason


def test_former_names_answer_beside_them() -> None:
    """A type that lost a field answers to its old name wherever one that lost none does."""
    renamed = {"former_names": [{"api_name": "Company", "api_plural": "companies"}]}
    schema = build_schema(View(changed_toy(merged(CUSTOMIZED, {"firm": renamed, "person": renamed}))), "en", (Restore,))
    query, mutation = schema.query_type, schema.mutation_type
    assert query and mutation
    assert query.fields["company"].type is query.fields["firm"].type
    assert {"createCompanies", "restoreCompany"} <= set(mutation.fields)
    payload: Any = mutation.fields["updateCompany"].type
    assert {"firm", "company"} <= set(getattr(payload, "of_type", payload).fields)


@pytest.mark.parametrize(
    ("patch", "key"),
    [
        ({"firm": {"fields": {"employees": {"retired": True}}}}, "formula_unknown_name"),
        ({"deal": {"retired": True}}, "rollup_unknown_relation"),
        (
            {"firm": {"fields": {"twice": {"retired": True}, "open": {"retired": True}}}, "deal": {"retired": True}},
            None,
        ),
    ],
)
def test_what_is_computed_needs_what_is_left(patch: dict[str, Any], key: str | None) -> None:
    twice = {"label": words("Twice"), "type": "integer", "formula": "employees * 2"}
    count = {"label": words("Open"), "type": "integer", "rollup": {"path": "deals", "function": "count"}}
    computed = {"firm": {"fields": {"twice": twice, "open": count}}}
    assert "twice" in View(changed_toy(merged(CUSTOMIZED, computed))).members("firm")
    if key is None:
        assert not {"twice", "open"} & set(View(changed_toy(merged(computed, patch))).members("firm"))
        return
    with pytest.raises(MetadataFault) as caught:
        changed_toy(merged(computed, patch))
    assert caught.value.key == key


def test_a_change_is_looked_at_only_near_what_is_shown() -> None:
    """A deal's buyer may be a person, which nothing shows any more; a first view is shown wherever its type is."""
    old = changed_toy(CUSTOMIZED)
    view = {"all": {"label": words("All"), "columns": ["name"]}}
    for patch, places in (
        ({"deal": {"fields": {"buyer": {"label": words("Payer")}}}}, ["deal", "firm"]),
        ({"firm": {"views": view}}, None),
        ({"memo": {"retired": True}}, None),
    ):
        assert touched_types(old, changed_toy(merged(CUSTOMIZED, patch))) == places


def test_old_links_answer_null(customized: Both) -> None:
    """Deals 1 and 5 have a person as buyer, 2 and 3 a firm; with the person went its kind of records."""
    found = customized.ask(
        "{ deals(orderBy: [{id: ASC}], first: 5) { nodes { a: buyer { id } b: buyer { displayName } } } }"
    )
    firms = [None, {"id": uid(103)}, {"id": uid(101)}, None, None]
    assert [n["a"] for n in found["deals"]["nodes"]] == firms
    assert [n["b"] and n["b"]["displayName"] for n in found["deals"]["nodes"]] == [None, "Łódź", "Ängström", None, None]
    counts = customized.ask(
        "query($id: ID!, $old: [String!]!) { some: deals(where: {buyer: {isNull: false}}) { totalCount }"
        " none: deals(where: {title: {in: $old}, buyer: {isNull: true}}) { totalCount }"
        " by: deals(where: {buyer: {id: {ne: $id}}}) { totalCount } }",
        {"id": uid(101), "old": ["Roof", "Door", "Window", "Wall", "Gate"]},
    )
    assert [counts[k]["totalCount"] for k in ("some", "none", "by")] == [2, 3, 1]


def test_records_of_retired_types_are_not_found(customized: Both) -> None:
    found = customized.ask(
        "query($a: ID!, $b: ID!, $c: ID!, $d: ID!) { node(id: $a) { id } nodes(ids: [$b, $c]) { id }"
        ' search(text: "jan") { totalCount }'
        " happenings { totalCount nodes { __typename } aggregate { count } } visits { totalCount }"
        " firm(id: $d) { timeline(include: [REGARDING, CHILDREN]) { nodes { __typename } }"
        " happenings(where: {minutes: {isNull: true}}) { totalCount } } }",
        {"a": uid(201), "b": uid(411), "c": uid(401), "d": uid(101)},
    )
    assert found["node"] is None
    assert found["nodes"] == [None, {"id": uid(401)}]
    assert found["search"]["totalCount"] == 0
    visits = found["visits"]["totalCount"]
    assert found["happenings"]["totalCount"] == found["happenings"]["aggregate"]["count"] == visits
    assert {n["__typename"] for n in found["happenings"]["nodes"]} == {"Visit"}
    assert {n["__typename"] for n in found["firm"]["timeline"]["nodes"]} == {"Visit", "Memo"}
    assert found["firm"]["happenings"]["totalCount"] == 0


def test_history_still_tells_of_them(customized: Both) -> None:
    found = customized.ask(
        "query($a: ID!, $b: ID!) { firm(id: $a) { history { nodes { fields { field label after } } } }"
        " changes(where: {record: {id: {eq: $b}}}) { nodes { record { id } fields { label } } } }",
        {"a": uid(101), "b": uid(201)},
    )
    changes = {f["field"]: f for n in found["firm"]["history"]["nodes"] for f in n["fields"]}
    assert changes["visits"] == {"field": "visits", "label": "Visits", "after": 9007199254740993}
    [told] = found["changes"]["nodes"]
    assert told["record"] is None and "Full name" in {f["label"] for f in told["fields"]}


def test_a_link_to_one_is_refused_and_an_old_one_stays(customized: Both) -> None:
    document = "mutation($id: ID!, $input: UpdateDealInput!) { updateDeal(id: $id, input: $input) { deal { title } } }"
    (error,) = customized.errors(document, {"id": uid(302), "input": {"buyer": {"id": uid(202)}}})
    assert [(p["path"], p["code"]) for p in error["extensions"]["inputErrors"]] == [(["input", "buyer"], "NOT_FOUND")]
    values = {"title": "Gate", "buyer": {"id": uid(204)}}
    assert customized.ask(document, {"id": uid(305), "input": values}, None)["updateDeal"]["deal"]["title"] == "Gate"


def test_a_conflict_tells_nothing_of_them(customized: Both) -> None:
    changes = (("Firm", 101, {"employees": 13}), ("Deal", 301, {"reference": "R"}))
    told = []
    for name, number, values in changes:
        document = f"""mutation($id: ID!, $input: Update{name}Input!) {{
          update{name}(id: $id, input: $input, ifVersion: 77) {{ query {{ __typename }} }} }}"""
        (error,) = customized.errors(document, {"id": uid(number), "input": values})
        told.append(error["extensions"]["current"]["values"])
    assert told[0]["employees"] == 12 and not {"visits", "head"} & set(told[0])
    assert told[1]["title"] == "Roof" and told[1]["buyer"] is None


def test_a_retired_field_is_not_required() -> None:
    patch = {"deal": {"fields": {"firm": {"retired": True}}}}
    for patches, wanted in (({}, ["title", "firm"]), (patch, ["title"])):
        tables = build_tables(changed_toy(patches))
        assert [f.name for f in traits_of(tables, "deal").required] == wanted
        assert [k.name for k in tables.living.type("deal").keys] == ["number", "firm_reference"][: len(wanted)]


def test_retired_options_and_reasons_are_read_and_kept(customized: Both) -> None:
    found = customized.ask(
        "query($id: ID!) { firms(where: {warmth: {eq: COLD}}, orderBy: [{id: ASC}]) { nodes { id warmth warmthLabel } }"
        " firm(id: $id) { statusReason statusReasonLabel } }",
        {"id": uid(107)},
    )
    assert found["firms"]["nodes"][0] == {"id": uid(102), "warmth": "COLD", "warmthLabel": "Cold"}
    assert found["firm"] == {"statusReason": "CLOSED", "statusReasonLabel": "Closed"}
    enums: Any = customized.graphs[0].edition.schema.type_map
    assert {n for n, v in enums["Warmth"].values.items() if v.deprecation_reason} == {"COLD"}
    assert {n for n, v in enums["FirmStatusReason"].values.items() if v.deprecation_reason} == {"CLOSED"}


CHANGE = "mutation($id: ID!, $input: UpdateFirmInput!) { updateFirm(id: $id, input: $input) { firm { warmth } } }"


def test_nobody_chooses_them_anew(customized: Both) -> None:
    create = "mutation($input: CreateFirmInput!) { createFirm(input: $input) { firm { warmth } } }"
    wrong = {"name": "New", "warmth": "COLD", "statusReason": "CLOSED"}
    (error,) = customized.calling(locale="de").errors(create, {"input": wrong})
    problems = error["extensions"]["inputErrors"]
    assert [(p["path"], p["code"]) for p in problems] == [
        (["input", "warmth"], "RETIRED_OPTION"),
        (["input", "statusReason"], "RETIRED_OPTION"),
    ]
    assert problems[0]["message"] == "„Kalt“ steht für „Wärme“ nicht mehr zur Wahl."
    (error,) = customized.errors(CHANGE, {"id": uid(101), "input": {"warmth": "COLD"}})
    assert error["extensions"]["inputErrors"][0]["code"] == "RETIRED_OPTION"
    kept = customized.ask(CHANGE, {"id": uid(102), "input": {"warmth": "COLD", "employees": 4}}, None)
    assert kept["updateFirm"]["firm"] == {"warmth": "COLD"}


def test_a_state_alone_takes_the_first_reason_that_is_left(customized: Both) -> None:
    document = 'mutation { createFirm(input: {name: "Idle", state: INACTIVE}) { firm { statusReason } } }'
    assert customized.ask(document, None, None) == {"createFirm": {"firm": {"statusReason": "MERGED"}}}


def test_metadata_tells_what_is_retired(customized: Both) -> None:
    asked = "name retired fields { name retired help } states { name reasons { name color retired } }"
    call = 'types(names: ["Firm", "Person"], includeRetired: $all)'
    document = "query($all: Boolean!) { metadata { " + call + " { " + asked + " }"
    shown = customized.calling(locale="de").ask(document + " } }", {"all": False}, 0)["metadata"]["types"]
    assert [t["name"] for t in shown] == ["Firm"]
    fields = {f["name"]: f for f in shown[0]["fields"]}
    assert "visits" not in fields and fields["remarks"]["help"] == "What others should know. (de)"
    reasons = {r["name"]: r for s in shown[0]["states"] for r in s["reasons"]}
    assert reasons["CLOSED"]["retired"] and reasons["ACTIVE"]["color"] == "#00ff00" and not reasons["MERGED"]["retired"]
    every = customized.ask(document + " } }", {"all": True}, 0)["metadata"]["types"]
    assert {(t["name"], t["retired"]) for t in every} == {("Firm", False), ("Person", True)}
    assert {f["name"] for t in every if t["name"] == "Firm" for f in t["fields"] if f["retired"]} == {"visits"}
    sets = customized.ask("{ metadata { optionSets { name options { name color retired } } } }", None, 0)
    [warmth] = [s for s in sets["metadata"]["optionSets"] if s["name"] == "Warmth"]
    assert warmth["options"][0] == {"name": "COLD", "color": None, "retired": True}
    assert warmth["options"][2] == {"name": "HOT", "color": "#ff0000", "retired": False}
