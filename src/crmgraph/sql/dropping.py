"""What goes with dropped record types and fields: read in pages before, so that it is kept in files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.registry import DELETED_TYPE, EVENT_TYPE, MERGE_TYPE, Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.stored import gone_with_type
from crmgraph.sql.tables import column_name, type_column
from crmgraph.sql.types import POSTGRESQL, load

PAGE = 2_000  # rows
JOURNALS = (EVENT_TYPE, DELETED_TYPE, MERGE_TYPE)  # whose rows tell of a record of one type
ABOUT = "record"  # what journals name the record by that they tell of


@dataclass(frozen=True, slots=True)
class Lost:
    """Rows that go: these fields of `table` (and of `base`, if its records stand there too), where `where` holds."""

    name: str  # the file's
    table: str
    fields: tuple[Field, ...]
    where: str
    base: str | None = None


def lost_rows(old: Registry, new: Registry) -> Iterator[Lost]:
    """All that goes: of dropped fields the values, of dropped types the records, who named them, and their history."""
    for name, before in old.types.items():
        after = new.types.get(name)
        if after is None:
            yield from lost_type(old, new, before)
        elif after is not before:
            for each in before.fields:
                if each.store == name and each.name not in after.by_name and not (each.is_computed or each.system):
                    given = f"t.{named(column_name(each))} IS NOT NULL"
                    yield Lost(f"{name}.{each.name}", name, (each,), given)


def lost_type(old: Registry, new: Registry, found: RecordType) -> Iterator[Lost]:
    """A dropped type's records, with the links to them and what journals tell of them."""
    fields = tuple(f for f in found.fields if f.name != "id" and not f.is_computed)
    yield Lost(found.name, found.name, fields, "1 = 1", found.base)
    for owner, about in links_to(old, new, found):
        yield Lost(f"{found.name}.{owner}.{about.name}", owner, (about,), f"t.{named_by(about, found)}")
    for journal in JOURNALS:
        told = tuple(f for f in old.types[journal].fields if f.name != "id")
        yield Lost(f"{found.name}.{journal}", journal, told, f"t.{ABOUT}_type = {found.code}")


def links_to(old: Registry, new: Registry, found: RecordType) -> Iterator[tuple[str, Field]]:
    """The lookups that stay and may name records of a dropped type: to several types, or to its base."""
    for name in new.types:
        for each in old.types[name].fields if name in old.types and not new.types[name].journal else ():
            stays = each.type is FieldType.LOOKUP and each.store == name and each.name in new.types[name].by_name
            if stays and (found.name in each.targets or found.base in each.targets):
                yield name, each


def named_by(about: Field, found: RecordType) -> str:
    """The condition that a lookup names a record of a type."""
    if about.is_polymorphic:
        return f"{named(type_column(about))} = {found.code}"
    return f"{named(column_name(about))} IN (SELECT id FROM {named(found.name)})"


def detached(old: Registry, new: Registry, found: RecordType) -> Iterator[str]:
    """What has to be done before a dropped type's table goes, so that nothing names its records afterwards."""
    for owner, about in links_to(old, new, found):
        columns = [column_name(about), *([type_column(about)] if about.is_polymorphic else [])]
        sets = ", ".join(f"{named(c)} = NULL" for c in columns)
        yield f"UPDATE {named(owner)} SET {sets} WHERE {named_by(about, found)}"
    yield from gone_with_type(found.code)
    for journal in JOURNALS:
        yield f"DELETE FROM {named(journal)} WHERE {ABOUT}_type = {found.code}"


async def read_lost(transaction: Transaction, database_name: str, lost: Lost) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Its rows in pages, in the order of their ids."""
    shown = ["t.id"]
    for each in lost.fields:
        prefix = "b" if each.store == lost.base else "t"
        shown.append(f"{prefix}.{named(column_name(each))}")
        if each.is_polymorphic:
            shown.append(f"{prefix}.{named(type_column(each))}")
    source = f"{named(lost.table)} t" + (f" JOIN {named(lost.base)} b ON b.id = t.id" if lost.base else "")
    mark = "$1::uuid" if database_name == POSTGRESQL else "?1"
    last: str | None = None
    while True:
        where = lost.where if last is None else f"{lost.where} AND t.id > {mark}"
        text = f"SELECT {', '.join(shown)} FROM {source} WHERE {where} ORDER BY t.id LIMIT {PAGE}"
        rows = await transaction.rows(text, [] if last is None else [last])
        if rows:
            yield [shown_row(database_name, lost.fields, row) for row in rows]
        if len(rows) < PAGE:
            return
        last = str(rows[-1][0])


def shown_row(database_name: str, fields: tuple[Field, ...], row: Any) -> Mapping[str, Any]:
    """A row by the fields' storage names."""
    values = iter(row)
    found: dict[str, Any] = {"id": str(next(values))}
    for each in fields:
        value = load(database_name, each, next(values))
        if each.is_polymorphic:
            code = next(values)
            value = None if value is None else {"id": value, "type": code}
        found[each.name] = value
    return found
