"""How long it takes to tell which of many recorded operations a change would break, and what noting one costs.

    uv run python benchmarks/impact.py [--operations 1000]

The operations are lists of the standard model's record types with conditions, lookups and lists below; no database is
asked. Removed are one field of one type, and, as the worst that can be, a field of every type.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Any, TypeVar

from crmgraph.actions.unit import Caller
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.schema.differences import schema_differences
from crmgraph.schema.documents import prepare
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.footprints import footprint
from crmgraph.schema.impact import broken_operations
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.recording import Recorder
from crmgraph.sql.migrate import MODEL
from crmgraph.sql.phrases_sqlite import SQLite
from crmgraph.sql.recorded import Recorded

T = TypeVar("T")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PLAIN = {FieldType.TEXT, FieldType.INTEGER, FieldType.DECIMAL, FieldType.BOOLEAN, FieldType.DATE, FieldType.DATE_TIME}


def document_of(registry: Registry, found: RecordType, number: int) -> str:
    """A page of records: some twenty fields, two lookups, one list below, a condition."""
    plain = [f.api_name for f in found.fields if f.type in PLAIN and not f.hidden]
    chosen = [plain[(number + i) % len(plain)] for i in range(min(20, len(plain)))]
    lookups = [f.api_name for f in found.fields if f.type is FieldType.LOOKUP and len(f.targets) == 1][:2]
    below = [r.api_name for r in registry.relations[found.name].values()][:1]
    inner = " ".join(f"{name} {{ id version }}" for name in lookups)
    inner += " ".join(f" {name}(first: 5) {{ totalCount nodes {{ id }} }}" for name in below)
    primary = found.by_name[found.primary].api_name
    given = f'first: 20, where: {{{primary}: {{startsWith: $start}}, createdOn: {{gt: "2026-01-01T00:00:00Z"}}}}'
    fields = " ".join(dict.fromkeys(chosen))
    return (
        f"query Page{number}($start: String!) {{ {found.api_plural}({given}) "
        f"{{ totalCount nodes {{ id {fields} {inner} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )


def without(declared: list[RecordType], names: set[str]) -> list[RecordType]:
    """The types, of those named the first field under another name: the same as if it were gone."""

    def cut(found: RecordType) -> RecordType:
        gone = found.primary
        fields = (replace(f, api_name=f"{f.api_name}Gone") if f.name == gone else f for f in found.fields)
        return replace(found, fields=tuple(fields)) if found.name in names and not found.journal else found

    return [cut(found) for found in declared]


def timed(what: str, work: Callable[[], T]) -> T:
    began, spent = perf_counter(), process_time()
    found = work()
    print(f"{what:40} {perf_counter() - began:7.3f} s, {process_time() - spent:7.3f} s of the processor")
    return found


def edition_of(declared: list[RecordType], shared: Any) -> Edition:
    return build_edition(build_registry(declared, shared), SQLite())


def recorded_in(edition: Edition, texts: list[str]) -> list[Recorded]:
    found = []
    for i, text in enumerate(texts):
        made = footprint(edition, prepare(edition, text, None), text, None)
        assert made is not None
        id = made.id_for(f"client {i % 7}")
        found.append(Recorded(id, made.name, "client", made.document, made.hash, NOW, NOW, 1, made.coordinates))
    return found


def noting(edition: Edition, text: str) -> None:
    """Noting an operation that is known, as each request does it: with a text of its own, whose hash is not known."""
    recorder = Recorder(None, 5000)  # type: ignore[arg-type]
    caller = Caller(trusted(), "en", "client", None, NOW)
    edition.documents.put((text, None), prepare(edition, text, None))
    sent = text.encode()
    requests = [Request(sent.decode(), None, {"start": "A"}, caller, True) for _ in range(100_000)]
    recorder.note(edition, requests[0])
    spent = process_time()
    for request in requests:
        recorder.note(edition, request)
    each = (process_time() - spent) / len(requests)
    print(f"noting a known operation of {len(text)} characters: {each * 1e6:.2f} µs, its text's hash included")


def compare(old: Edition, new: Edition, recorded: list[Recorded], what: str) -> None:
    for edition in (old, new):
        for found in edition.schema.type_map.values():
            getattr(found, "fields", None)  # a schema works its fields out when they are first looked at
    differences = timed(f"differences, a field of {what} gone", lambda: schema_differences(old.schema, new.schema))
    broken = timed(
        f"which of {len(recorded)} operations break",
        lambda: broken_operations(old, new, recorded, differences=differences),
    )
    print(f"{len(differences)} differences, {len(broken)} operations break")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1000)
    given = parser.parse_args()
    declared, shared = read_model(MODEL)
    declared = list(declared)
    old = edition_of(declared, shared)
    kinds = [t for t in old.registry.types.values() if not t.journal and not t.abstract]
    texts = [document_of(old.registry, kinds[n % len(kinds)], n) for n in range(given.operations)]
    recorded = timed(f"recording {len(texts)} operations", lambda: recorded_in(old, texts))
    one, every = {kinds[0].name}, {t.name for t in kinds}
    for what, names in (("one type", one), ("every type", every)):
        compare(old, edition_of(without(declared, names), shared), recorded, what)
    noting(old, texts[0])


if __name__ == "__main__":
    main()
