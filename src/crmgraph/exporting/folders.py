"""A whole installation as a folder of CSV files with a plan by which `crmgraph import` brings the same records back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmgraph.exporting.formats import CSV, Options
from crmgraph.exporting.run import Counted, pieces
from crmgraph.exporting.trail import Trail
from crmgraph.metadata.living import living
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.database import Snapshot
from crmgraph.sql.extracts import Extract
from crmgraph.sql.stored import digests_in
from crmgraph.storage.store import Store

ID = "id"
PLAN = "plan.toml"
FILE_PARTS = ("name", "mimeType", "sha256")
FILES = "files"  # the folder of contents, by their digests


@dataclass(frozen=True, slots=True)
class FileStep:
    """One record type's file: its columns' paths, and of these the lookups that are set when all records are there."""

    type: RecordType
    columns: tuple[str, ...]
    later: tuple[str, ...]


def file_steps(registry: Registry) -> list[FileStep]:
    """The record types in an order in which they can be imported: what a lookup names goes before it, where it can."""
    registry = living(registry)
    left = {t.name: t for t in registry.types.values() if not (t.abstract or t.journal)}
    placed: set[str] = set()
    steps = []
    while left:
        name = min(left, key=lambda n: urgency(registry, left[n], placed))
        found = left.pop(name)
        lookups = [f for f in imported_fields(found) if f.type is FieldType.LOOKUP]
        later = tuple(f"{f.api_name}.id" for f in lookups if not must_be_there(f) and not reached(registry, f, placed))
        columns = tuple(c for f in imported_fields(found) for c in field_columns(f))
        steps.append(FileStep(found, columns, later))
        placed.add(name)
    return steps


def urgency(registry: Registry, found: RecordType, placed: set[str]) -> tuple[int, int]:
    """How many of a type's lookups, at first the indispensable ones, name other types that have no place yet."""
    known = placed | {found.name}  # the rows of one file may name each other
    waiting = [f for f in imported_fields(found) if f.type is FieldType.LOOKUP and not reached(registry, f, known)]
    return sum(must_be_there(f) for f in waiting), len(waiting)


def must_be_there(field: Field) -> bool:
    """A lookup that a record cannot be made without, or that cannot be set later."""
    return field.is_required or field.immutable


def reached(registry: Registry, field: Field, placed: set[str]) -> bool:
    return all(t.name in placed for target in registry.targets(field) for t in registry.concrete(target.name))


def imported_fields(found: RecordType) -> list[Field]:
    """What an import can fill."""
    born_with = found.born_with
    return [f for f in found.fields if not f.hidden and (not f.read_only or f.name in born_with)]


def field_columns(field: Field) -> tuple[str, ...]:
    match field.type:
        case FieldType.LOOKUP:
            return (f"{field.api_name}.id",)
        case FieldType.FILE:
            return tuple(f"{field.api_name}.{part}" for part in FILE_PARTS)
        case _:
            return (field.api_name,)


# --- the files -----------------------------------------------------------------------------------------------------


async def write_folder(
    snapshot: Snapshot,
    steps: Sequence[tuple[FileStep, Extract]],
    folder: Path,
    counted: Counted,
    trail: Trail | None = None,
    store: Store | None = None,
) -> Mapping[str, int]:
    """A file for each type that has records, their maps, and the plan; the records of each type.

    With a store also the contents of their files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for step, extract in steps:
        path = folder / f"{step.type.name}.csv"
        counts[step.type.name] = 0

        def count(rows: int, name: str = step.type.name) -> None:
            counts[name] = rows
            counted(sum(counts.values()))

        with path.open("wb") as file:
            async for piece in pieces(snapshot, extract, CSV, Options(), count, trail):
                file.write(piece)
        if not counts[step.type.name]:
            path.unlink()
    made = [step for step, _ in steps if counts[step.type.name]]
    if store is not None:
        await write_contents(snapshot, store, [step.type for step in made], folder / FILES)
    for step in made:
        write_maps(step, folder)
    (folder / PLAN).write_text(plan_text(made), encoding="utf-8")
    return {name: rows for name, rows in counts.items() if rows}


async def write_contents(snapshot: Snapshot, store: Store, types: Sequence[RecordType], folder: Path) -> None:
    """The contents of the files of some types' records, each once."""
    for found in types:
        for field in (f for f in imported_fields(found) if f.type is FieldType.FILE):
            async for digests in digests_in(snapshot, field):
                for digest in digests:
                    if not (path := folder / digest).exists():
                        folder.mkdir(exist_ok=True)
                        await write_content(store, digest, path)


async def write_content(store: Store, digest: str, path: Path) -> None:
    """One content; a half-written one keeps another name."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        async for piece in await store.stream(digest):
            await asyncio.to_thread(file.write, piece)
    part.rename(path)


def write_maps(step: FileStep, folder: Path) -> None:
    rules = "".join(field_rule(f) for f in imported_fields(step.type))
    (folder / first_map(step)).write_text(ignoring(step.later) + rules, encoding="utf-8")
    if step.later:
        others = [c for c in step.columns if c not in step.later and c != ID]
        (folder / second_map(step)).write_text(ignoring(others), encoding="utf-8")


def first_map(step: FileStep) -> str:
    return f"{step.type.name}.toml"


def second_map(step: FileStep) -> str:
    return f"{step.type.name}.links.toml"


def ignoring(columns: Sequence[str]) -> str:
    return f"ignore = [{', '.join(f'{c!r}' for c in columns)}]\n"


def field_rule(field: Field) -> str:
    """No value where a default would come, and a file's three columns put together as the importer finds it."""
    if field.default is not None and not field.is_required:
        return f"\n[columns.{field_columns(field)[0]!r}]\nblank = 'empty'\n"
    if field.type is not FieldType.FILE:
        return ""
    name, mime_type, digest = (f"{{{column}}}" for column in field_columns(field))
    return f"\n[fields.{field.name}]\ntemplate = 'file:{FILES}/{digest};type={mime_type};name={name}'\n"


def plan_text(steps: Sequence[FileStep]) -> str:
    """First all records, then what names records that came after."""
    text = "# crmgraph import --plan plan.toml --folder .\n"
    for step in steps:
        text += plan_step(step, first_map(step))
    for step in steps:
        if step.later:
            text += plan_step(step, second_map(step))
    return text


def plan_step(step: FileStep, map: str) -> str:
    name = step.type.name
    return f"\n[[steps]]\nfile = '{name}.csv'\ntype = '{name}'\nkey = ['id']\nmap = '{map}'\n"
