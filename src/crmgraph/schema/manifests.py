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

from crmgraph.errors import CrmError, Remark, message
from crmgraph.schema.documents import Refused, prepare
from crmgraph.schema.edition import Edition
from crmgraph.schema.wording import worded

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


class WrongManifest(ValueError):
    """A file that is none of those which can be read."""

    def __init__(self, key: str, /, **data: Any) -> None:
        super().__init__(key)
        self.remark = Remark(key, data)


@dataclass(frozen=True, slots=True)
class Reported:
    """What the library or crmgraph says of a document, with its line and column."""

    error: GraphQLError | CrmError

    def text(self, locale: str) -> str:
        if isinstance(self.error, CrmError):
            return self.error.text(locale)
        said = worded(self.error.message, locale)
        for at in self.error.locations or ():
            said = message("document_place", locale, {"reason": said, "line": at.line, "column": at.column})
        return said


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file or with a document in it."""

    place: str
    reason: Remark | Reported | str  # a text is the operating system's

    def text(self, locale: str) -> str:
        """The place and the reason."""
        return f"{self.place}: {self.reason if isinstance(self.reason, str) else self.reason.text(locale)}"


def read_files(paths: Iterable[Path]) -> tuple[list[Document], list[Fault]]:
    """The documents of files and of folders' .graphql files, and what could not be read."""
    documents: list[Document] = []
    faults: list[Fault] = []
    for path in paths:
        for file in files_of(path):
            try:
                for found in documents_of(file):
                    (faults if isinstance(found, Fault) else documents).append(found)  # type: ignore[arg-type]
            except WrongManifest as wrong:
                faults.append(Fault(str(file), wrong.remark))
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
        raise WrongManifest("document_wrong_manifest")
    for id, body in entries:
        yield entry(file, id, body)


def apollo_entries(manifest: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Ids and bodies of Apollo's manifest, version 1."""
    operations = manifest.get("operations")
    if manifest["format"] != APOLLO or manifest.get("version") != 1 or not isinstance(operations, list):
        raise WrongManifest("document_wrong_apollo", format=APOLLO)
    for operation in operations:
        found = operation if isinstance(operation, dict) else {}
        yield found.get("id"), found.get("body")


def entry(file: Path, id: Any, body: Any) -> Document | Fault:
    """One document of a manifest. A hash of ours must be the right one; a client's own ids are kept as they are."""
    place = f"{file}: {id}"
    if not isinstance(id, str) or not id or not isinstance(body, str):
        return Fault(place, Remark("document_not_text"))
    found = Document(id, body, place)
    if id.startswith(SHA256) and id != found.hash:
        return Fault(place, Remark("document_wrong_hash", {"hash": found.hash}))
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
            return [Fault(document.place, Remark("document_no_operation"))]
        for name in names:
            prepare(edition, document.body, name)
    except Refused as refused:
        return [Fault(document.place, Reported(error)) for error in refused.errors]
    except (GraphQLError, CrmError) as error:
        return [Fault(document.place, Reported(error))]
    return []
