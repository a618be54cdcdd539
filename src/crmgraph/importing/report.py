"""How far an import has come, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The rows of one file by what became of them. Rows up to `line` are settled; `total` is how many there are.

    `unlinked` records were written, but without a link to a row that came later and was refused; they stand among
    the rejects too. `duplicates` were written although a rule warned of them. The counts of one that was `resumed` are
    those of the whole import.
    """

    type: str
    file: str
    total: int = 0
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    unlinked: int = 0
    duplicates: int = 0
    waiting: int = 0
    line: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    dry_run: bool = False
    rejects: Path | None = None
    id: str = ""
    resumed: bool = False
    read_before: int = 0  # rows that an earlier try settled
    unresolved: int = 0  # parties of messages that name nobody

    @property
    def rate(self) -> float:
        """Rows a second."""
        return (self.read - self.read_before) / self.seconds if self.seconds else 0.0

    @property
    def clean(self) -> bool:
        """Whether everything that the file says is now in the database."""
        return not (self.interrupted or self.rejected or self.unlinked)


class Progress:
    """Told after each batch. Setting `stopped` ends the import before the next one."""

    stopped = False

    def show(self, report: ImportReport) -> None:
        """What has been done so far."""
