"""The example front ends: their tools accept the schema and the documents, and their screens work on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Checked, Demo, run_in, trusting

pytestmark = pytest.mark.slow

DONE = {
    "graphql-eslint", "relay-compiler", "graphql-codegen apollo", "graphql-codegen urql", "persisted queries of Apollo",
    *(f"{tool} {client}" for tool in ("tsc", "vite build") for client in ("apollo", "relay", "urql")),
}  # fmt: skip
SCREENS = {"AccountList", "AccountPage", "Industries", "ReadContact", "SaveContact"}
MANIFESTS = {
    "apollo": "apollo/src/gql/persisted-query-manifest.json",
    "urql": "urql/src/gql/persisted-documents.json",
    "relay": "relay/src/__generated__/persisted.json",
}
OPERATIONS = {
    "apollo": SCREENS, "urql": SCREENS,
    "relay": {
        "AccountListQuery", "AccountListRefetchQuery", "AccountPageQuery", "ContactsReadQuery", "ContactsSaveMutation",
        "TimelineRefetchQuery",
    },
}  # fmt: skip
# The databases answer alike: each client needs one of them to send documents to, and the other to send ids to.
BY_TEXT = {"sqlite": ("apollo", "urql"), "postgresql": ("relay",)}
BY_ID = {"sqlite": BY_TEXT["postgresql"], "postgresql": BY_TEXT["sqlite"]}
TESTS_OF_A_CLIENT, MORE_WITH_IDS = 11, 1


def test_the_tools_accept_the_schema_and_the_documents_without_a_warning(checked: Checked) -> None:
    assert checked.done.returncode == 0, checked.done.stdout + checked.done.stderr
    assert set(re.findall("✓ (.+)", checked.done.stdout)) == DONE
    for client, names in OPERATIONS.items():
        documents = documents_of(checked.examples / MANIFESTS[client])
        assert all(re.fullmatch("(sha256:)?[0-9a-f]{64}", id) for id in documents)
        assert {
            name for text in documents.values() for name in re.findall(r"\b(?:query|mutation) (\w+)", text)
        } == names


def documents_of(manifest: Path) -> dict[str, str]:
    """The documents in a manifest by id: Apollo's lists them, Relay's and codegen's are such objects."""
    read: dict[str, Any] = json.loads(manifest.read_text())
    return {each["id"]: each["body"] for each in read["operations"]} if "operations" in read else read


def plant(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("client", "step", "tool"), [("relay", "generate", "relay-compiler"), ("apollo", "lint", "graphql-eslint")]
)
def test_the_tools_refuse_what_is_wrong(workshop: Path, client: str, step: str, tool: str) -> None:
    """A field that is not there, and page facts that may be null."""
    plant(workshop / client / "src" / "Timeline.tsx", "occurredOn\n", "occuredOn\n")
    plant(workshop.parent / "schema.graphql", "  hasNextPage: Boolean!\n", "  hasNextPage: Boolean\n")
    done = run_in(workshop, "check.sh", step)
    assert done.returncode != 0 and f"✗ {tool}\n" in done.stderr, done.stdout + done.stderr
    assert "occuredOn" in done.stderr and ("relay-page-info" in done.stderr) == (step == "lint")


def test_the_screens_work(checked: Checked, demo: Demo) -> None:
    clients = BY_TEXT[demo.database]
    run_screens(checked.examples, clients, TESTS_OF_A_CLIENT, CRMGRAPH_URL=demo.url)


def test_the_screens_work_where_only_their_documents_are_answered(checked: Checked, demo: Demo) -> None:
    """With the manifests that the clients' own tools wrote; the documents of the other clients are refused."""
    known, others = (
        [checked.examples / MANIFESTS[each] for each in clients[demo.database]] for clients in (BY_ID, BY_TEXT)
    )
    with trusting(demo, known) as trusted:
        urls = {"CRMGRAPH_URL": trusted.url, "CRMGRAPH_OPEN_URL": demo.url}
        run_screens(checked.examples, BY_ID[demo.database], TESTS_OF_A_CLIENT + MORE_WITH_IDS, VITE_TRUSTED="1", **urls)
        ids = [{"documentId": id} for manifest in others for id in documents_of(manifest)]
        texts = [{"query": text} for manifest in others for text in documents_of(manifest).values()]
        assert {refusal(trusted, each) for each in ids} == {(400, "PERSISTED_QUERY_NOT_FOUND")}
        assert {refusal(trusted, each) for each in texts} == {(403, "FORBIDDEN")}


def run_screens(examples: Path, clients: Sequence[str], tests: int, **settings: str) -> None:
    """The clients' tests of their screens, all of which pass."""
    chosen = [f"--project=@examples/{client}" for client in clients]
    done = run_in(examples, "node_modules/.bin/vitest", "run", *chosen, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = tests * len(clients)
    assert re.search(rf"Tests +{expected} passed \({expected}\)", done.stdout), done.stdout


def refusal(server: Demo, request: dict[str, str]) -> tuple[int, str]:
    """Status and code of what a server refuses, asked by GET and by POST alike."""
    headers = {"accept": "application/graphql-response+json"}
    url = f"{server.url}/graphql"
    answers = httpx.get(url, params=request, headers=headers), httpx.post(url, json=request, headers=headers)
    (found,) = {(each.status_code, each.json()["errors"][0]["extensions"]["code"]) for each in answers}
    return found
