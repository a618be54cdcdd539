"""What must hold of every record that is written, as its type's validation rules say: looked at once it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmgraph.actions.drafts import Draft
from crmgraph.actions.matching import matchers
from crmgraph.actions.savepoints import savepoint
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.types import FieldType, RecordType, Rule
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import bind

if TYPE_CHECKING:  # planning is loaded where there are rules: the command line of imports begins without it
    from crmgraph.plan.tree import Bound
    from crmgraph.sql.compile import Statement
    from crmgraph.sql.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rules of a record type, the statement that tells which of them are broken, and its constants."""

    rules: tuple[Rule, ...]
    statement: Statement
    bounds: tuple[Bound, ...]


def ruled_types(tables: Tables) -> frozenset[str]:
    """The record types with rules, their own or their base's."""
    types = tables.living.types.values()
    return tables.cached("ruled", lambda: frozenset(t.name for t in types if tables.registry.rules(t)))


async def make_ready(database: Database, tables: Tables, *, always: bool = False) -> None:
    """Learn how the database is spoken to, where there are rules: not in the midst of a transaction."""
    key = ("phrases", database.name)
    if key not in tables.cache and (always or ruled_types(tables)):
        from crmgraph.sql.dialect import phrases_for

        tables.cache[key] = await phrases_for(database)


def judgement_of(unit: Unit, found: RecordType) -> Judgement:
    """The statement of a record type's rules, made once."""
    return unit.tables.cached(("judgement", unit.database_name, found.name), lambda: judgement(unit, found))


def judgement(unit: Unit, found: RecordType) -> Judgement:
    from crmgraph.plan.context import bare_context
    from crmgraph.plan.members import View
    from crmgraph.plan.stored_where import stored_condition
    from crmgraph.sql.judging import judging_statement

    tables = unit.tables
    phrases: Phrases = tables.cache["phrases", unit.database_name]
    view = tables.cached("view", lambda: View(tables.registry))
    ctx = bare_context(view)
    rules = tables.registry.rules(found)
    conditions = [stored_condition(ctx, found.name, r.condition, ("rules", r.name)) for r in rules]
    statement = judging_statement(tables.registry, phrases, found, conditions)
    return Judgement(rules, statement, tuple(ctx.bounds))


async def judge(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Refuse what breaks the rules, all of it at once; one statement for each record type that has any."""
    ruled = ruled_types(unit.tables)
    if not ruled:
        return
    groups: dict[str, dict[str, Draft]] = {}
    for draft in drafts:
        if draft.traits.type.name in ruled:
            groups.setdefault(draft.traits.type.name, {})[draft.id] = draft
    broken: dict[str, list[Rule]] = {}
    for group in groups.values():
        found = next(iter(group.values())).traits.type
        broken |= await broken_rules(unit, found, list(group))
    problems = [problem(draft, rule) for draft in drafts for rule in broken.get(draft.id, ())]
    if problems:
        raise WriteRefused(list({(p.path, p.rule): p for p in problems}.values()))


async def broken_rules(unit: Unit, found: RecordType, ids: Sequence[str]) -> dict[str, list[Rule]]:
    """By id, the rules that a record of one type breaks as it stands."""
    from crmgraph.sql.judging import IDS, judging_arguments

    made, caller = judgement_of(unit, found), unit.caller
    known = {IDS.name: bind(unit.database_name, FieldType.ID, 0, list(ids), many=True), "me": caller.user_id}
    moment = (caller.now, caller.time_zone)
    arguments = judging_arguments(unit.database_name, made.statement, made.bounds, known, moment)
    rows = await unit.transaction.rows(made.statement.text, arguments)
    return {id: [r for r, holds in zip(made.rules, answers, strict=True) if not holds] for id, *answers in rows}


def problem(draft: Draft, rule: Rule) -> InputProblem:
    return InputProblem(draft.path, "RULE_VIOLATED", "rule_broken", {"message": rule.message}, rule.name)


def follows_something(unit: Unit, found: RecordType) -> bool:
    """Whether writing records of a type may write others, or be refused when it is done, as what is a duplicate."""
    return bool(unit.registry.behaviors(found) or unit.registry.posts(found) or found.name in matchers(unit.tables))


@asynccontextmanager
async def attempt(unit: Unit, found: RecordType) -> AsyncIterator[None]:
    """Writes that are taken back if they are refused, so that the transaction can go on without them.

    Where a type has no rules and no behaviors, all is refused before it is written: there is nothing to take back.
    """
    if found.name not in ruled_types(unit.tables) and not follows_something(unit, found):
        yield
        return
    async with savepoint(unit, WriteRefused):
        yield
