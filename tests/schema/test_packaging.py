"""Packages by the API on both databases: what applying them warns of, and what becomes of a draft of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from workshop import TOY, Workshop, told

from crmgraph.metadata.model import Model, registry_of, shipped_documents
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.server.actions import ACTIONS

pytestmark = pytest.mark.slow

BUILDER_NAME = "edition-builder_0"

PACKAGE = """[package]
name = "fleet"
prefix = "fl"
version = "1.0"

[types.firm]
label = { en = "Garage" }

[types.firm.fields.x_fl_size]
type = "integer"
label = { en = "Size" }
"""
APPLY = """mutation Apply($content: String!, $dryRun: Boolean) {
  applyPackage(input: {content: $content, dryRun: $dryRun}) {
  changeSet { title } preview { revision breaking changes { text } warnings { code text breaking } } } }"""
HIDDEN = {
    "en": "“types.firm.label.en” stays \"Workshop\" and does not become \"Garage\": that was changed here by hand.",
    "es": "«types.firm.label.en» sigue siendo \"Workshop\" y no pasa a ser \"Garage\": se cambió aquí a mano.",
    "de": "„types.firm.label.en“ bleibt \"Workshop\" und wird nicht \"Garage\": das wurde hier von Hand geändert.",
    "pl": "„types.firm.label.en” pozostaje \"Workshop\" i nie zmienia się na \"Garage\": zmieniono to tutaj ręcznie.",
}  # fmt: skip


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    return shop()


def applied(workshop: Workshop, text: str, **variables: Any) -> Any:
    return workshop.ask(APPLY, content=text, **variables)["applyPackage"]


def test_what_was_changed_by_hand_is_warned_of_and_is_no_breach(workshop: Workshop) -> None:
    workshop.change('changeRecordType(input: {type: "firm", label: [{locale: "en", text: "Workshop"}]})')
    for locale, text in HIDDEN.items():
        preview = applied(workshop.calling(locale=locale), PACKAGE, dryRun=True)["preview"]
        assert not preview["breaking"]
        assert preview["warnings"] == warned(text)
    done = applied(workshop, PACKAGE)
    assert done["changeSet"]["title"] == "apply package fleet 1.0"
    again = applied(workshop, PACKAGE)
    assert again["changeSet"] is None and again["preview"]["changes"] == []
    assert again["preview"]["warnings"] == done["preview"]["warnings"] == warned(HIDDEN["en"])


DRAFT = """mutation Draft($content: String!) { applyPackage(input: {content: $content, draft: true}) {
  changeSet { id title package state } preview { breaking statements schemaChanges { coordinate } } } }"""
TRY = "mutation ($id: ID!) { publishChangeSet(id: $id, input: {dryRun: true}) { preview { statements } } }"
PUBLISH = "mutation ($id: ID!) { publishChangeSet(id: $id) { changeSet { state revision } } }"


def alone(workshop: Workshop) -> list[Workshop]:
    """Each database by itself: their change-sets have ids of their own."""
    return [Workshop([room], workshop.run, workshop.files) for room in workshop.rooms]


def test_a_package_is_a_draft_until_it_is_published(shop: Callable[[], Workshop]) -> None:
    for room in alone(shop()):
        drafted = room.ask(DRAFT, content=PACKAGE)["applyPackage"]
        made, preview = drafted["changeSet"], drafted["preview"]
        assert (made["title"], made["package"], made["state"]) == ("apply package fleet 1.0", "fleet", "DRAFT")
        assert "Firm.size" in {c["coordinate"] for c in preview["schemaChanges"]} and not preview["breaking"]
        id = made["id"]
        assert room.ask("{ metadata { revision packages { name } } }")["metadata"]["packages"] == [{"name": "local"}]
        assert room.ask(TRY, id=id)["publishChangeSet"]["preview"]["statements"] == preview["statements"]
        more = '{retire: {type: "Firm", field: "website"}}'
        refused = [("CHANGE_SET_OF_PACKAGE", "addChanges", f"“{made['title']}” applies a package, to which nothing can "
            "be added: make a draft of its own.")]  # fmt: skip
        (body,) = room.bodies(f'mutation {{ addChanges(id: "{id}", input: {{changes: [{more}]}}) {{ __typename }} }}')
        assert told(body["errors"][0]) == refused
        assert room.ask(PUBLISH, id=id)["publishChangeSet"]["changeSet"] == {"state": "PUBLISHED", "revision": 2}
        assert room.ask('{ metadata { package(name: "fleet") { toml } } }')["metadata"]["package"]["toml"] == PACKAGE


def test_a_draft_of_a_package_says_where_it_no_longer_fits(shop: Callable[[], Workshop]) -> None:
    for room in alone(shop()):
        id = room.ask(DRAFT, content=PACKAGE)["applyPackage"]["changeSet"]["id"]
        later = PACKAGE.replace('"1.0"', '"1.1"')
        room.ask(APPLY, content=later)
        (body,) = room.bodies(PUBLISH, {"id": id})
        ((code, place, _),) = told(body["errors"][0])
        assert (code, place) == ("OLDER_VERSION", "changes.0.apply_package.content.package.version")


UPGRADES = "{ metadata { upgrades { package place mine was now isSame } } }"
BY_HAND = 'type: "person", label: [{locale: "en", text: "Human"}], pluralLabel: [{locale: "en", text: "Humans"}]'


@pytest.fixture
def upgraded(shop: Callable[[], Workshop]) -> Workshop:
    """A database that was customized before a new version shipped something else."""
    found = shop()
    found.change(f"changeRecordType(input: {{{BY_HAND}}})")
    shipped = shipped_documents(TOY)
    person = shipped.types["person"]
    later = {
        **person, "label": {**person["label"], "en": "Individual"}, "labels": {**person["labels"], "en": "Individuals"},
    }  # fmt: skip
    model = Model({**shipped.types, "person": later}, shipped.choices)

    async def open_again(room: Editions) -> Editions:
        return Editions(room.database, await open_edition(room.database, actions=ACTIONS, shipped=model))

    found.rooms = [found.run(open_again(room)) for room in found.rooms]
    return found


def test_what_ships_otherwise_is_told_and_decided_about(upgraded: Workshop) -> None:
    first, second = "types.person.label.en", "types.person.labels.en"
    told = upgraded.ask(UPGRADES)["metadata"]["upgrades"]
    assert {u["place"] for u in told} == {first, second}
    assert told[0] == {
        "package": "local", "place": first, "mine": "Human", "was": "Person", "now": "Individual", "isSame": False,
    }  # fmt: skip
    assert upgraded.refused("acceptShipped(input: {})") == [("MISSING", "input.places", "“places” is missing.")]
    assert upgraded.refused('keepChanges(input: {places: ["types.person.label.e"]})', "de") == [(
        "UNKNOWN_PLACE", "input.places.0",
        f"An „types.person.label.e“ gibt es nichts zu entscheiden. Ähnliche: {first}, {second}",
    )]  # fmt: skip
    tried = upgraded.change("acceptShipped(input: {all: true, dryRun: true})", "changeSet { id } preview { revision }")
    assert tried == {"changeSet": None, "preview": {"revision": 3}}
    assert len(upgraded.ask(UPGRADES)["metadata"]["upgrades"]) == 2, "a dry run decides nothing"
    kept = upgraded.change(f'keepChanges(input: {{places: ["{first}"], reason: "ours"}})', "changeSet { state reason }")
    assert kept == {"changeSet": {"state": "PUBLISHED", "reason": "ours"}}
    assert [u["place"] for u in upgraded.ask(UPGRADES)["metadata"]["upgrades"]] == [second]
    upgraded.change("acceptShipped(input: {all: true})", "changeSet { state } preview { revision }")
    labels = '{ metadata { upgrades { place } type(name: "Person") { label pluralLabel } } }'
    assert upgraded.ask(labels)["metadata"] == {
        "upgrades": [], "type": {"label": "Human", "pluralLabel": "Individuals"},
    }  # fmt: skip


def warned(text: str) -> list[dict[str, Any]]:
    return [{"code": "PACKAGE_HIDDEN", "text": text, "breaking": False}]


def test_metadata_is_reckoned_beside_the_requests(
    shop: Callable[[], Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every door: what takes a tenth of a second and more would hold up everybody on the requests' own thread."""
    threads: set[str] = set()

    def noted(*args: Any, **more: Any) -> Any:
        threads.add(threading.current_thread().name)
        return registry_of(*args, **more)

    monkeypatch.setattr("crmgraph.actions.proposals.registry_of", noted)
    label = 'label: [{locale: "en", text: "L"}]'
    field = f'{{name: "rank", type: INTEGER, {label}}}'
    for room in alone(shop()):
        doors = {
            "change": f'mutation {{ addField(input: {{type: "firm", field: {field}}}) {{ changeSet {{ id }} }} }}',
            "draft": 'mutation { createChangeSet(input: {title: "D", changes: [{retire: {type: "memo"}}]}) '
            "{ changeSet { id } } }",
            "apply": APPLY,
            "remove": 'mutation { removePackage(input: {name: "fleet", dryRun: true}) { preview { revision } } }',
        }
        found = {}
        for door, document in doors.items():
            threads.clear()
            found[door] = room.ask(document, content=PACKAGE)
            assert threads == {BUILDER_NAME}, door
        for name, id in (("revert", found["change"]["addField"]), ("publish", found["draft"]["createChangeSet"])):
            threads.clear()
            dry = "input: {dryRun: true}) { preview { revision } } }"
            room.ask(f'mutation {{ {name}ChangeSet(id: "{id["changeSet"]["id"]}", {dry}')
            assert threads == {BUILDER_NAME}, name
