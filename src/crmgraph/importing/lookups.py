"""The records that texts name: by id, or by the value of a field of theirs, sought for a whole batch at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from crmgraph.actions.guards import Wanted, allowed, held
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault
from crmgraph.importing.cells import Convert, id_value, key_converter
from crmgraph.importing.mapping import FileFormat, Rule
from crmgraph.importing.problems import hinted, wrong_map
from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.former import field_called, type_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.text import sort_key
from crmgraph.security.principal import Privilege
from crmgraph.sql.probes import FIRST_KEYED, Keyed, Probe, probe_text
from crmgraph.sql.tables import sort_column

BY_ID = "id"
MOST_KEPT = 100_000  # answers


class Place(NamedTuple):
    """Where a text is looked for: a field of a record type. It is hashed for every row, a tuple quickly."""

    type: str
    field: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """How the texts of one lookup are understood. `own`: they may name rows of the same file."""

    field: Field
    places: tuple[Place, ...]
    converts: tuple[Convert, ...]
    by_id: bool
    own: bool

    def wanted(self, text: str) -> str | list[tuple[Place, Any]]:
        """An id, or the values to look for; raises `Fault` if the text can be neither."""
        if self.by_id and (id := canonical_id(text)):
            return id
        found: list[tuple[Place, Any]] = []
        for place, convert in zip(self.places, self.converts, strict=True):
            try:
                value = convert(text)
            except Fault:
                continue
            if value is not None:
                found.append((place, value))
        if not found:
            raise not_found(text)
        return found

    def among(self, owner: RecordType) -> Lookup:
        """The same where the rows of a file have ids: an id may be that of a row further down."""
        if not self.by_id or self.field.targets != (owner.name,):
            return self
        places, converts = (*self.places, Place(owner.name, BY_ID)), (*self.converts, id_value)
        return replace(self, places=places, converts=converts, by_id=False, own=True)


def not_found(text: str) -> Fault:
    return Fault("NOT_FOUND", "import_not_found", value=text)


def lookup_for(registry: Registry, owner: RecordType, field: Field, rule: Rule, format: FileFormat) -> Lookup:
    """By id or primary field if the map does not say; else by id alone, or by the declared field."""
    where = f"{owner.name}.{field.name}"
    targets = tuple(t.name for t in registry.targets(field))
    if rule.target:
        meant = type_called(registry, rule.target)
        if meant is None or meant.name not in targets:
            raise wrong_map(where, "map_wrong_target", name=rule.target, targets=", ".join(targets))
        targets = (meant.name,)
    if rule.lookup == BY_ID:
        return Lookup(field, (), (), True, False)
    places = [p for t in targets if (p := place_of(registry.type(t), rule.lookup, where))]
    if not places:
        known = sorted({f for t in targets for f in registry.type(t).by_name})
        hint = did_you_mean(rule.lookup or "", known)
        raise wrong_map(where, "map_no_lookup", name=rule.lookup, **hinted(hint))
    converts = tuple(key_converter(f, format) for _, f in places)
    own = any(t.name == owner.name for t, _ in places)
    return Lookup(field, tuple(Place(t.name, f.name) for t, f in places), converts, rule.lookup is None, own)


def place_of(found: RecordType, name: str | None, where: str) -> tuple[RecordType, Field] | None:
    """The field of a record type that names its records; `name` is also understood as the primary field."""
    if name is None:
        return found, found.by_name[found.primary]
    key = next((k for k in found.keys if name in (k.name, k.api_name)), None)
    field = field_called(found, name)
    if field is None and key is not None:
        if len(key.fields) > 1:
            raise wrong_map(where, "map_wide_key", name=name, fields=", ".join(key.fields))
        field = found.by_name[key.fields[0]]
    if field is None and name == "name":
        field = found.by_name[found.primary]
    if field is None or field.type in (FieldType.LOOKUP, FieldType.JSON, FieldType.FILE, FieldType.MULTI_CHOICE):
        return None
    return found, field


class Finder:
    """Asks the database, and keeps the answers about types that the import does not change."""

    def __init__(self, registry: Registry, changing: Collection[str]) -> None:
        self.registry, self.changing = registry, changing
        self.kept: dict[tuple[Place, Any], tuple[str, ...]] = {}

    async def find(self, unit: Unit, wanted: Iterable[tuple[Place, Any]]) -> Mapping[tuple[Place, Any], Sequence[str]]:
        """The ids of the records that have each value."""
        questions = set(wanted)
        found = {q: self.kept[q] for q in questions if q in self.kept}
        asked = [q for q in questions if q not in found]
        groups: dict[Place, list[Any]] = {}
        for place, value in asked:
            groups.setdefault(place, []).append(value)
        fields = {p: [self.registry.type(p.type).by_name[p.field]] for p in groups}
        answers = await ask_all(
            unit, [(self.registry.type(p.type), fields[p], [(v,) for v in vs]) for p, vs in groups.items()]
        )
        for (place, values), ids in zip(groups.items(), answers, strict=True):
            for value, found_ids in zip(values, ids, strict=True):
                found[place, value] = tuple(found_ids)
                if found_ids and place.type not in self.changing:
                    self.keep((place, value), tuple(found_ids))
        return found

    def keep(self, question: tuple[Place, Any], ids: tuple[str, ...]) -> None:
        if len(self.kept) >= MOST_KEPT:
            self.kept.clear()
        self.kept[question] = ids


Group = tuple[RecordType, Sequence[Field], Sequence[tuple[Any, ...]]]


async def ask_all(unit: Unit, groups: Sequence[Group]) -> list[list[list[str]]]:
    """For each group, for each of its values, the ids of the records that have it; in one statement."""
    probe = Probe(keyed=[keyed(*group) for group in groups])
    answers: list[list[list[str]]] = [[[] for _ in values] for _, _, values in groups]
    if probe.is_empty:
        return answers
    registry = unit.registry
    codes = [{t.code for t in registry.shown(found.name)} for found, _, _ in groups]
    text, arguments = probe_text(unit.database_name, probe)
    for part, id, code, position, _ in await unit.transaction.rows(text, arguments):
        number = part - FIRST_KEYED
        if code in codes[number]:
            answers[number][position].append(id)
            unit.known[id] = code
    await drop_hidden(unit, answers)
    return answers


async def drop_hidden(unit: Unit, answers: Sequence[Sequence[list[str]]]) -> None:
    """What whoever imports may not see is as if it were not there."""
    wanted: Wanted = {}
    for id in {id for lists in answers for ids in lists for id in ids}:
        kind = unit.registry.by_code[unit.known[id]].name
        if allowed(unit, kind, Privilege.READ) != EVERY_ROW:
            wanted.setdefault((kind, Privilege.READ), set()).add(id)
    seen = await held(unit, wanted)
    hidden = {id for key, ids in wanted.items() for id in ids - seen[key]}
    for ids in (ids for lists in answers for ids in lists if hidden):
        ids[:] = [id for id in ids if id not in hidden]


def keyed(found: RecordType, fields: Sequence[Field], values: Sequence[tuple[Any, ...]]) -> Keyed:
    """A search that uses an index: lines of text have one over their sort key, unless they are an alternate key."""
    indexed = {k.fields[0] for k in found.keys}
    if fields[0].name in indexed or not fields[0].is_line:
        return Keyed(found, list(fields), list(values))
    by_sort = replace(fields[0], name=sort_column(fields[0]))
    return Keyed(found, [by_sort, *fields], [(sort_key(v[0]), *v) for v in values])
