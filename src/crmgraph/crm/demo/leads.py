"""Chapter four, second part: leads from the fair, the website and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.customers import KINDS, new_name
from crmgraph.crm.demo.marketing import Marketing
from crmgraph.crm.demo.story import BEGINNING, FAIR, Client, Office, Person, Row, Story, address, filled, slug

LEADS_AN_OFFICE = 16
SHAPES = ("{last} {trade}", "{trade} {city}", "{trade} {last}")
TRADES = {
    "en": ("Consulting", "Bakery", "Studios", "Clinic", "Books & Coffee", "Engineering"),
    "es": ("Consultores", "Panadería", "Estudios", "Clínica", "Librería-Café", "Ingeniería"),
    "de": ("Beratung", "Bäckerei", "Studios", "Praxis", "Buchcafé", "Ingenieurbüro"),
    "pl": ("Doradztwo", "Piekarnia", "Studio", "Przychodnia", "Księgarnia z kawą", "Biuro Inżynierskie"),
}
SOURCES = ("web", "web", "word_of_mouth", "partner", "advertisement")
ENDS = ("disqualified.lost", "disqualified.cannot_contact", "disqualified.no_longer_interested")


@dataclass(frozen=True, slots=True)
class Prospect:
    """A lead that is not a customer yet."""

    row: Row
    person: Person
    office: Office
    seller: Person
    day: int
    product: str


@dataclass(slots=True)
class Leads:
    """The leads; those that became customers by their account's id."""

    prospects: list[Prospect] = field(default_factory=list)
    by_account: dict[str, Row] = field(default_factory=dict)


def tell_leads(story: Story, company: Company, marketing: Marketing, clients: Sequence[Client]) -> Leads:
    leads = Leads()
    for client in (c for c in clients if c.is_new):
        leads.by_account[client.account["id"]] = became_client(story, marketing, client)
    for office in company.offices:
        for number in range(LEADS_AN_OFFICE):
            leads.prospects.append(tell_lead(story, company, marketing, office, number))
    return leads


def became_client(story: Story, marketing: Marketing, client: Client) -> Row:
    """The lead that a customer was before."""
    person, begun = client.people[0], client.since - story.between(6, 30)
    from_fair = FAIR <= begun < FAIR + 60
    topic, product = story.pick(client.office.language.leads)
    contact = person.row
    row = story.add(
        "lead", story.moment(begun), client.seller.row, topic=topic, full_name=person.name, first_name=person.first,
        last_name=person.last, company_name=client.account["name"], email=contact["email"],
        phone=contact["business_phone"],
        job_title=contact["job_title"], salutation=contact["salutation"], industry=client.account["industry"],
        lead_source="trade_show" if from_fair else "web", campaign=marketing.fair if from_fair else None,
        rating="hot", state="qualified", changed=story.moment(client.since), parent_account=client.account,
        parent_contact=contact, sales_stage="qualify", decision_maker=True, confirm_interest=True, evaluate_fit=True,
        address_1_city=client.city.name, address_1_country=client.city.country, initial_communication="contacted",
        need="should_have", budget_status="may_buy", description=f"{product}: {topic}.", purchase_process="individual",
        number_of_employees=client.account["number_of_employees"], currency=client.account["currency"],
    )  # fmt: skip
    client.account["originating_lead"] = contact["originating_lead"] = {"id": row["id"]}
    return row


def tell_lead(story: Story, company: Company, marketing: Marketing, office: Office, number: int) -> Prospect:
    """Somebody who asked; most at the fair."""
    tongue = office.language
    from_fair = number % 5 < 2
    day = (
        story.between(FAIR, FAIR + 3)
        if from_fair
        else story.between(*((BEGINNING + 30, -2) if number % 5 < 4 else (-30, -1)))
    )
    female = story.chance(0.5)
    first, last = new_name(story, tongue, female)
    city = story.pick([c for c in tongue.cities.values() if c.currency is None])
    name = story.pick(SHAPES).format(last=last.split()[0], city=city.name, trade=story.pick(TRADES[tongue.code]))
    topic, product = story.pick(tongue.leads)
    old = day < -70
    state = story.pick(ENDS) if old and story.chance(0.6) else "open.contacted" if day < -16 else "open.new"
    seller = story.pick(office.sellers)
    when: datetime = story.moment(day)
    domain = f"{slug(name)}.{tongue.ending}"
    row = story.add(
        "lead", when, seller.row, topic=topic, full_name=f"{first} {last}", first_name=first, last_name=last,
        salutation=tongue.miss if female else tongue.mister, company_name=name, email=f"{slug(first)}@{domain}",
        job_title=story.pick(tongue.jobs)[1 if female else 0], phone=filled(story, city.phone),
        website=f"https://www.{domain}",
        mobile_phone=filled(story, tongue.mobile)[:20], industry=story.pick(list(KINDS.values()))[0], state=state,
        lead_source="trade_show" if from_fair else story.pick(SOURCES),
        campaign=marketing.fair if from_fair else None, rating=story.pick(("hot", "warm", "warm", "cold")),
        estimated_amount=story.between(8, 240) * 100, currency=company.currencies[office.currency],
        estimated_close_date=story.date(day + story.between(60, 140)), number_of_employees=story.between(8, 140),
        need=story.pick(("should_have", "good_to_have", "must_have")), description=f"{product}: {topic}.",
        purchase_timeframe=story.pick(("this_quarter", "next_quarter", "unknown")), budget_status="may_buy",
        initial_communication="not_contacted" if state == "open.new" else "contacted",
        changed=story.moment(story.between(day, -1)) if state != "open.new" else None, **address(story, city, tongue),
    )  # fmt: skip
    return Prospect(row, Person(row, first, last, female), office, seller, day, product)
