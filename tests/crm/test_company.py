"""Accounts are called companies while clients go on sending yesterday's documents: same answers, no old word left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from crm.test_renames import named

from crmgraph.actions.unit import Caller
from crmgraph.exporting.formats import Options
from crmgraph.exporting.headers import headers
from crmgraph.metadata.types import LOCALES
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.exports import Shape, extract_rows
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

RENAME = """mutation { changeRecordType(input: {type: "account", apiName: "Company", apiPluralName: "companies",
  label: [{locale: "en", text: "Company"}, {locale: "es", text: "Empresa"}, {locale: "de", text: "Firma"}],
  pluralLabel: [{locale: "en", text: "Companies"}, {locale: "es", text: "Empresas"}, {locale: "de", text: "Firmen"}]})
  { changeSet { state } preview { breaking schemaChanges { impact coordinate text } operations { name } } } }"""
CREATE = """mutation New($input: CreateAccountInput!) {
  createAccount(input: $input) { created account { id name } } }"""
CALL = """mutation Call($id: ID!) {
  createPhoneCall(input: {subject: "Hello", regarding: {account: {id: $id}}}) { created } }"""
OLD = [
    """query Page($id: ID!) { account(id: $id) { __typename name parentAccount { name }
      timeline { nodes { title typeLabel } }
      contacts { totalCount nodes { fullName account { name ...A } } }
      history { nodes { fields { label beforeLabel afterLabel } } } } }
      fragment A on Account { accountNumber }""",
    """{ accounts(where: {parentAccount: {name: {eq: "Holding"}}}, orderBy: [{parentAccount: {name: ASC}}])
      { totalCount nodes { name } aggregate { count } } }""",
    "query One($id: ID!) { node(id: $id) { __typename ... on Account { name } } }",
    """{ phoneCalls(where: {regarding: {account: {name: {startsWith: "Con"}}}}) { nodes { subject regarding {
      ... on Account { name } } } } }""",
    """{ search(text: "contoso", types: [ACCOUNT]) { nodes { __typename displayName typeLabel } } }""",
    '{ findDuplicates(of: {account: {name: "CONTOSO"}}) { rule record { displayName ... on Account { name } } } }',
    '{ metadata { type(name: "Account") { storageName fields { storageName } } } }',
]
QUEUED = """mutation Queued($id: ID!, $operations: [SyncOperation!]!) {
  sync(batchId: $id, operations: $operations) { results { key status recordId version } } }"""
NEW = """query Page($id: ID!) { company(id: $id) { __typename name } companies(first: 1) { totalCount }
  metadata { type(name: "Company") { name plural label pluralLabel } } }"""
REFUSED = [
    'mutation { createAccount(input: {name: ""}) { created } }',
    'mutation { createAccount(input: {name: "x", parentAccount: {key: {accountNumber: "none"}}}) { created } }',
    'mutation { updateAccount(id: "00000000-0000-7000-8000-000000000001", input: {name: "x"}) { account { id } } }',
    '{ accounts(where: {nam: {eq: "x"}}) { totalCount } }',
    "{ company { id } }",
]
TEXTS = """{
  __schema { description types { description enumValues(includeDeprecated: true) { description }
    fields(includeDeprecated: true) { description deprecationReason args { description } }
    inputFields(includeDeprecated: true) { description } } }
  metadata {
    types { label pluralLabel description relations { label } states { label reasons { label } }
      fields { label description optionSet { label options { label } } } }
    optionSets { label options { label } } } }"""


class Desk:
    """A database of the standard model, asked as a server would ask it."""

    def __init__(self, editions: Editions, run: Any) -> None:
        self.editions, self.run = editions, run

    def answer(self, document: str, locale: str = "en", **variables: Any) -> Any:
        request = Request(document, None, variables, self.caller(locale), True)
        return orjson.loads(self.run(self.editions.execute(request)).body)

    def caller(self, locale: str) -> Caller:
        return Caller(trusted(), locale, "test", None, datetime.now(UTC))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, run: Any, crm_database: Callable[[str], str]) -> Iterator[Desk]:
    database = run(open_database(crm_database(request.param)))
    yield Desk(Editions(database, run(open_edition(database, actions=ACTIONS))), run)
    run(database.close())


def strings(value: Any) -> Iterator[str]:
    """All texts in an answer."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def as_company(value: Any) -> Any:
    """Yesterday's answer with today's `__typename`, labels and nothing else changed."""
    if isinstance(value, dict):
        return {k: as_company(v) if v != "Account" else "Company" for k, v in value.items()}
    return [as_company(v) for v in value] if isinstance(value, list) else value


def test_a_rename_reaches_everything_and_breaks_nothing(desk: Desk) -> None:
    contact = {"create": [{"lastName": "Lima", "fullName": "Lima"}]}
    holding = desk.answer(CREATE, input={"name": "Holding", "accountNumber": "H-1"})["data"]["createAccount"]["account"]
    made = {"name": "Contoso", "parentAccount": {"id": holding["id"]}, "contacts": contact}
    id = desk.answer(CREATE, input=made)["data"]["createAccount"]["account"]["id"]
    assert "errors" not in desk.answer(CALL, id=id)
    before = [desk.answer(document, **({"id": id} if "$id" in document else {})) for document in OLD]
    assert not [a for a in before if "errors" in a]

    account = "01980000-0000-7000-8000-000000000001"
    mutations: list[dict[str, Any]] = [
        {"createAccount": {"input": {"id": account, "name": "Queue"}}},
        {
            "upsertAccount": {
                "key": {"accountNumber": "Q-1"},
                "input": {"name": "Upsert", "parentAccount": {"id": account}},
            }
        },
        {"assign": {"input": {"record": account, "owner": "01980000-0000-7000-8000-000000000002"}}},
    ]
    queued = {"id": "q", "operations": [{"key": str(i), "mutation": m} for i, m in enumerate(mutations)]}
    results = desk.answer(QUEUED, **queued)["data"]
    assert [r["status"] for r in results["sync"]["results"]] == ["APPLIED", "APPLIED", "REFUSED"]

    renamed = desk.answer(RENAME)
    assert renamed["data"]["changeRecordType"]["changeSet"] == {"state": "PUBLISHED"}, renamed
    assert renamed["data"]["changeRecordType"]["preview"]["breaking"] is False

    after = [desk.answer(document, **({"id": id} if "$id" in document else {})) for document in OLD]
    label = {"typeLabel": "Company"}
    before[4]["data"]["search"]["nodes"] = [n | label for n in before[4]["data"]["search"]["nodes"]]
    before[0]["data"]["account"]["history"] = after[0]["data"]["account"]["history"]  # its labels follow the rename
    assert after == as_company(before)
    assert desk.answer(QUEUED, **queued)["data"] == results, "sent again after the rename: carried out once"
    change = {"updateAccount": {"id": account, "ifVersion": 1, "input": {"name": "Later"}}}
    later = desk.answer(QUEUED, id="later", operations=[{"key": "0", "mutation": change}])["data"]["sync"]["results"]
    assert [r["status"] for r in later] == ["APPLIED"]
    new = desk.answer(NEW, id=id)["data"]
    assert new["company"] == {"__typename": "Company", "name": "Contoso"} and new["companies"] == {"totalCount": 4}
    assert new["metadata"]["type"] == {
        "name": "Company", "plural": "companies", "label": "Company", "pluralLabel": "Companies",
    }  # fmt: skip


def test_no_text_says_the_old_word(desk: Desk) -> None:
    """After the rename: descriptions, labels, refusals, history and headers, in each language that was renamed."""
    if desk.editions.database.name != "sqlite":
        pytest.skip("texts do not come from the database, but for what the test before compares")
    account = desk.answer("{ companies { nodes { id } } }")["data"]["companies"]["nodes"][0]["id"]
    for locale in LOCALES:
        said = list(strings(desk.answer(TEXTS, locale)["data"]))
        assert len(said) > 5000
        for document in REFUSED:
            answer = desk.answer(document, locale)
            assert "errors" in answer
            said += [e["message"] for e in answer["errors"]]
            said += [p["message"] for e in answer["errors"] for p in e["extensions"].get("inputErrors", ())]
        history = "query H($id: ID!) { company(id: $id) { typeLabel history { nodes { actLabel fields { label } } } } }"
        said += list(strings(desk.answer(history, locale, id=account)["data"]))
        request = Request("{ contacts { nodes { account { name } } } }", None, {}, desk.caller(locale), False)
        columns = extract_rows(desk.editions.current, request, Shape(True, True, locale)).columns
        said += headers(columns, Options(headers=True, locale=locale))
        found = [text for text in said if "account" in named(text, locale)]
        if locale == "pl":
            assert any("konta" in text for text in found), "Polish keeps its own word"
        else:
            assert not found
