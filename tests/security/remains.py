"""A copy of a company's database in which only what somebody may see is left: the rest was never there."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from company import RECORDS
from guarded import SECURED
from permits import FOLLOWS, Permits

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.sqlite import connect
from crmgraph.sql.tables import column_names, stored_fields, type_column

DERIVED = {("firm", "per_head"): ("firm", "employees")}
JOURNALS = {"event": "record_id", "share": "record_id"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may see: records by id, and which fields not."""

    ids: frozenset[str]
    hidden: frozenset[tuple[str, str]]
    binned: frozenset[str]  # types whose deleted records are seen
    past: frozenset[str]  # ids of deleted records whose history is seen: those of types that are seen as a whole


def hidden_fields(permits: Permits) -> frozenset[tuple[str, str]]:
    """The secured fields that no profile opens to somebody, and what is reckoned of them."""
    company = permits.company
    open_ = {f for profile, whom in company.opened if whom in permits.mine for f in company.profiles[profile]}
    hidden = {(t, f) for t, fields in SECURED.items() for f in fields} - open_
    hidden |= {(t, f"{f}_base") for t, f in hidden if f in ("revenue", "amount")}
    return frozenset(hidden | {made for made, of in DERIVED.items() if of in hidden})


def seen_by(permits: Permits, registry: Registry, ids: Mapping[str, Iterable[str]]) -> Seen:
    """What somebody may see of all that is there."""
    found = {id for name in RECORDS for id in permits.allowed(name, "read")}
    for name, some in ids.items():
        if name not in RECORDS and whole(permits, name, "read"):
            found |= set(some)
    binned = {t for t in RECORDS if whole(permits, t, "delete")}
    past = {id for id, (t, _) in permits.company.deleted.items() if t not in FOLLOWS and whole(permits, t, "read")}
    return Seen(frozenset(found), hidden_fields(permits), frozenset(binned), frozenset(past))


def whole(permits: Permits, type_name: str, privilege: str) -> bool:
    return any(level == 8 for level, _ in permits.granted(type_name, privilege))


def loosened(original: Path, copy: Path) -> None:
    """A copy whose columns all take null."""
    source = connect(str(original))
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    db = connect(str(copy))
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def ids_of(path: Path, registry: Registry) -> dict[str, list[str]]:
    """Every record by type."""
    db = connect(str(path))
    concrete = [t for t in registry.types.values() if not (t.abstract or t.journal)]
    found = {t.name: [id for (id,) in db.execute(f'SELECT id FROM "{t.name}"')] for t in concrete}
    db.close()
    return found


def strip(template: Path, path: Path, registry: Registry, seen: Seen, person: str) -> None:
    """Make the copy: rows go that may not be seen, lookups to them and fields that are hidden become null."""
    shutil.copy(template, path)
    db = connect(str(path))
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("BEGIN")
    db.execute("CREATE TEMP TABLE seen(id TEXT PRIMARY KEY)")
    db.executemany("INSERT INTO seen VALUES (?)", [(id,) for id in seen.ids])
    db.execute("CREATE TEMP TABLE past AS SELECT id FROM seen")
    db.executemany("INSERT INTO past VALUES (?)", [(id,) for id in seen.past])
    codes = ", ".join(str(registry.type(t).code) for t in sorted(seen.binned)) or "0"
    db.execute(f"DELETE FROM deleted_record WHERE deleted_by_id IS NOT ? AND record_type NOT IN ({codes})", (person,))
    db.execute("DELETE FROM record WHERE id NOT IN (SELECT id FROM seen)")
    for found in registry.types.values():
        if not found.journal or found.name in JOURNALS:
            column, kept = JOURNALS.get(found.name, "id"), "past" if found.name == "event" else "seen"
            db.execute(f'DELETE FROM "{found.name}" WHERE {column} NOT IN (SELECT id FROM {kept})')
        for field in stored_fields(found):
            blank(db, found, field, seen)
    for id, type_code, *values in list(db.execute("SELECT id, record_type, before, after FROM event")):
        made = [rewritten(registry.by_code[type_code], orjson.loads(v), seen) if v else None for v in values]
        texts = [orjson.dumps(v).decode() if v is not None else None for v in made]
        db.execute("UPDATE event SET before = ?, after = ? WHERE id = ?", (*texts, id))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def blank(db: Any, found: RecordType, field: Field, seen: Seen) -> None:
    columns = ", ".join(f'"{name}" = NULL' for name in column_names(field))
    if (field.store, field.name) in seen.hidden:
        db.execute(f'UPDATE "{found.name}" SET {columns}')
    elif field.type is FieldType.LOOKUP and found.name != "deleted_record":
        kept = "past" if found.name == "event" else "seen"
        assert not field.is_polymorphic or type_column(field) in columns
        db.execute(f'UPDATE "{found.name}" SET {columns} WHERE "{field.name}_id" NOT IN (SELECT id FROM {kept})')
    elif field.name == "deleted_by":
        db.execute(f"UPDATE deleted_record SET {columns} WHERE deleted_by_id NOT IN (SELECT id FROM seen)")


def rewritten(found: RecordType, values: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """What an event keeps of a record, without what is hidden."""
    kept = {}
    for name, value in values.items():
        field = found.by_name[name]
        if (field.store, name) not in seen.hidden:
            gone = field.type is FieldType.LOOKUP and value is not None and value["id"] not in seen.ids | seen.past
            kept[name] = None if gone else value
    return kept
