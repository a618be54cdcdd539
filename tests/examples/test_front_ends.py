"""The example front ends: their tools accept the schema and the documents, and their screens work on both databases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Checked, Demo, run_in

pytestmark = pytest.mark.slow

DONE = {
    "graphql-eslint", "relay-compiler", "graphql-codegen apollo", "graphql-codegen urql", "persisted queries of Apollo",
    *(f"{tool} {client}" for tool in ("tsc", "vite build") for client in ("apollo", "relay", "urql")),
}  # fmt: skip
SCREENS = {"AccountList", "AccountPage", "Industries", "ReadContact", "SaveContact"}
OPERATIONS = {
    "apollo/src/gql/persisted-query-manifest.json": SCREENS,
    "urql/src/gql/persisted-documents.json": SCREENS,
    "relay/src/__generated__/persisted.json": {
        "AccountListQuery", "AccountListRefetchQuery", "AccountPageQuery", "ContactsReadQuery", "ContactsSaveMutation",
        "TimelineRefetchQuery",
    },
}  # fmt: skip
CLIENTS = {"sqlite": ("apollo", "urql"), "postgresql": ("relay",)}  # the databases answer alike: each client needs one
TESTS_OF_A_CLIENT = 8


def test_the_tools_accept_the_schema_and_the_documents_without_a_warning(checked: Checked) -> None:
    assert checked.done.returncode == 0, checked.done.stdout + checked.done.stderr
    assert set(re.findall("✓ (.+)", checked.done.stdout)) == DONE
    for path, names in OPERATIONS.items():
        assert operations(json.loads((checked.examples / path).read_text())) == names


def operations(manifest: dict[str, object]) -> set[str]:
    """The names of the operations in a manifest: Apollo's, or texts by hash as Relay's and codegen's are."""
    listed = manifest.get("operations")
    if isinstance(listed, list):
        return {operation["name"] for operation in listed}
    assert all(re.fullmatch("(sha256:)?[0-9a-f]{64}", key) for key in manifest)
    return {name for text in manifest.values() for name in re.findall(r"\b(?:query|mutation) (\w+)", str(text))}


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
    clients = CLIENTS[demo.database]
    chosen = [f"--project=@examples/{client}" for client in clients]
    done = run_in(checked.examples, "node_modules/.bin/vitest", "run", *chosen, CRMGRAPH_URL=demo.url)
    assert done.returncode == 0, done.stdout + done.stderr
    count = TESTS_OF_A_CLIENT * len(clients)
    assert re.search(rf"Tests +{count} passed \({count}\)", done.stdout)
