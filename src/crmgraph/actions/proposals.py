"""What a change-set would make of the metadata: state + changes → documents → registry → tables, all of it pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from functools import partial
from typing import Any

from crmgraph.actions.naming import Caution, keep_names, reused_names
from crmgraph.actions.traits import default
from crmgraph.actions.values import Fault, clean
from crmgraph.errors import InputProblem, MetadataError, MetadataFault, WriteRefused
from crmgraph.metadata.bench import Bench, Path, Refused
from crmgraph.metadata.changes import Change, differences, impossible, is_additive
from crmgraph.metadata.model import LOCAL, Layer, Model, Raw, State, layered, leaves, registry_of
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.upgrades import based_on
from crmgraph.metadata.vocabulary import Command, apply_all, command_from_words, snake
from crmgraph.sql.ddl import Ddl, ddl
from crmgraph.sql.rowchecks import RowCheck, dropped_counts, lost_checks, row_checks
from crmgraph.sql.tables import Tables, build_tables

Place = tuple[str, ...]
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change-set would make of the metadata, before anything is written.

    `touched`: the values at all places of the package that differ, before and after; None where nothing stands.
    `commands` are what it was made from, if anything; `places` says where in the input types and fields are changed.
    """

    before: State
    after: State
    old: Tables
    new: Tables
    changes: Sequence[Change]
    ddl: Ddl
    checks: Sequence[RowCheck]
    losses: Sequence[RowCheck]
    drops: Sequence[RowCheck]
    touched: Mapping[Place, tuple[Any, Any]]
    warnings: Sequence[Caution] = ()
    package: str = LOCAL
    commands: Sequence[Command] = ()
    places: Mapping[Place, Path] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be different, not even in what layers found or how they lie."""
        return not self.touched and self.before.layers == self.after.layers

    def located(self, problem: InputProblem) -> InputProblem:
        """A problem of an element (`firm.x_rating`), at the change that brought it."""
        parts = tuple(str(p) for p in problem.path)
        while parts and parts not in self.places:
            parts = parts[:-1]
        return replace(problem, path=self.places[parts] if parts else ("changes", *problem.path))

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
            commands.append(each if is_dataclass(each) else command_from_words(each, ("changes", i)))
        except Refused as refused:
            problems.append(refused.problem)
    problems += apply_all(bench, commands)
    if problems:
        raise WriteRefused(problems)
    after = ground.state.having(bench.drafted, ground.state.revision)
    try:
        made = laid_out(ground, after, frozenset(map(tuple, bench.dropped)))
    except MetadataError as error:
        raise blamed(ground, (package, commands), error, partial(laid_out, ground)) from error
    return checked(replace(made, package=package, commands=commands, places=bench.places))


def proposed(ground: Ground, after: State, dropped: frozenset[Place] = frozenset()) -> Proposal:
    """What another set of layers would make of a state; `dropped` are those whose data its author gives up."""
    try:
        return checked(laid_out(ground, after, dropped))
    except MetadataError as error:
        raise invalid(error) from error


def checked(made: Proposal) -> Proposal:
    """A proposal that stored data can follow, or all that speaks against it."""
    if problems := [*impossible(made.old.registry, made.new.registry), *wrong_defaults(made)]:
        raise WriteRefused([made.located(p) for p in problems])
    return made


def blamed(
    ground: Ground, made: tuple[str, Sequence[Command]], error: MetadataError, holds: Callable[[State], object]
) -> WriteRefused:
    """Definitions that do not hold together, as a refusal of the first change with which they do not.

    It is found by halving: `holds` raises for a state that does not.
    """
    package, commands = made
    good, bad = 0, len(commands)
    while bad - good > 1:
        middle = (good + bad) // 2
        bench = Bench(ground.shipped, ground.state, package)
        apply_all(bench, commands[:middle])
        try:
            holds(ground.state.having(bench.drafted, ground.state.revision))
            good = middle
        except MetadataError:
            bad = middle
    path = ("changes", bad - 1, snake(type(commands[bad - 1]).__name__)) if commands else ("changes",)
    return invalid(error, path)


def wrong_defaults(made: Proposal) -> Iterator[InputProblem]:
    """Defaults that their fields would refuse if somebody wrote them."""
    for name, after in made.new.registry.types.items():
        before = made.old.registry.types.get(name)
        for about in after.fields:
            was = before.by_name.get(about.name) if before else None
            if about.default is None or about.store != name or about == was:
                continue
            try:
                clean(about, default(about))
            except (Fault, ValueError, TypeError):
                data = {"field": about.label, "value": about.default}
                yield InputProblem((name, about.name), "WRONG_DEFAULT", "customize_wrong_default", data)


def laid_out(ground: Ground, after: State, dropped: frozenset[Place] = frozenset()) -> Proposal:
    """The proposal of another set of layers; `MetadataError` if the definitions do not hold together."""
    before, old = ground.state, ground.tables
    after, registry = settled(ground, after)
    new = build_tables(registry)
    return Proposal(
        before,
        after,
        old,
        new,
        differences(old.registry, registry),
        ddl(old, new, ground.database_name),
        row_checks(old, new, ground.database_name),
        lost_checks(old, new, ground.database_name, dropped),
        dropped_counts(old, new, sorted(dropped)),
        touched_places(before, after),
        reused_names(old.registry, registry, layered(ground.shipped, before.layers)),
    )


def settled(ground: Ground, after: State) -> tuple[State, Registry]:
    """The state with what follows from its changes: names of before that go on answering, what its layers found."""
    revision = ground.state.revision + 1
    was = ground.tables.registry
    registry = registry_of(layered(ground.shipped, after.layers), revision, was)
    kept = keep_names(was, registry, layered(ground.shipped, after.layers))
    if kept:
        bench = Bench(ground.shipped, after, LOCAL)
        for kind, name, patch in kept:
            bench.patch(kind, name, patch)
        after = after.having(bench.drafted, revision)
        registry = registry_of(layered(ground.shipped, after.layers), revision, was)
    layers = tuple(with_base(ground, layer) for layer in after.layers)
    return State(revision, layers), registry


def with_base(ground: Ground, layer: Layer) -> Layer:
    """A layer with what it found; what it found before stays where it says the same as before."""
    was = ground.state.layer(layer.name)
    if was.content is layer.content or was.content == layer.content:
        return layer
    return replace(layer, base=based_on(layer.content, was, ground.shipped))


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


def invalid(error: MetadataError, path: Path = ("changes",)) -> WriteRefused:
    """A definition that does not hold together, as a refusal."""
    if isinstance(error, MetadataFault):
        return WriteRefused([InputProblem(path, error.code, error.key, error.data)])
    return WriteRefused([InputProblem(path, "INVALID_DEFINITION", "customize_invalid", {"reason": str(error)})])


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
