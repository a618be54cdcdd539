"""All changes by name, and how they are written: tables of TOML and JSON ↔ commands."""

from __future__ import annotations

import types as python
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Protocol

from crmgraph.errors import InputProblem
from crmgraph.metadata import commands, duplicate_commands, field_commands, option_commands, part_commands
from crmgraph.metadata.bench import Bench, Path, Refused, hints
from crmgraph.metadata.model import Raw
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.parsing import LOCALE
from crmgraph.metadata.shapes import Kind, is_of, unkept
from crmgraph.metadata.words import Json, LocalizedText, plain


class Command(Protocol):
    """A change: a frozen dataclass that puts itself into a draft."""

    def apply(self, bench: Bench) -> None:
        """Put it into the draft; `Refused` if it cannot be."""
        ...


COMMANDS: tuple[type, ...] = (
    commands.AddRecordType,
    commands.AddActivityType,
    commands.ChangeRecordType,
    commands.AddRelation,
    field_commands.AddField,
    field_commands.ChangeField,
    option_commands.AddOptionSet,
    option_commands.AddOptions,
    option_commands.ChangeOption,
    option_commands.OrderOptions,
    option_commands.RemoveOption,
    option_commands.AddStatusReasons,
    option_commands.ChangeStatusReason,
    option_commands.ChangeState,
    option_commands.SetTransitions,
    part_commands.AddKey,
    part_commands.RemoveKey,
    part_commands.SetRule,
    part_commands.RemoveRule,
    duplicate_commands.SetDuplicateRule,
    duplicate_commands.RemoveDuplicateRule,
    part_commands.SetView,
    part_commands.RemoveView,
    part_commands.Retire,
    part_commands.Unretire,
    part_commands.Drop,
    part_commands.RetireNames,
)


def snake(name: str) -> str:
    """`AddRecordType` → `add_record_type`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")


SINGLE: Mapping[Any, Kind] = {str: Kind.TEXT, int: Kind.NUMBER, bool: Kind.FLAG}
BY_NAME: Mapping[str, type] = {snake(c.__name__): c for c in COMMANDS}


@cache
def parts_of(kind: type) -> Mapping[str, tuple[Any, bool]]:
    """The fields of a dataclass: their types, and whether they must be given."""
    hints = typing.get_type_hints(kind)
    needed = {f.name: f.default is MISSING and f.default_factory is MISSING for f in fields(kind)}
    return {name: (hints[name], needed[name]) for name in needed}


def command_from_words(raw: Any, path: Path = ()) -> Command:
    """`{"add_field": {"type": "account", …}}` → the command; `Refused` says where it is wrong."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise refusal(path, "customize_one_change")
    name, given = next(iter(raw.items()))
    if name not in BY_NAME:
        raise refusal((*path, name), "customize_no_change", name=name, hint=hints(did_you_mean(name, BY_NAME)))
    made: Command = value_from_words(BY_NAME[name], given, (*path, name))
    return made


def refusal(path: Path, key: str, **data: Any) -> Refused:
    return Refused(InputProblem(path, "WRONG_CHANGE", key, data))


def value_from_words(kind: Any, raw: Any, path: Path) -> Any:
    """A value of an input's type; texts may be tables by language."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, python.UnionType):
        if raw is None:
            return None
        (kind,) = (a for a in typing.get_args(kind) if a is not type(None))
        origin = typing.get_origin(kind)
    if kind is Json:
        if any(unkept(raw, ())):
            raise refusal(path, "customize_wrong_kind", kind=Kind.ANY.value)
        return plain(raw)
    if origin is list:
        (item,) = typing.get_args(kind)
        if item is LocalizedText and isinstance(raw, Mapping):
            raw = [{"locale": x, "text": t} for x, t in raw.items()]
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            raise refusal(path, "customize_not_list")
        return [value_from_words(item, v, (*path, i)) for i, v in enumerate(raw)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        found = next((e for e in kind if raw in (e.value, e.name)), None)
        if found is None:
            raise refusal(path, "customize_not_one_of", value=str(raw), known=", ".join(str(e.value) for e in kind))
        return found
    if is_dataclass(kind):
        return dataclass_from_words(typing.cast("type", kind), raw, path)
    if kind is str and isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    if not is_of(SINGLE[kind], raw):
        raise refusal(path, "customize_wrong_kind", kind=SINGLE[kind].value)
    return raw


def dataclass_from_words(kind: type, raw: Any, path: Path) -> Any:
    if not isinstance(raw, Mapping):
        raise refusal(path, "customize_not_table")
    parts = parts_of(kind)
    for name in raw:
        if name not in parts:
            raise refusal((*path, name), "customize_no_value", name=name, hint=hints(did_you_mean(name, parts)))
    for name, (_, needed) in parts.items():
        if needed and name not in raw:
            raise refusal((*path, name), "customize_missing", name=name)
    return kind(**{n: value_from_words(parts[n][0], v, (*path, n)) for n, v in raw.items()})


def words_of(command: Any) -> Raw:
    """A command as it is written: what `command_from_words` reads."""
    return {snake(type(command).__name__): words(command)}


def words(value: Any) -> Any:
    """An input's value as tables, lists and plain values; what has its default is left out."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: words(getattr(value, f.name))
            for f in fields(value)
            if f.default is MISSING or getattr(value, f.name) != f.default
        }
    if isinstance(value, list) and value and all(isinstance(v, LocalizedText) for v in value):
        by_locale = {v.locale: v.text for v in value}
        return by_locale if len(by_locale) == len(value) else [{"locale": v.locale, "text": v.text} for v in value]
    return [words(v) for v in value] if isinstance(value, list) else value


def check_texts(bench: Bench, value: Any, *path: str | int) -> None:
    """One text for each language, and languages that could be some."""
    if isinstance(value, list) and value and all(isinstance(v, LocalizedText) for v in value):
        for i, each in enumerate(value):
            if not LOCALE.fullmatch(each.locale):
                bench.refuse("WRONG_LOCALE", "customize_wrong_locale", *path, i, "locale", locale=each.locale)
            if each.locale in (other.locale for other in value[:i]):
                bench.refuse("LOCALE_TWICE", "customize_locale_twice", *path, i, "locale", locale=each.locale)
    elif isinstance(value, list):
        for i, each in enumerate(value):
            check_texts(bench, each, *path, i)
    elif is_dataclass(value):
        for part in fields(value):
            check_texts(bench, getattr(value, part.name), *path, part.name)


def apply_all(bench: Bench, made: Iterable[Command], path: Path = ("changes",)) -> list[InputProblem]:
    """Put commands into a draft, one after the other; all that are refused are told."""
    problems = []
    for i, command in enumerate(made):
        bench.path = (*path, i, snake(type(command).__name__))
        try:
            check_texts(bench, command)
            command.apply(bench)
        except Refused as refused:
            problems.append(refused.problem)
    return problems
