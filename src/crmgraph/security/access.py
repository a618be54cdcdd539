"""Who may do what to which rows, as conditions. Until roles exist, a known caller may do all."""

from __future__ import annotations

from crmgraph.metadata.condition import EVERY_ROW, Condition


def readable(type_name: str) -> Condition:
    """The rows of a record type that the caller may read."""
    return EVERY_ROW
