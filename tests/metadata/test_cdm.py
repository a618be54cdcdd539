"""Entities of the Common Data Model → changes, and what those make of the toy model."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cdm_file import FILE

from crmgraph.errors import WriteRefused
from crmgraph.metadata.bench import Bench
from crmgraph.metadata.cdm.drafts import Draft, ImportOutcome, drafts_of
from crmgraph.metadata.cdm.matching import Correspondence
from crmgraph.metadata.cdm.reading import chosen, entities_of
from crmgraph.metadata.cdm.spelling import divided, option_names, plural_text, type_name
from crmgraph.metadata.model import LOCAL, Layer, State, registry_of, shipped_documents
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import DeleteBehavior, Field, Required
from crmgraph.metadata.vocabulary import apply_all, command_from_words, words_of

TOY = Path(__file__).parents[1] / "toy"
NAMES = Correspondence(
    types={"enterprise": "firm", "individual": "person", "systemuser": "user", "doing": "happening"},
    fields={"enterprise": {"warmthcode": "warmth"}},
    engine=frozenset({"somebody"}),
    activities="doing",
    features={"notes": ("bookmark", "objectid")},
    party_roles={"to": "to"},
)
Imported = tuple[dict[str, Draft], Registry]


def imported(registry: Registry, names: list[str] | None = None, layer: Layer | None = None) -> Imported:
    """Drafts by entities, and the toy model with all of their changes."""
    layer = layer or Layer(LOCAL)
    file = entities_of(FILE)
    drafts = drafts_of(file, chosen(file, names), registry, NAMES, layer.prefix)
    bench = Bench(shipped_documents(TOY), State(1, (layer,)), layer.name)
    for each in drafts:
        again = [command_from_words(words_of(c)) for c in each.changes]
        assert again == each.changes
        assert apply_all(bench, again) == []
    return {d.entity: d for d in drafts}, registry_of(bench.model, 2)


@pytest.fixture(scope="module")
def everything(toy: Registry) -> Imported:
    return imported(toy)


def field(imported: Imported, name: str, type_name: str = "x_wind_turbine") -> Field:
    return imported[1].field(type_name, name)


def notes(draft: Draft, attribute: str) -> list[tuple[ImportOutcome, str]]:
    return [(n.outcome, n.key) for n in draft.notes if n.attribute == attribute]


TYPES: list[tuple[str, str, dict[str, Any]]] = [
    ("x_name", "text", {"length": 160, "searchable": True, "required": Required.APPLICATION}),
    ("x_serial_guid", "text", {"length": 36}),
    ("x_short_note", "text", {"length": 40, "format": None}),
    ("x_remarks", "text", {"length": 2000, "format": "multi_line"}),
    ("x_email_address_1", "text", {"format": "email"}),
    ("x_blade_count", "integer", {"minimum": 0, "maximum": 12}),
    ("x_rotations", "big_integer", {"minimum": None}),
    ("x_axial_load", "decimal", {"precision": 5, "maximum": 100_000_000_000}),
    ("x_hub_height", "decimal", {"precision": 0, "minimum": Decimal("-0.0000000001"), "maximum": 10**18}),
    ("x_price", "money", {"precision": 2, "required": Required.RECOMMENDED}),
    ("x_is_grid_connected", "boolean", {}),
    ("x_built_on", "date_time", {}),
    ("x_permit_day", "date", {}),
    ("x_lost", "integer", {}),
    ("x_colors", "multi_choice", {}),
    ("x_settings", "json", {}),
    ("x_picture", "file", {}),
    (
        "x_operator",
        "lookup",
        {"targets": ("firm",), "required": Required.APPLICATION, "on_delete": DeleteBehavior.RESTRICT},
    ),
    ("x_parent_turbine", "lookup", {"targets": ("x_wind_turbine",)}),
    ("x_site", "lookup", {"targets": ("x_wind_park",)}),
    ("x_memo", "lookup", {"targets": ("memo",)}),
    ("x_calendar_id", "text", {"length": 36}),
    ("x_location", "lookup", {"targets": ("firm", "x_wind_park")}),
]


@pytest.mark.parametrize(("name", "kind", "more"), TYPES)
def test_every_type_of_attribute_has_a_field(everything: Imported, name: str, kind: str, more: dict[str, Any]) -> None:
    found = field(everything, name)
    assert found.type == kind
    assert {k: getattr(found, k) for k in more} == more


def test_options_keep_their_codes_under_names_of_their_own(everything: Imported) -> None:
    found = field(everything, "x_turbine_type")
    assert found.options is not None
    assert {o.name: o.code for o in found.options.options} == {
        "on_shore": 1, "option_true": 2, "option_2_blades": 3, "on_shore_4": 4,
    }  # fmt: skip
    any_type = field(everything, "x_object_type").options
    assert any_type is not None and any_type.by_name("x_wind_turbine") is not None


def test_labels_are_taken_in_every_language_and_braces_are_no_slots(everything: Imported) -> None:
    turbine = everything[1].type("x_wind_turbine")
    assert (turbine.api_name, turbine.api_plural) == ("WindTurbine", "windTurbines")
    assert (turbine.label.text("de"), turbine.labels.text("en")) == ("Windrad", "Wind Turbines")
    assert field(everything, "x_short_note").label.text("en") == "Short {Note}"


def test_states_and_reasons_are_those_of_the_entity(everything: Imported) -> None:
    states = everything[1].type("x_wind_turbine").states
    assert [(s.name, s.code, [(r.name, r.code) for r in s.reasons]) for s in states] == [
        ("planned", 2, [("drawn", 1)]),
        ("running", 5, [("spinning", 2), ("idle", 3)]),
    ]
    park = everything[1].type("x_wind_park")
    assert park.states[0].label.text("pl") == "Aktywny"  # a word that the product has
    assert [len(s.reasons) for s in park.states] == [1, 1]


def test_what_the_engine_has_is_left_out_with_a_reason(everything: Imported) -> None:
    turbine = everything[0]["turbine"]
    reasons = {n.attribute: n.key for n in turbine.notes if n.outcome is ImportOutcome.SKIPPED}
    assert reasons == {
        "createdon": "cdm_is_system",
        "modifiedonbehalfby": "cdm_is_dynamics",
        "ownerid": "cdm_is_system",
        "owneridtype": "cdm_is_system",
        "versionnumber": "cdm_is_system",
        "turbineid": "cdm_is_id",
        "price_base": "cdm_is_base_amount",
        "transactioncurrencyid": "cdm_is_currency",
        "exchangerate": "cdm_is_system",
        "orbitid": "cdm_no_targets",
    }
    assert field(everything, "currency").system and field(everything, "x_price_base").base_of == "x_price"
    told = {n.attribute for n in turbine.notes} | {"statecode", "statuscode"}
    assert told == {a["name"] for a in FILE["entities"]["turbine"]["attributes"]}


def test_names_that_are_taken_are_marked(everything: Imported) -> None:
    assert field(everything, "x_cdm_node").api_name == "cdmNode"
    assert field(everything, "x_cdm_first").api_name == "cdmFirst"


def test_lookups_have_lists_on_the_other_side(everything: Imported) -> None:
    registry = everything[1]
    lists = {r.api_name: r.field for r in registry.relations["firm"].values() if r.target == "x_wind_turbine"}
    assert lists == {"windTurbines": "x_operator", "windTurbinesByLocation": "x_location"}
    park = registry.type("x_wind_park")
    assert park.primary == "x_name" and not park.by_name["x_name"].is_required
    assert park.by_name["x_main_turbine"].on_delete is DeleteBehavior.RESTRICT
    assert (park.owned, registry.type("x_wind_turbine").owned) == (False, True)
    assert registry.type("x_wind_turbine").features == {"notes", "merging"}


def test_a_lookup_waits_for_its_target(everything: Imported) -> None:
    turbine, park = everything[0]["turbine"], everything[0]["windpark"]
    assert notes(turbine, "siteid") == [(ImportOutcome.TAKEN, "cdm_taken_later")]
    assert notes(turbine, "locationid") == [(ImportOutcome.TAKEN, "cdm_some_targets")]
    assert [type(c).__name__ for c in turbine.changes] == ["AddRecordType"]
    assert [type(c).__name__ for c in park.changes] == ["AddRecordType", "AddField", "ChangeField"]


def test_without_its_target_a_lookup_is_left_out(toy: Registry) -> None:
    drafts, registry = imported(toy, ["turbine"])
    assert notes(drafts["turbine"], "siteid") == [(ImportOutcome.SKIPPED, "cdm_no_targets")]
    assert "x_site" not in registry.type("x_wind_turbine").by_name
    assert registry.field("x_wind_turbine", "x_location").targets == ("firm",)


def test_a_type_that_is_there_gets_what_it_lacks(everything: Imported) -> None:
    drafts, registry = everything
    firm = drafts["enterprise"]
    assert (firm.type, firm.is_new) == ("firm", False)
    assert [type(c).__name__ for c in firm.changes] == ["AddOptions", "AddField", "AddStatusReasons"]
    assert notes(firm, "name") == [(ImportOutcome.KNOWN, "cdm_other_label")]
    assert notes(firm, "headcontactid") == [(ImportOutcome.KNOWN, "cdm_known")]
    assert registry.field("firm", "name").label.text("en") == "Name"
    warmth = registry.field("firm", "warmth").options
    assert warmth is not None and warmth.by_code(99) is not None
    assert registry.field("firm", "x_founders").required is Required.RECOMMENDED
    assert (ImportOutcome.TAKEN, "cdm_not_required") in notes(firm, "founders")
    reasons = {r.name: s.name for s in registry.type("firm").states for r in s.reasons}
    assert reasons["bankrupt"] == "inactive"
    assert (ImportOutcome.SKIPPED, "cdm_no_state") in notes(firm, "statuscode")


def test_activities_become_activities(everything: Imported) -> None:
    drafts, registry = everything
    found = registry.type("x_site_inspection")
    assert found.base == "happening"
    assert [(s.name, [(r.name, r.code) for r in s.reasons]) for s in found.states] == [
        ("open", [("agreed", 1)]),
        ("done", [("passed", 2), ("failed", 3)]),
    ]
    draft = drafts["inspection"]
    assert notes(draft, "mood") == [(ImportOutcome.SKIPPED, "cdm_of_activities")]
    assert notes(draft, "subject") == [(ImportOutcome.KNOWN, "cdm_known")]
    assert notes(draft, "to") == [(ImportOutcome.SKIPPED, "cdm_is_party")]
    assert found.by_name["x_mood"].store == "happening" and found.by_name["x_grade"].store == "x_site_inspection"
    assert registry.type("visit").by_name["x_mood"].store == "happening"


def test_a_reason_whose_code_the_base_keeps_gets_another(toy: Registry) -> None:
    file = copy.deepcopy(FILE)
    status = file["entities"]["inspection"]["attributes"][-1]
    status["options"] = [{"v": 2, "l": "Agreed", "state": 0}]
    found = entities_of(file)
    (draft,) = drafts_of(found, chosen(found, ["inspection"]), toy, NAMES)
    bench = Bench(shipped_documents(TOY), State(1), LOCAL)
    assert apply_all(bench, draft.changes) == []
    states = registry_of(bench.model, 2).type("x_site_inspection").states
    assert [[r.code for r in s.reasons] for s in states] == [[100_000_000], [2]]


def test_what_the_engine_is_itself_makes_no_change(everything: Imported) -> None:
    draft = everything[0]["somebody"]
    assert (draft.type, draft.changes, [n.key for n in draft.notes]) == (None, [], ["cdm_is_engine"])


@pytest.mark.parametrize("layer", [Layer(LOCAL), Layer("acme", about={"prefix": "acme"})])
def test_a_second_import_changes_nothing(toy: Registry, layer: Layer) -> None:
    _, registry = imported(toy, None, layer)
    assert f"{layer.prefix}wind_turbine" in registry.types
    file = entities_of(FILE)
    again = drafts_of(file, chosen(file, None), registry, NAMES, layer.prefix)
    assert [c for d in again for c in d.changes] == []


@pytest.mark.parametrize(
    ("content", "path", "key"),
    [
        ([], ("content",), "cdm_no_entities"),
        ({"entities": {"a": {"label": "A"}}}, ("content", "entities", "a"), "cdm_no_attributes"),
        (
            {"entities": {"a": {"attributes": [{"name": "b"}]}}},
            ("content", "entities", "a", "attributes", 0),
            "cdm_wrong_attribute",
        ),
    ],
)
def test_what_is_no_file_of_entities_is_refused(content: Any, path: tuple[Any, ...], key: str) -> None:
    with pytest.raises(WriteRefused) as refused:
        entities_of(content)
    assert [(p.path, p.key) for p in refused.value.problems] == [(path, key)]


def test_an_unknown_entity_is_refused_with_a_hint() -> None:
    with pytest.raises(WriteRefused) as refused:
        chosen(entities_of(FILE), ["turbine", "turbin"])
    (problem,) = refused.value.problems
    assert (problem.path, problem.data) == (("entities", 1), {"name": "turbin", "hint": "turbine"})


def test_names_are_divided_into_words() -> None:
    nearest = frozenset({"of", "number", "employees"})
    assert divided("numberofemployees", nearest, nearest, nearest) == ("number", "of", "employees")
    assert divided("composite", frozenset({"site"}), frozenset(), frozenset()) == ("composite",)
    assert type_name("KnowledgeArticleViews") == "knowledge_article_view"
    assert type_name("SLAItem") == "sla_item"
    assert [plural_text(t) for t in ("Company", "Equipment", "Leads", "Box")] == [
        "Companies", "Equipment", "Leads", "Boxes",
    ]  # fmt: skip
    assert option_names({-1: {"en": "50 %"}, 2: {}}) == {-1: "option_50", 2: "option_2"}
