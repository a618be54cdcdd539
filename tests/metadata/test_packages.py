"""Packages as files, what a layer becomes when its file says something else, and upgrades of what ships, on the toy."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crmgraph.actions.packaging import propose_package, propose_removal
from crmgraph.actions.proposals import Ground, propose, proposed
from crmgraph.errors import InputProblem, WriteRefused, message
from crmgraph.metadata.model import LOCAL, STANDARD, Layer, Model, State, layered, registry_of, shipped_documents
from crmgraph.metadata.packages import (
    arranged,
    becoming,
    installed,
    package_from_toml,
    package_to_toml,
    satisfies,
    version_of,
)
from crmgraph.metadata.shapes import FIELD, OPTION_SET, RECORD_TYPE, misfits
from crmgraph.metadata.types import LOCALES
from crmgraph.metadata.upgrades import accepted, kept, upgrade_report
from crmgraph.sql.tables import build_tables

SHIPPED = shipped_documents(Path(__file__).parents[1] / "toy")
FIRST = """\
[package]
name = "fleet"
prefix = "fl"
version = "1.0"
label = { en = "Fleet", de = "Fuhrpark" }

[types.firm]
label = { en = "Garage" }

[types.firm.fields.x_fl_size]
type = "integer"
label = { en = "Size" }

[types.x_fl_car]
plural = "x_fl_cars"
primary = "x_fl_plate"
ownership = "organization"
label = { en = "Car" }
labels = { en = "Cars" }
keys = [{ name = "x_fl_plate", fields = ["x_fl_plate"] }]

[types.x_fl_car.fields.x_fl_firm]
type = "lookup"
targets = ["firm"]
inverse = "x_fl_cars"
inverse_label = { en = "Cars" }
label = { en = "Firm" }

[types.x_fl_car.fields.x_fl_plate]
type = "text"
length = 10
label = { en = "Plate" }

[types.x_fl_car.fields.x_fl_fuel]
type = "choice"
label = { en = "Fuel" }

[types.x_fl_car.fields.x_fl_fuel.options]
petrol = { code = 1, label = { en = "Petrol \\"95\\"" } }
power = { code = 2, label = { en = "Power" } }

[types.x_fl_car.views.x_fl_all]
label = { en = "All" }
columns = ["x_fl_plate"]

[choices.x_fl_colour]
label = { en = "Colour" }

[choices.x_fl_colour.options]
red = { code = 1, label = { en = "Red" } }
"""
SECOND = """\
[package]
name = "trips"
prefix = "tr"
version = "2"
requires = { fleet = ">=1,<2" }
[types.x_fl_car.fields.x_tr_trips]
type = "integer"
label = { en = "Trips" }
"""


def ground(state: State | None = None, shipped: Model = SHIPPED) -> Ground:
    found = state or State(1)
    return Ground(shipped, found, build_tables(registry_of(layered(shipped, found.layers), found.revision)), "sqlite")


def applied(*texts: str, state: State | None = None) -> State:
    for text in texts:
        state = propose_package(ground(state), package_from_toml(text)).after
    assert state is not None
    return state


def faults(text: str, state: State | None = None, **given: Any) -> dict[str, str]:
    """The places of a file's faults, with their codes."""
    with pytest.raises(WriteRefused) as refused:
        propose_package(ground(state), package_from_toml(text), **given)
    return {".".join(map(str, p.path)): p.code for p in refused.value.problems}


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return text


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_that_is_applied_and_exported_says_the_same() -> None:
    state = applied(FIRST, SECOND)
    for text, beneath in ((FIRST, SHIPPED), (SECOND, layered(SHIPPED, state.layers[:1]))):
        found = package_from_toml(text)
        written = package_to_toml(state.layer(found.name), beneath)
        assert package_from_toml(written) == found
        assert (
            package_to_toml(propose_package(ground(state), package_from_toml(written)).after.layer(found.name), beneath)
            == written
        )
        assert propose_package(ground(state), found).is_empty
    assert package_to_toml(state.layer("fleet"), SHIPPED) == FIRST


def test_names_follow_from_storage_names_without_the_mark() -> None:
    registry = registry_of(layered(SHIPPED, applied(FIRST).layers))
    car = registry.type("x_fl_car")
    assert (car.api_name, car.api_plural, car.code >= 20_000) == ("Car", "cars", True)
    assert [f.api_name for f in car.fields if f.name.startswith("x_fl_")] == ["firm", "plate", "fuel"]
    assert registry.relations["firm"]["x_fl_cars"].api_name == "cars"
    assert car.views[0].api_name == "ALL"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[package", {"content": "NOT_TOML"}),
        ("", {"content": "MISSING"}),
        ("[package]\nname = 'fleet'", {"content.package": "MISSING"}),
        (changed(FIRST, ('"fleet"', '"Fleet!"')), {"content.package.name": "WRONG_NAME"}),
        (changed(FIRST, ('"fl"', '"f_l"')), {"content.package.prefix": "WRONG_PREFIX"}),
        (changed(FIRST, ('"1.0"', '"one"')), {"content.package.version": "WRONG_VERSION"}),
        (changed(SECOND, (">=1,<2", "~1")), {"content.package.requires.fleet": "WRONG_VERSION"}),
        (FIRST + "\n[types.x_fl_car.x]\n[typs]\n", {
            "content.typs": "UNKNOWN_NAME", "content.types.x_fl_car.x": "UNKNOWN_NAME",
        }),
        (changed(FIRST, ('plural = "x', 'code = 5\nplural = "x')), {"content.types.x_fl_car.code": "CODE_GIVEN"}),
        (FIRST + "\n[types.x_fl_car.rules]\nx_fl_a = 1\n", {"content.types.x_fl_car.rules.x_fl_a": "WRONG_VALUE"}),
        (changed(FIRST, ("x_fl_plate", "plate")), {
            "content.types.x_fl_car.fields.plate": "WRONG_MARK", "content.types.x_fl_car.keys.plate": "WRONG_MARK",
        }),
        (changed(FIRST, ("[types.firm]", "[types.frim]")), {"content.types.frim": "WRONG_MARK"}),
        (changed(FIRST, ('inverse = "x_fl_cars"', 'inverse = "cars"')), {
            "content.types.x_fl_car.fields.x_fl_firm.inverse": "WRONG_MARK",
        }),
        (changed(FIRST, ('"integer"', '"intger"')), {"content": "INVALID_DEFINITION"}),
        (FIRST.replace("length = 10", "lenght = 10\nlength = true"), {
            "content.types.x_fl_car.fields.x_fl_plate.lenght": "UNKNOWN_NAME",
            "content.types.x_fl_car.fields.x_fl_plate.length": "WRONG_VALUE",
        }),
        (changed(FIRST, ('label = { en = "Garage" }', 'name = "shop"')), {"content.types.firm.name": "WRONG_NAME"}),
        (changed(FIRST, ('label = { en = "Fleet"', 'label = { en = 5')), {"content.package.label.en": "WRONG_VALUE"}),
        (changed(FIRST, ('{ code = 1, label = { en = "Red" }', '{ code = "1", label = { en = "a\\u0000" }')), {
            "content.choices.x_fl_colour.options.red.code": "WRONG_VALUE",
            "content.choices.x_fl_colour.options.red.label.en": "WRONG_VALUE",
        }),
        (f"a = {'9' * 5000}", {"content": "NOT_TOML"}),
        (SECOND, {"content.package.requires.fleet": "PACKAGE_MISSING", "content.types.x_fl_car": "WRONG_MARK"}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_by_its_place(text: str, places: dict[str, str]) -> None:
    assert faults(text) == places


WRONG: dict[str, Any] = {
    "name": 5, "plural": [], "primary": ["x"], "label": "A", "forms": {"en": "A"}, "features": "notes", "audited": 1,
    "party_roles": [1], "former_names": [{"api_name": "A"}], "transitions": [["on"]], "indexes": [{}], "keys": [{}],
    "states": {"on": {"reasons": {"x": 1}}},
    "fields": {"name": {"options": ["a"], "targets": [1], "rollup": {"path": 1}}},
    "rules": {"x": {"condition": []}}, "views": {"x": {"order_by": "name", "columns": "name", "where": 1}},
    "system_labels": [], "removed": "label",
}  # fmt: skip


def test_every_value_of_the_wrong_kind_has_its_place() -> None:
    places = {".".join(m.place) for name, value in WRONG.items() for m in misfits(RECORD_TYPE, {name: value}, ())}
    assert {p.partition(".")[0] for p in places} == set(WRONG)
    below = {f"fields.name.{n}" for n in ("options", "targets.0", "rollup.path")}
    assert below | {f"views.x.{n}" for n in ("order_by", "columns", "where")} <= places
    assert list(misfits(RECORD_TYPE, {"fields": {"name": {"default": 2**63}}}, ()))
    numbers = {"length": True, "minimum": [1], "precision": "2", "searchable": "yes", "default": {"a": ["\0"]}}
    assert len(list(misfits(FIELD, numbers, ()))) == len(numbers)
    (deep,) = misfits(RECORD_TYPE, {"rules": {"x": {"condition": {"visits": {"in": [1, 2**63]}}}}}, ())
    assert deep.place == ("rules", "x", "condition", "visits", "in", "1")
    assert list(misfits(FIELD, {"options": {"a": {"code": 2**31}}}, ())), "PostgreSQL's columns of codes have 32 bits"


def test_what_ships_has_no_value_of_a_wrong_kind() -> None:
    for model in (SHIPPED, shipped_documents(STANDARD)):
        assert not [m for d in model.types.values() for m in misfits(RECORD_TYPE, exact(d), (d["name"],))]
        assert not [m for d in model.choices.values() for m in misfits(OPTION_SET, exact(d), (d["name"],))]


def exact(value: Any) -> Any:
    """A shipped document as a file's reader gives it: numbers with decimals as texts."""
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    return str(value) if isinstance(value, Decimal) else value


def said_of(text: str) -> list[str]:
    """What the one fault of a file is called, in every language."""
    with pytest.raises(WriteRefused) as refused:
        propose_package(ground(), package_from_toml(text))
    (found,) = refused.value.problems
    assert found.key != "customize_invalid"
    return [message(found.key, locale, found.data) for locale in LOCALES]


FAULTS = {
    "definition_missing": ('primary = "x_fl_plate"\n', ""),
    "definition_not_one_of": ('ownership = "organization"', 'ownership = "company"'),
    "definition_unknown_features": ("ownership =", 'features = ["mail"]\nownership ='),
    "definition_no_system_field": ("ownership =", 'system_labels = { creted_on = { en = "A" } }\nownership ='),
    "definition_no_reasons": ("[types.x_fl_car.views", "[types.x_fl_car.states.on]\ncode = 1\n[types.x_fl_car.views"),
    "definition_same_codes": ("code = 2", "code = 1"),
    "definition_no_target": ('targets = ["firm"]', 'targets = ["frim"]'),
    "definition_wrong_base": ("ownership =", 'base = "frim"\nownership ='),
    "definition_wrong_hierarchy": ("ownership =", 'hierarchy = "x_fl_firm"\nownership ='),
    "definition_index_fields": ("ownership =", 'indexes = [{ fields = ["plate"] }]\nownership ='),
    "definition_form_names": ("ownership =", 'forms = { en = { Of = "A" } }\nownership ='),
    "definition_form_taken": ("ownership =", 'forms = { en = { plural = "A" } }\nownership ='),
    "definition_roles_of": ("length = 10", 'length = 10\nroles_of = "x_fl_firm"'),
    "customize_not_of_type": ('type = "integer"', 'type = "integer"\nsearchable = true'),
}


@pytest.mark.parametrize("key", FAULTS)
def test_faults_of_definitions_are_told_in_every_language(key: str) -> None:
    text = changed(FIRST, FAULTS[key])
    assert {p.key for p in problems_of(text)} == {key}
    said = said_of(text)
    assert len(set(said)) == len(LOCALES), said
    assert all("x_fl_" in each or "Size" in each for each in said), "each says where"


def problems_of(text: str) -> list[InputProblem]:
    with pytest.raises(WriteRefused) as refused:
        propose_package(ground(), package_from_toml(text))
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("[package]\nname = ?", "Zeile 2, Spalte 8", "das lässt sich nicht lesen"),
        ("a = 1\na = 2", "Zeile 2, Spalte 6", "etwas ist zweimal festgelegt"),
        ("a = 1\nb = [1", "Zeile 2, Spalte 7", "etwas ist nicht geschlossen"),
        ("a = " + "[" * 5000, "Zeile 1", "Tabellen sind zu tief verschachtelt"),
    ],
)
def test_a_file_that_is_no_toml_is_told_of_in_every_language(text: str, place: str, why: str) -> None:
    said = said_of(text)
    assert len(set(said)) == len(LOCALES) and place in said[2] and f"{why}." in said[2], said


def test_a_field_that_becomes_one_of_another_type_or_a_parents_is_refused() -> None:
    lookup = FIRST[FIRST.index('type = "lookup"') : FIRST.index('label = { en = "Firm" }')]
    found = faults(changed(FIRST, (lookup, 'type = "integer"\n'), ('"1.0"', '"1.1"')), applied(FIRST))
    assert found["content.x_fl_car.x_fl_firm.type"] == "NOT_CHANGEABLE"
    parental = lookup.replace('lookup"', 'lookup"\nparental = true', 1)
    found = faults(changed(FIRST, (lookup, parental), ('"1.0"', '"1.1"')), applied(FIRST))
    assert found == {"content.x_fl_car.x_fl_firm.parental": "NOT_CHANGEABLE"}


def test_packages_that_conflict_are_refused() -> None:
    state = applied(FIRST)
    other = changed(SECOND, ('requires = { fleet = ">=1,<2" }\n', ""))
    assert faults(other, state) == {"content.types.x_fl_car": "NAME_TAKEN"}
    assert faults(changed(SECOND, (">=1,<2", ">=2")), state) == {"content.package.requires.fleet": "PACKAGE_VERSION"}
    both = applied(SECOND, state=state)
    assert faults(changed(FIRST, ('"1.0"', '"2.0"')), both) == {"content.package.version": "PACKAGE_VERSION"}
    circle = changed(FIRST, ('version = "1.0"', 'version = "1.0"\nrequires = { trips = ">=1" }'))
    assert faults(circle, both) == {"content.package.requires.trips": "PACKAGE_CIRCLE"}
    assert faults(changed(FIRST, ('"fl"', '"fx"'), ("x_fl_", "x_fx_")), state) == {
        "content.package.prefix": "PREFIX_CHANGED"
    }
    older = changed(FIRST, ('"1.0"', '"0.9"'))
    assert faults(older, state) == {"content.package.version": "OLDER_VERSION"}
    assert propose_package(ground(state), package_from_toml(older), downgrade=True).touched
    with pytest.raises(WriteRefused) as refused:
        propose_removal(ground(both), "fleet")
    assert refused.value.problems[0].code == "PACKAGE_REQUIRED"


def test_a_name_that_administrators_have_taken_is_refused() -> None:
    field = {"name": "x_fl_size", "type": "integer", "label": {"en": "Mine"}}
    state = propose(ground(), LOCAL, [{"add_field": {"type": "firm", "field": field}}]).after
    assert faults(FIRST, state) == {"content.types.firm.fields.x_fl_size": "NAME_TAKEN"}


def test_versions_are_compared_by_their_numbers() -> None:
    assert version_of("1.10") > version_of("1.9.9") and version_of("1.0") == version_of("1")
    assert satisfies("1.2.3", ">=1.2, <2") and not satisfies("2", ">=1.2,<2") and satisfies("1.0", "==1")


def test_packages_lie_above_what_they_require() -> None:
    layers = tuple(
        Layer(n, about={"requires": r}) for n, r in (("a", {"b": ">0"}), ("c", {}), ("b", {"c": ">0"}), (LOCAL, {}))
    )
    assert [x.name for x in arranged(State(1, layers)).layers] == ["c", "b", "a", LOCAL]


# --- what a layer becomes ---------------------------------------------------------------------------------------------


def test_what_a_new_version_no_longer_has_is_retired_and_comes_back() -> None:
    state = applied(FIRST)
    code = state.layer("fleet").content["types"]["x_fl_car"]["code"]
    less = changed(
        FIRST,
        ('[types.x_fl_car.fields.x_fl_firm]\ntype = "lookup"\ntargets = ["firm"]\ninverse = "x_fl_cars"\n'
         'inverse_label = { en = "Cars" }\nlabel = { en = "Firm" }\n', ""),
        ('power = { code = 2, label = { en = "Power" } }\n', ""),
        ('[types.firm]\nlabel = { en = "Garage" }\n', ""),
        ('[types.firm.fields.x_fl_size]\ntype = "integer"\nlabel = { en = "Size" }\n', ""),
    )  # fmt: skip
    after = applied(less, state=state)
    registry = registry_of(layered(SHIPPED, after.layers))
    car = registry.type("x_fl_car")
    assert car.code == code and car.by_name["x_fl_firm"].retired and registry.field("firm", "x_fl_size").retired
    options = car.by_name["x_fl_fuel"].options
    assert options and [(o.name, o.code, o.retired) for o in options.options] == [
        ("petrol", 1, False),
        ("power", 2, True),
    ]
    assert registry.type("firm").label == registry_of(SHIPPED).type("firm").label
    assert "x_fl_firm" not in package_to_toml(after.layer("fleet"), SHIPPED)
    assert applied(FIRST, state=after).layer("fleet") == replace(
        state.layer("fleet"), base=applied(FIRST, state=after).layer("fleet").base
    )


def test_removing_a_package_retires_what_it_brought_and_takes_back_what_it_said() -> None:
    state = applied(FIRST)
    renamed = applied(
        changed(FIRST, ("[types.firm]\n", '[types.firm]\napi_name = "Garage"\napi_plural = "garages"\n')), state=state
    )
    removal = propose_removal(ground(renamed), "fleet")
    registry = registry_of(layered(SHIPPED, removal.after.layers))
    assert registry.type("x_fl_car").retired and registry.field("firm", "x_fl_size").retired
    firm = registry.type("firm")
    assert (firm.api_name, firm.label.text("en")) == ("Firm", registry_of(SHIPPED).type("firm").label.text("en"))
    assert [f.api_name for f in firm.former_names] == ["Garage"] and not installed(removal.after)
    again = applied(FIRST, state=removal.after)
    assert again.layer("fleet").content == state.layer("fleet").content and "fleet" in installed(again)


def test_a_package_of_overrides_leaves_nothing_behind() -> None:
    text = '[package]\nname = "words"\nprefix = "w"\nversion = "1"\n[types.firm]\nlabel = { en = "Shop" }\n'
    assert propose_removal(ground(applied(text)), "words").after.layers == ()


def test_what_a_layer_takes_away_is_listed_in_its_file() -> None:
    layer = Layer(
        "a", {"types": {"firm": {"transitions": None, "views": {"x_a_b": None}}}}, about={"prefix": "a", "version": "1"}
    )
    text = package_to_toml(layer, SHIPPED)
    assert 'removed = ["transitions"]' in text and 'removed = ["x_a_b"]' in text
    assert package_from_toml(text).content == layer.content


def test_administrators_own_former_names_are_taken_away_by_no_file() -> None:
    said = {"change_record_type": {"type": "firm", "api_name": "Shop", "api_plural_name": "shops"}}
    state = propose(ground(), LOCAL, [said]).after
    made = becoming(state.layer(LOCAL), Layer(LOCAL), SHIPPED, count(1))
    assert made.content == {"types": {"firm": {"former_names": [{"api_name": "Firm", "api_plural": "firms"}]}}}


def test_a_relation_keeps_the_name_that_followed_from_its_storage_name() -> None:
    said = {"change_field": {"type": "firm", "field": "parent", "inverse_api_name": "daughters"}}
    layers = propose(ground(), LOCAL, [said]).after.layers
    relation = registry_of(layered(SHIPPED, layers)).relations["firm"]["branches"]
    assert (relation.api_name, relation.former_names) == ("daughters", ("branches",))


# --- what layers above hide -------------------------------------------------------------------------------------------


def hidden(text: str, state: State) -> dict[str, tuple[Any, Any, Any]]:
    """The places that a package warns of when it is applied, with whose they are and both values."""
    made = propose_package(ground(state), package_from_toml(text))
    found = [w.data for w in made.warnings if w.code == "PACKAGE_HIDDEN" and not w.breaking]
    assert len(found) == len(made.warnings)
    return {d["place"]: (d["package"], d.get("said"), d.get("stands")) for d in found}


def changing(state: State, *changes: Any) -> State:
    return propose(ground(state), LOCAL, changes).after


def test_a_package_warns_where_changes_by_hand_win_over_it() -> None:
    label = [{"locale": "en", "text": "Workshop"}]
    state = changing(applied(FIRST), {"change_record_type": {"type": "firm", "label": label}})
    renamed = changed(FIRST, ('{ en = "Garage" }', '{ en = "Depot", de = "Depot" }'))
    found = {"types.firm.label.en": (LOCAL, '"Depot"', '"Workshop"')}
    assert hidden(renamed, state) == found
    again = propose_package(ground(state), package_from_toml(renamed)).after
    assert hidden(renamed, again) == found, "nothing new when it is applied again"
    assert propose_package(ground(again), package_from_toml(renamed)).is_empty
    assert not hidden(changed(FIRST, ("Garage", "Workshop")), state), "both say the same"
    assert not hidden(changed(FIRST, ('[types.firm]\nlabel = { en = "Garage" }\n', "")), state)
    first = changing(State(1), {"change_record_type": {"type": "firm", "label": label}})
    assert hidden(FIRST, first) == {"types.firm.label.en": (LOCAL, '"Garage"', '"Workshop"')}


def test_a_package_warns_of_what_was_retired_or_taken_away_by_hand() -> None:
    retire = {"retire": {"type": "firm", "field": "x_fl_size"}}
    remove = {"remove_key": {"type": "x_fl_car", "name": "x_fl_plate"}}
    state = changing(applied(FIRST), retire, remove)
    gone = (LOCAL, None, None)
    assert hidden(FIRST, state) == {"types.firm.fields.x_fl_size": gone, "types.x_fl_car.keys": gone}
    assert not hidden(FIRST, changing(state, {"unretire": retire["retire"]}, {"add_key": {
        "type": "x_fl_car", "name": "x_fl_plate", "fields": ["x_fl_plate"]}}))  # fmt: skip


def test_a_package_warns_of_the_packages_above_it_and_not_of_names_of_before() -> None:
    more = '[types.x_fl_car.fields.x_fl_plate]\nlabel = { en = "Sign" }\nlength = 10\n'
    state = applied(FIRST, SECOND + more)
    assert hidden(FIRST, state) == {"types.x_fl_car.fields.x_fl_plate.label.en": ("trips", '"Plate"', '"Sign"')}
    assert not hidden(SECOND + more, state)
    renaming = {"change_field": {"type": "firm", "field": "x_fl_size", "api_name": "places"}}
    assert not hidden(FIRST, changing(applied(FIRST), renaming)), "the file does not say what follows"


# --- upgrades of what ships -------------------------------------------------------------------------------------------


def upgraded(label: str, description: str) -> Model:
    """The toy model of a later version."""
    firm = SHIPPED.types["firm"]
    later = {**firm, "label": {**firm["label"], "en": label, "de": "Später"}, "description": {"en": description}}
    return Model({**SHIPPED.types, "firm": later}, SHIPPED.choices)


def mine() -> State:
    said = {"type": "firm", "label": [{"locale": "en", "text": "Mine"}]}
    return propose(ground(), LOCAL, [{"change_record_type": said}]).after


def test_a_new_version_never_overwrites_a_change_but_tells_of_it() -> None:
    state, later = mine(), upgraded("Later", "New")
    registry = registry_of(layered(later, state.layers))
    assert (registry.type("firm").label.texts["en"], registry.type("firm").label.texts["de"]) == ("Mine", "Später")
    (found,) = upgrade_report(later, state)
    assert (found.package, found.name, found.mine, found.was, found.now, found.is_same) == (
        LOCAL, "types.firm.label.en", "Mine", SHIPPED.types["firm"]["label"]["en"], "Later", False,
    )  # fmt: skip
    assert not upgrade_report(SHIPPED, state)
    assert [u.is_same for u in upgrade_report(upgraded("Mine", "New"), state)] == [True]


def test_another_change_does_not_hide_what_ships_otherwise() -> None:
    later = upgraded("Later", "New")
    said = {"type": "firm", "description": [{"locale": "en", "text": "My own"}]}
    state = propose(ground(mine(), later), LOCAL, [{"change_record_type": said}]).after
    assert [u.name for u in upgrade_report(later, state)] == ["types.firm.label.en"]


def test_lists_that_do_not_go_by_names_are_told_of_as_a_whole() -> None:
    """A view that is ordered by fields of which one is called `name`."""
    view = {"name": "x_all", "label": [{"locale": "en", "text": "All"}], "columns": ["name"]}
    made = [{"set_view": {"type": "firm", **view, "order_by": [{"field": "score"}, {"field": "name"}]}}]
    state = propose(ground(), LOCAL, made).after
    ships = {"label": dict.fromkeys(LOCALES, "All"), "columns": ["name"], "order_by": [{"email": "asc"}]}
    later = Model({**SHIPPED.types, "firm": {**SHIPPED.types["firm"], "views": {"x_all": ships}}}, SHIPPED.choices)
    (found,) = [u for u in upgrade_report(later, state) if u.place[-1] == "order_by"]
    assert (found.mine, found.now) == ([{"score": "asc"}, {"name": "asc"}], [{"email": "asc"}])


def test_what_ships_can_be_taken_or_the_change_kept() -> None:
    later = upgraded("Later", "New")
    before = ground(mine(), later)
    upgrades = upgrade_report(later, before.state)
    keeps = proposed(before, kept(before.state, later, upgrades))
    assert not keeps.is_empty and not keeps.touched and not upgrade_report(later, keeps.after)
    assert registry_of(layered(later, keeps.after.layers)).type("firm").label.text("en") == "Mine"
    takes = proposed(before, accepted(before.state, later, upgrades))
    assert not upgrade_report(later, takes.after)
    assert registry_of(layered(later, takes.after.layers)).type("firm").label.text("en") == "Later"


def test_what_ships_lies_over_a_package_whose_file_says_otherwise() -> None:
    later, before = upgraded("Later", "New"), applied(FIRST)
    state = proposed(ground(before, later), accepted(before, later, upgrade_report(later, before))).after
    assert registry_of(layered(later, state.layers)).type("firm").label.text("en") == "Later"
    assert not upgrade_report(later, state)
    assert propose_package(ground(state, later), package_from_toml(FIRST)).is_empty
