"""The inputs of changes: small values that the typed mutations, change files and the command line share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NewType

from crmgraph.metadata.merging import MergeBehavior
from crmgraph.metadata.types import Cascade, DeleteBehavior, SummaryFunction

Json = NewType("Json", object)
"""Any JSON value."""


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in one language: `{locale: "de", text: "Firma"}`."""

    locale: str
    text: str


class DataType(Enum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    BIG_INTEGER = "big_integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "date_time"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    LOOKUP = "lookup"
    JSON = "json"
    FILE = "file"


class RequiredLevel(Enum):
    """Whether a field must have a value: APPLICATION demands one, RECOMMENDED only asks for it."""

    NONE = "none"
    RECOMMENDED = "recommended"
    APPLICATION = "application"


class TextFormat(Enum):
    """What a text is."""

    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    MULTI_LINE = "multi_line"


class Ownership(Enum):
    """Whether each record has an owner, or belongs to the whole organization."""

    USER = "user"
    ORGANIZATION = "organization"


class Feature(Enum):
    """What a record type takes part in."""

    ACTIVITIES = "activities"
    NOTES = "notes"
    CONNECTIONS = "connections"
    QUEUES = "queues"
    PROCESSES = "processes"
    MERGING = "merging"


class RelationKind(Enum):
    """MANY_TO_ONE: records of the type name one of another. ONE_TO_MANY: the other way round. MANY_TO_MANY: both."""

    MANY_TO_ONE = "many_to_one"
    ONE_TO_MANY = "one_to_many"
    MANY_TO_MANY = "many_to_many"


@dataclass(frozen=True, slots=True)
class NewOption:
    """An option of a choice. Without a code it gets the next free one; `color` is `#rrggbb`."""

    name: str
    label: list[LocalizedText]
    code: int | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class NewState:
    """A state of a new record type; the first is the one that records begin in. Without a code it gets its place."""

    name: str
    label: list[LocalizedText]
    code: int | None = None


@dataclass(frozen=True, slots=True)
class NewReason:
    """A status reason, valid in one state."""

    state: str
    name: str
    label: list[LocalizedText]
    code: int | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class RollupDefinition:
    """A figure over records: `path` goes along to-many relations, `field` is what is summed up (none for a count),
    `where` filters, in the words of the API's `where` argument with storage names.
    """

    path: list[str]
    function: SummaryFunction
    field: str | None = None
    where: Json | None = None
    hierarchy: bool = False


@dataclass(frozen=True, slots=True)
class NewField:
    """A field. `name` is its storage name for good (it gets the mark of its package), `apiName` may change later."""

    name: str
    type: DataType
    label: list[LocalizedText]
    description: list[LocalizedText] | None = None
    help: list[LocalizedText] | None = None
    api_name: str | None = None
    required: RequiredLevel = RequiredLevel.NONE
    default: Json | None = None
    length: int | None = None
    format: TextFormat | None = None
    minimum: str | None = None
    maximum: str | None = None
    precision: int | None = None
    autonumber: str | None = None
    searchable: bool = False
    audited: bool = True
    immutable: bool = False
    options: list[NewOption] | None = None
    option_set: str | None = None
    targets: list[str] | None = None
    inverse_name: str | None = None
    inverse_label: list[LocalizedText] | None = None
    inverse_api_name: str | None = None
    on_delete: DeleteBehavior = DeleteBehavior.REMOVE_LINK
    parental: bool = False
    tie: bool = False
    secured: bool = False
    personal: bool = False
    on_assign: Cascade | None = None
    on_share: Cascade | None = None
    on_merge: MergeBehavior | None = None
    formula: str | None = None
    rollup: RollupDefinition | None = None


@dataclass(frozen=True, slots=True)
class StateMove:
    """A move from one state to another."""

    from_state: str
    to_state: str


@dataclass(frozen=True, slots=True)
class ViewOrder:
    """What a view is sorted by: a field, or a path through to-one relations."""

    field: str
    descending: bool = False


def texts(given: Sequence[LocalizedText] | None) -> dict[str, str] | None:
    """Texts by language; None where none are given. A blank text takes one away."""
    return None if given is None else {t.locale: t.text for t in given}


def only_given(**values: Any) -> dict[str, Any]:
    """What is not None, with enums as the words of the files."""
    return {k: v.value if isinstance(v, Enum) else v for k, v in values.items() if v is not None}


def plain(value: Any) -> Any:
    """A value of JSON as plain dicts and lists."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value
