"""Changes of keys, rules and views; retiring, restoring and dropping: part of the vocabulary, see commands."""

from __future__ import annotations

from dataclasses import dataclass

from crmgraph.metadata.bench import NAME, Bench
from crmgraph.metadata.making import (
    own_name,
)
from crmgraph.metadata.model import TYPES, Raw
from crmgraph.metadata.words import (
    Json,
    LocalizedText,
    ViewOrder,
    only_given,
    plain,
    texts,
)


@dataclass(frozen=True, slots=True)
class AddKey:
    """Say that fields' values together name at most one record; refused while rows have the same values."""

    type: str
    name: str
    fields: list[str]

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        taken = [k["name"] for k in bench.document(name).get("keys", ())]
        made = bench.new_name(self.name, taken, "name")
        fields = [bench.owner(name, f, "fields", i)[1] for i, f in enumerate(self.fields)]
        bench.patch(TYPES, name, {"keys": [{"name": made, "fields": fields}]})


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """Take away an alternate key."""

    type: str
    name: str

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        keys = [k["name"] for k in bench.document(name).get("keys", ())]
        found = next((c for c in bench.candidates(self.name) if c in keys), None)
        if found is None:
            bench.refuse("UNKNOWN_KEY", "customize_no_key", "name", name=self.name)
        bench.patch(TYPES, name, {"keys": [{"name": found, "removed": True}]})


@dataclass(frozen=True, slots=True)
class SetRule:
    """Make a validation rule, or change it: `condition` is what must hold of every record that is written, in the
    words of the API's `where` argument with storage names; `message` is what its author is told otherwise.
    """

    type: str
    name: str
    condition: Json
    message: list[LocalizedText]

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        rule = {"condition": plain(self.condition), "message": texts(self.message)}
        put(bench, bench.type(self.type), "rules", self.name, rule)


@dataclass(frozen=True, slots=True)
class SetView:
    """Make a saved view, or change it: a list of records with its columns, its filter and its order."""

    type: str
    name: str
    label: list[LocalizedText]
    columns: list[str]
    where: Json | None = None
    order_by: list[ViewOrder] | None = None
    api_name: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        view = only_given(
            label=texts(self.label),
            columns=self.columns,
            where=plain(self.where),
            order_by=[{o.field: "desc" if o.descending else "asc"} for o in self.order_by or ()],
            api_name=bench.graphql_name(self.api_name, "apiName") or own_name(self.name).upper(),
        )
        put(bench, bench.type(self.type), "views", self.name, view)


def put(bench: Bench, type_name: str, table: str, name: str, document: Raw) -> None:
    """Put a whole rule or view into a record type, in place of the one of its name."""
    made = found_of(bench, type_name, table, name)
    if made is None:
        made = bench.new_name(name, (), "name")
    bench.forget(TYPES, type_name, table, made)
    bench.patch(TYPES, type_name, {table: {made: document}})


def found_of(bench: Bench, type_name: str, table: str, name: str) -> str | None:
    known = bench.document(type_name).get(table, {})
    return next((c for c in bench.candidates(name) if c in known), None)


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """Take away a validation rule."""

    type: str
    name: str

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        remove(bench, bench.type(self.type), "rules", self.name)


@dataclass(frozen=True, slots=True)
class RemoveView:
    """Take away a saved view."""

    type: str
    name: str

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        remove(bench, bench.type(self.type), "views", self.name)


def remove(bench: Bench, type_name: str, table: str, name: str) -> None:
    found = found_of(bench, type_name, table, name)
    if found is None or not NAME.fullmatch(found):
        bench.refuse("UNKNOWN_NAME", "customize_no_part", "name", name=name)
    bench.patch(TYPES, type_name, {table: {found: None}})


@dataclass(frozen=True, slots=True)
class Retire:
    """Take a record type, or one of its fields, out of the API; its rows, values and history stay, and `unretire`
    brings it back.
    """

    type: str
    field: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        mark(bench, self.type, self.field, retired=True)


@dataclass(frozen=True, slots=True)
class Unretire:
    """Bring a retired record type or field back into the API, with all that was kept."""

    type: str
    field: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        mark(bench, self.type, self.field, retired=False)


def mark(bench: Bench, type_name: str, field: str | None, *, retired: bool) -> None:
    name = bench.type(type_name)
    if field is None:
        bench.patch(TYPES, name, {"retired": retired})
        return
    holder, found = bench.owner(name, field)
    if retired and bench.document(name)["primary"] == found:
        bench.refuse("PRIMARY_FIELD", "customize_primary_field", "field", name=found)
    bench.patch(TYPES, holder, {"fields": {found: {"retired": retired}}})


SEVERAL = 3  # record types of a lookup of which one may go: with two left it still keeps which one it names


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete a retired record type or field that administrators made, with all of its values: they are exported first.
    `confirm` repeats its storage name.
    """

    type: str
    confirm: str
    field: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        holder, place = (name, ()) if self.field is None else self.placed(bench, name)
        what = place[-1] if place else holder
        if bench.is_shipped(TYPES, holder, *place):
            bench.refuse("SHIPPED", "customize_shipped", "field" if place else "type", name=what)
        document = bench.field(holder, place[-1]) if place else bench.document(holder)
        if not document.get("retired"):
            bench.refuse("NOT_RETIRED", "customize_not_retired", "field" if place else "type", name=what)
        if self.confirm != what:
            bench.refuse("NOT_CONFIRMED", "customize_not_confirmed", "confirm", name=what)
        if not place:
            self.untarget(bench, holder)
        bench.forget(TYPES, holder, *place)
        bench.dropped.append((holder, *place[1:]))

    def untarget(self, bench: Bench, name: str) -> None:
        """Lookups of others that may name several record types no longer name this one; one that names only this is in
        the way.
        """
        for owner, document in bench.model.types.items():
            for field, raw in document.get("fields", {}).items() if owner != name else ():
                targets = raw.get("targets", ())
                if targets == name or (name in targets and len(targets) < SEVERAL):
                    data = {"name": name, "field": raw["label"].get("en", field), "place": f"{owner}.{field}"}
                    bench.refuse("TYPE_IN_USE", "customize_type_in_use", "type", **data)
                if isinstance(targets, list) and name in targets:
                    bench.untarget(owner, field, name)

    def placed(self, bench: Bench, name: str) -> tuple[str, tuple[str, ...]]:
        holder, found = bench.owner(name, self.field or "")
        return holder, ("fields", found)


@dataclass(frozen=True, slots=True)
class RetireNames:
    """Let API names of before a rename answer no longer: of a record type, or of one of its fields."""

    type: str
    names: list[str]
    field: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        if self.field is None:
            former = bench.document(name).get("former_names", [])
            kept = [f for f in former if f["api_name"] not in self.names and f["api_plural"] not in self.names]
            gone = {n for f in former if f not in kept for n in (f["api_name"], f["api_plural"])}
            bench.patch(TYPES, name, {"former_names": kept})
        else:
            holder, found = bench.owner(name, self.field)
            field = bench.field(holder, found)
            gone, patch = set[str](), {}
            for key in ("former_names", "inverse_former_names"):
                if former := field.get(key):
                    patch[key] = [n for n in former if n not in self.names]
                    gone |= {n for n in former if n in self.names}
            bench.patch(TYPES, holder, {"fields": {found: patch}})
        for i, each in enumerate(self.names):
            if each not in gone:
                bench.refuse("UNKNOWN_NAME", "customize_no_former_name", "names", i, name=each)
        bench.patch(TYPES, name, {"retired_names": sorted({*bench.document(name).get("retired_names", []), *gone})})
