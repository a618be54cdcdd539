"""Update the records that have certain keys, create the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.drafts import Path
from crmgraph.actions.finding import Sought, find_ids, load_found
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault, clean
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.sql.database import Refusal


@dataclass(frozen=True, slots=True)
class Upsert:
    """One input with the key of its record: `{"id"}` or `{"key": {name: {field: value}}}`, and where both stand."""

    key: Mapping[str, Any]
    values: Mapping[str, Any]
    key_path: Path = ("key",)
    path: Path = ("input",)


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of one input; `changed` is false where the record was as it should be."""

    id: str
    created: bool
    changed: bool


async def upsert_records(unit: Unit, type_name: str, wanted: Sequence[Upsert]) -> list[Upserted]:
    """Write records of one type by their keys, which also fill their inputs. All faults of all inputs at once.

    When somebody else makes one of the records meanwhile, all is done again: it will be there then.
    """
    found = unit.registry.type(type_name)
    sought = [Sought(found, each.key, each.key_path, found.label) for each in wanted]
    await find_ids(unit, sought)
    stored = await load_found(unit, sought)
    tree = Tree(unit)
    seen: set[str] = set()
    done: list[tuple[str, bool]] = []
    for each, one in zip(wanted, sought, strict=True):
        values = with_key(tree, found, each, one)
        if one.id in seen:
            one.refuse("NOT_UNIQUE", "input_record_twice")
        if one.problem is not None:
            tree.problems.append(one.problem)
            done.append(("", False))
        elif one.id is not None and one.id in stored:
            seen.add(one.id)
            tree.change(found, stored[one.id][1], values, each.path)
            done.append((one.id, False))
        else:
            done.append((tree.new(found, values, each.path), True))
    try:
        written = set(await tree.write())
    except (WriteRefused, Refusal) as refused:
        cause = refused if isinstance(refused, Refusal) else refused.__cause__
        if isinstance(cause, Refusal) and cause.kind == "unique":
            raise Refusal("retry", str(cause)) from refused
        raise
    return [Upserted(id, created, id in written) for id, created in done]


def with_key(tree: Tree, found: RecordType, wanted: Upsert, sought: Sought) -> dict[str, Any]:
    """An input with its key's values; one that it has differently is a fault."""
    values = dict(wanted.values)
    key = dict(zip(sought.key.fields, sought.values, strict=True)) if sought.key else {}
    if sought.key is None and sought.id is not None:
        key["id"] = sought.id
    for name, value in key.items():
        about = found.by_name[name]
        if name in values and not equal(found, name, values[name], value):
            path = (*wanted.path, about.api_name)
            tree.problems.append(InputProblem(path, "KEY_DIFFERS", "input_key_differs", {"field": about.label}))
        values[name] = {"id": value} if about.type is FieldType.LOOKUP else value
    return values


def equal(found: RecordType, name: str, given: Any, value: Any) -> bool:
    """Whether an input's value is a key's (canonical) one."""
    about = found.by_name[name]
    if about.type is FieldType.LOOKUP:
        return isinstance(given, Mapping) and canonical_id(given.get("id")) == value
    try:
        return bool(clean(about, given) == value)
    except Fault:
        return False
