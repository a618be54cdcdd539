"""Chapter five: opportunities, from the first talk to the signature or the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crmgraph.crm.demo.catalog import Catalog
from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.leads import Leads
from crmgraph.crm.demo.pricing import ZERO, Line, Terms, totals, volume_discount
from crmgraph.crm.demo.story import BEGINNING, LAUNCH, RECALL, Client, Person, Row, Story

DEALS_A_CLIENT = (0, 0, 1, 1, 1, 1)
YEAR_END_DEALS = 16
# kind: (product numbers, fewest, most), chosen from; the first is always there
WANTED: Mapping[str, tuple[tuple[tuple[str, ...], int, int], ...]] = {
    "hotel": ((("CM-310",), 1, 4), (("WC-300", "WC-310"), 2, 14), (("SV-010",), 4, 12)),
    "cafe": ((("CM-300",), 1, 2), (("CM-400",), 1, 3), (("SV-040",), 1, 1)),
    "dealer": ((("CM-200", "CM-100"), 6, 30), (("WC-120", "cooler"), 5, 25)),
    "*": ((("machine", "machine", "CM-200"), 1, 9), (("cooler", "WC-310"), 1, 8), (("SV-020", "SV-030"), 1, 6)),
}
STAGES = (
    ("qualify", 15, "pipeline"),
    ("develop", 35, "pipeline"),
    ("propose", 60, "best_case"),
    ("close", 85, "committed"),
)
ROLES = ("stakeholder", "decision_maker", "economic_buyer", "technical_buyer", "champion", "end_user")
LOSSES = ("Price", "Postponed to next year", "Stayed with the present supplier", "Project cancelled by the board")


@dataclass(slots=True)
class Deal:
    """An opportunity and what later chapters need of it; `outcome` is open, won or lost."""

    row: Row
    client: Client
    person: Person
    opened: int
    closes: int
    outcome: str
    stage: int
    lines: tuple[Line, ...]
    terms: Terms
    price_list: Row
    line_rows: list[Row] = field(default_factory=list)
    quote: Row | None = None
    order: Row | None = None
    invoice: Row | None = None


def tell_deals(story: Story, company: Company, catalog: Catalog, clients: Sequence[Client], leads: Leads) -> list[Deal]:
    """Every client's opportunities, and the rush towards the end of the business year."""
    plan: list[tuple[Client, int | None]] = [
        (c, None) for c in clients for _ in range(1 if c.is_new else story.pick(DEALS_A_CLIENT))
    ]
    plan += [(c, story.between(-55, -4)) for c in story.random.sample(list(clients), YEAR_END_DEALS)]
    deals = []
    for client, late in plan:
        opened = late or (client.since if client.is_new else story.between(max(client.since, BEGINNING + 12), -3))
        closes = opened + (story.between(25, 60) if late else story.between(25, 150))
        outcome = "open" if closes >= -1 else "won" if story.chance(0.6) else "lost"
        deal = tell_deal(story, company, catalog, client, (opened, closes, outcome))
        if client.is_new and client.account["id"] in leads.by_account:
            link_lead(deal, leads.by_account.pop(client.account["id"]))
        deals.append(deal)
    for deal in deals:
        tell_participants(story, catalog, deal)
        if deal.outcome != "open":
            tell_close(story, catalog, deal)
    return deals


def link_lead(deal: Deal, lead: Row) -> None:
    """The opportunity came from a lead."""
    deal.row["originating_lead"] = {"id": lead["id"]}
    lead["qualifying_opportunity"] = {"id": deal.row["id"]}
    if "campaign" in lead:
        deal.row["campaign"] = lead["campaign"]


def tell_deal(story: Story, company: Company, catalog: Catalog, client: Client, course: tuple[int, int, str]) -> Deal:
    """One opportunity with its lines."""
    opened, closes, outcome = course
    person, key = story.pick(client.people), price_key(client)
    lines = wanted_lines(story, catalog, client, key, opened)
    terms = Terms(Decimal(story.pick((0, 0, 0, 3, 5))), Decimal(story.pick((0, 0, 45, 90, 120))))
    stage = 3 if outcome != "open" else min(3, -opened // 14 if closes < 40 else -opened // 25)
    name, probability, forecast = STAGES[stage]
    amounts = totals(lines, terms)
    names = client.office.language.deals
    done = story.moment(closes) if outcome != "open" else None
    state = {"open": "open.in_progress", "won": "won.won", "lost": "lost.out_sold"}[outcome]
    if outcome == "open" and story.chance(0.08):
        state = "open.on_hold"
    row = story.add(
        "opportunity", story.moment(opened), client.seller.row, contact=person, account=client.account,
        customer=client.account,
        name=f"{story.pick(names.get(client.kind, names['*']))[0]} – {client.account['name']}"[:300], state=state,
        currency=company.currencies[client.currency], price_list=catalog.price_lists[key], sales_stage=name,
        probability={"open": probability, "won": 100, "lost": 0}[outcome], rating=("cold", "warm", "hot", "hot")[stage],
        forecast_category=forecast if outcome == "open" else outcome, estimated_close_date=story.date(closes),
        actual_close_date=story.date(closes) if done else None, email=person.row["email"], changed=done,
        estimated_value=amounts["total_amount"], is_revenue_system_calculated=True,
        actual_value={"won": amounts["total_amount"], "lost": ZERO}.get(outcome),
        need=story.pick(("must_have", "should_have", "good_to_have")), purchase_timeframe="this_quarter",
        budget_status=("no_committed_budget", "may_buy", "can_buy", "will_buy")[stage], decision_maker=stage > 1,
        **steps(stage), **amounts,
    )  # fmt: skip
    deal = Deal(row, client, person, opened, closes, outcome, stage, lines, terms, catalog.price_lists[key])
    deal.line_rows = add_lines(story, "opportunity_product", deal, {"opportunity": row})
    return deal


def steps(stage: int) -> dict[str, bool]:
    """The ticks that a deal has collected by its stage."""
    by_stage = (
        ("confirm_interest",),
        ("identify_customer_contacts", "identify_competitors", "evaluate_fit", "identify_sales_team"),
        ("develop_proposal", "complete_internal_review", "pursuit_decision"),
        ("present_proposal", "capture_proposal_feedback", "complete_final_proposal"),
    )
    return {name: True for names in by_stage[: stage + 1] for name in names}


def price_key(client: Client) -> str:
    """The price list by which a client buys."""
    return "dealer" if client.kind == "dealer" and client.currency == "EUR" else client.currency


def wanted_lines(story: Story, catalog: Catalog, client: Client, key: str, day: int) -> tuple[Line, ...]:
    """What the client wants, at the prices of its list; what is not on the list is left out."""
    vat = client.office.vat if client.city.currency is None else Decimal(0)
    lines: list[Line] = []
    if client.kind in ("cafe", "office", "design") and key in ("EUR", "PLN", "GBP") and story.chance(0.14):
        return bundle_lines(catalog, "PK-020" if client.kind == "cafe" else "PK-010", key, vat)
    for i, (numbers, least, most) in enumerate(WANTED.get(client.kind, WANTED["*"])):
        number = in_season(story.pick(numbers), day)
        quantity = story.between(least, most)
        if (key, number) not in catalog.prices or (i and story.chance(0.62)):
            continue
        price = catalog.prices[key, number]
        off = volume_discount(price, quantity) if number[:2] in ("CM", "WC") else ZERO
        manual = Decimal(story.pick((0, 0, 0, 25, 50))) if price * quantity > 900 else ZERO
        product = catalog.products[number]
        lines.append(Line(number, product, catalog.unit_of(number), product["name"], quantity, price, off, manual, vat))
    if client.kind == "cafe" and story.chance(0.2):
        price = {"PLN": Decimal(780), "GBP": Decimal(150)}.get(key, Decimal(180))
        lines.append(Line(None, None, None, "Panels in the colour of the house", 1, price, ZERO, ZERO, vat))
    return tuple(lines)


def in_season(number: str, day: int) -> str:
    """The machine and the cooler of the day: before the launch and the recall there were others."""
    if number == "machine":
        return "CM-210" if day >= LAUNCH else "CM-900"
    if number == "cooler":
        return "WC-210" if day >= RECALL else "WC-200"
    return number


def bundle_lines(catalog: Catalog, bundle: str, key: str, vat: Decimal) -> tuple[Line, ...]:
    """A package, priced as one; its parts stand below it without a price."""
    product = catalog.products[bundle]
    head = Line(
        bundle,
        product,
        catalog.unit_of(bundle),
        product["name"],
        1,
        catalog.prices[key, bundle],
        ZERO,
        ZERO,
        vat,
        "bundle",
    )
    parts = [
        Line(
            number, catalog.products[number], catalog.unit_of(number), catalog.products[number]["name"],
            int(item["quantity"]), ZERO, ZERO, ZERO, vat, "required_bundle_product", item, 1,
        )
        for item, number in catalog.bundle_items[bundle]
        if item["requirement"] == 1
    ]  # fmt: skip
    return (head, *parts)


def add_lines(
    story: Story,
    type_name: str,
    deal: Deal,
    parent: Mapping[str, Row],
    sources: Sequence[Row] = (),
    more: Mapping[str, Any] | None = None,
) -> list[Row]:
    """The deal's lines under a document; `sources` are the lines from which they were copied."""
    head = next(iter(parent.values()))
    copied_from = {"order_product": "quote_product", "invoice_product": "order_product"}.get(type_name, "")
    made: list[Row] = []
    for i, line in enumerate(deal.lines, 1):
        above = made[line.part_of - 1] if line.part_of else None
        source = {copied_from: sources[i - 1], "is_copied": True} if sources and copied_from else {}
        made.append(
            story.add(
                type_name, head["created_on"], deal.client.seller.row, **parent, **source, **line.values(i),
                **(more or {}),
                parent_bundle=above, currency=head["currency"], changed=head["modified_on"],
            )
        )  # fmt: skip
    return made


def tell_participants(story: Story, catalog: Catalog, deal: Deal) -> None:
    """Who takes part in the decision, and against whom Brumella runs."""
    name = deal.row["name"]
    when = story.later(deal.row["created_on"], 60, 6000)
    if len(deal.client.people) > 1 and story.chance(0.3):
        for person in deal.client.people[:2]:
            role = story.pick(ROLES)
            story.add(
                "opportunity_contact", when, deal.client.seller.row, name=f"{person.name} – {name}"[:300],
                opportunity=deal.row,
                customer=person, role=role,
            )  # fmt: skip
    if story.chance(0.75 if deal.outcome == "lost" else 0.08):
        rival = story.pick(catalog.competitors)
        story.add(
            "opportunity_competitor", when, deal.client.seller.row, name=f"{rival['name']} – {name}"[:300],
            opportunity=deal.row,
            competitor=rival, description="Has made an offer too." if deal.outcome == "lost" else "Present supplier.",
        )  # fmt: skip


def tell_close(story: Story, catalog: Catalog, deal: Deal) -> None:
    """The activity that closed the opportunity."""
    when = story.moment(deal.closes)
    won = deal.outcome == "won"
    rivals = [
        r["competitor"]
        for r in story.rows.get("opportunity_competitor", [])
        if r["opportunity"]["id"] == deal.row["id"]
    ]
    story.add(
        "opportunity_close", when, deal.client.seller.row,
        subject=f"{'Won' if won else 'Lost'}: {deal.row['name']}"[:400],
        opportunity=deal.row, regarding=deal.row, state="completed.completed", actual_end=when, sort_date=when,
        actual_revenue=deal.row["actual_value"], currency=deal.row["currency"], is_regular_activity=False,
        competitor=rivals[0] if rivals and not won else None, description=None if won else story.pick(LOSSES),
    )  # fmt: skip
    seller, event = deal.client.seller.row, "won" if won else "lost"
    story.add("post", when, seller, name=deal.row["name"], event=event, regarding=deal.row)
