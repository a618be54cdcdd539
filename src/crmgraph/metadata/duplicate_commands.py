"""Changes of duplicate rules: part of the vocabulary, see commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.bench import Bench
from crmgraph.metadata.duplicates import DuplicateHandling, DuplicateMethod
from crmgraph.metadata.part_commands import put, remove
from crmgraph.metadata.words import LocalizedText, only_given, texts


@dataclass(frozen=True, slots=True)
class DuplicateCondition:
    """One of the fields is like one of the fields of the other record (of those in `others`, if given)."""

    fields: list[str]
    method: DuplicateMethod
    length: int | None = None
    threshold: int | None = None
    others: list[str] | None = None


@dataclass(frozen=True, slots=True)
class SetDuplicateRule:
    """Make a duplicate rule, or change it: two records are duplicates of each other if all conditions hold. Its keys
    are built in the background.
    """

    type: str
    name: str
    label: list[LocalizedText]
    message: list[LocalizedText]
    conditions: list[DuplicateCondition]
    mode: DuplicateHandling | None = None
    other: str | None = None
    active_only: bool = True
    blank_matches: bool = False

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        other = name if self.other is None else bench.type(self.other, "other")
        rule = only_given(
            label=texts(self.label),
            message=texts(self.message),
            mode=self.mode,
            other=None if self.other is None else other,
            conditions=[self.condition(bench, name, other, i) for i in range(len(self.conditions))],
            active_only=None if self.active_only else False,
            blank_matches=self.blank_matches or None,
        )
        put(bench, name, "duplicates", self.name, rule)

    def condition(self, bench: Bench, name: str, other: str, number: int) -> dict[str, Any]:
        """A condition in the words of the files, with the fields' storage names."""
        given, place = self.conditions[number], ("conditions", number)
        fields = [bench.owner(name, f, *place, "fields", i)[1] for i, f in enumerate(given.fields)]
        others = [bench.owner(other, f, *place, "others", i)[1] for i, f in enumerate(given.others or ())]
        more = only_given(length=given.length, threshold=given.threshold, others=others or None)
        return {"fields": fields, "method": given.method.value, **more}


@dataclass(frozen=True, slots=True)
class RemoveDuplicateRule:
    """Take away a duplicate rule, with its keys."""

    type: str
    name: str

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        remove(bench, bench.type(self.type), "duplicates", self.name)
