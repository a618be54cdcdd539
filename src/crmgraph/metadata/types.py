"""What a record type is made of: frozen values, read from TOML or the catalog, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crmgraph.messages import LOCALES as LANGUAGES
from crmgraph.metadata.duplicates import DuplicateRule
from crmgraph.metadata.merging import NOT_SAID, MergeBehavior, Merging
from crmgraph.metadata.parts import BASE_LOCALE as BASE_LOCALE
from crmgraph.metadata.parts import Agenda as Agenda
from crmgraph.metadata.parts import FormerName as FormerName
from crmgraph.metadata.parts import Key as Key
from crmgraph.metadata.parts import Label as Label
from crmgraph.metadata.parts import NarrowedList as NarrowedList
from crmgraph.metadata.parts import Option as Option
from crmgraph.metadata.parts import OptionSet as OptionSet
from crmgraph.metadata.parts import Participation as Participation
from crmgraph.metadata.parts import PostRule as PostRule
from crmgraph.metadata.parts import Reason as Reason
from crmgraph.metadata.parts import Rule as Rule
from crmgraph.metadata.parts import SavedView as SavedView
from crmgraph.metadata.parts import State as State
from crmgraph.metadata.parts import Ties as Ties
from crmgraph.metadata.parts import Warning as Warning

LOCALES = LANGUAGES


class FieldType(StrEnum):
    """How a field's values are stored, checked and shown."""

    ID = "id"
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


class Required(StrEnum):
    """Dynamics' required levels; crmgraph enforces `application` and `system`, see docs/administrators.md."""

    NONE = "none"
    RECOMMENDED = "recommended"
    APPLICATION = "application"
    SYSTEM = "system"


class Cascade(StrEnum):
    """Which of the records that name a record by a lookup go along when it is assigned or shared (Dynamics' words)."""

    NONE = "none"
    ALL = "all"
    ACTIVE = "active"
    USER_OWNED = "user_owned"


class DeleteBehavior(StrEnum):
    """What happens to a record when the record that its lookup names is deleted."""

    RESTRICT = "restrict"
    REMOVE_LINK = "remove_link"
    CASCADE = "cascade"


class SummaryFunction(StrEnum):
    """What a rollup field makes of the records that it finds."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A figure over the records at the end of a path of to-many relations: `("contacts", "activities")`.

    `field` is the one that is summed up, None for a count. `where` filters these records: the words of the API's
    `where` argument with the names of files: `{"state": {"eq": "open"}}`. `hierarchy`: over the records that belong to
    the record or to any one under it.
    """

    path: tuple[str, ...]
    function: SummaryFunction
    where: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None
    hierarchy: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type.

    `store` names the record type in whose table the column stands: a kind's inherited fields stand in its base's.
    `targets` of a lookup are record type names; `inverse` is the to-many relation that each target gets.
    `parental` lookups make the record a child: its activities join the parent's timeline on request.
    `base_of` marks the base-currency companion of a money field, kept by the system. `hidden`: no part of the API.
    `formula` and `rollup` fields have no column: each statement computes them. `help` is a longer text for people.
    `roles_of` of a choice: the lookup of the same type to an activity, whose `party_roles` say which options it takes.
    `retired`: its column and values stay, the API does not show it. `former_names`: API names that still answer.
    `secured`: only who has a field profile for it reads or writes it. `personal`: it tells of a person, who may have it
    erased. `on_assign`, `on_share` of a lookup: whether the record goes along with the one that it names; `on_merge`:
    whether it names the other when that one is merged. `inverse_feature`: what its targets take part in to get the
    relation.
    `tie` of a lookup: paths between records lead along it.
    """

    name: str
    api_name: str
    type: FieldType
    label: Label
    store: str
    description: Label | None = None
    required: Required = Required.NONE
    searchable: bool = False
    audited: bool = True
    immutable: bool = False
    read_only: bool = False
    system: bool = False
    default: Any = None
    length: int | None = None
    format: str | None = None
    autonumber: str | None = None
    minimum: Any = None
    maximum: Any = None
    precision: int = 0
    behavior: str = "user_local"
    options: OptionSet | None = None
    targets: tuple[str, ...] = ()
    inverse: str | None = None
    inverse_label: Label | None = None
    on_delete: DeleteBehavior = DeleteBehavior.REMOVE_LINK
    parental: bool = False
    tie: bool = False
    base_of: str | None = None
    hidden: bool = False
    help: Label | None = None
    formula: str | None = None
    rollup: Rollup | None = None
    retired: bool = False
    former_names: tuple[str, ...] = ()
    inverse_api_name: str | None = None
    inverse_former_names: tuple[str, ...] = ()
    roles_of: str | None = None
    secured: bool = False
    personal: bool = False
    on_assign: Cascade = Cascade.NONE
    on_share: Cascade = Cascade.NONE
    on_merge: MergeBehavior = MergeBehavior.CASCADE
    inverse_feature: str | None = None

    def __repr__(self) -> str:
        return f"{self.store}.{self.name}"

    def __hash__(self) -> int:
        return hash((self.store, self.name))

    @property
    def is_computed(self) -> bool:
        """Whether it has no column: its value is worked out by each statement that asks for it."""
        return self.formula is not None or self.rollup is not None

    @property
    def is_required(self) -> bool:
        """Whether the database and the input demand a value."""
        return self.required in (Required.APPLICATION, Required.SYSTEM)

    @property
    def is_told(self) -> bool:
        """Whether people are shown its changes: audited, or the system's that they change (owner, status …)."""
        return (self.audited or (self.system and not self.read_only)) and self.type is not FieldType.ID

    @property
    def is_polymorphic(self) -> bool:
        return self.type is FieldType.LOOKUP and len(self.targets) > 1

    @property
    def has_key(self) -> bool:
        """Text with a sort key beside it: lines, which are ordered by it, and searched texts, which are found by it."""
        return self.is_line or (self.type is FieldType.TEXT and self.searchable and not self.is_computed)

    @property
    def is_line(self) -> bool:
        """Single-line text: it can be ordered by. What is computed has no sort key."""
        return self.type is FieldType.TEXT and self.format != "multi_line" and not self.is_computed


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of record: its names, labels, fields, states and what it takes part in.

    `journal`: rows that the system writes about other records and that nobody changes; `id` is their only system field.
    `forms`: its label in other grammatical forms, by locale and form, for slots in other texts (labels.py).
    `retired`: its table and rows stay, the API does not show it. `transitions`: the moves between states that a plain
    update may make, None for any. `party_roles`: of an activity, the roles that people may have in it, None for any.
    `follows`: the lookup to the record on which it depends who may see and change the record (a line's order).
    `permission`: who has it sees all rows; `own`: who is named by this lookup sees the row. Both are for journals.
    `audit_reads`: whether the audit journal tells who read its records. `part_of`: the lookup to the record in whose
    input alone its records are written. `locked_states`: in these a record is not changed, but for `unlocked_fields`,
    and neither are its parts. `stamps`: dates that are set when a record enters one of some states, by field.
    `moment`: the date at which a record stands in the timeline of the record that it regards. `posts`: when a post is
    written about a record. `behaviors`: what else is done when its records are written, see actions/behaviors.py.
    `ties`: its records tie others. `duplicates`: what makes two of its records look like one. `agenda`: when its
    records take place. `foreseen`: the flag of records that stand in timelines only once their moment has come.
    """

    name: str
    plural: str
    api_name: str
    api_plural: str
    code: int
    label: Label
    labels: Label
    ownership: str
    primary: str
    description: Label | None = None
    forms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hierarchy: str | None = None
    features: frozenset[str] = frozenset()
    interfaces: tuple[str, ...] = ()
    base: str | None = None
    abstract: bool = False
    journal: bool = False
    keys: tuple[Key, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    states: tuple[State, ...] = ()
    fields: tuple[Field, ...] = ()
    retired: bool = False
    system_labels: Mapping[str, Label] = field(default_factory=dict)  # of the fields that the engine makes, by name
    former_names: tuple[FormerName, ...] = ()
    transitions: tuple[tuple[str, str], ...] | None = None
    party_roles: tuple[str, ...] | None = None
    audit_reads: bool = False
    rules: tuple[Rule, ...] = ()
    views: tuple[SavedView, ...] = ()
    lists: tuple[NarrowedList, ...] = ()
    warnings: tuple[Warning, ...] = ()
    posts: tuple[PostRule, ...] = ()
    moment: str | None = None
    foreseen: str | None = None
    participation: Participation | None = None
    agenda: Agenda | None = None
    follows: str | None = None
    permission: str | None = None
    own: str | None = None
    part_of: str | None = None
    locked_states: tuple[str, ...] = ()
    unlocked_fields: tuple[str, ...] = ()
    stamps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    behaviors: tuple[str, ...] = ()
    ties: Ties | None = None
    merging: Merging = NOT_SAID
    duplicates: tuple[DuplicateRule, ...] = ()
    by_name: Mapping[str, Field] = field(default_factory=dict, compare=False, repr=False)

    @property
    def owned(self) -> bool:
        """Whether records have an owner (a user or a team)."""
        return self.ownership == "user"

    @property
    def born_with(self) -> frozenset[str]:
        """Read-only fields that an import may give a new record: its id, when it was made, parts of its keys."""
        keyed = {name for key in self.keys for name in key.fields}
        return frozenset(f.name for f in self.fields if f.read_only and f.name in {"id", "created_on", *keyed})


@dataclass(frozen=True, slots=True)
class Relation:
    """A to-many relation: the records of `target` whose lookup `field` names a record of `source`."""

    name: str
    api_name: str
    source: str
    target: str
    field: str
    label: Label
    former_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.source}.{self.name}"

    def __hash__(self) -> int:
        return hash((self.source, self.name))
