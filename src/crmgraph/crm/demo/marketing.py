"""Chapter four: campaigns with their activities, lists and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmgraph.crm.demo.catalog import Catalog
from crmgraph.crm.demo.company import DOMAIN, Company
from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.story import FAIR, LAUNCH, RECALL, Client, Row, Story

if TYPE_CHECKING:
    from crmgraph.crm.demo.leads import Leads

# key | name | type | first day from the turning point | days | budget | expected revenue | message | products
CAMPAIGNS = """
fair | Horeca Forum Poznań {year} | event | -40 | 60 | 48000 | 320000 | Coffee and water, from one hand | CM-200,
  CM-310, WC-310
launch | Launch of the Brisa Duo Touch | advertisement | -30 | 90 | 65000 | 540000 | Two coffees at once | CM-210,
  AC-070
recall | Recall of the Font 20 thermostats | direct_marketing | 0 | 70 | 22000 | 0 | Safe water, quickly | WC-200,
  AC-080
loyalty | A cup for your loyalty | direct_marketing | -20 | 60 | 9000 | 80000 | Thank you for another year | CO-010,
  CO-020
year_end | Year-end conditions for dealers | co_branding | -35 | 75 | 15000 | 260000 | Order now, pay next year |
  CM-200, WC-210
"""
TURNING_POINTS = {"fair": FAIR, "launch": LAUNCH, "recall": RECALL, "loyalty": -300, "year_end": -5}
# campaign | subject | type | channel | day from the turning point | budget
STEPS = """
fair | Invite customers and prospects to the stand | direct_initial_contact | email | -30 | 2500
fair | Build and staff the stand | content_preparation | other | -2 | 38000
fair | Ring everyone who left a card | direct_follow_up_contact | phone | 8 | 3000
launch | Press text and photographs | content_preparation | other | -25 | 18000
launch | E-mail to all customers with a Brisa | direct_initial_contact | email | 0 | 1200
launch | Launch evening in Madrid and Berlin | content_distribution | appointment | 14 | 32000
launch | Letter with a voucher to hotels | direct_follow_up_contact | letter | 40 | 6000
recall | Registered letter to all owners of a Font 20 | direct_initial_contact | letter | 1 | 4000
recall | Ring those who have not answered | reminder_distribution | phone | 20 | 2500
loyalty | E-mail with a sample voucher | direct_initial_contact | email | 0 | 900
year_end | Appointments with all dealers | direct_initial_contact | appointment | -20 | 5000
year_end | Reminder before the end of the year | reminder_distribution | email | 12 | 600
"""
# name | members | kinds of clients, or all | campaigns
LISTS = """
Hotels and guest houses | account | hotel | launch, loyalty
Cafés and bakeries | account | cafe | launch
Dealers | account | dealer | year_end, launch
Owners of a Font 20 | account | recall | recall
Newsletter | contact | * | launch, loyalty, year_end
Visitors of the fair | lead | | fair
"""
MOST_MEMBERS = 15


@dataclass(frozen=True, slots=True)
class Marketing:
    """The campaigns by key."""

    campaigns: Mapping[str, Row]

    @property
    def fair(self) -> Row:
        return self.campaigns["fair"]


def tell_marketing(story: Story, company: Company, catalog: Catalog) -> Marketing:
    """Campaigns and what is done for them."""
    head, manager = company.staff["Lucía Navarro Gil"].row, company.staff["Zoe Hartley"].row
    euro, made = company.currencies["EUR"], {}
    for number, (key, name, kind, begin, days, budget, revenue, message, products) in enumerate(table(CAMPAIGNS), 1):
        first = TURNING_POINTS[key] + int(begin)
        ended = first + int(days) < 0
        year = story.date(TURNING_POINTS[key]).year
        made[key] = story.add(
            "campaign", story.moment(first - 20), head, name=name.format(year=year), campaign_type=kind, currency=euro,
            campaign_code=f"CMP-{1000 + number}-{key.upper()[:6]}", message=message, proposed_start=story.date(first),
            proposed_end=story.date(first + int(days)), actual_start=story.date(first),
            actual_end=story.date(first + int(days)) if ended else None, budgeted_cost=budget, expected_revenue=revenue,
            expected_response_percentage=8, email=f"marketing@{DOMAIN}", other_cost=500,
            changed=story.moment(min(first + 5, -1)),
            price_list=catalog.price_lists["EUR"], promotion_code=f"{key.upper()}{year % 100}",
            state="active.completed" if ended else "active.launched", objective=f"{message}.",
        )  # fmt: skip
        for product in (catalog.products[p.strip()] for p in products.split(",")):
            story.add(
                "campaign_product", story.moment(first - 15), head, campaign=made[key], product=product,
                name=f"{made[key]['name']}: {product['name']}",
            )  # fmt: skip
    costs = dict.fromkeys(made, 0)
    for key, subject, kind, channel, day, budget in table(STEPS):
        costs[key] += tell_step(story, manager, made[key], (key, subject, kind, channel, int(day), int(budget)), euro)
    for key, campaign in made.items():
        campaign["total_campaign_activity_actual_cost"] = Decimal(costs[key])
        campaign["total_actual_cost"] = campaign["other_cost"] + costs[key]
    return Marketing(made)


def tell_step(story: Story, owner: Row, campaign: Row, step: tuple[str, str, str, str, int, int], currency: Row) -> int:
    """One activity of a campaign; what it cost."""
    key, subject, kind, channel, offset, budget = step
    day = TURNING_POINTS[key] + offset
    done = day < 0
    start, made = story.hour(day, 9), story.moment(min(day - 25, -3))
    reached = story.between(18, 60)
    cost = budget + story.between(-8, 12) * budget // 100 if done else 0
    sent = {"distributed_on": start, "target_count": reached, "failure_count": reached // 20} if done else {}
    story.add(
        "campaign_activity", made, owner, subject=subject, campaign=campaign, campaign_activity_type=kind,
        channel=channel,
        budgeted_cost=budget, actual_cost=cost or None, currency=currency, scheduled_start=start, sort_date=start,
        scheduled_end=story.hour(day, 17), actual_end=story.hour(day, 17) if done else None, regarding=campaign,
        state="completed.closed" if done else "open.proposed", changed=start if done else None, **sent,
        success_count=reached - reached // 20 if done else None, exclude_if_contacted_in_days=7,
    )  # fmt: skip
    return cost


def tell_lists(story: Story, company: Company, marketing: Marketing, clients: Sequence[Client], leads: Leads) -> None:
    """Marketing lists, who is on them, for which campaigns."""
    manager = company.staff["Zoe Hartley"].row
    for name, member_type, kinds, campaigns in table(LISTS):
        members = members_of(story, member_type, kinds, clients, leads)
        row = story.add(
            "marketing_list", story.moment(FAIR - 60 if "fair" not in campaigns else FAIR + 2), manager, name=name,
            member_type=member_type, list_type="static", purpose=f"Campaigns: {campaigns}", source="CRM",
            state="active",
            member_count=len(members), last_used_on=story.moment(RECALL), currency=company.currencies["EUR"], cost=0,
        )  # fmt: skip
        for member in members:
            who = member.get("full_name") or member["name"]
            when = max(row["created_on"], member["created_on"])
            story.add("marketing_list_member", when, manager, name=f"{who} – {name}", marketing_list=row, member=member)
        for key in (k.strip() for k in campaigns.split(",")):
            campaign = marketing.campaigns[key]
            story.add(
                "campaign_marketing_list", row["created_on"], manager, campaign=campaign, marketing_list=row,
                name=f"{campaign['name']} – {name}",
            )  # fmt: skip
    lists = story.rows["marketing_list"]
    quick = (
        ("Sample of Brava decaf", 0, "email"),
        ("Opening hours over the holidays", 4, "email"),
        ("Recall: second call", 3, "phone"),
    )
    for number, (name, which, channel) in enumerate(quick, 1):
        begun = story.moment(RECALL + 20 * number)
        count = lists[which]["member_count"]
        story.add(
            "quick_campaign", begun, manager, name=name, quick_campaign_number=f"QC-{1000 + number}-{slug_code(name)}",
            member_type=lists[which]["member_type"], marketing_list=lists[which], channel=channel,
            activity_subject=name,
            target_count=count, success_count=count - 1, failure_count=1, started_on=begun, state="closed.completed",
            completed_on=story.later(begun, 5, 50),
        )  # fmt: skip


def slug_code(name: str) -> str:
    return "".join(c for c in name.upper() if c.isalpha())[:6]


def members_of(story: Story, member_type: str, kinds: str, clients: Sequence[Client], leads: Leads) -> list[Row]:
    """Who belongs on a list, at most so many."""
    old = [c for c in clients if not c.is_new]
    if member_type == "lead":
        found = [p.row for p in leads.prospects if "campaign" in p.row]
    elif member_type == "contact":
        found = [p.row for c in old for p in c.people if not p.row["do_not_bulk_email"]]
    elif kinds == "recall":
        found = [c.account for c in old if c.kind in ("office", "finance", "law", "factory", "transport")]
    else:
        found = [c.account for c in old if c.kind == kinds]
    return found if len(found) <= MOST_MEMBERS else story.random.sample(found, MOST_MEMBERS)


def tell_responses(story: Story, marketing: Marketing, clients: Sequence[Client], leads: Leads) -> None:
    """Answers to the fair's invitation and to the launch."""
    for prospect in (p for p in leads.prospects if "campaign" in p.row):
        respond(
            story,
            marketing.fair,
            prospect.row,
            prospect.seller.row,
            {"converted_to": prospect.row, "company_name": prospect.row["company_name"]},
        )
        prospect.row["campaign_response"] = {"id": story.rows["campaign_response"][-1]["id"]}
    for client in story.random.sample([c for c in clients if not c.is_new], 12):
        more = {"company_name": client.account["name"][:100]}
        respond(story, marketing.campaigns["launch"], client.people[0].row, client.seller.row, more)


def respond(story: Story, campaign: Row, who: Row, owner: Row, more: Mapping[str, Any]) -> None:
    """One answer; `who` is a lead or a contact."""
    answered = story.moment(LAUNCH + story.between(2, 40)) if "converted_to" not in more else who["created_on"]
    closed = "converted_to" in more
    interested = closed or story.chance(0.7)
    story.add(
        "campaign_response", answered, owner, subject=f"{campaign['name']}: {who['full_name']}", campaign=campaign,
        regarding=campaign, response_code="interested" if interested else "not_interested", channel="email",
        received_on=answered.date(), customer=who, first_name=who["first_name"], last_name=who["last_name"],
        email=who["email"], promotion_code=campaign["promotion_code"], sort_date=answered, actual_end=answered,
        state="completed.closed" if closed or not interested else "open.open", **more,
    )  # fmt: skip
