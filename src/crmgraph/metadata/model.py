"""The documents that a registry is made from: what ships, and what packages of customizations lay over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from crmgraph.metadata.files import load
from crmgraph.metadata.reading import Reader
from crmgraph.metadata.registry import Registry, build_registry

Raw = Mapping[str, Any]
"""A document, or a part of one, in the words of the files."""
STANDARD = Path(__file__).parents[1] / "crm"  # the folder of the model that ships
TYPES, CHOICES = "types", "choices"
LOCAL = "local"  # the package of what administrators change by hand; it lies over all others
UNIONS = frozenset({"features", "interfaces", "targets"})  # lists to which layers add
NAMED = frozenset({"keys"})  # lists of tables that go by their names
WHOLE = frozenset({
    ("fields", "default"), ("fields", "rollup"), ("rules", "condition"), ("views", "where"), ("lists", "where"),
    ("warnings", "where"),
})  # fmt: skip
"""Values that are replaced as they are, tables and nulls in them too: by what they stand in and their names."""
READER = Reader()  # knows the documents of the model that was read last, no others


@dataclass(frozen=True, slots=True)
class Model:
    """Documents by name: of record types and of shared option sets."""

    types: Raw
    choices: Raw

    def element(self, kind: str, name: str) -> Raw | None:
        """The document of a record type or option set, None if there is none."""
        found: Raw | None = (self.types if kind == TYPES else self.choices).get(name)
        return found


@dataclass(frozen=True, slots=True)
class Layer:
    """What one package says: documents that are laid over those below it.

    None in `content` takes away what lower layers say. `base` has, at the places where `content` changes what ships,
    the values that shipped when the change was made. `about` is the package's own table: prefix, version, label …
    """

    name: str
    content: Raw = field(default_factory=dict)
    base: Raw = field(default_factory=dict)
    about: Raw = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What the storage names of its own types and fields begin with."""
        publisher = self.about.get("prefix", "")
        return f"x_{publisher}_" if publisher else "x_"


@dataclass(frozen=True, slots=True)
class State:
    """All that the metadata is made of: a revision, and the layers over what ships, the lowest first."""

    revision: int
    layers: tuple[Layer, ...] = ()

    def layer(self, name: str) -> Layer:
        """A package's layer; an empty one if it has none."""
        return next((x for x in self.layers if x.name == name), Layer(name))

    def having(self, layer: Layer, revision: int) -> State:
        """The state with a layer in place of the one of its name; a new one lies below the administrators' own."""
        others = [x for x in self.layers if x.name != LOCAL]
        if layer.name == LOCAL:
            return State(revision, (*others, layer))
        names = [x.name for x in others]
        others = [layer if x.name == layer.name else x for x in others] if layer.name in names else [*others, layer]
        return State(revision, (*others, *(x for x in self.layers if x.name == LOCAL)))

    def without(self, name: str) -> State:
        """The state without a layer."""
        return State(self.revision, tuple(x for x in self.layers if x.name != name))


def read_documents(folder: Path) -> Model:
    """All documents below a folder, in the order of their paths."""
    found: dict[str, dict[str, Raw]] = {TYPES: {}, CHOICES: {}}
    for path in sorted(folder.rglob("*.toml")):
        document = load(path)
        found[CHOICES if path.parent.name == CHOICES else TYPES][document["name"]] = document
    return Model(found[TYPES], found[CHOICES])


@cache
def shipped_documents(folder: Path) -> Model:
    """`read_documents`, once in a process."""
    return read_documents(folder)


def layered(shipped: Model, layers: Iterable[Layer]) -> Model:
    """What ships with the layers over it; documents that no layer mentions stay the same objects."""
    LAID.begin()
    found = {TYPES: dict(shipped.types), CHOICES: dict(shipped.choices)}
    for layer in layers:
        for kind, documents in found.items():
            for name, above in layer.content.get(kind, {}).items():
                documents[name] = LAID.over(documents.get(name), above)
    return Model(found[TYPES], found[CHOICES])


class Laid:
    """Documents that were laid over others, by what they were made of: most are the same the next time."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[Raw | None, Raw, Raw]] = {}
        self.before: dict[tuple[int, int], tuple[Raw | None, Raw, Raw]] = {}

    def begin(self) -> None:
        """What is used neither this time nor the next goes. Who else is at it meanwhile only makes more anew."""
        self.before, self.known = self.known, {}

    def over(self, below: Raw | None, above: Raw) -> Raw:
        """`over`, made once for the same two documents."""
        key = (id(below), id(above))
        found = self.known.get(key) or self.before.get(key)
        if found is None or found[0] is not below or found[1] is not above:
            found = (below, above, over(below, above))
        self.known[key] = found
        return found[2]


LAID = Laid()


def over(below: Raw | None, above: Raw) -> Raw:
    """A document with another one over it. Where a label is changed, its grammatical forms of before do not hold."""
    if below is None:
        return dict(without_nothings(above))
    if changed := {x for key in ("label", "labels") for x in above.get(key) or {}}:
        forms = {x: f for x, f in below.get("forms", {}).items() if x not in changed}
        below = {**below, "forms": forms} if "forms" in below else below
    return dict(merged(below, above))


def is_whole(path: Sequence[str]) -> bool:
    """Whether what stands at a place is one value, whatever it is made of."""
    return len(path) > 2 and (path[-3], path[-1]) in WHOLE


def merged(below: Any, above: Any, path: tuple[str, ...] = ()) -> Any:
    """Tables are merged key by key, some lists by what stands in them; all else is replaced."""
    key = path[-1] if path else ""
    if is_whole(path):
        return above
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        result = {k: v for k, v in below.items() if k not in above or above[k] is not None}
        for k, v in above.items():
            if v is not None:
                at = (*path, k)
                result[k] = merged(below[k], v, at) if k in below else without_nothings(v, at)
        return result
    if isinstance(above, list) and key in UNIONS:
        first = [below] if isinstance(below, str) else list(below)
        return [*first, *(x for x in above if x not in first)]
    if isinstance(above, list) and key in NAMED:
        again = {x["name"] for x in above}
        return [*(x for x in below if x["name"] not in again), *(x for x in above if not x.get("removed"))]
    return without_nothings(above, path)


def without_nothings(above: Any, path: tuple[str, ...] = ()) -> Any:
    """What stands over nothing: there is nothing that it could take away."""
    if is_whole(path):
        return above
    if isinstance(above, Mapping):
        return {k: without_nothings(v, (*path, k)) for k, v in above.items() if v is not None}
    if isinstance(above, list):
        return [without_nothings(x) for x in above if not (isinstance(x, Mapping) and x.get("removed"))]
    return above


def patched(content: Raw, patch: Raw, below: Any, path: tuple[str, ...] = ()) -> Raw:
    """A layer's content with a patch in it; a None that takes away nothing of the layers below goes itself."""
    result = dict(content)
    for key, value in patch.items():
        under = below.get(key) if isinstance(below, Mapping) else None
        if value is None:
            result.pop(key, None)
            if under is not None:
                result[key] = None
        elif isinstance(value, Mapping) and not is_whole((*path, key)):
            had = result.get(key)
            made = patched(had if isinstance(had, Mapping) else {}, value, under, (*path, key))
            result[key] = made
        elif isinstance(value, list) and (key in UNIONS or key in NAMED):
            result[key] = added(result.get(key), value, key)
        else:
            result[key] = value
    return result


def added(had: Any, more: Sequence[Any], key: str) -> list[Any]:
    """A list of a layer with more in it: by name, or each thing once."""
    before: list[Any] = [had] if isinstance(had, str) else list(had or ())
    if key in NAMED:
        again = {x["name"] for x in more}
        return [*(x for x in before if x["name"] not in again), *more]
    return [*before, *(x for x in more if x not in before)]


def leaves(content: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """All values of a document by their places; lists are values."""
    if isinstance(content, Mapping) and content and not is_whole(path):
        return {p: v for k, each in content.items() for p, v in leaves(each, (*path, k)).items()}
    return {path: content}


def registry_of(model: Model, revision: int = 1, before: Registry | None = None) -> Registry:
    """The registry of documents; `MetadataError` names the first fault. Only what changed is read."""
    types, shared = READER.read(model.types.values(), model.choices.values())
    return build_registry(types, shared, revision, before)
