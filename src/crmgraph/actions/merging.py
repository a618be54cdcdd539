"""Merge two records of one type: one stays and takes over what is chosen, all that names the other follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.declared import ITS_RECORD, Answered, Id, Json, TypeName, action
from crmgraph.actions.drafts import same
from crmgraph.actions.following import Followed, Places, StayingReason, follow
from crmgraph.actions.guards import held
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import Row
from crmgraph.actions.merges import ID, OTHER, Named, Pair, acting, load_pair
from crmgraph.actions.savepoints import Savepoint
from crmgraph.actions.shown import shown
from crmgraph.actions.taking import UnfilledReason, Wanted, settle_both, wanted_of
from crmgraph.actions.unit import Unit
from crmgraph.metadata.merging import is_mergeable
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.merges import MergeRow, add_merge
from crmgraph.sql.scans import Scans
from crmgraph.sql.writes import MERGE

MOST_IDS = 100  # of records that stay behind, that are told one by one


@dataclass(frozen=True, slots=True)
class MergedValue:
    """A field of the record that stays, with its values before and after."""

    field: str
    label: str
    before: Json | None
    after: Json | None


@dataclass(frozen=True, slots=True)
class UnfilledValue:
    """A field that the record that stays could not take from the other, and why."""

    field: str
    label: str
    reason: UnfilledReason


@dataclass(frozen=True, slots=True)
class MovedRecords:
    """How many records of a type name the record that stays from now on, by one of their lookups."""

    record_type: str
    label: str
    field: str
    field_label: str
    count: int


@dataclass(frozen=True, slots=True)
class StayingRecords:
    """How many records of a type go on naming the record that went, which ones (the first hundred), and why."""

    record_type: str
    label: str
    field: str
    field_label: str
    count: int
    ids: list[Id]
    reason: StayingReason


FACTS: Mapping[str, Any] = {
    "dryRun": bool, "changed": list[MergedValue], "unfilled": list[UnfilledValue], "moved": list[MovedRecords],
    "staying": list[StayingRecords],
}  # fmt: skip


@action(name="merge{types}", on=is_mergeable, answers=ITS_RECORD, facts=FACTS)
@dataclass(frozen=True, slots=True)
class Merge:
    """Merge two records: the one with the `id` stays, `other` goes. Fields that `take` names get the other's values;
    so do those that are empty, unless `fillGaps` is false. Records that name the other name this one from then on, as
    their lookups say; the other becomes inactive and names its master.
    """

    id: Id
    type: TypeName
    other: Id
    take: list[str] = field(default_factory=list)
    fill_gaps: bool = True
    if_version: int | None = None
    other_if_version: int | None = None
    dry_run: bool = False

    async def perform(self, unit: Unit) -> Answered:
        found = unit.registry.type(self.type)
        ends = Named(self.id, ID, self.if_version), Named(self.other, OTHER, self.other_if_version)
        pair = await load_pair(unit, found, *ends)
        before = pair.master
        savepoint = await Savepoint.set(unit) if self.dry_run else None
        with acting(unit, MERGE):
            first = new_id()
            followed = await follow(unit, pair)
            wanted = await wanted_of(unit, pair, self.take, fill_gaps=self.fill_gaps)
            after = await settle_both(unit, pair, wanted)
        await note_merge(unit, pair, first)
        changed = await told_changes(unit, found, before, after)
        if savepoint is not None:
            await savepoint.back()
        facts = {"dryRun": self.dry_run, "changed": changed, "unfilled": told_unfilled(unit, found, wanted)}
        return Answered(str(before["id"]), {**facts, **told_records(unit, followed)})


async def note_merge(unit: Unit, pair: Pair, first: str) -> None:
    """Leave the row that says who went where; all events since `first` are the merge's."""
    code = pair.type.code
    ends = (pair.other["id"], code), (pair.master["id"], code)
    row = MergeRow(new_id(), *ends, unit.id, first, new_id())
    await add_merge(unit.transaction, unit.database_name, row, unit.common)
    await Scans(unit.transaction, unit.database_name).settle_pair([row.record[0], row.master[0]])


# --- what is told -----------------------------------------------------------------------------------------------------


async def told_changes(unit: Unit, found: RecordType, before: Row, after: Row) -> list[MergedValue]:
    """The fields that changed, as far as the caller reads them; lookups to what they do not see are shown empty."""
    policy, living = unit.caller.principal.policy, unit.tables.living
    fields = [
        f
        for f in living.type(found.name).fields
        if f.name in after and not (f.hidden or (f.system and f.read_only)) and is_readable(policy, f)
        if not same(f, before[f.name], after[f.name])
    ]
    seen = await seen_targets(unit, fields, [before, after])
    locale = unit.caller.locale

    def told(about: Field, value: Any) -> Any:
        if value is None or (about.type is FieldType.LOOKUP and value["id"] not in seen):
            return None
        if about.type is FieldType.FILE:
            return {"name": value["name"], "mimeType": value["mime_type"], "size": value["size"]}
        return shown(living, about, value)

    return [
        MergedValue(f.api_name, f.label.text(locale), told(f, before[f.name]), told(f, after[f.name])) for f in fields
    ]


async def seen_targets(unit: Unit, fields: Iterable[Field], rows: Iterable[Row]) -> Collection[str]:
    """Of the records that some rows name by some lookups those that the caller sees."""
    wanted: dict[tuple[str, Privilege], set[str]] = {}
    lookups = [f for f in fields if f.type is FieldType.LOOKUP]
    for about, row in ((f, r) for f in lookups for r in rows):
        if (link := row[about.name]) is not None:
            kind = link.get("type") or about.targets[0]
            wanted.setdefault((kind, Privilege.READ), set()).add(link["id"])
    return {id for ids in (await held(unit, wanted)).values() for id in ids}


def told_unfilled(unit: Unit, found: RecordType, wanted: Wanted) -> list[UnfilledValue]:
    policy, locale = unit.caller.principal.policy, unit.caller.locale
    fields = [f for f in found.fields if f.name in wanted.unfilled and is_readable(policy, f)]
    return [UnfilledValue(f.api_name, f.label.text(locale), wanted.unfilled[f.name]) for f in fields]


def told_records(unit: Unit, followed: Followed) -> dict[str, Any]:
    """The records that follow and those that stay, by record type and lookup, in the order of their names."""
    moved = [MovedRecords(*words, len(ids)) for words, ids in in_words(unit, followed.moved)]
    staying = [
        StayingRecords(*words, len(ids), [Id(id) for id in sorted(ids)[:MOST_IDS]], why)
        for why in StayingReason
        for words, ids in in_words(unit, followed.stay.get(why, {}))
    ]
    return {"moved": moved, "staying": staying}


def in_words(unit: Unit, places: Places) -> Iterator[tuple[tuple[str, str, str, str], list[str]]]:
    """API name and label of record types and lookups, with the ids."""
    locale, types = unit.caller.locale, unit.registry.types
    for (name, about), ids in sorted(places.items(), key=lambda place: (place[0][0], place[0][1].name)):
        kind = types[name]
        yield (kind.api_name, kind.labels.text(locale), about.api_name, about.label.text(locale)), ids
