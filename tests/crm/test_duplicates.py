"""Duplicates of accounts, contacts and leads: what is told and refused, what nobody may see, looking on demand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from bureau import Bureau

from crmgraph.actions.action import perform
from crmgraph.actions.ids import new_id
from crmgraph.actions.unit import Caller, Unit
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.principals import NO_HIERARCHY, Principals

pytestmark = pytest.mark.slow

NUMBERS = itertools.count(1)
TOLD = "duplicates { of rule label message score record { __typename id displayName } }"
CREATE = f"""mutation($i: CreateContactInput!, $d: DuplicateHandling) {{
  createContact(input: $i, duplicates: $d) {{ contact {{ id }} {TOLD} }}
}}"""
MANY = f"""mutation($i: [CreateContactInput!]!, $d: DuplicateHandling) {{
  createContacts(inputs: $i, duplicates: $d) {{ contacts {{ id }} {TOLD} }}
}}"""
UPDATE = f"""mutation($id: ID!, $i: UpdateContactInput!, $d: DuplicateHandling) {{
  updateContact(id: $id, input: $i, duplicates: $d) {{ {TOLD} }}
}}"""
FIND = """query($of: DuplicatesOf!, $rules: [String!], $first: Int, $offset: Int) {
  findDuplicates(of: $of, rules: $rules, first: $first, offset: $offset) {
    of rule score record { id ... on Contact { email } } }
}"""


@pytest.fixture
def mark() -> Iterator[str]:
    """A word that no other test has."""
    yield f"m{next(NUMBERS)}q"


def mail(mark: str) -> str:
    return f"{mark}@firm.example"


def told(answer: Any, mutation: str) -> list[tuple[str, str]]:
    """(rule, the record that is there)."""
    return [(d["rule"], d["record"]["id"]) for d in answer[mutation]["duplicates"]]


def found(bureau: Bureau, **of: Any) -> list[tuple[str, str]]:
    return [(d["rule"], d["record"]["id"]) for d in bureau.ask(FIND, of=of)["findDuplicates"]]


def keys_of(bureau: Bureau, *ids: str) -> int:
    """How many keys are kept of some records."""

    async def work() -> int:
        async with bureau.database.transaction() as transaction:
            rows = await transaction.rows("SELECT CAST(record_id AS text) FROM match_key")
            return sum(id in ids for (id,) in rows)

    return int(bureau.run(work()))


def test_who_makes_a_duplicate_is_told_of_it(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="Nowak", email=mail(mark))
    made = bureau.ask(CREATE, i={"lastName": "Other", "email": f" {mail(mark).upper()}"})["createContact"]
    assert made["duplicates"] == [
        {
            "of": made["contact"]["id"], "rule": "same_email", "label": "Same Email", "score": 100,
            "message": "There is a record with the same e-mail address.",
            "record": {"__typename": "Contact", "id": first, "displayName": "Nowak"},
        }
    ]  # fmt: skip


def test_a_refusal_names_what_is_there_and_writes_nothing(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="Nowak", email=mail(mark))
    rows = bureau.rows()
    answer = bureau.answer(CREATE, i={"lastName": "Two", "email": mail(mark)}, d="REFUSE")
    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["rule"]) == ("DUPLICATE_FOUND", "same_email")
    assert answer["errors"][0]["message"] == "There is a record with the same e-mail address."
    assert bureau.refused(answer) == [("DUPLICATE_FOUND", "same_email", ["input", "email"])]
    expected = {"id": first, "type": "Contact", "displayName": "Nowak", "rule": "same_email", "score": 100}
    assert extensions["duplicates"] == [expected]
    assert bureau.rows() == rows
    assert (
        bureau.ask(CREATE, i={"lastName": "Two", "email": mail(mark)}, d="ALLOW")["createContact"]["duplicates"] == []
    )


def test_each_rule_compares_in_its_own_way(bureau: Bureau, mark: str) -> None:
    firm = bureau.create("Account", name=f"{mark} Würth & Co", website=f"https://www.{mark}.example/home")
    again = bureau.ask(
        f"mutation($i: CreateAccountInput!) {{ createAccount(input: $i) {{ account {{ id }} {TOLD} }} }}",
        i={"name": f"{mark.upper()} WURTH&CO", "website": f"{mark}.example"},
    )
    assert sorted(told(again, "createAccount")) == [("same_name", firm), ("same_website", firm)]
    anna = {"firstName": "Anna", "lastName": f"Kowalska {mark}", "account": {"id": firm}}
    first = bureau.create("Contact", **anna, mobilePhone="+48 601 222 333")
    close = {"firstName": "Anne", "lastName": f"Kowalska {mark}", "account": {"id": firm}}
    assert found(bureau, contact=close) == [("similar_name_same_company", first)]
    assert found(bureau, contact={**close, "account": None}) == []
    assert found(bureau, contact={**close, "firstName": "Bartholomew Maximilian"}) == []
    assert ("same_phone", first) in found(bureau, contact={"lastName": "X", "mobilePhone": "601-222-333"})
    lead = bureau.ask(
        f"mutation($i: CreateLeadInput!) {{ createLead(input: $i) {{ lead {{ id }} {TOLD} }} }}",
        i={"topic": "T", "lastName": "L", "email": mail(mark)},
    )
    assert lead["createLead"]["duplicates"] == []
    known = bureau.create("Contact", lastName="K", email=mail(mark))
    second = {"topic": "T", "lastName": "L2", "email": mail(mark)}
    every = {("email_of_contact", known), ("same_email", lead["createLead"]["lead"]["id"])}
    assert set(found(bureau, lead=second)) == every


def test_records_written_together_are_compared_too(bureau: Bureau, mark: str) -> None:
    rows = [{"lastName": "A", "email": mail(mark)}, {"lastName": "B"}, {"lastName": "C", "email": mail(mark)}]
    refused = bureau.answer(MANY, i=rows, d="REFUSE")
    assert bureau.refused(refused) == [("DUPLICATE_FOUND", "same_email", ["inputs", 2, "email"])]
    made = bureau.ask(MANY, i=rows)["createContacts"]
    ids = [each["id"] for each in made["contacts"]]
    assert [(d["of"], d["record"]["id"]) for d in made["duplicates"]] == [(ids[2], ids[0])]


def test_nested_records_are_refused_at_their_own_places(bureau: Bureau, mark: str) -> None:
    bureau.create("Contact", lastName="There", email=mail(mark))
    document = "mutation($i: CreateAccountInput!) { createAccount(input: $i, duplicates: REFUSE) { account { id } } }"
    given = {"name": f"{mark} nested", "contacts": {"create": [{"lastName": "New", "email": mail(mark)}]}}
    path = ["input", "contacts", "create", 0, "email"]
    assert bureau.refused(bureau.answer(document, i=given)) == [("DUPLICATE_FOUND", "same_email", path)]


def test_changes_are_looked_at_where_they_change_what_is_compared(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="One", email=mail(mark))
    other = bureau.create("Contact", lastName="Two", email=mail(f"{mark}z"))
    assert told(bureau.ask(UPDATE, id=other, i={"email": mail(mark)}), "updateContact") == [("same_email", first)]
    assert (
        told(bureau.ask(UPDATE, id=other, i={"jobTitle": "Boss", "email": mail(mark).upper()}), "updateContact") == []
    )
    answer = bureau.answer(UPDATE, id=first, i={"state": "INACTIVE"})
    assert "errors" not in answer
    assert found(bureau, id=other) == []
    back = bureau.answer(UPDATE, id=first, i={"state": "ACTIVE"}, d="REFUSE")
    assert [f[:2] for f in bureau.refused(back)] == [("DUPLICATE_FOUND", "same_email")]
    cleared = bureau.ask(UPDATE, id=other, i={"email": None})
    assert told(cleared, "updateContact") == [] and found(bureau, contact={"lastName": "N", "email": mail(mark)}) == []


def test_upserts_and_changes_of_many_are_looked_at(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="One", email=mail(mark))
    upsert = f"""mutation($k: ContactKey!, $i: CreateContactInput!, $d: DuplicateHandling) {{
      upsertContact(key: $k, input: $i, duplicates: $d) {{ created {TOLD} }} }}"""
    given = {"k": {"contactNumber": f"C-{mark}"}, "i": {"lastName": "Two", "email": mail(mark)}}
    refused = bureau.refused(bureau.answer(upsert, **given, d="REFUSE"))
    assert refused == [("DUPLICATE_FOUND", "same_email", ["input", "email"])]
    made = bureau.ask(upsert, **given)
    assert made["upsertContact"]["created"] and told(made, "upsertContact") == [("same_email", first)]
    bureau.create("Contact", lastName=f"Z{mark}")
    many = f"""mutation($w: ContactWhere!, $i: UpdateContactInput!, $d: DuplicateHandling) {{
      updateContacts(where: $w, input: $i, atMost: 5, duplicates: $d) {{ affectedCount {TOLD} }} }}"""
    where = {"lastName": {"eq": f"Z{mark}"}}
    refused = bureau.refused(bureau.answer(many, w=where, i={"email": mail(mark)}, d="REFUSE"))
    assert refused == [("DUPLICATE_FOUND", "same_email", ["input", "email"])]
    assert len(told(bureau.ask(many, w=where, i={"email": mail(mark)}), "updateContacts")) == 2


def test_keys_go_and_come_with_their_records(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="Gone", email=mail(mark))
    assert found(bureau, contact={"lastName": "N", "email": mail(mark)}) == [("same_email", first)]
    bureau.ask("mutation($id: ID!) { deleteContact(id: $id) { deletedId } }", id=first)
    assert keys_of(bureau, first) == 0 and found(bureau, contact={"lastName": "N", "email": mail(mark)}) == []
    bureau.ask("mutation($id: ID!) { restoreContact(id: $id) { contact { id } } }", id=first)
    assert found(bureau, contact={"lastName": "N", "email": mail(mark)}) == [("same_email", first)]
    bureau.ask("mutation($i: EraseSubjectInput!) { eraseSubject(input: $i) { dryRun } }", i={"record": first})
    assert keys_of(bureau, first) == 0


def test_a_merged_record_is_nobodys_duplicate_until_it_comes_back(bureau: Bureau, mark: str) -> None:
    one = bureau.create("Contact", lastName="One", email=mail(mark))
    two = bureau.create("Contact", lastName="Two", email=mail(mark))
    merge = "mutation($id: ID!, $o: ID!) { mergeContacts(id: $id, input: {other: $o}) { contact { id } } }"
    bureau.ask(merge, id=one, o=two)
    assert found(bureau, contact={"lastName": "N", "email": mail(mark)}) == [("same_email", one)]
    bureau.ask("mutation($id: ID!) { unmergeContact(id: $id) { contact { id } } }", id=two)
    every = {("same_email", one), ("same_email", two)}
    assert set(found(bureau, contact={"lastName": "N", "email": mail(mark)})) == every


def test_looking_is_paged_and_by_chosen_rules(bureau: Bureau, mark: str) -> None:
    ids = [bureau.create("Contact", lastName=f"P{i}", email=mail(mark)) for i in range(3)]
    of = {"contact": {"lastName": "N", "email": mail(mark), "mobilePhone": "12345"}}
    pages = [bureau.ask(FIND, of=of, first=2, offset=n)["findDuplicates"] for n in (0, 2, 4)]
    assert [[d["record"]["id"] for d in page] for page in pages] == [sorted(ids)[:2], sorted(ids)[2:], []]
    assert bureau.ask(FIND, of={"id": ids[0]}, rules=["same_phone"])["findDuplicates"] == []
    wrong = bureau.answer(FIND, of=of, rules=["same_emil"])
    assert wrong["errors"][0]["extensions"]["inputErrors"][0]["code"] == "UNKNOWN_NAME"
    assert bureau.answer(FIND, of=of, first=501)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert bureau.ask(FIND, of={"id": "00000000-0000-7000-8000-000000000000"})["findDuplicates"] is None


# --- rights ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seller(bureau: Bureau) -> str:
    """A user who may do everything with their own records, and nothing with those of others."""
    unit, user, role = ("0199aaaa-0000-7000-8000-00000000d0b0", "0199aaaa-0000-7000-8000-00000000d0b1", new_id())
    bureau.fill("business_unit", [{"id": unit, "name": "Duplicates"}])
    bureau.fill(
        "user", [{"id": user, "full_name": "Seller", "email": "dup@firm.example", "business_unit": {"id": unit}}]
    )
    bureau.fill("role", [{"id": role, "name": "Own", "business_unit": {"id": unit}}])
    names = ("create", "read", "write", "delete", "append", "append_to", "assign", "share")
    bureau.fill("role_privilege", [{"role": {"id": role}, **{f"{n}_level": 1 for n in names}}])
    bureau.fill("role_assignment", [{"role": {"id": role}, "user": {"id": user}}])
    return user


def answer_of(bureau: Bureau, user: str, document: str, **variables: Any) -> Any:
    """The whole answer to somebody with the rights that they have."""
    principal = bureau.run(Principals(bureau.database, NO_HIERARCHY).by_id(bureau.edition.registry, user))
    request = Request(document, None, variables, Caller(principal, "en", None, None, bureau.now), True)
    return orjson.loads(bureau.run(execute(bureau.edition, bureau.database, request)).body)


def test_what_one_may_not_see_neither_refuses_nor_warns(bureau: Bureau, mark: str, seller: str) -> None:
    hidden = bureau.create("Contact", lastName="Hidden", email=mail(mark))
    new = {"lastName": "New", "email": mail(mark)}
    made = answer_of(bureau, seller, CREATE, i=new, d="REFUSE")["data"]["createContact"]
    assert made["duplicates"] == []
    again = answer_of(bureau, seller, CREATE, i=new)["data"]
    assert told(again, "createContact") == [("same_email", made["contact"]["id"])]
    assert told(bureau.ask(CREATE, i=new), "createContact")[0] == ("same_email", hidden)
    refused = answer_of(bureau, seller, CREATE, i=new, d="REFUSE")["errors"][0]["extensions"]["duplicates"]
    assert hidden not in [d["id"] for d in refused] and len(refused) == 2
    assert answer_of(bureau, seller, FIND, of={"id": hidden})["data"]["findDuplicates"] is None
    seen = answer_of(bureau, seller, FIND, of={"contact": new}, first=10)["data"]["findDuplicates"]
    assert len(seen) == 2


def test_only_who_may_read_all_may_search_all(bureau: Bureau, seller: str) -> None:
    scan = 'mutation { scanForDuplicates(input: {recordType: "Contact"}) { duplicateScan { id } } }'
    assert answer_of(bureau, seller, scan)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_two_at_once_do_not_both_pass(bureau: Bureau, mark: str) -> None:
    caller = Caller(trusted(), "en", None, None, bureau.now)

    async def create(number: int) -> Any:
        given = {"i": {"lastName": f"R{number}", "email": mail(mark)}, "d": "REFUSE"}
        return orjson.loads(
            (await execute(bureau.edition, bureau.database, Request(CREATE, None, given, caller, True))).body
        )

    async def both() -> list[Any]:
        return await asyncio.gather(*(create(i) for i in range(4)))

    answers = bureau.run(both())
    codes = [a["errors"][0]["extensions"]["code"] for a in answers if "errors" in a]
    assert codes == ["DUPLICATE_FOUND"] * 3


def test_it_costs_two_statements_for_any_number_of_records(bureau: Bureau, mark: str) -> None:
    def cost(document: str, **given: Any) -> int:
        before = bureau.database.statements
        bureau.ask(document, **given)
        return bureau.database.statements - before

    base = 700_000_000 + hash(mark) % 1000 * 1000

    def rows(field: str, count: int) -> list[dict[str, Any]]:
        return [{"lastName": "S", field: f"+48 {base + i}"} for i in range(count)]

    [plain], [one] = rows("fax", 1), rows("mobilePhone", 1)
    assert cost(CREATE, i=one) == cost(CREATE, i=plain) + 2
    assert cost(MANY, i=rows("mobilePhone", 20)) == cost(MANY, i=rows("fax", 20)) + 2


def test_what_was_taken_back_is_not_told(bureau: Bureau, mark: str) -> None:
    """A part of a transaction that is undone leaves no word of its duplicates."""
    from crmgraph.actions.records import create_record
    from crmgraph.actions.savepoints import Savepoint

    bureau.create("Contact", lastName="There", email=mail(mark))

    async def work(unit: Unit) -> tuple[int, int]:
        place = await Savepoint.set(unit)
        await create_record(unit, "contact", {"full_name": "New", "email": mail(mark)})
        during = len(unit.duplicates)
        await place.back()
        return during, len(unit.duplicates)

    caller = Caller(trusted(), "en", None, None, bureau.now)
    assert bureau.run(perform(bureau.database, bureau.edition.tables, caller, work)) == (1, 0)


def test_work_done_offline_is_looked_at_operation_by_operation(bureau: Bureau, mark: str) -> None:
    first = bureau.create("Contact", lastName="There", email=mail(mark))
    shown = f"applied results {{ key status code inputErrors {{ code path }} }} {TOLD}"
    document = f"mutation($b: ID!, $o: [SyncOperation!]!) {{ sync(batchId: $b, operations: $o) {{ {shown} }} }}"

    def create(key: str, **more: Any) -> dict[str, Any]:
        return {"key": key, "mutation": {"createContact": {"input": {"lastName": key, "email": mail(mark)}, **more}}}

    operations = [create("a", duplicates="REFUSE"), create("b", duplicates="ALLOW"), create("c")]
    answer = bureau.ask(document, b=f"batch {mark}", o=operations)["sync"]
    assert [(r["status"], r["code"]) for r in answer["results"]] == [
        ("REFUSED", "DUPLICATE_FOUND"), ("APPLIED", None), ("APPLIED", None)
    ]  # fmt: skip
    assert answer["results"][0]["inputErrors"] == [{"code": "DUPLICATE_FOUND", "path": ["input", "email"]}]
    assert len(told({"sync": answer}, "sync")) == 2 and ("same_email", first) in told({"sync": answer}, "sync")
