"""All that is held about a person, as one JSON document that people and programs can read."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.auditing import note_entry
from crmgraph.actions.declared import Facts, Id, Json, action
from crmgraph.actions.events import untold
from crmgraph.actions.loading import Row, checked_id, load_rows
from crmgraph.actions.shown import shown
from crmgraph.actions.subjects import Person, Subject, files_of, find_subject, kind_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.principal import Permission
from crmgraph.sql.audit import Kind
from crmgraph.sql.past import load_events
from crmgraph.sql.references import count_referring, references_to, referring

MOST = 5000  # records and changes in one document
WHEN_AND_WHAT = (FieldType.DATE, FieldType.DATE_TIME, FieldType.CHOICE)
BESIDE = frozenset({"id", "kind", "version"})


@dataclass(slots=True)
class Document:
    """What is put together."""

    unit: Unit
    subject: Subject
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # record type → label, records
    taken: set[str] = field(default_factory=set)
    contents: dict[str, bytes] = field(default_factory=dict)  # of the person's own files, by digest
    size: int = 0

    def count(self, more: int) -> None:
        """So much more goes into it; refused where it would be too much, as half of it is no answer."""
        self.check(more)
        self.size += more

    def check(self, more: int) -> None:
        if self.size + more > MOST:
            raise RequestError("LIMIT_EXCEEDED", "subject_too_large", limit=MOST)

    def label(self, each: Field | RecordType) -> str:
        return each.label.text(self.unit.caller.locale)

    def value(self, each: Field, value: Any) -> Any:
        """A value as people are given it: choices by their labels, files with their content."""
        registry, locale = self.unit.registry, self.unit.caller.locale
        match each.type:
            case FieldType.CHOICE | FieldType.MULTI_CHOICE:
                options = [each.options.by_code(c) if each.options else None for c in as_list(value)]
                texts = [o.label.text(locale) if o else None for o in options]
                return texts if each.type is FieldType.MULTI_CHOICE else texts[0]
            case FieldType.FILE:
                content = self.contents.get(value["sha256"])
                kept = {"name": value["name"], "mimeType": value["mime_type"]}
                return kept if content is None else {**kept, "base64": base64.b64encode(content).decode()}
            case _:
                return shown(registry, each, value)

    def fields(self, found: RecordType, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What is given of a record, with the labels; nothing of what is empty."""
        return [
            {"field": f.api_name, "label": self.label(f), "value": self.value(f, values[f.name])}
            for f in found.fields
            if values.get(f.name) is not None and f.name not in BESIDE and not f.hidden
        ]

    def add(self, found: RecordType, rows: Iterable[Row], because: Mapping[str, list[str]]) -> None:
        """Records of a type; `because`: by which of their fields they concern the person."""
        group = self.groups.setdefault(found.api_name, {"label": self.label(found), "records": []})
        for row in rows:
            self.count(1)
            self.taken.add(row["id"])
            told = {"id": row["id"], "because": because.get(row["id"], []), "fields": self.fields(found, row)}
            group["records"].append(told)

    async def read_files(self, person: Person) -> None:
        """Have the contents of a person's own files ready."""
        assert self.unit.store is not None
        for name in files_of(person.type):
            if person.row is not None and (value := person.row.get(name)) is not None:
                self.contents[value["sha256"]] = await self.unit.store.read(value["sha256"])

    async def histories(self) -> list[dict[str, Any]]:
        """The changes of the person's own records, in order."""
        made = []
        for person in self.subject.people:
            found = person.type
            transaction, name = self.unit.transaction, self.unit.database_name
            for event in await load_events(transaction, name, self.unit.tables, person.id):
                self.count(1)
                sides = {
                    key: self.side(found, kept) for key, kept in (("before", event.before), ("after", event.after))
                }
                told = {"record": person.id, "act": event.act, "occurredOn": event.occurred_on, "actor": event.actor_id}
                made.append(told | sides)
        return made

    def side(self, found: RecordType, kept: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        values = {n: untold(found.by_name[n], v) for n, v in (kept or {}).items() if n in found.by_name}
        return self.fields(found, values)


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


async def made_document(unit: Unit, subject: Subject) -> Document:
    """The records that a person has, that name it, and those on which these depend."""
    document, named = Document(unit, subject), dict[str, dict[str, list[str]]]()
    for person in subject.people:
        await document.read_files(person)
        document.add(person.type, [person.row] if person.row else [], {})
    for person in subject.people:
        own = [r for r in references_to(unit.tables, person.type) if not r.field.system]
        for reference, id, code, _ in await referring(unit.transaction, unit.database_name, own, [person.id]):
            fields = named.setdefault(unit.registry.by_code[code].name, {}).setdefault(id, [])
            fields.append(document.label(reference.field))
    above: dict[str, list[str]] = {}
    for name, because in named.items():
        found = unit.registry.type(name)
        document.check(len(because))
        rows = await load_rows(unit, found, because.keys() - document.taken, system=True)
        document.add(found, rows, because)
        if found.follows:
            for row in rows:
                if (target := row.get(found.follows)) is not None:
                    above.setdefault(target["id"], []).append(document.label(found))
    await add_others(document, above)
    return document


async def add_others(document: Document, above: Mapping[str, list[str]]) -> None:
    """What the person takes part in, and what says an address: what it is, when it was, and addresses."""
    unit, subject = document.unit, document.subject
    by_type: dict[str, list[str]] = {}
    for id in {*above, *subject.others} - document.taken:
        if (found := subject.others.get(id) or await kind_of(unit, id)) is not None:
            by_type.setdefault(found.name, []).append(id)
    for name, ids in sorted(by_type.items()):
        found = unit.registry.type(name)
        kept = {f.name for f in found.fields if f.personal or f.name == found.primary or f.type in WHEN_AND_WHAT}
        rows = await load_rows(unit, found, ids, system=True)
        document.add(found, [{n: v for n, v in row.items() if n in kept or n == "id"} for row in rows], above)


async def counts_of(document: Document) -> list[dict[str, Any]]:
    """What somebody made, changed or owns is counted: it tells of others."""
    unit, made = document.unit, []
    for person in document.subject.people:
        system = [r for r in references_to(unit.tables, person.type) if r.field.system]
        found = await count_referring(unit.transaction, unit.database_name, system, [person.id], ())
        for reference, count in found:
            kind, label = reference.type, document.label(reference.field)
            made.append({"type": kind.api_name, "label": document.label(kind), "because": label, "count": count})
    return made


@action(name="exportSubject", facts={"document": Json, "fileName": str, "recordCount": int}, needs=Permission.PRIVACY)
@dataclass(frozen=True, slots=True)
class ExportSubject:
    """Hand out all that is held about a person: the record, what names it, its history, what it takes part in."""

    record: Id

    async def perform(self, unit: Unit) -> Facts:
        id = checked_id(unit, next(iter(unit.registry.types)), self.record, ("input", "record"))
        subject = await find_subject(unit, id)
        person, document = subject.people[0], await made_document(unit, subject)
        whole = {
            "madeOn": unit.caller.now,
            "person": {"type": person.type.api_name, "label": document.label(person.type), "id": id},
            "records": document.groups,
            "history": await document.histories(),
            "counts": await counts_of(document),
        }
        count = sum(len(group["records"]) for group in document.groups.values())
        await note_entry(unit, Kind.EXPORT, (person.type.name, id), {"records": count})
        return {"document": whole, "fileName": f"{person.type.api_plural}-{id}.json", "recordCount": count}
