"""The last chapter: notes, process flows and goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crmgraph.crm.demo.cases import Trouble
from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.deals import Deal
from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.leads import Prospect
from crmgraph.crm.demo.story import BEGINNING, Person, Row, Story, cents
from crmgraph.crm.demo.topics import Topic, base_amount

NOTES = {"opportunity": 0.24, "account": 0.16, "case": 0.16, "lead": 0.16}
PROCESSES = """
Lead to opportunity | lead_to_opportunity | lead | Qualify, Develop
Opportunity sales process | opportunity_sales | opportunity | Qualify, Develop, Propose, Close
Phone to case | phone_to_case | case | Identify, Research, Resolve
"""
STEPS = {
    "Qualify": ("confirm_interest", "budget_status"),
    "Develop": ("identify_customer_contacts", "identify_competitors"),
    "Propose": ("develop_proposal", "present_proposal"),
    "Close": ("complete_final_proposal", "final_decision_date"),
    "Identify": ("customer", "product"),
    "Research": ("knowledge_article",),
    "Resolve": ("customer_satisfaction",),
}
INSTANCES = {"lead": 12, "opportunity": 34, "case": 18}
YEAR_BEGAN, YEAR_ENDS = -330, 35
# title | metric | owner | parent | target
GOALS = """
Brumella: revenue of the year | revenue | Elena Márquez Soler | | 0
Europe: revenue of the year | revenue | Andrew Whitfield | Brumella: revenue of the year | 0
Iberia: revenue of the year | revenue | Javier Ortega Ruiz | Europe: revenue of the year | 200000
Germany: revenue of the year | revenue | Katrin Vogel | Europe: revenue of the year | 230000
Poland: revenue of the year | revenue | Paweł Zieliński | Europe: revenue of the year | 95000
UK & Ireland: revenue of the year | revenue | Sophie Bennett | Europe: revenue of the year | 160000
"""
METRICS = """
revenue | Revenue of won opportunities | True | money | opportunity | actual_value | actual_close_date
cases | Resolved cases | False | integer | case | | modified_on
calls | Completed calls | False | integer | phone_call | | actual_end
"""
CASES_A_YEAR, CALLS_A_YEAR = 26, 22


def tell_notes(story: Story, topics: Sequence[Topic]) -> None:
    """What people jot down, now and then with a file."""
    for number, topic in enumerate(topics):
        story.turn("notes", number)
        if not story.chance(NOTES.get(topic.about, 0)):
            continue
        when = story.moment(story.between(topic.first, min(topic.last, -1)))
        lines = topic.office.language.said["notes"]
        subject, text = (topic.say(cell, when.date()) for cell in story.pick(lines[topic.about]))
        story.add(
            "note", when, topic.user.row, subject=subject, text=text, regarding=topic.record, **attachment(story, topic)
        )
        if topic.about == "account" and story.chance(0.3):
            subject, text = (topic.say(cell, when.date()) for cell in lines["contact"][0])
            story.add("note", when, topic.user.row, subject=subject, text=text, regarding=topic.person)


def attachment(story: Story, topic: Topic) -> dict[str, Any]:
    """Measurements taken at the customer's, as a small table."""
    if topic.about != "opportunity" or story.chance(0.6):
        return {}
    rows = [
        ("place", "width_cm", "height_cm", "power_v"),
        *((p, story.between(60, 260), story.between(80, 220), 230) for p in ("bar", "kitchen")),
    ]
    content = "\n".join(";".join(map(str, row)) for row in rows).encode()
    name, kind = "measurements.csv", "text/csv"
    file = {"name": name, "mime_type": kind, "content": content}
    return {"attachment": file, "file_name": name, "file_size": len(content), "mime_type": kind}


def tell_processes(
    story: Story, prospects: Sequence[Prospect], deals: Sequence[Deal], troubles: Sequence[Trouble]
) -> None:
    """Three flows with their stages, and where the records stand in them."""
    story.turn("processes")
    when = story.moment(BEGINNING, 6)
    flows: dict[str, tuple[Row, list[Row]]] = {}
    for position, (name, unique, record_type, names) in enumerate(table(PROCESSES)):
        flow = story.add(
            "process", when, name=name, unique_name=unique, record_type=record_type, position=position, state="active"
        )
        stages = [
            story.add(
                "process_stage", when, name=stage, process=flow, position=i, category=stage.lower(),
                record_type=record_type,
                steps=[{"field": f, "required": i == 0} for f in STEPS[stage]],
            )
            for i, stage in enumerate(n.strip() for n in names.split(","))
        ]  # fmt: skip
        flows[record_type] = flow, stages
    for prospect in story.random.sample(list(prospects), INSTANCES["lead"]):
        state = "aborted" if prospect.row["state"] == 2 else "active"
        add_instance(story, flows["lead"], prospect.row, prospect.row["topic"], (0, state))
    open_first = sorted(deals, key=lambda d: (d.outcome != "open", d.row["id"]))
    for deal in open_first[: INSTANCES["opportunity"]]:
        state = {"won": "finished", "lost": "aborted"}.get(deal.outcome, "active")
        add_instance(story, flows["opportunity"], deal.row, deal.row["name"], (deal.stage, state))
    for trouble in troubles[-INSTANCES["case"] :]:
        state = ("active", "finished", "aborted")[trouble.row["state"]]
        stage = 1 if state == "active" else 2
        add_instance(story, flows["case"], trouble.row, trouble.row["title"], (stage, state))


def add_instance(story: Story, flow: tuple[Row, list[Row]], record: Row, name: str, standing: tuple[int, str]) -> None:
    """Where a record stands: the number of its stage, and the state of the flow."""
    process, stages = flow
    stage, state = standing
    changed = record["modified_on"]
    story.add(
        "process_instance", record["created_on"], name=name[:200], process=process, record=record, state=state,
        active_stage=stages[stage], traversed_path=",".join(s["id"] for s in stages[: stage + 1]), changed=changed,
        active_stage_started_on=changed, started_on=record["created_on"],
        completed_on=None if state == "active" else changed,
    )  # fmt: skip


def tell_goals(story: Story, company: Company, deals: Sequence[Deal], troubles: Sequence[Trouble]) -> None:
    """The year's targets: revenue down the sales hierarchy, cases and calls for those who do them."""
    when = story.moment(YEAR_BEGAN, 8)
    metrics: dict[str, Row] = {}
    for key, name, amount, kind, record_type, field, day in table(METRICS):
        metrics[key] = story.add(
            "goal_metric", when, name=name, is_amount=amount == "True", amount_data_type=kind,
            actual_record_type=record_type,
            actual_field=field, actual_date_field=day,
            actual_filter={"state": {"eq": "WON" if key == "revenue" else "COMPLETED"}},
        )  # fmt: skip
    rates = {row["id"]: row["exchange_rate"] for row in company.currencies.values()}
    tell_revenue(story, company, deals, metrics["revenue"], rates)
    for person in (o.agent for o in company.offices):
        count = sum(t.agent is person and t.row["state"] == 1 for t in troubles)
        add_count(story, metrics["cases"], person, f"Cases: {person.name}", (count, CASES_A_YEAR))
    for office in company.offices:
        for person in office.sellers:
            calls = story.rows["phone_call"]
            count = sum(c["owner"]["id"] == person.row["id"] and c["state"] == 1 for c in calls)
            add_count(story, metrics["calls"], person, f"Calls: {person.name}", (count, CALLS_A_YEAR))


def tell_revenue(
    story: Story, company: Company, deals: Sequence[Deal], metric: Row, rates: Mapping[str, Decimal]
) -> None:
    """Revenue goals: managers' from their teams' deals, those above from those below."""
    won: dict[str, Decimal] = {}
    for deal in deals:
        if deal.outcome == "won" and deal.closes >= YEAR_BEGAN:
            name = deal.client.office.manager.name
            won[name] = won.get(name, Decimal(0)) + base_amount(deal.row, "actual_value", rates)
    lines = table(GOALS)
    goals: dict[str, Row] = {}
    for title, _, owner, parent, target in lines:
        mine = [line for line in lines if int(line[4]) and (line[0] == title or not int(target))]
        actual = cents(sum((won.get(line[2], Decimal(0)) for line in mine), Decimal(0)))
        wanted = Decimal(sum(int(line[4]) for line in mine))
        person = company.staff[owner]
        goals[title] = story.add(
            "goal", story.moment(YEAR_BEGAN, 8), person.row, title=title, metric=metric, goal_owner=person,
            parent_goal=goals.get(parent), is_amount=True, amount_data_type="money", target_money=wanted,
            actual_money=actual,
            stretch_target_money=wanted * Decimal("1.15"), currency=company.currencies["EUR"],
            rollup_only_from_child_goals=target == "0",
            todays_target_money=cents(wanted * so_far()), todays_target_percentage=cents(100 * so_far()),
            percentage=cents(100 * actual / wanted), **period(story),
        )  # fmt: skip


def so_far() -> Decimal:
    """How much of the business year is over."""
    return Decimal(-YEAR_BEGAN) / (YEAR_ENDS - YEAR_BEGAN)


def period(story: Story) -> dict[str, Any]:
    return {
        "is_fiscal_period_goal": False,
        "start_date": story.date(YEAR_BEGAN),
        "end_date": story.date(YEAR_ENDS),
        "last_rolled_up_on": story.moment(-1, 4),
        "changed": story.moment(-1, 4),
    }


def add_count(story: Story, metric: Row, person: Person, title: str, counts: tuple[int, int]) -> None:
    """A goal that counts records."""
    actual, wanted = counts
    story.add(
        "goal", story.moment(YEAR_BEGAN, 8), person.row, title=title, metric=metric, goal_owner=person, is_amount=False,
        amount_data_type="integer", target_integer=wanted, actual_integer=actual,
        percentage=cents(Decimal(100 * actual) / wanted),
        todays_target_integer=int(wanted * so_far()), todays_target_percentage=cents(100 * so_far()), **period(story),
    )  # fmt: skip
