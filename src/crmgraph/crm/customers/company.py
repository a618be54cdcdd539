"""Which people belong to a company: its primary contact is one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.unit import Unit
from crmgraph.errors import WriteRefused
from crmgraph.sql.references import references_to, referring

COMPANY, PERSON = "account", "contact"
PRIMARY = "primary_contact"  # of a company; a person's company is the lookup `account`
RULE = "primary_contact_of_another"


class PrimaryContact(Behavior):
    """A company's primary contact belongs to it. One that belongs to no company yet is linked."""

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        chosen = {d.values[PRIMARY]["id"]: d for d in drafts if d.values.get(PRIMARY)}
        if not chosen:
            return
        found = unit.registry.type(PERSON)
        changes: list[tuple[Row, Mapping[str, Any]]] = []
        for row in await load_rows(unit, found, chosen, system=True):
            draft, company = chosen[row["id"]], row[COMPANY]
            if company is None:
                changes.append((row, {COMPANY: {"id": draft.id}}))
            elif company["id"] != draft.id:
                about = draft.traits.type.by_name[PRIMARY]
                draft.refuse(about, "OF_ANOTHER", RULE, rule=RULE, type=draft.traits.type.label)
        if problems := [p for d in drafts for p in d.problems]:
            raise WriteRefused(problems)
        if changes:
            await write_changes(unit, found, changes)


class ContactOfAccount(Behavior):
    """A person who leaves a company is no longer its primary contact."""

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        moved = {d.id: d.values[COMPANY] for d in drafts if d.row is not None and COMPANY in d.values}
        if not moved:
            return
        found = unit.registry.type(COMPANY)
        lookups = [r for r in references_to(unit.tables, unit.registry.type(PERSON)) if r.field.name == PRIMARY]
        named = await referring(unit.transaction, unit.database_name, lookups, moved)
        left = [r.id for r in named if (moved[r.target] or {}).get("id") != r.id]
        rows = await load_rows(unit, found, left, system=True) if left else []
        if rows:
            await write_changes(unit, found, [(row, {PRIMARY: None}) for row in rows], system=True)
