"""The one boolean language: filters, saved views, sharing and security rules all speak it.

Every condition is true or false for a row, never unknown: `Not` of a condition holds exactly where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crmgraph.metadata.types import Field, FieldType, Relation


class Op(StrEnum):
    """How a column is compared with a parameter."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LIKE = "like"
    HAS = "has"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    IS_EMPTY = "is_empty"
    NOT_EMPTY = "not_empty"


class Facet(StrEnum):
    """Which side of a text is compared: itself, its sort key, or itself without regard to case."""

    VALUE = "value"
    SORT = "sort"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that is known only when the statement runs; equal roles and shapes share one statement."""

    name: str
    type: FieldType
    precision: int = 0
    many: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no part at all: every row."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds; no part at all: no row."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Test:
    """A column of the row compared with a parameter (none for `is_null` and its like)."""

    field: Field
    op: Op
    value: Parameter | None = None
    facet: Facet = Facet.VALUE


@dataclass(frozen=True, slots=True)
class RefersTo:
    """The record that a lookup names exists, is of `target`, and meets a condition (and may be seen)."""

    field: Field
    target: str
    visible: Condition
    condition: Condition


@dataclass(frozen=True, slots=True)
class OfType:
    """A polymorphic lookup names a record of one of these types, or a `kind` is one of them (by code)."""

    field: Field
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one record of a to-many relation meets a condition (and may be seen)."""

    relation: Relation
    visible: Condition
    condition: Condition


@dataclass(frozen=True, slots=True)
class InTree:
    """The row lies under (or above) a record in its type's hierarchy, a record that may be seen."""

    type: str
    parent: Field
    root: Parameter
    above: bool
    inclusive: bool
    visible: Condition = All(())


Condition = All | Either | Not | Test | RefersTo | OfType | Some | InTree

EVERY_ROW = All(())
NO_ROW = Either(())


def both(*parts: Condition) -> Condition:
    """All of the parts, flattened; parts that hold everywhere are left out."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, All) else (part,)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def always(condition: Condition) -> bool:
    """Whether a condition can be seen to hold for every row, whatever the data."""
    match condition:
        case All(parts):
            return all(map(always, parts))
        case Either(parts):
            return any(map(always, parts))
        case Not(part):
            return never(part)
        case _:
            return False


def never(condition: Condition) -> bool:
    """Whether a condition can be seen to hold for no row."""
    match condition:
        case All(parts):
            return any(map(never, parts))
        case Either(parts):
            return all(map(never, parts))
        case Not(part):
            return always(part)
        case Some(condition=inner) | RefersTo(condition=inner):
            return never(inner)
        case _:
            return False
