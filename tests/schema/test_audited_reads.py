"""Who read what, where it is switched on for a record type; and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from graph import ADA, uid
from workshop import Workshop
from world import WORLD

from crmgraph.exporting.formats import FORMATS, Options
from crmgraph.exporting.run import export
from crmgraph.exporting.trail import Trail
from crmgraph.plan.context import Limits
from crmgraph.schema import resolve
from crmgraph.schema.edition import Edition
from crmgraph.schema.exports import Shape, extract_rows
from crmgraph.schema.resolve import Answer, Request, execute
from crmgraph.sql.audit import Kind

pytestmark = pytest.mark.slow

QUERIES = {
    "list": "{ firms(first: 3, orderBy: [{name: ASC}]) { totalCount nodes { revenue name extras } edges { cursor } } }",
    "nothing of it but that it is there": "{ firms(first: 2) { nodes { __typename } } }",
    "lookups": "{ people(orderBy: [{fullName: ASC}]) { nodes { fullName firm { name parent { name } } } } }",
    "kinds": "{ happenings { nodes { id subject regarding { displayName ... on Firm { name } } } } }",
    "one kind": "{ visits { nodes { subject place } } }",
    "timeline": "{ firms(first: 1) { nodes { timeline { nodes { title } } } } }",
    "search": '{ search(text: "a") { nodes { __typename } } }',
    "node": f'{{ node(id: "{uid(101)}") {{ id ... on Firm {{ name }} }} }}',
}


EXPORTS = {
    "own": "{ firms(orderBy: [{name: ASC}]) { nodes { name revenue parent { name } } } }",
    "beside": "{ people(orderBy: [{fullName: ASC}]) { nodes { fullName firm { name } } } }",
    "kinds": "{ happenings { nodes { subject typeLabel regarding { displayName } } } }",
}
FORMATS_TRIED = ("csv", "jsonl")
Plain = dict[tuple[str, ...], list[bytes]]


@pytest.fixture(scope="module")
def unaudited(shop: Callable[[], Workshop]) -> tuple[Workshop, Plain]:
    """Both databases, and all answers before reads are audited."""
    found = shop()
    found.fill(WORLD)
    plain: Plain = {(name,): raw(found, query) for name, query in QUERIES.items()}
    for name in EXPORTS:
        plain |= {
            (name, format): [exported(found, room, name, format) for room in found.rooms] for format in FORMATS_TRIED
        }
    assert entries(found, Kind.READ) == [[], []]
    for name in ("firm", "visit"):
        found.change(f'changeRecordType(input: {{type: "{name}", auditReads: true}})')
    return found, plain


@pytest.fixture
def workshop(unaudited: tuple[Workshop, Plain]) -> Workshop:
    """Nothing was read yet."""
    forget(unaudited[0])
    return unaudited[0]


@pytest.fixture
def plain(unaudited: tuple[Workshop, Plain]) -> Plain:
    return unaudited[1]


def entries(workshop: Workshop, kind: Kind) -> list[list[tuple[str, str, str]]]:
    """What the journals of both databases have of a kind: type, record, operation, sorted."""
    shown = "SELECT record_type, CAST(record_id AS text), operation, CAST(actor_id AS text), CAST(detail AS text)"
    found = []
    for room in workshop.rooms:

        async def rows(room: Any = room) -> list[Any]:
            async with room.database.transaction() as transaction:
                return [tuple(r) for r in await transaction.rows(f"{shown} FROM audit_entry WHERE kind = {int(kind)}")]

        found.append(sorted(workshop.run(rows())))
    return found


def forget(workshop: Workshop) -> None:
    """Nothing was read yet: the test's own way to begin anew."""
    for room in workshop.rooms:

        async def empty(room: Any = room) -> None:
            async with room.database.transaction() as transaction:
                units = f"SELECT unit_id FROM audit_entry WHERE kind = {int(Kind.READ)}"
                await transaction.execute(f"DELETE FROM audit_link WHERE unit_id IN ({units}) AND sequence IS NULL")
                await transaction.execute(f"DELETE FROM audit_entry WHERE kind = {int(Kind.READ)}")

        workshop.run(empty())


def shown_ids(answer: Any, api_name: str) -> set[str]:
    """The ids of the records of a type in an answer whose objects all ask for both."""
    found: set[str] = set()
    if isinstance(answer, dict):
        if answer.get("kind_") == api_name:
            found.add(answer["id_"])
        answer = list(answer.values())
    if isinstance(answer, list):
        for each in answer:
            found |= shown_ids(each, api_name)
    return found


def raw(workshop: Workshop, document: str) -> list[bytes]:
    request = Request(document, None, {}, workshop.caller, True)
    return [workshop.run(room.execute(request)).body for room in workshop.rooms]


def exported(workshop: Workshop, room: Any, name: str, format: str) -> bytes:
    async def work() -> bytes:
        edition = await room.fresh()
        request = Request(EXPORTS[name], None, {}, workshop.caller, False)
        extract = extract_rows(edition, request, Shape(FORMATS[format].columns))
        trail = Trail(room.database, edition.tables, workshop.caller)
        stream = export(room.database, extract, FORMATS[format], Options(), trail=trail)
        return b"".join([piece async for piece in stream])

    found: bytes = workshop.run(work())
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_reads_are_noted_and_the_answer_is_the_same(workshop: Workshop, plain: Plain, name: str) -> None:
    before = plain[(name,)]
    assert before[0] == before[1] and b"errors" not in before[0]
    assert raw(workshop, QUERIES[name]) == before
    sqlite, postgresql = entries(workshop, Kind.READ)
    assert sqlite == postgresql and sqlite, "the same records of the same types"
    assert {actor for _, _, _, actor, _ in sqlite} == {ADA}


@pytest.mark.parametrize("format", FORMATS_TRIED)
@pytest.mark.parametrize("name", EXPORTS)
def test_exports_note_what_they_show(workshop: Workshop, plain: Plain, name: str, format: str) -> None:
    raw(workshop, EXPORTS[name])
    asked = entries(workshop, Kind.READ)
    forget(workshop)
    before = plain[(name, format)]
    assert [exported(workshop, room, name, format) for room in workshop.rooms] == before and before[0] == before[1]
    assert entries(workshop, Kind.READ) == asked, "the same records as a query with these fields shows"
    for noted in entries(workshop, Kind.EXPORT):
        told = [orjson.loads(detail) for *_, detail in noted]
        rows = before[0].count(b"\n") - (format == "csv")
        wanted = {"list": EXPORTS[name][2:].partition("(")[0].partition(" ")[0], "format": format, "rows": rows}
        assert told.count({**wanted, "whole": True}) == 2


def test_every_record_in_the_answer_is_noted(workshop: Workshop) -> None:
    both = "id_: id kind_: __typename"
    document = f"""{{ people {{ nodes {{ {both} firm {{ {both} name parent {{ {both} name }} }} }} }}
      happenings {{ nodes {{ {both} subject regarding {{ {both} displayName }} }} }} }}"""
    answers = raw(workshop, document)
    types = workshop.rooms[0].current.registry.types
    for body, noted in zip(answers, entries(workshop, Kind.READ), strict=True):
        answer = orjson.loads(body)["data"]
        for name in ("firm", "visit"):
            ids = {id for code, id, *_ in noted if code == types[name].code}
            assert ids == shown_ids(answer, types[name].api_name) and ids
        assert len(noted) == len({id for _, id, *_ in noted}), "each record once"


def test_a_value_is_not_taken_for_a_mark(workshop: Workshop) -> None:
    code = workshop.rooms[0].current.registry.type("firm").code
    text = orjson.dumps(f'"#{code}":"{uid(1)}"').decode()
    answers = raw(
        workshop, f'mutation {{ createFirm(input: {{name: "Fake", remarks: {text}}}) {{ firm {{ remarks }} }} }}'
    )
    assert answers[0] == answers[1]
    assert orjson.loads(answers[0])["data"]["createFirm"]["firm"]["remarks"] == orjson.loads(text)


def test_what_a_write_reads_back_is_noted_with_it(workshop: Workshop) -> None:
    workshop.ask('mutation Make { createFirm(input: {name: "Seen"}) { firm { name } } }')
    for room in workshop.rooms:

        async def together(room: Any = room) -> list[Any]:
            text = (
                "SELECT count(*) FROM audit_entry a JOIN event e ON e.unit_id = a.unit_id AND e.record_id = a.record_id"
            )
            async with room.database.transaction() as transaction:
                return await transaction.rows(f"{text} WHERE a.kind = {int(Kind.READ)}")

        assert workshop.run(together())[0][0] == 1


def test_what_is_not_audited_pays_nothing(workshop: Workshop) -> None:
    before = entries(workshop, Kind.READ)
    for room in workshop.rooms:
        count = room.database.statements
        workshop.run(room.execute(Request("{ teams { nodes { name } } }", None, {}, workshop.caller, False)))
        assert room.database.statements == count + 1
    assert entries(workshop, Kind.READ) == before


def test_metadata_tells_it(workshop: Workshop) -> None:
    document = '{ metadata { types(names: ["Firm", "Team"]) { name auditReads } } }'
    answer = workshop.ask(document)
    assert answer["metadata"]["types"] == [
        {"name": "Firm", "auditReads": True},
        {"name": "Team", "auditReads": False},
    ]


def test_a_refused_operation_is_noted(workshop: Workshop) -> None:
    for room in workshop.rooms:
        edition: Edition = replace(room.current, limits=Limits(allow_explain=False))
        request = Request("{ me { id } }", None, {}, workshop.caller, False, {"explain": True})
        answer: Answer = workshop.run(execute(edition, room.database, request))
        assert answer.code == "FORBIDDEN"
    for noted in entries(workshop, Kind.REFUSAL):
        (_, record, _, actor, detail) = noted[-1]
        (error,) = orjson.loads(detail)["errors"]
        assert (record, actor, error["code"]) == (None, ADA, "FORBIDDEN") and error["message"]


def test_what_is_forbidden_within_an_input_is_noted_too(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = {"path": ["input", "name"], "code": "FORBIDDEN", "message": "“Name”"}
    error = {"message": "1", "path": ["f"], "extensions": {"code": "VALIDATION_FAILED", "inputErrors": [problem]}}

    async def answered(*_: Any) -> Answer:
        return Answer(orjson.dumps({"data": None, "errors": [error]}), "data", "VALIDATION_FAILED")

    monkeypatch.setattr(resolve, "answered", answered)
    for room in workshop.rooms:
        workshop.run(execute(room.current, room.database, Request("{ x }", None, {}, workshop.caller, True)))
    for noted in entries(workshop, Kind.REFUSAL):
        told = [e for *_, detail in noted for e in orjson.loads(detail)["errors"] if e["code"] == "VALIDATION_FAILED"]
        assert [e["inputErrors"] for e in told] == [[problem]]
