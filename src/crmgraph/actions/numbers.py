"""Automatic numbers: `ORD-{SEQ:5}-{RAND:6}` → `ORD-00042-K7QX2M`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from crmgraph.actions.drafts import Draft
from crmgraph.actions.unit import Unit
from crmgraph.sql.probes import next_numbers

PART = re.compile(r"\{(SEQ|RAND|DATE):([^}]+)\}")
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are mistaken for each other


async def number(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Fill the automatic numbers that are empty; those of a field follow each other in the order of the drafts."""
    for about in drafts[0].traits.numbered if drafts else ():
        empty = [d for d in drafts if d.values.get(about.name) is None]
        if not empty or about.autonumber is None:
            continue
        first = 1
        if "{SEQ:" in about.autonumber:
            name = f"{about.store}.{about.name}"
            last = await next_numbers(unit.transaction, unit.database_name, name, len(empty))
            first = last - len(empty) + 1
        for i, draft in enumerate(empty, first):
            draft.values[about.name] = filled(about.autonumber, i, unit.caller.now)


def filled(pattern: str, number: int, now: datetime) -> str:
    """A pattern with its parts filled in; a sequence number that is longer than its part stays whole."""

    def part(match: re.Match[str]) -> str:
        kind, argument = match.groups()
        if kind == "DATE":
            return now.strftime(argument)
        if kind == "SEQ":
            return str(number).zfill(int(argument))
        return "".join(secrets.choice(SIGNS) for _ in range(int(argument)))

    return PART.sub(part, pattern)
