"""Series of appointments: clocks that change, occurrences moved, done, canceled and deleted, the rest following."""

from __future__ import annotations

from typing import Any

import pytest
from bureau import Bureau

pytestmark = pytest.mark.slow

OCCURRENCES = """query($id: ID!) { appointments(where: {series: {id: {eq: $id}}}, first: 500,
    orderBy: [{originalStartDate: ASC}]) { nodes {
        id subject state instanceType scheduledStart scheduledEnd originalStartDate scheduledDurationMinutes isAllDay
        parties { nodes { role name party { id } } } } } }"""
SERIES = """query($id: ID!) { recurringAppointment(id: $id) { rule recurrencePattern interval daysOfWeek patternEndType
    patternEndDate numberOfOccurrences startTime endTime durationMinutes timeZone scheduledStart effectiveEnd
    expansionState nextExpansionOn deletedExceptions version } }"""


def weekly(bureau: Bureau, **given: Any) -> str:
    """A meeting on Mondays at nine in Warsaw, from January 4, 2027."""
    plain = {
        "subject": "Round",
        "timeZone": "Europe/Warsaw",
        "startTime": "2027-01-04T09:00:00Z",
        "durationMinutes": 45,
    }
    return bureau.create("RecurringAppointment", **{**plain, **given})


def occurrences(bureau: Bureau, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bureau.ask(OCCURRENCES, id=id)["appointments"]["nodes"]
    return found


def starts(bureau: Bureau, id: str) -> list[str]:
    return [o["scheduledStart"][:16] for o in occurrences(bureau, id)]


def test_nine_o_clock_stays_nine_o_clock(bureau: Bureau) -> None:
    """Every Monday, across both changes of the clock: 8:00 UTC in winter, 7:00 in summer; each of the same length."""
    id = weekly(bureau)
    found = {s[:10]: s[11:] for s in starts(bureau, id)}
    assert len(found) == 47  # until a year from now
    assert (found["2027-03-22"], found["2027-03-29"]) == ("08:00", "07:00")  # clocks changed on March 28
    assert (found["2027-10-25"], found["2027-11-01"]) == ("07:00", "08:00")  # and back on October 31
    every = occurrences(bureau, id)
    assert {o["scheduledDurationMinutes"] for o in every} == {45}
    assert {(o["instanceType"], o["originalStartDate"] == o["scheduledStart"]) for o in every} == {
        ("RECURRING_INSTANCE", True)
    }
    series = bureau.ask(SERIES, id=id)["recurringAppointment"]
    assert (series["rule"], series["endTime"][11:16], series["expansionState"]) == (
        "FREQ=WEEKLY;BYDAY=MO", "09:45", "PARTIAL",
    )  # fmt: skip
    assert series["scheduledStart"] == "2027-01-04T08:00:00+00:00"


def test_one_is_moved_one_done_and_the_series_goes(bureau: Bureau) -> None:
    """The series moves to ten o'clock: what was moved by hand stays; deleted, it leaves what was done."""
    id = weekly(bureau, rule="FREQ=WEEKLY;COUNT=5")
    first, second, third, fourth, fifth = (o["id"] for o in occurrences(bureau, id))
    assert "errors" not in bureau.change("Appointment", second, scheduledStart="2027-01-12T12:00:00Z")
    assert "errors" not in bureau.change("Appointment", first, state="COMPLETED")
    bureau.ask("mutation($id: ID!) { deleteAppointment(id: $id) { deletedId } }", id=fourth)
    assert "errors" not in bureau.change("RecurringAppointment", id, startTime="2027-01-04T10:00:00Z", subject="Ten")
    found = {o["id"]: o for o in occurrences(bureau, id)}
    assert set(found) == {first, second, third, fifth}
    kinds = [found[x]["instanceType"] for x in (first, second, third, fifth)]
    assert kinds == ["RECURRING_INSTANCE", "RECURRING_EXCEPTION", "RECURRING_INSTANCE", "RECURRING_INSTANCE"]
    moments = [found[x]["scheduledStart"][:16] for x in (first, second, third, fifth)]
    assert moments == ["2027-01-04T08:00", "2027-01-12T12:00", "2027-01-18T09:00", "2027-02-01T09:00"]
    assert (found[second]["scheduledEnd"][:16], found[second]["subject"], found[third]["subject"]) == (
        "2027-01-12T12:45", "Round", "Ten",
    )  # fmt: skip
    series = bureau.ask(SERIES, id=id)["recurringAppointment"]
    assert series["deletedExceptions"] == "2027-01-25"
    bureau.ask("mutation($id: ID!) { deleteRecurringAppointment(id: $id) { deletedId } }", id=id)
    left = bureau.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Appointment { id state instanceType series { id } } } }",
        ids=[first, second, third, fifth],
    )["nodes"]
    assert left == [
        {"id": first, "state": "COMPLETED", "instanceType": "NOT_RECURRING", "series": None}, None, None, None,
    ]  # fmt: skip


def test_who_takes_part_takes_part_in_each(bureau: Bureau) -> None:
    """Parties of the series, and their changes; one occurrence with guests of its own is an exception."""
    anna, jan = (bureau.create("Contact", lastName=n) for n in ("Anna", "Jan"))
    guest = {"role": "REQUIRED", "party": {"contact": {"id": anna}}}
    id = weekly(bureau, rule="FREQ=DAILY;COUNT=3", parties={"create": [guest, {"role": "OPTIONAL", "name": "Guest"}]})
    every = occurrences(bureau, id)
    for one in every:
        told = {(p["role"], (p["party"] or {}).get("id")) for p in one["parties"]["nodes"]}
        assert told == {("OPTIONAL", None), ("REQUIRED", anna)}
    more = {"create": [{"role": "OPTIONAL", "party": {"contact": {"id": jan}}}]}
    assert "errors" not in bureau.change("Appointment", every[0]["id"], parties=more)
    assert "errors" not in bureau.change("RecurringAppointment", id, parties=more)
    found = occurrences(bureau, id)
    assert [len(o["parties"]["nodes"]) for o in found] == [3, 3, 3]
    assert [o["instanceType"] for o in found] == ["RECURRING_EXCEPTION", "RECURRING_INSTANCE", "RECURRING_INSTANCE"]
    parties = "query($id: ID!) { recurringAppointment(id: $id) { parties { nodes { id party { id } } } } }"
    [gone] = [
        p["id"]
        for p in bureau.ask(parties, id=id)["recurringAppointment"]["parties"]["nodes"]
        if (p["party"] or {}).get("id") == anna
    ]
    assert "errors" not in bureau.change("RecurringAppointment", id, parties={"delete": [{"id": gone}]})
    assert [len(o["parties"]["nodes"]) for o in occurrences(bureau, id)] == [3, 2, 2]
