"""The reading contract in plain Python over lists of rows: slow and obvious, to compare the databases' answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from crowd import Crowd

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.members import Plain, ToMany, ToOne, View
from crmgraph.plan.text import sort_key

Row = dict[str, Any]
KINDS = {"happening": ("visit", "ring")}
DEFAULTS = {"person": {"state": 0}}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows and its facts."""

    rows: list[Row]
    total: int
    has_next: bool
    has_previous: bool


class Naive:
    """Answers lists from a crowd."""

    def __init__(self, crowd: Crowd, registry: Registry) -> None:
        self.crowd, self.registry, self.view = crowd, registry, View(registry)
        self.types = dict(crowd.links())
        self.by_id = {row["id"]: row for rows in crowd.rows.values() for row in rows}

    def rows(self, type_name: str) -> list[Row]:
        return [row for name in KINDS.get(type_name, (type_name,)) for row in self.crowd.rows[name]]

    def related(self, row: Row, type_name: str, field_name: str) -> list[Row]:
        """The rows of a type whose lookup names a row."""
        return [r for r in self.rows(type_name) if (r[field_name] or {}).get("id") == row["id"]]

    # --- where -----------------------------------------------------------------------------------------------------

    def holds(self, type_name: str, row: Row, where: Mapping[str, Any]) -> bool:
        return all(self.entry(type_name, row, key, value) for key, value in where.items())

    def entry(self, type_name: str, row: Row, key: str, value: Any) -> bool:
        match key:
            case "and":
                return all(self.holds(type_name, row, v) for v in value)
            case "or":
                return any(self.holds(type_name, row, v) for v in value)
            case "not":
                return not self.holds(type_name, row, value)
        match self.view.members(type_name)[key]:
            case Plain(field):
                return all(operator_holds(field, row.get(field.name), op, v) for op, v in value.items())
            case ToOne(field) if field.is_polymorphic:
                return all(self.polymorphic(row[field.name], k, v) for k, v in value.items())
            case ToOne(field):
                return self.to_one(field, row[field.name], value)
            case ToMany(relation):
                rows = self.related(row, relation.target, relation.field)
                return all(self.quantified(relation.target, rows, q, v) for q, v in value.items())
        raise AssertionError(key)

    def to_one(self, field: Field, link: Row | None, where: Mapping[str, Any]) -> bool:
        rest = {k: v for k, v in where.items() if k != "isNull"}
        if "isNull" in where and (link is None) is not where["isNull"]:
            return False
        if not rest and "isNull" in where:
            return True
        return link is not None and self.holds(field.targets[0], self.by_id[link["id"]], rest)

    def polymorphic(self, link: Row | None, key: str, value: Any) -> bool:
        if key == "isNull":
            return (link is None) is bool(value)
        if link is None:
            return False
        target = self.types[link["id"]]
        if key == "type":
            return bool(target.upper() == value["eq"])
        return target == key and self.holds(target, self.by_id[link["id"]], value)

    def quantified(self, target: str, rows: Sequence[Row], quantifier: str, where: Mapping[str, Any]) -> bool:
        found = [self.holds(target, row, where) for row in rows]
        return {"some": any(found), "every": all(found), "none": not any(found)}[quantifier]

    # --- order and pages -------------------------------------------------------------------------------------------

    def ordered(self, type_name: str, rows: Sequence[Row], order: Sequence[Mapping[str, Any]]) -> list[Row]:
        terms = [self.term(type_name, entry) for entry in order]
        if not any(path == ["id"] for path, _ in terms):
            descending = bool(terms) and terms[-1][1].startswith("DESC")
            terms.append((["id"], "DESC" if descending else "ASC"))

        def compared(a: Row, b: Row) -> int:
            for path, direction in terms:
                x, y = self.value(type_name, a, path), self.value(type_name, b, path)
                if x != y:
                    return compare(x, y, direction)
            return 0

        return sorted(rows, key=cmp_to_key(compared))

    def term(self, type_name: str, entry: Mapping[str, Any]) -> tuple[list[str], str]:
        path = []
        while True:
            key, entry = next(iter(entry.items()))
            path.append(key)
            if isinstance(entry, str):
                return path, entry

    def value(self, type_name: str, row: Row, path: Sequence[str]) -> Any:
        for key in path[:-1]:
            member = self.view.members(type_name)[key]
            assert isinstance(member, ToOne)
            link = row[member.field.name]
            if link is None:
                return None
            type_name, row = member.field.targets[0], self.by_id[link["id"]]
        member = self.view.members(type_name)[path[-1]]
        assert isinstance(member, Plain)
        return comparable(member.field, row.get(member.field.name))

    def page(self, type_name: str, rows: Sequence[Row], args: Mapping[str, Any]) -> Page:
        """`args` as in GraphQL; `after` and `before` are ids of rows."""
        found = [r for r in rows if self.holds(type_name, r, args.get("where") or {})]
        found = self.ordered(type_name, found, args.get("orderBy") or [])
        ids = [r["id"] for r in found]
        begin = ids.index(args["after"]) + 1 if args.get("after") else args.get("offset") or 0
        end = ids.index(args["before"]) if args.get("before") else len(ids)
        begin, end = min(begin, len(ids)), max(end, min(begin, len(ids)))
        size = args.get("last", args.get("first", 50))
        if "last" in args:
            begin = max(begin, end - size)
        else:
            end = min(end, begin + size)
        return Page(found[begin:end], len(ids), end < len(ids), begin > 0)


def compare(x: Any, y: Any, direction: str) -> int:
    """Of two different values; nulls are the greatest unless the direction says otherwise."""
    if x is None or y is None:
        nulls_first = direction.endswith("FIRST") or direction == "DESC"
        return -1 if (x is None) is nulls_first else 1
    less = x < y
    return -1 if less is not direction.startswith("DESC") else 1


def comparable(field: Field, value: Any) -> Any:
    """What a value is ordered by."""
    if value is None:
        return None
    if field.type is FieldType.TEXT:
        return sort_key(value)
    if field.type is FieldType.CHOICE and field.options:
        return [o.code for o in field.options.options].index(value)
    return value


def parsed(field: Field, value: Any) -> Any:
    """A value as it stands in GraphQL's variables → as it stands in a row."""
    match field.type:
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(value)
        case FieldType.BIG_INTEGER:
            return int(value)
        case FieldType.DATE:
            return date.fromisoformat(value)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(value)
        case FieldType.CHOICE | FieldType.MULTI_CHOICE if field.options:
            return next(o.code for o in field.options.options if o.api_name == value)
        case _:
            return value


def operator_holds(field: Field, value: Any, operator: str, given: Any) -> bool:
    """One operator of a filter. Null compares with nothing, so it differs from everything."""
    if operator == "isNull":
        return (value is None) is given
    if operator == "isEmpty":
        return (not value) is given
    if operator in ("ne", "notIn", "nei"):
        return not operator_holds(field, value, {"ne": "eq", "notIn": "in", "nei": "eqi"}[operator], given)
    if value is None or value == []:  # an empty multi-choice is kept as null
        return False
    if operator in ("in", "hasAny", "hasAll"):
        several = [parsed(field, v) for v in given]
        return {
            "in": lambda: value in several,
            "hasAny": lambda: any(v in value for v in several),
            "hasAll": lambda: all(v in value for v in several),
        }[operator]()
    if operator == "between":
        return operator_holds(field, value, "gte", given["from"]) and operator_holds(field, value, "lte", given["to"])
    return text_or_order(field, value, operator, parsed(field, given))


def text_or_order(field: Field, value: Any, operator: str, given: Any) -> bool:
    if operator == "has":
        return given in value
    if operator == "eq":
        return bool(value == given)
    if operator in ("lt", "lte", "gt", "gte"):
        x, y = (sort_key(value), sort_key(given)) if field.is_line else (value, given)
        return bool({"lt": x < y, "lte": x <= y, "gt": x > y, "gte": x >= y}[operator])
    if operator.endswith("i"):
        return text_or_order(field, value.lower(), operator[:-1], given.lower())
    return bool(
        {"contains": given in value, "startsWith": value.startswith(given), "endsWith": value.endswith(given)}[operator]
    )
