"""Duplicate rules of record types: what makes two records look like one, and what is done when one is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from crmgraph.errors import MetadataFault
from crmgraph.metadata.parts import Label

if TYPE_CHECKING:
    from crmgraph.metadata.registry import Registry
    from crmgraph.metadata.types import Field, RecordType


class DuplicateMethod(Enum):
    """How values are compared. EXACT; FOLDED: accents, capitals and blanks ignored; FIRST: its first characters;
    DOMAIN: that of a mailbox or a website; DIGITS: the last ones of a phone number; SIMILAR: by trigrams.
    """

    EXACT = "exact"
    FOLDED = "folded"
    FIRST = "first"
    DOMAIN = "domain"
    DIGITS = "digits"
    SIMILAR = "similar"


class DuplicateHandling(Enum):
    """What is done with duplicates, whatever their rules say: REFUSE them, WARN that there are some, or ALLOW them
    without a word.
    """

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"


LENGTHS = {DuplicateMethod.FIRST: 5, DuplicateMethod.DIGITS: 9}  # what is compared where the rule does not say how much
THRESHOLD = 60  # percent of the trigrams that two texts have in common
TEXTUAL = frozenset(DuplicateMethod) - {DuplicateMethod.EXACT}
COMPARED = frozenset({"text", "integer", "big_integer", "decimal", "date", "date_time", "choice", "lookup", "boolean"})


@dataclass(frozen=True, slots=True)
class Condition:
    """Some field of the one record is like some field of the other. `others`: the fields of the other record, where it
    is of another type; `length` in characters or digits; `threshold` in percent.
    """

    fields: tuple[str, ...]
    method: DuplicateMethod
    length: int | None = None
    threshold: int | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Two records are duplicates of each other if all conditions hold.

    `mode`: what is done about it, None for what the installation's setting says. `other`: the type with whose records
    those of its own are compared, None for its own. `active_only`: records that are not active are none's duplicates.
    `blank_matches`: two empty fields are alike.
    """

    name: str
    label: Label
    message: Label
    conditions: tuple[Condition, ...]
    mode: DuplicateHandling | None = None
    other: str | None = None
    active_only: bool = True
    blank_matches: bool = False


def check_duplicates(registry: Registry, found: RecordType, rule: DuplicateRule) -> None:
    """`MetadataFault` if a rule of a record type compares what is not there, or cannot be compared."""
    if found.abstract or found.journal:
        raise MetadataFault("duplicates_no_records", type=found.label)
    if not rule.conditions:
        raise MetadataFault("duplicates_no_conditions", rule=rule.label)
    if rule.other is None and any(each.others for each in rule.conditions):
        place = f"{found.name}.{rule.name}"
        raise MetadataFault("definition_missing", place=place, name="other")
    for owner, kind, name, method in compared(registry, found, rule):
        field = owner.by_name.get(name)
        if field is None or field.hidden or field.name == "id":
            raise MetadataFault("customize_unknown_part", name=owner.label, field=name)
        if not is_comparable(field, method):
            told = {"field": field.label, "property": f"duplicates.{rule.name}", "type": kind}
            raise MetadataFault("customize_not_of_type", **told)


def compared(
    registry: Registry, found: RecordType, rule: DuplicateRule
) -> Iterator[tuple[RecordType, str, str, DuplicateMethod]]:
    """What a rule compares: the record type, the word for the field's type, the field's name, and how."""
    other = found
    if rule.other is not None:
        if rule.other not in registry.types:
            raise MetadataFault("definition_no_target", place=f"{found.name}.{rule.name}", name=rule.other, hint="–")
        other = registry.types[rule.other]
        if other.abstract or other.journal:
            raise MetadataFault("duplicates_no_records", type=other.label)
    for each in rule.conditions:
        if not each.fields:
            raise MetadataFault("duplicates_no_conditions", rule=rule.label)
        for owner, names in ((found, each.fields), (other, each.others or each.fields)):
            for name in names:
                field = owner.by_name.get(name)
                yield owner, str(field.type) if field else "", name, each.method


def is_comparable(field: Field, method: DuplicateMethod) -> bool:
    """Whether values of a field can be compared so; what is worked out by each statement stands in no index."""
    if field.is_computed or field.type.value not in COMPARED:
        return False
    return field.type.value == "text" or method not in TEXTUAL


def is_in_place(registry: Registry, found: RecordType, rule: DuplicateRule) -> bool:
    """Whether a registry has all that a rule compares."""
    try:
        check_duplicates(registry, found, rule)
    except MetadataFault:
        return False
    return True
