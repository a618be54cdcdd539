"""A draft at work: documents in force, what the changes so far made of them, and how names are found in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import chain
from typing import Any, NoReturn

from crmgraph.errors import InputProblem
from crmgraph.metadata.api_names import RESERVED_TYPES
from crmgraph.metadata.model import CHOICES, TYPES, Layer, Model, Raw, State, layered, over, patched
from crmgraph.metadata.names import CUSTOM, camel, did_you_mean, pascal, public

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
API_NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
LONGEST = 50  # characters of a storage name: PostgreSQL's names have 63 bytes, and columns have endings
SYSTEM_FIELDS = (
    "created_on", "created_by", "modified_on", "modified_by", "owner", "version", "state", "status_reason", "kind",
    "exchange_rate",
)  # fmt: skip
FIRST_TYPE, FIRST_OPTION = 20_000, 100_000_000  # codes that no type or option of Dynamics has
Path = tuple[str | int, ...]


class Refused(Exception):
    """A change cannot be made; nothing of it was."""

    def __init__(self, problem: InputProblem) -> None:
        super().__init__(problem.key)
        self.problem = problem


class Bench:
    """The documents of a state with a package's changes in them, one after the other.

    `path` is where the change at work stands in the input; `model` are the documents as the changes so far leave them.
    """

    def __init__(self, shipped: Model, state: State, package: str) -> None:
        self.shipped, self.state, self.path = shipped, state, ()
        self.layer = state.layer(package)
        names = [x.name for x in state.layers]
        at = names.index(package) if package in names else len(names)
        self.below, self.above = state.layers[:at], state.layers[at + 1 :]
        self.beneath = layered(shipped, self.below)
        self.model = layered(shipped, state.layers)
        self.content: Raw = self.layer.content
        self.dropped: list[tuple[str, ...]] = []
        self.places: dict[tuple[str, ...], Path] = {}  # where in the input a type or field was changed

    path: Path

    @property
    def drafted(self) -> Layer:
        """The package's layer with the changes in it."""
        return Layer(self.layer.name, self.content, self.layer.base, self.layer.about)

    def refuse(self, code: str, key: str, *path: str | int, **data: Any) -> NoReturn:
        """Refuse the change at work; `path` leads on into its input."""
        raise Refused(InputProblem((*self.path, *path), code, key, data))

    def patch(self, kind: str, name: str, patch: Raw) -> None:
        """Put something over a document; None takes away what stands there."""
        beneath = {TYPES: self.beneath.types, CHOICES: self.beneath.choices}
        self.content = patched(self.content, {kind: {name: patch}}, beneath)
        self.places |= {(name,): self.path} | {(name, str(f)): self.path for f in patch.get("fields") or ()}
        self.settle(kind, name)

    def forget(self, kind: str, name: str, *place: str) -> None:
        """Take out all that the package itself says at a place of a document, or of the whole document."""
        self.content = pruned(self.content, (kind, name, *place))
        self.places |= {(name,): self.path, (name, *place[1:2]): self.path}
        self.settle(kind, name)

    def untarget(self, name: str, field: str, target: str) -> None:
        """Take a record type out of those that a lookup of the package may name."""
        said = self.content.get(TYPES, {}).get(name, {}).get("fields", {}).get(field, {})
        left = [t for t in said.get("targets", ()) if t != target]
        self.forget(TYPES, name, "fields", field, "targets")
        if left:
            self.patch(TYPES, name, {"fields": {field: {"targets": left}}})

    def settle(self, kind: str, name: str) -> None:
        """The document as all layers leave it."""
        contents = [x.content for x in self.below] + [self.content] + [x.content for x in self.above]
        said = [c[kind][name] for c in contents if name in c.get(kind, {})]
        ships = self.shipped.element(kind, name)
        documents = dict(self.model.types if kind == TYPES else self.model.choices)
        if ships is None and not said:
            documents.pop(name, None)
        else:
            documents[name] = reduce(lambda below, above: over(below, above), said, ships)
        types, choices = (documents, self.model.choices) if kind == TYPES else (self.model.types, documents)
        self.model = Model(types, choices)

    # --- names -------------------------------------------------------------------------------------------------------

    def candidates(self, name: str) -> tuple[str, ...]:
        """The storage names that a name may stand for."""
        return (name, self.layer.prefix + name, CUSTOM + name)

    def type(self, name: str, *path: str | int) -> str:
        """The storage name of a record type that is given by its storage name or by its API name, also a former one."""
        found = found_in(self.model.types, self.candidates(name), name, type_api_name)
        if found is None:
            hint = did_you_mean(name, [*self.model.types, *map(type_api_name, self.model.types.values())])
            self.refuse("UNKNOWN_TYPE", "customize_no_type", *(path or ("type",)), name=name, hint=hints(hint))
        return found

    def document(self, name: str) -> Raw:
        """The document of a record type by its storage name."""
        found: Raw = self.model.types[name]
        return found

    def owner(self, type_name: str, name: str, *path: str | int) -> tuple[str, str]:
        """The record type whose document has a field of a type (its own, or its base's), and the field's name."""
        document = self.document(type_name)
        holders = [type_name, *([document["base"]] if "base" in document else [])]
        fields = {h: self.document(h).get("fields", {}) for h in holders}
        found = [(h, found_in(fields[h], self.candidates(name), name, field_api_name)) for h in holders]
        holder, at = next((each for each in found if each[1] is not None), (type_name, None))
        if at is None:
            hint = hints(did_you_mean(name, [n for h in holders for n in fields[h]]))
            place = path or ("field",)
            self.refuse("UNKNOWN_FIELD", "customize_no_field", *place, name=name, type=type_name, hint=hint)
        return holder, at

    def system_field(self, type_name: str, name: str) -> str | None:
        """The name of a field that the engine makes, of which only the label may change; None for any other."""
        document = self.document(type_name)
        own = document.get("fields", {})
        return next((n for n in SYSTEM_FIELDS if name in (n, camel(n)) and n not in own), None)

    def field(self, type_name: str, name: str) -> Raw:
        """The document of a field."""
        found: Raw = self.document(type_name)["fields"][name]
        return found

    def choice(self, name: str, *path: str | int) -> str:
        """The storage name of a shared option set."""
        found = found_in(self.model.choices, self.candidates(name), name, set_api_name)
        if found is None:
            hint = hints(did_you_mean(name, self.model.choices))
            self.refuse(
                "UNKNOWN_OPTION_SET", "customize_no_option_set", *(path or ("optionSet",)), name=name, hint=hint
            )
        return found

    def new_name(self, name: str, taken: Iterable[str], *path: str | int, beside: tuple[str, ...] | None = None) -> str:
        """The storage name of something new: with the package's mark before it, and not taken.

        A type (`beside` nothing) or field (`beside` its type's name) that the same draft drops keeps its name until
        then: one of that name would look like the old one changed, with all its data.
        """
        made = name if name.startswith(CUSTOM) else self.layer.prefix + name
        if not NAME.fullmatch(made) or len(made) > LONGEST:
            self.refuse("WRONG_NAME", "customize_wrong_name", *path, name=name, most=LONGEST)
        if made in taken:
            self.refuse("NAME_TAKEN", "customize_name_taken", *path, name=made)
        if beside is not None and (*beside, made) in self.dropped:
            self.refuse("NAME_TAKEN", "customize_name_dropped", *path, name=made)
        if name in RESERVED_TYPES or public(made) in RESERVED_TYPES:
            self.refuse("NAME_RESERVED", "customize_name_reserved", *path, name=name)
        return made

    def api_name(self, name: str | None, *path: str | int) -> str | None:
        """A name for GraphQL, checked; it begins with a small letter."""
        found = self.graphql_name(name, *path)
        return found and found[:1].lower() + found[1:]

    def type_api_name(self, name: str | None, *path: str | int) -> str | None:
        """The same for a record type, which begins with a capital letter."""
        found = self.graphql_name(name, *path)
        return found and found[:1].upper() + found[1:]

    def graphql_name(self, name: str | None, *path: str | int) -> str | None:
        """A name for GraphQL as it was given, checked."""
        if name is not None and not API_NAME.fullmatch(name):
            self.refuse("WRONG_NAME", "customize_wrong_api_name", *path, name=name)
        return name

    def next_type_code(self) -> int:
        """A code that no record type has."""
        codes: list[int] = [d["code"] for d in self.model.types.values()]
        return max(FIRST_TYPE - 1, *codes) + 1

    def is_shipped(self, kind: str, name: str, *place: str) -> bool:
        """Whether something stands in what ships, so that it cannot be dropped."""
        found: Any = self.shipped.element(kind, name)
        for key in place:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found is not None


def pruned(content: Raw, place: tuple[str, ...]) -> Raw:
    """Content without what stands at a place, and without the tables that are empty then."""
    key, *rest = place
    if key not in content:
        return content
    kept = {k: v for k, v in content.items() if k != key}
    if rest and isinstance(content[key], Mapping):
        left = pruned(content[key], tuple(rest))
        if left:
            return {**content, key: left}
    return kept


def found_in(known: Mapping[str, Raw], candidates: Iterable[str], name: str, api_name: Any) -> str | None:
    """The storage name that one of the candidates is, or that has an API name, or had it: of two the later."""
    for candidate in candidates:
        if candidate in known:
            return candidate
    now = (n for n, raw in known.items() if api_name({"name": n, **raw}) == name)
    before = (n for n in reversed([*known]) if name in called_before(known[n]))
    return next(chain(now, before), None)


def called_before(raw: Raw) -> Iterator[str]:
    """The former API names of a record type's or a field's document."""
    for each in raw.get("former_names", ()):
        yield each["api_name"] if isinstance(each, Mapping) else each


def type_api_name(raw: Raw) -> str:
    """The GraphQL name of a record type's document."""
    return str(raw.get("api_name") or pascal(public(raw["name"])))


def type_api_plural(raw: Raw) -> str:
    return str(raw.get("api_plural") or camel(public(raw["plural"])))


def field_api_name(raw: Raw) -> str:
    return str(raw.get("api_name") or camel(public(raw["name"])))


def set_api_name(raw: Raw) -> str:
    return str(raw.get("api_name") or pascal(public(raw["name"])))


def hints(found: list[str]) -> str:
    """What was probably meant, for a message."""
    return ", ".join(found) or "–"
