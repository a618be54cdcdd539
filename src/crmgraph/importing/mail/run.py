"""One mbox file or folder of messages, in batches; each notes in its own transaction how far it has come."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.ids import new_id
from crmgraph.actions.lasting import lasting
from crmgraph.actions.mailing import Mail, MailOptions, MailTaker, mail_taker
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import Conflict, InputProblem, WriteRefused
from crmgraph.importing.mail.parsing import parsed, told
from crmgraph.importing.mail.sources import MailSource, Measured, RawMail
from crmgraph.importing.mapping import FileFormat
from crmgraph.importing.problems import Problem, refuse
from crmgraph.importing.register import DONE, OPERATION, Asked, Entered, Position, TakenOver, enter, hold, saved
from crmgraph.importing.rejects import Refused, Rejects
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import digest_id, in_vain
from crmgraph.importing.writing import Refusals, Wanted, create_all
from crmgraph.sql.database import Database
from crmgraph.sql.imports import ImportRun, ImportRuns
from crmgraph.sql.tables import Tables

T = TypeVar("T")
BATCH = 250  # messages of one transaction
BATCH_BYTES = 16 << 20  # of their bytes
MOST_BYTES = 64 << 20  # of one message
NO_OPTIONS = MailOptions()
HEADER = ("message", "message_id", "date", "from", "subject")
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class MailPlan:
    """What to import, and how."""

    source: MailSource
    options: MailOptions = NO_OPTIONS
    dry_run: bool = False
    rejects: Path | None = None
    batch: int = BATCH
    most_bytes: int = MOST_BYTES
    restart: bool = False

    @property
    def rejects_path(self) -> Path:
        return self.rejects or Path(f"{self.source.path.stem}.rejects.csv")

    def digest(self, user_id: str | None) -> str:
        """What is asked for, but for the file and the size of batches."""
        options = self.options
        asked = (sorted(options.own_domains), options.owner, options.with_files, self.most_bytes, user_id)
        return digest_id(sha256(repr(asked).encode()).hexdigest())


@dataclass(slots=True)
class Batch:
    """Some messages that were read, those that could not be read among the refused."""

    last: int = 0
    read: int = 0
    size: int = 0
    mails: list[tuple[RawMail, Mail]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


async def import_mail(
    database: Database, tables: Tables, caller: Caller, plan: MailPlan, progress: Progress
) -> ImportReport:
    """Import messages. Those that are there already are skipped, those that are refused stand in the rejects file.

    One that did not come to its end goes on where it stopped. When other metadata comes into force meanwhile, it goes
    on with that.
    """
    measured = plan.source.measure()
    attempt = [plan]

    async def once(found: Tables) -> ImportReport:
        now, attempt[0] = attempt[0], replace(plan, restart=False)  # from here on it goes on
        return await import_once(database, found, caller, (now, measured), progress)

    return await lasting(database, tables, once)


async def import_once(
    database: Database, tables: Tables, caller: Caller, asked: tuple[MailPlan, Measured], progress: Progress
) -> ImportReport:
    """The same, as far as it comes with these tables."""
    (plan, measured), taker = asked, mail_taker()
    rejects = Rejects(plan.rejects_path, HEADER, FileFormat(), caller.locale)
    if not plan.rejects_path.parent.is_dir() or plan.rejects_path.is_dir():
        raise refuse("NO_FILE", "import_no_file", file=rejects.shown, reason="")
    report = ImportReport(
        taker.type, plan.source.name, total=measured.count, dry_run=plan.dry_run, id=new_id()
    )  # fmt: skip
    entered = Entered(None, report)
    if not plan.dry_run:
        entered = await enter_source(database, tables, caller, asked, report)
        rejects.path = Path(entered.run.rejects or rejects.path) if entered.run else rejects.path
    rejects.check(entered.position.rejects_size)
    own = replace(caller, operation=f"{OPERATION} {entered.report.id}")
    report = replace(entered.report, unresolved=entered.position.unresolved)
    job = MailJob((database, tables, own), entered.run, plan, progress, rejects, report, entered.position)
    try:
        if plan.dry_run:
            await in_vain(database, tables, own, job.within_one)
        else:
            await job.run()
    finally:
        path = rejects.finish(job.position.rejects_size)
    return replace(job.report, rejects=path, seconds=time.perf_counter() - job.began)


async def enter_source(
    database: Database, tables: Tables, caller: Caller, asked: tuple[MailPlan, Measured], report: ImportReport
) -> Entered:
    """The import as the database knows it, or a new one."""
    plan, measured = asked
    wanted = Asked(
        tables.registry.type(report.type).code,
        report.file,
        digest_id(measured.digest),
        plan.digest(caller.user_id),
        str(plan.rejects_path.absolute()),
        plan.restart,
    )

    async def work(unit: Unit) -> Entered:
        return await enter(ImportRuns(unit.transaction, unit.database_name), wanted, caller, report)

    return await perform(database, tables, caller, work)


@dataclass(slots=True)
class MailJob:
    """One import of messages. `place`: where it writes and on whose behalf; `run_row`: its row, unless it is a try."""

    place: tuple[Database, Tables, Caller]
    run_row: ImportRun | None
    plan: MailPlan
    progress: Progress
    rejects: Rejects
    report: ImportReport
    position: Position = field(default_factory=Position)
    began: float = field(default_factory=time.perf_counter)
    whole: Unit | None = None  # of a dry run
    taker: MailTaker = field(default_factory=mail_taker)

    async def within_one(self, unit: Unit) -> None:
        """Everything in one transaction, which its caller takes back."""
        self.whole = unit
        await self.run()

    async def run(self) -> None:
        self.progress.show(self.report)
        for batch in self.batches():
            if self.progress.stopped or not await self.settle(batch):
                self.report = replace(self.report, interrupted=True)
                break
        else:
            self.position = replace(self.position, phase=DONE)
        await self.in_transaction(self.finish)
        self.progress.show(self.report)

    def batches(self) -> Iterator[Batch]:
        """Messages behind those that are settled, so many at a time, or fewer if they are long."""
        batch = Batch()
        for raw in self.plan.source.mails(self.report.line, self.plan.most_bytes):
            read_into(batch, raw, self.plan)
            if batch.read >= self.plan.batch or batch.size >= BATCH_BYTES:
                yield batch
                batch = Batch()
        if batch.read:
            yield batch

    async def settle(self, batch: Batch) -> bool:
        """Write a batch, and note that; false if the import was cancelled."""

        async def once(unit: Unit) -> tuple[ImportReport, Position] | None:
            if self.run_row and not await hold(unit.transaction, unit.database_name, self.run_row):
                return None
            report, refused = await self.write(unit, batch)
            size = self.rejects.write(self.position.rejects_size, [*batch.refused, *refused])
            position = replace(self.position, rejects_size=size, unresolved=report.unresolved)
            if self.run_row:
                runs = ImportRuns(unit.transaction, unit.database_name)
                await runs.save(saved(self.run_row, report, position))
            return report, position

        done = await self.in_transaction(once)
        if done is None:
            return False
        self.report, self.position = done
        self.report = replace(self.report, seconds=time.perf_counter() - self.began)
        self.progress.show(self.report)
        return True

    async def write(self, unit: Unit, batch: Batch) -> tuple[ImportReport, list[Refused]]:
        """The messages that are not there yet become records, those that are refused do not."""
        raws = {mail.number: raw for raw, mail in batch.mails}
        before = self.taker.unresolved(unit)
        taken = await self.taker.take(unit, [mail for _, mail in batch.mails], self.plan.options)
        new = [(each.mail, Wanted(str(each.mail.number), each.values)) for each in taken if each.values is not None]
        found = unit.registry.type(self.taker.type)
        made = await create_all(unit, found, [wanted for _, wanted in new], Refusals(), False)
        refused = [
            (mail.number, told(mail, raws[mail.number]), [self.problem(p) for p in wanted.problems])
            for mail, wanted in new
            if wanted.problems
        ]
        now = self.report
        report = replace(
            now, line=batch.last, read=now.read + batch.read, created=now.created + len(made),
            skipped=now.skipped + len(taken) - len(new), rejected=now.rejected + len(batch.refused) + len(refused),
            unresolved=now.unresolved + self.taker.unresolved(unit) - before,
        )  # fmt: skip
        return report, list(refused)

    def problem(self, found: InputProblem) -> Problem:
        return Problem(".".join(map(str, found.path)), found.code, found.key, found.data)

    async def in_transaction(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """A transaction of its own, again if somebody was faster; in a dry run a part of the one."""
        if self.whole is not None:
            one = self.whole
            return await work(Unit(one.transaction, one.database_name, one.tables, one.caller))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await perform(*self.place, work)
            except TakenOver as lost:
                raise refuse("IMPORT_TAKEN_OVER", "import_taken_over", file=self.report.file) from lost
            except (Conflict, WriteRefused):
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError

    async def finish(self, unit: Unit) -> None:
        """The last word about the import: finished, or interrupted here."""
        if self.run_row and await hold(unit.transaction, unit.database_name, self.run_row):
            runs = ImportRuns(unit.transaction, unit.database_name)
            await runs.save(saved(self.run_row, self.report, self.position))


def read_into(batch: Batch, raw: RawMail, plan: MailPlan) -> None:
    """A message read, or the reason why it cannot be."""
    batch.last, batch.read, batch.size = raw.number, batch.read + 1, batch.size + raw.size
    if raw.size > plan.most_bytes:
        data = {"size": raw.size, "most": plan.most_bytes}
        batch.refused.append((raw.number, told(None, raw), [Problem("", "TOO_LARGE", "mail_too_large", data)]))
        return
    mail: Mail | None = None
    with suppress(Exception):  # whatever the parser meets in a broken message: the others are imported
        mail = parsed(raw)
    if mail is None or not raw.content.strip():
        batch.refused.append((raw.number, told(None, raw), [Problem("", "UNREADABLE", "mail_unreadable", {})]))
    else:
        batch.mails.append((raw, mail))
