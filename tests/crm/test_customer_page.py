"""A seller opens an account: one request, one statement, everything and everybody around it."""

from __future__ import annotations

from typing import Any

import pytest
from bureau import Bureau

from crmgraph.actions.ids import new_id

pytestmark = pytest.mark.slow

SCREEN = """query Screen($id: ID!) { account(id: $id) {
  name parentAccount { name } root { displayName } ancestors { nodes { name } }
  primaryContact { fullName }
  subsidiaries: childAccounts(orderBy: [{name: ASC}]) { totalCount nodes { name openOpportunities { aggregate {
    count sum { estimatedValue } } } } }
  contacts(orderBy: [{lastName: ASC}], first: 2) { totalCount pageInfo { hasNextPage } nodes { fullName
    connections { nodes { toRole { name } toRecord { __typename displayName } } }
    activities(first: 2, orderBy: [{sortDate: DESC}]) { totalCount nodes { __typename subject } } } }
  openCases { totalCount nodes { title } }
  openOpportunities(orderBy: [{name: ASC}]) { aggregate { count sum { estimatedValue } } nodes { name } }
  timeline(first: 4, include: [REGARDING, PARTY, CHILDREN, CONNECTIONS]) {
    edges { reasons node { __typename title } } pageInfo { hasNextPage } } } }"""


class Company:
    """A group, its middle company with people, deals and cases, and a partner; what happened in 2027, day by day."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau, self.day = bureau, 0
        self.group, self.id, self.below, self.partner = (new_id() for _ in range(4))
        for id, name, parent in (
            (self.group, "Group", None), (self.id, "Middle", self.group), (self.below, "Branch", self.id),
            (self.partner, "Partner", None),
        ):  # fmt: skip
            above = {"parentAccount": {"id": parent}} if parent else {}
            bureau.create("Account", id=id, name=name, **above)
        self.ann, self.bob, self.cyd = (
            bureau.create("Contact", firstName=first, lastName=last, account={"id": self.id})
            for first, last in (("Ann", "Adler"), ("Bob", "Beck"), ("Cyd", "Cole"))
        )
        bureau.change("Account", self.id, primaryContact={"id": self.bob})
        role = bureau.create("ConnectionRole", name="Colleague")
        tie(
            bureau,
            {"contact": {"id": self.ann}},
            {"contact": {"id": self.bob}},
            fromRole={"id": role},
            toRole={"id": role},
        )
        tie(bureau, {"account": {"id": self.partner}}, {"account": {"id": self.id}})
        for number, (owner, state) in enumerate(
            ((self.id, "OPEN"), (self.id, "OPEN"), (self.id, "WON"), (self.below, "OPEN"))
        ):
            bureau.create("Opportunity", name=f"Deal {number}", estimatedValue=f"{number + 1}00.25", state=state,
                          customer={"account": {"id": owner}})  # fmt: skip
        self.case = bureau.create("Case", title="Leak", customer={"account": {"id": self.id}})
        bureau.create("Case", title="Done", state="RESOLVED", customer={"account": {"id": self.id}})

    def happened(self, kind: str, subject: str, about: dict[str, Any], *who: str) -> None:
        self.day += 1
        parties = {"create": [{"role": "TO", "party": {"contact": {"id": each}}} for each in who]}
        self.bureau.create(kind, subject=subject, sortDate=f"2027-01-{self.day:02}T00:00:00Z", regarding=about,
                           **({"parties": parties} if who else {}))  # fmt: skip


def tie(bureau: Bureau, near: dict[str, Any], far: dict[str, Any], **roles: Any) -> None:
    bureau.create("ConnectionRecord", fromRecord=near, toRecord=far, **roles)


def colleague(name: str) -> dict[str, Any]:
    return {"toRole": {"name": "Colleague"}, "toRecord": {"__typename": "Contact", "displayName": name}}


def test_one_statement_answers_all_that_a_seller_needs(bureau: Bureau) -> None:
    company = Company(bureau)
    company.happened("Task", "About a person", {"contact": {"id": company.ann}})
    company.happened("Email", "About the leak", {"case": {"id": company.case}}, company.ann, company.bob)
    company.happened("PhoneCall", "About the partner", {"account": {"id": company.partner}})
    company.happened("Email", "About the group", {"account": {"id": company.group}})
    company.happened("Email", "To Bob, about the company", {"account": {"id": company.id}}, company.bob)
    company.happened("Letter", "About Ann", {"contact": {"id": company.ann}})
    before = bureau.database.statements
    found = bureau.ask(SCREEN, id=company.id)["account"]
    assert bureau.database.statements - before == 1
    assert found == {
        "name": "Middle",
        "parentAccount": {"name": "Group"},
        "root": {"displayName": "Group"},
        "ancestors": {"nodes": [{"name": "Group"}]},
        "primaryContact": {"fullName": "Bob Beck"},
        "subsidiaries": {
            "totalCount": 1,
            "nodes": [{
                "name": "Branch",
                "openOpportunities": {"aggregate": {"count": 1, "sum": {"estimatedValue": "400.25"}}},
            }],
        },
        "contacts": {
            "totalCount": 3,
            "pageInfo": {"hasNextPage": True},
            "nodes": [
                {
                    "fullName": "Ann Adler",
                    "connections": {"nodes": [colleague("Bob Beck")]},
                    "activities": {"totalCount": 2, "nodes": [
                        {"__typename": "Letter", "subject": "About Ann"},
                        {"__typename": "Task", "subject": "About a person"},
                    ]},
                },
                {
                    "fullName": "Bob Beck",
                    "connections": {"nodes": [colleague("Ann Adler")]},
                    "activities": {"totalCount": 0, "nodes": []},
                },
            ],
        },
        "openCases": {"totalCount": 1, "nodes": [{"title": "Leak"}]},
        "openOpportunities": {
            "aggregate": {"count": 2, "sum": {"estimatedValue": "300.50"}},
            "nodes": [{"name": "Deal 0"}, {"name": "Deal 1"}],
        },
        "timeline": {
            "edges": [
                {"reasons": ["CHILDREN"], "node": {"__typename": "Letter", "title": "About Ann"}},
                {"reasons": ["REGARDING", "CHILDREN"],
                 "node": {"__typename": "Email", "title": "To Bob, about the company"}},
                {"reasons": ["CONNECTIONS"], "node": {"__typename": "PhoneCall", "title": "About the partner"}},
                {"reasons": ["CHILDREN"], "node": {"__typename": "Email", "title": "About the leak"}},
            ],
            "pageInfo": {"hasNextPage": True},
        },
    }  # fmt: skip
