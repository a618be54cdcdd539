"""Searches look into long texts too, without regard to case and accents, alike on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from crmgraph.actions.unit import Caller
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database

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
def test_long_texts_are_searched(kind: str, run: Any, crm_database: Callable[[str], str], shipped_edition: Any) -> None:
    database = run(open_database(crm_database(kind)))
    edition = shipped_edition(database)
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    assert run(execute(edition, database, Request(ARTICLE, None, {}, caller, True))).body == FOUND
    run(database.close())
