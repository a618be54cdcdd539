"""What an import refuses: the whole of it, or one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmgraph.errors import CrmError, Remark, message


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a row or of the file: the column as the file names it, a code, the message's key and data."""

    column: str
    code: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def text(self, locale: str) -> str:
        return message(self.key, locale, self.data)


class ImportRefused(CrmError):
    """The import is refused before anything is written; all reasons at once, the first one's code."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.key, **first.data)
        self.code, self.problems = first.code, list(problems)

    def text(self, locale: str) -> str:
        """A line for each reason."""
        return "\n".join(p.text(locale) for p in self.problems)


def refuse(code: str, key: str, /, **data: Any) -> ImportRefused:
    """A refusal for one reason."""
    return ImportRefused([Problem("", code, key, data)])


def wrong_map(where: str, key: str, /, **data: Any) -> ImportRefused:
    """A map or plan file that cannot be followed: where, and the message that says why."""
    return refuse("WRONG_MAP", "import_wrong_map", where=where, reason=Remark(key, data))


def hinted(hints: Sequence[str]) -> dict[str, str]:
    """The data of messages that may ask whether something else was meant."""
    return {"known": "yes", "hint": hints[0]} if hints else {"known": "no", "hint": ""}
