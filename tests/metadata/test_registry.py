"""The registry: what it adds to the declared types, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crmgraph.errors import MetadataError
from crmgraph.metadata.declared import check_declared
from crmgraph.metadata.files import read_model
from crmgraph.metadata.living import living
from crmgraph.metadata.names import camel, did_you_mean, pascal
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import Field, FieldType, Label, NarrowedList, RecordType, Required, State

TYPES, SETS = read_model(Path(__file__).parents[1] / "toy")
Declared = dict[str, RecordType]


def with_fields(found: RecordType, **changes: dict[str, object]) -> RecordType:
    """A record type with some of its fields changed."""
    return replace(found, fields=tuple(replace(f, **changes.get(f.name, {})) for f in found.fields))  # type: ignore[arg-type]


def more(found: RecordType, field: Field) -> RecordType:
    return replace(found, fields=(*found.fields, field))


TEXT = Field("x", "x", FieldType.TEXT, Label({"en": "X"}), "firm")
STRANGE = State("lost", 7, Label({"en": "Lost"}), ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update(other=t["firm"]), "The name “firm” is taken."),
        (lambda t: t.update(firm=replace(t["firm"], name="search")), "The name “search” is taken."),
        (lambda t: t.update(ring=replace(t["ring"], code=10001)), "The code of “firm” belongs to another record type."),
        (lambda t: t.update(ring=replace(t["ring"], api_plural="firms")), "ring: The name “firms” is taken."),
        (
            lambda t: t.update(memo=replace(t["memo"], primary="headng")),
            "“Memo” has no field “headng”.",
        ),
        (
            lambda t: t.update(firm=replace(t["firm"], hierarchy="head")),
            "firm: the hierarchy “head” is no lookup to records of the same type.",
        ),
        (
            lambda t: t.update(firm=replace(t["firm"], indexes=(("nme",),))),
            "firm: an index is over fields that there are not: nme",
        ),
        (
            lambda t: t.update(ring=replace(t["ring"], base="firm")),
            "ring: “firm” is no abstract record type, so nothing can be based on it.",
        ),
        (
            lambda t: t.update(firm=with_fields(t["firm"], head={"targets": ("persn",)})),
            "firm.head: there is no record type “persn”. Similar: person",
        ),
        (
            lambda t: t.update(firm=with_fields(t["firm"], parent={"inverse": "people"})),
            "firm, of person.firm: The name “people” is taken.",
        ),
        (
            lambda t: t.update(firm=with_fields(t["firm"], parent={"inverse": "name"})),
            "firm: The name “name” is taken.",
        ),
        (
            lambda t: t.update(firm=more(t["firm"], replace(TEXT, name="version"))),
            "firm: The name “version” is taken.",
        ),
        (
            lambda t: t.update(ring=replace(t["ring"], api_name="RingConnection")),
            "ring: The name “RingConnection” is reserved.",
        ),
        (
            lambda t: t.update(firm=more(t["firm"], replace(TEXT, name="or", api_name="or"))),
            "firm: The name “or” is reserved.",
        ),
        (
            lambda t: t.update(firm=more(t["firm"], replace(TEXT, name="warmth_label", api_name="warmthLabel"))),
            "firm: The name “warmthLabel” is taken.",
        ),
        (
            lambda t: t.update(visit=replace(t["visit"], states=(STRANGE,))),
            "“Visit”: the state “lost” is not one of Happening's.",
        ),
    ],
)
def test_what_is_refused(change: Callable[[Declared], None], message: str) -> None:
    types = {t.name: t for t in TYPES}
    change(types)
    with pytest.raises(MetadataError) as refused:
        build_registry(types.values(), SETS)
    assert str(refused.value) == message


def test_failed_look_ups_say_what_was_meant(toy: Registry) -> None:
    with pytest.raises(MetadataError, match=r"no record type 'frim'; did you mean \['firm'\]\?"):
        toy.type("frim")
    with pytest.raises(MetadataError, match=r"firm has no field 'nme'; did you mean \['name', 'number'\]\?"):
        toy.field("firm", "nme")


def test_every_record_has_the_systems_fields(toy: Registry) -> None:
    for found in (t for t in toy.types.values() if not t.journal):
        names = {"id", "created_on", "created_by", "modified_on", "modified_by", "version"}
        assert names <= set(found.by_name) and ("owner" in found.by_name) is found.owned
    assert [o.name for o in toy.field("firm", "state").options.options] == ["active", "inactive"]  # type: ignore[union-attr]


def test_money_brings_its_currency_rate_and_base_amounts(toy: Registry) -> None:
    base = toy.field("deal", "fee_base")
    assert (
        base.base_of == "fee" and base.precision == 4 and base.read_only and base.label.text("de") == "Gebühr (Basis)"
    )
    assert toy.field("deal", "currency").targets == ("currency",) and toy.field("deal", "exchange_rate").precision == 10


def test_kinds_share_their_bases_table(toy: Registry) -> None:
    assert [k.name for k in toy.kinds("happening")] == ["ring", "visit"]
    assert toy.field("visit", "subject").store == "happening" and toy.field("visit", "place").store == "visit"
    assert [o.code for o in toy.field("ring", "kind").options.options] == [10012, 10011]  # type: ignore[union-attr]
    assert [t.name for t in toy.concrete("happening")] == ["ring", "visit"] and toy.concrete("firm") == (
        toy.type("firm"),
    )
    assert toy.type("ring").features == frozenset() and toy.type("visit").features == {"notes"}


def test_targets_by_feature_and_interface(toy: Registry) -> None:
    assert toy.field("happening", "regarding").targets == ("deal", "firm", "person")
    assert toy.field("memo", "regarding").targets == ("deal", "firm", "person", "visit")
    assert toy.field("deal", "buyer").targets == ("firm", "person") and toy.field("deal", "buyer").is_polymorphic
    assert toy.field("deal", "firm").required is Required.APPLICATION


def test_a_lookup_gives_its_targets_a_relation(toy: Registry) -> None:
    about = {"branches", "people", "deals", "bought", "happenings", "notes"}
    assert set(toy.relations["firm"]) == {*about, "history", "shared_with"}
    assert toy.relations["visit"]["notes"].target == "memo" and "happenings" not in toy.relations["visit"]
    assert [(t.name, f.name) for t, f in toy.lookups_to("person")] == [
        ("deal", "buyer"),
        ("firm", "head"),
        ("happening", "regarding"),
        ("memo", "regarding"),
        ("visit", "host"),
    ]


def test_names() -> None:
    assert (camel("created_on"), pascal("phone_call"), camel("address1_line1")) == (
        "createdOn",
        "PhoneCall",
        "address1Line1",
    )
    assert did_you_mean("contians", ["contains", "like"]) == ["contains"] and did_you_mean("xyz", ["name"]) == []


def test_labels_fall_back() -> None:
    label = Label({"en": "Hot", "de": "Heiß"})
    assert [label.text(x) for x in ("de", "de-AT", "pl", "en-GB")] == ["Heiß", "Heiß", "Hot", "Hot"]


def test_the_system_writes_journals_about_every_record(toy: Registry) -> None:
    for found in toy.types.values():
        history = toy.relations[found.name].get("history")
        assert (history is None) is found.journal and (history is None or history.target == "event")
    kinds = {t.code for t in toy.types.values() if not (t.abstract or t.journal)}
    options = toy.field("deleted_record", "record_type").options
    assert options is not None and {o.code for o in options.options} == kinds
    assert not [f for t, f in toy.lookups_to("user") if t.journal], "a journal stands in nobody's way"


def test_revisions_share_what_is_the_same_in_both() -> None:
    before = build_registry(TYPES, SETS)
    changed = [more(t, TEXT) if t.name == "firm" else t for t in TYPES]
    after = build_registry(changed, SETS, 2, before)
    assert after == build_registry(changed, SETS, 2)
    assert [n for n, t in after.types.items() if t is not before.types[n]] == ["firm"]
    assert all(each is before.relations[n] for n, each in after.relations.items())


def test_lists_of_those_with_an_equal_text() -> None:
    """Lines of text of the type's own may tie its records; a list whose field is retired is not shown."""

    def built(alike: str, **changes: dict[str, object]) -> Registry:
        twins = NarrowedList("twins", "twins", Label({"en": "Twins"}), "", {}, alike)
        types = {t.name: t for t in TYPES}
        found = with_fields(replace(types["firm"], lists=(twins,)), **changes)
        return build_registry({**types, "firm": found}.values(), SETS)

    check_declared(built("name"))
    for wrong in ("nothing", "parent"):
        with pytest.raises(MetadataError, match=wrong):
            check_declared(built(wrong))
    assert living(built("website", website={"retired": True})).type("firm").lists == ()
