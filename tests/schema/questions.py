"""Random where, orderBy and paging arguments over the toy model, as GraphQL variables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from naive import Naive

from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.members import Plain, ToMany, ToOne
from crmgraph.plan.tree import Direction

ORDERED = (
    FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.DECIMAL, FieldType.MONEY, FieldType.DATE, FieldType.DATE_TIME,
)  # fmt: skip
UNKNOWN = {"number", "email", "website", "state", "fee"}  # what the crowd leaves to defaults, or all alike
TEXTS = (
    "eq",
    "ne",
    "in",
    "notIn",
    "lt",
    "gte",
    "contains",
    "startsWith",
    "endsWith",
    "eqi",
    "nei",
    "containsi",
    "endsWithi",
)


class Questions:
    """Draws arguments; values are mostly those that some row has."""

    def __init__(self, random: Random, naive: Naive) -> None:
        self.random, self.naive = random, naive

    def fields(self, type_name: str) -> list[Field]:
        """The fields whose values the crowd's rows state."""
        stated = set.intersection(*(set(row) for row in self.naive.rows(type_name))) - UNKNOWN
        members = self.naive.view.members(type_name).values()
        return [m.field for m in members if isinstance(m, Plain) and m.field.name in stated]

    def links(self, type_name: str) -> list[Field]:
        members = self.naive.view.members(type_name).values()
        stated = set(self.naive.rows(type_name)[0])
        return [
            m.field for m in members if isinstance(m, ToOne) and m.field.name in stated and m.field.name != "currency"
        ]

    def relations(self, type_name: str) -> list[ToMany]:
        members = self.naive.view.members(type_name).values()
        return [
            m for m in members if isinstance(m, ToMany) and m.relation.target not in ("user", "visit", "event", "share")
        ]

    # --- where -----------------------------------------------------------------------------------------------------

    def where(self, type_name: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for _ in range(self.random.choice((0, 1, 1, 2))):
            made |= self.entry(type_name, depth)
        return made

    def entry(self, type_name: str, depth: int) -> dict[str, Any]:
        kind = self.random.choice(("field", "field", "logic", "link", "relation")) if depth else "field"
        inner = depth - 1
        if kind == "logic":
            key = self.random.choice(("and", "or", "not"))
            several = [self.where(type_name, inner) for _ in range(self.random.randint(0, 2))]
            return {key: self.where(type_name, inner) if key == "not" else several}
        if kind == "link" and (links := self.links(type_name)):
            field = self.random.choice(links)
            return {field.api_name: self.link(field, inner)}
        if kind == "relation" and (relations := self.relations(type_name)):
            relation = self.random.choice(relations).relation
            quantifier = self.random.choice(("some", "every", "none"))
            return {relation.api_name: {quantifier: self.where(relation.target, inner)}}
        field = self.random.choice(self.fields(type_name))
        return {field.api_name: self.filter(type_name, field)}

    def link(self, field: Field, depth: int) -> dict[str, Any]:
        if self.random.random() < 0.2:
            return {"isNull": self.random.random() < 0.5}
        if not field.is_polymorphic:
            return self.where(field.targets[0], depth)
        target = self.random.choice([t for t in field.targets if t in self.naive.crowd.rows])
        return self.random.choice(({target: self.where(target, depth)}, {"type": {"eq": target.upper()}}))

    def filter(self, type_name: str, field: Field) -> dict[str, Any]:
        operators = ["eq", "ne", "in", "notIn", "isNull"]
        if field.type is FieldType.TEXT:
            operators = [*TEXTS, "isNull"]
        elif field.type is FieldType.MULTI_CHOICE:
            operators = ["has", "hasAny", "hasAll", "isEmpty"]
        elif field.type is FieldType.BOOLEAN:
            operators = ["eq", "ne"]
        elif field.type in ORDERED:
            operators += ["lt", "lte", "gt", "gte", "between"]
        operator = self.random.choice(operators)
        if operator in ("isNull", "isEmpty"):
            return {operator: self.random.random() < 0.5}
        if operator in ("in", "notIn", "hasAny", "hasAll"):
            return {operator: [self.shown(type_name, field) for _ in range(self.random.randint(0, 2))]}
        if operator == "between":
            return {operator: {"from": self.shown(type_name, field), "to": self.shown(type_name, field)}}
        value = self.shown(type_name, field)
        if operator.removesuffix("i") in ("contains", "startsWith", "endsWith"):
            value = value[self.random.randint(0, 1) : self.random.randint(1, 3)] or value
        return {operator: value.swapcase() if operator.endswith("i") and self.random.random() < 0.5 else value}

    def shown(self, type_name: str, field: Field) -> Any:
        """A value that some row has, as GraphQL's variables take it."""
        values = [v for row in self.naive.rows(type_name) if (v := row.get(field.name)) is not None and v != []]
        value = self.random.choice(values)
        if isinstance(value, list):
            value = self.random.choice(value)
        if field.options:
            option = field.options.by_code(value)
            assert option
            return option.api_name
        if isinstance(value, date | datetime):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) or field.type is FieldType.BIG_INTEGER else value

    # --- order and pages -------------------------------------------------------------------------------------------

    def order(self, type_name: str) -> list[dict[str, Any]]:
        return [self.term(type_name, 2) for _ in range(self.random.randint(0, 3))]

    def term(self, type_name: str, depth: int) -> dict[str, Any]:
        links = [f for f in self.links(type_name) if not f.is_polymorphic]
        if links and depth and self.random.random() < 0.4:
            field = self.random.choice(links)
            return {field.api_name: self.term(field.targets[0], depth - 1)}
        unordered = (FieldType.MULTI_CHOICE, FieldType.JSON, FieldType.FILE)
        fields = [f for f in self.fields(type_name) if f.type not in unordered and f.format != "multi_line"]
        return {self.random.choice(fields).api_name: self.random.choice(list(Direction)).value}

    def paging(self, ids: list[str]) -> dict[str, Any]:
        size = self.random.randint(0, 6)
        made: dict[str, Any] = {self.random.choice(("first", "last")): size}
        if "first" in made and self.random.random() < 0.2:
            return {**made, "offset": self.random.randint(0, len(ids) + 1)}
        places = sorted(self.random.sample(range(len(ids)), min(2, len(ids))))
        if places and self.random.random() < 0.6:
            made["after"] = ids[places[0]]
        if len(places) == 2 and self.random.random() < 0.6:
            made["before"] = ids[places[1]]
        return made
