"""What rows of a file promise to be: the values by which other rows name them, as long as they are not refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmgraph.importing.circles import Named
from crmgraph.importing.prepare import Prepared
from crmgraph.importing.reader import Line
from crmgraph.importing.survey import identities, own_places


class Promises:
    """How many rows have each value by which rows are named; a try that was rolled back can be reverted."""

    def __init__(self, prepared: Prepared, counts: dict[Named, int]) -> None:
        self.prepared, self.made = prepared, counts
        self.places = own_places(prepared)
        self.taken: list[Named] = []

    @property
    def counts(self) -> Mapping[Named, int]:
        return self.made

    def take_back(self, line: Line) -> bool:
        """A refused row will not be there for others to name; whether any row could name it."""
        found = [n for n in identities(self.prepared, self.places, line) if n in self.made] if self.made else []
        self.taken += found
        self.add(found, -1)
        return bool(found)

    def add(self, named: Iterable[Named], more: int) -> None:
        for each in named:
            count = self.made.get(each, 0) + more
            if count > 0:
                self.made[each] = count
            else:
                self.made.pop(each, None)

    def settle(self) -> None:
        """What was taken back stays so."""
        self.taken.clear()

    def revert(self) -> None:
        """What was taken back since the last settling is promised again."""
        self.add(self.taken, 1)
        self.taken.clear()
