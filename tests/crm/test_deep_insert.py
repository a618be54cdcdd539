"""An account with its contacts, their activities and the activities' parties in one mutation of the standard model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from crmgraph.actions.unit import Caller
from crmgraph.schema.edition import Edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database

pytestmark = pytest.mark.slow

CREATE = """mutation Deep($input: CreateAccountInput!) { createAccount(input: $input) { created account {
  name parentAccount { name }
  contacts(orderBy: [{fullName: ASC}]) { nodes { fullName activities(orderBy: [{subject: ASC}]) { nodes {
    __typename subject
    ... on Email { parties(orderBy: [{role: ASC}]) { nodes { role party { displayName } } } }
    ... on PhoneCall { phoneNumber parties { nodes { role party { displayName } } } } } } } } } } }"""


class Desk:
    """One database of the standard model, to write into."""

    def __init__(self, edition: Edition, database: Database, run: Any) -> None:
        self.edition, self.database, self.run = edition, database, run

    def ask(self, document: str, **variables: Any) -> Any:
        caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
        request = Request(document, None, variables, caller, True)
        return orjson.loads(self.run(execute(self.edition, self.database, request)).body)

    def rows(self) -> int:
        async def work() -> int:
            async with self.database.transaction() as transaction:
                found = await transaction.rows("SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM event)")
                return int(found[0][0])

        return int(self.run(work()))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(
    request: pytest.FixtureRequest, run: Any, crm_database: Callable[[str], str], shipped_edition: Any
) -> Iterator[Desk]:
    database = run(open_database(crm_database(request.param)))
    edition = shipped_edition(database)
    found = Desk(edition, database, run)
    parent = 'mutation { createAccount(input: {name: "Holding", accountNumber: "H-1"}) { created } }'
    assert "errors" not in found.ask(parent)
    yield found
    run(database.close())


def contact(number: int) -> dict[str, Any]:
    """A contact with two activities, whose parties are the contact itself and a lead made for it."""
    id = f"00000000-0000-7000-8000-0000000001{number:02}"
    me = {"role": "TO", "party": {"contact": {"id": id}}}
    sender = {"role": "SENDER", "party": {"lead": {"create": {"topic": f"Lead {number}", "lastName": "L"}}}}
    email = {"subject": f"E{number}", "parties": {"create": [sender, me]}}
    call = {"subject": f"C{number}", "phoneNumber": "+48 1", "parties": {"create": [dict(me)]}}
    activities = {"create": [{"email": email}, {"phoneCall": call}]}
    return {"id": id, "fullName": f"Contact {number}", "lastName": "Contact", "activities": activities}


def account() -> dict[str, Any]:
    parent = {"key": {"accountNumber": "H-1"}}
    return {"name": "Deep", "parentAccount": parent, "contacts": {"create": [contact(i) for i in range(3)]}}


def test_a_fault_in_the_last_leaf_writes_nothing_and_names_its_path(desk: Desk) -> None:
    given = account()
    last = given["contacts"]["create"][2]["activities"]["create"][1]["phoneCall"]["parties"]["create"][0]
    last["party"] = {"contact": {"key": {"id": "00000000-0000-7000-8000-000000000999"}}}
    before = desk.rows()
    answer = desk.ask(CREATE, input=given)
    assert desk.rows() == before and answer["data"] is None
    [error] = answer["errors"]
    [problem] = error["extensions"]["inputErrors"]
    place = ["input", "contacts", "create", 2, "activities", "create", 1, "phoneCall", "parties", "create", 0, "party"]
    assert error["path"] == ["createAccount"]
    assert problem["path"] == place and problem["code"] == "NOT_FOUND"


def test_a_deep_insert(desk: Desk) -> None:
    before = desk.database.statements
    answer = desk.ask(CREATE, input=account())
    counted = desk.database.statements - before
    assert "errors" not in answer, answer

    def party(role: str, name: str) -> dict[str, Any]:
        return {"role": role, "party": {"displayName": name}}

    assert answer["data"]["createAccount"] == {
        "created": True,
        "account": {
            "name": "Deep",
            "parentAccount": {"name": "Holding"},
            "contacts": {"nodes": [
                {"fullName": f"Contact {i}", "activities": {"nodes": [
                    {"__typename": "PhoneCall", "subject": f"C{i}", "phoneNumber": "+48 1",
                     "parties": {"nodes": [party("TO", f"Contact {i}")]}},
                    {"__typename": "Email", "subject": f"E{i}",
                     "parties": {"nodes": [party("SENDER", f"Lead {i}"), party("TO", f"Contact {i}")]}},
                ]}}
                for i in range(3)
            ]},
        },
    }  # fmt: skip
    # one look at what is named, a statement for each of six record types (on SQLite for each table), read-back;
    # the names of parties of calls and of messages; duplicates: keys of companies and of people, a look
    more = 2 + 2 + 1
    assert counted == {"postgresql": 1 + 6 + 1 + more, "sqlite": 1 + 4 * 3 + 2 * 4 + 1 + more}[desk.database.name]


def test_records_nest_as_deep_as_a_document_may(desk: Desk) -> None:
    """Sixty accounts, each the child of the one before: the deepest is refused by its path, or all are written."""
    create = "mutation Deep($input: CreateAccountInput!) { createAccount(input: $input) { account { id } } }"

    def chain(leaf: dict[str, Any]) -> dict[str, Any]:
        account = leaf
        for level in range(59):
            account = {"name": f"Level {58 - level}", "childAccounts": {"create": [account]}}
        return account

    before = desk.rows()
    (error,) = desk.ask(create, input=chain({"name": ""}))["errors"]
    assert error["extensions"]["inputErrors"][0]["path"] == ["input", *["childAccounts", "create", 0] * 59, "name"]
    assert desk.rows() == before
    id = desk.ask(create, input=chain({"name": "Leaf"}))["data"]["createAccount"]["account"]["id"]
    below = "query ($id: ID!) { account(id: $id) { descendants { totalCount } } }"
    assert desk.ask(below, id=id)["data"]["account"]["descendants"]["totalCount"] == 59
    assert desk.rows() == before + 120


PARTIES = """mutation($call: CreatePhoneCallInput!, $task: CreateTaskInput!) {
  createPhoneCall(input: $call) { phoneCall { id parties { nodes { id role } } } }
  createTask(input: $task) { task { parties { nodes { role } } } } }"""
CALL = "mutation($id: ID!, $parties: ActivityPartyPartsUpdateInput!) { updatePhoneCall(id: $id, input: {parties: $parties}) { phoneCall { parties(orderBy: [{role: ASC}]) { nodes { id role } } } } }"  # noqa: E501


def refusal(answer: Any) -> tuple[str, str, list[Any], str]:
    [error] = answer["errors"]
    [problem] = error["extensions"]["inputErrors"]
    assert answer["data"] is None and problem["code"] == "WRONG_ROLE"
    return error["extensions"]["code"], error["extensions"]["rule"], problem["path"], problem["message"]


def test_an_activity_has_the_roles_of_its_type(desk: Desk) -> None:
    """A phone call has senders and recipients; a task, which declares none, any."""
    task = {"subject": "T", "parties": {"create": [{"role": "RESOURCE"}]}}
    copied = {"subject": "C", "parties": {"create": [{"role": "TO"}, {"role": "CC"}]}}
    before = desk.rows()
    message = "“CC Recipient” is not a role that people have in “Phone Call”. Roles: Sender, To Recipient."
    wrong = ("RULE_VIOLATED", "party_role_not_allowed")
    place = ["input", "parties", "create", 1, "role"]
    assert refusal(desk.ask(PARTIES, call=copied, task=task)) == (*wrong, place, message)
    assert desk.rows() == before
    copied["parties"] = {"create": [{"role": "TO"}]}
    made = desk.ask(PARTIES, call=copied, task=task)["data"]
    assert made["createTask"]["task"]["parties"]["nodes"] == [{"role": "RESOURCE"}]
    call = made["createPhoneCall"]["phoneCall"]
    id = call["parties"]["nodes"][0]["id"]
    wrongly = {"update": [{"id": id, "input": {"role": "ORGANIZER"}}]}
    assert refusal(desk.ask(CALL, id=call["id"], parties=wrongly))[:3] == (
        *wrong, ["input", "parties", "update", 0, "input", "role"],
    )  # fmt: skip
    rightly = {"update": [{"id": id, "input": {"role": "SENDER"}}]}
    changed = desk.ask(CALL, id=call["id"], parties=rightly)["data"]["updatePhoneCall"]["phoneCall"]
    assert changed["parties"]["nodes"] == [{"id": id, "role": "SENDER"}]
    more = {"create": [{"role": "BCC"}]}
    assert refusal(desk.ask(CALL, id=call["id"], parties=more))[:3] == (
        *wrong, ["input", "parties", "create", 0, "role"],
    )  # fmt: skip
    swapped = {"create": [{"role": "TO"}], "delete": [{"id": id}]}
    changed = desk.ask(CALL, id=call["id"], parties=swapped)["data"]["updatePhoneCall"]["phoneCall"]
    assert [p["role"] for p in changed["parties"]["nodes"]] == ["TO"]
