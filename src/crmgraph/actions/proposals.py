"""What a change-set would make of the metadata: state + changes → documents → registry → tables, all of it pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmgraph.actions.naming import Warning, keep_names, reused_names
from crmgraph.errors import InputProblem, MetadataError, WriteRefused
from crmgraph.metadata.bench import Bench, Refused
from crmgraph.metadata.changes import Change, differences, impossible, is_additive
from crmgraph.metadata.model import LOCAL, Layer, Model, Raw, State, based, layered, leaves, registry_of
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.vocabulary import Command, apply_all, command_from_words
from crmgraph.sql.ddl import Ddl, ddl
from crmgraph.sql.rowchecks import RowCheck, lost_checks, row_checks
from crmgraph.sql.tables import Tables, build_tables

Place = tuple[str, ...]
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change-set would make of the metadata, before anything is written.

    `touched`: the values at all places of the package that differ, before and after; None where nothing stands.
    """

    before: State
    after: State
    old: Tables
    new: Tables
    changes: Sequence[Change]
    ddl: Ddl
    checks: Sequence[RowCheck]
    losses: Sequence[RowCheck]
    touched: Mapping[Place, tuple[Any, Any]]
    warnings: Sequence[Warning] = ()

    @property
    def is_empty(self) -> bool:
        return not self.touched

    @property
    def answers_from(self) -> int | None:
        """The revision of before if everything of before is answered as before."""
        return self.before.revision if is_additive(self.old.registry, self.new.registry) else None


@dataclass(frozen=True, slots=True)
class Ground:
    """What proposals stand on: what ships, the state in force with its tables, and the kind of database."""

    shipped: Model
    state: State
    tables: Tables
    database_name: str


def propose(ground: Ground, package: str, changes: Iterable[Raw | Command]) -> Proposal:
    """What changes would make of a state; `WriteRefused` with every fault that can be told without looking at rows."""
    bench = Bench(ground.shipped, ground.state, package)
    commands: list[Command] = []
    problems: list[InputProblem] = []
    for i, each in enumerate(changes):
        try:
            made = command_from_words(each, ("changes", i)) if isinstance(each, Mapping) else each
            commands.append(made)
        except Refused as refused:
            problems.append(refused.problem)
    problems += apply_all(bench, commands)
    if problems:
        raise WriteRefused(problems)
    return proposed(
        ground, ground.state.having(bench.drafted, ground.state.revision), frozenset(map(tuple, bench.dropped))
    )


def proposed(ground: Ground, after: State, dropped: frozenset[Place] = frozenset()) -> Proposal:
    """What another set of layers would make of a state; `dropped` are those whose data its author gives up."""
    before, old = ground.state, ground.tables
    after, registry = settled(ground, after)
    if problems := impossible(old.registry, registry):
        raise WriteRefused(problems)
    try:
        new = build_tables(registry)
    except MetadataError as error:
        raise invalid(error) from error
    return Proposal(
        before,
        after,
        old,
        new,
        differences(old.registry, registry),
        ddl(old, new, ground.database_name),
        row_checks(old, new, ground.database_name),
        lost_checks(old, new, ground.database_name, dropped),
        touched_places(before, after),
        reused_names(old.registry, registry, layered(ground.shipped, before.layers)),
    )


def settled(ground: Ground, after: State) -> tuple[State, Registry]:
    """The state with what follows from its changes: names of before that go on answering, what its layers found."""
    revision = ground.state.revision + 1
    try:
        registry = registry_of(layered(ground.shipped, after.layers), revision)
        kept = keep_names(ground.tables.registry, registry, layered(ground.shipped, after.layers))
        if kept:
            bench = Bench(ground.shipped, after, LOCAL)
            for kind, name, patch in kept:
                bench.patch(kind, name, patch)
            after = after.having(bench.drafted, revision)
            registry = registry_of(layered(ground.shipped, after.layers), revision)
    except MetadataError as error:
        raise invalid(error) from error
    layers = tuple(with_base(ground, layer) for layer in after.layers)
    return State(revision, layers), registry


def with_base(ground: Ground, layer: Layer) -> Layer:
    """A layer with what it found; what it found before stays where it says the same as before."""
    was = ground.state.layer(layer.name)
    if was.content is layer.content or was.content == layer.content:
        return layer
    base: dict[str, dict[str, Any]] = {}
    for kind, documents in layer.content.items():
        for name, document in documents.items():
            old = was.base.get(kind, {}).get(name)
            if document is not was.content.get(kind, {}).get(name):
                fresh = leaves(based({kind: {name: document}}, ground.shipped).get(kind, {}).get(name, {}))
                old = nested(fresh | {p: v for p, v in leaves(old or {}).items() if p in fresh})
            if old:
                base.setdefault(kind, {})[name] = old
    return replace(layer, base=base)


def nested(values: Mapping[Place, Any]) -> dict[str, Any]:
    """Values by their places → one document."""
    result: dict[str, Any] = {}
    for place, value in values.items():
        at = result
        for key in place[:-1]:
            at = at.setdefault(key, {})
        if place:
            at[place[-1]] = value
    return result


def invalid(error: MetadataError) -> WriteRefused:
    """A definition that does not hold together, as a refusal."""
    key, data = getattr(error, "key", None), getattr(error, "data", None)
    if key:
        return WriteRefused([InputProblem(("changes",), "INVALID_DEFINITION", key, data or {})])
    return WriteRefused([InputProblem(("changes",), "INVALID_DEFINITION", "customize_invalid", {"reason": str(error)})])


def touched_places(before: State, after: State) -> dict[Place, tuple[Any, Any]]:
    """The places at which layers differ, by package, with the values of before and after."""
    found: dict[Place, tuple[Any, Any]] = {}
    for name in dict.fromkeys([x.name for x in (*before.layers, *after.layers)]):
        was, now = before.layer(name), after.layer(name)
        if was.content is now.content and was.about is now.about:
            continue
        found |= differing(was.content, now.content, (name,))
        found |= differing(was.about, now.about, (name, "package"))
    return found


def differing(was: Any, now: Any, place: Place) -> dict[Place, tuple[Any, Any]]:
    """The places at which two documents differ; what is the same object is not looked into."""
    if was is now:
        return {}
    if isinstance(was, Mapping) and isinstance(now, Mapping) and was and now:
        found: dict[Place, tuple[Any, Any]] = {}
        for key in dict.fromkeys([*was, *now]):
            found |= differing(was.get(key, ABSENT), now.get(key, ABSENT), (*place, key))
        return found
    one = {} if was is ABSENT else leaves(was, place)
    other = {} if now is ABSENT else leaves(now, place)
    places = (p for p in dict.fromkeys([*one, *other]) if one.get(p, ABSENT) != other.get(p, ABSENT))
    return {p: (one.get(p), other.get(p)) for p in places}
