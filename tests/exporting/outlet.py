"""What an export test speaks in: the same selection on both databases, which must give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graph import Both, Graph

from crmgraph.errors import RequestError
from crmgraph.exporting.formats import FORMATS, Options
from crmgraph.exporting.run import export
from crmgraph.schema.exports import Shape, extract_rows
from crmgraph.schema.resolve import Request

Asked = Callable[..., bytes]


def exported(
    both: Both,
    document: str,
    format: str = "csv",
    *,
    variables: Mapping[str, Any] | None = None,
    labels: bool = False,
    **options: Any,
) -> bytes:
    """A file's bytes, the same from both databases, each by one statement."""
    made = [
        of_graph(graph, both, document, format, variables=variables, labels=labels, **options) for graph in both.graphs
    ]
    assert made[0] == made[1]
    return made[0]


def of_graph(graph: Graph, both: Both, document: str, format: str, **given: Any) -> bytes:
    variables, labels = given.pop("variables", None), given.pop("labels", False)
    chosen, found = FORMATS[format], Options(**given)
    request = Request(document, None, dict(variables or {}), both.caller, False)
    shape = Shape(chosen.columns, labels, given.get("locale"))

    async def work() -> bytes:
        extract = extract_rows(graph.edition, request, shape)
        return b"".join([piece async for piece in export(graph.database, extract, chosen, found)])

    before = graph.database.statements
    made: bytes = graph.run(work())
    assert graph.database.statements - before == 1
    return made


def refused(both: Both, document: str, format: str = "csv") -> tuple[str, str]:
    """Code and message key of a refusal, the same from both databases."""
    found = []
    for graph in both.graphs:
        try:
            of_graph(graph, both, document, format)
        except RequestError as error:
            found.append((error.code, error.key))
    assert len(found) == 2 and found[0] == found[1]
    return found[0]
