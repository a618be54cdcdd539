"""Every error that a caller can meet.

    CrmError ─┬─ MetadataError      a record type's definition is wrong (startup, customization)
              ├─ RequestError       GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT, UNAUTHENTICATED …
              │   ├─ LimitExceeded  COST_LIMIT_EXCEEDED with the setting, its value and what the request would need
              │   └─ RateLimited    RATE_LIMITED with the seconds after which to come again
              ├─ WriteRefused       VALIDATION_FAILED with one InputProblem per fault, all at once; RULE_VIOLATED if all
              │   │                 of them are broken rules
              │   └─ DuplicateFound  DUPLICATE_FOUND with the records that are there already
              ├─ NotFound           NOT_FOUND
              ├─ Conflict           CONFLICT
              └─ RuleViolated       RULE_VIOLATED with the rule's stable name

A message is a key of `messages.toml` with data; its text is made at the edge, in the caller's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from crmgraph.messages import BASE, filled, read_messages

InputPath = tuple[str | int, ...]


@cache
def message_templates() -> dict[str, dict[str, str]]:
    """Every message key with its template per locale."""
    return read_messages(Path(__file__).parent / "messages.toml")


def message(key: str, locale: str, data: Mapping[str, Any] | None = None) -> str:
    """The text of a message in a locale; label values in the data are shown in that locale too."""
    return filled(message_templates()[key], locale, data)


@dataclass(frozen=True, slots=True)
class Remark:
    """A message that is said later, in whatever language: its key and data."""

    key: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def text(self, locale: str) -> str:
        return message(self.key, locale, self.data)


class CrmError(Exception):
    """Base of all errors with a code. `key` names the message, `data` fills it."""

    code = "INTERNAL_SERVER_ERROR"
    status = 200

    def __init__(self, key: str, /, *, path: Sequence[str | int] = (), **data: Any) -> None:
        self.key, self.path, self.data = key, list(path), data
        super().__init__(key)

    def __str__(self) -> str:
        return self.text(BASE)

    def text(self, locale: str) -> str:
        """The message in the caller's language."""
        return message(self.key, locale, self.data)

    def extensions(self, locale: str) -> dict[str, Any]:
        """What stands in `errors[].extensions`."""
        return {"code": self.code}


class MetadataError(Exception):
    """A record type's definition is refused; the text names file, place and reason (for developers, in English)."""


class MetadataFault(MetadataError):
    """The same, for administrators too: `key` names the message, `data` fills it, `code` is stable."""

    code = "INVALID_DEFINITION"

    def __init__(self, key: str, /, **data: Any) -> None:
        self.key, self.data = key, data
        super().__init__(message(key, "en", data))

    def at(self, place: str) -> Self:
        """The same fault; developers are told its place, if it has not told one within it."""
        if not self.args[0].startswith((f"{place}:", f"{place}.")):
            self.args = (f"{place}: {self.args[0]}",)
        return self

    def text(self, locale: str) -> str:
        """The message in somebody's language."""
        return message(self.key, locale, self.data)


class NameTaken(MetadataFault):
    """Something else has a name already."""

    code = "NAME_TAKEN"

    def __init__(self, name: str, /) -> None:
        super().__init__("customize_name_taken", name=name)


class NameReserved(MetadataFault):
    """A name means something to GraphQL, or to crmgraph itself."""

    code = "NAME_RESERVED"

    def __init__(self, name: str, /) -> None:
        super().__init__("customize_name_reserved", name=name)


class RequestError(CrmError):
    """The request cannot be carried out as it stands; `code` says why."""

    def __init__(self, code: str, key: str, /, *, path: Sequence[str | int] = (), **data: Any) -> None:
        super().__init__(key, path=path, **data)
        self.code = code


class LimitExceeded(RequestError):
    """The request asks for more than a setting allows. The setting's name is the message's key.

    `found` is what the request would need, None where counting stopped at the limit.
    """

    def __init__(self, setting: str, limit: int, found: int | None, /) -> None:
        super().__init__("COST_LIMIT_EXCEEDED", setting, limit=limit, found=found)

    def extensions(self, locale: str) -> dict[str, Any]:
        return {"code": self.code, "setting": self.key, "limit": self.data["limit"], "requested": self.data["found"]}


class RateLimited(RequestError):
    """The caller has asked for too much in too short a time; `seconds` from now there is room again."""

    status = 429

    def __init__(self, key: str, seconds: int, /) -> None:
        super().__init__("RATE_LIMITED", key, seconds=seconds)

    @property
    def seconds(self) -> int:
        return int(self.data["seconds"])

    def extensions(self, locale: str) -> dict[str, Any]:
        return {"code": self.code, "retryAfter": self.seconds}


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One fault of an input: where (`["input", "email"]`), a code of its own, and the message's key and data.

    `rule` is the stable name of the business rule that was broken, if it was one.
    """

    path: InputPath
    code: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    rule: str | None = None

    def text(self, locale: str) -> str:
        return message(self.key, locale, self.data)

    def as_json(self, locale: str) -> dict[str, Any]:
        told = {"path": list(self.path), "code": self.code, "message": self.text(locale)}
        return told if self.rule is None else {**told, "rule": self.rule}


class WriteRefused(CrmError):
    """A write was refused because of its input; all faults at once, nothing was written.

    Where all that is wrong is that business rules are broken, the code is RULE_VIOLATED and the first rule is named;
    where a record may not be written at all, it is FORBIDDEN.
    """

    code = "VALIDATION_FAILED"

    def __init__(self, problems: Sequence[InputProblem], *, path: Sequence[str | int] = ()) -> None:
        super().__init__("validation_failed", path=path, count=len(problems))
        self.problems = list(problems)
        self.forbidden = next((p for p in self.problems if p.key == "record_forbidden"), None)
        if self.forbidden is not None:
            self.code = "FORBIDDEN"

    def at(self, problems: Sequence[InputProblem]) -> WriteRefused:
        """The same with the faults at other places."""
        return WriteRefused(problems)

    def text(self, locale: str) -> str:
        if self.forbidden is not None:
            return self.forbidden.text(locale)
        alone = len(self.problems) == 1 and self.problems[0].rule is not None
        return self.problems[0].text(locale) if alone else super().text(locale)

    def extensions(self, locale: str) -> dict[str, Any]:
        told = [p.as_json(locale) for p in self.problems]
        if self.problems and all(p.rule is not None for p in self.problems):
            twins = all(p.code == DuplicateFound.code for p in self.problems)
            return {
                "code": DuplicateFound.code if twins else RuleViolated.code,
                "rule": self.problems[0].rule,
                "inputErrors": told,
            }
        return {"code": self.code, "inputErrors": told}


class DuplicateFound(WriteRefused):
    """A write was refused because there are such records already; `duplicates` are those that the caller may read."""

    code = "DUPLICATE_FOUND"

    def __init__(self, problems: Sequence[InputProblem], duplicates: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(problems)
        self.duplicates = list(duplicates)

    def extensions(self, locale: str) -> dict[str, Any]:
        told = [p.as_json(locale) for p in self.problems]
        return {
            "code": self.code,
            "rule": self.problems[0].rule,
            "inputErrors": told,
            "duplicates": [dict(each) for each in self.duplicates],
        }

    def at(self, problems: Sequence[InputProblem]) -> DuplicateFound:
        """The same with the faults at other places."""
        return DuplicateFound(problems, self.duplicates)


@contextmanager
def faults_placed(place: Callable[[InputPath], InputPath]) -> Iterator[None]:
    """Faults that are found inside stand at other places for whoever asked: `place` says where."""
    try:
        yield
    except WriteRefused as error:
        raise error.at([replace(p, path=place(p.path)) for p in error.problems]) from error


class NotFound(CrmError):
    """The record is absent, or hidden from the caller: both answer alike."""

    code = "NOT_FOUND"


class Conflict(CrmError):
    """Somebody else changed the record since the caller read it."""

    code = "CONFLICT"

    def __init__(self, key: str, /, *, path: Sequence[str | int] = (), current: Any = None, **data: Any) -> None:
        super().__init__(key, path=path, **data)
        self.current = current

    def extensions(self, locale: str) -> dict[str, Any]:
        return {"code": self.code, "current": self.current}


class RuleViolated(CrmError):
    """A business rule forbids it; `rule` is stable and listed in docs/errors.md."""

    code = "RULE_VIOLATED"

    def __init__(self, rule: str, key: str, /, *, path: Sequence[str | int] = (), **data: Any) -> None:
        super().__init__(key, path=path, **data)
        self.rule = rule

    def extensions(self, locale: str) -> dict[str, Any]:
        return {"code": self.code, "rule": self.rule}
