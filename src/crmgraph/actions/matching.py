"""Duplicate rules at work: of each record type's records, the keys that two records share if they may be duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import product
from typing import Any, NamedTuple

import orjson

from crmgraph.actions.traits import STATE
from crmgraph.metadata.duplicates import Condition, DuplicateMethod, DuplicateRule
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.likeness import digits, domain, folded, similarity, telling, trigrams, words_of
from crmgraph.sql.matches import Holder
from crmgraph.sql.tables import Tables

FORM = 1  # of the keys: whoever makes them otherwise counts up, and they are built anew
WIDE = frozenset({FieldType.BOOLEAN, FieldType.CHOICE})  # of which many records have the same value
SHORT = 3  # characters: fewer are the first ones of too many texts
MOST_KEYS = 64  # of one record by one rule
LARGEST = 2**63 - 1
WHOLE = 100  # percent
SEPARATOR, BETWEEN = "\x1f", "\x1e"  # of what is compared; of conditions in kept texts
Value = Callable[[str], Any]
Form = Callable[[Any], str]


class Keys(NamedTuple):
    """Two records with a key in common are duplicates, if their `texts` (of each similar condition) are similar."""

    keys: tuple[int, ...] = ()
    texts: str | None = None


NO_KEYS = Keys()


@dataclass(frozen=True, slots=True)
class Part:
    """One condition as records of a type take part in it: what makes the form of each field that is compared."""

    condition: Condition
    forms: tuple[tuple[str, Form], ...]
    similar: bool

    def found(self, value: Value) -> list[str]:
        """What there is to compare."""
        if len(self.forms) == 1:
            name, make = self.forms[0]
            form = "" if (given := value(name)) is None else make(given)
            return [form] if form else []
        made = (make(given) for name, make in self.forms if (given := value(name)) is not None)
        return list(dict.fromkeys(form for form in made if form))


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """A rule, and how records of one type take part in it. `scope` stands for all that makes its keys.

    `own`: they are of the rule's own type, so that writing them is checked; `target`: the code of the type with whose
    records they are compared. `active`: the state in which they count, None for any. `narrow`: few records share what
    is compared beside similar texts, so that these need no keys of their own.
    """

    rule: DuplicateRule
    type: RecordType
    scope: int
    parts: tuple[Part, ...]
    own: bool
    target: int
    active: int | None
    narrow: bool
    names: frozenset[str]
    digest: Callable[[str], int]
    single: tuple[tuple[str, Form, bool], ...] | None  # of a rule that makes one key: field, form, whether similar
    alone: int | None  # the threshold of its only similar condition, of one field on either side

    @property
    def fields(self) -> list[Field]:
        """What is compared, in the order of the conditions."""
        return [self.type.by_name[name] for part in self.parts for name, _ in part.forms]

    def keys(self, value: Value) -> Keys:
        """The keys of a record, by its values."""
        if self.active is not None and value(STATE) != self.active:
            return NO_KEYS
        if self.single is not None:
            return self.one_key(value, self.single)
        plain: list[list[str]] = []
        texts: list[list[str]] = []
        for part in self.parts:
            found = part.found(value)
            if not found:
                if not self.rule.blank_matches:
                    return NO_KEYS
                found = [""]
            (texts if part.similar else plain).append(found)
        heads = [SEPARATOR.join(choice) for choice in product(*plain)]
        if not texts:
            return Keys(tuple(map(self.digest, heads[:MOST_KEYS])))
        if not self.narrow:
            threshold = next(c.threshold for c in self.rule.conditions if c.threshold is not None)
            tails = dict.fromkeys(t for text in texts[0] for t in (telling(text, threshold) if text else ("",)))
            heads = [f"{head}{SEPARATOR}{tail}" for head in heads for tail in tails]
        return Keys(tuple(map(self.digest, heads[:MOST_KEYS])), BETWEEN.join(map(SEPARATOR.join, texts)))

    def one_key(self, value: Value, single: Sequence[tuple[str, Form, bool]]) -> Keys:
        """The same of a rule that compares one field by each condition."""
        plain: list[str] = []
        texts: list[str] = []
        for name, make, similar in single:
            given = value(name)
            form = "" if given is None else make(given)
            if not form and not self.rule.blank_matches:
                return NO_KEYS
            (texts if similar else plain).append(form)
        return Keys((self.digest(SEPARATOR.join(plain)),), BETWEEN.join(texts) if texts else None)

    def scores(self, mine: str | None, others: Sequence[Holder]) -> Iterator[tuple[Holder, int]]:
        """Of records that share a key with one, those that are its duplicates, and how alike they are in percent."""
        least = self.alone
        if least is None or mine is None:
            yield from ((each, score) for each in others if (score := self.score(mine, each.texts)))
            return
        own = trigrams(mine)
        size = len(own)
        for each in others:  # as `similarity`, without a call for each of many
            theirs = trigrams(each.texts or "")
            shared, whole = len(own & theirs), size + len(theirs)
            if each.texts == mine:
                yield each, WHOLE
            elif shared * WHOLE >= (whole - shared) * least:
                yield each, shared * WHOLE // (whole - shared)

    def score(self, mine: str | None, theirs: str | None) -> int:
        """How alike two records are that share a key, in percent; 0 if they are no duplicates."""
        if mine is None or theirs is None:
            return 100
        if self.alone is not None:
            found = similarity(mine, theirs, self.alone)
            return found if found >= self.alone else 0
        lowest = 100
        similar = [part.condition.threshold or 0 for part in self.parts if part.similar]
        for threshold, some, others in zip(similar, parsed(mine), parsed(theirs), strict=True):
            best = max(similarity(a, b, threshold) for a in some for b in others)
            if best < threshold:
                return 0
            lowest = min(lowest, best)
        return lowest


@lru_cache(20_000)
def parsed(texts: str) -> tuple[tuple[str, ...], ...]:
    """The texts of each similar condition."""
    return tuple(tuple(each.split(SEPARATOR)) for each in texts.split(BETWEEN))


# --- forms -------------------------------------------------------------------------------------------------------


def form_of(condition: Condition, field: Field) -> Form:
    """What makes the form in which a condition compares a field's values; empty where there is nothing to compare."""
    if field.type is FieldType.LOOKUP:
        return id_of
    if field.type is not FieldType.TEXT:
        return str
    match condition.method:
        case DuplicateMethod.EXACT:
            return str.strip
        case DuplicateMethod.FOLDED:
            return folded
        case DuplicateMethod.FIRST:
            return partial(first, length=condition.length or 0)
        case DuplicateMethod.DOMAIN:
            return domain
        case DuplicateMethod.DIGITS:
            return partial(digits, length=condition.length or 0)
        case DuplicateMethod.SIMILAR:
            return words_of


def id_of(value: Mapping[str, Any]) -> str:
    return str(value["id"])


def first(text: str, length: int) -> str:
    return folded(text)[:length]


# --- matchers ----------------------------------------------------------------------------------------------------


def matchers(tables: Tables) -> Mapping[str, tuple[Matcher, ...]]:
    """The matchers of each record type that has any: what is retired takes no part."""
    return tables.cached("matchers", lambda: matchers_of(tables.living))


def keepers(tables: Tables) -> Mapping[str, tuple[Matcher, ...]]:
    """The same, one for each kind of keys: several rules may compare the same."""

    def make() -> dict[str, tuple[Matcher, ...]]:
        return {name: tuple({m.scope: m for m in every}.values()) for name, every in matchers(tables).items()}

    return tables.cached("keepers", make)


def matchers_of(registry: Registry) -> dict[str, tuple[Matcher, ...]]:
    found: dict[str, list[Matcher]] = {}
    for owner in registry.types.values():
        for rule in owner.duplicates:
            for each in of_rule(registry, owner, rule):
                found.setdefault(each.type.name, []).append(each)
    return {name: tuple(each) for name, each in found.items()}


def of_rule(registry: Registry, owner: RecordType, rule: DuplicateRule) -> Iterator[Matcher]:
    """How a rule's own records take part, and those of another type with which it compares them."""
    other = registry.type(rule.other) if rule.other else owner
    mine = [c.fields for c in rule.conditions]
    theirs = [c.others or c.fields for c in rule.conditions]
    scope = scope_of(other, rule, [mine, theirs])
    yield matcher(registry, rule, owner, (scope, mine), (True, other.code))
    if other is not owner:
        yield matcher(registry, rule, other, (scope, theirs), (False, owner.code))


def matcher(
    registry: Registry,
    rule: DuplicateRule,
    found: RecordType,
    compares: tuple[int, Sequence[tuple[str, ...]]],
    side: tuple[bool, int],
) -> Matcher:
    scope, names = compares
    states = registry.states(found) if rule.active_only else ()
    fields = [tuple(found.by_name[n] for n in some) for some in names]
    parts = tuple(
        Part(c, tuple((f.name, form_of(c, f)) for f in some), c.method is DuplicateMethod.SIMILAR)
        for c, some in zip(rule.conditions, fields, strict=True)
    )
    needed = frozenset({n for some in names for n in some} | ({STATE} if states else set()))
    narrow = any(map(narrows, rule.conditions, fields))
    active = states[0].code if states else None
    made = partial(digest, hasher(scope))
    similar = [c.threshold for c in rule.conditions if c.method is DuplicateMethod.SIMILAR]
    each_one = all(len(c.fields) == 1 and len(c.others) <= 1 for c in rule.conditions)
    single = tuple((*p.forms[0], p.similar) for p in parts) if each_one and (narrow or not similar) else None
    alone = similar[0] if each_one and len(similar) == 1 else None
    return Matcher(rule, found, scope, parts, *side, active, narrow, needed, made, single, alone)


def narrows(condition: Condition, fields: tuple[Field, ...]) -> bool:
    """Whether few records are alike by a condition. A domain may be that of everybody's mailbox."""
    if condition.method in (DuplicateMethod.SIMILAR, DuplicateMethod.DOMAIN):
        return False
    if condition.method is DuplicateMethod.FIRST and (condition.length or 0) < SHORT:
        return False
    return all(f.type not in WIDE for f in fields)


def scope_of(other: RecordType, rule: DuplicateRule, fields: Sequence[Sequence[tuple[str, ...]]]) -> int:
    """A number for what a rule compares: one that is changed there has other keys, rules that compare the same share
    them.
    """
    conditions = [[c.method.value, c.length, c.threshold] for c in rule.conditions]
    told = [FORM, other.name, rule.active_only, rule.blank_matches, conditions, fields]
    return digest(blake2b(digest_size=8), orjson.dumps(told).decode())


def hasher(scope: int) -> Any:
    """What has taken in a rule's number."""
    return blake2b(scope.to_bytes(8, "big"), digest_size=8)


def digest(begun: Any, text: str) -> int:
    """A number for a text under a rule. That two texts have the same is as good as impossible: one of 2⁶³."""
    made = begun.copy()
    made.update(text.encode(errors="replace"))
    return int.from_bytes(made.digest(), "big") & LARGEST
