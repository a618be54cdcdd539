"""Chapter ten: calls, appointments, tasks, letters, faxes, posts; what is done and what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crmgraph.crm.demo.company import DOMAIN, ZONES, Company
from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.mail import add_parties
from crmgraph.crm.demo.story import BEGINNING, LAUNCH, RECALL, Client, Person, Row, Story, filled
from crmgraph.crm.demo.topics import AHEAD, Topic

# How many of each a topic has on average.
CALLS = {"opportunity": 0.7, "order": 0.3, "invoice": 0.4, "lead": 0.6, "case": 0.45, "account": 0.28}
MEETINGS = {"opportunity": 0.65, "order": 0.4, "lead": 0.28, "case": 0.2, "account": 0.25}
TASKS = {"opportunity": 1.2, "order": 0.9, "invoice": 0.6, "lead": 0.8, "case": 0.9, "account": 0.7}
LETTERS, FAXES, POSTS = 34, 16, 26
# subject | team | pattern | days | hour | minutes
ROUNDS = """
Sales round Iberia | Sales Iberia | weekly | monday | 8 | 45 | es
Vertriebsrunde | Sales Germany | weekly | monday | 8 | 45 | de
Spotkanie sprzedaży | Sales Poland | weekly | monday | 9 | 45 | pl
Sales stand-up | Sales UK & Ireland | weekly | tuesday, thursday | 8 | 30 | en
Service stand-up | Customer Service | daily | | 7 | 15 | pl
Campaign planning | Marketing | weekly | wednesday | 10 | 60 | es
Management meeting | Brumella | monthly | | 9 | 120 | es
"""


def tell_diary(story: Story, company: Company, topics: Sequence[Topic], clients: Sequence[Client]) -> None:
    for number, topic in enumerate(topics):
        story.turn("diary", number)
        for rates, tell in ((CALLS, tell_call), (MEETINGS, tell_meeting), (TASKS, tell_task)):
            for _ in range(times(story, rates.get(topic.about, 0))):
                day = pick_day(story, topic)
                if not -1 < day < 1:
                    tell(story, topic, day)
    story.turn("diary")
    tell_letters(story, topics)
    tell_faxes(story, topics)
    tell_posts(story, company, clients)
    tell_rounds(story, company)


def times(story: Story, rate: float) -> int:
    """Nothing, once or twice, so often on average."""
    return int(story.chance(rate * 0.7)) + int(story.chance(rate * 0.3))


def pick_day(story: Story, topic: Topic) -> int:
    """A day within the topic's time; what is open is talked about now rather than long ago."""
    if topic.is_open and topic.about != "account" and story.chance(0.45):
        return story.between(1, min(AHEAD, topic.last))
    if topic.is_open and topic.about == "account" and story.chance(0.22):
        return story.between(1, AHEAD)
    return story.between(topic.first, min(topic.last, -1))


def text(story: Story, topic: Topic, kind: str, when: datetime) -> list[str]:
    """One of the texts for a topic, with its words."""
    lines = topic.office.language.said[kind][topic.about]
    return [topic.say(cell, when.date()) for cell in story.pick(lines)]


def made_on(story: Story, day: int) -> datetime:
    """When something was planned: some days before, and not in the future."""
    return story.moment(min(day, 0) - story.between(1, 9))


def tell_call(story: Story, topic: Topic, day: int) -> None:
    when = story.moment(day)
    direction, subject, description = text(story, topic, "calls", when)
    incoming, done = direction == "in" and day < 0, day < 0
    minutes = story.between(2, 24)
    state = "open.open" if not done else "completed.received" if incoming else "completed.made"
    row = story.add(
        "phone_call", when if done else made_on(story, day), topic.user.row, subject=subject, regarding=topic.record,
        description=description if done else None, direction="incoming" if incoming else "outgoing", state=state,
        phone_number=phone_of(topic.person),
        scheduled_start=when, scheduled_end=when + timedelta(minutes=15), sort_date=when, priority="normal",
        actual_start=when if done else None, actual_end=when + timedelta(minutes=minutes) if done else None,
        actual_duration_minutes=minutes if done else None, changed=when + timedelta(minutes=minutes) if done else None,
        left_voice_mail=done and not incoming and story.chance(0.1),
    )  # fmt: skip
    add_parties(story, row, ((topic.person, "sender" if incoming else "to"),), row["created_on"])


def phone_of(person: Person) -> str | None:
    """The number at which a contact or a lead is called."""
    row = person.row
    return row.get("mobile_phone") or row.get("business_phone") or row.get("phone")


def tell_meeting(story: Story, topic: Topic, day: int) -> None:
    start = story.hour(day, story.between(7, 14), story.chance(0.5))
    subject, description, where = text(story, topic, "meetings", start)
    length = timedelta(minutes=story.pick((30, 60, 60, 90)))
    done, end = day < 0, start + length
    state = ("canceled" if story.chance(0.05) else "completed") if done else "scheduled.busy"
    online = where == "online"
    row = story.add(
        "appointment", made_on(story, day), topic.user.row, subject=subject, regarding=topic.record,
        description=description,
        scheduled_start=start, scheduled_end=end, scheduled_duration_minutes=length.seconds // 60, sort_date=start,
        state=state,
        location=None if online else topic.place[:200], is_online_meeting=online,
        actual_start=start if state == "completed" else None,
        online_meeting_url=f"https://meet.{DOMAIN}/{story.between(100_000, 999_999)}" if online else None,
        actual_end=end if state == "completed" else None, changed=end if done else None, priority="normal",
    )  # fmt: skip
    add_parties(story, row, ((topic.person, "required"),), row["created_on"])


def tell_task(story: Story, topic: Topic, day: int) -> None:
    due = story.hour(day, 15)
    subject, description = text(story, topic, "tasks", due)
    done = day < 0 and (day < -20 or not story.chance(0.3))
    started = not done and story.chance(0.3)
    ended = story.later(due, -2000, 300) if done else None
    story.add(
        "task", min(made_on(story, day), ended or story.now), topic.user.row, subject=subject, regarding=topic.record,
        description=description, scheduled_end=due, sort_date=due, actual_end=ended, changed=ended,
        state="completed" if done else "open.in_progress" if started else "open.not_started",
        percent_complete=100 if done else 50 if started else 0,
        priority=story.pick(("normal", "normal", "high", "low")),
        actual_duration_minutes=story.between(2, 18) * 5 if done else None,
    )  # fmt: skip


def of(topics: Sequence[Topic], *abouts: str) -> list[Topic]:
    return [t for t in topics if t.about in abouts and t.first < -2]


def tell_letters(story: Story, topics: Sequence[Topic]) -> None:
    """The recall's registered letters, the launch's invitations, certificates."""
    contracts = [t for t in topics if t.about == "contract"]
    for topic in contracts + story.random.sample(of(topics, "account", "order"), LETTERS):
        lines = topic.office.language.said["letters"][topic.about]
        which = story.between(0, len(lines) - 1)
        day = topic.first
        if topic.about == "contract":  # sent when it was made
            day = (topic.record["created_on"].date() - story.today).days
        elif topic.about == "account":
            day = (RECALL + 1, LAUNCH - 5)[which % 2]
            if topic.first > day:
                continue
        when = story.moment(min(day, -1))
        subject, description = (topic.say(cell, when.date()) for cell in lines[which])
        row = sent(
            story, "letter", topic, when, {"subject": subject, "description": description, "address": topic.place[:200]}
        )
        add_parties(story, row, ((topic.person, "to"),), when)


def tell_faxes(story: Story, topics: Sequence[Topic]) -> None:
    """Some customers still send them."""
    for topic in story.random.sample(of(topics, "order", "case"), FAXES):
        when = story.moment(min(topic.first, -1))
        subject, description = text(story, topic, "faxes", when)
        number = filled(story, topic.office.language.mobile)
        more = {
            "subject": subject,
            "description": description,
            "fax_number": number,
            "number_of_pages": story.between(1, 4),
        }
        row = sent(story, "fax", topic, when, {**more, "direction": "incoming"}, "completed.received")
        add_parties(story, row, ((topic.person, "sender"),), when)


def sent(
    story: Story, kind: str, topic: Topic, when: datetime, values: dict[str, Any], state: str = "completed.sent"
) -> Row:
    return story.add(
        kind, when, topic.user.row, regarding=topic.record, state=state, sort_date=when, actual_end=when, **values
    )


def tell_posts(story: Story, company: Company, clients: Sequence[Client]) -> None:
    """What customers write about Brumella in public: the angry ones after the recall."""
    manager = company.staff["Zoe Hartley"].row
    for number in range(POSTS):
        client = clients[(number * 17 + 3) % len(clients)]
        said, mood = story.pick(client.office.language.social)
        day = (
            story.between(RECALL, -3) if mood.startswith("-") else story.between(max(client.since, BEGINNING + 30), -2)
        )
        when, person = story.moment(day), client.people[0]
        story.add(
            "social_activity", when, manager, subject=said[:400], description=said, regarding=client.account,
            posted_on=when,
            community=story.pick(("facebook", "twitter", "other")), direction="incoming", received_as="public_message",
            post_author=person, post_author_account=client.account, sentiment=mood, sort_date=when, actual_end=when,
            author_profile=f"@{person.first.lower()}_{number}", post_id=f"p{story.between(10**9, 10**10)}",
            state="completed.completed" if day < -6 else "open.open",
        )  # fmt: skip


def tell_rounds(story: Story, company: Company) -> None:
    """Meetings that come again and again."""
    teams: dict[str, list[Person]] = {}
    for person in company.staff.values():
        teams.setdefault(person.row["business_unit"]["id"], []).append(person)
    for subject, unit, pattern, days, hour, minutes, code in table(ROUNDS):
        owner, *others = teams[company.units[unit]["id"]]
        begin = story.hour(BEGINNING + 5, int(hour))
        chosen = [d.strip() for d in days.split(",")] if days else None
        row = story.add(
            "recurring_appointment", begin - timedelta(3), owner.row, subject=subject, recurrence_pattern=pattern,
            interval=1,
            days_of_week=chosen, is_weekday_pattern=pattern == "daily",
            day_of_month=5 if pattern == "monthly" else None,
            start_time=begin, end_time=begin + timedelta(minutes=int(minutes)), duration_minutes=int(minutes),
            time_zone=ZONES[code],
            pattern_start_date=begin.date(), pattern_end_type="no_end_date", sort_date=begin, location="Teams",
            state="scheduled.busy", first_day_of_week="monday", expansion_state="unexpanded",
            last_expanded_on=story.now - timedelta(7),  # their occurrences are made from then on
        )  # fmt: skip
        add_parties(story, row, [(owner, "organizer"), *((other, "required") for other in others)], begin)
