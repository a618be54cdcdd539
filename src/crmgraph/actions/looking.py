"""Looking for duplicates on demand: of a record, or of what is not saved yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions import behaviors
from crmgraph.actions.drafts import Draft, fill_new
from crmgraph.actions.duplicates import Duplicate, is_open
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.matching import Matcher, matchers
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.sql.matches import holders, near

NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Sought:
    """Whose duplicates are looked for: those of a record (`id`), or of new values of a type. `rules`: by these only."""

    rules: Sequence[str] | None = None
    id: str | None = None
    type: RecordType | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def asks(self, unit: Unit, matcher: Matcher) -> bool:
        """Whether a rule is asked for, and may be."""
        return matcher.own and (self.rules is None or matcher.rule.name in self.rules) and is_open(unit, matcher)


async def look(unit: Unit, sought: Sought) -> list[Duplicate]:
    """The duplicates, the likest first, each once by each rule; those that the caller may not see are among them."""
    if sought.type is None:
        sought.id = canonical_id(sought.id)
        if sought.id is None:
            label = next(iter(unit.registry.types.values())).by_name["id"].label
            raise WriteRefused([InputProblem(("of", "id"), "WRONG_FORMAT", "input_wrong_id", {"field": label})])
        found = await of_record(unit, sought, sought.id)
    else:
        found = await of_values(unit, sought, sought.type)
    return sorted(found, key=lambda each: (-each.score, each.record, each.rule.name))


async def of_record(unit: Unit, sought: Sought, id: str) -> list[Duplicate]:
    """Those of a record, by the keys that are kept of it. One statement."""
    asked = [m for every in matchers(unit.tables).values() for m in every if sought.asks(unit, m)]
    found: dict[tuple[str, str], Duplicate] = {}
    for row in await near(unit.transaction, unit.database_name, id):
        for matcher in asked:
            if (matcher.scope, matcher.type.code, matcher.target) == (row.scope, row.own_code, row.code):
                score = matcher.score(row.own_texts, row.texts)
                if score:
                    made = Duplicate(id, matcher.type.code, row.id, row.code, matcher.rule, score)
                    found[row.id, matcher.rule.name] = made
    return list(found.values())


async def of_values(unit: Unit, sought: Sought, type: RecordType) -> list[Duplicate]:
    """Those that a record would have. What is wrong with the input is none of our business."""
    draft = await drafted(unit, type, sought.values)
    own = [m for m in matchers(unit.tables).get(type.name, ()) if sought.asks(unit, m)]
    keys = {m.scope: m.keys(draft.value) for m in own}
    by_key: dict[int, list[Matcher]] = {}
    for matcher in own:
        for key in keys[matcher.scope].keys:
            by_key.setdefault(key, []).append(matcher)
    if not by_key:
        return []
    found: dict[tuple[str, str], Duplicate] = {}
    for holder in await holders(unit.transaction, unit.database_name, by_key):
        for matcher in by_key[holder.key]:
            if holder.code == matcher.target and (holder.id, matcher.rule.name) not in found:
                score = matcher.score(keys[matcher.scope].texts, holder.texts)
                if score:
                    made = Duplicate(draft.id, type.code, holder.id, holder.code, matcher.rule, score)
                    found[holder.id, matcher.rule.name] = made
    return list(found.values())


async def drafted(unit: Unit, found: RecordType, given: Mapping[str, Any]) -> Draft:
    """A record as it would be made of an input; other records that the input makes or finds by their keys are left."""

    def is_own(name: str, value: Any) -> bool:
        about = found.by_name.get(name)
        nested = about is not None and about.type is FieldType.LOOKUP and isinstance(value, Mapping)
        return about is not None and not (nested and "create" in value)

    draft = Draft(traits_of(unit.tables, found.name), ("of",), "")
    fill_new(unit, draft, {n: v for n, v in given.items() if is_own(n, v)}, False)
    await behaviors.prepare(unit, [draft])
    return draft
