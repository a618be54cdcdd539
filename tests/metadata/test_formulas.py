"""Calculated and rollup fields: what is refused, where and in which words; what is understood."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from figuring import formula, rollup, with_computed

from crmgraph.errors import MetadataFault
from crmgraph.metadata.computed import Formulas, rollups_in
from crmgraph.metadata.expression import Apply, FormulaFault, Kind, Known, Name, parse
from crmgraph.metadata.files import field, read_model
from crmgraph.metadata.meaning import Words
from crmgraph.metadata.registry import build_registry
from crmgraph.metadata.sound import type_word
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import LOCALES, FieldType

ROOT = Path(__file__).parents[2]


def refusal(more: Any) -> MetadataFault:
    with pytest.raises(MetadataFault) as caught:
        with_computed(more)
    return caught.value


def test_operators_bind_as_in_arithmetic() -> None:
    assert parse("a + b * 2 == 7 and not c or d") == Apply(
        "or",
        (
            Apply(
                "and",
                (
                    Apply(
                        "==",
                        (
                            Apply("+", (Name(("a",), 1), Apply("*", (Name(("b",), 5), Known("2", True, 9)), 7)), 3),
                            Known("7", True, 14),
                        ),
                        11,
                    ),
                    Apply("not", (Name(("c",), 24),), 20),
                ),
                16,
            ),
            Name(("d",), 29),
        ),
        26,
    )
    minus = parse("a - b - c")
    assert isinstance(minus, Apply) and isinstance(minus.args[0], Apply), "from left to right"
    assert parse("a = b") == parse("a ==b".replace("==b", "= b")) and parse("a <> b").name == "!="  # type: ignore[union-attr]
    assert parse(r'"say \"no\""') == Known('say "no"', False, 1)


@pytest.mark.parametrize(
    ("text", "key", "place"),
    [
        ("", "formula_ends_early", 1),
        ("1 +", "formula_ends_early", 4),
        ("1 + # 2", "formula_unexpected", 5),
        ("(1", "formula_ends_early", 3),
        ("1 2", "formula_unexpected", 3),
        ("a.", "formula_ends_early", 3),
        ("'open", "formula_unexpected", 1),
        ("a\0", "formula_unexpected", 2),
        ("1" * 31, "formula_unexpected", 1),
        ("1 + " * 600 + "1", "formula_too_long", 2001),
        ("(" * 40 + "1" + ")" * 40, "formula_too_deep", 32),
        ("- " * 40 + "1", "formula_too_deep", 61),
        ("not " * 40 + "true", "formula_too_deep", 125),
        ("1" + " + 1" * 40, "formula_too_deep", 123),
    ],
)
def test_a_wrong_formula_is_refused_with_its_place(text: str, key: str, place: int) -> None:
    with pytest.raises(FormulaFault) as caught:
        parse(text)
    assert (caught.value.key, caught.value.place) == (key, place)


@pytest.mark.parametrize(
    ("kind", "text", "key", "place"),
    [
        ("money", "amount + titel", "formula_unknown_name", 10),
        ("money", "amount.x", "formula_not_a_lookup", 1),
        ("text", "buyer.name", "formula_polymorphic", 1),
        ("text", "firm.parent.parent.parent.parent.name", "formula_path_too_long", 1),
        ("money", "amount + title", "formula_wrong_kind", 10),
        ("boolean", "amount and true", "formula_wrong_kind", 1),
        ("boolean", "title < 'a'", "formula_wrong_kind", 7),
        ("boolean", "firm == firm", "formula_wrong_kind", 1),
        ("boolean", "firm.tags == 'old'", "formula_wrong_kind", 1),
        ("boolean", "closes == 1", "formula_wrong_kind", 11),
        ("boolean", "amount == null", "formula_null_compared", 11),
        ("boolean", "closes > '2026-02-30'", "formula_not_a_date", 10),
        ("boolean", "state == 'opne'", "formula_unknown_option", 10),
        ("boolean", "firm.warmth == state", "formula_wrong_kind", 16),
        ("money", "summ(amount)", "formula_unknown_function", 1),
        ("money", "abs()", "formula_arguments", 1),
        ("text", "left(title, 1.5)", "formula_not_whole", 13),
        ("decimal", "round(amount, 11)", "formula_digits", 15),
        ("decimal", "round(amount, 1 + 1)", "formula_digits", 17),
        ("decimal", " * ".join(["firm.currency.exchange_rate"] * 11), "formula_decimals", 299),
        ("integer", "amount", "formula_not_whole", 1),
    ],
)
def test_a_formula_that_does_not_type_check_is_refused(kind: str, text: str, key: str, place: int) -> None:
    error = refusal({"deal": {"sum": formula(kind, text)}})
    assert (error.key, error.data["place"]) == (key, place), error
    for locale in LOCALES:
        assert f"sum {locale}" in error.text(locale) and str(place) in error.text(locale)


def test_kinds_and_data_types_are_called_as_people_call_them() -> None:
    kinds = refusal({"deal": {"sum": formula("boolean", "closes == 1")}})
    assert [kinds.text(x).partition(": ")[2] for x in LOCALES] == [
        "expected is date, found is number.",
        "se esperaba fecha, se encontró número.",
        "Erwartet wird Datum, gefunden wurde Zahl.",
        "oczekiwano data, znaleziono liczba.",
    ]
    several = refusal({"deal": {"sum": formula("integer", "year(amount)")}})
    assert "Datum / Datum mit Uhrzeit" in several.text("de") and "data / data z godziną" in several.text("pl")
    types = refusal({"firm": {"x": rollup("integer", "deals", "avg", "amount")}})
    assert [types.text(x).partition(": ")[2] for x in LOCALES] == [
        "avg of a field of type money does not give whole number.",
        "avg de un campo de tipo dinero no da número entero.",
        "avg eines Feldes vom Typ Geldbetrag ergibt nicht Ganzzahl.",
        "avg pola typu kwota nie daje liczba całkowita.",
    ]
    other = refusal({"deal": {"sum": formula("text", "amount")}})
    assert "vom Typ Text, seine Formel ergibt aber Zahl" in other.text("de")


def test_every_kind_and_data_type_has_words() -> None:
    for locale in LOCALES:
        assert all(Words((kind,)).text(locale) for kind in Kind)
        assert len({type_word(kind).text(locale) for kind in FieldType}) == len(FieldType)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"deal": {"sum": formula("text", "amount")}}, "formula_other_type"),
        ({"deal": {"sum": formula("text", "null")}}, "formula_other_type"),
        ({"deal": {"sum": formula("choice", "state", options="warmth")}}, "formula_other_type"),
        ({"deal": {"sum": formula("money", "amount", required="application")}}, "computed_property"),
        ({"deal": {"sum": formula("money", "amount", default=1)}}, "computed_property"),
        ({"deal": {"sum": formula("text", "title", searchable=True)}}, "computed_property"),
        ({"deal": {"sum": formula("json", "title")}}, "computed_property"),
        ({"deal": {"sum": {**formula("integer", "1"), **rollup("integer", "notes", "count")}}}, "computed_property"),
        ({"firm": {"x": rollup("integer", "peple", "count")}}, "rollup_unknown_relation"),
        ({"firm": {"x": rollup("integer", [], "count")}}, "rollup_path_length"),
        ({"firm": {"x": rollup("integer", ["branches"] * 4, "count")}}, "rollup_path_length"),
        ({"firm": {"x": rollup("money", "deals", "sum", "amout")}}, "rollup_unknown_field"),
        ({"firm": {"x": rollup("money", "deals", "sum", "title")}}, "rollup_other_type"),
        ({"firm": {"x": rollup("integer", "deals", "sum", "amount")}}, "rollup_other_type"),
        ({"firm": {"x": rollup("integer", "deals", "avg", "amount")}}, "rollup_other_type"),
        ({"firm": {"x": rollup("text", "deals", "count")}}, "rollup_other_type"),
        ({"firm": {"x": rollup("date_time", "deals", "max", "closes")}}, "rollup_other_type"),
        ({"firm": {"x": rollup("integer", "deals", "count", where={"stat": {"eq": "open"}})}}, "where_unknown_name"),
        (
            {"firm": {"x": rollup("integer", "deals", "count", where={"state": {"is": 1}})}},
            "where_unknown_operator",
        ),
        ({"firm": {"x": rollup("integer", "deals", "count", where={"state": {"eq": "OPEN"}})}}, "where_wrong_value"),
        ({"firm": {"x": rollup("integer", "deals", "count", where={"state": "open"})}}, "where_wrong_value"),
        ({"firm": {"x": rollup("integer", "people", "count", where={"firm": {"nam": {}}})}}, "where_unknown_name"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(more: Any, key: str) -> None:
    error = refusal(more)
    assert error.key == key, error
    assert not key.startswith("where") or error.data["place"].startswith("x.")
    assert len({error.text(locale) for locale in LOCALES}) == len(LOCALES)


@pytest.mark.parametrize(
    ("more", "circle"),
    [
        ({"deal": {"a": formula("money", "a")}}, "deal.a → deal.a"),
        ({"deal": {"a": formula("money", "b"), "b": formula("money", "amount + a")}}, "deal.a → deal.b → deal.a"),
        ({"firm": {"a": formula("money", "parent.a")}}, "firm.a → firm.a"),
        ({"firm": {"a": rollup("integer", "branches", "sum", "a")}}, "firm.a → firm.a"),
        (
            {"firm": {"a": rollup("money", "deals", "sum", "b")}, "deal": {"b": formula("money", "firm.a / 2")}},
            "deal.b → firm.a → deal.b",
        ),
        ({"firm": {"a": rollup("integer", "branches", "count", where={"a": {"gt": 1}})}}, "firm.a → firm.a"),
        (
            {"firm": {"a": rollup("integer", "deals", "count", where={"firm": {"a": {"gt": 1}}})}},
            "firm.a → firm.a",
        ),
    ],
)
def test_a_circle_is_refused_and_named(more: Any, circle: str) -> None:
    error = refusal(more)
    assert (error.key, error.data["cycle"]) == ("computed_cycle", circle)
    assert circle in error.text("pl")


def test_rollups_nest_to_a_depth() -> None:
    levels: dict[str, Any] = {"a0": rollup("integer", "branches", "count")}
    for i in range(3):
        levels[f"a{i + 1}"] = rollup("integer", "branches", "sum", f"a{i}")
    assert refusal({"firm": levels}).key == "computed_nested"
    del levels["a3"]
    registry = with_computed({"firm": levels})
    assert rollups_in(Formulas(registry), registry.field("firm", "a2")) == 3


def test_formulas_do_not_grow_without_end() -> None:
    """Each formula names the one before twice: they would have 2¹⁵ parts."""
    fields = {f"a{i}": formula("money", f"a{i - 1} + a{i - 1}" if i else "amount") for i in range(15)}
    assert refusal({"deal": fields}).key == "formula_too_large"


def test_what_is_computed_is_read_only_and_not_audited() -> None:
    registry = with_computed({"deal": {"net": formula("money", "amount")}})
    found = registry.field("deal", "net")
    assert (found.read_only, found.audited, found.is_line, found.has_key) == (True, False, False, False)
    assert "net_base" not in registry.type("deal").by_name, "no companion in the base currency"


def test_stored_conditions_take_the_apis_words() -> None:
    registry = with_computed({"firm": {"size": rollup("integer", "people", "count")}})
    words = StoredWhere(registry)
    stored = {
        "or": [{"state": {"in": ["open"]}}, {"not": {"closes": {"within": {"last": {"n": 3, "unit": "DAY"}}}}}],
        "buyer": {"type": {"eq": "person"}, "person": {"full_name": {"startsWith": "A"}}},
        "firm": {"size": {"gte": 3}, "is_partner": {"eq": True}, "people": {"some": {"firm": {"isNull": False}}}},
        "amount": {"between": {"from": 1, "to": "2.50"}},
    }
    made = words.api("deal", stored)
    assert made["or"] == [{"state": {"in": [0]}}, {"not": {"closes": {"within": {"last": {"n": 3, "unit": "DAY"}}}}}]
    assert made["buyer"] == {"type": {"eq": 10002}, "person": {"fullName": {"startsWith": "A"}}}
    assert made["firm"] == {
        "size": {"gte": 3}, "isPartner": {"eq": True}, "people": {"some": {"firm": {"isNull": False}}},
    }  # fmt: skip
    assert str(made["amount"]) == "{'between': {'from': Decimal('1'), 'to': Decimal('2.50')}}"
    assert words.mentioned == [registry.field("firm", "size")]


def test_the_examples_of_the_docs_are_understood() -> None:
    """Each block of TOML in docs/administrators.md with calculated fields, on the type that its comment names."""
    text = (ROOT / "docs" / "administrators.md").read_text()
    blocks = re.findall(r"^```toml\n# of an? (\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == ["opportunity", "account"]
    types, shared = read_model(ROOT / "src" / "crmgraph" / "crm")
    made = {name: tomllib.loads(block)["fields"] for name, block in blocks}
    more = [
        replace(t, fields=(*t.fields, *(field(t.name, n, raw, {}, n) for n, raw in made.get(t.name, {}).items())))
        for t in types
    ]
    registry = build_registry(more, shared)
    assert all(registry.field(t, n).is_computed for t, fields in made.items() for n in fields)
