"""What ships and what administrators changed, three ways: a new version never overwrites a change, it is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crmgraph.metadata.bench import pruned
from crmgraph.metadata.model import (
    CHOICES,
    LOCAL,
    NAMED,
    TYPES,
    UNIONS,
    Layer,
    Model,
    Raw,
    State,
    layered,
    leaves,
    patched,
)

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A place that a package changed and that ships otherwise now: `was` when it was changed, `now` today.

    `mine` is what is in force. None: nothing stands there, or the package takes away what does.
    """

    package: str
    place: Place
    mine: Any
    was: Any
    now: Any

    @property
    def is_same(self) -> bool:
        """Whether both became the same, so that there is nothing to decide."""
        return bool(self.mine == self.now)

    @property
    def name(self) -> str:
        return ".".join(self.place)


def upgrade_report(shipped: Model, state: State) -> list[Upgrade]:
    """All places at which what ships now is not what it was when a package changed it."""
    return [u for layer in state.layers for u in layer_report(as_document(shipped), layer)]


def layer_report(shipped: Raw, layer: Layer) -> Iterator[Upgrade]:
    for place, mine in said(layer.content):
        was, now = (meant(value_at(document, place), place, mine) for document in (layer.base, shipped))
        if was != now:
            yield Upgrade(layer.name, place, mine, was, now)


def as_document(shipped: Model) -> Raw:
    return {TYPES: shipped.types, CHOICES: shipped.choices}


def said(content: Raw) -> Iterator[tuple[Place, Any]]:
    """What a layer says instead of others, by its places; lists to which it only adds are no such thing."""
    for place, value in leaves(content).items():
        if place and place[-1] not in UNIONS and value != {}:
            yield place, value


def value_at(document: Raw, place: Place) -> Any:
    """What stands at a place, None if nothing does."""
    found: Any = document
    for name in place:
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def meant(value: Any, place: Place, mine: Any) -> Any:
    """Of a list of things that go by their names: those that are spoken of."""
    if place[-1] not in NAMED or not isinstance(value, list) or not isinstance(mine, list):
        return value
    names = {x["name"] for x in mine}
    return [x for x in value if x["name"] in names] or None if names else value


def based_on(content: Raw, was: Layer, shipped: Model) -> dict[str, Any]:
    """What ships where a layer's content says something else; of what it said before, what had shipped then."""
    result: dict[str, dict[str, Any]] = {}
    for kind, documents in content.items():
        for name, document in documents.items():
            before, found = (value_at(d, (kind, name)) for d in (was.content, was.base))
            if document is not before:
                old = Layer(was.name, before or {}, found or {})
                found = document_based_on(document, old, shipped.element(kind, name) or {})
            if found:
                result.setdefault(kind, {})[name] = found
    return result


def document_based_on(document: Raw, was: Layer, ships: Raw) -> dict[str, Any]:
    before = leaves(was.content)
    result: dict[str, Any] = {}
    for place, value in leaves(document).items():
        again = place in before and before[place] == value
        found = value_at(was.base if again else ships, place)
        if place and found is not None and value != {}:
            result = with_value(result, place, found)
    return result


def with_value(document: Raw, place: Place, value: Any) -> dict[str, Any]:
    """A document with a value at a place."""
    name, *rest = place
    if not rest:
        return {**document, name: value}
    within = document.get(name)
    return {**document, name: with_value(within if isinstance(within, Mapping) else {}, tuple(rest), value)}


def kept(state: State, shipped: Model, upgrades: Iterable[Upgrade]) -> State:
    """The state in which the changes stay and what ships now is known to their authors."""
    for each in upgrades:
        layer = state.layer(each.package)
        state = state.having(replace(layer, base=rebased(layer, shipped, each.place)), state.revision)
    return state


def rebased(layer: Layer, shipped: Model, place: Place) -> Raw:
    now = value_at(as_document(shipped), place)
    return pruned(layer.base, place) if now is None else with_value(layer.base, place, now)


def accepted(state: State, shipped: Model, upgrades: Iterable[Upgrade]) -> State:
    """The state in which places have what ships now.

    Administrators' own changes go. What a package says stays in it, as its file does; what ships is laid over it.
    """
    beneath = as_document(layered(shipped, (x for x in state.layers if x.name != LOCAL)))
    for each in upgrades:
        layer = state.layer(each.package)
        if each.package == LOCAL:
            content = pruned(layer.content, each.place)
            base = pruned(layer.base, each.place)
            state = state.having(replace(layer, content=content, base=base), state.revision)
            continue
        state = kept(state, shipped, [each])
        own = state.layer(LOCAL)
        patch = with_value({}, each.place, listed(each))
        state = state.having(replace(own, content=patched(own.content, patch, beneath)), state.revision)
    return state


def listed(upgrade: Upgrade) -> Any:
    """What ships at a place, as a change of it; what a package added to a list that goes by names is taken away."""
    if upgrade.place[-1] in NAMED and isinstance(upgrade.mine, list):
        back = list(upgrade.now or ())
        names = {x["name"] for x in back}
        return [*back, *({"name": x["name"], "removed": True} for x in upgrade.mine if x["name"] not in names)]
    return upgrade.now
