"""Record types that administrators made are merged like those that ship, as they say and by whatever name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from customized import changed_toy
from graph import uid
from workshop import Workshop
from world import WORLD

from crmgraph.errors import MetadataFault

pytestmark = pytest.mark.slow

LABEL = 'label: [{locale: "en", text: "L"}]'
STATES = ", ".join(f'{{name: "{name}", {LABEL}}}' for name in ("planned", "open", "shut"))
REASONS = f'{{state: "OPEN", name: "doubled", {LABEL}}}'
CODE = f'{{name: "code", type: TEXT, {LABEL}}}'
SITE = f'name: "site", {LABEL}, features: [NOTES], states: [{STATES}], statusReasons: [{REASONS}], fields: [{CODE}]'
A, B = uid(911), uid(912)
MERGE = """mutation ($id: ID!, $other: ID!, $input: MergeSitesInput!) { mergeSites(id: $id, input: $input) {
  dryRun changed { field before after } moved { recordType field count } staying { field count reason }
  site { name code state mergedInto { totalCount } mergedFrom { nodes { record { id } mergedOn unmergedOn } } }
  query { site(id: $other) { state statusReason mergedInto { nodes { master { id displayName } } } } } } }"""
UNMERGE = """mutation ($id: ID!) { unmergeSite(id: $id) { restored { recordType count } kept { field } gone { id }
  site { name state mergedInto { nodes { unmergedOn } } } } }"""


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    found = shop()
    found.fill(WORLD)
    spot = f'{{name: "spot", type: LOOKUP, {LABEL}, targets: ["site"]}}'
    found.change(f"addRecordType(input: {{{SITE}}})")
    found.change(f'addField(input: {{type: "deal", field: {spot}}})')
    for id, name in ((A, "A"), (B, "B")):
        found.ask(f'mutation {{ createSite(input: {{id: "{id}", name: "{name}", code: "{name}1"}}) {{ created }} }}')
    found.ask(f'mutation {{ updateDeal(id: "{uid(301)}", input: {{spot: {{id: "{B}"}}}}) {{ deal {{ id }} }} }}')
    return found


def merge(workshop: Workshop, document: str = MERGE, **given: Any) -> Any:
    (found,) = workshop.ask(document, id=A, other=B, input={"other": B, **given}).values()
    return found


def test_a_custom_type_is_merged(workshop: Workshop) -> None:
    found = merge(workshop, take=["code"])
    assert found["changed"] == [{"field": "code", "before": "A1", "after": "B1"}] and not found["dryRun"]
    assert found["moved"] == [{"recordType": "Deal", "field": "spot", "count": 1}] and not found["staying"]
    (row,) = found["site"].pop("mergedFrom")["nodes"]
    assert row["record"] == {"id": B} and row["mergedOn"] and row["unmergedOn"] is None
    assert found["site"] == {"name": "A", "code": "B1", "state": "PLANNED", "mergedInto": {"totalCount": 0}}
    assert found["query"]["site"] == {
        "state": "SHUT", "statusReason": "SHUT", "mergedInto": {"nodes": [{"master": {"id": A, "displayName": "A"}}]},
    }  # fmt: skip
    found = workshop.ask('{ merges(where: {record: {site: {name: {eq: "B"}}}}) { nodes { master { id } } } }')
    assert found["merges"]["nodes"] == [{"master": {"id": A}}]
    found = workshop.ask(UNMERGE, id=B)["unmergeSite"]
    assert found["restored"] == [{"recordType": "Deal", "count": 1}, {"recordType": "Site", "count": 2}]
    assert found["site"]["state"] == "PLANNED" and found["site"]["mergedInto"]["nodes"][0]["unmergedOn"]


def test_as_administrators_say_and_by_new_names_and_old_ones(workshop: Workshop) -> None:
    shown = '{ metadata { type(name: "Site") { features mergedReason } } }'
    assert workshop.ask(shown)["metadata"]["type"] == {"features": ["merging", "notes"], "mergedReason": "SHUT"}
    names = 'apiName: "Place", apiPluralName: "places"'
    workshop.change(f'changeRecordType(input: {{type: "site", mergedReason: "DOUBLED", {names}}})')
    workshop.change('changeField(input: {type: "deal", field: "spot", onMerge: NONE})')
    assert workshop.ask(shown)["metadata"]["type"]["mergedReason"] == "DOUBLED"
    found = merge(workshop, take=["code"])
    assert found["changed"] == [{"field": "code", "before": "A1", "after": "B1"}]
    assert (found["query"]["site"]["statusReason"], found["query"]["site"]["state"]) == ("DOUBLED", "OPEN")
    assert found["staying"] == [{"field": "spot", "count": 1, "reason": "LOOKUP"}] and not found["moved"]
    document = f'mutation {{ unmergePlace(id: "{B}") {{ place {{ code }} }} }}'
    assert workshop.ask(document)["unmergePlace"] == {"place": {"code": "B1"}}
    for old, new in (("Sites", "Places"), ("site", "place")):
        document = (document if "Places" in document else MERGE).replace(old, new)
    found = merge(workshop, document, take=["code"], dryRun=True)
    assert found["changed"][0]["field"] == "code" and found["dryRun"]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("user", {"features": ["merging"]}, "Rekordów typu „Użytkownik” nie można scalać"),
        ("currency", {"features": ["merging"]}, "Rekordów typu „Waluta” nie można scalać"),
        ("firm", {"merging": {"reason": "mergd"}}, "nie ma przyczyny stanu „mergd”"),
        ("firm", {"merging": {"master": "name"}}, "nie ma pola „name”"),
        ("firm", {"merging": {"master": "head"}}, "„head”"),
        ("firm", {"merging": {"flag": "nobody"}}, "nie ma pola „nobody”"),
        ("deal", {"fields": {"title": {"on_merge": "none"}}}, "on_merge nie pasuje"),
    ],
)
def test_what_cannot_be_said_of_merging(name: str, change: dict[str, Any], said: str) -> None:
    with pytest.raises(MetadataFault) as refused:
        changed_toy({name: change})
    assert said in refused.value.text("pl")
