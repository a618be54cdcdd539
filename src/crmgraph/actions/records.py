"""Create and update, one record or many, for any record type; inputs may nest (see `trees`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.drafts import Path
from crmgraph.actions.loading import load_record, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit

__all__ = ["change_record", "create_record", "create_records", "update_record", "update_records", "write_changes"]


async def create_record(
    unit: Unit, type_name: str, values: Mapping[str, Any], path: Path = ("input",), *, system: bool = False
) -> str:
    """Create a record; its id. With `system`, fields that only the system writes may be given."""
    tree = Tree(unit, system=system)
    id = tree.new(unit.registry.type(type_name), values, path)
    await tree.write()
    return id


async def create_records(
    unit: Unit, type_name: str, rows: Iterable[Mapping[str, Any]], path: Path = ("inputs",), *, system: bool = False
) -> list[str]:
    """Create many records, which may name each other; their ids. All faults of all rows are reported at once."""
    tree, found = Tree(unit, system=system), unit.registry.type(type_name)
    ids = [tree.new(found, row, (*path, i)) for i, row in enumerate(rows)]
    await tree.write()
    return ids


async def update_record(
    unit: Unit,
    type_name: str,
    id: str,
    values: Mapping[str, Any],
    if_version: int | None = None,
    path: Path = ("input",),
) -> str:
    """Change a record; its id. Nothing is written if nothing changes."""
    found, row = await load_record(unit, type_name, id, if_version)
    tree = Tree(unit)
    tree.change(found, row, values, path)
    await tree.write()
    return str(row["id"])


async def update_records(
    unit: Unit, type_name: str, ids: Sequence[str], values: Mapping[str, Any], path: Path = ("input",)
) -> list[str]:
    """Change records of one concrete type alike; the ids of those that the change made different."""
    found = unit.registry.type(type_name)
    tree = Tree(unit)
    for row in await load_rows(unit, found, ids):
        tree.change(found, row, values, path)
    written = set(await tree.write())
    return [id for id in ids if id in written]


async def change_record(unit: Unit, type_name: str, id: str, values: Mapping[str, Any]) -> str:
    """Change a record on the system's behalf: read-only and immutable fields too."""
    found, row = await load_record(unit, type_name, id)
    tree = Tree(unit, system=True)
    tree.change(found, row, values, ("input",))
    await tree.write()
    return str(row["id"])
