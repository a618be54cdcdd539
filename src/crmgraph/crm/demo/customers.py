"""Chapter three: the customers, their people, and who plays which part."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crmgraph.crm.demo.catalog import Catalog
from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.language import Company as Known
from crmgraph.crm.demo.language import Language, table
from crmgraph.crm.demo.story import BEGINNING, FAIR, LAUNCH, Client, Office, Person, Row, Story, address, filled, slug

NEW_CLIENTS = 0.2  # those that came through a lead during the year
# kind: industry, customer type, employees from-to, yearly revenue per head in base currency
KINDS: Mapping[str, tuple[str, str, int, int, int]] = {
    "hotel": ("consumer_services", "customer", 25, 320, 62_000),
    "cafe": ("eating_and_drinking_places", "customer", 3, 28, 48_000),
    "dealer": ("distributors_dispatchers_and_processors", "reseller", 8, 90, 210_000),
    "law": ("legal_services", "customer", 10, 80, 115_000),
    "clinic": ("doctors_offices_and_clinics", "customer", 8, 600, 84_000),
    "insurance": ("insurance", "customer", 20, 250, 240_000),
    "finance": ("financial", "customer", 30, 400, 260_000),
    "office": ("business_services", "customer", 20, 180, 95_000),
    "design": ("design_and_creative_management", "customer", 6, 45, 88_000),
    "school": ("social_services", "customer", 40, 900, 41_000),
    "transport": ("transportation", "customer", 30, 420, 102_000),
    "factory": ("durable_manufacturing", "customer", 35, 380, 135_000),
    "gym": ("entertainment_retail", "customer", 10, 90, 52_000),
    "food": ("food_and_tobacco_processing", "customer", 25, 260, 128_000),
}
WORKPLACE = tuple(f"address_1_{part}" for part in ("street", "city", "postal_code", "country"))
CONNECTION_ROLES = """
Decision maker | stakeholder
Influencer | stakeholder
Former employer | business | Former employee
Former employee | business | Former employer
Supplier | business | Customer
Customer | business | Supplier
Spouse | family | Spouse
Referred by | sales | Referral
Referral | sales | Referred by
Technical contact | service
"""


def tell_customers(story: Story, company: Company, catalog: Catalog) -> list[Client]:
    """Accounts with their contacts, office by office."""
    clients: list[Client] = []
    for office in company.offices:
        by_name: dict[str, Client] = {}
        for number, known in enumerate(office.language.companies):
            parent = by_name[known.parent] if known.parent else None
            client = tell_client(story, office, known, parent, number)
            set_terms(story, client, company, catalog, number)
            by_name[known.name] = client
        clients += by_name.values()
    return clients


def tell_client(story: Story, office: Office, known: Known, parent: Client | None, number: int) -> Client:
    """One account. Its seller is its parent's."""
    city = office.language.cities[known.city]
    seller = parent.seller if parent else office.sellers[number % len(office.sellers)]
    is_new = parent is None and story.chance(NEW_CLIENTS)
    since = story.between(FAIR + 10, -40) if is_new else story.between(BEGINNING + 2, BEGINNING + 25)
    industry, relation, least, most, per_head = KINDS[known.kind]
    heads = story.between(least, most)
    domain = f"{slug(known.name)[:40].strip('-')}.{office.language.ending}"
    place = address(story, city, office.language)
    account = story.add(
        "account", story.moment(since), seller.row, name=known.name, industry=industry, customer_type=relation,
        account_number=f"{office.language.code.upper()}-{10_001 + number * 7}",
        parent_account=parent and parent.account,
        number_of_employees=heads, annual_revenue=round(heads * per_head, -4), territory=office.territory,
        ownership_type="subsidiary" if parent else "private", phone=filled(story, city.phone), email=f"info@{domain}",
        website=f"https://www.{domain}", category="preferred_customer" if heads > 150 else "standard",
        address_1_type="primary", address_1_latitude=near(story, city.latitude), **place,
        address_1_longitude=near(story, city.longitude), changed=story.moment(story.between(since, -1)),
    )  # fmt: skip
    wanted = 1 if heads < 20 else story.between(1, 2) if heads < 200 else story.between(2, 3)
    people = tuple(tell_contact(story, office.language, account, seller, domain) for _ in range(wanted))
    account["primary_contact"] = {"id": people[0].row["id"]}
    return Client(account, people, office, seller, known.kind, city, since, is_new)


def near(story: Story, degrees: Decimal) -> Decimal:
    """Somewhere in the town."""
    return degrees + Decimal(story.between(-900, 900)) / 100_000


def set_terms(story: Story, client: Client, company: Company, catalog: Catalog, number: int) -> None:
    """On which terms the account buys."""
    key = "dealer" if client.kind == "dealer" and client.currency == "EUR" else client.currency
    changes: dict[str, Any] = {
        "currency": {"id": company.currencies[client.currency]["id"]},
        "price_list": {"id": catalog.price_lists[key]["id"]},
        "payment_terms": 4 if client.kind in ("dealer", "school") else 1,
        "credit_limit": Decimal(story.between(2, 30) * 1000),
    }
    if number == 17:
        changes |= {"credit_on_hold": True, "description": "Two invoices overdue; deliveries only against prepayment."}
    client.account.update(changes)


def tell_contact(story: Story, language: Language, account: Row, seller: Person, domain: str) -> Person:
    """Somebody who works there."""
    female = story.chance(0.52)
    first, last = new_name(story, language, female)
    male_title, female_title, department = story.pick(language.jobs)
    when = story.later(account["created_on"], 10, 9000)
    row = story.add(
        "contact", when, seller.row, full_name=f"{first} {last}", first_name=first, last_name=last, account=account,
        salutation=language.miss if female else language.mister, job_title=female_title if female else male_title,
        department=department, gender="female" if female else "male", business_phone=account["phone"],
        mobile_phone=filled(story, language.mobile) if story.chance(0.7) else None,
        email=f"{slug(first)}.{slug(last.split()[0])}@{domain}",
        account_role=story.pick(("decision_maker", "employee", "influencer")),
        preferred_contact_method=story.pick(("any", "email", "phone")), preferred_user=seller,
        do_not_bulk_email=story.chance(0.12),
        birth_date=story.date(-story.between(9_500, 22_000)) if story.chance(0.2) else None,
        **{n: account[n] for n in WORKPLACE},
    )  # fmt: skip
    return Person(row, first, last, female)


def new_name(story: Story, language: Language, female: bool) -> tuple[str, str]:
    """A name that nobody has yet; Polish surnames have two forms."""
    taken = {r["full_name"] for t in ("contact", "lead", "user") for r in story.rows.get(t, [])}
    while True:
        first = story.pick(language.women if female else language.men)
        last = story.pick(language.surnames)
        man, _, woman = last.partition("/")
        last = woman if female and woman else man
        if f"{first} {last}" not in taken:
            return first, last


def tell_connections(story: Story, company: Company, clients: list[Client]) -> None:
    """Who knows whom: two rows each, so that it is found from either end."""
    roles: dict[str, Row] = {}
    for name, category, *reciprocal in table(CONNECTION_ROLES):
        roles[name] = story.add("connection_role", story.moment(BEGINNING, 6), name=name, category=category)
        for opposite in (roles[r] for r in reciprocal if r in roles):
            roles[name]["reciprocal_role"] = {"id": opposite["id"]}
            opposite["reciprocal_role"] = {"id": roles[name]["id"]}
    for client in (c for c in clients if c.kind == "dealer"):
        other = story.pick([c for c in clients if c.office is client.office and c.kind in ("hotel", "cafe")])
        connect(story, client.seller, (client.account, roles["Supplier"]), (other.account, roles["Customer"]))
    for client in story.random.sample([c for c in clients if not c.is_new], 8):
        friend = story.pick([c for c in clients if c.office is client.office and c is not client])
        pair = story.pick((("Former employee", "Former employer"), ("Referral", "Referred by")))
        connect(story, client.seller, (client.people[0].row, roles[pair[0]]), (friend.account, roles[pair[1]]))


def connect(story: Story, by: Person, one: tuple[Row, Row], other: tuple[Row, Row]) -> None:
    """A connection and its mirror."""
    when = story.moment(story.between(LAUNCH, -5))
    names = [row.get("full_name") or row["name"] for row, _ in (one, other)]
    mine = story.add(
        "connection", when, by.row, name=names[1], from_record=one[0], from_role=one[1], to_record=other[0],
        to_role=other[1],
        is_master=True,
    )  # fmt: skip
    back = story.add(
        "connection", when, by.row, name=names[0], from_record=other[0], from_role=other[1], to_record=one[0],
        to_role=one[1],
        is_master=False, related_connection=mine,
    )  # fmt: skip
    mine["related_connection"] = {"id": back["id"]}
