"""Chapter eight: cases and how they were answered; the recall brings a wave of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crmgraph.crm.demo.catalog import Catalog
from crmgraph.crm.demo.company import Company
from crmgraph.crm.demo.language import Problem
from crmgraph.crm.demo.service import Level, Service, after, minutes_between
from crmgraph.crm.demo.story import BEGINNING, RECALL, Client, Person, Row, Story

CASES, RECALL_CASES = 62, 24
RECENT = [-7, -6, -6, -5, -5, -4, -4, -3, -3, -2, -2, -2, -1, -1, -1]
PRODUCTS = {"coffee": ("CM-200", "CM-900", "CM-300"), "water": ("WC-300", "WC-310", "WC-120"), "supplies": ("CO-010",)}
SUBJECTS = {"coffee": "Coffee machines", "water": "Water coolers", "supplies": "Coffee and supplies"}
OPEN_STATES = (
    "active.in_progress",
    "active.in_progress",
    "active.researching",
    "active.waiting_for_details",
    "active.on_hold",
)
IN_PROGRESS, NONCOMPLIANT, NEARING, SUCCEEDED = "in_progress", "noncompliant", "nearing_noncompliance", "succeeded"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A case and what later chapters need of it."""

    row: Row
    client: Client
    person: Person
    agent: Person
    problem: Problem
    day: int
    last: int
    is_recall: bool


@dataclass(frozen=True, slots=True)
class Course:
    """When a case was answered and when it was solved; None: not yet."""

    begun: datetime
    answered: datetime | None
    solved: datetime | None


def tell_cases(
    story: Story, company: Company, catalog: Catalog, clients: Sequence[Client], service: Service
) -> list[Trouble]:
    old = [c for c in clients if not c.is_new]
    under_contract = [c for c in old if c.account["id"] in service.contracts or c.account["id"] in service.entitlements]
    owners = [c for c in old if c.kind in ("office", "finance", "law", "factory", "transport", "clinic", "school")]
    days = sorted(story.between(BEGINNING + 30, -1) for _ in range(CASES))
    days[-len(RECENT) :] = RECENT
    troubles = []
    for number, day in enumerate(days):
        story.turn("case", number)
        client = story.pick(under_contract if story.chance(0.45) else old)
        problem = story.pick(client.office.language.problems)
        troubles.append(tell_case(story, company, catalog, service, (client, problem, day, False)))
    for number in range(RECALL_CASES):
        story.turn("recall", number)
        client = owners[number % len(owners)]
        day = min(RECALL + 2 + int(story.random.expovariate(1 / 18)), -2)
        troubles.append(tell_case(story, company, catalog, service, (client, client.office.language.recall, day, True)))
    head, *others = troubles[-RECALL_CASES:]
    for trouble in (t for t in others if t.client is head.client):
        trouble.row["parent_case"] = {"id": head.row["id"]}
    return troubles


def tell_case(
    story: Story, company: Company, catalog: Catalog, service: Service, what: tuple[Client, Problem, int, bool]
) -> Trouble:
    client, problem, day, is_recall = what
    person, agent, account = story.pick(client.people), client.office.agent, client.account
    entitlement, contract = service.entitlements.get(account["id"]), service.contracts.get(account["id"])
    level = service.levels["gold" if entitlement else "standard"]
    course = run(story, level, day)
    number = "WC-200" if is_recall else story.pick(PRODUCTS[problem.product_kind])
    state = "resolved.problem_solved" if problem.case_type != "question" else "resolved.information_provided"
    if course.solved is None:
        state = story.pick(OPEN_STATES)
    elif not is_recall and story.chance(0.04):
        state = "canceled.canceled"
    serial = (
        f"F20-7{story.between(1000, 9999)}" if is_recall else f"{number[:2]}{number[3]}-{story.between(10000, 99999)}"
    )
    row = story.add(
        "case", course.begun, agent.row, title=problem.title, description=problem.text, customer=account,
        contact=person,
        responsible_contact=person, email=person.row["email"], case_type=problem.case_type,
        case_number=story.next_number("CAS"),
        origin=story.pick(("email", "email", "phone", "phone", "web")),
        priority="high" if is_recall else story.pick(("normal", "normal", "low", "high")),
        severity="high" if is_recall else story.pick(("low", "medium", "medium")), product=catalog.products[number],
        subject=catalog.subjects["Recall Font 20" if is_recall else SUBJECTS[problem.product_kind]], state=state,
        product_serial_number=None if problem.product_kind == "supplies" else serial, sla=level.sla,
        applied_sla=level.sla,
        service_level="gold" if entitlement else "bronze", entitlement=entitlement, contract=contract and contract[0],
        contract_line=contract and contract[1], service_stage="resolve" if course.solved else "research",
        first_response_sent=course.answered is not None, customer_contacted=course.answered is not None,
        response_by=after(course.begun, level.first_response[2]), resolve_by=after(course.begun, level.resolution[2]),
        customer_satisfaction=story.pick((5, 5, 4, 4, 3, 2)) if course.solved and story.chance(0.5) else None,
        is_escalated=is_recall and day < RECALL + 5, changed=course.solved or course.answered,
        escalated_on=course.answered if is_recall and day < RECALL + 5 else None,
        activities_complete=course.solved is not None,
        actual_service_units=story.between(1, 4) if course.solved else None,
    )  # fmt: skip
    add_kpis(story, row, level, course, agent)
    last = min((course.solved.date() - story.today).days if course.solved else -1, -1)
    trouble = Trouble(row, client, person, agent, problem, day, last, is_recall)
    settle(story, company, service, trouble, course)
    return trouble


def run(story: Story, level: Level, day: int) -> Course:
    """How it went: nine of ten in time."""
    begun = story.moment(day)
    within, limit = level.first_response[2], level.resolution[2]
    answered = after(begun, story.between(5, within - 10) if story.chance(0.9) else within + story.between(20, 200))
    solved = after(
        answered, story.between(40, limit - within - 20) if story.chance(0.88) else limit + story.between(60, 900)
    )
    if day > -8 and story.chance(0.7):  # the solution takes its time: a part is missing, the customer is away
        solved = after(solved, 4000)
    return Course(begun, answered if answered < story.now else None, solved if solved < story.now else None)


def add_kpis(story: Story, case: Row, level: Level, course: Course, agent: Person) -> None:
    """Two clocks: until the first response and until the solution."""
    for name, (item, warn, fail), done in (
        ("first_response", level.first_response, course.answered),
        ("resolve_by", level.resolution, course.solved),
    ):
        warning, failure = after(course.begun, warn), after(course.begun, fail)
        end = done or story.now
        late, near = end > failure, end > warning
        status = NONCOMPLIANT if late else SUCCEEDED if done else NEARING if near else IN_PROGRESS
        row = story.add(
            "sla_kpi", course.begun, agent.row, name=f"{item['name']} – {case['case_number']}", case=case,
            sla=level.sla,
            sla_item=item, kpi=item["kpi"], status=status, applicable_from=course.begun, warning_time=warning,
            failure_time=failure, computed_warning_time=warning, computed_failure_time=failure,
            is_warning_time_reached=near,
            succeeded_on=done if status == SUCCEEDED else None, ended_on=done or (failure if late else None),
            active_duration_minutes=minutes_between(course.begun, end), elapsed_minutes=0, changed=end,
        )  # fmt: skip
        case[f"{name}_kpi"] = {"id": row["id"]}
        case[f"{name}_sla_status"] = {IN_PROGRESS: 1, NEARING: 2, SUCCEEDED: 3, NONCOMPLIANT: 4}[status]


def settle(story: Story, company: Company, service: Service, trouble: Trouble, course: Course) -> None:
    """The resolution, the article that helped, the place in a queue."""
    case, agent, code = trouble.row, trouble.agent, trouble.client.office.language.code
    key = article_of(trouble)
    article = service.articles.get((key, code)) or service.articles.get((key, "en"))
    if article and (trouble.is_recall or story.chance(0.7)):
        case["knowledge_article"] = {"id": article["id"]}
        if not trouble.is_recall or story.chance(0.4):
            story.add(
                "knowledge_article_case", course.answered or story.now, agent.row,
                name=f"{article['title']} – {case['case_number']}"[:400],
                knowledge_article=article, case=case, usage="solution" if course.solved else "reference",
                is_sent_to_customer=course.answered is not None,
            )  # fmt: skip
    if course.solved and case["state"] == 1:
        minutes = story.between(3, 30) * 5
        story.add(
            "case_resolution", course.solved, agent.row, subject=trouble.problem.answer, case=case, regarding=case,
            resolution_type=case["status_reason"], total_time_minutes=minutes,
            billable_time_minutes=0 if trouble.is_recall else minutes,
            actual_end=course.solved, sort_date=course.solved, state="completed.closed", is_regular_activity=False,
        )  # fmt: skip
    if course.solved is None or trouble.is_recall or story.chance(0.2):
        add_to_queue(story, company, trouble, course)


def article_of(trouble: Trouble) -> str:
    """The key of the article that fits a problem, by its place among the language's problems."""
    if trouble.is_recall:
        return "recall"
    number = trouble.client.office.language.problems.index(trouble.problem)
    return {1: "descaling", 2: "e14", 3: "milk", 4: "filter", 8: "payment"}.get(number, "")


def add_to_queue(story: Story, company: Company, trouble: Trouble, course: Course) -> None:
    queue = company.queues["Recall Font 20"] if trouble.is_recall else trouble.client.office.service_queue
    more: dict[str, Any] = {}
    if course.answered:
        more = {"worked_by": trouble.agent, "worked_on": course.answered}
    story.add(
        "queue_item", course.begun + timedelta(minutes=1), trouble.agent.row, title=trouble.row["title"], queue=queue,
        item=trouble.row, entered_on=course.begun + timedelta(minutes=1), priority=10 if trouble.is_recall else 20,
        sender=trouble.person.row["email"], state="inactive" if course.solved else "active", changed=course.solved,
        **more,
    )  # fmt: skip
