"""Searches look into long texts too, without regard to case and accents, alike on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmgraph.actions.unit import Caller
from crmgraph.schema.edition import open_edition, standard_registry
from crmgraph.schema.resolve import Request, execute
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

ARTICLE = """mutation { createKnowledgeArticle(input: {title: "Pflege", content: "Über die Düse\\nwird gespült."}) {
  query { found: search(text: "dusE uber") { nodes { __typename displayName } }
    none: search(text: "kaffee") { totalCount } }
} }"""
FOUND = (
    b'{"data":{"createKnowledgeArticle":{"query":{"found":{"nodes":[{"__typename":"KnowledgeArticle",'
    b'"displayName":"Pflege"}]},"none":{"totalCount":0}}}}}'
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_long_texts_are_searched(kind: str, request: pytest.FixtureRequest, run: Any, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database()
    run(create_tables(url, build_tables(standard_registry())))
    database = run(open_database(url))
    edition = run(open_edition(database))
    caller = Caller(None, "en", None, None, datetime.now(UTC))
    assert run(execute(edition, database, Request(ARTICLE, None, {}, caller, True))).body == FOUND
    run(database.close())
