"""Files of record types: what they may say, and how a fault in one is told: file, place, reason, hint."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmgraph.errors import MetadataError
from crmgraph.metadata.files import DECLARED, option_set_from_toml, read_model, record_type_from_toml
from crmgraph.metadata.parsing import check_languages
from crmgraph.metadata.types import LOCALES, DeleteBehavior, FieldType, Required
from crmgraph.metadata.words import DataType, RequiredLevel

TOY = Path(__file__).parents[1] / "toy"
FIRM = tomllib.loads((TOY / "firm.toml").read_text(), parse_float=Decimal)
WARMTH = option_set_from_toml(tomllib.loads((TOY / "choices" / "warmth.toml").read_text()), "warmth.toml")
Change = Callable[[dict[str, Any]], object]


def read(change: Change) -> Any:
    """The firm's file with a change."""
    raw = copy.deepcopy(FIRM)
    change(raw)
    check_languages(raw, "firm.toml")
    return record_type_from_toml(raw, {"warmth": WARMTH}, "firm.toml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["label"].pop("pl"), "firm.toml: label has no text in pl"),
        (lambda r: r["labels"].update(es=" ", de=""), "firm.toml: labels has no text in es, de"),
        (lambda r: r["fields"]["name"]["label"].pop("de"), "firm.toml.fields.name: label has no text in de"),
        (lambda r: r["fields"]["name"].pop("label"), "firm.toml: firm.name: “label” is missing."),
        (
            lambda r: r["fields"]["name"].update(label="Name"),
            "firm.toml: firm.name: “label” must be a table of texts, one for each language.",
        ),
        (
            lambda r: r["fields"]["parent"].pop("inverse_label"),
            "firm.toml: firm.parent: “inverse_label” is missing.",
        ),
        (
            lambda r: r["fields"]["tags"]["options"]["old"]["label"].pop("en"),
            "firm.toml.fields.tags.options.old: label has no text in en",
        ),
        (
            lambda r: r["states"]["active"]["reasons"]["watched"]["label"].pop("es"),
            "firm.toml.states.active.reasons.watched: label has no text in es",
        ),
        (
            lambda r: r["fields"]["name"].update(lenght=3),
            "firm.toml: firm.name: there is no property “lenght”. Similar: length",
        ),
        (lambda r: r.update(labls={}), "firm.toml: firm: there is no property “labls”. Similar: labels"),
        (
            lambda r: r["states"]["active"].update(kode=1),
            "firm.toml: firm.states.active: there is no property “kode”. Similar: code",
        ),
        (lambda r: r.pop("code"), "firm.toml: firm: “code” is missing."),
        (
            lambda r: r["fields"]["name"].update(type="string"),
            "firm.toml: firm.name: “type” is “string”; it must be one of: text, integer",
        ),
        (
            lambda r: r["fields"]["name"].update(format="mail"),
            "firm.toml: firm.name: “format” is “mail”; it must be one of: email",
        ),
        (
            lambda r: r["fields"]["name"].update(required="yes"),
            "firm.toml: firm.name: “required” is “yes”; it must be one of: none, recommended",
        ),
        (
            lambda r: r.update(ownership="team"),
            "firm.toml: firm: “ownership” is “team”; it must be one of: user, organization",
        ),
        (lambda r: r.update(features=["notes", "mail"]), "firm.toml: firm: there are no features mail; there are: "),
        (
            lambda r: r["fields"]["parent"].pop("targets"),
            "firm.toml: firm.parent: “Parent” needs record types that it may name.",
        ),
        (
            lambda r: r["fields"]["warmth"].update(options="warmht"),
            "firm.toml: firm.warmth: there is no shared option set “warmht”. Similar: warmth",
        ),
        (
            lambda r: r["fields"]["warmth"].update(default="wram"),
            "firm.toml: firm.warmth: “Warmth”: “wram” cannot be its default.",
        ),
        (lambda r: r["fields"]["warmth"].pop("options"), "firm.toml: firm.warmth: “Warmth” needs options."),
        (
            lambda r: r["fields"]["tags"]["options"]["old"].update(code=5),
            "firm.toml: firm.tags: two options have the same code",
        ),
        (
            lambda r: r["fields"]["revenue"].update(precision=5),
            "firm.toml: firm.revenue: “Revenue”: precision must lie between 0 and 4.",
        ),
        (
            lambda r: r["fields"]["score"].update(maximum=10**18),
            "firm.toml: firm.score: “Score”: maximum must lie between -922337203685477.5807 and 922337203685477.5807.",
        ),
        (
            lambda r: r["states"]["active"].pop("reasons"),
            "firm.toml: firm.states.active: a state needs at least one status reason",
        ),
    ],
)
def test_a_fault_is_told_by_file_place_and_reason(change: Change, message: str) -> None:
    with pytest.raises(MetadataError) as refused:
        read(change)
    assert str(refused.value).startswith(message)


def test_what_a_file_says_is_what_is_read() -> None:
    firm = read(lambda r: None)
    fields = {f.name: f for f in firm.fields}
    assert (firm.name, firm.api_name, firm.api_plural, firm.code, firm.hierarchy) == (
        "firm",
        "Firm",
        "firms",
        10001,
        "parent",
    )
    assert fields["name"].length == 60 and fields["name"].required is Required.APPLICATION and fields["name"].is_line
    assert not fields["remarks"].is_line and fields["remarks"].length == 2000
    assert fields["score"].default == Decimal("0.5") and fields["score"].precision == 4
    assert (
        fields["warmth"].options is WARMTH and [o.code for o in WARMTH.options] == [3, 1, 2] and not WARMTH.codes_ascend
    )
    assert fields["tags"].options and fields["tags"].options.api_name == "FirmTags"
    assert fields["parent"].on_delete is DeleteBehavior.REMOVE_LINK and fields["parent"].type is FieldType.LOOKUP
    assert [r.name for s in firm.states for r in s.reasons] == ["active", "watched", "closed", "merged"]
    assert {firm.label.text(x) for x in LOCALES} == {"Firm", "Empresa", "Firma"}


def test_inputs_have_the_words_of_files_but_for_what_only_the_engine_makes() -> None:
    assert {d.value for d in DataType} == set(DECLARED) == {*FieldType} - {FieldType.ID}
    assert {r.value for r in RequiredLevel} == {*Required} - {Required.SYSTEM}


def test_a_folder_is_read_with_its_shared_choices(tmp_path: Path) -> None:
    types, sets = read_model(TOY)
    assert [t.name for t in types] == [
        "currency",
        "deal",
        "firm",
        "happening",
        "memo",
        "person",
        "ring",
        "team",
        "user",
        "visit",
    ]
    assert [s.name for s in sets] == ["warmth"]
    (tmp_path / "broken.toml").write_text("name = ")
    with pytest.raises(MetadataError, match=r"broken\.toml: Invalid value"):
        read_model(tmp_path)
