"""Messages as files bring them, and what makes records of them: an entry point of the group `crmgraph.mail`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

from crmgraph.actions.addresses import Addressed
from crmgraph.errors import MetadataError

if TYPE_CHECKING:
    from crmgraph.actions.unit import Unit

GROUP = "crmgraph.mail"


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that comes with a message; `content_id` (without brackets) is how the message's body names it."""

    name: str
    mime_type: str
    content: bytes
    content_id: str | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A message, with headers decoded but as they are. `number` is its place in the file, from 1.

    `digest` tells messages apart that have no id, or one that others have too. `sent_on` is UTC; `dated`: it is the
    message's own date and not that of a server or of the file.
    """

    number: int
    digest: str
    message_id: str = ""
    in_reply_to: str = ""
    references: str = ""
    sent_on: datetime | None = None
    dated: bool = False
    subject: str = ""
    sender: Addressed | None = None
    to: tuple[Addressed, ...] = ()
    cc: tuple[Addressed, ...] = ()
    bcc: tuple[Addressed, ...] = ()
    body: str = ""
    mime_type: str = "text/plain"
    urgency: str = ""  # high, low or nothing
    wants_receipt: bool = False
    files: tuple[MailFile, ...] = ()


@dataclass(frozen=True, slots=True)
class MailOptions:
    """How messages are taken: the domains (small letters) whose addresses are ours, who owns the records."""

    own_domains: frozenset[str] = frozenset()
    owner: str | None = None
    with_files: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of a message: the values of a new record, or None for one that is there already."""

    mail: Mail
    values: Mapping[str, Any] | None = field(default=None)


class MailTaker(Protocol):
    """Makes records of messages; `type` is the name of their record type."""

    type: str

    async def take(self, unit: Unit, mails: Sequence[Mail], options: MailOptions) -> list[Taken]:
        """What is to be written of some messages, in their order. Asked in the transaction that writes them."""
        ...

    def unresolved(self, unit: Unit) -> int:
        """Of the parties that a transaction wrote, how many name nobody."""
        ...


def mail_taker() -> MailTaker:
    """The one that is installed; `MetadataError` if there is none."""
    found = list(entry_points(group=GROUP))
    if not found:
        raise MetadataError(f"nothing is installed that takes messages (entry points {GROUP})")
    made: MailTaker = found[0].load()()
    return made
