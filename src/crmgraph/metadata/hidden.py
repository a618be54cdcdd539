"""What a package says and nobody sees: the places at which layers above it say something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.model import Layer, Model, Raw, State, layered, over
from crmgraph.metadata.upgrades import Place, meant, said

FOLLOWING = frozenset({"former_names", "inverse_former_names", "retired_names"})  # lists that publishing adds to


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place of a package's file at which a layer above it says something else.

    `stands` is what is in force there; None: the layer took it away, or retired it.
    """

    place: Place
    package: str
    said: Any
    stands: Any

    @property
    def name(self) -> str:
        return ".".join(self.place)


def hidden_places(shipped: Model, state: State, wanted: Layer) -> Iterator[Hidden]:
    """All places of a package's file that the layers above the package's own hide, each with the one that does."""
    names = [x.name for x in state.layers]
    at = names.index(wanted.name) + 1 if wanted.name in names else len(names)
    below = layered(shipped, state.layers[:at])
    for kind, documents in wanted.content.items():
        for name, document in documents.items():
            above = [(x.name, found) for x in state.layers[at:] if (found := x.content.get(kind, {}).get(name))]
            if above:
                stood = below.element(kind, name)
                yield from hidden_in(({kind: {name: document}}, {kind: {name: stood}}), above, (kind, name))


def hidden_in(both: tuple[Raw, Raw], above: list[tuple[str, Raw]], at: tuple[str, str]) -> Iterator[Hidden]:
    """The places of one document that are hidden: `both` are what a file says there, and what that made of it."""
    (kind, name), (says, below) = at, both
    mine = {place: value for place, value in said(says) if place[-1] not in FOLLOWING}
    hides: dict[Place, str] = {}
    now = below
    for package, document in above:
        then, now = now, {kind: {name: over(now[kind][name], document)}}
        hides |= {p: package for p, value in mine.items() if standing(then, p, value) != standing(now, p, value)}
    found: dict[Place, Hidden] = {}
    for place, package in hides.items():
        value = mine[place]
        before, (reached, after) = standing(below, place, value), standing(now, place, value)
        if after != value and before != (reached, after):
            found.setdefault(reached, Hidden(reached, package, value, after))
    yield from found.values()


def standing(document: Raw, place: Place, mine: Any) -> tuple[Place, Any]:
    """What stands at a place, as far as the place goes: what is taken away or retired around it ends it."""
    found: Any = document
    for i, name in enumerate(place, 1):
        if not isinstance(found, Mapping) or name not in found:
            return place[:i], None
        found = found[name]
        if isinstance(found, Mapping) and found.get("retired"):
            return place[:i], None
    return place, meant(found, place, mine)
