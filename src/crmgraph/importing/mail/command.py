"""`crmgraph import mbox FILE…` and `crmgraph import eml FILE|FOLDER…`: one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from crmgraph.actions.mailing import MailOptions
from crmgraph.actions.unit import Caller
from crmgraph.importing.mail.run import BATCH, MOST_BYTES, MailPlan, import_mail
from crmgraph.importing.mail.sources import MailFolder, MailSource, MboxFile
from crmgraph.importing.problems import refuse
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables

MBOX, EML = "mbox", "eml"
SOURCES: dict[str, type[MboxFile] | type[MailFolder]] = {MBOX: MboxFile, EML: MailFolder}
MEGABYTE = 1 << 20


def add_mail_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only messages take."""
    group = parser.add_argument_group("messages: crmgraph import mbox FILE…, crmgraph import eml FILE|FOLDER…")
    group.add_argument(
        "--own-domain", action="append", default=[], metavar="DOMAIN",
        help="mail from its addresses was sent, as that of users, teams and queues is; repeatable",
    )  # fmt: skip
    group.add_argument("--owner", default="", metavar="EMAIL", help="the user who owns the messages [--user]")
    group.add_argument("--without-files", action="store_true", help="leave attached files out")
    most = MOST_BYTES // MEGABYTE
    group.add_argument(
        "--most-megabytes", type=int, default=most, help=f"of one message; larger ones are refused [{most}]"
    )


def is_mail(args: argparse.Namespace) -> bool:
    """Whether messages are meant, and no file of that name."""
    return str(args.file or "") in SOURCES and args.id is not None and not args.type


def mail_plans(args: argparse.Namespace, owner: str | None) -> list[MailPlan]:
    """What the arguments ask for, a plan for each file or folder."""
    if args.plan or args.batch < 1 or args.most_megabytes < 1:
        raise refuse("WRONG_ARGUMENTS", "import_wrong_arguments")
    domains = frozenset(d.strip().lower().lstrip("@").rstrip(".") for d in args.own_domain if d.strip())
    options = MailOptions(domains, owner, not args.without_files)
    paths = [Path(args.id), *args.more]
    made: list[MailSource] = [SOURCES[str(args.file)](path) for path in paths]
    return [
        MailPlan(
            source,
            options,
            args.dry_run,
            rejects_of(args.rejects, source, len(made)),
            min(args.batch, BATCH),
            args.most_megabytes * MEGABYTE,
            args.restart,
        )
        for source in made
    ]


def rejects_of(given: Path | None, source: MailSource, count: int) -> Path | None:
    """With several files the rejects' path is a folder."""
    return given / f"{source.path.stem}.rejects.csv" if given is not None and count > 1 else given


async def import_all_mail(
    database: Database, tables: Tables, caller: Caller, plans: Sequence[MailPlan], progress: Progress
) -> list[ImportReport]:
    """One after the other; none begins once it is to stop."""
    reports = []
    for plan in plans:
        if progress.stopped:
            break
        reports.append(await import_mail(database, tables, caller, plan, progress))
    return reports
