"""Parties are found by their addresses, now or later; messages say what their parties say, and thread."""

from __future__ import annotations

from asyncio import gather
from typing import Any

import pytest
from bureau import Bureau

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller
from crmgraph.crm.activities import resolving
from crmgraph.security.principal import trusted

pytestmark = pytest.mark.slow

MAIL = """query($id: ID!) { email(id: $id) { sender toRecipients cc conversation inReplyTo references
  regarding { __typename } parentEmail { id }
  parties(orderBy: [{createdOn: ASC}]) { nodes { id role name addressUsed isUnresolved isAmbiguous unresolvedName
    party { __typename ... on Node { id } } } } } }"""


def mail(bureau: Bureau, id: str) -> Any:
    return bureau.ask(MAIL, id=id)["email"]


def parties(bureau: Bureau, id: str) -> dict[tuple[str, str], Any]:
    """What is said of each party, by role and address."""
    return {(p["role"], p["addressUsed"]): p for p in mail(bureau, id)["parties"]["nodes"]}


def named(bureau: Bureau, id: str) -> dict[tuple[str, str], str | None]:
    """Whom each party names."""
    return {k: p["party"] and p["party"]["id"] for k, p in parties(bureau, id).items()}


def test_parties_are_found_by_their_addresses(bureau: Bureau) -> None:
    """Case, tags and encoded domains aside; people before companies before leads; who is inactive comes last."""
    company = bureau.create("Account", name="Nadel", email="info@nadel-one.example")
    person = bureau.create(
        "Contact", lastName="Nadel", email="Anna.Nadel@Nadel-One.example", email2="an@bücher-n.example"
    )
    bureau.create("Contact", lastName="Idle", email="idle@nadel-one.example", state="INACTIVE")
    lead = bureau.create("Lead", topic="L", lastName="Lead", email="idle@nadel-one.example")
    bureau.create("Lead", topic="L", lastName="Twin", email="INFO@nadel-one.example")
    to = ["Anna <anna.nadel+news@nadel-one.example>", "an@xn--bcher-n-n2a.example", "idle@nadel-one.example"]
    id = bureau.create(
        "Email", subject="Hello",
        parties={"create": [{"role": "SENDER", "addressUsed": "info@nadel-one.example"},
                            *({"role": "TO", "addressUsed": a} for a in to),
                            {"role": "CC", "addressUsed": "\"Nobody, N.\" <nobody@nadel-one.example>"}]},
    )  # fmt: skip
    found = parties(bureau, id)
    assert {k: p["party"] and p["party"]["id"] for k, p in found.items()} == {
        ("SENDER", "info@nadel-one.example"): company,
        ("TO", "anna.nadel+news@nadel-one.example"): person,
        ("TO", "an@xn--bcher-n-n2a.example"): person,
        ("TO", "idle@nadel-one.example"): lead,
        ("CC", "nobody@nadel-one.example"): None,
    }
    nobody = found["CC", "nobody@nadel-one.example"]
    assert (nobody["isUnresolved"], nobody["name"], nobody["unresolvedName"]) == (True, "Nobody, N.", "Nobody, N.")
    assert found["SENDER", "info@nadel-one.example"]["isAmbiguous"], "a lead has it too"
    assert not found["TO", "idle@nadel-one.example"]["isAmbiguous"], "the contact is inactive"
    assert found["TO", "an@xn--bcher-n-n2a.example"]["name"] == "Nadel"
    said = mail(bureau, id)
    assert said["sender"] == "Nadel <info@nadel-one.example>"
    assert said["cc"] == '"Nobody, N." <nobody@nadel-one.example>'
    assert said["toRecipients"].startswith("Anna <anna.nadel+news@nadel-one.example>, Nadel <an@xn--")


def test_who_gets_an_address_takes_what_waited_for_it(bureau: Bureau) -> None:
    """On creation, on a change of the address, by hand; on what is completed too. Who goes leaves the address."""
    given = {
        "create": [
            {"role": "SENDER", "addressUsed": "Late@two.example"},
            {"role": "TO", "addressUsed": "q@two.example"},
        ]
    }
    id = bureau.create("Email", subject="Later", state="COMPLETED", parties=given)
    assert set(named(bureau, id).values()) == {None}
    late = bureau.create("Contact", lastName="Late", email="late@TWO.example")
    assert named(bureau, id)["SENDER", "Late@two.example"] == late
    lead = bureau.create("Lead", topic="Q", lastName="Queue")
    assert "errors" not in bureau.change("Lead", lead, email2="q@two.example")
    assert named(bureau, id)["TO", "q@two.example"] == lead
    bureau.ask("mutation($id: ID!) { deleteContact(id: $id) { deletedId } }", id=late)
    bureau.ask("mutation($id: ID!) { restoreContact(id: $id) { contact { id } } }", id=late)
    assert named(bureau, id)["SENDER", "Late@two.example"] == late
    assert not parties(bureau, id)["SENDER", "Late@two.example"]["isUnresolved"]
    bureau.ask("mutation($id: ID!) { deleteContact(id: $id) { deletedId } }", id=late)
    sender = parties(bureau, id)["SENDER", "Late@two.example"]
    assert (sender["party"], sender["isUnresolved"], sender["name"]) == (None, True, "Late")
    other = bureau.create("Account", name="Other")
    resolve = "mutation($i: ResolvePartiesInput!) { resolveParties(input: $i) { resolvedCount more } }"
    none = {"resolvedCount": 0, "more": False}
    assert bureau.ask(resolve, i={"address": "late@two.example"})["resolveParties"] == none
    done = bureau.ask(resolve, i={"address": "LATE@two.example", "party": other})["resolveParties"]
    assert done == {"resolvedCount": 1, "more": False}
    assert named(bureau, id)["SENDER", "Late@two.example"] == other
    bureau.ask("mutation($id: ID!) { restoreContact(id: $id) { contact { id } } }", id=late)
    wrong = bureau.answer(resolve, i={"address": "no address"})
    assert bureau.refused(wrong) == [("WRONG_FORMAT", None, ["input", "address"])]
    wrong = bureau.answer(resolve, i={"address": "late@two.example", "party": id})
    assert bureau.refused(wrong) == [("NOT_FOUND", None, ["input", "party"])]


def test_what_one_write_does_not_take_is_done_later(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small transactions, by anybody, and only while the record has the address."""
    monkeypatch.setattr(resolving, "MOST", 2)
    given = {"create": [{"role": "TO", "addressUsed": a} for a in ("many@six.example", "lost@six.example")]}
    ids = [bureau.create("Email", subject=f"Many {i}", parties=given) for i in range(5)]
    tables = bureau.edition.tables

    def found(address: str) -> int:
        return sum(named(bureau, id)["TO", address] is not None for id in ids)

    bureau.create("Contact", lastName="Many", email="MANY@six.example")
    lost = bureau.create("Contact", lastName="Lost", email="lost@six.example")
    assert (found("many@six.example"), found("lost@six.example")) == (2, 2)
    assert "errors" not in bureau.change("Contact", lost, email="other@six.example")
    assert bureau.run(resolving.carry_on_resolving(bureau.database, tables)) == 3
    assert (found("many@six.example"), found("lost@six.example")) == (5, 2)
    assert bureau.run(resolving.carry_on_resolving(bureau.database, tables)) == 0


def test_merged_people_keep_their_mail(bureau: Bureau) -> None:
    """The parties of the one that goes are the other's."""
    one, two = (bureau.create("Contact", lastName=n, email=f"{n}@three.example") for n in ("a", "b"))
    id = bureau.create("Email", subject="M", parties={"create": [{"role": "TO", "addressUsed": "b@three.example"}]})
    assert named(bureau, id) == {("TO", "b@three.example"): two}
    bureau.ask("mutation($i: MergeContactsInput!, $id: ID!) { mergeContacts(id: $id, input: $i) { contact { id } } }",
               id=one, i={"other": two})  # fmt: skip
    assert named(bureau, id) == {("TO", "b@three.example"): one}
    assert not parties(bureau, id)["TO", "b@three.example"]["isUnresolved"]


def test_texts_and_parties_say_the_same(bureau: Bureau) -> None:
    """Whichever is written, the other follows."""
    id = bureau.create(
        "Email", subject="T", sender="Eva <eva@four.example>", toRecipients="a@four.example; B <b@four.example>"
    )
    assert set(parties(bureau, id)) == {
        ("SENDER", "eva@four.example"),
        ("TO", "a@four.example"),
        ("TO", "b@four.example"),
    }
    assert parties(bureau, id)["SENDER", "eva@four.example"]["name"] == "Eva"
    assert "errors" not in bureau.change("Email", id, toRecipients="b@four.example, c@four.example")
    assert {a for r, a in parties(bureau, id) if r == "TO"} == {"b@four.example", "c@four.example"}
    assert "errors" not in bureau.change(
        "Email", id, parties={"create": [{"role": "CC", "addressUsed": "d@four.example"}]}
    )
    assert mail(bureau, id)["cc"] == "d@four.example"
    cc = parties(bureau, id)["CC", "d@four.example"]["id"]
    assert "errors" not in bureau.change("Email", id, parties={"delete": [{"id": cc}]})
    assert mail(bureau, id)["cc"] is None
    person = bureau.create("Contact", lastName="Named", email2="named@four.example")
    given = {"create": [{"role": "BCC", "party": {"contact": {"id": person}}}]}
    assert "errors" not in bureau.change("Email", id, parties=given)
    [bcc] = [p for k, p in parties(bureau, id).items() if k[0] == "BCC"]
    assert (bcc["name"], bcc["addressUsed"], bcc["isUnresolved"]) == ("Named", "named@four.example", False)


def test_messages_thread_in_any_order(bureau: Bureau) -> None:
    """By what they answer and refer to, even to messages that nobody has; a late parent joins two conversations."""

    def write(own: str, **more: Any) -> str:
        return bureau.create("Email", subject="Same", messageId=own, **more)

    one = write("<c@five>", inReplyTo="<b@five>")
    two = write(" <e@five>", references="<a@five>\n <missing@five>")
    three = write("f@five", references="<missing@five>")
    assert mail(bureau, two)["conversation"] == mail(bureau, three)["conversation"] == "<a@five>"
    assert mail(bureau, one)["conversation"] == "<b@five>"
    account = bureau.create("Account", name="Thread")
    late = write("<b@five>", references="<a@five>", regarding={"account": {"id": account}})
    assert {mail(bureau, id)["conversation"] for id in (one, two, three, late)} == {"<a@five>"}
    assert mail(bureau, one)["parentEmail"] == {"id": late}
    reply = bureau.create("Email", subject="Re", parentEmail={"id": late})
    said = mail(bureau, reply)
    assert (said["conversation"], said["inReplyTo"], said["references"]) == (
        "<a@five>",
        "<b@five>",
        "<a@five> <b@five>",
    )
    assert said["regarding"] == {"__typename": "Account"}
    thread = """query($id: ID!, $after: String, $c: String!) { email(id: $id) {
      thread(first: 3, after: $after, orderBy: [{createdOn: ASC}]) { totalCount nodes { id } pageInfo { endCursor } }
      replies { nodes { id } } } emails(where: {thread: {some: {conversation: {eq: $c}}}}) { totalCount
      aggregate { thread { count } } } }"""
    first = bureau.ask(thread, id=two, c="<a@five>")
    page = first["email"]["thread"]
    assert (page["totalCount"], len(page["nodes"])) == (5, 3)
    assert first["emails"] == {"totalCount": 5, "aggregate": {"thread": {"count": 25}}}
    more = bureau.ask(thread, id=two, c="<no@five>", after=page["pageInfo"]["endCursor"])
    rest = more["email"]["thread"]["nodes"]
    assert {n["id"] for n in [*page["nodes"], *rest]} == {one, two, three, late, reply}
    assert more["emails"]["totalCount"] == 0
    assert mail(bureau, write("<alone@five>"))["conversation"] == "<alone@five>"
    again = bureau.answer('mutation { createEmail(input: {subject: "x", messageId: "<b@five>"}) { email { id } } }')
    assert bureau.refused(again) == [("NOT_UNIQUE", None, ["input", "messageId"])]


def test_messages_that_come_at_once_are_one_thread(bureau: Bureau) -> None:
    """Six writers enter the same ids, which nobody has, each in a transaction of their own."""
    caller = Caller(trusted(), "en", None, None, bureau.now)

    async def one(number: int) -> str:
        ids = ["<first@race>", "<second@race>"] if number % 2 else ["<second@race>", "<third@race>"]
        values = {"subject": "R", "message_id": f"<{number}@race>", "references": " ".join(ids)}
        tables = bureau.edition.tables
        return await perform(bureau.database, tables, caller, lambda unit: create_record(unit, "email", values))

    async def all_of_them() -> list[str]:
        return await gather(*map(one, range(6)))

    made = bureau.run(all_of_them())
    assert len({mail(bureau, id)["conversation"] for id in made}) == 1


def test_roles_are_those_of_the_kind(bureau: Bureau) -> None:
    """A role that a kind does not have is refused, where it stands; kinds that say nothing take all of them."""
    before = bureau.rows()
    for kind, role in (
        ("Email", "REQUIRED"),
        ("Fax", "CC"),
        ("PhoneCall", "BCC"),
        ("Letter", "ORGANIZER"),
        ("Appointment", "TO"),
    ):
        answer = bureau.answer(
            f"mutation($i: Create{kind}Input!) {{ create{kind}(input: $i) {{ query {{ __typename }} }} }}",
            i={"subject": "x", "parties": {"create": [{"role": role, "name": "N"}]}},
        )
        wanted = ("WRONG_ROLE", "party_role_not_allowed", ["input", "parties", "create", 0, "role"])
        assert bureau.refused(answer) == [wanted], kind
    assert bureau.rows() == before
    bureau.create("Task", subject="All", parties={"create": [{"role": r, "name": "N"} for r in ("CC", "ORGANIZER")]})


def test_more_messages_cost_no_more_statements(bureau: Bureau) -> None:
    """Parties, threads and texts are looked up for all of a write."""
    document = "mutation($i: [CreateEmailInput!]!) { createEmails(inputs: $i) { emails { id conversation } } }"

    def write(count: int, host: str) -> tuple[int, set[str]]:
        given = [
            {"subject": "S", "messageId": f"<{i}@{host}>", "references": f"<{i - 1}@{host}>" if i else None,
             "parties": {"create": [{"role": "TO", "addressUsed": f"{i}@{host}"}, {"role": "CC", "name": "N"}]}}
            for i in reversed(range(count))
        ]  # fmt: skip
        before = bureau.database.statements
        made = bureau.ask(document, i=given)["createEmails"]["emails"]
        return bureau.database.statements - before, {mail["conversation"] for mail in made}

    (few, one), (many, other) = write(50, "few.example"), write(80, "many.example")
    assert (one, other) == ({"<0@few.example>"}, {"<0@many.example>"})
    assert many <= few
