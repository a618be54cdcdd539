"""Validation rules: what must hold of every record that is written, and how it is told what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from customized import changed_toy, words
from graph import ADA, Both, Graph, uid

from crmgraph.actions.bin import Restore
from crmgraph.errors import MetadataError, MetadataFault
from crmgraph.metadata.registry import Registry
from crmgraph.schema.edition import build_edition
from crmgraph.security.principal import trusted

CREATE = "mutation($input: CreateDealInput!) { createDeal(input: $input) { deal { title } } }"
MANY = "mutation($inputs: [CreateDealInput!]!) { createDeals(inputs: $inputs) { affectedCount } }"
UPDATE = "mutation($id: ID!, $input: UpdateDealInput!) { updateDeal(id: $id, input: $input) { deal { id } } }"
IDLE = uid(107)


def deal(**more: Any) -> dict[str, Any]:
    return {"title": "Rule", "firm": {"id": uid(106)}, **more}


def told(error: dict[str, Any]) -> list[tuple[str, str]]:
    return [(".".join(map(str, p["path"])), p["rule"]) for p in error["extensions"]["inputErrors"]]


def test_a_broken_rule_says_so_in_the_callers_language(customized: Both) -> None:
    (error,) = customized.calling(locale="de").errors(CREATE, {"input": deal(amount="-1.00", currency={"id": uid(21)})})
    assert error["message"] == "No amount below zero. (de)"
    assert error["path"] == ["createDeal"]
    assert error["extensions"] == {
        "code": "RULE_VIOLATED",
        "rule": "no_refund",
        "inputErrors": [
            {"path": ["input"], "code": "RULE_VIOLATED", "message": "No amount below zero. (de)", "rule": "no_refund"}
        ],
    }


def test_all_records_and_rules_are_told_at_once(customized: Both) -> None:
    """Also through a to-one relation: the rule about the firm."""
    low = {"amount": "-1.00", "currency": {"id": uid(21)}}
    (error,) = customized.errors(MANY, {"inputs": [deal(firm={"id": IDLE}), deal(), deal(firm={"id": IDLE}, **low)]})
    assert error["extensions"]["code"] == "RULE_VIOLATED"
    assert told(error) == [("inputs.0", "active_firm"), ("inputs.2", "no_refund"), ("inputs.2", "active_firm")]


def test_what_holds_is_written(customized: Both) -> None:
    id = uid(7101)
    customized.ask(CREATE, {"input": deal(id=id, amount="0.00", currency={"id": uid(21)})}, None)
    (error,) = customized.errors(UPDATE, {"id": id, "input": {"amount": "-0.01"}})
    assert told(error) == [("input", "no_refund")]
    customized.ask(UPDATE, {"id": id, "input": {"amount": "3.00", "title": "Rule 2"}}, None)


def test_an_old_record_is_judged_when_it_is_written(customized: Both) -> None:
    """The amount of deal 4 was below zero before there was a rule: it cannot stay so, whatever is changed."""
    (error,) = customized.errors(UPDATE, {"id": uid(304), "input": {"reference": "R/2"}})
    assert told(error) == [("input", "no_refund")]
    customized.ask(UPDATE, {"id": uid(304), "input": {"reference": "R/1"}}, None)  # no change, no judgement


def test_nested_bulk_and_upsert(customized: Both) -> None:
    firm = "mutation($input: CreateFirmInput!) { createFirm(input: $input) { firm { id } } }"
    deals = {"create": [{"title": "Good"}, {"title": "Bad", "amount": "-1.00", "currency": {"id": uid(21)}}]}
    (error,) = customized.errors(firm, {"input": {"name": "With deals", "deals": deals}})
    assert told(error) == [("input.deals.create.1", "no_refund")]
    customized.ask(CREATE, {"input": deal(id=uid(7102), title="Bulk rule")}, None)
    many = """mutation($firm: ID!) {
      updateDeals(where: {title: {eq: "Bulk rule"}}, input: {firm: {id: $firm}}, atMost: 5) { affectedCount } }"""
    (error,) = customized.errors(many, {"firm": IDLE})
    assert told(error) == [("input", "active_firm")]
    upsert = "mutation($key: DealKey!, $input: CreateDealInput!) { upsertDeal(key: $key, input: $input) { created } }"
    (error,) = customized.errors(upsert, {"key": {"id": uid(7103)}, "input": deal(firm={"id": IDLE})})
    assert told(error) == [("input", "active_firm")]


def test_what_is_restored_is_judged_when_it_is_next_changed(customized: Both) -> None:
    """Deal 4 breaks a rule that came after it. The bin gives back what was; nobody writes a value."""

    def with_bin(graph: Graph) -> Graph:
        return replace(graph, edition=build_edition(graph.edition.registry, graph.edition.phrases, actions=(Restore,)))

    binned = replace(customized, graphs=tuple(with_bin(g) for g in customized.graphs))
    restore = "mutation($id: ID!) { restoreDeal(id: $id) { deal { id amount } } }"
    binned.ask("mutation($id: ID!) { deleteDeal(id: $id) { deletedId } }", {"id": uid(304)}, None)
    found = binned.ask(restore, {"id": uid(304)}, None)["restoreDeal"]["deal"]
    assert found == {"id": uid(304), "amount": "-5.00"}
    (error,) = binned.errors(UPDATE, {"id": uid(304), "input": {"reference": "R/3"}})
    assert told(error) == [("input", "no_refund")]


def test_rules_know_the_caller_and_the_day(customized: Both) -> None:
    mine = {"input": deal(title="Mine", owner={"user": {"id": ADA}})}
    (error,) = customized.calling(principal=trusted(uid(2))).errors(CREATE, mine)
    assert told(error) == [("input", "mine")]
    customized.ask(CREATE, mine, None)
    visit = "mutation($input: CreateVisitInput!) { createVisit(input: $input) { visit { place } } }"
    values = {"subject": "V", "place": "Lund", "sortDate": "2026-12-31T23:30:00Z"}
    customized.ask(visit, {"input": values}, None)
    (error,) = customized.calling(principal=trusted(ADA, "Europe/Stockholm")).errors(visit, {"input": values})
    assert told(error) == [("input", "not_next_year")]


def test_a_kind_obeys_its_bases_rules_too(customized: Both) -> None:
    values = '{subject: "V", place: "x", sortDate: "2025-01-01T00:00:00Z", minutes: 2000}'
    document = f"mutation {{ createVisit(input: {values}) {{ visit {{ id }} }} }}"
    (error,) = customized.errors(document)
    assert told(error) == [("input", "in_a_day"), ("input", "not_next_year")]


def test_rules_cost_one_statement_a_type(customized: Both, toy: Registry) -> None:
    """As many records as there may be; a type without rules costs no more than in a model without any."""
    firms = "mutation($inputs: [CreateFirmInput!]!) { createFirms(inputs: $inputs) { affectedCount } }"
    for graph in customized.graphs:
        plain = Graph.open(graph.database, toy, graph.run)
        for document, values, more in ((firms, {"name": "Counted"}, 0), (MANY, deal(), 1)):
            for count in (1, 7):
                spent = [statements(g, document, [values] * count) for g in (plain, plain, graph, graph)]
                assert spent[3] - spent[1] == more, (document, count)


def statements(graph: Graph, document: str, inputs: list[dict[str, Any]]) -> int:
    before = graph.database.statements
    assert graph.answer(document, {"inputs": inputs}).kind == "data"
    return graph.database.statements - before


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ({"titel": {"eq": "x"}}, "where_unknown_name"),
        ({"title": {"equals": "x"}}, "where_unknown_operator"),
        ({"firm": {"name": {"eq": 5}}}, "where_wrong_value"),
        ({"state": {"eq": "gone"}}, "where_wrong_value"),
    ],
)
def test_wrong_conditions_are_told(condition: dict[str, Any], key: str) -> None:
    rule = {"condition": condition, "message": words("x")}
    with pytest.raises(MetadataFault) as refused:
        changed_toy({"deal": {"rules": {"wrong": rule}}})
    assert refused.value.key == key
    assert all(refused.value.text(x) for x in ("en", "es", "de", "pl"))


def test_a_rule_about_a_retired_field() -> None:
    rule = {"condition": {"reference": {"isNull": False}}, "message": words("x")}
    patch = {"deal": {"rules": {"referenced": rule}, "fields": {"reference": {"retired": True}}}}
    with pytest.raises(MetadataFault, match="reference"):
        changed_toy(patch)


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"memo": {"fields": {"body": {"roles_of": "regarding"}}}}, "be a choice"),
        ({"deal": {"fields": {"title": {"roles_of": "nothing"}}}}, "“roles_of” must name a lookup"),
        (
            {"firm": {"fields": {"warmth": {"roles_of": "head"}}}, "person": {"party_roles": ["hott"]}},
            "no role “hott”. Similar: hot",
        ),
    ],
)
def test_wrong_party_roles_are_told(patch: dict[str, Any], message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        changed_toy(patch)
