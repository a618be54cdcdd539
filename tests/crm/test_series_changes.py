"""Series that are split, ended, canceled, carried on: what nobody touched follows, what was changed or done stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bureau import NOW, Bureau
from test_series import OCCURRENCES, SERIES, occurrences, starts, weekly

from crmgraph.crm.activities import expansion, plans
from crmgraph.crm.activities.upkeep import carry_on_series

pytestmark = pytest.mark.slow

SPLIT = """mutation($id: ID!, $on: Date!) { splitSeries(id: $id, input: {on: $on}) {
    recurringAppointment { id rule patternStartDate } } }"""
END = """mutation($id: ID!, $on: Date) { endSeries(id: $id, input: {on: $on}) {
    recurringAppointment { rule patternEndType patternEndDate expansionState effectiveEnd } } }"""


def one(bureau: Bureau, id: str) -> dict[str, Any]:
    found: dict[str, Any] = bureau.ask(SERIES, id=id)["recurringAppointment"]
    return found


def test_rule_and_fields_agree_whichever_is_written(bureau: Bureau) -> None:
    id = weekly(bureau, rule="FREQ=DAILY;COUNT=2", recurrencePattern="DAILY", interval=5, patternEndType="OCCURRENCES",
                numberOfOccurrences=4)  # fmt: skip
    found = one(bureau, id)
    assert (found["rule"], found["interval"], found["numberOfOccurrences"]) == ("FREQ=DAILY;COUNT=2", 1, 2)
    bureau.change("RecurringAppointment", id, interval=2)
    assert one(bureau, id)["rule"] == "FREQ=DAILY;INTERVAL=2;COUNT=2"
    assert starts(bureau, id) == ["2027-01-04T08:00", "2027-01-06T08:00"]
    bureau.change("RecurringAppointment", id, rule="FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3")
    found = one(bureau, id)
    assert (found["recurrencePattern"], found["daysOfWeek"], found["numberOfOccurrences"]) == ("MONTHLY", [], 3)
    bureau.change("RecurringAppointment", id, patternEndDate="2027-02-01")
    found = one(bureau, id)  # what the fields have no words for stays
    assert (found["rule"], found["patternEndType"]) == (
        "FREQ=MONTHLY;UNTIL=20270201T225959Z;BYMONTHDAY=1,15", "PATTERN_END_DATE",
    )  # fmt: skip
    assert starts(bureau, id) == ["2027-01-15T08:00", "2027-02-01T08:00"]
    bureau.change("RecurringAppointment", id, timeZone="America/New_York")
    assert one(bureau, id)["rule"] == "FREQ=MONTHLY;UNTIL=20270202T045959Z;BYMONTHDAY=1,15"
    assert starts(bureau, id) == ["2027-01-15T14:00", "2027-02-01T14:00"]


def test_what_is_no_series_is_refused(bureau: Bureau) -> None:
    before = bureau.rows()
    document = "mutation($i: CreateRecurringAppointmentInput!) { createRecurringAppointment(input: $i) { __typename } }"
    plain = {"subject": "No", "startTime": "2027-01-04T09:00:00Z", "timeZone": "Europe/Warsaw"}
    for given, code, rule, name in (
        ({"rule": "FREQ=HOURLY"}, "WRONG_RULE", "recurrence_rule_wrong", "rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20260101"}, "WITHOUT_DAYS", "recurrence_without_days", "rule"),
        ({"timeZone": "Warsaw"}, "WRONG_FORMAT", None, "timeZone"),
        ({"startTime": None, "patternStartDate": "2027-01-04"}, "REQUIRED", None, "startTime"),
        ({"endTime": "2027-01-04T08:00:00Z"}, "BEFORE_START", "activity_ends_before_start", "endTime"),
    ):
        assert bureau.refused(bureau.answer(document, i={**plain, **given})) == [(code, rule, ["input", name])]
    wrong = ("FREQ=MONTHLY;BYDAY=XXMO", "FREQ=WEEKLY;BYDAY=2MO", "FREQ=DAILY;BYSETPOS=1", "FREQ=MONTHLY;BYSETPOS=x")
    for rule in wrong:
        assert bureau.refused(bureau.answer(document, i={**plain, "rule": rule}))[0][0] == "WRONG_RULE", rule
    assert bureau.rows() == before


def test_what_lies_far_back_is_not_made(bureau: Bureau) -> None:
    """A slip in the year makes no thousands of appointments."""
    id = weekly(bureau, rule="FREQ=MONTHLY;BYMONTHDAY=23", startTime="0027-01-23T09:00:00Z")
    assert starts(bureau, id)[0] == "2025-11-23T08:00"


def test_this_and_those_that_follow(bureau: Bureau) -> None:
    """A split series goes on as two; each keeps its occurrences, what was changed in them and what was taken out."""
    guest = {"create": [{"role": "REQUIRED", "name": "Guest"}]}
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=6", parties=guest)
    ids = [o["id"] for o in occurrences(bureau, id)]
    bureau.change("Appointment", ids[4], location="Room 2")
    bureau.ask("mutation($id: ID!) { deleteAppointment(id: $id) { deletedId } }", id=ids[5])
    made = bureau.ask(SPLIT, id=id, on="2027-01-20")["splitSeries"]["recurringAppointment"]
    assert (made["rule"], made["patternStartDate"]) == ("FREQ=WEEKLY;COUNT=3;BYDAY=MO", "2027-01-25")
    assert one(bureau, id)["rule"] == "FREQ=WEEKLY;UNTIL=20270118T225959Z;BYDAY=MO"
    assert [o["id"] for o in occurrences(bureau, id)] == ids[:3]
    assert [o["id"] for o in occurrences(bureau, made["id"])] == ids[3:5]
    assert [len(o["parties"]["nodes"]) for o in occurrences(bureau, made["id"])] == [1, 1]
    assert one(bureau, made["id"])["deletedExceptions"] == "2027-02-08"
    bureau.change("RecurringAppointment", made["id"], startTime="2027-01-25T11:00:00Z")
    assert starts(bureau, made["id"]) == ["2027-01-25T10:00", "2027-02-01T08:00"]  # the second one is an exception
    assert {s[11:] for s in starts(bureau, id)} == {"08:00"}
    [refused] = bureau.refused(bureau.answer(SPLIT, id=id, on="2027-01-01"))
    assert refused[:2] == ("RULE_VIOLATED", "series_not_split")


def test_a_series_ends_with_a_day(bureau: Bureau) -> None:
    id = weekly(bureau)
    ids = [o["id"] for o in occurrences(bureau, id)]
    bureau.change("Appointment", ids[9], location="Room 9")
    found = bureau.ask(END, id=id, on="2027-01-11")["endSeries"]["recurringAppointment"]
    assert found == {
        "rule": "FREQ=WEEKLY;UNTIL=20270111T225959Z;BYDAY=MO", "patternEndType": "PATTERN_END_DATE",
        "patternEndDate": "2027-01-11", "expansionState": "FULL", "effectiveEnd": "2027-01-11T08:45:00+00:00",
    }  # fmt: skip
    assert [o["id"] for o in occurrences(bureau, id)] == [*ids[:2], ids[9]]


def test_a_canceled_series_cancels_what_is_to_come(bureau: Bureau) -> None:
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=3")
    first, second, _ = (o["id"] for o in occurrences(bureau, id))
    bureau.change("Appointment", first, state="COMPLETED")
    bureau.change("Appointment", second, state="CANCELED")
    assert one(bureau, id)["deletedExceptions"] == "2027-01-11"
    bureau.change("Appointment", second, state="OPEN")
    assert one(bureau, id)["deletedExceptions"] is None
    bureau.ask("mutation($id: ID!) { cancelActivity(id: $id) { __typename } }", id=id)
    assert [o["state"] for o in occurrences(bureau, id)] == ["COMPLETED", "CANCELED", "CANCELED"]
    assert one(bureau, id)["nextExpansionOn"] is None


def test_a_series_that_is_open_again_opens_what_it_canceled(bureau: Bureau) -> None:
    """What was canceled by itself stays so."""
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=3")
    second = occurrences(bureau, id)[1]["id"]
    bureau.change("Appointment", second, state="CANCELED")
    for action in ("cancelActivity", "reopenActivity"):
        bureau.ask(f"mutation($id: ID!) {{ {action}(id: $id) {{ __typename }} }}", id=id)
    assert [o["state"] for o in occurrences(bureau, id)] == ["OPEN", "CANCELED", "OPEN"]
    assert one(bureau, id)["expansionState"] == "FULL"


def test_statements_do_not_grow_with_occurrences(bureau: Bureau) -> None:
    """Neither where they are made nor where they follow their series; an agenda is one statement."""
    party = {"create": [{"role": "REQUIRED", "name": "Guest"}]}

    def counted(number: int) -> tuple[int, int]:
        before = bureau.database.statements
        id = weekly(bureau, rule=f"FREQ=DAILY;COUNT={number}", parties=party)
        made = bureau.database.statements - before
        before = bureau.database.statements
        bureau.change("RecurringAppointment", id, startTime="2027-01-04T07:00:00Z", location="Room")
        return made, bureau.database.statements - before

    assert counted(100) == counted(200)
    before = bureau.database.statements
    bureau.ask("""query { users(first: 3) { nodes { agenda(from: "2027-01-01T00:00:00Z", to: "2027-02-01T00:00:00Z") {
        totalCount nodes { subject } } overdue { totalCount } reminders { totalCount } } } }""")
    assert bureau.database.statements == before + 1


def test_occurrences_go_to_the_owner_of_their_series(bureau: Bureau) -> None:
    unit = {"id": bureau.create("BusinessUnit", name="Series")}
    user = bureau.create("User", fullName="Heir", email="heir@example.com", businessUnit=unit)
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=3")
    first = occurrences(bureau, id)[0]["id"]
    bureau.change("Appointment", first, state="COMPLETED")
    bureau.ask("mutation($i: AssignInput!) { assign(input: $i) { __typename } }", i={"record": id, "owner": user})
    owners = """query($id: ID!) { appointments(where: {series: {id: {eq: $id}}}, orderBy: [{scheduledStart: ASC}]) {
        nodes { owner { id } } } }"""
    found = [n["owner"] for n in bureau.ask(owners, id=id)["appointments"]["nodes"]]
    assert [o["id"] if o else None for o in found] == [None, user, user]


def test_other_days_move_the_occurrences_that_are_there(bureau: Bureau) -> None:
    """From Mondays to Tuesdays and Fridays: those that were made stay the same records as far as they last."""
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=4")
    ids = [o["id"] for o in occurrences(bureau, id)]
    bureau.change("RecurringAppointment", id, daysOfWeek=["TUESDAY", "FRIDAY"], numberOfOccurrences=6)
    found = occurrences(bureau, id)
    assert [o["id"] for o in found][:4] == ids and len(found) == 6
    assert [o["originalStartDate"] for o in found] == [o["scheduledStart"] for o in found]
    assert starts(bureau, id)[:3] == ["2027-01-05T08:00", "2027-01-08T08:00", "2027-01-12T08:00"]
    bureau.change("RecurringAppointment", id, rule="FREQ=WEEKLY;COUNT=2;BYDAY=MO")
    assert starts(bureau, id) == ["2027-01-04T08:00", "2027-01-11T08:00"]


def test_whole_days_are_days_of_the_series(bureau: Bureau) -> None:
    """From midnight to midnight in Warsaw, twenty-three hours when the clocks change."""
    id = weekly(
        bureau, rule="FREQ=DAILY;COUNT=3", startTime="2027-03-27T00:00:00Z", isAllDay=True, durationMinutes=None
    )
    found = [(o["scheduledStart"][:16], o["scheduledEnd"][:16]) for o in occurrences(bureau, id)]
    assert found == [
        ("2027-03-26T23:00", "2027-03-27T23:00"), ("2027-03-27T23:00", "2027-03-28T22:00"),
        ("2027-03-28T22:00", "2027-03-29T22:00"),
    ]  # fmt: skip
    assert [o["scheduledDurationMinutes"] for o in occurrences(bureau, id)] == [1440, 1380, 1440]
    second = occurrences(bureau, id)[1]["id"]  # moved on its own, in the days of the series
    assert "errors" not in bureau.change("Appointment", second, scheduledStart="2027-04-02T12:00:00Z")
    moved = next(o for o in occurrences(bureau, id) if o["id"] == second)
    assert (moved["scheduledStart"][:16], moved["scheduledEnd"][:16]) == ("2027-04-01T22:00", "2027-04-02T22:00")


async def others_rest(bureau: Bureau) -> None:
    """Series of other tests are not to be carried on."""
    async with bureau.database.transaction() as transaction:
        await transaction.execute("UPDATE recurring_appointment SET next_expansion_on = NULL")


def test_series_are_carried_on_whatever_breaks(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off after every step and begun again, twice at once: each day once, none that was taken out."""
    bureau.run(others_rest(bureau))
    monkeypatch.setattr(plans, "AT_ONCE", 5)
    id = weekly(bureau, rule="FREQ=DAILY", startTime="2026-11-23T09:00:00Z")
    assert len(occurrences(bureau, id)) == 5 and one(bureau, id)["nextExpansionOn"] == NOW.isoformat()
    gone = occurrences(bureau, id)[4]
    bureau.ask("mutation($id: ID!) { deleteAppointment(id: $id) { deletedId } }", id=gone["id"])

    class Broken(Exception):
        pass

    steps = iter(range(1000))
    whole = expansion.make

    async def breaking(*given: Any) -> None:
        await whole(*given)
        if next(steps) % 2 == 0:
            raise Broken

    monkeypatch.setattr(expansion, "make", breaking)

    def carry_on(moment: Any) -> None:
        bureau.run(carry_on_series(bureau.database, bureau.edition.tables, 20, moment))

    for _ in range(50):
        try:
            carry_on(NOW)
        except Broken:
            continue
        break
    monkeypatch.setattr(expansion, "make", whole)
    carry_on(NOW)
    days = [s[:10] for s in starts(bureau, id)]
    first = NOW.date() + timedelta(days=1)
    wanted = [(first + timedelta(days=n)).isoformat() for n in range(20)]
    assert days == [d for d in wanted if d != gone["scheduledStart"][:10]]
    later = NOW + plans.STEP
    carry_on(later - timedelta(minutes=1))
    assert len(starts(bureau, id)) == len(days)

    async def twice() -> None:
        await asyncio.gather(*(carry_on_series(bureau.database, bureau.edition.tables, 20, later) for _ in range(2)))

    bureau.run(twice())
    assert len(starts(bureau, id)) == len(days) + 30
    found = bureau.ask(OCCURRENCES, id=id)["appointments"]["nodes"]
    assert len({o["originalStartDate"] for o in found}) == len(found)
