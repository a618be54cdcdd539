"""Files that clients' build tools write → documents under their ids, each checked against the schema.

Read are Apollo's persisted query manifest, JSON objects of ids and documents (Relay's persisted queries,
graphql-codegen's persisted documents), and .graphql files, whose ids are their hashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, parse

from crmgraph.errors import CrmError
from crmgraph.schema.documents import Refused, prepare
from crmgraph.schema.edition import Edition

APOLLO = "apollo-persisted-query-manifest"
GRAPHQL_SUFFIXES = (".graphql", ".gql")
SHA256 = "sha256:"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a file; `id` is what its client calls it, `hash` what its text makes."""

    id: str
    body: str
    place: str

    @property
    def hash(self) -> str:
        return SHA256 + sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file or with a document in it."""

    place: str
    reason: str


def read_files(paths: Iterable[Path]) -> tuple[list[Document], list[Fault]]:
    """The documents of files and of folders' .graphql files, and what could not be read."""
    documents: list[Document] = []
    faults: list[Fault] = []
    for path in paths:
        for file in files_of(path):
            try:
                for found in documents_of(file):
                    (faults if isinstance(found, Fault) else documents).append(found)  # type: ignore[arg-type]
            except (OSError, ValueError) as error:
                faults.append(Fault(str(file), str(error)))
    return documents, faults


def files_of(path: Path) -> list[Path]:
    """A file itself; of a folder the GraphQL files at any depth."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in GRAPHQL_SUFFIXES and file.is_file())


def documents_of(file: Path) -> Iterator[Document | Fault]:
    """What one file holds; `ValueError` if it is of no known kind."""
    text = file.read_text("utf-8")
    if file.suffix in GRAPHQL_SUFFIXES:
        yield Document("", text, str(file))
        return
    read = json.loads(text)
    if isinstance(read, dict) and "format" in read:
        entries = list(apollo_entries(read))
    elif isinstance(read, dict) and read:
        entries = list(read.items())
    else:
        raise ValueError("neither a manifest of Apollo's nor a JSON object of ids and documents")
    for id, body in entries:
        yield entry(file, id, body)


def apollo_entries(manifest: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Ids and bodies of Apollo's manifest, version 1."""
    operations = manifest.get("operations")
    if manifest["format"] != APOLLO or manifest.get("version") != 1 or not isinstance(operations, list):
        raise ValueError(f"a manifest must have the format {APOLLO}, version 1, and a list of operations")
    for operation in operations:
        found = operation if isinstance(operation, dict) else {}
        yield found.get("id"), found.get("body")


def entry(file: Path, id: Any, body: Any) -> Document | Fault:
    """One document of a manifest. A hash of ours must be the right one; a client's own ids are kept as they are."""
    place = f"{file}: {id}"
    if not isinstance(id, str) or not id or not isinstance(body, str):
        return Fault(place, "an id and a document are expected, both text")
    found = Document(id, body, place)
    if id.startswith(SHA256) and id != found.hash:
        return Fault(place, f"this is not the document's hash, which is {found.hash}")
    return Document("" if SHA256 + id == found.hash or id == found.hash else id, body, place)


def operation_names(body: str) -> list[str | None]:
    """The names of a document's operations; `GraphQLError` if it does not parse."""
    definitions = parse(body).definitions
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    return [d.name.value if d.name else None for d in operations]


def faults_of(edition: Edition, document: Document) -> list[Fault]:
    """Why a document would be refused; none if each of its operations could be carried out."""
    try:
        names = operation_names(document.body)
        if not names:
            return [Fault(document.place, "there is no operation in it")]
        for name in names:
            prepare(edition, document.body, name)
    except Refused as refused:
        return [Fault(document.place, told(error)) for error in refused.errors]
    except GraphQLError as error:
        return [Fault(document.place, told(error))]
    except CrmError as error:
        return [Fault(document.place, str(error))]
    return []


def told(error: GraphQLError) -> str:
    """A message with its line and column."""
    places = ", ".join(f"line {at.line}, column {at.column}" for at in error.locations or ())
    return f"{error.message} ({places})" if places else error.message
