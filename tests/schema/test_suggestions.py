"""“Did you mean …?” of the shipped model, which has thousands of names to choose from."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, parse, validate
from graphql.pyutils.suggestion_list import LexicalDistance

from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import standard_registry
from crmgraph.schema.suggestions import few_suggestions


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(View(standard_registry()), "en")


@pytest.mark.parametrize(
    ("document", "meant"),
    [
        ("{ acounts { totalCount } }", "'accounts'"),
        ("mutation { createAcount(input: {}) { created } }", "'createAccount'"),
        ("{ accounts { nodes { ... on Opportunty { id } } } }", "'Opportunity'"),
        ("{ accounts(wher: {}) { totalCount } }", "'where'"),
        ("{ accounts(where: {nmae: {eq: 1}}) { totalCount } }", "'name'"),
        ("{ accounts(where: {state: {eq: ACTVE}}) { totalCount } }", "'ACTIVE'"),
    ],
)
def test_what_was_meant(schema: GraphQLSchema, document: str, meant: str) -> None:
    messages = [e.message for e in validate(schema, parse(document))]
    assert any(f"Did you mean {meant}" in m or f"Did you mean the enum value {meant}" in m for m in messages), messages


def test_a_hundred_wrong_names_are_soon_refused(schema: GraphQLSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first have suggestions; comparing each with every type would take half a minute."""
    compared = 0
    measure = LexicalDistance.measure

    def counted(self: LexicalDistance, option: str, threshold: int) -> int | None:
        nonlocal compared
        compared += 1
        return measure(self, option, threshold)

    monkeypatch.setattr(LexicalDistance, "measure", counted)
    wrong = " ".join(f"... on CreateOpportunityCompetitorReferenceInput{i} {{ id }}" for i in range(100))
    with few_suggestions():
        errors = validate(schema, parse(f"{{ accounts {{ nodes {{ {wrong} }} }} }}"), max_errors=100)
    assert len([e for e in errors if "Unknown type" in e.message]) == 100
    assert 0 < len([e for e in errors if "Did you mean" in e.message]) < 20
    assert compared < 1000
