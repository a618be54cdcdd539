"""What is dropped was retired and is exported before; nothing that stays names it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graph import uid
from workshop import Workshop, told
from world import WORLD

from crmgraph.actions.auditing import seal
from crmgraph.actions.verifying import verify
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow

LABEL = 'label: [{locale: "en", text: "L"}]'
FORCED = 'force: true, reason: "test"'
POLY = f'{{name: "spot", type: LOOKUP, {LABEL}, targets: ["x_site", "firm", "person"]}}'


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    found = shop()
    found.fill(WORLD)
    return found


def dropped(workshop: Workshop, what: str) -> dict[str, list[Any]]:
    """Retire and drop something: the lines of each file, the same for both databases but for ids."""
    (kind, confirm) = what.split("|")
    workshop.change(f"retire(input: {{{kind}, {FORCED}}})")
    document = f'drop(input: {{{kind}, confirm: "{confirm}", {FORCED}}})'
    bodies = workshop.bodies(f"mutation {{ {document} {{ changeSet {{ id exports }} preview {{ exports }} }} }}")
    assert all("errors" not in each for each in bodies), [told(e) for b in bodies for e in b["errors"]]
    answers = [each["data"]["drop"] for each in bodies]
    found = []
    for each in answers:
        paths = list(map(Path, each["preview"]["exports"]))
        assert each["changeSet"]["exports"] == (each["preview"]["exports"] or None), "its record says so, too"
        assert {p.parent for p in paths} <= {workshop.files / f"dropped-{each['changeSet']['id']}"}
        found.append({p.name: [orjson.loads(line) for line in p.read_bytes().splitlines()] for p in paths})
    assert found[0].keys() == found[1].keys()
    assert {n: len(v) for n, v in found[0].items()} == {n: len(v) for n, v in found[1].items()}
    return found[0]


def planned(workshop: Workshop, what: str) -> list[tuple[Any, ...]]:
    """What a drop would take, told by a dry run that changes nothing."""
    (kind, confirm) = what.split("|")
    before = workshop.everything()
    asked = f'drop(input: {{{kind}, confirm: "{confirm}", dryRun: true, {FORCED}}})'
    told = workshop.change(asked, "changeSet { id } preview { rows { element code text blocking } exports }")
    assert told["changeSet"] is None and told["preview"]["exports"] == []
    assert workshop.everything() == before
    return [tuple(row.values()) for row in told["preview"]["rows"]]


def of(number: int) -> str:
    return f'{{id: "{uid(number)}"}}'


def test_a_field_is_exported_and_dropped(workshop: Workshop) -> None:
    workshop.change(f'addField(input: {{type: "firm", field: {{name: "fee", type: DECIMAL, {LABEL}}}}})')
    for number, fee in ((101, "1.25"), (103, "-7.00")):
        workshop.ask(f'mutation {{ updateFirm(id: "{uid(number)}", input: {{fee: "{fee}"}}) {{ firm {{ fee }} }} }}')
    workshop.ask(f'mutation {{ deleteFirm(id: "{uid(105)}") {{ deletedId }} }}')
    workshop.change(f'retire(input: {{type: "firm", field: "fee", {FORCED}}})')
    text = "“L” (firm.x_fee): the values of 2 records are dropped, written to a file before."
    told = planned(workshop, 'type: "firm", field: "fee"|x_fee')
    assert told == [("firm.x_fee", "VALUES_DROPPED", text, False)]
    workshop.change('unretire(input: {type: "firm", field: "fee"})')
    files = dropped(workshop, 'type: "firm", field: "fee"|x_fee')
    assert files == {"firm.x_fee.jsonl": [{"id": uid(101), "x_fee": "1.25"}, {"id": uid(103), "x_fee": "-7.00"}]}
    history = "query ($id: ID!) { firm(id: $id) { name history { nodes { act fields { field } } } } }"
    assert workshop.ask(history, id=uid(101))["firm"]["name"] == "Ängström"
    restored = workshop.ask(f'mutation {{ restoreFirm(id: "{uid(105)}") {{ firm {{ name }} }} }}')
    assert restored["restoreFirm"]["firm"]["name"] == "ñandú"
    assert all("x_fee" not in str(each[-1]) for each in workshop.everything())


def test_a_record_type_is_exported_and_dropped(workshop: Workshop) -> None:
    home = f'{{name: "home", type: LOOKUP, {LABEL}, targets: ["site"]}}'
    workshop.change(f'addRecordType(input: {{name: "site", {LABEL}, features: [ACTIVITIES, NOTES]}})')
    workshop.change(f'addField(input: {{type: "deal", field: {POLY}}})')
    workshop.change(f'addField(input: {{type: "person", field: {home}}})')
    about = f"regarding: {{site: {of(901)}}}"
    for document in (
        f'createSite(input: {{id: "{uid(901)}", name: "S1"}}) {{ site {{ id }} }}',
        f'createSite(input: {{id: "{uid(902)}", name: "S2"}}) {{ site {{ id }} }}',
        f'updateDeal(id: "{uid(301)}", input: {{spot: {{site: {of(901)}}}}}) {{ deal {{ id }} }}',
        f'createVisit(input: {{id: "{uid(910)}", subject: "There", {about}}}) {{ visit {{ id }} }}',
        f'createMemo(input: {{id: "{uid(911)}", heading: "Note", {about}}}) {{ memo {{ id }} }}',
        f'deleteSite(id: "{uid(902)}") {{ deletedId }}',
        f'createSite(input: {{id: "{uid(903)}", name: "S3"}}) {{ site {{ id }} }}',
        f'mergeSites(id: "{uid(901)}", input: {{other: "{uid(903)}"}}) {{ dryRun }}',
    ):
        workshop.ask(f"mutation {{ {document} }}")
    workshop.change(f'retire(input: {{type: "site", {FORCED}}})')
    refused = workshop.refused(f'drop(input: {{type: "site", confirm: "x_site", {FORCED}}})')
    assert refused[0][:2] == ("TYPE_IN_USE", "input.type")
    dropped(workshop, 'type: "person", field: "home"|x_home')
    told = planned(workshop, 'type: "site"|x_site')
    assert [(element, code, blocking) for element, code, _, blocking in told] == [
        ("x_site", "RECORDS_DROPPED", False),
        ("deal.x_spot", "LINKS_DROPPED", False),
        ("happening.regarding", "LINKS_DROPPED", False),
        ("memo.regarding", "LINKS_DROPPED", False),
    ]
    assert told[0][2] == "“L” (x_site): 2 records are dropped with its history, written to files before."
    assert told[1][2].startswith("“L” (deal.x_spot): 1 record names a record that is dropped, and will name none;")
    files = dropped(workshop, 'type: "site"|x_site')
    parts = ("", "deal.x_spot.", "deleted_record.", "event.", "happening.regarding.", "memo.regarding.", "merge.")
    assert set(files) == {f"x_site.{part}jsonl" for part in parts}
    assert [(each["id"], each["x_name"]) for each in files["x_site.jsonl"]] == [(uid(901), "S1"), (uid(903), "S3")]
    assert files["x_site.deal.x_spot.jsonl"][0]["id"] == uid(301)
    check_nothing_names_what_was_dropped(workshop)
    check_the_audit_chain_holds(workshop)


def check_nothing_names_what_was_dropped(workshop: Workshop) -> None:
    gone = """query ($a: ID!, $b: ID!) {
      node(id: $a) { id } nodes(ids: [$a, $b]) { id } changes { nodes { record { id } } } deletedRecords { totalCount }
    }"""
    answer = workshop.ask(gone, a=uid(901), b=uid(902))
    assert (answer["node"], answer["nodes"]) == (None, [None, None])
    kept = """query ($visit: ID!, $memo: ID!, $deal: ID!) {
      visit(id: $visit) { subject regarding { __typename } history { totalCount } }
      memo(id: $memo) { heading regarding { id } }
      deal(id: $deal) { title spot { id } history { nodes { fields { field } } } timeline { totalCount } }
    }"""
    answer = workshop.ask(kept, visit=uid(910), memo=uid(911), deal=uid(301))
    assert answer["visit"] == {"subject": "There", "regarding": None, "history": {"totalCount": 1}}
    assert answer["memo"] == {"heading": "Note", "regarding": None}
    assert (answer["deal"]["title"], answer["deal"]["spot"]) == ("Roof", None)


def check_the_audit_chain_holds(workshop: Workshop) -> None:
    """It goes through the digests of the events that went with the type; one of these less is found."""
    for room in workshop.rooms:
        database = room.database
        workshop.run(seal(database))
        verdict = workshop.run(verify(database))
        assert (verdict.faults, verdict.unsealed) == ([], 0)

        async def missing(database: Database = database) -> list[str]:
            async with database.transaction() as transaction:
                last = "SELECT max(CAST(id AS text)) FROM audit_gone"
                await transaction.execute(f"DELETE FROM audit_gone WHERE CAST(id AS text) = ({last})")
            return [fault.code for fault in (await verify(database)).faults]

        assert set(workshop.run(missing())) == {"ROWS_MISSING", "GONE_DIFFERS"}


def test_a_type_that_a_demanded_lookup_names_is_not_dropped(workshop: Workshop) -> None:
    """Its lookups to several types would name nothing: how many do is told, until they name another one."""
    seat = f'{{name: "seat", type: LOOKUP, {LABEL}, targets: ["x_hall", "firm", "person"], required: APPLICATION}}'
    hall = '{name: "hall", label: [{locale: "en", text: "Hall"}]}'
    workshop.change(f"addRecordType(input: {hall})")
    workshop.change(f'addRecordType(input: {{name: "desk", {LABEL}, fields: [{seat}]}})')
    workshop.ask(f'mutation {{ createHall(input: {{id: "{uid(940)}", name: "H"}}) {{ created }} }}')
    for number, target in ((941, f"hall: {of(940)}"), (942, f"hall: {of(940)}"), (943, f"firm: {of(101)}")):
        given = f'{{id: "{uid(number)}", name: "D", seat: {{{target}}}}}'
        workshop.ask(f"mutation {{ createDesk(input: {given}) {{ created }} }}")
    workshop.change(f'retire(input: {{type: "hall", {FORCED}}})')
    drop = f'drop(input: {{type: "hall", confirm: "x_hall", {FORCED}}})'
    assert workshop.refused(drop) == [
        (
            "ROWS_NEED_TARGET",
            "input",
            "“Hall” cannot be dropped: “L” (x_desk.x_seat) demands a value, and in 2 records it names one that would"
            " go. Let it name another one there, or demand none.",
        )
    ]
    for number in (941, 942):
        moved = f'updateDesk(id: "{uid(number)}", input: {{seat: {{firm: {of(101)}}}}})'
        workshop.ask(f"mutation {{ {moved} {{ desk {{ id }} }} }}")
    workshop.change(drop)
    desks = workshop.ask("{ desks { nodes { seat { id } } } }")["desks"]["nodes"]
    assert desks == [{"seat": {"id": uid(101)}}] * 3


def test_an_activity_type_is_dropped(workshop: Workshop) -> None:
    stops = f'{{name: "stops", type: INTEGER, {LABEL}}}'
    workshop.change(f'addActivityType(input: {{name: "tour", {LABEL}, fields: [{stops}]}})')
    given = f'{{subject: "Round", stops: 3, regarding: {{firm: {of(101)}}}}}'
    workshop.ask(f"mutation {{ createTour(input: {given}) {{ tour {{ id }} }} }}")
    timeline = "query ($id: ID!) { firm(id: $id) { timeline { nodes { __typename } } } happenings { totalCount } }"
    before = workshop.ask(timeline, id=uid(101))
    files = dropped(workshop, 'type: "tour"|x_tour')
    assert [(e["subject"], e["x_stops"]) for e in files["x_tour.jsonl"]] == [("Round", 3)]
    after = workshop.ask(timeline, id=uid(101))
    assert after["happenings"]["totalCount"] == before["happenings"]["totalCount"] - 1
    assert {"__typename": "Tour"} not in after["firm"]["timeline"]["nodes"]


def test_nothing_is_dropped_without_its_export(workshop: Workshop) -> None:
    workshop.change(f'addField(input: {{type: "firm", field: {{name: "note", type: TEXT, {LABEL}}}}})')
    workshop.ask(f'mutation {{ updateFirm(id: "{uid(101)}", input: {{note: "kept"}}) {{ firm {{ id }} }} }}')
    workshop.change(f'retire(input: {{type: "firm", field: "note", {FORCED}}})')
    hindrance = workshop.files / "hindrance"
    hindrance.write_text("a file where a folder should be")
    for room in workshop.rooms:
        room.current = replace(room.current, files=hindrance)
    ((code, _, message),) = workshop.refused(
        f'drop(input: {{type: "firm", field: "note", confirm: "x_note", {FORCED}}})'
    )
    assert code == "EXPORT_FAILED" and "hindrance" in message
    for room in workshop.rooms:
        room.current = replace(room.current, files=workshop.files)
    workshop.change('unretire(input: {type: "firm", field: "note"})')
    assert workshop.ask(f'{{ firm(id: "{uid(101)}") {{ note }} }}')["firm"] == {"note": "kept"}


def test_a_name_is_free_when_its_drop_is_published(workshop: Workshop) -> None:
    workshop.change(f'addField(input: {{type: "firm", field: {{name: "rank", type: TEXT, {LABEL}}}}})')
    workshop.ask(f'mutation {{ updateFirm(id: "{uid(101)}", input: {{rank: "old"}}) {{ firm {{ id }} }} }}')
    workshop.change(f'addRecordType(input: {{name: "yard", {LABEL}}})')
    whole = f'{{addField: {{type: "firm", field: {{name: "rank", type: %s, {LABEL}}}}}}}'
    fields = '{retire: {type: "firm", field: "rank"}}, {drop: {type: "firm", field: "rank", confirm: "x_rank"}}'
    types = '{retire: {type: "yard"}}, {drop: {type: "yard", confirm: "x_yard"}}'
    for given, place in (
        (f"{fields}, {whole % 'TEXT'}", "input.changes.2.addField.field.name"),
        (f"{fields}, {whole % 'INTEGER'}", "input.changes.2.addField.field.name"),
        (f'{types}, {{addRecordType: {{name: "yard", {LABEL}}}}}', "input.changes.2.addRecordType.name"),
    ):
        refused = workshop.refused(f'createChangeSet(input: {{title: "Again", changes: [{given}]}})')
        assert [(code, path) for code, path, _ in refused] == [("NAME_TAKEN", place)]
    assert dropped(workshop, 'type: "firm", field: "rank"|x_rank')["firm.x_rank.jsonl"][0]["x_rank"] == "old"
    workshop.change(f'addField(input: {{type: "firm", field: {{name: "rank", type: INTEGER, {LABEL}}}}})')
    assert workshop.ask(f'{{ firm(id: "{uid(101)}") {{ rank }} }}')["firm"] == {"rank": None}
