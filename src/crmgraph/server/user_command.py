"""`crmgraph user add | token | role | list | activate | deactivate` and `crmgraph token list | revoke`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crmgraph.actions.action import perform
from crmgraph.actions.loading import checked_id
from crmgraph.actions.tokens import SPAN, Issued, TokenScope, issue_token, revoke_token
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm import people
from crmgraph.crm.people import Somebody
from crmgraph.errors import CrmError
from crmgraph.metadata.registry import TOKEN_TYPE
from crmgraph.security.principal import trusted
from crmgraph.server.metadata_report import Report
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import open_with
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.sql.tokens import Listed, Tokens

DONE, REFUSED = 0, 1
SCOPES = {"read": TokenScope.READ, "read-write": TokenScope.READ_WRITE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The acts of `crmgraph user`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    add = act(acts, "add", "add somebody who may sign in")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", required=True, help="full name")
    add.add_argument("--role", action="append", default=[], help="by name; may be given several times")
    add.add_argument("--business-unit", metavar="NAME", help="[the topmost]")
    add.add_argument("--time-zone", metavar="ZONE", help="like Europe/Madrid [UTC]")
    token = act(acts, "token", "make an access token; the secret is told once, on standard output")
    token.add_argument("email", metavar="EMAIL")
    token.add_argument("--name", required=True, help="what it is for")
    token.add_argument("--days", type=days, default=SPAN.days, help=f"how long it is good [{SPAN.days}]")
    token.add_argument("--scope", choices=tuple(SCOPES), default="read-write", help="[read-write]")
    role = act(acts, "role", "give somebody a role, or take it")
    role.add_argument("email", metavar="EMAIL")
    role.add_argument("change", choices=("add", "remove"))
    role.add_argument("role", metavar="ROLE", help="by name, or the name under which it ships, like sales_manager")
    act(acts, "list", "list who may sign in, with roles")
    act(acts, "activate", "let somebody sign in again").add_argument("email", metavar="EMAIL")
    act(acts, "deactivate", "let somebody sign in no more").add_argument("email", metavar="EMAIL")


def add_token_arguments(parser: argparse.ArgumentParser) -> None:
    """The acts of `crmgraph token`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    act(acts, "list", "list access tokens").add_argument("email", metavar="EMAIL", nargs="?", help="of one person")
    act(acts, "revoke", "let nobody sign in with a token any more").add_argument("id", metavar="ID")


def act(acts: Any, name: str, help: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = acts.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    made.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    return made


def days(text: str) -> int:
    """A number of days, for argparse."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 36_500):
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 36500")
    return int(text)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    return run_on_loop(carry_out(args, settings))


async def carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """One act on the settings' database, in one transaction."""
    report = Report(args.language, args.json)
    database = await open_with(settings, pool=1)
    try:
        await check_tables(database)
        caller = Caller(trusted(), args.language, f"crmgraph {args.command}", None, datetime.now(UTC))
        desk = Desk(args, report)
        done = await perform(database, await tables_in_force(database), caller, ACTS[args.command, args.act](desk))
        done()
        return DONE
    except CrmError as error:
        report.refusal(error)
        return REFUSED
    finally:
        await database.close()


Say = Callable[[], None]  # says what was done, once it is
Work = Callable[[Unit], Awaitable[Say]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What an act works with: its arguments, and where it says what became of it."""

    args: argparse.Namespace
    report: Report

    def say(self, text: str, data: dict[str, Any]) -> Say:
        return lambda: self.report.text(f"{text}\n", data)

    def person(self, key: str, one: Somebody) -> Say:
        """What is said of one person."""
        roles = ", ".join(one.roles) or "–"
        return self.say(self.report.say(key, email=one.email, name=one.name, roles=roles), told(one))

    async def add(self, unit: Unit) -> Say:
        args = self.args
        values = {"email": args.email, "full_name": args.name}
        if args.time_zone:
            values["time_zone"] = args.time_zone
        await people.add_somebody(unit, values, args.business_unit, args.role)
        return self.person("people_added", await people.somebody(unit, args.email))

    async def token(self, unit: Unit) -> Say:
        args = self.args
        one = await people.somebody(unit, args.email)
        ends = unit.caller.now + timedelta(days=args.days)
        issued = await issue_token(unit, one.id, args.name, SCOPES[args.scope], ends)
        return lambda: self.secret(one, issued)

    def secret(self, one: Somebody, issued: Issued) -> None:
        """The token itself on standard output, so that a script can take it; what it is, beside."""
        day = f"{issued.expires_on:%Y-%m-%d}"
        if self.report.as_json:
            made = {"id": issued.id, "token": issued.secret, "expiresOn": issued.expires_on.isoformat()}
            self.report.text("", {"email": one.email, **made})
            return
        print(self.report.say("people_token", email=one.email, day=day, id=issued.id), file=sys.stderr)
        print(issued.secret)

    async def role(self, unit: Unit) -> Say:
        one = await people.somebody(unit, self.args.email)
        change = people.give_role if self.args.change == "add" else people.take_role
        await change(unit, one.id, await people.role_called(unit, self.args.role))
        return self.person("people_roles", await people.somebody(unit, self.args.email))

    async def activate(self, unit: Unit) -> Say:
        return await self.switch(unit, True)

    async def deactivate(self, unit: Unit) -> Say:
        return await self.switch(unit, False)

    async def switch(self, unit: Unit, active: bool) -> Say:
        one = await people.somebody(unit, self.args.email)
        await people.set_active(unit, one.id, active)
        key = "people_active" if active else "people_inactive"
        return self.person(key, await people.somebody(unit, self.args.email))

    async def everybody(self, unit: Unit) -> Say:
        found = await people.everybody(unit)
        yes = {True: "✓", False: ""}
        listed = [(p.name, p.email, yes[p.active], p.unit, ", ".join(p.roles)) for p in found]
        return self.table(("name", "email", "active", "unit", "roles"), listed, {"people": [told(p) for p in found]})

    async def tokens(self, unit: Unit) -> Say:
        one = await people.somebody(unit, self.args.email) if self.args.email else None
        emails = {p.id: p.email for p in await people.everybody(unit)}
        found = await Tokens(unit.transaction, unit.database_name).listed(one.id if one else None)
        listed = [
            (t.id, t.name, emails.get(t.user_id), TokenScope(t.scope).name, day(t.expires_on), day(t.last_used_on),
             day(t.revoked_on))
            for t in found
        ]  # fmt: skip
        columns = ("id", "name", "email", "scope", "expires", "last_use", "revoked")
        return self.table(columns, listed, {"tokens": [told_of_token(t, emails.get(t.user_id)) for t in found]})

    async def revoke(self, unit: Unit) -> Say:
        id = checked_id(unit, TOKEN_TYPE, self.args.id)
        await revoke_token(unit, id)
        return self.say(self.report.say("people_revoked"), {"id": id, "revoked": True})

    def table(self, columns: Sequence[str], listed: Sequence[Sequence[Any]], data: dict[str, Any]) -> Say:
        """Rows for people, or the data for programs."""

        def said() -> None:
            if self.report.as_json:
                self.report.text("", data)
                return
            made = Table(box=None)
            for name in columns:
                made.add_column(escape(self.report.say(f"people_column_{name}")), overflow="fold")
            for row in listed:
                made.add_row(*(escape(str(value or "")) for value in row))
            Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(made)

        return said


def told(one: Somebody) -> dict[str, Any]:
    """Somebody as JSON."""
    return {"id": one.id, "email": one.email, "name": one.name, "active": one.active, "roles": list(one.roles)}


def told_of_token(one: Listed, email: str | None) -> dict[str, Any]:
    """A token as JSON."""
    moments: dict[str, datetime | None] = {"createdOn": one.created_on, "expiresOn": one.expires_on}
    moments |= {"revokedOn": one.revoked_on, "lastUsedOn": one.last_used_on}
    shown = {name: when and when.isoformat() for name, when in moments.items()}
    return {"id": one.id, "name": one.name, "email": email, "scope": TokenScope(one.scope).name, **shown}


def day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


ACTS: dict[tuple[str, str], Callable[[Desk], Work]] = {
    ("user", "add"): lambda desk: desk.add,
    ("user", "token"): lambda desk: desk.token,
    ("user", "role"): lambda desk: desk.role,
    ("user", "list"): lambda desk: desk.everybody,
    ("user", "activate"): lambda desk: desk.activate,
    ("user", "deactivate"): lambda desk: desk.deactivate,
    ("token", "list"): lambda desk: desk.tokens,
    ("token", "revoke"): lambda desk: desk.revoke,
}
