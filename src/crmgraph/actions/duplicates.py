"""Duplicates when records are written: their keys are kept, and what shares one is refused, told or let be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crmgraph.actions.guards import Wanted, held, policy_of
from crmgraph.actions.ids import new_id
from crmgraph.actions.matching import NO_KEYS, Keys, Matcher, keepers, matchers
from crmgraph.errors import DuplicateFound, InputProblem
from crmgraph.metadata.duplicates import DuplicateHandling, DuplicateRule
from crmgraph.metadata.types import RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.matches import Holder, KeyRow, add_keys, dismissed, drop_keys, holders, take_turns, titles
from crmgraph.sql.scans import PairRow, Scans

if TYPE_CHECKING:
    from crmgraph.actions.drafts import Draft
    from crmgraph.actions.unit import Unit

Row = Mapping[str, Any]
MOST_TOLD = 100  # duplicates of one record by one rule
NOTHING = (NO_KEYS, 0)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A written record (`of`, of the type with the code `own`) is a duplicate of another one, by a rule; `score` in
    percent.
    """

    of: str
    own: int
    record: str
    code: int
    rule: DuplicateRule
    score: int

    def told(self, locale: str) -> dict[str, Any]:
        """As callers are told it; which record it is, the read-back fills in."""
        named = {"rule": self.rule.name, "label": self.rule.label.text(locale)}
        message = self.rule.message.text(locale)
        return {"of": self.of, "id": self.record, **named, "message": message, "score": self.score}


class Looked(NamedTuple):
    """A written record whose duplicates are looked for, by one rule; `number` is its place among those written."""

    number: int
    draft: Draft
    matcher: Matcher
    keys: Keys
    handling: DuplicateHandling


# --- keys --------------------------------------------------------------------------------------------------------


async def keep_keys(unit: Unit, found: RecordType, written: Iterable[tuple[Row | None, Row]]) -> None:
    """Keep the keys of records of one type as they were written: (the record before, its new values)."""
    every = keepers(unit.tables).get(found.name)
    if not every:
        return
    rows: list[KeyRow] = []
    gone: dict[str, set[int]] = {}
    for before, values in written:
        id = (before or values)["id"]
        for matcher in every:
            if before is not None and matcher.names.isdisjoint(values):
                continue
            keys = matcher.keys(values.get if before is None else {**before, **values}.get)
            if before is not None:
                if keys == matcher.keys(before.get):
                    continue
                gone.setdefault(id, set()).add(matcher.scope)
            unit.matched[id, matcher.scope] = keys, found.code
            rows += rows_of(id, matcher, keys)
    if gone:
        scopes = {scope for some in gone.values() for scope in some}
        whole = all(some == scopes for some in gone.values())
        for ids, some in [(gone, scopes)] if whole else [({id: None}, each) for id, each in gone.items()]:
            await drop_keys(unit.transaction, unit.database_name, ids, some)
    await add_keys(unit.transaction, unit.database_name, rows)


def rows_of(id: str, matcher: Matcher, keys: Keys) -> Iterator[KeyRow]:
    for key in keys.keys:
        yield KeyRow(key, id, matcher.scope, keys.texts)


async def forget_keys(unit: Unit, found: RecordType, ids: Iterable[str]) -> None:
    """Records of one type go, and so do their keys; pairs with them are settled."""
    if matchers(unit.tables).get(found.name):
        gone = list(ids)
        await drop_keys(unit.transaction, unit.database_name, gone)
        await Scans(unit.transaction, unit.database_name).settle_pairs_of(gone)


# --- looking -----------------------------------------------------------------------------------------------------


async def match(unit: Unit, written: Sequence[Draft]) -> None:
    """Refuse what is a duplicate where its rule refuses it, all of it at once; note where it only warns.

    One statement finds them; where some are refused, one more lets those wait who write the like at the same time.
    """
    if not unit.matched:
        return
    matched, unit.matched = unit.matched, {}
    looked = list(to_look(unit, written, matched))
    if not looked:
        return
    refusing = {k for each in looked if each.handling is REFUSE for k in each.keys.keys}
    if refusing:
        await take_turns(unit.transaction, unit.database_name, refusing)
    by_key = written_together(matched)
    wanted = {k for each in looked for k in each.keys.keys}
    mine = {id for id, _ in matched}
    for holder in await holders(unit.transaction, unit.database_name, wanted, mine):
        by_key.setdefault(holder.key, []).append(holder)
    if not by_key:
        return
    places = {each.draft.id: each.number for each in looked}
    met = by_key.keys()
    near = [each for each in looked if not met.isdisjoint(each.keys.keys)]
    found = [pair for each in near for pair in pairs(each, by_key, places)]
    if found:
        await settle_found(unit, await told_of(unit, found))


REFUSE, ALLOW = DuplicateHandling.REFUSE, DuplicateHandling.ALLOW
Pair = tuple[Looked, Duplicate]
Matched = Mapping[tuple[str, int], tuple[Keys, int]]


def mode(unit: Unit, rule: DuplicateRule, draft: Draft) -> DuplicateHandling:
    """What is done about duplicates by a rule: what the request says, else the rule, else the installation."""
    said = unit.handlings.get(draft.path[0]) if unit.handlings and draft.path else unit.handling
    return said or rule.mode or unit.handling_else


def to_look(unit: Unit, written: Sequence[Draft], matched: Matched) -> Iterator[Looked]:
    """What is to be looked for: of records whose keys are new, by the rules of their type."""
    every = matchers(unit.tables)
    own: dict[str, list[Matcher]] = {}
    for number, draft in enumerate(written):
        name = draft.traits.type.name
        if name not in own:
            own[name] = [m for m in every.get(name, ()) if m.own and is_open(unit, m)]
        for matcher in own[name]:
            keys, _ = matched.get((draft.id, matcher.scope), NOTHING)
            if keys.keys and (handling := mode(unit, matcher.rule, draft)) is not ALLOW:
                yield Looked(number, draft, matcher, keys, handling)


def written_together(matched: Matched) -> dict[int, list[Holder]]:
    """The records of a write that have keys in common."""
    first: dict[int, Holder] = {}
    found: dict[int, list[Holder]] = {}
    for (id, _), (keys, code) in matched.items():
        for key in keys.keys:
            if key in first:
                found.setdefault(key, [first[key]]).append(Holder(key, id, code, keys.texts))
            else:
                first[key] = Holder(key, id, code, keys.texts)
    return found


def is_open(unit: Unit, matcher: Matcher) -> bool:
    """Whether the caller may read all that a rule compares: what is alike would tell what they may not read."""
    policy, registry = policy_of(unit), unit.registry
    if policy.unlimited:
        return True
    theirs = registry.by_code[matcher.target].by_name
    others = [theirs[n] for c in matcher.rule.conditions for n in c.others or c.fields]
    return all(is_readable(policy, f) for f in (*others, *matcher.fields))


def pairs(looked: Looked, by_key: Mapping[int, Sequence[Holder]], places: Mapping[str, int]) -> Iterator[Pair]:
    """The duplicates of a record; of two that are written together the later one is the duplicate."""
    draft, matcher, number = looked.draft, looked.matcher, looked.number
    target, own, texts = matcher.target, draft.traits.type.code, looked.keys.texts
    seen, count = {draft.id}, 0
    for key in looked.keys.keys:
        others = [
            each
            for each in by_key.get(key, ())
            if each.code == target and each.id not in seen and places.get(each.id, -1) <= number
        ]
        seen.update(each.id for each in others)
        for each, score in matcher.scores(texts, others):
            count += 1
            if count <= MOST_TOLD:
                yield looked, Duplicate(draft.id, own, each.id, each.code, matcher.rule, score)


async def told_of(unit: Unit, found: Sequence[Pair]) -> list[Pair]:
    """Without those that the caller may not see, and those that somebody said are none."""
    wanted: Wanted = {}
    for _, each in found:
        wanted.setdefault((unit.registry.by_code[each.code].name, Privilege.READ), set()).add(each.record)
    seen = {id for some in (await held(unit, wanted)).values() for id in some}
    changed = {looked.draft.id for looked, _ in found if looked.draft.row is not None}
    none = await dismissed(unit.transaction, unit.database_name, changed) if changed else set()
    return [(look, each) for look, each in found if each.record in seen and (each.of, each.record) not in none]


async def settle_found(unit: Unit, found: Sequence[Pair]) -> None:
    refused = [(look, each) for look, each in found if look.handling is REFUSE]
    if refused:
        problems = {(p.path, p.rule): p for p in (problem(look, each) for look, each in refused)}
        raise DuplicateFound(list(problems.values()), await shown(unit, [each for _, each in refused]))
    unit.duplicates += [each for _, each in found]


def problem(looked: Looked, duplicate: Duplicate) -> InputProblem:
    """The fault of an input: it stands at the first field that the rule compares and the input gives."""
    draft, rule = looked.draft, duplicate.rule
    about = next((f for f in looked.matcher.fields if draft.values.get(f.name) is not None), None)
    path = draft.path if about is None else draft.places.get(about.name) or (*draft.path, about.api_name)
    return InputProblem(path, "DUPLICATE_FOUND", "duplicate_found", {"message": rule.message}, rule.name)


async def shown(unit: Unit, found: Sequence[Duplicate]) -> list[dict[str, Any]]:
    """What a refusal tells of the records that are there already, each once by each rule."""
    by_type: dict[int, set[str]] = {}
    for each in found:
        by_type.setdefault(each.code, set()).add(each.record)
    names: dict[str, str | None] = {}
    for code, ids in by_type.items():
        names |= await titles(unit.transaction, unit.database_name, unit.registry.by_code[code], ids)
    once = {(each.record, each.rule.name): each for each in found}
    return [
        {"id": e.record, "type": unit.registry.by_code[e.code].api_name, "displayName": names.get(e.record)}
        | {"rule": e.rule.name, "score": e.score}
        for e in once.values()
    ]


async def keep_pairs(unit: Unit, source: str, found: Iterable[Duplicate]) -> None:
    """Note duplicates that were written all the same among the pairs that people look at."""
    by_type: dict[int, list[PairRow]] = {}
    for each in found:
        pair = PairRow(new_id(), (each.record, each.code), (each.of, each.own), each.rule.name, each.score)
        by_type.setdefault(each.own, []).append(pair)
    scans = Scans(unit.transaction, unit.database_name)
    for code, pairs in by_type.items():
        once = {(p.record[0], p.other[0]): p for p in pairs}
        await scans.keep(source, code, list(once.values()), unit.caller.now)
