"""A message's bytes → what it says, however broken it is."""

from __future__ import annotations

from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from hashlib import sha256

from crmgraph.actions.addresses import Addressed, addresses_in
from crmgraph.actions.mailing import Mail
from crmgraph.importing.mail.bodies import content_of
from crmgraph.importing.mail.headers import addresses_of, date_of, raw_value, received_on, text_of, unfolded
from crmgraph.importing.mail.sources import RawMail

SAYS = ("from", "to", "cc", "date", "subject", "message-id")  # headers that every copy of a message has
HIGH, LOW = ("high", "urgent", "1", "2"), ("low", "non-urgent", "4", "5")


def parsed(raw: RawMail) -> Mail:
    """A message; any exception means that it cannot be read."""
    message = BytesParser(policy=compat32).parsebytes(raw.content)
    content = content_of(message)
    body, mime_type = content.text
    own = date_of(raw_value(message, "date"))
    return Mail(
        number=raw.number,
        digest=digest_of(message, raw.content),
        message_id=unfolded(raw_value(message, "message-id")),
        in_reply_to=unfolded(raw_value(message, "in-reply-to")),
        references=unfolded(raw_value(message, "references")),
        sent_on=own or received_on(message) or raw.date,
        dated=own is not None,
        subject=text_of(message, "subject"),
        sender=sender_of(message, raw),
        to=addresses_of(message, "to"),
        cc=addresses_of(message, "cc"),
        bcc=addresses_of(message, "bcc"),
        body=body,
        mime_type=mime_type,
        urgency=urgency_of(message),
        wants_receipt=bool(raw_value(message, "disposition-notification-to")),
        files=tuple(content.files),
    )


def sender_of(message: Message, raw: RawMail) -> Addressed | None:
    """Who wrote it; of a message that does not say so, who handed it in."""
    for name in ("from", "sender", "reply-to", "return-path", "x-envelope-from"):
        if found := addresses_of(message, name):
            return found[0]
    return next(iter(addresses_in(raw.envelope)), None)


def urgency_of(message: Message) -> str:
    for name in ("importance", "priority", "x-priority", "x-msmail-priority"):
        word = unfolded(raw_value(message, name)).lower().partition(" ")[0]
        if word in HIGH:
            return "high"
        if word in LOW:
            return "low"
    return ""


def digest_of(message: Message, content: bytes) -> str:
    """What a message says as one number, the same for each of its copies: servers only add headers."""
    made = sha256()
    for name in SAYS:
        made.update(f"{name}:{unfolded(raw_value(message, name))}\n".encode("utf-8", "replace"))
    text = content.replace(b"\r\n", b"\n")
    made.update(text.partition(b"\n\n")[2].rstrip())
    return made.hexdigest()


def told(mail: Mail | None, raw: RawMail) -> list[str]:
    """A refused message in the list of those: what finds it again."""
    if mail is None:
        return [raw.name, "", "", "", ""]
    sent: datetime | None = mail.sent_on
    sender = str(mail.sender) if mail.sender else ""
    return [raw.name, mail.message_id, sent.isoformat() if sent else "", sender, mail.subject]
