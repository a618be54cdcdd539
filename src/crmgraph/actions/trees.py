"""A tree of inputs → drafts: nested records get their ids in advance, connected ones are found and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.deletion import delete_parts
from crmgraph.actions.drafts import Draft, Path, fill_change, fill_new
from crmgraph.actions.finding import Sought, find_ids, load_found
from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.loading import Row
from crmgraph.actions.locking import LOCKED_RULE, locked_whole, told
from crmgraph.actions.sets import write_drafts
from crmgraph.actions.traits import REASON, STATE, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, LimitExceeded
from crmgraph.metadata.types import Field, FieldType, RecordType, Relation


@dataclass(frozen=True, slots=True)
class Parent:
    """The lookup by which a record names the one in whose input it stands."""

    field: Field
    id: str


@dataclass(slots=True)  # not frozen: there may be ten thousand, and freezing doubles what making one costs
class Seed:
    """An input that makes a record of one type, with the id that it will have."""

    type: RecordType
    given: Mapping[str, Any]
    path: Path
    id: str
    parent: Parent | None


@dataclass(frozen=True, slots=True)
class Join:
    """A stored record that is to name a parent (`connect`), or no longer to (`disconnect`).

    A part of the parent may be changed by the input that stands in the parent's (`update`), or go (`delete`).
    """

    sought: Sought
    parent: Parent
    act: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """What a stored record is to become; `places`: where the inputs of fields stand that come from elsewhere."""

    type: RecordType
    row: Row
    given: dict[str, Any]
    path: Path
    places: dict[str, Path] = field(default_factory=dict)


class Tree:
    """Inputs that are written together. Besides fields, an input may have (by the registry's names)

    - a lookup `{"create": input}`, with "type" where it may name several;
    - a to-many relation `{"create": [input], "connect": [link], "disconnect": [link]}`, a link being `{"id"}` or
      `{"key"}`; an input for a relation to an abstract type is `{kind: input}`;
    - its parts: `{"create": [input], "update": [{"id", "values"}], "delete": [link]}`.
    """

    def __init__(self, unit: Unit, *, system: bool = False) -> None:
        self.unit, self.registry, self.system = unit, unit.registry, system
        self.sprouts: list[Seed] = []
        self.drafts: list[Draft] = []
        self.joins: list[Join] = []
        self.changes: dict[str, Change] = {}
        self.problems: list[InputProblem] = []
        self.gone: list[tuple[RecordType, Row, Path]] = []  # parts that are deleted
        self.count = len(unit.events)
        self.nesting: dict[str, frozenset[str]] = {}

    def new(self, found: RecordType, given: Mapping[str, Any], path: Path, parent: Parent | None = None) -> str:
        """A record to be made; its id."""
        if found.abstract:
            raise ValueError(f"{found.name} is abstract: create a record of one of its kinds")
        self.add()
        id = (canonical_id(given["id"]) if "id" in given else None) or new_id()
        self.sprouts.append(Seed(found, given, path, id, parent))
        return id

    def change(self, found: RecordType, row: Row, given: Mapping[str, Any], path: Path) -> None:
        """A loaded record to be changed."""
        self.add()
        self.unit.known[row["id"]] = found.code
        self.changes[row["id"]] = Change(found, row, self.own(found, given, path, row["id"]), path)

    def add(self) -> None:
        self.count += 1
        most = self.unit.most
        if most is not None and self.count > most:
            raise LimitExceeded("max_writes", most, None)

    # --- what an input says of other records --------------------------------------------------------------------------

    def own(self, found: RecordType, given: Mapping[str, Any], path: Path, id: str) -> dict[str, Any]:
        """An input's own fields; what is nested is put aside, and its ids stand in the lookups."""
        own = dict(given)
        nesting = self.nesting.get(found.name) or self.nesting_of(found)
        for name in [n for n in given if n in nesting]:
            value, about = given[name], found.by_name.get(name)
            if about is None:
                relation = self.registry.relations[found.name][name]
                del own[name]
                self.related(relation, value or {}, (*path, relation.api_name), id)
            elif (type(value) is dict or isinstance(value, Mapping)) and "create" in value:
                own[name] = self.made(about, value, path)
        return own

    def nesting_of(self, found: RecordType) -> frozenset[str]:
        """What may hold other records in an input: relations, and lookups."""
        lookups = [f.name for f in found.fields if f.type is FieldType.LOOKUP]
        relations = self.registry.relations[found.name].keys() - found.by_name.keys()
        self.nesting[found.name] = frozenset((*lookups, *relations))
        return self.nesting[found.name]

    def made(self, about: Field, value: Mapping[str, Any], path: Path) -> dict[str, str]:
        """The record that a lookup's input makes."""
        target = self.registry.type(value.get("type") or about.targets[0])
        steps = (about.api_name, word(target), "create") if "type" in value else (about.api_name, "create")
        return {"id": self.new(target, value["create"], (*path, *steps))}

    def related(self, relation: Relation, value: Mapping[str, Any], path: Path, id: str) -> None:
        """The records that a to-many relation's input makes and names."""
        target = self.registry.type(relation.target)
        parent = Parent(target.by_name[relation.field], id)
        for i, given in enumerate(value.get("create") or ()):
            place: Path = (*path, "create", i)
            if target.abstract:
                kind, given = next(iter(given.items()))
                self.new(self.registry.type(kind), given, (*place, word(self.registry.type(kind))), parent)
            else:
                self.new(target, given, place, parent)
        for act in ("connect", "disconnect", "update", "delete"):
            for i, link in enumerate(value.get(act) or ()):
                self.add()
                named = {"id": link["id"]} if act == "update" else link
                sought = Sought(target, named, (*path, act, i), relation.label)
                self.joins.append(Join(sought, parent, act, link["values"] if act == "update" else {}))

    # --- drafts -------------------------------------------------------------------------------------------------------

    async def write(self) -> list[str]:
        """Write all of it; the ids of the records that were written. Raises `WriteRefused` with every fault."""
        self.grow()
        roots = len(self.changes)
        if self.joins:
            await self.join()
        changed = [self.changed(c) for c in self.changes.values()]
        await self.refuse_locked_parts()
        ids = await write_drafts(self.unit, [*changed[:roots], *self.drafts, *changed[roots:]], self.problems)
        for found, rows in self.parts_gone():
            await delete_parts(self.unit, found, [row["id"] for row in rows])
        return ids

    def grow(self) -> None:
        """Drafts of all new records, in the order of the document."""
        seeds = self.sprouts[::-1]
        self.sprouts = []
        while seeds:
            self.drafts.append(self.draft(seeds.pop()))
            seeds += self.sprouts[::-1]
            self.sprouts = []

    def draft(self, seed: Seed) -> Draft:
        own = self.own(seed.type, seed.given, seed.path, seed.id)
        draft = Draft(traits_of(self.unit.tables, seed.type.name), seed.path, seed.id)
        if seed.parent is not None:
            about = seed.parent.field
            draft.bound = about, seed.parent.id
            if about.name not in own:
                own[about.name] = {"id": seed.parent.id}
                draft.places = {about.name: seed.path}
        return fill_new(self.unit, draft, own, self.system)

    async def join(self) -> None:
        """Load the records that are to be connected, and put what becomes of them to the changes."""
        wanted = [j.sought for j in self.joins]
        await find_ids(self.unit, wanted)
        loaded = await load_found(self.unit, [s for s in wanted if s.id not in self.changes])
        for join in self.joins:
            sought = join.sought
            if sought.problem is None and sought.id not in self.changes and sought.id in loaded:
                found, row = loaded[sought.id]
                self.changes[sought.id] = Change(found, row, {}, sought.path)
            self.tie(join, self.changes.get(sought.id or ""))

    def parts_gone(self) -> list[tuple[RecordType, list[Row]]]:
        """The parts that are deleted, by record type."""
        groups: dict[str, list[Row]] = {}
        for found, row, _ in self.gone:
            groups.setdefault(found.name, []).append(row)
        return [(self.registry.type(name), rows) for name, rows in groups.items()]

    async def refuse_locked_parts(self) -> None:
        """What is part of a locked record stays; if that is unlocked in the same go, it may go."""
        freed = {id for id, c in self.changes.items() if STATE in c.given or REASON in c.given}
        for found, row, path in self.gone:
            traits = traits_of(self.unit.tables, found.name)
            link = row.get(traits.part_of.name) if traits.part_of else None
            if link and link["id"] not in freed and (whole := await locked_whole(self.unit, link["id"])):
                self.problems.append(InputProblem(path, "LOCKED", "part_locked", told(*whole), LOCKED_RULE))

    def tie(self, join: Join, change: Change | None) -> None:
        """Let a record name its parent, or no longer; or change or delete a part of it."""
        sought, about = join.sought, join.parent.field
        if sought.problem is None:
            before = change.row[about.name] if change and about.name in change.row else None
            if change is None or change.type not in self.registry.shown(sought.type.name):
                sought.refuse("NOT_FOUND", "input_not_found")
            elif about.name in change.given:
                sought.refuse("CONNECTED_TWICE", "input_connected_twice")
            elif join.act != "connect" and (before is None or before["id"] != join.parent.id):
                sought.refuse("NOT_CONNECTED", "input_not_connected")
            elif join.act == "update":
                change.given |= join.given
                change.path = (*sought.path, "input")
            elif join.act == "delete":
                self.gone.append((change.type, change.row, sought.path))
            else:
                change.given[about.name] = {"id": join.parent.id} if join.act == "connect" else None
                change.places[about.name] = sought.path
        if sought.problem is not None:
            self.problems.append(sought.problem)

    def changed(self, change: Change) -> Draft:
        draft = Draft(traits_of(self.unit.tables, change.type.name), change.path, change.row["id"], change.row)
        draft.places = change.places
        return fill_change(self.unit, draft, change.given, self.system)


def word(found: RecordType) -> str:
    """A record type in the path of an input: `phoneCall`."""
    return found.api_name[:1].lower() + found.api_name[1:]
