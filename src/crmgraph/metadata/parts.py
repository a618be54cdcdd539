"""Parts of record types that stand for themselves: labels, options, states, keys, rules, views, lists, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.names import public

BASE_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Label:
    """A text in several languages."""

    texts: Mapping[str, str]

    def text(self, locale: str) -> str:
        """The text in a locale (`de-AT` falls back to `de`), else in the base language, else in any."""
        found = self.texts.get(locale) or self.texts.get(locale.split("-")[0]) or self.texts.get(BASE_LOCALE)
        return found or next(iter(self.texts.values()))


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice; `code` is the integer that Dynamics and the database keep.

    `color` is `#rrggbb`. A retired option keeps its rows and is read as before, but no write may choose it anew.
    """

    name: str
    code: int
    label: Label
    color: str | None = None
    retired: bool = False

    @property
    def api_name(self) -> str:
        return public(self.name).upper()


@dataclass(frozen=True, slots=True)
class OptionSet:
    """The values of a choice, in the order in which they are shown and sorted. `api_name` is the GraphQL enum's."""

    name: str
    api_name: str
    label: Label
    options: tuple[Option, ...]

    def by_name(self, name: str) -> Option | None:
        return next((o for o in self.options if o.name == name), None)

    def by_code(self, code: int) -> Option | None:
        return next((o for o in self.options if o.code == code), None)

    @property
    def codes_ascend(self) -> bool:
        """Whether the codes already stand in the order of the options."""
        codes = [o.code for o in self.options]
        return codes == sorted(codes)


@dataclass(frozen=True, slots=True)
class Reason:
    """A status reason, valid in one state only."""

    name: str
    code: int
    label: Label
    color: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A state of a record type with its status reasons."""

    name: str
    code: int
    label: Label
    reasons: tuple[Reason, ...]

    @property
    def default(self) -> Reason:
        """The reason that a record gets with the state: the first that is not retired."""
        return next((r for r in self.reasons if not r.retired), self.reasons[0])


@dataclass(frozen=True, slots=True)
class Key:
    """An alternate key: the fields' values together name at most one record."""

    name: str
    api_name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A validation rule: what must hold of every record that is written, else its message is the refusal.

    `condition` has the words of the API's `where` argument with the names of files.
    """

    name: str
    condition: Mapping[str, Any]
    message: Label


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list that people know by its name: `where` as in rules, `order` (field or path, `asc` or `desc`)."""

    name: str
    api_name: str
    label: Label
    columns: tuple[str, ...]
    where: Mapping[str, Any]
    order: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NarrowedList:
    """A list of a record's own under a name of its own: of the to-many `relation` those that meet `where`; or of the
    records of its own type those that have the same text in the field `alike`, itself among them.
    """

    name: str
    api_name: str
    label: Label
    relation: str
    where: Mapping[str, Any]
    alike: str | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """What people should know when they look at a record: that `relation` has records which meet `where`.

    It is a relation of the record that `lookup` names; without, of the record itself.
    """

    name: str
    message: Label
    lookup: str | None
    relation: str
    where: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostRule:
    """When a post is written about a record: it enters `state`, or `field` gets another value.

    The rule's name is the option of the post's event, which says in every language what happened.
    """

    name: str
    state: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """What a type's records say of the one that they are part of: `who` (a lookup) takes part in it, and `moment`, a
    copy of its place in timelines, by which those of somebody are found in order. `address` is the one that was used,
    by which somebody is found later; `unresolved` says that nobody is named. `copies` are fields of the same name in
    both, kept alike too.
    """

    who: str
    moment: str
    address: str | None = None
    unresolved: str | None = None
    copies: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names."""
        return tuple(name for name in (self.who, self.moment, self.address, self.unresolved, *self.copies) if name)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What says when a type's records take place, so that they stand in their owners' and participants' agendas.

    `start`, `end` and `remind` name dates, `all_day` a flag that kinds may have. In `states` a record is open. `place`,
    `long_end` and `open_place` are kept by the engine: where it stands, the end of what lasts long (see
    actions/scheduling.py), and where it stands while it is open.
    """

    start: str
    end: str
    place: str
    long_end: str
    open_place: str
    states: tuple[str, ...]
    remind: str
    all_day: str

    @property
    def dates(self) -> tuple[str, ...]:
        """The fields that are its own."""
        return (self.start, self.end, self.place, self.long_end, self.open_place, self.remind)


@dataclass(frozen=True, slots=True)
class Ties:
    """How records of a type tie two others: paths between records lead along them, from either side.

    All of it names fields: the lookups to both records, those to what each of them is to the other, and the dates
    between which they are tied.
    """

    near: str
    far: str
    near_role: str | None = None
    far_role: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class FormerName:
    """API names that a record type had before a rename, and still answers to."""

    api_name: str
    api_plural: str
