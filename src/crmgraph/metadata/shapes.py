"""Which properties documents have, and of which kind their values are: what is of another kind is told by its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from crmgraph.metadata.merging import PARTS

REMOVED = "removed"  # in any table of a file: the names that it takes away
LARGEST = 2**63 - 1  # of the numbers that the catalog keeps
LARGEST_CODE = 2**31 - 1  # of those in columns of codes, and of lengths
Place = tuple[str, ...]


class Kind(Enum):
    """The kinds of single values, as `customize_wrong_kind` names them."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    AMOUNT = "amount"  # one with decimals may be a text
    TABLE = "table"  # whatever is in it
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of known properties; without those that are `needed` it means nothing, whatever lies below it."""

    parts: Mapping[str, Shape]
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A table of things by names that anyone may choose."""

    each: Shape
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list; with `or_one` a single thing stands for a list of it."""

    each: Shape
    or_one: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True)
class NameOr:
    """A name, or something else in its place."""

    other: Shape


Shape = Kind | Table | Named | Listed | NameOr

TEXT, FLAG, NUMBER, AMOUNT = Kind.TEXT, Kind.FLAG, Kind.NUMBER, Kind.AMOUNT
TEXTS = Named(TEXT, "texts")
NAMES = Listed(TEXT)
OPTION = Table({"code": NUMBER, "label": TEXTS, "color": TEXT, "retired": FLAG})
KEY = Table({"name": TEXT, "fields": NAMES, REMOVED: FLAG}, ("name",))
FORMER = Table({"api_name": TEXT, "api_plural": TEXT}, ("api_name", "api_plural"))
STATE = Table({"code": NUMBER, "label": TEXTS, "reasons": Named(OPTION)})
RULE = Table({"condition": Kind.TABLE, "message": TEXTS})
VIEW = Table({"api_name": TEXT, "label": TEXTS, "columns": NAMES, "where": Kind.TABLE, "order_by": Listed(Named(TEXT))})
LIST = Table({"api_name": TEXT, "label": TEXTS, "relation": TEXT, "alike": TEXT, "where": Kind.TABLE})
WARNING = Table({"message": TEXTS, "lookup": TEXT, "relation": TEXT, "where": Kind.TABLE})
CONDITION = Table(
    {"fields": NAMES, "others": NAMES, "method": TEXT, **dict.fromkeys(("length", "threshold"), NUMBER)},
    ("fields", "method"),
)
DUPLICATE = Table(
    {
        **dict.fromkeys(("label", "message"), TEXTS),
        **dict.fromkeys(("mode", "other"), TEXT),
        **dict.fromkeys(("active_only", "blank_matches"), FLAG),
        "conditions": Listed(CONDITION),
    }
)
ROLLUP = Table(
    {
        "path": Listed(TEXT, or_one=True),
        **dict.fromkeys(("function", "field"), TEXT),
        "where": Kind.TABLE,
        "hierarchy": FLAG,
    }
)
FIELD = Table(
    {
        **dict.fromkeys(("type", "required", "format", "autonumber", "behavior", "on_delete", "api_name"), TEXT),
        **dict.fromkeys(("on_assign", "on_share", "on_merge", "inverse_feature"), TEXT),
        **dict.fromkeys(("inverse", "inverse_api_name", "formula", "roles_of"), TEXT),
        **dict.fromkeys(("label", "description", "help", "inverse_label"), TEXTS),
        **dict.fromkeys(("searchable", "audited", "immutable", "read_only", "parental", "hidden", "retired"), FLAG),
        **dict.fromkeys(("secured", "personal", "tie"), FLAG),
        **dict.fromkeys(("length", "precision"), NUMBER),
        **dict.fromkeys(("minimum", "maximum"), AMOUNT),
        **dict.fromkeys(("option_order", "former_names", "inverse_former_names"), NAMES),
        "default": Kind.ANY,
        "options": NameOr(Named(OPTION)),
        "targets": Listed(TEXT, or_one=True),
        "rollup": ROLLUP,
    }
)
AGENDA = ("start", "end", "place", "long_end", "open_place", "remind", "all_day")
RECORD_TYPE = Table(
    {
        **dict.fromkeys(
            ("name", "plural", "ownership", "primary", "hierarchy", "base", "api_name", "api_plural"), TEXT
        ),
        **dict.fromkeys(("follows", "permission", "own", "part_of", "moment", "foreseen"), TEXT),
        "ties": Table(dict.fromkeys(("near", "far", "near_role", "far_role", "start", "end"), TEXT), ("near", "far")),
        **dict.fromkeys(("label", "labels", "description"), TEXTS),
        **dict.fromkeys(("abstract", "journal", "audited", "audit_reads", "retired"), FLAG),
        **dict.fromkeys(("features", "interfaces", "retired_names", "party_roles"), NAMES),
        **dict.fromkeys(("locked_states", "unlocked_fields", "behaviors"), NAMES),
        "code": NUMBER,
        "forms": Named(TEXTS),
        "merging": Table(dict.fromkeys(PARTS, TEXT)),
        "system_labels": Named(TEXTS),
        "former_names": Listed(FORMER),
        "transitions": Listed(Listed(TEXT, length=2)),
        "keys": Listed(KEY),
        "indexes": Listed(Table({"fields": NAMES}, ("fields",))),
        "states": Named(STATE),
        "fields": Named(FIELD),
        "stamps": Named(NAMES),
        "participation": Table(
            {**dict.fromkeys(("who", "moment", "address", "unresolved"), TEXT), "copies": NAMES}, ("who", "moment")
        ),
        "agenda": Table({**dict.fromkeys(AGENDA, TEXT), "states": NAMES}, (*AGENDA, "states")),
        "posts": Named(Table({"state": TEXT, "field": TEXT})),
        "rules": Named(RULE),
        "views": Named(VIEW),
        "lists": Named(LIST),
        "warnings": Named(WARNING),
        "duplicates": Named(DUPLICATE),
    }
)
OPTION_SET = Table({"name": TEXT, "api_name": TEXT, "label": TEXTS, "option_order": NAMES, "options": Named(OPTION)})


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value at a place that is not of the kind that is `wanted`.

    `known` are the properties where the last of the place is none of them; `missing` is one that is not there.
    """

    place: Place
    wanted: str = ""
    known: tuple[str, ...] = ()
    missing: str = ""


def misfits(shape: Shape, value: Any, place: Place) -> Iterator[Misfit]:
    """Everything in a document that is not of the kind that it must be."""
    match shape:
        case Kind():
            if not is_of(shape, value):
                yield Misfit(place, shape.value)
            elif shape in (Kind.TABLE, Kind.ANY):
                yield from unkept(value, place)
        case NameOr(other):
            if not isinstance(value, str):
                yield from misfits(other, value, place)
        case Listed():
            yield from list_misfits(shape, value, place)
        case Table() | Named():
            yield from table_misfits(shape, value, place)


def list_misfits(shape: Listed, value: Any, place: Place) -> Iterator[Misfit]:
    """What is wrong with a list; things in it go by their numbers, from 0."""
    if shape.or_one and not isinstance(value, list):
        yield from misfits(shape.each, value, place)
    elif not isinstance(value, list):
        yield Misfit(place, "list")
    elif shape.length not in (None, len(value)):
        yield Misfit(place, "pair")
    else:
        for i, each in enumerate(value):
            yield from misfits(shape.each, each, (*place, str(i)))


def table_misfits(shape: Table | Named, value: Any, place: Place) -> Iterator[Misfit]:
    """What is wrong with a table and what is in it."""
    if not isinstance(value, Mapping):
        yield Misfit(place, shape.kind if isinstance(shape, Named) else "table")
        return
    for name, each in value.items():
        if not is_kept(name):
            yield Misfit(place, Kind.ANY.value)
            continue
        part = shape.each if isinstance(shape, Named) else shape.parts.get(name)
        if name == REMOVED and (isinstance(shape, Named) or part is None):
            part = NAMES
        if part is None:
            assert isinstance(shape, Table)
            yield Misfit((*place, name), known=tuple(shape.parts))
        else:
            yield from misfits(part, each, (*place, name))
    needed = shape.needed if isinstance(shape, Table) else ()
    yield from (Misfit(place, missing=name) for name in needed if name not in value)


def is_of(kind: Kind, value: Any) -> bool:
    """Whether a value is of a kind."""
    match kind:
        case Kind.TEXT:
            return isinstance(value, str) and is_kept(value)
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_CODE
        case Kind.AMOUNT:
            return isinstance(value, str | int) and not isinstance(value, bool) and is_kept(value)
        case Kind.TABLE:
            return isinstance(value, Mapping)
        case Kind.ANY:
            return True


def unkept(value: Any, place: Place) -> Iterator[Misfit]:
    """What the catalog cannot keep in a value that may be anything."""
    match value:
        case Mapping():
            for name, each in value.items():
                yield from unkept(each, (*place, name)) if is_kept(name) else (Misfit(place, Kind.ANY.value),)
        case list():
            for i, each in enumerate(value):
                yield from unkept(each, (*place, str(i)))
        case _ if not is_kept(value):
            yield Misfit(place, Kind.ANY.value)


def is_kept(value: Any) -> bool:
    """Whether the catalog can keep a single value: numbers have 64 bits, and PostgreSQL has no NUL in texts."""
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or -LARGEST - 1 <= value <= LARGEST
