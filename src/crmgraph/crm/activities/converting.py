"""Make of an activity what it is about: an opportunity, a lead, a case. It regards the new record from then on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.declared import Id, action
from crmgraph.actions.finding import Sought, find_ids
from crmgraph.actions.guards import policy_of
from crmgraph.actions.loading import Row, load_record, load_rows
from crmgraph.actions.records import create_record
from crmgraph.actions.traits import STATE
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.closing import ACTIVITY, COMPLETED, INPUT, OPEN, SCHEDULED, target
from crmgraph.crm.activities.expansion import PARTY_TYPE, parties_of
from crmgraph.errors import InputProblem, RuleViolated, WriteRefused
from crmgraph.metadata.types import RecordType
from crmgraph.security.access import is_readable

OPPORTUNITY, LEAD, CASE, ACCOUNT, CONTACT = "opportunity", "lead", "case", "account", "contact"
CUSTOMERS = (ACCOUNT, CONTACT)
WITHOUT_CUSTOMER = "activity_without_customer"
ROLES = (11, 1, 2, 5, 6, 7, 3, 4)  # customer, sender, to, required, optional, organizer, cc, bcc: whom it is with
ORIGINS = {"phone_call": 1, "email": 2}  # how a case came in, by kind
CUSTOMER_LOOKUPS = ("customer", ACCOUNT, CONTACT, "parent_account", "parent_contact")


@action(on=ACTIVITY, name="convertActivityToOpportunity", answers=OPPORTUNITY)
@dataclass(frozen=True, slots=True)
class ConvertActivityToOpportunity:
    """Make of it what the mutation's name says, for the customer whom it regards or who takes part in it, unless
    another is given. It regards the new record from then on, and is completed unless `complete` is false."""

    id: Id
    name: str | None = None
    customer: Id | None = None
    complete: bool = True
    status_reason: str | None = None

    async def perform(self, unit: Unit) -> str:
        about = await looked_at(unit, self.id, self.customer)
        values = {**about.texts(unit, OPPORTUNITY, "name", self.name), **about.customer_values(unit)}
        return await converted(unit, about, OPPORTUNITY, values, self.complete, self.status_reason)


@action(on=ACTIVITY, name="convertActivityToCase", answers=CASE)
@dataclass(frozen=True, slots=True)
class ConvertActivityToCase:
    """Make of it what the mutation's name says, for the customer whom it regards or who takes part in it, unless
    another is given. It regards the new record from then on, and is completed unless `complete` is false."""

    id: Id
    title: str | None = None
    customer: Id | None = None
    complete: bool = True
    status_reason: str | None = None

    async def perform(self, unit: Unit) -> str:
        about = await looked_at(unit, self.id, self.customer)
        values = {**about.texts(unit, CASE, "title", self.title), **about.customer_values(unit)}
        values["origin"] = ORIGINS.get(about.type.name)
        return await converted(unit, about, CASE, values, self.complete, self.status_reason)


@action(on=ACTIVITY, name="convertActivityToLead", answers=LEAD)
@dataclass(frozen=True, slots=True)
class ConvertActivityToLead:
    """Make of it what the mutation's name says, of the person who takes part in it, known or only by name and address.
    It regards the new record from then on, and is completed unless `complete` is false."""

    id: Id
    topic: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    complete: bool = True
    status_reason: str | None = None

    async def perform(self, unit: Unit) -> str:
        about = await looked_at(unit, self.id, None)
        given = {"first_name": self.first_name, "last_name": self.last_name, "company_name": self.company_name}
        told = {name: value for name, value in given.items() if value is not None}
        values = {**about.texts(unit, LEAD, "topic", self.topic), **about.person_values(unit), **told}
        if not values.get("last_name"):
            raise RuleViolated("activity_without_person", "activity_without_person", type=about.type.label)
        return await converted(unit, about, LEAD, values, self.complete, self.status_reason)


@dataclass(slots=True)
class About:
    """An activity with whom it is about: by type, the first account and the first contact; others only by name."""

    type: RecordType
    row: Row
    customer: tuple[str, Row] | None = None
    known: dict[str, Row] = field(default_factory=dict)
    stranger: Row | None = None

    def texts(self, unit: Unit, made: str, title: str, given: str | None) -> dict[str, Any]:
        """What its subject and description become; a title that is given counts."""
        names, row = unit.registry.type(made).by_name, readable(unit, self.type, self.row)
        said = given or cut(row["subject"], names[title].length)
        return {title: said, "description": row.get("description")}

    def customer_values(self, unit: Unit) -> dict[str, Any]:
        if self.customer is None:
            raise RuleViolated(WITHOUT_CUSTOMER, WITHOUT_CUSTOMER, type=self.type.label)
        kind, row = self.customer
        person = row if kind == CONTACT else self.known.get(CONTACT)
        values: dict[str, Any] = {"customer": {"id": row["id"], "type": kind}}
        if person is not None and (kind == ACCOUNT or person is row):
            values[CONTACT] = {"id": person["id"]}
        company = {"id": row["id"]} if kind == ACCOUNT else row.get(ACCOUNT)
        if company:
            values[ACCOUNT] = {"id": company["id"]}
        return values

    def person_values(self, unit: Unit) -> dict[str, Any]:
        person, company = self.known.get(CONTACT), self.known.get(ACCOUNT)
        values: dict[str, Any] = {}
        if person is not None:
            copied = ("first_name", "middle_name", "last_name", "email", "mobile_phone")
            values = {n: person.get(n) for n in copied} | {"phone": person.get("business_phone")}
            values["parent_contact"] = {"id": person["id"]}
            if person.get(ACCOUNT):
                values["parent_account"] = {"id": person[ACCOUNT]["id"]}
        elif self.stranger is not None:
            values = named(self.stranger)
        if company is not None:
            values |= {"company_name": company["name"], "parent_account": {"id": company["id"]}}
        names = unit.registry.type(LEAD).by_name
        return {n: cut(v, names[n].length) if isinstance(v, str) else v for n, v in values.items() if n in names}


def named(party: Row) -> dict[str, Any]:
    """Name and address of somebody for whom there is no record."""
    name = party.get("unresolved_name") or party.get("name") or ""
    address = party.get("address_used") or (name if "@" in name else "")
    if "@" in name or not name:
        name = address.partition("@")[0].replace(".", " ").replace("_", " ").title() if "@" in address else ""
    first, _, last = name.strip().rpartition(" ")
    values = {"first_name": first or None, "last_name": last or None}
    return values | ({"email": address} if "@" in address else {"phone": address or None})


def readable(unit: Unit, found: RecordType, row: Row) -> Row:
    """A record as the caller may read it: what they may not is not handed on to records that they may."""
    policy = policy_of(unit)
    hidden = {f.name for f in found.fields if not is_readable(policy, f)}
    return {name: None if name in hidden else value for name, value in row.items()} if hidden else row


def cut(text: str | None, length: int | None) -> str | None:
    return text[:length] if text else None


async def looked_at(unit: Unit, id: str, customer: str | None) -> About:
    """An activity and whom it is about: whom it regards, then who takes part, in the order of their roles."""
    found, row = await load_record(unit, ACTIVITY, id)
    about = About(found, row)
    parties = sorted((await parties_of(unit, [row["id"]])).get(row["id"], ()), key=place)
    links = [*(await customers_of(unit, row.get("regarding"))), *(p["party"] for p in parties if p.get("party"))]
    for kind, each in await loaded(unit, links):
        about.known.setdefault(kind, each)
        about.customer = about.customer or (kind, each)
    stranger = next((p for p in parties if not p.get("party")), None)
    about.stranger = readable(unit, unit.registry.type(PARTY_TYPE), stranger) if stranger is not None else None
    if customer is not None:
        about.customer = await chosen(unit, customer)
    return about


def place(party: Mapping[str, Any]) -> int:
    return ROLES.index(party["role"]) if party["role"] in ROLES else len(ROLES)


async def customers_of(unit: Unit, link: Mapping[str, str] | None) -> list[Mapping[str, str]]:
    """A record if it is a customer, else the customers that it names."""
    if link is None or link["type"] in CUSTOMERS:
        return [link] if link else []
    rows = await load_rows(unit, unit.registry.type(link["type"]), [link["id"]])
    kinds = {"parent_account": ACCOUNT, "parent_contact": CONTACT, ACCOUNT: ACCOUNT, CONTACT: CONTACT}
    named = [(n, rows[0].get(n)) for n in CUSTOMER_LOOKUPS] if rows else []
    return [{"id": v["id"], "type": v.get("type") or kinds[n]} for n, v in named if isinstance(v, Mapping)]


async def loaded(unit: Unit, links: Iterable[Mapping[str, str]]) -> list[tuple[str, Row]]:
    """The customers that links name and the caller sees, in their order."""
    wanted = [(link["type"], link["id"]) for link in links if link["type"] in CUSTOMERS]
    found: dict[tuple[str, str], Row] = {}
    for kind in CUSTOMERS:
        ids = {id for k, id in wanted if k == kind}
        for row in await load_rows(unit, unit.registry.type(kind), ids) if ids else ():
            found[kind, row["id"]] = readable(unit, unit.registry.type(kind), row)
    return [(kind, found[kind, id]) for kind, id in dict.fromkeys(wanted) if (kind, id) in found]


async def chosen(unit: Unit, id: str) -> tuple[str, Row]:
    """The customer that was named in the input."""
    label = unit.registry.type(CASE).by_name["customer"].label
    for kind in CUSTOMERS:
        sought = Sought(unit.registry.type(kind), {"id": id}, ("input", "customer"), label)
        await find_ids(unit, [sought])
        if sought.problem is not None:
            raise WriteRefused([sought.problem])
        if rows := await load_rows(unit, sought.type, [sought.id or ""]):
            return kind, rows[0]
    raise WriteRefused([InputProblem(("input", "customer"), "NOT_FOUND", "input_not_found", {"field": label})])


async def converted(
    unit: Unit, about: About, made: str, values: Mapping[str, Any], complete: bool, reason: str | None
) -> str:
    """The new record's id; the activity regards it, and is completed if it was open and that is wanted."""
    names = unit.registry.type(made).by_name
    id = await create_record(unit, made, {n: v for n, v in values.items() if v is not None and n in names}, INPUT)
    change: dict[str, Any] = {"regarding": {"id": id, "type": made}}
    if complete and about.row[STATE] in (OPEN, SCHEDULED):
        change |= target(unit, about.type, about.row, (COMPLETED,), reason)
    tree = Tree(unit)
    tree.change(about.type, about.row, change, INPUT)
    await tree.write()
    return id
