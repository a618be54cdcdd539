"""Messages from files → values of e-mails: which are there already, which way they went, who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crmgraph.actions.addresses import Addressed, canonical
from crmgraph.actions.mailing import Mail, MailFile, MailOptions, Taken
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.matching import PARTY, Resolved, resolve
from crmgraph.crm.activities.parties import UNRESOLVED
from crmgraph.crm.activities.threads import MAIL, MESSAGE, bracketed, ids_in
from crmgraph.errors import message
from crmgraph.sql.addresses import dated_texts

SENT_ON, FILES = "sent_on", "attachments"
LONGEST_ID = 2000  # of a part
ONE_MESSAGE = timedelta(minutes=10)  # two messages with one id are one, unless their dates are further apart
DERIVED = "derived.invalid"  # the host of ids that are made of what a message says (RFC 2606: nobody has it)


class EmailTaker:
    """Makes e-mails of messages."""

    type = MAIL

    async def take(self, unit: Unit, mails: Sequence[Mail], options: MailOptions) -> list[Taken]:
        """The same message in two files counts once, by its id; another one under the same id gets one of its own."""
        kind = unit.registry.type(MAIL)
        own = {mail.number: own_id(mail) for mail in mails}
        ids = {*own.values(), *(derived_id(mail) for mail in mails)}
        places = kind.by_name[MESSAGE], kind.by_name[SENT_ON]
        known: dict[str, datetime | None] = await dated_texts(unit.transaction, unit.database_name, *places, ids)
        fresh: list[tuple[Mail, str]] = []
        for mail in mails:
            id = own[mail.number]
            if id in known and is_other(mail, known[id]):
                id = derived_id(mail)
            if id not in known:
                known[id] = mail.sent_on
                fresh.append((mail, id))
        senders = await resolve(unit, [m.sender.address for m, _ in fresh if m.sender])
        made = {mail.number: values_of(unit, mail, id, senders, options) for mail, id in fresh}
        return [Taken(mail, made.get(mail.number)) for mail in mails]

    def unresolved(self, unit: Unit) -> int:
        made = (e for e in unit.events if e.type == PARTY and e.act == "create" and e.after)
        return sum(bool((event.after or {}).get(UNRESOLVED)) for event in made)


def own_id(mail: Mail) -> str:
    """The message's id in its one spelling; one is made for a message that has none, or none that can be one."""
    ids = [each for each in ids_in(mail.message_id) if len(each) > 4]
    return ids[0] if ids else derived_id(mail)


def derived_id(mail: Mail) -> str:
    return bracketed(f"{mail.digest[:40]}@{DERIVED}")


def is_other(mail: Mail, when: datetime | None) -> bool:
    """Whether a message under an id that is taken is another one: some programs give all of theirs the same."""
    return mail.dated and mail.sent_on is not None and when is not None and abs(mail.sent_on - when) > ONE_MESSAGE


def values_of(unit: Unit, mail: Mail, id: str, senders: dict[str, Resolved], options: MailOptions) -> dict[str, Any]:
    """An e-mail with its parties and files; it was sent or received, and is complete."""
    outgoing = is_ours(mail.sender, senders, options)
    kind, when = unit.registry.type(MAIL), mail.sent_on or unit.caller.now
    states = traits_of(unit.tables, MAIL).states
    completed = next(s for s in states if s.name == "completed")
    reason = next(r for r in completed.reasons if r.name == ("sent" if outgoing else "received"))
    urgency = option(unit, MAIL, "priority", mail.urgency or "normal")
    values: dict[str, Any] = {
        "subject": (mail.subject or message("mail_untitled", unit.caller.locale))[: kind.by_name["subject"].length],
        "state": completed.code, "status_reason": reason.code,
        "direction": option(unit, MAIL, "direction", "outgoing" if outgoing else "incoming"),
        "body": cut(mail.body, kind.by_name["body"].length or 0) or None,
        "mime_type": mail.mime_type, SENT_ON: mail.sent_on, "sort_date": when, "actual_end": when,
        MESSAGE: id, "in_reply_to": mail.in_reply_to or None, "references": mail.references or None,
        "priority": urgency, "delivery_priority": urgency, "read_receipt_requested": mail.wants_receipt,
        "parties": {"create": parties_of(unit, mail)},
    }  # fmt: skip
    if options.owner is not None:
        values["owner"] = {"id": options.owner}
    if options.with_files and mail.files and FILES in unit.registry.relations[MAIL]:
        values[FILES] = {"create": [file_values(i, each) for i, each in enumerate(mail.files, 1)]}
    return values


def cut(text: str, length: int) -> str:
    """A text that is too long, as far as there is place for it."""
    return text if len(text) <= length else text[: length - 1] + "…"


def is_ours(sender: Addressed | None, senders: dict[str, Resolved], options: MailOptions) -> bool:
    """Whether one of us has sent a message: a user, a team, a queue, or somebody of a domain of ours."""
    if sender is None:
        return False
    address = canonical(sender.address)
    found = senders.get(address)
    return (found is not None and found.ours) or address.rpartition("@")[2] in options.own_domains


def parties_of(unit: Unit, mail: Mail) -> list[dict[str, Any]]:
    roles = {"sender": (mail.sender,) if mail.sender else (), "to": mail.to, "cc": mail.cc, "bcc": mail.bcc}
    length = unit.registry.type(PARTY).by_name["name"].length
    return [
        {"role": option(unit, PARTY, "role", role), "address_used": each.address, "name": each.name[:length] or None}
        for role, some in roles.items()
        for each in some
    ]


def file_values(number: int, each: MailFile) -> dict[str, Any]:
    file = {"name": each.name, "mime_type": each.mime_type, "content": each.content}
    values: dict[str, Any] = {"file": file, "is_inline": each.inline, "position": number}
    return {**values, "content_id": each.content_id[:LONGEST_ID]} if each.content_id else values


def option(unit: Unit, type_name: str, field: str, name: str) -> int:
    """The code of an option."""
    options = unit.registry.type(type_name).by_name[field].options
    assert options is not None
    found = options.by_name(name)
    assert found is not None
    return found.code
