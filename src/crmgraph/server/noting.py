"""What happens at the door: who signed in, who was refused and why, as one kind of line in the log."""

from __future__ import annotations

import logging
from typing import Literal

log = logging.getLogger(__name__)

Happening = Literal["signed_in", "sign_in_refused", "rate_limited", "origin_refused"]


LONGEST = 300


def printable(text: str) -> str:
    """What a stranger sent, fit for one line."""
    return "".join(c if c.isprintable() else "�" for c in text[:LONGEST])


def noted(
    what: Happening, *, address: str = "", user_id: str | None = None, token_id: str | None = None, reason: str = ""
) -> None:
    """Note what happened at the door. `reason` is for operators: callers are never told it, secrets are never in it."""
    given = {"address": address, "userId": user_id, "tokenId": token_id, "reason": reason}
    told = " ".join(f"{name}={printable(value)}" for name, value in given.items() if value)
    log.log(logging.INFO if what == "signed_in" else logging.WARNING, "%s %s", what, told)
