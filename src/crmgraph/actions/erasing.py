"""A person's personal data is taken out of everything that is kept: records, recycle bin, history, journals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crmgraph.actions.auditing import Contents, erase_contents
from crmgraph.actions.declared import Facts, Id, action
from crmgraph.actions.deletion import delete_records
from crmgraph.actions.duplicates import keep_keys
from crmgraph.actions.events import note, told
from crmgraph.actions.loading import Row, checked_id, load_rows
from crmgraph.actions.recycling import purge_records
from crmgraph.actions.subjects import (
    ADDRESS,
    SHORTEST,
    Subject,
    find_subject,
    is_erased,
    links,
    names_one,
    personal_fields,
    telling_types,
)
from crmgraph.actions.unit import Unit
from crmgraph.errors import message
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.metadata.words import TextFormat
from crmgraph.security.principal import Permission
from crmgraph.sql.audit import Kind
from crmgraph.sql.recycling import entries_of
from crmgraph.sql.stored import release
from crmgraph.sql.subjects import (
    Told,
    count_kept,
    details_with,
    events_of,
    events_with,
    forget_kept,
    rename_in_bin,
)

EMPTY: Mapping[FieldType, Any] = {
    FieldType.DATE: date(1900, 1, 1), FieldType.DATE_TIME: datetime(1900, 1, 1, tzinfo=UTC), FieldType.BOOLEAN: False,
    FieldType.INTEGER: 0, FieldType.BIG_INTEGER: 0, FieldType.DECIMAL: Decimal(0), FieldType.MONEY: Decimal(0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErasedRecords:
    """How many records of a type lose personal data, and how many of the changes that are kept of them."""

    record_type: str
    label: str
    records: int
    changes: int


@dataclass(slots=True)
class Plan:
    """What is to be erased."""

    rows: list[tuple[RecordType, Row, dict[str, Any]]] = field(default_factory=list)
    events: dict[str, Contents] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)  # of events, by record type
    binned: dict[str, str | None] = field(default_factory=dict)  # deleted records and their names from now on
    details: dict[str, Any] = field(default_factory=dict)  # of entries of the audit journal
    hashes: set[str] = field(default_factory=set)  # of files' contents
    records: set[str] = field(default_factory=set)  # of which events change

    @property
    def anything(self) -> bool:
        """Whether there is something to be erased."""
        return bool(self.rows or self.events or self.binned or self.details)

    def told(self, unit: Unit) -> list[ErasedRecords]:
        """What callers are told, by record type."""
        records = Counter(found.name for found, *_ in self.rows)
        types = [unit.registry.types[name] for name in sorted({*records, *self.counts})]
        locale = unit.caller.locale
        return [ErasedRecords(t.api_name, t.label.text(locale), records[t.name], self.counts[t.name]) for t in types]


@dataclass(slots=True)
class Eraser:
    """Knows what stands where something personal stood."""

    unit: Unit
    subject: Subject
    texts: set[str] = field(init=False)
    telling: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = self.subject.texts
        self.telling = sorted(self.subject.telling, key=lambda text: (-len(text), text))

    @property
    def neutral(self) -> str:
        return message("erased", self.unit.caller.locale)

    def instead(self, each: Field, found: RecordType, id: str) -> Any:
        """What a field has afterwards: nothing, or where it must have something, what tells nothing."""
        if not each.is_required:
            return None
        if each.type is not FieldType.TEXT:
            first = each.options.options[0].code if each.options else None
            return EMPTY.get(each.type, first)
        if each.format == TextFormat.EMAIL.value:
            return ADDRESS.format(id=id)
        keyed = any(each.name in key.fields for key in found.keys)
        return f"{self.neutral} {id}" if keyed else self.neutral

    def of_person(self, found: RecordType, id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The new values of a person's fields, of those that change."""
        made: dict[str, Any] = {}
        for each in personal_fields(found):
            value, new = values.get(each.name), self.instead(each, found, id)
            if value is None or value == new or (isinstance(value, str) and is_erased(value, id)):
                continue
            made[each.name] = new
        return made

    def of_telling(self, found: RecordType, id: str, values: Mapping[str, Any], direct: bool) -> dict[str, Any]:
        """The same of a record that tells of the person. An activity may tell of others as well."""
        if direct and found.base is None:
            return self.of_person(found, id, values)
        changed: dict[str, Any] = {}
        for each in personal_fields(found):
            value = values.get(each.name)
            if value is None:
                continue
            if not isinstance(value, str):
                new = self.instead(each, found, id) if direct else value
            elif value in self.texts and (direct or id in self.subject.others):
                new = self.instead(each, found, id)
            else:
                new = self.without(value)
            if new != value:
                changed[each.name] = new
        return changed

    def without(self, text: str) -> str:
        """A text without what tells who the person is."""
        for each in self.telling:
            text = text.replace(each, self.neutral)
        return text

    def cleaned(self, value: Any) -> Any:
        """The same in all texts of some JSON."""
        if isinstance(value, Mapping):
            return {name: self.cleaned(v) for name, v in value.items()}
        if isinstance(value, list):
            return [self.cleaned(v) for v in value]
        if not isinstance(value, str):
            return value
        return self.neutral if value in self.texts and len(value) >= SHORTEST else self.without(value)


async def plan_erasure(unit: Unit, subject: Subject) -> Plan:
    """What is to be erased, by looking at everything that is kept."""
    plan, eraser = Plan(), Eraser(unit, subject)
    for person in subject.people:
        if person.row is not None and (changed := eraser.of_person(person.type, person.id, person.row)):
            plan.rows.append((person.type, person.row, changed))
        for event in person.events:
            pair = [kept and eraser.of_person(person.type, person.id, kept) for kept in (event.before, event.after)]
            add_event(unit, plan, person.type, event, pair)
    await plan_telling(unit, plan, eraser)
    await plan_bin(unit, plan, eraser)
    for id, kind, detail in await details_with(unit.transaction, unit.database_name, eraser.telling):
        only = kind == Kind.ERASURE  # the rest of it verifies the chain
        new = {**detail, "reason": eraser.cleaned(detail.get("reason"))} if only else eraser.cleaned(detail)
        if new != detail:
            plan.details[id] = new
    return plan


def add_event(unit: Unit, plan: Plan, found: RecordType, event: Told, pair: Sequence[Mapping[str, Any] | None]) -> None:
    """Take an event up, if one of its sides changes; `pair`: the new values of each side."""
    if not any(pair):
        return
    made: list[dict[str, Any] | None] = []
    for kept, changed in zip((event.before, event.after), pair, strict=True):
        made.append(None if kept is None else {**kept, **(told(unit, found, changed or {}) or {})})
        for name in changed or ():
            if found.by_name[name].type is FieldType.FILE and kept:
                plan.hashes.add(kept[name]["sha256"])
    plan.events[event.id] = made[0], made[1]
    plan.records.add(event.record_id)
    plan.counts[found.name] += 1


async def plan_telling(unit: Unit, plan: Plan, eraser: Eraser) -> None:
    """The records that tell of the person, as they are and as they were."""
    subject, kinds = eraser.subject, telling_types(unit.registry)
    by_type: dict[str, list[str]] = {}
    for id, found in (subject.direct | subject.others).items():
        by_type.setdefault(found.name, []).append(id)
    for name, ids in by_type.items():
        found = unit.registry.type(name)
        for row in await load_rows(unit, found, ids, system=True):
            changed = eraser.of_telling(found, row["id"], row, row["id"] in subject.direct)
            if changed:
                plan.rows.append((found, row, changed))
    texts = {*subject.ids, *eraser.telling}
    known = {*subject.direct, *subject.others}
    hit = await events_with(unit.transaction, unit.database_name, sorted(kinds), texts)
    gone = {e.record_id for e in hit} - known
    direct = set(subject.direct)
    for event in await events_of(unit.transaction, unit.database_name, known | gone):
        if event.record_type not in kinds:
            continue
        found = kinds[event.record_type]
        sides = event.before, event.after
        if event.record_id in gone and any(kept and names_one(found, kept, subject.ids) for kept in sides):
            direct.add(event.record_id)  # in the order of events: later ones tell of the same
        near = event.record_id in direct
        if event.after and names_one(found, event.before or {}, subject.ids) and links_elsewhere(found, event, subject):
            direct.discard(event.record_id)  # what comes later tells of somebody else
        pair = [kept and eraser.of_telling(found, event.record_id, kept, near) for kept in sides]
        add_event(unit, plan, found, event, pair)


def links_elsewhere(found: RecordType, event: Told, subject: Subject) -> bool:
    """Whether a change made a record that named the person name somebody else, or nobody."""
    changed = [f.name for f in links(found) if f.name in (event.after or {})]
    return bool(changed) and not names_one(found, event.after or {}, subject.ids)


async def plan_bin(unit: Unit, plan: Plan, eraser: Eraser) -> None:
    """Names in the recycle bin: those of the person, and those that tell of it."""
    for _, id, code in await entries_of(unit.transaction, unit.database_name, plan.records):
        found = unit.registry.by_code[code]
        primary = found.by_name[found.primary]
        if primary.personal:
            plan.binned[id] = eraser.instead(primary, found, id)


# --- doing it ---------------------------------------------------------------------------------------------------------


async def carry_out(unit: Unit, plan: Plan, subject: Subject, texts: set[str], detail: Mapping[str, Any]) -> None:
    """Erase what is planned, and note it."""
    name = unit.database_name
    for found, row, changed in plan.rows:
        await write_erased(unit, found, row, changed)
    for id, label in plan.binned.items():
        await rename_in_bin(unit.transaction, name, [id], label)
    await erase_contents(unit, plan.events, detail, plan.details)
    await release(unit.transaction, name, unit.registry, plan.records | {row["id"] for _, row, _ in plan.rows})
    await forget_kept(unit.transaction, name, texts)


async def write_erased(unit: Unit, found: RecordType, row: Row, changed: Mapping[str, Any]) -> None:
    """Write new values of a record; its event does not tell the old ones."""
    before = dict.fromkeys(changed)
    event = note(unit, "update", found, row["id"], row["version"] + 1, before=before, after=changed)
    user = {"id": unit.caller.user_id} if unit.caller.user_id else None
    stamps = {"id": row["id"], "modified_on": unit.caller.now, "modified_by": user}
    statements = unit.writes.update(found, {**stamps, **changed}, row["version"], event)
    await unit.transaction.execute_all(statements)
    await keep_keys(unit, found, [(row, changed)])


@action(
    name="eraseSubject",
    facts={
        "dryRun": bool, "erased": list[ErasedRecords], "files": int, "answers": int, "importRows": int,
        "auditEntries": int,
    },
    needs=Permission.PRIVACY,
)  # fmt: skip
@dataclass(frozen=True, slots=True)
class EraseSubject:
    """Erase the personal data of a person in all records, in the recycle bin and in the history. It cannot be undone.

    The record stays, without what tells who it was, so that counts and sums stay right.
    """

    record: Id
    reason: str | None = None
    dry_run: bool = False
    delete: bool = False

    async def perform(self, unit: Unit) -> Facts:
        id = checked_id(unit, next(iter(unit.registry.types)), self.record, ("input", "record"))
        subject = await find_subject(unit, id)
        plan = await plan_erasure(unit, subject)
        texts = {text for text in subject.texts if len(text) >= SHORTEST} | (subject.ids if plan.anything else set())
        answers, rows = await count_kept(unit.transaction, unit.database_name, texts)
        erased = plan.told(unit)
        facts = {
            "dryRun": self.dry_run, "erased": erased, "files": len(plan.hashes), "answers": answers,
            "importRows": rows, "auditEntries": len(plan.details),
        }  # fmt: skip
        if self.dry_run:
            return facts
        if plan.anything or answers or rows:
            numbers = {each.record_type: [each.records, each.changes] for each in erased}
            reason = Eraser(unit, subject).cleaned(self.reason)  # which may name the person
            detail = {"record": id, "reason": reason, "erased": numbers}
            await carry_out(unit, plan, subject, texts, detail)
        person = subject.people[0]
        if self.delete and person.row is not None:
            await delete_records(unit, person.type, [id])
        if self.delete:
            await purge_records(unit, [id])
        return facts
