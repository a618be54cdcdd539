"""Activities completed, canceled, opened again and converted; their dates agree with each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bureau import NOW, Bureau

pytestmark = pytest.mark.slow

DONE = """mutation($id: ID!, $i: CompleteActivityInput) { completeActivity(id: $id, input: $i) { activity {
    __typename state actualStart actualEnd actualDurationMinutes ... on PhoneCall { statusReason } } } }"""
DATES = """query($id: ID!) { task(id: $id) { scheduledStart scheduledEnd scheduledDurationMinutes
    reminderMinutes remindOn sortDate } }"""
TEN, ELEVEN = "2026-12-01T10:00:00+00:00", "2026-12-01T11:00:00+00:00"


def test_of_start_end_and_duration_the_third_follows(bureau: Bureau) -> None:
    def dates(id: str) -> tuple[Any, ...]:
        found = bureau.ask(DATES, id=id)["task"]
        return tuple(found[n] for n in ("scheduledStart", "scheduledEnd", "scheduledDurationMinutes"))

    made = {"scheduledStart": TEN, "scheduledEnd": ELEVEN, "scheduledDurationMinutes": 60}
    for missing in made:
        given = {n: v for n, v in made.items() if n != missing}
        assert dates(bureau.create("Task", subject="Two", **given)) == (TEN, ELEVEN, 60)
    id = bureau.create("Task", subject="All", **made, reminderMinutes=30)
    bureau.change("Task", id, scheduledStart=ELEVEN)
    assert dates(id) == (ELEVEN, "2026-12-01T12:00:00+00:00", 60)
    assert bureau.ask(DATES, id=id)["task"]["remindOn"] == "2026-12-01T10:30:00+00:00"
    bureau.change("Task", id, scheduledDurationMinutes=15)
    assert dates(id) == (ELEVEN, "2026-12-01T11:15:00+00:00", 15)
    bureau.change("Task", id, scheduledEnd=None)
    assert dates(id) == (ELEVEN, None, None)
    before = bureau.rows()
    faults = [
        ({"scheduledEnd": TEN}, ("BEFORE_START", "activity_ends_before_start", ["input", "scheduledEnd"])),
        (
            {"scheduledEnd": "2026-12-01T12:00:00Z", "scheduledDurationMinutes": 61},
            ("DIFFERS", "activity_duration_differs", ["input", "scheduledDurationMinutes"]),
        ),
    ]
    for given, fault in faults:
        assert bureau.refused(bureau.change("Task", id, **given)) == [fault]
    assert bureau.rows() == before


def test_an_activity_is_completed_once(bureau: Bureau) -> None:
    """With the reason that is asked for; what is canceled or done is refused, opened again it is not."""
    id = bureau.create("PhoneCall", subject="Call", actualStart="2026-11-22T09:00:00Z")
    wrong = bureau.answer(DONE, id=id, i={"statusReason": "SENT"})
    assert bureau.refused(wrong) == [("WRONG_STATE_REASON", None, ["input", "statusReason"])]
    done = bureau.ask(DONE, id=id, i={"statusReason": "RECEIVED"})["completeActivity"]["activity"]
    assert done == {
        "__typename": "PhoneCall", "state": "COMPLETED", "statusReason": "RECEIVED",
        "actualStart": "2026-11-22T09:00:00+00:00", "actualEnd": "2026-11-22T09:30:00+00:00",
        "actualDurationMinutes": 30,
    }  # fmt: skip
    assert bureau.refused(bureau.answer(DONE, id=id)) == [("RULE_VIOLATED", "activity_not_open", ["completeActivity"])]
    reopen = "mutation($id: ID!) { reopenActivity(id: $id) { activity { state actualEnd actualDurationMinutes } } }"
    found = bureau.ask(reopen, id=id)["reopenActivity"]["activity"]
    assert found == {"state": "OPEN", "actualEnd": None, "actualDurationMinutes": None}
    assert bureau.refused(bureau.answer(reopen, id=id)) == [
        ("RULE_VIOLATED", "activity_not_closed", ["reopenActivity"])
    ]
    cancel = "mutation($id: ID!) { cancelActivity(id: $id) { activity { state } } }"
    assert bureau.ask(cancel, id=id)["cancelActivity"]["activity"] == {"state": "CANCELED"}
    other = bureau.create("Appointment", subject="Free")
    scheduled = """mutation($id: ID!) { a: cancelActivity(id: $id) { activity { state } }
        b: reopenActivity(id: $id, input: {statusReason: "BUSY"}) { activity { state } } }"""
    assert bureau.ask(scheduled, id=other)["b"]["activity"] == {"state": "SCHEDULED"}
    several = "mutation($ids: [ID!]!) { completeActivities(input: {ids: $ids}) { affectedCount } }"
    some = [bureau.create("Task", subject="One"), bureau.create("Letter", subject="Two"), other]
    assert bureau.ask(several, ids=some)["completeActivities"] == {"affectedCount": 3}
    fresh = bureau.create("Task", subject="Three")
    [(code, rule, _)] = bureau.refused(bureau.answer(several, ids=[fresh, some[0]]))
    assert (code, rule) == ("RULE_VIOLATED", "activity_not_open")
    assert bureau.ask("query($id: ID!) { task(id: $id) { state } }", id=fresh)["task"]["state"] == "OPEN"


def test_completing_is_where_a_timeline_shows_it(bureau: Bureau) -> None:
    """By its due date while it is open, then where it was done; a date that somebody gave stays."""
    plain = bureau.create("Task", subject="Plain", scheduledEnd=TEN)
    given = bureau.create("Task", subject="Given", scheduledEnd=TEN, sortDate=ELEVEN)
    assert [bureau.ask(DATES, id=i)["task"]["sortDate"] for i in (plain, given)] == [TEN, ELEVEN]
    with bureau.at(60):
        for id in (plain, given):
            bureau.ask(DONE, id=id)
    moment = (NOW + timedelta(hours=1)).isoformat()
    assert [bureau.ask(DATES, id=i)["task"]["sortDate"] for i in (plain, given)] == [moment, ELEVEN]


def test_a_call_becomes_an_opportunity(bureau: Bureau) -> None:
    account = bureau.create("Account", name="Convert")
    contact = bureau.create("Contact", lastName="Kowalska", account={"id": account})
    party = {"create": [{"role": "TO", "party": {"contact": {"id": contact}}}]}
    id = bureau.create("PhoneCall", subject="New shelves", description="Forty.", parties=party)
    made = bureau.ask(
        """mutation($id: ID!) { convertActivityToOpportunity(id: $id) { opportunity { id name description
            customer { id } account { id } contact { id } } } }""", id=id,
    )["convertActivityToOpportunity"]["opportunity"]  # fmt: skip
    assert made == {
        "id": made["id"], "name": "New shelves", "description": "Forty.", "customer": {"id": contact},
        "account": {"id": account}, "contact": {"id": contact},
    }  # fmt: skip
    call = bureau.ask("query($id: ID!) { phoneCall(id: $id) { state regarding { id } } }", id=id)["phoneCall"]
    assert call == {"state": "COMPLETED", "regarding": {"id": made["id"]}}


def test_a_case_is_for_a_customer(bureau: Bureau) -> None:
    """Whom the activity regards, directly or through a deal; without one it is refused and nothing is written."""
    account = bureau.create("Account", name="Case")
    deal = bureau.create("Opportunity", name="Deal", customer={"account": {"id": account}})
    convert = """mutation($id: ID!, $i: ConvertActivityToCaseInput) { convertActivityToCase(id: $id, input: $i) {
        case { title customer { id } origin } } }"""
    id = bureau.create("PhoneCall", subject="Broken", regarding={"opportunity": {"id": deal}})
    made = bureau.ask(convert, id=id, i={"complete": False})["convertActivityToCase"]["case"]
    assert made == {"title": "Broken", "customer": {"id": account}, "origin": "PHONE"}
    assert bureau.ask("query($id: ID!) { phoneCall(id: $id) { state } }", id=id)["phoneCall"]["state"] == "OPEN"
    alone = bureau.create("Task", subject="Alone")
    before = bureau.rows()
    refused = bureau.refused(bureau.answer(convert, id=alone))
    assert refused == [("RULE_VIOLATED", "activity_without_customer", ["convertActivityToCase"])]
    assert bureau.rows() == before
    given = bureau.ask(convert, id=alone, i={"customer": account, "title": "Named"})["convertActivityToCase"]["case"]
    assert given == {"title": "Named", "customer": {"id": account}, "origin": None}


def test_a_lead_is_made_of_a_stranger(bureau: Bureau) -> None:
    """An e-mail from somebody unknown: name and address are the sender's."""
    sender = {"role": "SENDER", "unresolvedName": "Zofia Nowak", "addressUsed": "zofia@unknown.example"}
    id = bureau.create("Email", subject="Interested", parties={"create": [{**sender, "isUnresolved": True}]})
    convert = """mutation($id: ID!) { convertActivityToLead(id: $id) { lead { topic firstName lastName email } } }"""
    assert bureau.ask(convert, id=id)["convertActivityToLead"]["lead"] == {
        "topic": "Interested", "firstName": "Zofia", "lastName": "Nowak", "email": "zofia@unknown.example",
    }  # fmt: skip
    assert bureau.ask("query($id: ID!) { email(id: $id) { state } }", id=id)["email"]["state"] == "COMPLETED"
    nobody = bureau.create("Task", subject="Nobody")
    refused = bureau.refused(bureau.answer(convert, id=nobody))
    assert refused == [("RULE_VIOLATED", "activity_without_person", ["convertActivityToLead"])]
