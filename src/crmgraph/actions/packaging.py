"""Packages applied and removed: a file's layer over a state → what it would make of the metadata, or why it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from crmgraph.actions.naming import Caution
from crmgraph.actions.proposals import Ground, Proposal, propose, proposed
from crmgraph.errors import InputProblem, WriteRefused, faults_placed
from crmgraph.metadata.api_names import RESERVED_TYPES
from crmgraph.metadata.bench import FIRST_TYPE, LONGEST
from crmgraph.metadata.bench import NAME as STORAGE_NAME
from crmgraph.metadata.hidden import hidden_places
from crmgraph.metadata.model import CHOICES, LOCAL, TYPES, Layer, Model, Raw, State, layered
from crmgraph.metadata.packages import (
    PACKAGE,
    PREFIX,
    REQUIRES,
    VERSION,
    arranged,
    becoming,
    installed,
    package_from_toml,
    problem,
    satisfies,
    version_of,
)
from crmgraph.metadata.parsing import similar
from crmgraph.metadata.shapes import REMOVED, Place

LONGEST_VALUE = 120  # characters in a warning
PARTS = ("fields", "rules", "views", "duplicates")  # of a record type: what has a name with the package's mark


def propose_package(ground: Ground, wanted: Layer, *, downgrade: bool = False) -> Proposal:
    """What applying a package would make of a state; `WriteRefused` with every fault, by its place in the file."""
    state = ground.state
    problems = [*requirement_problems(wanted, state, downgrade), *name_problems(ground, wanted)]
    if problems:
        raise WriteRefused(problems)
    was = state.layer(wanted.name)
    placed = arranged(state.having(replace(was, about=wanted.about), state.revision))
    beneath = beneath_of(ground.shipped, placed, wanted.name)
    codes = count(max([FIRST_TYPE - 1, *(d["code"] for d in layered(ground.shipped, state.layers).types.values())]) + 1)
    made = at_places(ground, placed.having(becoming(was, wanted, beneath, codes), state.revision))
    return replace(made, warnings=(*made.warnings, *hidden_warnings(ground, made.after, wanted)))


def proposal_of(ground: Ground, package: str, changes: Sequence[Raw]) -> Proposal:
    """What a draft would make of a state: its changes one after the other, or the package that it applies."""
    match changes:
        case [{"apply_package": {"content": str(text), "downgrade": bool(downgrade)}}]:
            with faults_placed(lambda path: ("changes", 0, "apply_package", *path)):
                return propose_package(ground, package_from_toml(text), downgrade=downgrade)
    return propose(ground, package, changes)


def propose_removal(ground: Ground, name: str) -> Proposal:
    """What removing a package would make of a state: what it brought is retired, what it changed falls back."""
    state, known = ground.state, installed(ground.state)
    if name not in known:
        hint = similar(name, known)
        raise WriteRefused(
            [InputProblem(("name",), "UNKNOWN_PACKAGE", "package_unknown", {"name": name, "hint": hint})]
        )
    if others := [n for n, x in known.items() if name in x.about.get(REQUIRES, ()) and n != name]:
        told = {"name": name, "others": ", ".join(others)}
        raise WriteRefused([InputProblem(("name",), "PACKAGE_REQUIRED", "package_required_by", told)])
    was = known[name]
    left = becoming(was, Layer(name), beneath_of(ground.shipped, state, name), count(FIRST_TYPE))
    if not left.content:
        return at_places(ground, state.without(name))
    return at_places(ground, state.having(replace(left, about={**was.about, REMOVED: True}), state.revision))


def at_places(ground: Ground, after: State) -> Proposal:
    """`proposed`, with faults at their places in a package's file."""
    with faults_placed(lambda path: ("content", *path[1:]) if path[:1] == ("changes",) else path):
        return proposed(ground, after)


def beneath_of(shipped: Model, state: State, name: str) -> Model:
    """The documents over which a layer lies."""
    names = [x.name for x in state.layers]
    if name in names:
        return layered(shipped, state.layers[: names.index(name)])
    return layered(shipped, (x for x in state.layers if x.name != LOCAL))


# --- what is required -------------------------------------------------------------------------------------------------


def requirement_problems(wanted: Layer, state: State, downgrade: bool) -> Iterator[InputProblem]:
    """What the database lacks for a package, or has that forbids it."""
    known = installed(state)
    for name, versions in wanted.about.get(REQUIRES, {}).items():
        place, told = (PACKAGE, REQUIRES, name), {"name": name, "wanted": versions}
        if name not in known:
            yield problem(place, "PACKAGE_MISSING", "package_missing", **told)
        elif not satisfies(has := known[name].about[VERSION], versions):
            yield problem(place, "PACKAGE_VERSION", "package_other_version", **told, version=has)
        elif wanted.name in requirements(known, name):
            yield problem(place, "PACKAGE_CIRCLE", "package_circle", **told)
    if wanted.name == LOCAL:
        return
    before = state.layer(wanted.name).about
    if before.get(PREFIX, wanted.about[PREFIX]) != wanted.about[PREFIX]:
        yield problem((PACKAGE, PREFIX), "PREFIX_CHANGED", "package_prefix_changed", prefix=before[PREFIX])
    mine = known.get(wanted.name)
    older = mine is not None and version_of(wanted.about[VERSION]) < version_of(mine.about[VERSION])
    if mine is not None and older and not downgrade:
        told = {"version": wanted.about[VERSION], "installed": mine.about[VERSION]}
        yield problem((PACKAGE, VERSION), "OLDER_VERSION", "package_older", **told)
    for name, other in known.items():
        versions = other.about.get(REQUIRES, {}).get(wanted.name)
        if versions is not None and not satisfies(wanted.about[VERSION], versions):
            told = {"name": name, "wanted": versions}
            yield problem((PACKAGE, VERSION), "PACKAGE_VERSION", "package_wanted_otherwise", **told)


def requirements(known: Mapping[str, Layer], name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """A package with all that it requires, directly or not."""
    for each in (name, *known[name].about.get(REQUIRES, ())) if name in known else (name,):
        if each not in seen:
            seen |= {each}
            seen = requirements(known, each, seen) if each != name else seen
    return seen


def hidden_warnings(ground: Ground, after: State, wanted: Layer) -> Iterator[Caution]:
    """Where what a package's file says does not come into force, as somebody else has a say above it."""
    for each in hidden_places(ground.shipped, after, wanted):
        told = {"place": each.name, "by": each.package, "package": each.package}
        if each.stands is None:
            yield Caution("PACKAGE_HIDDEN", "package_hidden_gone", told, breaking=False)
        else:
            told |= {"said": brief(each.said), "stands": brief(each.stands)}
            yield Caution("PACKAGE_HIDDEN", "package_hidden", told, breaking=False)


def brief(value: Any) -> str:
    """A value of a file as a warning shows it."""
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


# --- names ------------------------------------------------------------------------------------------------------------


def name_problems(ground: Ground, wanted: Layer) -> Iterator[InputProblem]:
    """Names that the package may not give, and things of others that it may not change."""
    owners = brought(ground.shipped, ground.state)
    requires = wanted.about.get(REQUIRES, {})
    for place in places(wanted.content):
        owner = owners.get(place, "" if stands(ground.shipped, place) else wanted.name)
        if owner == wanted.name:
            yield from new_name_problems(ground, wanted, place)
        elif owner and wanted.name != LOCAL and owner not in requires:
            key = "package_taken" if owner == LOCAL else "package_not_required"
            yield problem(place, "NAME_TAKEN", key, name=place[-1], package=owner)


def new_name_problems(ground: Ground, wanted: Layer, place: Place) -> Iterator[InputProblem]:
    """What is wrong with the name of something that the package brings."""
    name, mark = place[-1], wanted.prefix
    bare = name.removeprefix(mark)
    if not name.startswith(mark):
        known = known_names(layered(ground.shipped, ground.state.layers), place)
        hint = similar(name, known)
        yield problem(place, "WRONG_MARK", "package_mark", name=name, mark=mark, hint=hint)
    elif not STORAGE_NAME.fullmatch(name) or len(name) > LONGEST:
        yield problem(place, "WRONG_NAME", "customize_wrong_name", name=name, most=LONGEST)
    elif bare in RESERVED_TYPES and len(place) == 2:
        yield problem(place, "NAME_RESERVED", "customize_name_reserved", name=name)
    inverse = part_at(wanted.content, place).get("inverse")
    if inverse and not str(inverse).startswith(mark):
        yield problem((*place, "inverse"), "WRONG_MARK", "package_mark", name=inverse, mark=mark, hint="–")


def known_names(model: Model, place: Place) -> list[str]:
    """The names beside which a name stands."""
    if len(place) == 2:
        return [*(model.types if place[0] == TYPES else model.choices)]
    return [*(model.types.get(place[1], {}).get(place[2]) or ())] if place[2] != "keys" else []


def part_at(content: Raw, place: Place) -> Raw:
    """The document of a type, field, rule …; an empty one for a key."""
    found = content
    for name in place:
        within = found.get(name)
        if not isinstance(within, Mapping):
            return {}
        found = within
    return found


def places(content: Raw) -> Iterator[Place]:
    """All types, fields, keys, rules, views and option sets of which a layer speaks, but for what it takes away."""
    for name, document in content.get(TYPES, {}).items():
        yield TYPES, name
        for table in PARTS:
            for part, said in (document.get(table) or {}).items():
                if said is not None:
                    yield TYPES, name, table, part
        yield from ((TYPES, name, "keys", k["name"]) for k in document.get("keys") or () if not k.get("removed"))
    yield from ((CHOICES, name) for name in content.get(CHOICES, {}))


def stands(shipped: Model, place: Place) -> bool:
    """Whether something ships."""
    kind, name, *part = place
    document = shipped.element(kind, name)
    if document is None or not part:
        return document is not None
    table, wanted = part
    found = document.get(table) or ()
    return wanted in ([k["name"] for k in found] if table == "keys" else found)


def brought(shipped: Model, state: State) -> dict[Place, str]:
    """Which package brought what does not ship."""
    found: dict[Place, str] = {}
    for layer in state.layers:
        for place in places(layer.content):
            if not stands(shipped, place):
                found.setdefault(place, layer.name)
    return found
