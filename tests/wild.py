"""Random operations over a whole schema: documents with their variables, drawn from a seed.

Nothing here knows a record type: what may be asked stands in the schema, what a record must have in the registry, and
values are mostly those that earlier answers showed (`learn`), so that conditions meet something.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)
from oddities import EMAILS, NUMBERS, POOLS, TEXTS, URLS, ZONES

from crmgraph.metadata.registry import Registry

SLICES = ("after", "before", "last", "offset")
ODD = 0.08  # how often a value is drawn that is likely refused


class Word(str):
    """The name of an enum's value."""


class Variable(str):
    """A variable's name in a value."""


class Wild:
    """Draws operations."""

    def __init__(self, random: Random, schema: GraphQLSchema, registry: Registry) -> None:
        self.random, self.schema, self.registry = random, schema, registry
        self.types = {t.api_name: t for t in registry.types.values()}
        self.ids: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=40))
        self.seen: defaultdict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=25))
        self.begin()

    def begin(self) -> None:
        self.variables: dict[str, tuple[str, Any]] = {}
        self.fragments: list[str] = []
        self.aliases = 0
        self.binned = False  # whether the ids of deleted records are wanted

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def learn(self, answer: Any) -> None:
        """Remember what an answer shows: ids by type, values by field."""
        if isinstance(answer, list):
            for one in answer:
                self.learn(one)
        elif isinstance(answer, dict):
            name, id = answer.get("__typename"), answer.get("id")
            if name in self.types and isinstance(id, str) and id not in self.ids[name]:
                self.ids[name].append(id)
            for key, value in answer.items():
                if isinstance(value, dict | list):
                    self.learn(value)
                elif value is not None and value not in self.seen[field := key.rpartition("_")[2]]:
                    self.seen[field].append(value)

    # --- operations ------------------------------------------------------------------------------------------------

    def query(self) -> tuple[str, dict[str, Any]]:
        return self.operation("query", self.schema.query_type, self.random.choice((1, 1, 1, 2, 3)))

    def mutation(self) -> tuple[str, dict[str, Any]]:
        return self.operation("mutation", self.schema.mutation_type, self.random.choice((1, 1, 1, 1, 2, 3)))

    def operation(self, kind: str, root: GraphQLObjectType | None, fields: int) -> tuple[str, dict[str, Any]]:
        assert root
        self.begin()
        names = [n for n in root.fields if not n.endswith("Import")]
        chosen = [self.random.choice(self.some(names) if kind == "mutation" else names) for _ in range(fields)]
        return self.document(kind, " ".join(self.field(root, n, root.fields[n], 4) for n in chosen))

    def some(self, names: list[str]) -> list[str]:
        """The names that begin with one of the verbs."""
        verb = self.random.choice(
            (
                "create",
                "create",
                "create",
                "update",
                "update",
                "update",
                "upsert",
                "upsert",
                "delete",
                "restore",
                "purge",
            )
        )
        return [n for n in names if n.startswith(verb)] or names

    def document(self, kind: str, body: str, plain: bool = False) -> tuple[str, dict[str, Any]]:
        """A document around a body, with the variables and fragments that it came to use."""
        declared = ", ".join(f"${name}: {type}" for name, (type, _) in self.variables.items())
        locale = (
            f' @locale(locale: "{self.random.choice(("en", "es", "de", "pl", "fr"))}")'
            if not plain and self.chance(0.1)
            else ""
        )
        text = f"{kind} Wild{f'({declared})' if declared else ''}{locale} {{ {body} }}"
        values = {name: value for name, (_, value) in self.variables.items() if value is not ...}
        return "\n".join((text, *self.fragments)), values

    # --- selections ------------------------------------------------------------------------------------------------

    def field(self, parent: Any, name: str, field: GraphQLField, depth: int, aliased: bool = False) -> str:
        made = get_named_type(field.type)
        about = made.name if made.name in self.types else self.named_after(name)
        if name == "groupBy" and made.name.endswith("Grouping"):
            return self.groups(made, field, depth)
        given = self.arguments(field.args, name, about)
        alias = ""
        if given or aliased:
            self.aliases += 1
            alias = f"a{self.aliases}_{name}: "
        condition = ""
        if self.chance(0.02):
            condition = f" @{self.random.choice(('include', 'skip'))}(if: {self.random.choice(('true', 'false'))})"
        inner = f" {{ {self.selection(made, depth - 1)} }}" if is_composite_type(made) else ""
        return f"{alias}{name}{given}{condition}{inner}"

    def selection(self, made: Any, depth: int) -> str:
        fields: Mapping[str, GraphQLField] = getattr(made, "fields", {})
        leaves = [n for n, f in fields.items() if is_leaf_type(get_named_type(f.type)) and not f.args]
        deeper = [n for n in fields if n not in leaves]
        record = "id" in fields
        parts = ["__typename"] + ["id"] * record
        parts += self.random.sample(leaves, min(len(leaves), self.random.randint(1, 4)))
        wanted = self.random.choice((0, 1, 1, 2)) if record else self.random.randint(1, 3)
        if depth > 0:
            chosen = self.random.sample(deeper, min(len(deeper), wanted))
            if "query" in chosen and self.chance(0.7):
                chosen.remove("query")
            if "nodes" in fields and "edges" in fields and self.chance(0.8):
                chosen = [*{*chosen, self.random.choice(("nodes", "edges"))}]
            parts += [self.field(made, n, fields[n], depth) for n in sorted(chosen)]
        if is_abstract_type(made):
            possible = sorted(t.name for t in self.schema.get_possible_types(made))
            for name in self.random.sample(possible, min(len(possible), self.random.choice((0, 1, 2)))):
                parts.append(f"... on {name} {{ {self.inside(name, depth - 1)} }}")
        text = " ".join(dict.fromkeys(parts))
        if self.chance(0.03):
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {made.name} {{ {text} }}")
            return f"...{name}"
        return text

    def groups(self, made: Any, field: GraphQLField, depth: int) -> str:
        """A groupBy, whose keys are those that it groups by."""
        type = get_named_type(field.args["by"].type)
        by = {
            next(iter(v)): v for v in (self.value(type, "by", None, 2) for _ in range(self.random.randint(1, 3))) if v
        }
        rest = {n: a for n, a in field.args.items() if n != "by"}
        more = self.arguments(rest, "groupBy", None).removeprefix("(").removesuffix(")")
        keys = " ".join(("__typename", *(self.key(v, get_named_type(made.fields["keys"].type)) for v in by.values())))
        self.aliases += 1
        inner = " ".join(
            self.field(made, n, f, depth - 1) for n, f in made.fields.items() if n != "keys" and self.chance(0.5)
        )
        given = f"by: {self.literal(list(by.values()))}{', ' * bool(more)}{more}"
        return f"a{self.aliases}_groupBy: groupBy({given}) {{ keys {{ {keys} }} {inner} }}"

    def key(self, by: dict[str, Any], made: Any) -> str:
        ((name, value),) = by.items()
        if name not in made.fields:
            return ""
        inner = get_named_type(made.fields[name].type)
        return f"{name} {{ __typename {self.key(value, inner)} }}" if is_composite_type(inner) else name

    def inside(self, name: str, depth: int) -> str:
        """A selection in a fragment on one of several types: aliased, as they have fields of the same name."""
        made: Any = self.schema.type_map[name]
        fields = made.fields
        leaves = [n for n, f in fields.items() if is_leaf_type(get_named_type(f.type)) and not f.args]
        chosen = self.random.sample(leaves, min(len(leaves), self.random.randint(1, 3)))
        if depth > 0 and self.chance(0.3):
            chosen += [self.random.choice([n for n in fields if n not in leaves] or leaves)]
        return " ".join(self.field(made, n, fields[n], depth, aliased=True) for n in dict.fromkeys(chosen))

    def named_after(self, field: str) -> str | None:
        """The record type that a mutation or a root field is named after."""
        name = field[:1].upper() + field[1:]
        for start in ("Create", "Update", "Upsert", "Delete", "Restore", ""):
            if name.startswith(start) and name[len(start) :] in self.types:
                return name[len(start) :]
        return None

    def arguments(self, args: Mapping[str, GraphQLArgument], field: str, about: str | None) -> str:
        given = {}
        self.binned = field.startswith(("restore", "purge"))
        for name, arg in args.items():
            needed = isinstance(arg.type, GraphQLNonNull)
            likely = 0.03 if name in SLICES else 0.75 if name == "first" else 0.15 if name == "ifVersion" else 0.45
            if needed or self.chance(likely):
                given[name] = self.drawn(arg, name, about, 4 if field.startswith(("create", "update", "upsert")) else 3)
        self.binned = False
        return f"({', '.join(f'{k}: {self.literal(v)}' for k, v in given.items())})" if given else ""

    # --- values ----------------------------------------------------------------------------------------------------

    def drawn(
        self, place: GraphQLArgument | GraphQLInputField, name: str, about: str | None, depth: int, one: bool = False
    ) -> Any:
        """A value for a place, or a variable that holds it (or, where it may be, nothing)."""
        value = self.value(place.type, name, about, depth)
        if not self.chance(0.12) or holds_variables(value):
            return value
        absent = not isinstance(place.type, GraphQLNonNull) and not one and self.chance(0.15)
        type = f"{place.type}{'!' * (one and not str(place.type).endswith('!'))}"
        self.variables[name := f"v{len(self.variables)}"] = type, ... if absent else value
        return Variable(name)

    def listed(self, field: GraphQLField) -> str:
        """Some condition and some order for a list, as arguments."""
        about = self.about(get_named_type(field.args["where"].type).name)
        names = [n for n in ("where", "orderBy") if self.chance(0.6)]
        return ", ".join(f"{n}: {self.literal(self.drawn(field.args[n], n, about, 3))}" for n in names)

    def value(self, type: Any, name: str, about: str | None, depth: int) -> Any:
        needed = isinstance(type, GraphQLNonNull)
        if self.chance(0.001 if needed else 0.01):
            return None
        type = type.of_type if needed else type
        if isinstance(type, GraphQLList):
            item = GraphQLArgument(type.of_type)
            return [self.drawn(item, name, about, depth) for _ in range(self.random.choice((0, 1, 1, 2, 3)))]
        if isinstance(type, GraphQLEnumType):
            return Word(self.random.choice(sorted(type.values)) if not self.chance(0.003) else "NOTHING")
        if isinstance(type, GraphQLInputObjectType):
            return self.object(type, name, about, depth)
        return self.scalar(type.name, name, about)

    def object(self, type: GraphQLInputObjectType, name: str, about: str | None, depth: int) -> dict[str, Any]:
        about = self.about(type.name) or about
        fields = type.fields
        if type.name.endswith("GroupingBy"):
            return self.grouping(type, about, depth)
        if type.is_one_of:
            flat = [n for n, f in fields.items() if shallow(f)] or sorted(fields)
            chosen = [self.random.choice(flat if depth <= 1 or self.chance(0.5) else sorted(fields))]
        else:
            chosen = self.chosen(type, about, depth)
        if type.name.startswith("Create") and "id" in chosen and not self.chance(0.1):
            chosen.remove("id")
        if type.name.startswith(("Create", "Update")) and not self.chance(0.1):
            chosen = [n for n in chosen if n != "statusReason"]
        kept = type.name.endswith(("Filter", "Range", "Comparison"))
        return {
            n: self.drawn(
                fields[n],
                name if kept and n != "isNull" else n,
                about,
                depth - (not shallow(fields[n])),
                type.is_one_of,
            )
            for n in chosen
        }

    def grouping(self, type: GraphQLInputObjectType, about: str | None, depth: int) -> dict[str, Any]:
        """What to group by: one path to a field, by which it is grouped as it is or by a step."""
        flat = [n for n, f in type.fields.items() if shallow(f)]
        deeper = [n for n in type.fields if n not in flat]
        name = self.random.choice(deeper if deeper and depth > 1 and self.chance(0.3) else flat)
        made = get_named_type(type.fields[name].type)
        return {name: True if made.name == "Boolean" else self.object(made, name, about, depth - 1)}

    def chosen(self, type: GraphQLInputObjectType, about: str | None, depth: int) -> list[str]:
        """The fields of an input that are given."""
        fields = type.fields
        needed = [n for n, f in fields.items() if isinstance(f.type, GraphQLNonNull)]
        many = self.random.choice((0, 1, 1, 1, 2))
        if type.name.endswith("Filter"):
            many = self.random.choice((1, 1, 1, 1, 2))
        elif type.name.startswith("Create") and about:
            required = {f.api_name for f in self.types[about].fields if f.is_required}
            needed += [n for n in fields if n in required and not self.chance(0.04)]
            many = self.random.choice((0, 1, 3, 6))
        elif type.name.startswith("Update"):
            many = self.random.choice((0, 1, 1, 2, 4))
        flat = [n for n, f in fields.items() if shallow(f) and n not in needed]
        rest = [n for n in fields if n not in flat and n not in needed]
        chosen = list(needed)
        for _ in range(many):
            pool = flat if not rest or depth <= 1 or (flat and self.chance(0.65)) else rest
            if pool:
                chosen.append(self.random.choice(pool))
        return list(dict.fromkeys(chosen))

    def about(self, type: str) -> str | None:
        for end in ("ToManyWhere", "Where", "Reference", "Link", "IdFilter", "Key", "Input"):
            name = type.removesuffix(end).removeprefix("Create").removeprefix("Update").removeprefix("Upsert")
            if type.endswith(end) and name in self.types:
                return name
        return None

    def id(self, about: str | None) -> str:
        if self.chance(0.05):
            return self.random.choice(("", "x", "00000000-0000-7000-8000-999999999999", "é", "\u0000", "1" * 40))
        deleted = [*self.seen["recordId"], *self.seen["deletedId"]]
        if self.binned and deleted and self.chance(0.8):
            return str(self.random.choice(deleted))
        possible = [about] if about else []
        if about and isinstance(made := self.schema.type_map.get(about), GraphQLInterfaceType):
            possible = sorted(t.name for t in self.schema.get_possible_types(made))
        pools = [ids for n in possible if (ids := self.ids.get(n))] or [self.ids[n] for n in sorted(self.ids)]
        if not pools:
            return "00000000-0000-7000-8000-000000000001"
        found = self.random.choice(self.random.choice(pools))
        return found.upper() if self.chance(0.03) else found

    def scalar(self, type: str, name: str, about: str | None) -> Any:
        if type == "ID":
            return self.id(about)
        if type == "Boolean":
            return self.chance(0.5)
        if name in NUMBERS:
            return self.random.choice(NUMBERS[name] if not self.chance(0.02) else (0, -1, 501))
        if name == "timeZone":
            return self.random.choice(ZONES)
        if name in ("after", "before"):
            return self.random.choice((*self.seen["cursor"], *self.seen["endCursor"], "x"))
        kind: Any = int if type == "Int" else object if type == "JSON" else str
        seen = [v for v in self.seen[name] if isinstance(v, kind) and not isinstance(v, bool)]
        if seen and self.chance(0.6):
            value = self.random.choice(seen)
            if isinstance(value, str) and type == "String" and self.chance(0.4):
                begin = self.random.randint(0, len(value))
                return value[begin : begin + self.random.randint(1, 4)] + self.random.choice(("", "%", "_"))
            return value
        pool = EMAILS if "mail" in name.lower() else URLS if "site" in name.lower() else TEXTS
        pool = POOLS.get(type, pool)
        if not self.chance(ODD) and type not in ("JSON", "String"):
            pool = pool[: max(2, len(pool) // 2)]
        return self.random.choice(pool)

    def literal(self, value: Any) -> str:
        """A value as GraphQL writes it."""
        if isinstance(value, Variable):
            return f"${value}"
        if isinstance(value, Word):
            return str(value)
        if isinstance(value, dict):
            return f"{{{', '.join(f'{k}: {self.literal(v)}' for k, v in value.items())}}}" if namable(value) else '"{}"'
        if isinstance(value, list):
            return f"[{', '.join(map(self.literal, value))}]"
        if isinstance(value, str):
            return (
                '"'
                + "".join(
                    c if c >= " " and c not in '"\\' and ord(c) not in range(0xD800, 0xE000) else f"\\u{ord(c):04x}"
                    for c in value
                )
                + '"'
            )
        return "null" if value is None else "true" if value is True else "false" if value is False else str(value)


def namable(value: Mapping[str, Any]) -> bool:
    return all(k.isidentifier() and k.isascii() for k in value)


def shallow(place: GraphQLInputField) -> bool:
    """Whether a field's values do not nest."""
    name = get_named_type(place.type).name
    ends = ("Filter", "Range", "Comparison", "Grouping", "Within", "PeriodSpan", "File")
    return is_leaf_type(get_named_type(place.type)) or name.endswith(ends)


def holds_variables(value: Any) -> bool:
    """Variables stand in the document only, not in the values of others."""
    if isinstance(value, Variable):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(holds_variables(v) for v in inner)
