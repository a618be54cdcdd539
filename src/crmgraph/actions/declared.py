"""Actions as classes: a frozen dataclass is the input of a mutation of its own, its docstring the description."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from inspect import getdoc
from typing import Any, NewType, Protocol, TypeVar

from crmgraph.actions.unit import Unit
from crmgraph.actions.uploads import UploadedFile
from crmgraph.metadata.former import former_plurals, former_types
from crmgraph.metadata.living import living
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import RecordType
from crmgraph.metadata.words import Json as Json
from crmgraph.security.principal import Permission

Id = NewType("Id", str)
"""A record's id. A field `id: Id` is the mutation's `id` argument: the record on which the action is done."""
TypeName = NewType("TypeName", str)
"""A record type's name. A field `type: TypeName` is no input: it tells for which of its types the action is done."""
Upload = UploadedFile
"""A file that is sent beside the operation."""

Chosen = Callable[[RecordType], bool]
ANY_RECORD = "*"
"""What an action answers whose payload shows a record of whatever type."""
ITS_RECORD = "="
"""What an action on a record answers whose payload shows a record of that type, beside facts."""
TYPES = "{types}"
MARK = "__crmgraph_action__"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Answered:
    """The id of the record that the payload shows (None: none), and what else it tells."""

    id: str | None
    facts: Mapping[str, Any]


Facts = Mapping[str, Any]
"""What the payload of an action without a record tells, by the names that `@action` declares."""


class Performs(Protocol):
    """An instance of an action's class."""

    async def perform(self, unit: Unit) -> str | Facts | Answered | None:
        """Do it; the id of the record that the payload shows, what else it tells, or both; None for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Declared:
    """What `@action` says of a class. `on` is a record type's name, or chooses the types that have the action."""

    name: str
    on: str | Chosen | None
    answers: str | None
    deletes: bool
    facts: Mapping[str, Any]
    needs: Permission | None = None

    @property
    def plural(self) -> bool:
        """Whether its name is made of record types' plurals."""
        return TYPES in self.name


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the input: its name and resolved type; `default` is MISSING where one must be given."""

    name: str
    type: Any
    default: Any


@dataclass(frozen=True, slots=True)
class Action:
    """One mutation: `name` in GraphQL; `type` is the record type it is done on, `answers` the one its payload shows.

    `deletes`: the payload tells the id of the record that is gone. `facts`: what else it tells, with the types.
    `former`: what it was called before its record type was renamed. `needs`: what the caller must be permitted.
    """

    name: str
    description: str
    work: Callable[..., Performs]
    type: str | None
    answers: str | None
    deletes: bool
    parts: tuple[Part, ...]
    takes_type: bool
    facts: Mapping[str, Any]
    former: tuple[str, ...] = ()
    needs: Permission | None = None

    def made(self, id: str | None, given: dict[str, Any]) -> Performs:
        """The action with its input by field names; what the input leaves out has its default."""
        arguments = {"id": id} if self.type else {}
        if self.takes_type:
            arguments["type"] = self.type
        return self.work(**arguments, **given)


C = TypeVar("C", bound=type)


def action(
    *,
    name: str,
    on: str | Chosen | None = None,
    answers: str | None = None,
    deletes: bool = False,
    facts: Mapping[str, Any] = NOTHING,
    needs: Permission | None = None,
) -> Callable[[C], C]:
    """Make a mutation of a frozen dataclass with a docstring and `async def perform(self, unit)`.

    Its fields are the input: str, int, bool, date, datetime, Decimal, bytes, `Id`, `Json`, `Upload`, an Enum, another
    frozen dataclass, lists of these, `… | None`. With `on` it has a field `id: Id`; where `on` chooses record types,
    there is one mutation for each of them (`name` + the type's API name; its plural in place of a `{types}` in `name`),
    and a field `type: TypeName` tells which.
    The payload shows the record that `perform` answers: of the type `answers`, by default the one it is done on.
    With `facts` (payload field → type) it shows these instead, and `perform` answers a mapping of them; with both
    `answers` and `facts` it shows both, and `perform` answers `Answered`. Facts may be dataclasses and lists of them.
    Without the permission that it `needs` it is refused.
    """

    def mark(found: C) -> C:
        frozen = is_dataclass(found) and getattr(found, "__dataclass_params__").frozen  # noqa: B009
        if not frozen or "__doc__" not in vars(found) or (found.__doc__ or "").startswith(f"{found.__name__}("):
            raise TypeError(f"{found.__name__}: an action is a frozen dataclass with a docstring")
        names = {f.name for f in fields(found)}
        if ("id" in names) != (on is not None) or any(map(tells_type, fields(found))) > callable(on):
            raise TypeError(f"{found.__name__}: id is for an action on a record, type for one on several record types")
        setattr(found, MARK, Declared(name, on, answers, deletes, facts, needs))
        return found

    return mark


def actions_of(registry: Registry, classes: Iterable[type]) -> Iterator[Action]:
    """The mutations that some actions' classes make in a model; none about a retired type."""
    gone = registry.retired_types
    left = living(registry)
    former = {False: former_by_type(former_types(left)), True: former_by_type(former_plurals(left))}
    for found in classes:
        declared: Declared = getattr(found, MARK)
        on = declared.on
        if declared.answers in gone or (declared.answers or "") not in {*registry.types, ANY_RECORD, ITS_RECORD, ""}:
            continue
        if callable(on):
            for each in registry.types.values():
                if not (each.abstract or each.journal or each.name in gone) and on(each):
                    stem = each.api_plural if declared.plural else each.api_name
                    made = one_action(found, declared, each, called(declared, stem))
                    olds = former[declared.plural].get(each.name, ())
                    yield replace(made, former=tuple(called(declared, n) for n in olds))
        elif on is None or (on in registry.types and on not in gone):
            yield one_action(found, declared, registry.type(on) if on else None, declared.name)


def former_by_type(former: Mapping[str, RecordType]) -> dict[str, list[str]]:
    """Former API names by the record type that had them."""
    found: dict[str, list[str]] = {}
    for old, owner in former.items():
        found.setdefault(owner.name, []).append(old)
    return found


def called(declared: Declared, stem: str) -> str:
    """An action on records of a type: `merge` and `accounts` → `mergeAccounts`."""
    word = f"{stem[:1].upper()}{stem[1:]}"
    return declared.name.replace(TYPES, word) if declared.plural else f"{declared.name}{word}"


def one_action(found: type, declared: Declared, on: RecordType | None, name: str) -> Action:
    type_name = on.name if on else None
    answers = type_name if declared.answers in (None, ITS_RECORD) else declared.answers
    if declared.deletes or (declared.facts and declared.answers is None):
        answers = None
    text, parts, told = inputs_of(found)
    made = Action(name, text, found, type_name, answers, declared.deletes, parts, told, declared.facts)
    return replace(made, needs=declared.needs)


@cache
def inputs_of(found: type) -> tuple[str, tuple[Part, ...], bool]:
    """A class's description, its inputs, and whether it is told for which record type it is done."""
    told = {f.name for f in fields(found) if tells_type(f)}
    parts = tuple(p for p in parts_of(found) if p.name != "id" and p.name not in told)
    return " ".join((getdoc(found) or "").split()), parts, bool(told)


def tells_type(part: Any) -> bool:
    """Whether a field is no input, but tells for which record type the action is done."""
    return part.name == "type" and str(part.type).rpartition(".")[2] == TypeName.__name__


@cache
def hints_of(found: type) -> Mapping[str, Any]:
    """The types of a class's fields: to read them takes as long as a small request."""
    return typing.get_type_hints(found)


def parts_of(found: type) -> Iterator[Part]:
    """The fields of a dataclass with their types resolved."""
    hints = hints_of(found)
    for each in fields(found):
        default = each.default
        if default is MISSING and each.default_factory is not MISSING:
            default = each.default_factory()
        yield Part(each.name, hints[each.name], default)
