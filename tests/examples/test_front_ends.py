"""The example front ends: their tools accept the schema and the documents, and their screens work on both databases."""

from __future__ import annotations

import json
import re
from hashlib import sha256
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


@pytest.mark.parametrize("demo", ["sqlite"], indirect=True)
def test_the_screens_work(checked: Checked, demo: Demo) -> None:
    run_screens(checked.examples, TESTS_OF_A_CLIENT, CRMGRAPH_URL=demo.url)


@pytest.mark.parametrize(
    "demo", ["postgresql"], indirect=True
)  # the databases answer alike: one for texts, one for ids
def test_the_screens_work_where_only_their_documents_are_answered(checked: Checked, demo: Demo) -> None:
    """With the manifests that the clients' own tools wrote; what is in none of them is refused, however it is sent."""
    manifests = [checked.examples / manifest for manifest in MANIFESTS.values()]
    with trusting(demo, manifests) as trusted:
        urls = {"CRMGRAPH_URL": trusted.url, "CRMGRAPH_OPEN_URL": demo.url}
        run_screens(checked.examples, TESTS_OF_A_CLIENT + MORE_WITH_IDS, VITE_TRUSTED="1", **urls)
        with httpx.Client(base_url=trusted.url, headers={"accept": "application/graphql-response+json"}) as client:
            for manifest in manifests:
                document = next(iter(documents_of(manifest).values()))
                refuses(client, f"{document}\n")  # another document, byte by byte


def run_screens(examples: Path, tests: int, **settings: str) -> None:
    """Each client's tests of its screens, all of which pass."""
    done = run_in(examples, "check.sh", "screens", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = tests * len(MANIFESTS)
    assert re.search(rf"Tests +{expected} passed \({expected}\)", done.stdout), done.stdout


def refuses(client: httpx.Client, document: str) -> None:
    """A document that is not loaded is refused under its id, whole, and as both."""
    hash = sha256(document.encode()).hexdigest()
    apollo = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": hash}})
    for named in ({"documentId": f"sha256:{hash}"}, {"extensions": apollo}):
        assert refusals(client, named) == {(400, "PERSISTED_QUERY_NOT_FOUND")}
        assert refusals(client, {**named, "query": document}) == {(403, "FORBIDDEN")}
    assert refusals(client, {"query": document}) == {(403, "FORBIDDEN")}


def refusals(client: httpx.Client, request: dict[str, str]) -> set[tuple[int, str]]:
    """Statuses and codes of what a server refuses, asked by GET and by POST."""
    body = {name: json.loads(value) if name == "extensions" else value for name, value in request.items()}
    answers = client.get("/graphql", params=request), client.post("/graphql", json=body)
    return {(each.status_code, each.json()["errors"][0]["extensions"]["code"]) for each in answers}
