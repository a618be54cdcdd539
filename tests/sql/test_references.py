"""Who names a record is told in the order of the model and of ids, in whatever order a database finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from graph import uid

from crmgraph.sql.references import count_referring, references_to, referring
from crmgraph.sql.tables import Tables


class Shuffled:
    """A transaction that answers with rows in an order of its own."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self.answer = rows

    async def rows(self, _sql: str, _arguments: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        return self.answer


@pytest.mark.parametrize("step", [1, -1])
def test_the_order_is_not_the_databases(step: int, toy_tables: Tables, run: Callable[[Any], Any]) -> None:
    references = references_to(toy_tables, toy_tables.registry.type("firm"))
    counts = [(i, 2) for i in range(len(references))]
    transaction: Any = Shuffled(counts[::step])
    found = run(count_referring(transaction, "postgresql", references, [uid(1)], []))
    assert len(found) > 2 and found == [(reference, 2) for reference in references]
    children = [(0, uid(1), 7, uid(3)), (0, uid(2), 7, uid(3)), (1, uid(1), 7, uid(3))]
    transaction = Shuffled(children[::step])
    named = run(referring(transaction, "postgresql", references, [uid(3)]))
    assert named == [(references[i], *rest) for i, *rest in children]
