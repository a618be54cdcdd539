"""Undo a merge: every record that it changed gets back what it had, where nothing else was made of that since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.declared import ITS_RECORD, Answered, Id, TypeName, action
from crmgraph.actions.guards import Wanted, demand_all, held
from crmgraph.actions.loading import Row, load_record, load_rows
from crmgraph.actions.merges import acting, name_of
from crmgraph.actions.reverting import Kept, KeptReason, Reverted, revert
from crmgraph.actions.savepoints import Savepoint
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.metadata.merging import is_mergeable
from crmgraph.metadata.registry import DELETED_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.merges import Given, MergeRow, end_merge, given_by, given_since, merges_in_force
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.recycling import entries_of
from crmgraph.sql.writes import MERGE, UNMERGE


@dataclass(frozen=True, slots=True)
class UnmergedRecords:
    """How many records of a type got back what they had."""

    record_type: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class KeptValue:
    """A field of a record that stays as it is, and why."""

    record_type: str
    id: Id
    field: str
    label: str
    reason: KeptReason


@dataclass(frozen=True, slots=True)
class GoneRecord:
    """A record that was deleted since."""

    record_type: str
    label: str
    id: Id


FACTS: Mapping[str, Any] = {
    "dryRun": bool, "restored": list[UnmergedRecords], "kept": list[KeptValue], "gone": list[GoneRecord],
}  # fmt: skip


@action(name="unmerge", on=is_mergeable, answers=ITS_RECORD, facts=FACTS)
@dataclass(frozen=True, slots=True)
class Unmerge:
    """Undo the merge by which the record with this id went: it, the record that it went into, and all that followed
    get back what they had. What was changed since stays as it is and is told.
    """

    id: Id
    type: TypeName
    if_version: int | None = None
    dry_run: bool = False

    async def perform(self, unit: Unit) -> Answered:
        found, row = await load_record(unit, self.type, self.id, self.if_version)
        merge = await merge_of(unit, found, row)
        given = await given_by(unit.transaction, unit.database_name, merge)
        await check_order(unit, found, row, merge, given)
        savepoint = await Savepoint.set(unit) if self.dry_run else None
        with acting(unit, UNMERGE):
            reverted = await revert(unit, given, (merge.record[0], merge.master[0]))
        await end_merge(unit.transaction, unit.database_name, merge.id, unit.common)
        facts = {"dryRun": self.dry_run, **await told(unit, reverted)}
        if savepoint is not None:
            await savepoint.back()
        return Answered(str(row["id"]), facts)


async def merge_of(unit: Unit, found: RecordType, row: Row) -> MergeRow:
    """The merge by which a record went; refused unless the caller may change both records."""
    await demand_all(unit, found, [row["id"]], Privilege.WRITE)
    merges = await merges_in_force(unit.transaction, unit.database_name, [row["id"]])
    if not merges:
        raise RuleViolated("not_merged", "not_merged", path=("id",), type=found.label, name=name_of(found, row))
    (merge,) = merges
    probe = Probe(ids={merge.master[0]})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    if probe.types:
        await demand_all(unit, found, probe.types, Privilege.WRITE)
    return merge


async def check_order(unit: Unit, found: RecordType, row: Row, merge: MergeRow, given: Iterable[Given]) -> None:
    """Refused where the history was pruned; where the master went into another record itself, and where a later merge
    in force changed the same fields of the same records: that one has to be undone first.
    """
    fields: dict[str, set[str]] = {}
    for each in given:
        fields.setdefault(each.id, set()).update(each.after)
    if row["id"] not in fields:
        raise RuleViolated("merge_forgotten", "merge_forgotten", type=found.label, name=name_of(found, row))
    transaction, name = unit.transaction, unit.database_name
    later = [went.record for went in await merges_in_force(transaction, name, [merge.master[0]])]
    since = await given_since(transaction, name, merge, [*fields], unit.writes.act_code(MERGE))
    later += [(went, code) for went, code, id, names in since if names & fields[id]]
    if later:
        id, code = later[0]
        kind = unit.registry.by_code[code]
        seen = await load_rows(unit, kind, [id])
        key = "unmerge_later_first" if seen else "unmerge_later_unseen"
        raise RuleViolated("unmerge_later_first", key, type=kind.label, **({"id": id} if seen else {}))


async def told(unit: Unit, reverted: Reverted) -> dict[str, Any]:
    """What came of it, as far as the caller sees it."""
    wanted: Wanted = {}
    for kind, id in (*reverted.written, *((k.type, k.id) for k in reverted.kept)):
        wanted.setdefault((kind.name, Privilege.READ), set()).add(id)
    seen = {id for ids in (await held(unit, wanted)).values() for id in ids}
    living, locale = unit.tables.living.types, unit.caller.locale
    counts = Counter(kind.name for kind, id in reverted.written if id in seen and kind.name in living)
    return {
        "restored": [
            UnmergedRecords(living[n].api_name, living[n].labels.text(locale), counts[n]) for n in sorted(counts)
        ],
        "kept": [value for each in reverted.kept if each.id in seen for value in told_kept(unit, each)],
        "gone": [GoneRecord(k.api_name, k.label.text(locale), Id(id)) for k, id in await seen_in_bin(unit, reverted)],
    }


def told_kept(unit: Unit, kept: Kept) -> Iterable[KeptValue]:
    """The fields of a record that stay as they are; not what the system keeps beside them."""
    left, policy, locale = (
        unit.tables.living.types.get(kept.type.name),
        unit.caller.principal.policy,
        unit.caller.locale,
    )
    for name in kept.names:
        about = left.by_name.get(name) if left is not None else None
        if about is not None and not about.hidden and not about.base_of and is_readable(policy, about):
            yield KeptValue(kept.type.api_name, Id(kept.id), about.api_name, about.label.text(locale), kept.reason)


async def seen_in_bin(unit: Unit, reverted: Reverted) -> list[tuple[RecordType, str]]:
    """Of the records that are gone those that the caller sees in the recycle bin."""
    kinds = {id: kind for kind, id in reverted.gone if kind.name in unit.tables.living.types}
    entries = await entries_of(unit.transaction, unit.database_name, kinds) if kinds else []
    wanted: Wanted = {(DELETED_TYPE, Privilege.READ): {entry for entry, _, _ in entries}}
    seen = (await held(unit, wanted))[DELETED_TYPE, Privilege.READ]
    there = {record for entry, record, _ in entries if entry in seen}
    return [(kind, id) for id, kind in sorted(kinds.items()) if id in there]
