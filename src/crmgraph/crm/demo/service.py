"""Chapter seven: what the service promises. Calendars, service levels, contracts, entitlements, knowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from crmgraph.crm.demo.articles import ARTICLES
from crmgraph.crm.demo.catalog import Catalog
from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.language import sections
from crmgraph.crm.demo.story import BEGINNING, RECALL, Client, Row, Story, cents

ZONE = ZoneInfo("Europe/Warsaw")
OPENS, CLOSES = time(8), time(18)
HOLIDAYS = (
    (1, 1, "New Year"),
    (5, 1, "May Day"),
    (11, 1, "All Saints"),
    (12, 25, "Christmas Day"),
    (12, 26, "St Stephen's Day"),
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
# name | minutes to the first response: warning, failure | to the solution: warning, failure
LEVELS = (("Standard service", (180, 240), (1200, 1800)), ("Gold service", (60, 120), (480, 600)))
OPEN_CASE = {"state": {"eq": "ACTIVE"}}
ADDRESSES, PARTS = ("bill_to", "service_address"), ("street", "city", "postal_code", "country")
CONTRACTS, ENTITLEMENTS = 12, 14
LANGUAGES = {"en": 1033, "es": 3082, "de": 1031, "pl": 1045}


@dataclass(frozen=True, slots=True)
class Level:
    """A service level: its SLA, and of each of its items the row and the minutes until warning and failure."""

    sla: Row
    first_response: tuple[Row, int, int]
    resolution: tuple[Row, int, int]


@dataclass(frozen=True, slots=True)
class Service:
    """What cases refer to."""

    levels: Mapping[str, Level]  # standard, gold
    entitlements: Mapping[str, Row]  # by account id
    contracts: Mapping[str, tuple[Row, Row]]  # contract and line by account id
    articles: Mapping[tuple[str, str], Row]  # by key and language


def tell_service(story: Story, company: Company, catalog: Catalog, clients: Sequence[Client]) -> Service:
    head = company.staff["Jürgen Köhler"].row
    calendar = tell_calendar(story)
    levels = {k: tell_level(story, head, calendar, i) for i, k in enumerate(("standard", "gold"))}
    chosen = story.random.sample([c for c in clients if not c.is_new and c.kind != "dealer"], CONTRACTS + ENTITLEMENTS)
    contracts = {
        c.account["id"]: tell_contract(story, company, catalog, calendar, c, i)
        for i, c in enumerate(chosen[:CONTRACTS])
    }
    entitlements = {
        c.account["id"]: tell_entitlement(story, catalog, levels["gold"].sla, c, i)
        for i, c in enumerate(chosen[CONTRACTS:])
    }
    return Service(levels, entitlements, contracts, tell_articles(story, company, catalog))


def tell_calendar(story: Story) -> Row:
    """Monday to Friday, eight to six in Łódź; and one that never closes."""
    when = story.moment(BEGINNING, 6)
    made = story.add(
        "business_calendar", when, name="Service hours", time_zone=ZONE.key, is_24x7=False, state="active",
        description="Monday to Friday, 8:00 to 18:00, without public holidays.",
    )  # fmt: skip
    story.add("business_calendar", when, name="Around the clock", time_zone="UTC", is_24x7=True, state="active")
    for day in DAYS:
        story.add(
            "business_calendar_rule", when, name=f"{day.capitalize()} 8:00–18:00", calendar=made,
            rule_type="working_hours",
            weekday=day, start_minute=OPENS.hour * 60, end_minute=CLOSES.hour * 60,
        )  # fmt: skip
    for month, day_of_month, name in HOLIDAYS:
        story.add(
            "business_calendar_rule", when, name=name, calendar=made, rule_type="holiday", is_yearly=True,
            holiday_date=date(story.date(BEGINNING).year, month, day_of_month),
        )  # fmt: skip
    return made


def after(start: datetime, minutes: int) -> datetime:
    """So many minutes later by the service's calendar."""
    at = start.astimezone(ZONE)
    while True:
        if is_open(at.date()) and at.time() < CLOSES:
            at = max(at, datetime.combine(at.date(), OPENS, ZONE))
            left = int((datetime.combine(at.date(), CLOSES, ZONE) - at).total_seconds()) // 60
            if minutes <= left:
                return (at + timedelta(minutes=minutes)).astimezone(UTC)
            minutes -= left
        at = datetime.combine(at.date() + timedelta(1), OPENS, ZONE)


def minutes_between(start: datetime, end: datetime) -> int:
    """Minutes of the service's calendar from one time to another."""
    total, day, last = 0, start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    while day <= last:
        if is_open(day):
            opened = max(datetime.combine(day, OPENS, ZONE), start)
            closed = min(datetime.combine(day, CLOSES, ZONE), end)
            total += max(0, int((closed - opened).total_seconds()) // 60)
        day += timedelta(1)
    return total


def is_open(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in {(m, d) for m, d, _ in HOLIDAYS}


def tell_level(story: Story, head: Row, calendar: Row, number: int) -> Level:
    """An SLA with its two items."""
    name, first, solved = LEVELS[number]
    when = story.moment(BEGINNING, 6)
    sla = story.add(
        "sla", when, head, name=name, record_type="case", applicable_from="created_on", business_calendar=calendar,
        is_default=number == 0, allow_pause_resume=True,
        pause_conditions={"statusReason": {"eq": "WAITING_FOR_DETAILS"}},
        state="active",
    )  # fmt: skip
    items = []
    for sequence, (kpi, (warn, fail), success) in enumerate(
        (
            ("first_response", first, {"firstResponseSent": {"eq": True}}),
            ("resolution", solved, {"state": {"eq": "RESOLVED"}}),
        ),
        1,
    ):
        item = story.add(
            "sla_item", when, head, name=f"{name}: {kpi.replace('_', ' ')}", sla=sla, kpi=kpi, sequence=sequence,
            applicable_when=OPEN_CASE, success_conditions=success, warn_after_minutes=warn, fail_after_minutes=fail,
            business_calendar=calendar, allow_pause=True,
        )  # fmt: skip
        items.append((item, warn, fail))
    return Level(sla, items[0], items[1])


def tell_contract(
    story: Story, company: Company, catalog: Catalog, calendar: Row, client: Client, number: int
) -> tuple[Row, Row]:
    """A service contract with a line for the machines and, now and then, one for the coolers."""
    first = story.between(-420, -300) if number == 0 else story.between(-330, -40)
    begins, ends = story.date(first), story.date(first) + timedelta(364)
    state = "expired" if ends < story.today else "on_hold" if number == 5 else "draft" if number == 7 else "active"
    when, owner = story.moment(max(first - 10, BEGINNING)), client.seller.row
    currency, account = company.currencies[client.currency], client.account
    machines = [(n, story.between(1, 6)) for n in (("CM-200", "WC-300") if story.chance(0.4) else ("CM-200",))]
    each = cents(Decimal(290) * currency["exchange_rate"])
    total = each * sum(q for _, q in machines)
    contract = story.add(
        "contract", when, owner, name=f"Maintenance {account['name']}"[:100], contract_number=story.next_number("CNR"),
        customer=account, billing_customer=account, start_date=begins, end_date=ends, duration_days=365, state=state,
        billing_start_date=begins, billing_end_date=ends,
        billing_frequency=story.pick(("quarterly", "annually", "monthly")),
        service_level=story.pick(("gold", "silver", "bronze")), support_calendar=calendar,
        allotment_type="number_of_cases",
        total_price=total, total_discount=0, net_price=total, currency=currency, email=account["email"],
        **{f"{to}_{part}": account[f"address_1_{part}"] for to in ADDRESSES for part in PARTS},
    )  # fmt: skip
    lines = []
    for i, (product, quantity) in enumerate(machines, 1):
        used = story.between(0, 3)
        lines.append(
            story.add(
                "contract_line", when, owner, name=f"{quantity} × {catalog.products[product]['name']}",
                contract=contract,
                line_number=i, customer=account, product=catalog.products[product], unit=catalog.units["year of cover"],
                unit_group=catalog.units["year of cover"]["unit_group"], quantity=quantity, start_date=begins,
                end_date=ends,
                total_price=each * quantity, net_price=each * quantity, rate=each, total_allotments=4 * quantity,
                allotments_used=used, allotments_remaining=4 * quantity - used, allotments_overage=0, currency=currency,
                state="expired" if state == "expired" else "existing", location=account["address_1_city"],
            )
        )  # fmt: skip
    return contract, lines[0]


def tell_entitlement(story: Story, catalog: Catalog, sla: Row, client: Client, number: int) -> Row:
    """A number of cases a year, with channels, people and products."""
    first = -380 if number == 0 else 10 if number == 1 else story.between(-300, -40)
    begins = story.date(first)
    ends = begins + timedelta(364)
    state = "expired" if ends < story.today else "waiting" if begins > story.today else "active"
    total, owner = story.pick((10, 20, 30)), client.seller.row
    left = total if state == "waiting" else total - story.between(1, 8)
    when = story.moment(max(min(first, -5), BEGINNING))
    row = story.add(
        "entitlement", when, owner, name=f"Gold {total} – {client.account['name']}"[:100], customer=client.account,
        start_date=begins, end_date=ends, allocation_type="number_of_cases", decrease_remaining_on="case_resolution",
        total_terms=total, remaining_terms=left, is_default=True, sla=sla, state=state,
        restrict_case_creation=number % 3 == 0,
        knowledge_access_level="premium", email=client.people[0].row["email"],
    )  # fmt: skip
    name = row["name"]
    story.add(
        "entitlement_contact",
        when,
        owner,
        name=f"{client.people[0].name} – {name}",
        entitlement=row,
        contact=client.people[0],
    )
    if number % 2:
        story.add(
            "entitlement_channel", when, owner, name=f"Phone – {name}", entitlement=row, channel="phone",
            total_terms=total // 2, remaining_terms=max(left - total // 2, 0),
        )  # fmt: skip
        product = catalog.products["CM-210"]
        story.add(
            "entitlement_product", when, owner, name=f"{product['name']} – {name}", entitlement=row, product=product
        )
    return row


def tell_articles(story: Story, company: Company, catalog: Catalog) -> dict[tuple[str, str], Row]:
    """The knowledge base: each article in some languages, the English one first."""
    agents = {o.language.code: o.agent for o in company.offices}
    made: dict[tuple[str, str], Row] = {}
    numbers: dict[str, str] = {}
    for part in sections(ARTICLES):
        top, description, content = (p.strip() for p in part.split("\n--\n"))
        key, code, state, subject, title = (cell.strip() for cell in top.split("|"))
        day = RECALL + 2 if key == "recall" else story.between(BEGINNING + 20, -40)
        number = numbers.setdefault(key, story.next_number("KA") if key not in numbers else "")
        root, when = made.get((key, "en")), story.moment(day)
        votes = story.between(3, 40) if state.startswith("published") else 0
        stars = sum(story.between(3, 5) for _ in range(votes))
        made[key, code] = story.add(
            "knowledge_article", when, agents[code].row, title=title, article_number=number, language=LANGUAGES[code],
            description=" ".join(description.split()), content=content, subject=catalog.subjects[subject], state=state,
            primary_author=agents[code], is_root_article=root is None, root_article=root, parent_article=root,
            is_primary=root is None, view_count=votes * 9 + story.between(0, 30), rating_count=votes, rating_sum=stars,
            rating=cents(Decimal(stars) / votes) if votes else None, publish_on=when if votes else None,
            keywords=", ".join(title.lower().replace("?", "").replace(":", "").split()[-3:]),
        )  # fmt: skip
    return made
