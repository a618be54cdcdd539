"""How long hostile documents and variables take until they are refused: `uv run python benchmarks/limits.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from crmgraph.actions.unit import Caller
from crmgraph.errors import CrmError
from crmgraph.schema.documents import Refused, prepare
from crmgraph.schema.edition import build_edition, standard_registry
from crmgraph.schema.explain import planned_request
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.sql.phrases_sqlite import SQLite

LISTED = "query ($w: AccountWhere) { accounts(where: $w) { totalCount } }"


def bomb(links: int) -> str:
    """Each fragment spreads the next one twice."""
    chain = " ".join(f"fragment F{i} on Account{{...F{i + 1} ...F{i + 1}}}" for i in range(links))
    return f"{{accounts{{nodes{{...F0}}}}}}{chain} fragment F{links} on Account{{id}}"


def kinds(levels: int) -> str:
    """Lists of activities inside each other, of several types."""
    inner = "id"
    for _ in range(levels):
        inner = f"activities{{nodes{{...on Email{{sender}} regarding{{...on Account{{{inner}}}}}}}}}"
    return f"{{accounts{{nodes{{{inner}}}}}}}"


def many(pattern: str, count: int) -> str:
    return " ".join(pattern.replace("#", str(i)) for i in range(count))


DOCUMENTS = {
    "fragment bomb, 30 links": bomb(30),
    "fragment bomb, 900 links": bomb(900),
    "10,000 aliases": f"{{{many('a#:me{id}', 10_000)}}}",
    "10,000 levels": "{a" * 10_000,
    "10,000 levels of values": "{a(b:" + "[" * 10_000,
    "one megabyte": "{me{id}}" + " " * 1_000_000,
    "2,500 objects of one name": f"{{accounts{{nodes{{{many('parentAccount{name}', 2_500)}}}}}}}",
    "4,000 unknown members": f"{{accounts(where:{{{many('nam#:1', 4_000)}}}){{totalCount}}}}",
    "500 times 500 times 500": "{accounts(first:500){nodes{contacts(first:500){nodes{"
    "activities(first:500){nodes{id}}}}}}}",
    "six lists of kinds": kinds(6),
}
VARIABLES: dict[str, dict[str, Any]] = {
    "a list of 1,000,000": {"id": {"in": ["x"] * 1_000_000}},
    "20,000 unknown members": {"or": [{"nme": 1}] * 20_000},
}


def timed(work: Callable[[], object]) -> str:
    begin = perf_counter()
    try:
        work()
        found = "taken"
    except Refused as refused:
        found = f"{refused.code}, {len(refused.errors)} errors"
    except CrmError as error:
        found = f"{error.code}: {error}"
    return f"{(perf_counter() - begin) * 1000:7.1f} ms  {found[:110]}"


def main() -> None:
    """Print a line for each."""
    edition = build_edition(standard_registry(), SQLite())
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    prepare(edition, LISTED, None)
    for name, text in DOCUMENTS.items():
        request = Request(text, None, {}, caller, True)
        print(f"{name:28}", timed(lambda request=request: planned_request(edition, request)))
    for name, where in VARIABLES.items():
        request = Request(LISTED, None, {"w": where}, caller, True)
        print(f"{name:28}", timed(lambda request=request: planned_request(edition, request)))


if __name__ == "__main__":
    main()
