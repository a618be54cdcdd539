"""A person and what belongs to them: the record, others that are the same person, and records that tell of them.

A *person* is a record of a type with a personal e-mail address that depends on no other record. Other types with
personal fields (parts of activities, activities with addresses, connections …) only tell of persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.addresses import canonical
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, NotFound, WriteRefused, message
from crmgraph.messages import LOCALES
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.metadata.words import TextFormat
from crmgraph.plan.text import plain
from crmgraph.sql.addresses import like_texts
from crmgraph.sql.merges import merged_with
from crmgraph.sql.references import references_to, referring
from crmgraph.sql.subjects import Told, events_of, rows_with, type_of

SHORTEST = 3  # characters of a text that is looked for by itself
NEUTRAL = frozenset(message("erased", locale) for locale in LOCALES)  # what stands where something must stand
ADDRESS = "erased-{id}@erased.invalid"  # of a domain that nobody can have (RFC 2606)


@dataclass(slots=True)
class Person:
    """A person's record as it is now (None if it is deleted), its events, and the texts of its personal fields."""

    type: RecordType
    id: str
    row: Row | None
    events: list[Told]
    texts: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Subject:
    """All records of a person, and the records that tell of them: directly, by a lookup, or only by what they say."""

    people: list[Person]
    direct: dict[str, RecordType] = field(default_factory=dict)
    others: dict[str, RecordType] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        return {person.id for person in self.people}

    @property
    def texts(self) -> set[str]:
        """What personal fields have, or had."""
        return {text for person in self.people for text in person.texts}

    @property
    def telling(self) -> set[str]:
        """Those of the texts that tell who it is wherever they stand: addresses, numbers, full names."""
        return {text for text in self.texts if is_telling(text)}


def is_telling(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return len(text) > SHORTEST and ("@" in text or digits > 5 or " " in text.strip())


def is_erased(text: str, id: str) -> bool:
    """Whether an earlier erasure left a text."""
    return text == ADDRESS.format(id=id) or text.removesuffix(f" {id}") in NEUTRAL


def personal_fields(found: RecordType) -> list[Field]:
    """The fields that tell of a person and can be emptied."""
    return [f for f in found.fields if f.personal and not f.is_computed and f.type is not FieldType.LOOKUP]


def is_person(found: RecordType) -> bool:
    """Whether records of a type are persons: they have a personal e-mail address and depend on nothing."""
    alone = not (found.journal or found.abstract or found.base or found.follows)
    return alone and any(f.format == TextFormat.EMAIL.value for f in personal_fields(found))


def telling_types(registry: Registry) -> dict[int, RecordType]:
    """Types whose records tell of persons and are none, by code."""
    types = registry.types.values()
    return {t.code: t for t in types if not (t.journal or t.abstract or is_person(t)) and personal_fields(t)}


def links(found: RecordType) -> list[Field]:
    """The lookups by which a record tells of another: not who made it, changed it or owns it."""
    return [f for f in found.fields if f.type is FieldType.LOOKUP and not f.system]


def files_of(found: RecordType) -> list[str]:
    return [f.name for f in personal_fields(found) if f.type is FieldType.FILE]


async def load_person(unit: Unit, found: RecordType, id: str) -> Person:
    """A record of a person, with all that its events keep."""
    rows = await load_rows(unit, found, [id], system=True)
    events = await events_of(unit.transaction, unit.database_name, [id])
    person = Person(found, id, rows[0] if rows else None, events)
    states = [*rows, *(values for event in events for values in (event.before, event.after) if values)]
    for each in personal_fields(found):
        if each.type is not FieldType.TEXT:
            continue
        texts = {text for state in states if (text := state.get(each.name)) and not is_erased(text, id)}
        person.texts |= texts
        if each.format == TextFormat.EMAIL.value:
            person.emails |= {text.lower() for text in texts}
    return person


async def find_person(unit: Unit, id: str) -> Person:
    """The person that a record is, also a deleted one; refused if it is none."""
    code = await type_of(unit.transaction, unit.database_name, id)
    found = unit.registry.by_code.get(code or 0)
    if found is None:
        raise NotFound("subject_not_found", id=id)
    if not is_person(found):
        problem = InputProblem(("input", "record"), "NOT_A_PERSON", "subject_no_person", {"type": found.label})
        raise WriteRefused([problem])
    return await load_person(unit, found, id)


async def find_subject(unit: Unit, id: str) -> Subject:
    """A person with the same person's other records, and what tells of them now."""
    person = await find_person(unit, id)
    subject = Subject([person, *await same_people(unit, person)])
    await find_direct(unit, subject)
    await find_others(unit, subject)
    return subject


async def same_people(unit: Unit, person: Person) -> list[Person]:
    """Records that were merged with this one; those of other types of persons that name it, or that it names, and have
    an e-mail address of it.
    """
    near = {link.id: link.code for link in await named_by(unit, person.type, [person.id])}
    for values in (person.row, *(e.before for e in person.events), *(e.after for e in person.events)):
        for each in links(person.type):
            if values and (value := values.get(each.name)):
                near[value["id"]] = unit.registry.type(value.get("type") or each.targets[0]).code
    found = []
    merged = await merged_people(unit, person)
    for id, code in sorted((near | merged).items()):
        kind = unit.registry.by_code[code]
        if id in merged or (kind.name != person.type.name and is_person(kind)):
            other = await load_person(unit, kind, id)
            if id in merged or other.emails & person.emails:
                found.append(other)
    return found


async def merged_people(unit: Unit, person: Person) -> dict[str, int]:
    """The records that were merged with a person's, one after the other: ids and type codes."""
    found: dict[str, int] = {}
    asked = {person.id}
    while asked:
        near = await merged_with(unit.transaction, unit.database_name, asked)
        asked = {id for id, _ in near} - found.keys() - {person.id}
        found |= {id: code for id, code in near if id in asked}
    return found


async def named_by(unit: Unit, found: RecordType, ids: Iterable[str]) -> list[Any]:
    """The records that name one of some by a lookup of their own."""
    references = [r for r in references_to(unit.tables, found) if not r.field.system]
    return await referring(unit.transaction, unit.database_name, references, ids)


async def find_direct(unit: Unit, subject: Subject) -> None:
    """The records that tell of persons and name this one, and those on which these depend (a party's activity)."""
    kinds = telling_types(unit.registry)
    following: dict[str, set[str]] = {}
    for person in subject.people:
        for link in await named_by(unit, person.type, [person.id]):
            found = unit.registry.by_code[link.code]
            if found.code in kinds:
                subject.direct[link.id] = found
            if found.follows:
                following.setdefault(found.name, set()).add(link.id)
    for name, ids in following.items():
        found = unit.registry.type(name)
        rows = await load_rows(unit, found, ids, system=True)
        subject.people[0].texts |= await addresses_of(unit, found, rows, subject.ids)
        for row in rows:
            if (value := row.get(found.follows or "")) is not None:
                target = await kind_of(unit, value["id"])
                if target is not None and target.code in kinds:
                    subject.others.setdefault(value["id"], target)


async def addresses_of(unit: Unit, part: RecordType, rows: Iterable[Row], ids: set[str]) -> set[str]:
    """The addresses under which a person took part in something, unless somebody else has them too."""
    if (taken := part.participation) is None or taken.address is None:
        return set()
    about = part.by_name[taken.who]
    used = {row[taken.address] for row in rows if row[taken.address] and (row[taken.who] or {}).get("id") in ids}
    types = [unit.registry.type(name) for name in about.targets]
    email = TextFormat.EMAIL.value
    places = [(t, f) for t in types for f in t.fields if f.format == email and f.store == t.name and not f.is_computed]
    keys = {plain(address) for address in used}
    matches = await like_texts(unit.transaction, unit.database_name, places, keys) if keys else []
    shared = {canonical(m.text) for m in matches if m.id not in ids}
    return {address for address in used if canonical(address) not in shared}


async def kind_of(unit: Unit, id: str) -> RecordType | None:
    code = await type_of(unit.transaction, unit.database_name, id)
    return unit.registry.by_code.get(code or 0)


async def find_others(unit: Unit, subject: Subject) -> None:
    """The records that name nobody, but have an address, a number or the full name of the person."""
    telling = subject.telling
    if not telling:
        return
    for found in telling_types(unit.registry).values():
        by_store: dict[str, list[Field]] = {}
        for each in personal_fields(found):
            if each.type is FieldType.TEXT:
                by_store.setdefault(each.store, []).append(each)
        for store, fields in by_store.items():
            for id in await rows_with(unit.transaction, unit.database_name, store, fields, telling):
                kind = found if store == found.name else await kind_of(unit, id)
                if kind is not None and id not in subject.direct:
                    subject.others[id] = kind


def names_one(found: RecordType, values: Mapping[str, Any], ids: set[str]) -> bool:
    """Whether a record with these values names one of some records by a lookup of its own."""
    return any((value := values.get(f.name)) and value["id"] in ids for f in links(found))
