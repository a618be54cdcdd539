"""Customers: people's names, a company's primary contact, connections that are found from both ends."""

from __future__ import annotations

from typing import Any

import pytest
from bureau import Bureau

pytestmark = pytest.mark.slow

NAME = "query($id: ID!) { contact(id: $id) { fullName version } }"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"firstName": "Ada", "lastName": "Lovelace", "middleName": "King"}, "Ada King Lovelace"),
        ({"lastName": "Nowak"}, "Nowak"),
        ({"firstName": "János", "lastName": "Kovács", "nameLanguage": "hu"}, "Kovács János"),
        ({"firstName": "太郎", "lastName": "山田", "nameLanguage": "ja-JP"}, "山田太郎"),
        ({"firstName": "Taro", "lastName": "Yamada", "nameLanguage": "ja"}, "Yamada Taro"),
        ({"firstName": "Ada", "lastName": "Lovelace", "fullName": "Countess of Lovelace"}, "Countess of Lovelace"),
    ],
)
def test_a_full_name_is_made_of_its_parts(bureau: Bureau, parts: dict[str, Any], name: str) -> None:
    id = bureau.create("Contact", **parts)
    assert bureau.ask(NAME, id=id)["contact"] == {"fullName": name, "version": 1}


def test_a_full_name_follows_its_parts_unless_it_was_written_otherwise(bureau: Bureau) -> None:
    id = bureau.create("Contact", firstName="Ada", lastName="Byron")
    bureau.change("Contact", id, lastName="Lovelace")
    assert bureau.ask(NAME, id=id)["contact"]["fullName"] == "Ada Lovelace"
    bureau.change("Contact", id, fullName="Lady Lovelace")
    bureau.change("Contact", id, firstName="Augusta Ada")
    assert bureau.ask(NAME, id=id)["contact"]["fullName"] == "Lady Lovelace"
    [(code, _, path)] = bureau.refused(
        bureau.answer("mutation { createContact(input: {jobTitle: \"Nobody\"}) { created } }")
    )  # fmt: skip
    assert (code, path) == ("REQUIRED", ["input", "fullName"])


COMPANY = """query($id: ID!) { account(id: $id) {
  primaryContact { fullName account { name } } contacts { nodes { fullName } } } }"""


def test_the_primary_contact_is_one_of_the_companys(bureau: Bureau) -> None:
    """Nobody of another company; somebody of none is linked; who leaves is it no longer."""
    one, two = (bureau.create("Account", name=name) for name in ("One", "Two"))
    free = bureau.create("Contact", lastName="Free")
    theirs = bureau.create("Contact", lastName="Theirs", account={"id": two})
    before = bureau.rows()
    assert bureau.refused(bureau.change("Account", one, primaryContact={"id": theirs})) == [
        ("OF_ANOTHER", "primary_contact_of_another", ["input", "primaryContact"])
    ]
    assert bureau.rows() == before
    assert "errors" not in bureau.change("Account", one, primaryContact={"id": free})
    assert bureau.ask(COMPANY, id=one)["account"] == {
        "primaryContact": {"fullName": "Free", "account": {"name": "One"}},
        "contacts": {"nodes": [{"fullName": "Free"}]},
    }
    bureau.change("Contact", free, account={"id": two})
    assert bureau.ask(COMPANY, id=one)["account"] == {"primaryContact": None, "contacts": {"nodes": []}}
    made = bureau.create("Account", name="Three", primaryContact={"create": {"lastName": "First"}})
    assert bureau.ask(COMPANY, id=made)["account"]["contacts"]["nodes"] == [{"fullName": "First"}]


EDGES = """query($id: ID!) { account(id: $id) { connections(orderBy: [{startDate: ASC}]) { totalCount nodes {
  id startDate endDate state fromRole { name } toRole { name } toRecord { displayName }
  relatedConnection { id } } } } }"""


def test_a_connection_is_one_edge_with_two_ends(bureau: Bureau) -> None:
    """Made once, it is found from both ends, the roles the other way round; what is changed there is here."""
    boss = bureau.create("ConnectionRole", name="Employer", category="BUSINESS", recordTypes=["account"])
    staff = bureau.create("ConnectionRole", name="Employee", recordTypes=["Contact"], reciprocalRole={"id": boss})
    bureau.change("ConnectionRole", boss, reciprocalRole={"id": staff})
    company, person = bureau.create("Account", name="Edge Ltd"), bureau.create("Contact", lastName="Edge")
    ends = {"fromRecord": {"account": {"id": company}}, "toRecord": {"contact": {"id": person}}}
    id = bureau.create("ConnectionRecord", **ends, fromRole={"id": boss}, startDate="2026-01-01")
    found = bureau.ask(EDGES, id=company)["account"]["connections"]
    assert found["totalCount"] == 1
    assert found["nodes"][0]["toRole"] == {"name": "Employee"}
    assert found["nodes"][0]["toRecord"] == {"displayName": "Edge"}
    other = bureau.ask(EDGES.replace("account", "contact"), id=person)["contact"]["connections"]
    assert other["totalCount"] == 1
    [back] = other["nodes"]
    assert (back["fromRole"]["name"], back["toRole"]["name"], back["toRecord"]["displayName"]) == (
        "Employee", "Employer", "Edge Ltd",
    )  # fmt: skip
    assert back["relatedConnection"] == {"id": id}
    assert "errors" not in bureau.change("ConnectionRecord", back["id"], endDate="2026-06-30", state="INACTIVE")
    [mine] = bureau.ask(EDGES, id=company)["account"]["connections"]["nodes"]
    assert (mine["endDate"], mine["state"]) == ("2026-06-30", "INACTIVE")
    bureau.ask("mutation($id: ID!) { deleteConnectionRecord(id: $id) { deletedId } }", id=back["id"])
    assert bureau.ask(EDGES, id=company)["account"]["connections"]["totalCount"] == 0


def test_connections_that_cannot_be(bureau: Bureau) -> None:
    boss = bureau.create("ConnectionRole", name="Owner", recordTypes=["account"])
    child = bureau.create("ConnectionRole", name="Child", recordTypes=["contact"], reciprocalRole={"id": boss})
    people = [bureau.create("Contact", lastName=name) for name in ("A", "B")]
    ends = {"fromRecord": {"contact": {"id": people[0]}}, "toRecord": {"contact": {"id": people[1]}}}
    document = "mutation($i: CreateConnectionRecordInput!) { createConnectionRecord(input: $i) { created } }"
    before = bureau.rows()

    def refused(**given: Any) -> list[Any]:
        found = bureau.refused(bureau.answer(document, i={**ends, **given}))
        assert bureau.rows() == before
        return [(rule, path[-1]) for _, rule, path in found]

    assert refused(fromRole={"id": boss}) == [("connection_role_wrong_type", "fromRole")]
    assert refused(fromRole={"id": child}) == [("connection_role_wrong_type", "toRole")]  # its match is for companies
    assert refused(toRecord={"contact": {"id": people[0]}}) == [("connection_to_itself", "toRecord")]
    dates = {"startDate": "2026-02-01", "endDate": "2026-01-01"}
    assert refused(**dates) == [("connection_ends_before_start", "endDate")]


SEEN = """query($deal: ID!, $case: ID!) {
  opportunity(id: $deal) { warnings { name message count } salesTeam { nodes { toRole { name } } }
    customer { __typename displayName openCases { totalCount nodes { title } } } }
  case(id: $case) { warnings { name count } customer {
    openOpportunities { aggregate { count sum { estimatedValue } } nodes { name } }
    ... on Account { warnings { name count } } } } }"""


def test_sellers_see_cases_and_agents_see_deals(bureau: Bureau) -> None:
    """The counterpart's view, and what to know: an escalated case, an entitlement and an invoice past their dates."""
    id = bureau.create("Account", name="Both Sides")
    customer = {"customer": {"account": {"id": id}}}
    deal = bureau.create("Opportunity", name="Deal", estimatedValue="1200.50", **customer)
    bureau.create("Opportunity", name="Lost deal", state="LOST", estimatedValue="7", **customer)
    case = bureau.create("Case", title="Broken", isEscalated=True, **customer)
    bureau.create("Case", title="Over", state="RESOLVED", isEscalated=True, **customer)
    for end in ("2026-11-21", "2026-11-22", "2026-12-31"):
        bureau.create("Entitlement", name=end, startDate="2026-01-01", endDate=end, state="ACTIVE", **customer)
    for due in ("2026-10-01", "2026-11-21", "2026-11-22"):
        bureau.create("Invoice", name=due, dueDate=due, **customer)
    team = bureau.create("ConnectionRole", name="Closer", category="SALES_TEAM")
    person = bureau.create("Contact", lastName="Closer")
    ends = {"fromRecord": {"opportunity": {"id": deal}}, "toRecord": {"contact": {"id": person}}}
    bureau.create("ConnectionRecord", **ends, toRole={"id": team})
    bureau.create("ConnectionRecord", **ends)
    found = bureau.ask(SEEN, deal=deal, case=case)
    counts = [("ESCALATED_CASE", 1), ("EXPIRED_ENTITLEMENT", 1), ("OVERDUE_INVOICE", 2)]
    assert [(w["name"], w["count"]) for w in found["opportunity"]["warnings"]] == counts
    assert found["opportunity"]["warnings"][0]["message"] == "Open and escalated: Cases"
    assert found["opportunity"]["salesTeam"]["nodes"] == [{"toRole": {"name": "Closer"}}]
    assert found["opportunity"]["customer"] == {
        "__typename": "Account",
        "displayName": "Both Sides",
        "openCases": {"totalCount": 1, "nodes": [{"title": "Broken"}]},
    }
    assert [(w["name"], w["count"]) for w in found["case"]["warnings"]] == counts
    assert found["case"]["customer"] == {
        "openOpportunities": {
            "aggregate": {"count": 1, "sum": {"estimatedValue": "1200.50"}}, "nodes": [{"name": "Deal"}],
        },
        "warnings": [{"name": n, "count": c} for n, c in counts],
    }  # fmt: skip
    filtered = "query($w: AccountWhere!) { accounts(where: $w) { nodes { name } aggregate { openCases { count } } } }"
    w = {"openCases": {"some": {"title": {"eq": "Broken"}}}, "id": {"eq": id}}
    assert bureau.ask(filtered, w=w)["accounts"] == {
        "nodes": [{"name": "Both Sides"}], "aggregate": {"openCases": {"count": 1}},
    }  # fmt: skip
    w["openCases"] = {"some": {"title": {"eq": "Over"}}}
    assert bureau.ask(filtered, w=w)["accounts"]["nodes"] == []


POSTS = """query($id: ID!) { opportunity(id: $id) { timeline(kinds: [POST]) { nodes { title
  ... on Post { event eventLabel detail related { displayName } createdBy { fullName } } } } } }"""


def test_steps_of_a_deals_life_are_posted(bureau: Bureau) -> None:
    """Won, reopened, another stage, another owner: each once, newest first; what did not change is no post."""
    unit = {"id": bureau.create("BusinessUnit", name="Posters")}
    users = [
        bureau.create("User", fullName=f"Poster {i}", email=f"poster{i}@example.com", businessUnit=unit) for i in (1, 2)
    ]
    id = bureau.create("Opportunity", name="Posted", owner={"user": {"id": users[0]}})
    bureau.change("Opportunity", id, state="WON", rating="HOT")
    bureau.change("Opportunity", id, state="OPEN")
    bureau.change("Opportunity", id, salesStage="PROPOSE", owner={"user": {"id": users[1]}})
    bureau.change("Opportunity", id, salesStage="PROPOSE", name="Posted again")
    found = [
        (n["title"], n["event"], n["eventLabel"], n["detail"], (n["related"] or {}).get("displayName"))
        for n in bureau.ask(POSTS, id=id)["opportunity"]["timeline"]["nodes"]
    ]
    assert sorted(found[:2], key=lambda post: post[1]) == [
        ("Posted", "OWNER_CHANGED", "Owner changed", None, "Poster 2"),
        ("Posted", "STAGE_MOVED", "Stage changed", "PROPOSE", None),
    ]
    assert sorted(found[2:], key=lambda post: post[1]) == [
        ("Posted", "REOPENED", "Reopened", None, None), ("Posted", "WON", "Won", None, None),
    ]  # fmt: skip
