"""Agendas: what a day brings, what is overdue, of what somebody is reminded; against lists made in Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bureau import NOW, Bureau

pytestmark = pytest.mark.slow

AGENDA = """query($from: DateTime!, $to: DateTime!, $scope: [AgendaScope!], $states: [ActivityState!],
    $kinds: [ActivityKind!], $first: Int, $after: String) { me { agenda(from: $from, to: $to, scope: $scope,
    states: $states, kinds: $kinds, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id subject __typename } } } }"""
DAY = timedelta(days=1)


def iso(moment: datetime) -> str:
    return moment.isoformat()


def subjects(bureau: Bureau, since: datetime, until: datetime, **given: Any) -> list[str]:
    found = bureau.ask(AGENDA, **{"from": iso(since), "to": iso(until), "first": 500, **given})["me"]["agenda"]
    assert found["totalCount"] == len(found["nodes"])
    return [n["subject"] for n in found["nodes"]]


def person(bureau: Bureau, name: str) -> str:
    found = bureau.ask("{ businessUnits(first: 1) { nodes { id } } }")["businessUnits"]["nodes"]
    unit = found[0]["id"] if found else bureau.create("BusinessUnit", name="Agenda")
    email = f"{name}@agenda.example"
    given = {"firstName": "Agenda", "lastName": name, "userName": email, "email": email}
    return bureau.create("User", businessUnit={"id": unit}, **given)


def test_an_agenda_is_what_a_list_in_python_says(bureau: Bureau) -> None:
    """Random tasks, calls and appointments, owned by somebody or with them as guest, short, long, due or undated."""
    chance, me, other = random.Random(7), person(bureau, "random"), person(bureau, "other")
    unit = bureau.ask("{ businessUnits(first: 1) { nodes { id } } }")["businessUnits"]["nodes"][0]["id"]
    team = bureau.create("Team", name="Agenda team", businessUnit={"id": unit}, administrator={"id": me})
    bureau.create("TeamMembership", user={"id": me}, team={"id": team})
    rows: dict[str, list[dict[str, Any]]] = {"task": [], "phone_call": [], "appointment": []}
    told: list[dict[str, Any]] = []
    for number in range(400):
        kind = chance.choice(list(rows))
        start = NOW + timedelta(minutes=chance.randint(-60 * 24 * 40, 60 * 24 * 40))
        length = timedelta(minutes=chance.choice([0, 15, 60, 600, 3 * 24 * 60, 20 * 24 * 60]))
        shape = chance.choice(["both", "both", "start", "end", "none"])
        owner, guest = chance.choice([me, other, team]), chance.choice([me, other, team, None])
        row: dict[str, Any] = {"subject": f"{number}", "owner": {"id": owner}}
        row |= {"scheduled_start": start} if shape in ("both", "start") else {}
        row |= {"scheduled_end": start + length} if shape in ("both", "end") else {}
        if guest is not None:
            row["parties"] = {"create": [{"role": 2 if kind == "phone_call" else 5, "party": {"id": guest}}]}
        state = chance.choice([0, 0, 1, 2])
        row["state"] = state
        rows[kind].append(row)
        told.append({**row, "kind": kind, "guest": guest, "by": owner})
    for kind, some in rows.items():
        bureau.fill(kind, some)

    def expected(since: datetime, until: datetime, states: set[int], whose: set[str], guests: set[str]) -> list[str]:
        found = []
        for row in told:
            start, end = row.get("scheduled_start"), row.get("scheduled_end")
            place = start or end
            if place is None or row["state"] not in states or not (row["by"] in whose or row["guest"] in guests):
                continue
            if place < until and (place >= since or (end is not None and end > since)):
                found.append((place, row["subject"]))
        return sorted(s for _, s in found)

    with bureau.by(me):
        for _ in range(8):
            since = NOW + timedelta(hours=chance.randint(-900, 900))
            until = since + timedelta(hours=chance.choice([1, 24, 24 * 7, 24 * 60]))
            assert sorted(subjects(bureau, since, until)) == expected(since, until, {0, 3}, {me}, {me})
            own = subjects(bureau, since, until, scope=["OWN"], states=["COMPLETED", "OPEN"])
            assert sorted(own) == expected(since, until, {0, 1}, {me}, set())
            teams = subjects(bureau, since, until, scope=["TEAMS"])
            assert sorted(teams) == expected(since, until, {0, 3}, {team}, {team})
        since, until = NOW - 50 * DAY, NOW + 90 * DAY
        every = subjects(bureau, since, until)
        places = {r["subject"]: r.get("scheduled_start") or r.get("scheduled_end") for r in told}
        assert [places[s] for s in every] == sorted(places[s] for s in every)
        paged: list[str] = []
        after = None
        while True:
            given = {"from": iso(since), "to": iso(until), "first": 17, "after": after}
            page = bureau.ask(AGENDA, **given)["me"]["agenda"]
            paged += [n["subject"] for n in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        assert paged == every
        calls = subjects(bureau, since, until, kinds=["PHONE_CALL"])
        assert set(calls) == {s for s in every if next(r for r in told if r["subject"] == s)["kind"] == "phone_call"}
        late = bureau.ask("{ me { overdue(first: 500) { nodes { subject } } } }")["me"]["overdue"]["nodes"]
        past = {
            r["subject"] for r in told
            if r["state"] == 0 and me in (r["by"], r["guest"])
            and (d := r.get("scheduled_end") or r.get("scheduled_start")) and d < NOW
        }  # fmt: skip
        assert {n["subject"] for n in late} == past


def test_whole_days_come_first_and_are_days_where_they_were_written(bureau: Bureau) -> None:
    me = person(bureau, "days")
    with bureau.by(me):
        midnight = datetime(2026, 12, 1, tzinfo=UTC)
        made = {"isAllDay": True, "scheduledStart": iso(midnight + timedelta(hours=9))}
        timed = bureau.create("Appointment", subject="At midnight", scheduledStart=iso(midnight))
        bureau.create("Appointment", subject="All day", **made)
        bureau.create("Task", subject="Due", scheduledEnd=iso(midnight + timedelta(hours=8)))
        assert subjects(bureau, midnight, midnight + DAY) == ["All day", "At midnight", "Due"]
        assert subjects(bureau, midnight - DAY, midnight) == []
        assert subjects(bureau, midnight + DAY, midnight + 2 * DAY) == []
        assert subjects(bureau, midnight + timedelta(hours=20), midnight + DAY) == ["All day"]
        assert "errors" not in bureau.change("Appointment", timed, state="CANCELED")
        assert subjects(bureau, midnight, midnight + DAY) == ["All day", "Due"]


def test_reminders_are_dismissed_and_put_off(bureau: Bureau) -> None:
    """By each for themselves; a reminder that moves with its appointment is a new one."""
    me, guest = person(bureau, "owner"), person(bureau, "guest")
    reminders = "query($b: DateTime) { me { reminders(until: $b) { nodes { subject remindOn } } } }"

    def of(user: str, minute: int) -> list[str]:
        with bureau.by(user):
            found = bureau.ask(reminders, b=iso(NOW + timedelta(minutes=minute)))["me"]["reminders"]["nodes"]
            return [n["subject"] for n in found]

    party = {"role": "REQUIRED", "party": {"user": {"id": guest}}}
    with bureau.by(me):
        id = bureau.create(
            "Appointment", subject="Soon", scheduledStart=iso(NOW + timedelta(minutes=60)), reminderMinutes=15,
            parties={"create": [party]},
        )  # fmt: skip
        bureau.create("Task", subject="Some day", remindOn=iso(NOW + timedelta(minutes=50)))
    assert (of(me, 40), of(me, 45), of(me, 50)) == ([], ["Soon"], ["Soon", "Some day"])
    assert of(guest, 45) == ["Soon"]
    with bureau.by(me):
        bureau.ask("mutation($r: ID!) { dismissReminder(input: {record: $r}) { record { id } } }", r=id)
    snooze = "mutation($r: ID!, $u: DateTime!) { snoozeReminder(input: {record: $r, until: $u}) { record { id } } }"
    with bureau.by(guest):
        bureau.ask(snooze, r=id, u=iso(NOW + timedelta(minutes=55)))
    assert (of(me, 55), of(guest, 50), of(guest, 55)) == (["Some day"], [], ["Soon"])
    assert "errors" not in bureau.change("Appointment", id, scheduledStart=iso(NOW + timedelta(minutes=90)))
    assert (of(me, 70), of(me, 75), of(guest, 75)) == (["Some day"], ["Some day", "Soon"], ["Soon"])
    assert "errors" not in bureau.change("Appointment", id, state="COMPLETED")
    assert of(guest, 75) == []


def test_a_summary_tells_what_is_due_next(bureau: Bureau) -> None:
    account = bureau.create("Account", name="Due")
    about = {"regarding": {"account": {"id": account}}}
    document = """query($id: ID!) { account(id: $id) { timelineSummary { overdue nextDue { subject } }
        timeline { nodes { title } } } }"""
    assert bureau.ask(document, id=account)["account"]["timelineSummary"] == {"overdue": 0, "nextDue": None}
    bureau.create("Task", subject="Late", scheduledEnd=iso(NOW - DAY), **about)
    bureau.create("Task", subject="Later", scheduledEnd=iso(NOW + 9 * DAY), **about)
    done = bureau.create("Task", subject="Done", scheduledEnd=iso(NOW + DAY), **about)
    assert "errors" not in bureau.change("Task", done, state="COMPLETED")
    bureau.create(
        "RecurringAppointment", subject="Round", startTime="2026-11-23T12:00:00Z", rule="FREQ=WEEKLY", **about,
    )  # fmt: skip
    found = bureau.ask(document, id=account)["account"]
    assert found["timelineSummary"] == {"overdue": 1, "nextDue": {"subject": "Round"}}
    titles = [n["title"] for n in found["timeline"]["nodes"]]
    assert sorted(titles) == ["Done", "Late", "Later", "Round"]  # the series; its occurrences once they begin
    with bureau.at(60 * 24 * 10):
        titles = [n["title"] for n in bureau.ask(document, id=account)["account"]["timeline"]["nodes"]]
        assert titles.count("Round") == 3
