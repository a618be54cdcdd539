"""A plan and the origin of its parameters as text, for `crmgraph explain`, `extensions.explain` and golden tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from crmgraph.metadata.condition import EVERY_ROW, Parameter
from crmgraph.metadata.types import Field, Relation
from crmgraph.plan.computed import Formula, PlannedField
from crmgraph.plan.tree import Bound, Read
from crmgraph.schema.documents import Planned


def plan_text(read: Read) -> str:
    """A plan, one node a line; at its end what is reckoned for computed fields."""
    shown = [f"{key}: {text}" for key, output in read.root.entries for text in ["\n".join(lines(output, 1))]]
    found: dict[str, PlannedField] = {}
    computed_in(read.root, found)
    return "\n".join([*shown, *(definition_text(field) for field in found.values())])


def computed_in(value: Any, found: dict[str, PlannedField]) -> None:
    """The computed fields that a plan mentions, those that others need included."""
    if isinstance(value, tuple):
        for item in value:
            computed_in(item, found)
    elif isinstance(value, PlannedField):
        if repr(value) not in found:
            found[repr(value)] = value
            computed_in(value.definition, found)
    elif is_dataclass(value) and not isinstance(value, Field | Relation | Bound):
        for one in fields(value):
            computed_in(getattr(value, one.name), found)


def definition_text(field: PlannedField) -> str:
    match field.definition:
        case Formula(_, sources, clock):
            names = "".join(f", {name} {short(parameter)}" for name, parameter in clock)
            ways = [f"  {below}" for _, s in sources for step in s.way for below in lines(step, 2)]
            return "\n".join([f"{field!r} = {field.formula}{names}", *ways])
        case definition:
            return f"{field!r} = " + "\n".join(lines(definition, 1))


def lines(value: Any, depth: int) -> list[str]:
    """A plan's node: its plain members on one line, its inner nodes below."""
    if not is_dataclass(value) or isinstance(value, Field | Relation | Parameter | Bound):
        return [short(value)]
    plain, inner = [], []
    for one in fields(value):
        member = getattr(value, one.name)
        if member in ((), None, False, "") and member != 0:
            continue
        if nested(member):
            inner.append((one.name, member))
        else:
            plain.append(f"{one.name}={short(member)}")
    found = [f"{type(value).__name__}({', '.join(plain)})"]
    for name, member in inner:
        found += below(name, member, depth)
    return found


def below(name: str, member: Any, depth: int) -> list[str]:
    pad = "  " * depth
    items = member if isinstance(member, tuple) else (member,)
    found = []
    for item in items:
        label = name
        if isinstance(item, tuple) and item and isinstance(item[0], str | int):
            label, rest = str(item[0]), [x for x in item[1:] if nested(x) or x is not None]
            item = rest[-1] if rest else None
        first, *more = lines(item, depth + 1)
        found.append(f"{pad}{label}: {first}")
        found += more
    return found


def nested(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(nested(v) for v in value)
    return is_dataclass(value) and not isinstance(value, Field | Relation | Parameter | Bound) and value != EVERY_ROW


def short(value: Any) -> str:
    if value == EVERY_ROW:
        return "EVERY_ROW"
    if isinstance(value, Parameter):
        return f"${value.name}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"({', '.join(short(v) for v in value)})"
    return repr(value)


def parameters_text(found: Planned, values: Mapping[str, Any]) -> str:
    """Where each parameter's value comes from."""
    bounds = {b.parameter.name: b for b in found.read.parameters}
    shown = []
    for number, name in enumerate(found.statement.parameters if found.statement else (), 1):
        bound = bounds.get(name)
        if bound is None:
            origin = f"the {name} of the caller" if name == "me" else name
        elif bound.path is None:
            origin = f"constant {bound.constant!r}"
        else:
            origin = "$" + ".".join(map(str, bound.path))
        shown.append(f"{number}: {name} ({bound.parameter.type.value if bound else 'id'}) ← {origin}")
    return "\n".join(shown) or "none"
