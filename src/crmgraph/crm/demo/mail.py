"""Chapter nine: the e-mails, in threads, in the customers' languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crmgraph.crm.demo.company import COMPANY, DOMAIN
from crmgraph.crm.demo.language import Thread
from crmgraph.crm.demo.story import Person, Row, Story
from crmgraph.crm.demo.topics import Topic

# How many threads a topic has on average.
THREADS = {"opportunity": 0.62, "order": 0.5, "invoice": 0.6, "lead": 0.3, "case": 0.32, "account": 0.22}
REPLY = {"en": "Re", "es": "RE", "de": "AW", "pl": "Odp"}
DRAFT_HOURS = 72


def tell_mail(story: Story, topics: Sequence[Topic]) -> None:
    for number, topic in enumerate(topics):
        story.turn("mail", number)
        if not story.chance(THREADS.get(topic.about, 0)):
            continue
        recall = topic.about == "case" and topic.words["product"] == "Font 20" and story.chance(0.6)
        threads = topic.office.language.threads["recall" if recall else topic.about]
        if topic.about == "invoice":  # reminders only for those that are due
            threads = threads[:1] if topic.record["state"] != 0 else threads
        day = (
            story.between(topic.first, min(topic.last, -1))
            if topic.about in ("opportunity", "account")
            else topic.first
        )
        if day < 0:
            tell_thread(story, topic, story.pick(threads), story.moment(day, story.between(7, 10)))


def tell_thread(story: Story, topic: Topic, thread: Thread, when: datetime) -> None:
    """The messages of a thread, until now."""
    subject = topic.say(thread.subject, when.date())
    conversation = f"{story.random.getrandbits(64):016x}"
    before: Row | None = None
    for number, (text, incoming) in enumerate(zip(thread.messages, thread.incoming, strict=True)):
        if number:
            when = next_moment(story, when)
        if when >= story.now:
            return
        title = f"{REPLY[topic.office.language.code]}: {subject}" if number else subject
        is_draft = not incoming and number > 0 and when > story.now - timedelta(hours=DRAFT_HOURS)
        before = tell_message(story, topic, (title, text, conversation), (incoming, is_draft), when, before)
        if is_draft:
            return


def next_moment(story: Story, when: datetime) -> datetime:
    """Some working hours later."""
    later = when + timedelta(minutes=story.between(35, 420))
    if later.hour >= 17:
        later += timedelta(hours=15)
    return later + timedelta(days=7 - later.weekday() if later.weekday() > 4 else 0)


def tell_message(
    story: Story,
    topic: Topic,
    words: tuple[str, str, str],
    way: tuple[bool, bool],
    when: datetime,
    before: Row | None,
) -> Row:
    """One e-mail with its sender and recipient."""
    title, text, conversation = words
    incoming, is_draft = way
    customer, user = topic.person, topic.user
    writer, reader = (customer, user) if incoming else (user, customer)
    message_id = f"<{story.random.getrandbits(56):014x}@{writer.row['email'].split('@')[1]}>"
    row = story.add(
        "email", when, user.row, subject=title[:400], regarding=topic.record,
        direction="incoming" if incoming else "outgoing",
        state="open.draft" if is_draft else "completed.received" if incoming else "completed.sent",
        mime_type="text/plain",
        body=body(story, topic, text, (writer, reader), when), sender=writer.row["email"],
        to_recipients=reader.row["email"],
        sent_on=None if is_draft else when, actual_end=None if is_draft else when, sort_date=when,
        conversation=conversation,
        message_id=message_id, in_reply_to=before and before["message_id"], parent_email=before,
        is_tracked=not incoming,
        open_count=story.between(1, 3) if not incoming and not is_draft else 0, submitted_by=user.name,
        priority="normal",
    )  # fmt: skip
    if before is not None:
        before["reply_count"] = 1
    add_parties(story, row, ((writer, "sender"), (reader, "to")), when)
    if incoming and topic.about == "opportunity" and int(message_id[1:3], 16) % 3 == 0:
        enclose(story, row, when)
    return row


def enclose(story: Story, message: Row, when: datetime) -> None:
    """The plan of the customer's place, as a drawing."""
    width = 400 + int(message["message_id"][3:5], 16)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 300" fill="none" stroke="black">'
        f'<rect x="5" y="5" width="{width - 10}" height="290"/><rect x="30" y="30" width="180" height="60"/></svg>'
    )
    file = {"name": "plan.svg", "mime_type": "image/svg+xml", "content": drawing.encode()}
    story.add(
        "attachment", when, activity=message, file=file, file_name=file["name"], mime_type=file["mime_type"],
        file_size=len(drawing), position=1, is_inline=False,
    )  # fmt: skip


def body(story: Story, topic: Topic, text: str, people: tuple[Person, Person], when: datetime) -> str:
    """Greeting, text, closing, signature."""
    writer, reader = people
    speech = topic.office.language
    mister = speech.miss if reader.female else speech.mister
    greeting = story.pick(speech.greetings).format(mr=mister, first=reader.first, last=reader.last.split()[0])
    firm = topic.company if writer is topic.person else COMPANY
    signature = [writer.name, writer.row.get("job_title") or "", firm]
    if writer is topic.user:
        signature.append(f"{writer.row['phone']} · www.{DOMAIN}")
    said = topic.say(text, when.date())
    return "\n\n".join([greeting, said, story.pick(speech.closings) + "\n" + "\n".join(s for s in signature if s)])


def add_parties(story: Story, activity: Row, parties: Sequence[tuple[Person, str]], when: datetime) -> None:
    for person, role in parties:
        story.add(
            "activity_party",
            when,
            name=person.name,
            activity=activity,
            party=person,
            role=role,
            address_used=person.row["email"],
        )
