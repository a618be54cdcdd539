"""Rows over HTTP: what Accept asks for, what is refused, and streams that end early on either side."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graph import ADA, Both

from crmgraph.security.principal import Principal, trusted
from crmgraph.server import exports
from crmgraph.server.app import create_app
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.exports import asks_for_rows, send_rows, wanted_from_accept
from crmgraph.server.refusals import Refusal
from crmgraph.settings import Settings

QUERY = "query Names($most: Money) { firms(first: 1, orderBy: [{name: ASC}], where: {revenue: {lte: $most}}) %s }"
NODES = "{ nodes { name warmth } }"


class ToyEngine(DatabaseEngine):
    """The toy model's users have no time zone."""

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal:  # type: ignore[override]
        return trusted(ADA)


def ask(both: Both, accept: str, selection: str = NODES, *, same: bool = True, **more: Any) -> httpx.Response:
    """The response of a server over each database; they are the same."""
    responses = []
    for graph in both.graphs:

        async def work(graph: Any = graph) -> httpx.Response:
            app = create_app(
                Settings(anonymous_user="ada@example.com"), ToyEngine(graph.edition, graph.database, Path())
            )
            transport = httpx.ASGITransport(app)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client,
            ):
                body = {"query": QUERY % selection, "variables": {"most": "300.10"}, **more}
                if "get" in body:
                    return await client.get("/graphql", params={"query": body["get"]}, headers={"accept": accept})
                return await client.post("/graphql", json=body, headers={"accept": accept})

        responses.append(graph.run(work()))
    for response in responses:
        assert response.headers.pop("x-request-id")
    assert responses[0].headers == responses[1].headers
    assert not same or responses[0].content == responses[1].content
    return responses[0]


def test_a_list_is_streamed_as_csv(both: Both) -> None:
    response = ask(both, "text/csv")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="firms.csv"'
    assert response.headers["cache-control"] == "no-store" and "content-length" not in response.headers
    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    assert rows[0] == ["name", "warmth"] and [row[0] for row in rows[1:]] == ["angel", "Łódź", "nandu", "ñandú"]


def test_accept_says_how_a_file_is_written(both: Both) -> None:
    accept = "text/csv; header=labels; values=labels; locale=de; delimiter=semicolon; bom=true"
    assert ask(both, accept).content.decode().splitlines()[:2] == ["\ufeffName;Wärme", "angel;Kalt"]
    lines = ask(both, "application/x-ndjson, application/json;q=0.5")
    assert lines.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert json.loads(lines.text.splitlines()[0]) == {"name": "angel", "warmth": "COLD"}
    book = ask(both, XLSX, same=False)
    assert book.content[:2] == b"PK" and book.headers["content-type"] == XLSX


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_by_get_too(both: Both) -> None:
    response = ask(both, "application/jsonl", get='{ firms(where: {name: {eq: "angel"}}) { nodes { name } } }')
    assert response.text == '{"name":"angel"}\n'


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"text/csv", True),
        (b"application/json, text/csv", False),
        (b"text/csv, application/json", False),
        (b"text/csv, */*", True),
        (b"application/json;q=0.9, text/csv", True),
        (b"text/csv;q=0", False),
        (b"*/*", False),
        (b"text/*", False),
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        (b"text/csv;q=x", False),
        (None, False),
    ],
)
def test_rows_come_only_to_who_asks_for_them(accept: bytes | None, expected: bool) -> None:
    assert asks_for_rows(accept) is expected


@pytest.mark.parametrize(
    ("accept", "selection", "status", "text"),
    [
        ("text/csv", "{ nodes { name } aggregate { count } }", 400, "aggregate"),
        ("text/csv", "{ nodes { people { nodes { id } } } }", 400, "people"),
        ("text/csv", "{ nodes { nothing } }", 400, "nothing"),
        ("text/csv; header=loud", NODES, 406, "header=loud"),
        ("text/csv; colour=red", NODES, 406, "colour=red"),
        ("text/csv; charset=latin1", NODES, 406, "charset=latin1"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_json(
    both: Both, accept: str, selection: str, status: int, text: str
) -> None:
    response = ask(both, accept, selection)
    assert response.status_code == status and text in response.json()["errors"][0]["message"]
    assert response.headers["content-type"].startswith("application/graphql-response+json")


def test_a_page_of_it_must_be_affordable(both: Both) -> None:
    """A JSON line may hold lists: what a query may not ask for a page, an export may not for each row."""
    for selection in (
        "{ nodes { " + "parent { " * 30 + "name" + " }" * 30 + " } }",
        "{ nodes { people(first: 500) { nodes { bought(first: 500) { nodes { firm { people(first: 500) "
        "{ nodes { id } } } } } } } } }",
    ):
        response = ask(both, "application/jsonl", selection)
        (error,) = response.json()["errors"]
        assert (response.status_code, error["extensions"]["code"]) == (400, "COST_LIMIT_EXCEEDED"), selection


def test_mutations_and_wrong_values_are_refused(both: Both) -> None:
    before = [graph.written() for graph in both.graphs]
    response = ask(both, "text/csv", query='mutation { createFirm(input: {name: "X"}) { firm { id } } }', variables={})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert ask(both, "text/csv", variables={"most": "much"}).status_code == 400
    assert [graph.written() for graph in both.graphs] == before


# --- streams that end early ----------------------------------------------------------------------------------------


class Wire:
    """An ASGI connection whose client goes away after some pieces."""

    def __init__(self, patience: int) -> None:
        self.patience, self.sent = patience, list[Any]()
        self.gone = asyncio.Event()

    async def send(self, event: Any) -> None:
        self.sent.append(event)
        if sum(bool(e.get("body")) for e in self.sent) >= self.patience:
            self.gone.set()

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def pieces(failing: int, ended: list[str], slow: bool = False) -> AsyncIterator[bytes]:
    try:
        for number in range(100):
            if number == failing:
                raise ValueError("broken")
            if slow and number:
                await asyncio.sleep(30)
            yield b"row\n"
            await asyncio.sleep(0)
    finally:
        ended.append("closed")


@pytest.mark.anyio
@pytest.mark.parametrize("slow", [False, True])
async def test_a_client_that_goes_away_stops_the_stream(slow: bool) -> None:
    wire, ended = Wire(1 if slow else 3), list[str]()
    await asyncio.wait_for(send_rows(pieces(-1, ended, slow), [], wire.receive, wire.send), 5)  # type: ignore[arg-type]
    assert len(wire.sent) < 10 and ended == ["closed"]
    assert all(e.get("more_body", True) for e in wire.sent)


@pytest.mark.anyio
async def test_a_stream_that_fails_is_broken_off_without_an_end(caplog: pytest.LogCaptureFixture) -> None:
    wire, ended = Wire(1000), list[str]()
    await send_rows(pieces(3, ended), [], wire.receive, wire.send)  # type: ignore[arg-type]
    assert [e.get("more_body") for e in wire.sent] == [None, True, True, True] and ended == ["closed"]
    assert "broken off" in caplog.text


@pytest.mark.anyio
async def test_a_stream_that_fails_at_once_is_an_error() -> None:
    wire, ended = Wire(1000), list[str]()
    with pytest.raises(ValueError, match="broken"):
        await send_rows(pieces(0, ended), [], wire.receive, wire.send)  # type: ignore[arg-type]
    assert wire.sent == [] and ended == ["closed"]


def test_more_exports_than_allowed_are_told_to_come_again(both: Both) -> None:
    slots = exports.Slots(1)
    with slots:
        with pytest.raises(exports.Refusal) as caught, slots:
            pass
        assert caught.value.status == 503
    with slots:
        assert slots.taken == 1


def test_the_columns_of_a_view_are_asked_for_by_a_parameter() -> None:
    assert wanted_from_accept(b"text/csv; columns=view", "en").shape.of_view
    assert not wanted_from_accept(b"text/csv; columns=selected", "en").shape.of_view
    assert not wanted_from_accept(b"text/csv", "en").shape.of_view
    with pytest.raises(Refusal):
        wanted_from_accept(b"text/csv; columns=all", "en")
