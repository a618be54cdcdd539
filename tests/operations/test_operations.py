"""Operations by example: each `.graphql` file's plan, SQL and answer are those accepted next to it.

`uv run pytest tests/operations --accept` accepts what they are now; read the difference before you commit it.
Accepted are `.plan` (the plan), `.postgresql.sql` (the statement), `.sqlite.diff` (what SQLite's differs in) and
`.json` (the answer, the same bytes on both databases, from the records of `world.py`).
"""

from __future__ import annotations

from difflib import unified_diff
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from figuring import COMPUTED, opened, with_computed
from graph import ADA, NOW, Both, Graph

from crmgraph.actions.unit import Caller
from crmgraph.metadata.registry import Registry
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.explain import planned_request
from crmgraph.schema.printing import plan_text
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.sql.layout import laid_out
from crmgraph.sql.phrases_postgresql import PostgreSQL
from crmgraph.sql.phrases_sqlite import SQLite

HERE = Path(__file__).parent
EXAMPLES = sorted(path.stem for path in HERE.glob("*.graphql"))
KINDS = ("plan", "postgresql.sql", "sqlite.diff", "json")


@pytest.fixture(scope="session")
def editions(toy: Registry) -> tuple[Edition, Edition]:
    """For the texts: of a PostgreSQL whose default collation knows the case of all letters, and of SQLite."""
    return build_edition(toy, PostgreSQL()), build_edition(toy, SQLite())


def example(name: str) -> tuple[str, dict[str, Any]]:
    """An example's document and variables."""
    variables = HERE / f"{name}.variables.json"
    return (HERE / f"{name}.graphql").read_text(), orjson.loads(variables.read_bytes()) if variables.exists() else {}


@cache
def with_more() -> Registry:
    """The toy model's registry with calculated fields and rollups, which examples of that name ask for."""
    return with_computed(COMPUTED)


def stages(editions: tuple[Edition, Edition], both: Both, name: str) -> dict[str, str]:
    """What an example gives now."""
    if name.startswith("computed"):
        editions = build_edition(with_more(), PostgreSQL()), build_edition(with_more(), SQLite())
        both = opened(both, with_more())
    document, variables = example(name)
    request = Request(document, None, variables, Caller(trusted(ADA), "en", None, None, NOW), True)
    planned = [planned_request(edition, request)[1] for edition in editions]
    assert planned[0].read == planned[1].read, "the plan knows no database"
    postgresql, sqlite = (laid_out(p.statement.text) + "\n" if p.statement else "" for p in planned)
    difference = unified_diff(postgresql.splitlines(True), sqlite.splitlines(True), "postgresql", "sqlite", n=0)
    answer = orjson.dumps(orjson.loads(both.body(document, variables)), option=orjson.OPT_INDENT_2).decode()
    found = (plan_text(planned[0].read), postgresql, "".join(difference), answer)
    return {kind: text.rstrip("\n") + "\n" for kind, text in zip(KINDS, found, strict=True)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_operation(name: str, editions: tuple[Edition, Edition], both: Both, request: pytest.FixtureRequest) -> None:
    for kind, text in stages(editions, both, name).items():
        accepted = HERE / f"{name}.{kind}"
        if request.config.getoption("--accept"):
            accepted.write_text(text)
        assert accepted.exists(), f"{accepted.name} is not accepted yet: run with --accept"
        assert text == accepted.read_text(), f"{accepted.name} differs: run with --accept and read the difference"


def test_nothing_is_left_over() -> None:
    """Every accepted file belongs to an example."""
    known = {f"{n}.{kind}" for n in EXAMPLES for kind in ("graphql", "variables.json", *KINDS)}
    assert {p.name for p in HERE.iterdir() if p.is_file() and p.suffix != ".py"} <= known


def test_explain_prints_every_stage(both: Both) -> None:
    from crmgraph.schema.explain import explain

    graph: Graph = both.graphs[1]
    document, variables = example("record_by_id")
    text = explain(graph.edition, Request(document, None, variables, both.caller, False))
    for title in ("-- operation", "-- plan", "-- SQL (postgresql, one statement)", "-- parameters"):
        assert title in text
    assert "1: p0 (id) ← $id" in text
