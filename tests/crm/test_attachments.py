"""Attachments: files that are parts of an activity, with what is told of them; and a note's own file."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import pytest
from bureau import Bureau

pytestmark = pytest.mark.slow

MAKE = """mutation($i: CreateEmailInput!) { createEmail(input: $i) { email { id
  attachments(orderBy: [{position: ASC}]) { totalCount nodes {
    id fileName mimeType fileSize contentId isInline file { name size sha256 url } } } } } }"""
CHANGE = """mutation($id: ID!, $i: UpdateEmailInput!) { updateEmail(id: $id, input: $i) { email { version
  attachments(orderBy: [{position: ASC}]) { nodes { fileName mimeType fileSize file { name } } } } } }"""


def file(name: str, content: bytes = b"x", **more: Any) -> dict[str, Any]:
    return {"name": name, "content": base64.b64encode(content).decode(), **more}


def make(bureau: Bureau, *attachments: dict[str, Any]) -> Any:
    given = {"subject": "Offer", "attachments": {"create": list(attachments)}}
    return bureau.ask(MAKE, i=given)["createEmail"]["email"]


def test_an_email_has_any_number_of_files(bureau: Bureau) -> None:
    image = {
        "file": file("logo.png", b"P", mimeType="image/png"),
        "contentId": "logo@x",
        "isInline": True,
        "position": 2,
    }
    email = make(bureau, {"file": file("offer.pdf", b"%PDF", mimeType="application/pdf"), "position": 1}, image)
    first, second = email["attachments"]["nodes"]
    assert email["attachments"]["totalCount"] == 2
    assert (first["fileName"], first["mimeType"], first["fileSize"]) == ("offer.pdf", "application/pdf", "4")
    assert first["file"] == {
        "name": "offer.pdf", "size": 4, "sha256": sha256(b"%PDF").hexdigest(), "url": f"/files/{first['id']}/file"
    }  # fmt: skip
    assert (second["contentId"], second["isInline"]) == ("logo@x", True)
    found = bureau.ask('{ emails(where: {attachments: {some: {fileName: {eq: "logo.png"}}}}) { nodes { id } } }')
    assert email["id"] in [n["id"] for n in found["emails"]["nodes"]]
    activity = bureau.ask(
        "query($id: ID!) { node(id: $id) { ... on Activity { attachments { totalCount } } } }", id=email["id"]
    )
    assert activity["node"]["attachments"]["totalCount"] == 2


def test_they_are_written_through_their_activity(bureau: Bureau) -> None:
    fields = bureau.ask("{ __schema { mutationType { fields { name } } } }")["__schema"]["mutationType"]["fields"]
    assert not {f["name"] for f in fields} & {"createAttachment", "updateAttachment", "deleteAttachment"}
    email = make(bureau, {"file": file("a.txt"), "position": 1}, {"file": file("b.txt"), "position": 2})
    a, b = (n["id"] for n in email["attachments"]["nodes"])
    parts = {
        "update": [{"id": a, "input": {"file": file("new.csv", b"1;2", mimeType="text/csv")}}],
        "delete": [{"id": b}],
    }
    done = bureau.ask(CHANGE, id=email["id"], i={"attachments": parts})["updateEmail"]["email"]
    assert done["attachments"]["nodes"] == [
        {"fileName": "new.csv", "mimeType": "text/csv", "fileSize": "3", "file": {"name": "new.csv"}}
    ]
    parts = {
        "update": [{"id": a, "input": {"fileName": "Shown.csv", "file": file("new.csv", b"1;2", mimeType="text/csv")}}]
    }
    done = bureau.ask(CHANGE, id=email["id"], i={"attachments": parts})["updateEmail"]["email"]
    assert done["attachments"]["nodes"][0]["fileName"] == "Shown.csv", "a name that is given stays"
    wrong = bureau.answer(MAKE, i={"subject": "S", "attachments": {"create": [{"position": 1}]}})
    assert bureau.refused(wrong) == [("REQUIRED", None, ["input", "attachments", "create", 0, "file"])]
    for two in ({"content": "QQ==", "upload": "x"}, {"name": "x"}):
        wrong = bureau.answer(MAKE, i={"subject": "S", "attachments": {"create": [{"file": {"name": "n", **two}}]}})
        assert bureau.refused(wrong) == [("WRONG_FORMAT", None, ["input", "attachments", "create", 0, "file"])]


def test_a_completed_activity_locks_them(bureau: Bureau) -> None:
    email = make(bureau, {"file": file("a.txt"), "position": 1})
    a = email["attachments"]["nodes"][0]["id"]
    assert "errors" not in bureau.change("Email", email["id"], state="COMPLETED")
    for parts in (
        {"create": [{"file": file("b")}]},
        {"update": [{"id": a, "input": {"file": file("b")}}]},
        {"delete": [{"id": a}]},
    ):
        [(code, rule, path)] = bureau.refused(bureau.change("Email", email["id"], attachments=parts))
        assert (code, rule, path[:2]) == ("LOCKED", "record_locked", ["input", "attachments"])


@pytest.mark.parametrize("kind", ["Appointment", "Task", "PhoneCall"])
def test_every_activity_may_have_them(bureau: Bureau, kind: str) -> None:
    given: dict[str, Any] = {"subject": "S", "attachments": {"create": [{"file": file("a.txt")}]}}
    if kind == "Appointment":
        given |= {"scheduledStart": "2026-11-23T10:00:00Z", "scheduledEnd": "2026-11-23T11:00:00Z"}
    id = bureau.create(kind, **given)
    names = bureau.ask(
        "query($id: ID!) { node(id: $id) { ... on Activity { attachments { nodes { fileName } } } } }", id=id
    )
    assert names["node"]["attachments"]["nodes"] == [{"fileName": "a.txt"}]


def test_deleting_the_activity_takes_them_along(bureau: Bureau) -> None:
    email = make(bureau, {"file": file("a.txt", b"along")})
    a = email["attachments"]["nodes"][0]["id"]
    bureau.ask("mutation($id: ID!) { deleteEmail(id: $id) { deletedId } }", id=email["id"])
    assert bureau.ask("query($id: ID!) { node(id: $id) { id } }", id=a) == {"node": None}
    bureau.ask("mutation($id: ID!) { restoreEmail(id: $id) { email { id } } }", id=email["id"])
    assert bureau.ask("query($id: ID!) { node(id: $id) { id } }", id=a) == {"node": {"id": a}}
    assert bureau.run(bureau.database.store.read(sha256(b"along").hexdigest())) == b"along"


def test_many_cost_no_more_statements_than_a_few(bureau: Bureau) -> None:
    def statements(count: int) -> int:
        before = bureau.database.statements
        make(bureau, *({"file": file(f"{i}.txt", b"%d" % (i + count))} for i in range(count)))
        return int(bureau.database.statements - before)

    assert statements(9) == statements(2)
