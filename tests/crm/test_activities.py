"""Activities: what is done stays as it was, their parties are theirs, their dates follow their states."""

from __future__ import annotations

import pytest
from bureau import Bureau

pytestmark = pytest.mark.slow

CALL = "query($id: ID!) { phoneCall(id: $id) { subject state actualEnd sortDate parties { nodes { id role name } } } }"
LOCKED = ("LOCKED", "record_locked")


def test_what_is_completed_is_not_changed(bureau: Bureau) -> None:
    """Neither its fields nor its parties, but what it regards may be; reopened it may be changed again."""
    account = bureau.create("Account", name="Locked")
    id = bureau.create("PhoneCall", subject="Call", parties={"create": [{"role": "TO", "name": "Jan"}]})
    closing = bureau.change("PhoneCall", id, state="COMPLETED", statusReason="MADE", subject="Called")
    assert "errors" not in closing
    call = bureau.ask(CALL, id=id)["phoneCall"]
    assert (call["subject"], call["state"], call["actualEnd"]) == ("Called", "COMPLETED", "2026-11-22T09:30:00+00:00")
    party = call["parties"]["nodes"][0]["id"]
    before = bureau.rows()
    faults = [
        ({"subject": "Other"}, ["input", "subject"]),
        ({"statusReason": "RECEIVED", "direction": "INCOMING"}, ["input", "direction"]),
        ({"parties": {"create": [{"role": "SENDER"}]}}, ["input", "parties", "create", 0]),
        (
            {"parties": {"update": [{"id": party, "input": {"role": "SENDER"}}]}},
            ["input", "parties", "update", 0, "input"],
        ),
        ({"parties": {"delete": [{"id": party}]}}, ["input", "parties", "delete", 0]),
    ]
    for given, path in faults:
        assert bureau.refused(bureau.change("PhoneCall", id, **given)) == [(*LOCKED, path)]
    assert bureau.rows() == before
    assert "errors" not in bureau.change("PhoneCall", id, regarding={"account": {"id": account}})
    assert "errors" not in bureau.change("PhoneCall", id, state="OPEN", subject="Again")
    call = bureau.ask(CALL, id=id)["phoneCall"]
    assert (call["subject"], call["actualEnd"]) == ("Again", None)
    assert "errors" not in bureau.change("PhoneCall", id, parties={"delete": [{"id": party}]})
    assert bureau.ask(CALL, id=id)["phoneCall"]["parties"]["nodes"] == []


def test_parties_of_another_activity_are_not_ones_own(bureau: Bureau) -> None:
    """Whoever changes an activity changes its parties alone."""
    ids = [bureau.create("Task", subject=s, parties={"create": [{"role": "OWNER"}]}) for s in ("One", "Two")]
    document = "query($id: ID!) { task(id: $id) { parties { nodes { id } } } }"
    other = bureau.ask(document, id=ids[1])["task"]["parties"]["nodes"][0]["id"]
    for given in ({"delete": [{"id": other}]}, {"update": [{"id": other, "input": {"role": "TO"}}]}):
        [(code, _, path)] = bureau.refused(bureau.change("Task", ids[0], parties=given))
        assert (code, path[:2]) == ("NOT_CONNECTED", ["input", "parties"])
