"""Some rows in one transaction: texts become values, names become ids, records are created or updated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.ids import new_id
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault, clean
from crmgraph.errors import InputProblem
from crmgraph.importing.lookups import Finder, Place, ask_all, not_found
from crmgraph.importing.prepare import KEEP, Prepared
from crmgraph.importing.problems import Problem
from crmgraph.importing.rows import Row
from crmgraph.importing.survey import identities, own_places
from crmgraph.importing.writing import Refusals, Wanted, create_all, update_all
from crmgraph.metadata.types import Field, FieldType

NOTHING: frozenset[str] = frozenset()
Answers = Mapping[tuple[Place, Any], Sequence[str]]


@dataclass(frozen=True, slots=True)
class LaterLink:
    """A lookup to a row that comes later: the record was written without it."""

    line: int
    cells: list[str]
    id: str
    field: str
    text: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `held` rows need a later row first, `again` rows repeat a key with other values."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[Row, list[Problem]]] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    made: list[tuple[Row, str]] = field(default_factory=list)  # rows that are now records, with ids if they are named
    links: list[LaterLink] = field(default_factory=list)


class Batch:
    """One try to write some rows; nothing outside of it changes until its transaction is through."""

    def __init__(
        self,
        prepared: Prepared,
        unit: Unit,
        finder: Finder,
        promised: Mapping[tuple[Place, Any], int],
        *,
        last: bool,
        named: bool = False,
    ) -> None:
        """`last`: nothing is held back any more; `named`: other records of the rows will name those of the batch."""
        self.prepared, self.unit, self.finder, self.promised, self.last = prepared, unit, finder, promised, last
        self.named_by_others = named
        self.outcome = Outcome()
        self.ids: dict[int, str] = {}  # a row's record, by the row's number, if it is there or was named
        self.there: set[int] = set()  # rows whose records are there already
        self.named: dict[tuple[Place, Any], list[int]] = {}  # rows of the batch by what names them
        self.waits: dict[int, set[str]] = {}
        self.existing: set[str] = set()
        self.held_ids: set[str] = set()
        self.chosen: set[str] = set()  # ids that are named before their records are made
        self.twins: list[tuple[Row, Row]] = []  # rows that say the same of a record as an earlier one of the batch

    async def write(self, given: Iterable[Row]) -> Outcome:
        """Write the rows that can be."""
        rows = []
        for row in given:
            if row.problems:
                self.outcome.refused.append((row, row.problems))
            else:
                rows.append(row)
        links = [(p, v) for row in rows for wanted in row.links.values() for p, v in wanted]
        answers = await self.finder.find(self.unit, links) if links else {}
        rows, values = await self.give_ids(rows, answers)
        self.name_rows(rows)
        ready = {
            i: (row, made)
            for i, (row, made) in enumerate(zip(rows, values, strict=True))
            if self.link(i, row, made, answers)
        }
        self.hold_back(ready)
        await self.put([(i, row, made) for i, (row, made) in ready.items()])
        self.settle_twins()
        return self.outcome

    # --- which record is each row ------------------------------------------------------------------------------------

    async def give_ids(self, rows: Sequence[Row], answers: Answers) -> tuple[list[Row], list[dict[str, Any]]]:
        """Find each row's record by its key, or give it a new id; with the rows' values so far."""
        key = self.prepared.key
        left: list[Row] = []
        values: list[dict[str, Any]] = []
        sought: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            made = dict(row.values)
            if not key:
                self.take_id(len(left), made.get("id"))
            elif not self.take_key(row, made, answers, sought):
                continue
            left.append(row)
            values.append(made)
        if not key:
            return left, values
        return await self.find_by_key(left, values, sought)

    def take_id(self, number: int, id: str | None) -> None:
        if id is not None:
            self.ids[number] = id

    def id_of(self, number: int) -> str:
        """The id of a row's record; one that is to be made gets its id when it is named first."""
        if number not in self.ids:
            self.ids[number] = new_id()
        return self.ids[number]

    def take_key(self, row: Row, made: dict[str, Any], answers: Answers, sought: dict[tuple[Any, ...], Row]) -> bool:
        """Whether a row has a whole key, and the first one in the batch that has it."""
        values: list[Any] = []
        for about in self.prepared.key:
            try:
                values.append(self.key_part(row, made, about, answers))
            except Fault as fault:
                filled = self.prepared.filling(about.name)
                self.refuse(row, filled.column if filled else "", fault, about)
                return False
        parts = tuple(values)
        first = sought.setdefault(parts, row)
        if first is row:
            return True
        if first.values == row.values and first.texts == row.texts:
            self.twins.append((row, first))
        else:
            self.outcome.again.append(row)
        return False

    def settle_twins(self) -> None:
        """Rows that say the same as an earlier one share its fate."""
        if not self.twins:
            return
        refused = {id(row): problems for row, problems in self.outcome.refused}
        held = {id(row) for row in self.outcome.held}
        made = {id(row): record for row, record in self.outcome.made}
        for twin, first in self.twins:
            if id(first) in refused:
                self.outcome.refused.append((twin, refused[id(first)]))
            elif id(first) in held:
                self.outcome.held.append(twin)
            else:
                self.outcome.unchanged += 1
                self.outcome.made.append((twin, made[id(first)]))

    def key_part(self, row: Row, made: dict[str, Any], about: Field, answers: Answers) -> Any:
        if about.type is FieldType.LOOKUP:
            if about.name in row.links:
                made[about.name] = self.one(row.texts[about.name], self.found(row.links[about.name], answers))
            value = (made.get(about.name) or {}).get("id")
        else:
            value = clean(about, made.get(about.name))
        if value is None:
            raise Fault("MISSING_KEY", "import_missing_key", field=about.label)
        return value

    async def find_by_key(
        self, rows: list[Row], values: list[dict[str, Any]], sought: Mapping[tuple[Any, ...], Row]
    ) -> tuple[list[Row], list[dict[str, Any]]]:
        answers = (await ask_all(self.unit, [(self.prepared.type, self.prepared.key, list(sought))]))[0]
        kept: list[Row] = []
        kept_values: list[dict[str, Any]] = []
        for row, made, ids in zip(rows, values, answers, strict=True):
            if len(ids) > 1:
                label = self.prepared.key[0].label
                self.refuse(row, "", Fault("NOT_UNIQUE", "import_key_not_unique", field=label, count=len(ids)))
                continue
            if ids:
                self.there.add(len(kept))
                self.existing.add(ids[0])
            self.take_id(len(kept), ids[0] if ids else made.get("id"))
            kept.append(row)
            kept_values.append(made)
        return kept, kept_values

    # --- which record does each text name -----------------------------------------------------------------------------

    def name_rows(self, rows: Sequence[Row]) -> None:
        places = own_places(self.prepared)
        if places:
            for i, row in enumerate(rows):
                for named in identities(self.prepared, places, (row.line, row.cells)):
                    self.named.setdefault(named, []).append(i)

    def link(self, number: int, row: Row, made: dict[str, Any], answers: Answers) -> bool:
        """Fill a row's lookups; whether the row can be written now."""
        later: list[LaterLink] = []
        for name, wanted in row.links.items():
            if name in made:  # part of the key
                continue
            filled = self.prepared.filling(name)
            assert filled is not None
            try:
                if self.promised and any(self.is_twofold(w) for w in wanted):
                    raise Fault("NOT_UNIQUE", "import_not_unique", value=row.texts[name])
                ids = self.found(wanted, answers)
                if self.named:
                    ids |= self.in_batch(number, wanted)
                if not ids and self.promised and any(w in self.promised for w in wanted):
                    if not filled.field.is_required:
                        later.append(LaterLink(row.line, row.cells, self.id_of(number), name, row.texts[name]))
                        continue
                    if not self.last:
                        self.hold(number, row)
                        return False
                made[name] = self.one(row.texts[name], ids)
            except Fault as fault:
                self.refuse(row, filled.column, fault, filled.field)
                return False
        self.outcome.links += later
        return True

    def hold(self, number: int, row: Row) -> None:
        self.outcome.held.append(row)
        self.held_ids.add(self.id_of(number))

    def hold_back(self, ready: dict[int, tuple[Row, dict[str, Any]]]) -> None:
        """Rows that name a row which waits must wait too, or be written without that link for now."""
        moved = bool(self.held_ids)
        while moved:
            moved = False
            for number, (row, made) in list(ready.items()):
                for name in [n for n in row.links if (made.get(n) or {}).get("id") in self.held_ids]:
                    moved = True
                    if self.prepared.type.by_name[name].is_required:
                        self.hold(number, row)
                        del ready[number]
                        break
                    del made[name]
                    self.outcome.links.append(LaterLink(row.line, row.cells, self.id_of(number), name, row.texts[name]))
        self.outcome.links = [link for link in self.outcome.links if link.id not in self.held_ids]
        for waits in self.waits.values():
            waits -= self.held_ids

    def is_twofold(self, named: tuple[Place, Any]) -> bool:
        """Whether two rows of the file have a value by which a row is named, and are not one record by their key."""
        return self.promised.get(named, 0) > 1 and self.prepared.key_names != (named[0].field,)

    def found(self, wanted: Iterable[tuple[Place, Any]], answers: Answers) -> set[str]:
        return {id for w in wanted for id in answers.get(w, ())}

    def in_batch(self, number: int, wanted: Iterable[tuple[Place, Any]]) -> set[str]:
        """The records of the batch's rows that have a wanted value; the row will wait for them."""
        ids = {self.id_of(i) for w in wanted for i in self.named.get(w, ())}
        self.chosen |= ids
        if ids:
            self.waits.setdefault(number, set()).update(ids - {self.ids.get(number, "")})
        return ids

    def one(self, text: str, ids: set[str]) -> dict[str, str]:
        if not ids:
            raise not_found(text)
        if len(ids) > 1:
            raise Fault("NOT_UNIQUE", "import_not_unique", value=text)
        return {"id": next(iter(ids))}

    def refuse(self, row: Row, column: str, fault: Fault, about: Field | None = None) -> None:
        data = {"field": about.label, **fault.data} if about else fault.data
        self.outcome.refused.append((row, [Problem(column, fault.code, fault.key, data)]))

    # --- writing ------------------------------------------------------------------------------------------------------

    async def put(self, ready: Sequence[tuple[int, Row, dict[str, Any]]]) -> None:
        """Create what is not there, then update what is."""
        chosen = self.chosen | {link.id for link in self.outcome.links}
        if self.named_by_others:
            chosen |= {self.id_of(i) for i, _, _ in ready}
        new: list[Wanted] = []
        old: list[Wanted] = []
        refusals = Refusals()
        if self.waits:
            there = self.existing.union(self.ids.get(i, "") for i, _, _ in ready)
            refusals.ids |= {id for ids in self.waits.values() for id in ids} - there
        for i, _, made in ready:
            waits = frozenset(self.waits[i]) - self.existing if i in self.waits else NOTHING
            if i in self.there and self.prepared.ensure:
                self.outcome.unchanged += 1
            elif i in self.there:
                old.append(Wanted(self.ids[i], self.changes(made), waits))
            else:
                id = self.ids.get(i)
                new.append(Wanted(id or str(i), self.creation(made, id if id in chosen else None), waits))
        done = await create_all(self.unit, self.prepared.type, new, refusals, self.prepared.by_system)
        changed, same = await update_all(self.unit, self.prepared.type, old, refusals, filling=True)
        self.outcome.created, self.outcome.updated = len(done), len(changed)
        self.outcome.unchanged += len(same)
        faulty = {w.id: w.problems for w in (*new, *old) if w.problems}
        for i, row, _ in ready:
            problems = faulty.get(self.ids.get(i) or str(i))
            if problems and self.may_pass(i, problems):
                self.outcome.held.append(row)
            elif problems:
                self.outcome.refused.append((row, [self.told(p) for p in problems]))
            else:
                self.outcome.made.append((row, self.ids.get(i, "")))
        self.outcome.links = [link for link in self.outcome.links if link.id not in faulty]

    def may_pass(self, number: int, problems: Iterable[InputProblem]) -> bool:
        """Whether a record that is there would only stand below itself: a later row may move the one above it."""
        return number in self.there and not self.last and all(p.code == "HIERARCHY_CYCLE" for p in problems)

    def creation(self, made: Mapping[str, Any], id: str | None) -> dict[str, Any]:
        """A new record's values; blanks are for the defaults, unless declared empty. Only named ids are set here."""
        emptied = self.prepared.emptied
        values = dict(made)
        if None in made.values():
            values = {n: v for n, v in made.items() if v is not None or n in emptied}
        if id is not None:
            values["id"] = id
        return values

    def changes(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """What a record that is there becomes."""
        values: dict[str, Any] = {}
        born_with = self.prepared.type.born_with
        for filled in self.prepared.filled:
            name = filled.field.name
            if name not in made or name in born_with:
                continue
            value = filled.blank if made[name] is None else made[name]
            if value is not KEEP:
                values[name] = value
        return values

    def told(self, problem: InputProblem) -> Problem:
        """A problem of the action path, with the column that filled the field."""
        api_name = problem.path[0] if problem.path else None
        filled = next((f for f in self.prepared.filled if f.field.api_name == api_name), None)
        column = filled.column if filled else str(api_name or "")
        return Problem(column, problem.code, problem.key, problem.data)
