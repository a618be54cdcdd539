"""Change-sets are taken back where nothing is lost; drafts are begun, looked at, rebased, published and let go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graph import uid
from workshop import Workshop, told
from world import WORLD

from crmgraph.schema.editions import Editions

pytestmark = pytest.mark.slow

FORCED = 'force: true, reason: "test"'
LABEL = 'label: [{locale: "en", text: "L"}]'


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    found = shop()
    found.fill(WORLD)
    return found


def on_each(workshop: Workshop, mutation: str, ids: list[str], answer: str = "changeSet { id }") -> list[Any]:
    """A mutation of each database's own change-set: payloads, or what it is refused with."""
    name = mutation.partition("(")[0]
    found = []
    for room, id in zip(workshop.rooms, ids, strict=True):
        alone = Workshop([room], workshop.run, workshop.files)
        (body,) = alone.bodies(f"mutation {{ {mutation.replace('$', id)} {{ {answer} }} }}")
        found.append([t[0] for e in body["errors"] for t in told(e)] if "errors" in body else body["data"][name])
    return found


def published(workshop: Workshop, mutation: str) -> list[str]:
    """The change-set of a change on each database."""
    name = mutation.partition("(")[0]
    bodies = workshop.bodies(f"mutation {{ {mutation} {{ changeSet {{ id }} }} }}")
    assert all("errors" not in each for each in bodies), bodies
    return [each["data"][name]["changeSet"]["id"] for each in bodies]


def ids_of(payloads: list[Any]) -> list[str]:
    return [each["changeSet"]["id"] for each in payloads]


def test_a_rename_is_taken_back_and_again(workshop: Workshop) -> None:
    names = 'apiName: "Note", apiPluralName: "remarks", label: [{locale: "en", text: "Note"}]'
    rename = f'changeRecordType(input: {{type: "memo", {names}}})'
    first = published(workshop, rename)
    assert workshop.ask("{ remarks { totalCount } memos { totalCount } }")
    second = ids_of(on_each(workshop, 'revertChangeSet(id: "$")', first))
    answer = workshop.ask("{ memos { nodes { __typename } } remarks { totalCount } }")
    assert answer["memos"]["nodes"][0] == {"__typename": "Memo"}
    assert on_each(workshop, 'revertChangeSet(id: "$")', first) == [["CHANGE_SET_NOT_PUBLISHED"]] * 2
    on_each(workshop, 'revertChangeSet(id: "$")', second)
    assert workshop.ask("{ remarks { nodes { __typename typeLabel } } }")["remarks"]["nodes"][0]["typeLabel"] == "Note"


def test_what_would_lose_values_is_not_taken_back(workshop: Workshop) -> None:
    made = published(workshop, f'addField(input: {{type: "firm", field: {{name: "motto", type: TEXT, {LABEL}}}}})')
    workshop.ask(f'mutation {{ updateFirm(id: "{uid(101)}", input: {{motto: "On"}}) {{ firm {{ id }} }} }}')
    before = workshop.everything()
    assert on_each(workshop, f'revertChangeSet(id: "$", input: {{{FORCED}}})', made) == [["ROWS_WOULD_GO"]] * 2
    assert workshop.everything() == before
    workshop.ask(f'mutation {{ updateFirm(id: "{uid(101)}", input: {{motto: null}}) {{ firm {{ id }} }} }}')
    on_each(workshop, f'revertChangeSet(id: "$", input: {{{FORCED}}})', made)
    assert all("errors" in each for each in workshop.bodies("{ firms { nodes { motto } } }"))


def test_what_was_changed_again_is_not_taken_back(workshop: Workshop) -> None:
    shorter = 'changeField(input: {{type: "firm", field: "website", length: {}}})'
    first = published(workshop, shorter.format(90))
    workshop.change(shorter.format(95))
    assert on_each(workshop, 'revertChangeSet(id: "$")', first) == [["CONFLICT"]] * 2


def test_what_others_build_on_is_not_taken_back(workshop: Workshop) -> None:
    made = published(workshop, f'addRecordType(input: {{name: "ground", {LABEL}}})')
    above = published(workshop, f'addField(input: {{type: "Ground", field: {{name: "stone", type: TEXT, {LABEL}}}}})')
    helped = published(
        workshop, 'changeField(input: {type: "Ground", field: "stone", help: [{locale: "en", text: "H"}]})'
    )
    back = f'revertChangeSet(id: "$", input: {{{FORCED}}})'
    for each in (made, above):
        assert on_each(workshop, back, each) == [["CONFLICT"]] * 2
    for each in (helped, above, made):
        assert all(isinstance(payload, dict) for payload in on_each(workshop, back, each))


def test_changes_go_on_naming_what_was_renamed(workshop: Workshop) -> None:
    workshop.change('changeRecordType(input: {type: "Person", apiName: "Human", apiPluralName: "humans"})')
    workshop.change('changeField(input: {type: "Person", field: "fullName", apiName: "wholeName"})')
    shown = "preview { changes { element code } }"
    again = 'changeField(input: {type: "Person", field: "fullName", help: [{locale: "en", text: "All of it"}]})'
    assert {c["element"] for c in workshop.change(again, shown)["preview"]["changes"]} == {"person.full_name"}


def test_a_draft_grows_and_is_published_once(workshop: Workshop) -> None:
    one = f'[{{addField: {{type: "deal", field: {{name: "a", type: TEXT, {LABEL}}}}}}}]'
    other = f'[{{addField: {{type: "deal", field: {{name: "b", type: TEXT, {LABEL}}}}}}}]'
    ids = published(workshop, f'createChangeSet(input: {{title: "Two", changes: {one}}})')
    before = workshop.everything()
    shown = "preview { changes { code element } }"
    grown = on_each(workshop, f'addChanges(id: "$", input: {{changes: {other}}})', ids, shown)
    assert [c["element"] for c in grown[0]["preview"]["changes"]] == ["deal.x_a", "deal.x_b"] and grown[0] == grown[1]
    assert workshop.everything() == before, "a draft changes nothing"
    workshop.change(f'addField(input: {{type: "deal", field: {{name: "a", type: TEXT, {LABEL}}}}})')
    refused = on_each(workshop, 'publishChangeSet(id: "$")', ids)
    assert refused == [["NAME_TAKEN"]] * 2, "somebody has done a part of it"
    on_each(workshop, 'discardChangeSet(id: "$")', ids)
    assert on_each(workshop, 'publishChangeSet(id: "$")', ids) == [["CHANGE_SET_CLOSED"]] * 2
    ids = published(workshop, f'createChangeSet(input: {{title: "Rest", changes: {other}}})')
    on_each(workshop, 'rebaseChangeSet(id: "$")', ids)
    on_each(workshop, 'publishChangeSet(id: "$")', ids)
    assert workshop.ask("{ deals { nodes { a b } } }")["deals"]["nodes"]


def test_who_changed_what_is_recorded(workshop: Workshop) -> None:
    french = 'label: [{locale: "fr", text: "Courriel"}]'
    ids = published(workshop, f'changeField(input: {{type: "firm", field: "email", {french}, {FORCED}}})')
    shown = "query ($id: ID!) { changeSet(id: $id) { reason publishedBy { fullName } changes } }"
    for room, id in zip(workshop.rooms, ids, strict=True):
        alone = Workshop([room], workshop.run, workshop.files)
        found = alone.ask(shown, id=id)["changeSet"]
        assert (found["reason"], found["publishedBy"]) == ("test", {"fullName": "Ada"})
        assert found["changes"] == [{"change_field": {"type": "firm", "field": "email", "label": {"fr": "Courriel"}}}]
        assert workshop.run(events_of(room, id)) == [(1, uid(1)), (2, uid(1))], "drafted and published by Ada"


async def events_of(room: Editions, id: str) -> list[tuple[Any, ...]]:
    """What was done with a change-set, and by whom."""
    async with room.database.transaction() as transaction:
        text = "SELECT act, CAST(actor_id AS text) FROM event WHERE CAST(record_id AS text) = "
        return [tuple(row) for row in await transaction.rows(f"{text}'{id}' ORDER BY act")]


def test_a_draft_that_changes_nothing_is_not_published(workshop: Workshop) -> None:
    ids = published(workshop, 'createChangeSet(input: {title: "Nothing"})')
    assert on_each(workshop, 'publishChangeSet(id: "$")', ids) == [["CHANGE_SET_EMPTY"]] * 2
    tried = on_each(workshop, 'publishChangeSet(id: "$", input: {dryRun: true})', ids, "preview { changes { text } }")
    assert tried == [{"preview": {"changes": []}}] * 2
    assert ids_of(on_each(workshop, 'discardChangeSet(id: "$")', ids)) == ids
