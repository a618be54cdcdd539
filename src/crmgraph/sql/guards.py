"""On which records of some ids something is allowed: conditions of security in the statements of writes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmgraph.metadata.condition import EVERY_ROW, Condition, Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.security.access import ME, TRUE
from crmgraph.security.principal import Principal
from crmgraph.sql.types import bind

if TYPE_CHECKING:
    from crmgraph.sql.phrases import Phrases
    from crmgraph.sql.scope import Build, TableRows

PLACEHOLDER = re.compile(r"[$?](\d+)")


def begun(
    registry: Registry, phrases: Phrases, found: RecordType, build: Build | None = None
) -> tuple[Build, TableRows]:
    """Rows of a type in a statement. What compiles is loaded when it is needed: imports begin without it."""
    from crmgraph.sql.scope import Build, TableRows

    build = build or Build(registry, phrases)
    return build, TableRows(build, found)


def tested(build: Build, condition: Condition, rows: TableRows) -> str:
    from crmgraph.sql.conditions import wrapped

    return wrapped(build, condition, rows)


@dataclass(frozen=True, slots=True)
class Guard:
    """What the rows that a write changes must meet; `key` tells it from others, for texts that are kept."""

    key: Hashable
    condition: Condition
    registry: Registry
    phrases: Phrases

    def text(self, found: RecordType, id: int, first: int) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
        """`IN (…)`: the ids of the rows that meet it, with a %s for each argument; which arguments these are.

        `id` is the number of the argument that is the record's id; the condition's own begin at `first`, and are named.
        """
        build, rows = begun(self.registry, self.phrases, found)
        tests = tested(build, self.condition, rows)
        source, more = rows.source()
        where = [f"{rows.key()} = %s", *(each.replace("%", "%%") for each in (tests, *more))]
        text = f"IN (SELECT {rows.key()} FROM {source.replace('%', '%%')} WHERE {' AND '.join(where)})"
        used: list[int] = [id]

        def mark(match: re.Match[str]) -> str:
            used.append(first + int(match[1]) - 1)
            return "%s"

        return PLACEHOLDER.sub(mark, text), tuple(used), tuple(build.numbers)


def guard_values(database_name: str, names: Iterable[str], principal: Principal) -> list[Any]:
    """The arguments of a guard's condition."""
    return [value_of_name(database_name, name, principal) for name in names]


def value_of_name(database_name: str, name: str, principal: Principal) -> Any:
    if name == ME.name:
        return principal.user_id
    if name == TRUE.name:
        return bind(database_name, FieldType.BOOLEAN, 0, True)
    return principal.bound[name]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which records of a type it is asked on which of them a condition holds."""

    type: str
    condition: Condition


def held_text(registry: Registry, phrases: Phrases, asked: Sequence[Asked]) -> tuple[str, tuple[str, ...]]:
    """One statement for all questions: (number of the question, id); and its parameters: `ids0`, …, and others."""
    build: Build | None = None
    parts = []
    for number, each in enumerate(asked):
        build, rows = begun(registry, phrases, registry.type(each.type), build)
        ids = phrases.any_of(rows.key(), build.parameter(ids_of(number)))
        tests = [tested(build, each.condition, rows)] if each.condition != EVERY_ROW else []
        source, more = rows.source()
        where = " AND ".join([ids, *tests, *more])
        parts.append(f"SELECT {number}, CAST({rows.key()} AS text) FROM {source} WHERE {where}")
    return " UNION ALL ".join(parts), tuple(build.numbers if build else ())


def ids_of(number: int) -> Parameter:
    return Parameter(f"ids{number}", FieldType.ID, many=True)


def held_arguments(
    database_name: str, names: Sequence[str], ids: Sequence[Iterable[str]], principal: Principal
) -> list[Any]:
    """The arguments of such a statement."""
    known: Mapping[str, Any] = {
        f"ids{i}": bind(database_name, FieldType.ID, 0, sorted(some), many=True) for i, some in enumerate(ids)
    }
    return [known[n] if n in known else value_of_name(database_name, n, principal) for n in names]


def load_condition(
    registry: Registry, phrases: Phrases, found: RecordType, condition: Condition
) -> tuple[str, tuple[str, ...]]:
    """A test of `t0`'s id, for the text that loads records by the ids of its first argument; its other parameters."""
    first = ids_of(0)
    build, rows = begun(registry, phrases, found)
    tests = [phrases.any_of(rows.key(), build.parameter(first)), tested(build, condition, rows)]
    source, more = rows.source()
    text = f"SELECT {rows.key()} FROM {source} WHERE {' AND '.join([*tests, *more])}"
    return f"t0.id IN ({text})", tuple(build.numbers)[1:]
