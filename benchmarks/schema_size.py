"""How long the schema of many record types takes to build: the standard model and copies of one of its types.

    uv run python benchmarks/schema_size.py [--types 300] [--fields 40]

The copies are of `opportunity`, cut to its first fields: lookups with their to-many sides, choices, money, dates.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import Field, RecordType
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.sql.migrate import MODEL
from crmgraph.sql.tables import build_tables

T = TypeVar("T")
COPIED = "opportunity"


def copied(found: RecordType, number: int, fields: int) -> RecordType:
    """A record type like another, under names of its own."""

    def of_its_own(field: Field) -> Field:
        return replace(field, store=f"{found.name}_{number}", inverse=field.inverse and f"{field.inverse}_{number}")

    kept = [f for f in found.fields if f.name == found.primary or f.name in {x.name for x in found.fields[:fields]}]
    return replace(
        found,
        name=f"{found.name}_{number}",
        plural=f"{found.plural}_{number}",
        api_name=f"{found.api_name}{number}",
        api_plural=f"{found.api_plural}{number}",
        code=100_000 + number,
        features=frozenset(),
        keys=(),
        indexes=(),
        hierarchy=None,
        fields=tuple(of_its_own(f) for f in kept),
    )


def big_registry(types: int, fields: int) -> Registry:
    declared, shared = read_model(MODEL)
    declared = list(declared)
    pattern = next(t for t in declared if t.name == COPIED)
    copies = [copied(pattern, n, fields) for n in range(types - len(declared))]
    return build_registry([*declared, *copies], shared)


def timed(what: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    found = work()
    print(f"{what:28} {time.perf_counter() - began:6.2f} s")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--types", type=int, default=300)
    parser.add_argument("--fields", type=int, default=40)
    given = parser.parse_args()
    registry = timed("registry (reads the files)", lambda: big_registry(given.types, given.fields))
    timed("tables", lambda: build_tables(registry))
    schema = timed("schema", lambda: build_schema(View(registry), "en"))
    count = sum(len(t.fields) for t in registry.types.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(registry.types)} record types, {count} fields, {len(schema.type_map)} GraphQL types, {memory} MB")


if __name__ == "__main__":
    main()
