"""Callers who are nobody: lists of open views by the views' own columns, and not a word about anything else."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graph import NOW, Both

from crmgraph.actions.unit import Caller
from crmgraph.schema.resolve import Request, execute
from crmgraph.schema.terms import Terms
from crmgraph.security.principal import trusted

OPEN = frozenset({("deal", "open_by_firm")})
LIST = "deals(view: OPEN_BY_FIRM, first: 2)"


def asked(customized: Both, document: str, **variables: Any) -> Any:
    """The answer of a caller without a user, alike on both databases, and how many statements it took."""
    found = []
    for graph in customized.graphs:
        caller = Caller(trusted(), "en", None, None, NOW)
        before = graph.database.statements
        request = Request(document, None, variables, caller, True, None, Terms(views=OPEN))
        answer = graph.run(execute(graph.edition, graph.database, request))
        found.append((orjson.loads(answer.body), graph.database.statements - before))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    "document",
    [
        f"{{ {LIST} {{ totalCount nodes {{ id title amount firm {{ displayName name warmth warmthLabel }} }} }} }}",
        f"{{ {LIST} {{ edges {{ cursor node {{ title }} }} pageInfo {{ hasNextPage }} }} __typename }}",
        f"{{ a: {LIST} {{ ...l }} }} fragment l on DealConnection {{ nodes {{ ... on Deal {{ title }} }} }}",
    ],
)
def test_an_open_view_is_read_by_its_columns(customized: Both, document: str) -> None:
    (answer, statements) = asked(customized, document)
    assert "errors" not in answer and statements == 1


REFUSED = {
    "another view": "{ deals(view: DEAR) { nodes { title } } }",
    "no view": "{ deals { nodes { title } } }",
    "a view that a variable names": "query ($v: DealView) { deals(view: $v) { nodes { title } } }",
    "one allowed, one not": f"{{ {LIST} {{ totalCount }} firms {{ totalCount }} }}",
    "hidden in a fragment": "{ ...q } fragment q on Query { firms { totalCount } }",
    "a condition on what is no column": "{ deals(view: OPEN_BY_FIRM, where: {version: {eq: 1}}) { totalCount } }",
    "an order": "{ deals(view: OPEN_BY_FIRM, orderBy: [{title: ASC}]) { nodes { title } } }",
    "figures": f"{{ {LIST} {{ aggregate {{ count }} }} }}",
    "what is no column": f"{{ {LIST} {{ nodes {{ version }} }} }}",
    "what is no column of another record": f"{{ {LIST} {{ nodes {{ firm {{ number }} }} }} }}",
    "lists within": f"{{ {LIST} {{ nodes {{ firm {{ deals {{ totalCount }} }} }} }} }}",
    "who owns it": f"{{ {LIST} {{ nodes {{ owner {{ id }} }} }} }}",
    "a record by its id": '{ node(id: "00000000-0000-7000-8000-000000000101") { id } }',
    "a search": '{ search(text: "a") { totalCount } }',
    "me": "{ me { id } }",
    "the schema": "{ __schema { types { name } } }",
    "a type": '{ __type(name: "Deal") { name } }',
    "metadata": "{ metadata { revision } }",
    "a mutation": "mutation { __typename }",
    "a field that is not there": "{ dealz { totalCount } }",
    "no GraphQL": "{",
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_one_answer(customized: Both, name: str) -> None:
    """Whether something is there, or what it is called, nobody is told."""
    variables = {"v": "OPEN_BY_FIRM"} if "$v" in REFUSED[name] else {}
    (answer, statements) = asked(customized, REFUSED[name], **variables)
    [error] = answer["errors"]
    assert "data" not in answer and statements == 0
    assert error == {
        "message": "Who are you? Send a valid token: “Authorization: Bearer …”.",
        "extensions": {"code": "UNAUTHENTICATED"},
    }
