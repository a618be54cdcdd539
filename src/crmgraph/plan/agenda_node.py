"""What agendas add to a plan: the ways from somebody to what is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.types import Field

if TYPE_CHECKING:
    from crmgraph.plan.tree import Scan

LONG = timedelta(days=7)
"""What lasts longer is found by its end: all else that runs at a moment began at most so long before."""


class Share(StrEnum):
    """How something may be somebody's."""

    OWN = "OWN"
    PARTICIPATING = "PARTICIPATING"
    TEAMS = "TEAMS"


@dataclass(frozen=True, slots=True)
class Membership:
    """Rows that say who belongs to which team."""

    scan: Scan
    member: Field
    team: Field


@dataclass(frozen=True, slots=True)
class Way:
    """Rows whose `who` names the row outside, or one of its teams; `whole` names the record, None for their own id."""

    scan: Scan
    who: Field
    whole: Field | None
    teams: Membership | None = None


@dataclass(frozen=True, slots=True)
class Concerning:
    """The records to which one of the ways leads, each once.

    `put_off`: the date of a reminder, and the moment until which it must not be put off by the row outside.
    """

    ways: tuple[Way, ...]
    put_off: tuple[Field, Parameter] | None = None
