"""How one schema differs from another: each difference breaking, dangerous or safe for those who ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    print_ast,
    specified_scalar_types,
)
from graphql.utilities.get_default_value_ast import get_default_value_ast
from graphql.utilities.sort_value_node import sort_value_node

from crmgraph.errors import message
from crmgraph.schema.former import former_fields

Input = GraphQLArgument | GraphQLInputField
Composite = GraphQLObjectType | GraphQLInterfaceType


class Kind(Enum):
    """What a difference means for operations that were written for the old schema."""

    BREAKING = 1  # operations that use it are refused
    DANGEROUS = 2  # they are answered, but with what they may not expect
    SAFE = 3


BREAKING = frozenset({
    "TYPE_REMOVED", "TYPE_KIND_CHANGED", "FIELD_REMOVED", "FIELD_TYPE_CHANGED", "ARGUMENT_REMOVED",
    "ARGUMENT_TYPE_CHANGED", "ARGUMENT_REQUIRED", "REQUIRED_ARGUMENT_ADDED", "INPUT_FIELD_REMOVED",
    "INPUT_FIELD_TYPE_CHANGED", "INPUT_FIELD_REQUIRED", "REQUIRED_INPUT_FIELD_ADDED", "ENUM_VALUE_REMOVED",
    "UNION_MEMBER_REMOVED", "INTERFACE_REMOVED", "ONE_OF_ADDED", "DIRECTIVE_REMOVED",
    "DIRECTIVE_LOCATION_REMOVED", "DIRECTIVE_REPEATABLE_REMOVED",
})  # fmt: skip
DANGEROUS = frozenset({
    "DEFAULT_CHANGED", "DEFAULT_REMOVED", "ENUM_VALUE_ADDED", "UNION_MEMBER_ADDED", "INTERFACE_ADDED",
})  # fmt: skip
SAFE = frozenset({
    "TYPE_ADDED", "TYPE_RENAMED", "FIELD_ADDED", "FIELD_TYPE_NARROWED", "OPTIONAL_ARGUMENT_ADDED",
    "ARGUMENT_TYPE_WIDENED", "OPTIONAL_INPUT_FIELD_ADDED", "INPUT_FIELD_TYPE_WIDENED", "DEFAULT_ADDED",
    "ONE_OF_REMOVED", "DIRECTIVE_ADDED", "DIRECTIVE_LOCATION_ADDED", "DIRECTIVE_REPEATABLE_ADDED",
    "DEPRECATED", "UNDEPRECATED", "DESCRIPTION_CHANGED",
})  # fmt: skip
UNCOUNTED = frozenset({"DEPRECATED", "UNDEPRECATED", "DESCRIPTION_CHANGED"})  # nothing is answered otherwise


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """One difference. `code` is stable, `coordinate` says where (the old schema's name if it was there), `text` both.

    An operation for which it may matter touches one of `touches`: a coordinate, or a type any of whose members count.
    """

    kind: Kind
    code: str
    coordinate: str
    text: str
    touches: frozenset[str] = frozenset()

    @property
    def counted(self) -> bool:
        """Whether it is more than words about the schema."""
        return self.code not in UNCOUNTED


def schema_differences(
    old: GraphQLSchema,
    new: GraphQLSchema,
    locale: str = "en",
    *,
    renamed: Mapping[str, str] | None = None,
    among: Collection[str] | None = None,
) -> list[SchemaDifference]:
    """All differences, the breaking ones first, then by coordinate.

    `renamed`: old names of types → new ones, where documents may go on saying the old name. `among`: the names, old and
    new, of the types that can differ, if that is known; only they are looked at.
    """
    comparison = Comparison(locale, renamed or {})
    comparison.types(old, new, among)
    comparison.directives(old, new)
    return sorted(comparison.found, key=lambda d: (d.kind.value, d.coordinate, d.code, d.text))


class Comparison:
    """Collects the differences of two schemas."""

    def __init__(self, locale: str, renamed: Mapping[str, str]) -> None:
        self.locale, self.renamed = locale, renamed
        self.found: list[SchemaDifference] = []

    def add(self, code: str, where: str, *touches: str, **data: Any) -> None:
        """A difference at a coordinate; its sentence has the slots `name`, and what `data` fills."""
        kind = Kind.BREAKING if code in BREAKING else Kind.DANGEROUS if code in DANGEROUS else Kind.SAFE
        text = message(f"schema_difference_{code.lower()}", self.locale, {"name": where, **data})
        self.found.append(SchemaDifference(kind, code, where, text, frozenset(touches)))

    # --- types -------------------------------------------------------------------------------------------------------

    def types(self, old: GraphQLSchema, new: GraphQLSchema, among: Collection[str] | None) -> None:
        before, after, renamed = old.type_map, new.type_map, self.renamed
        names = before if among is None else [n for n in dict.fromkeys(among) if n in before]
        paired = set()
        for name in names:
            now = renamed.get(name, name)
            was, found = before[name], after.get(now)
            if found is None:
                if name not in specified_scalar_types:  # those are there where something uses them
                    self.add("TYPE_REMOVED", name, name)
                continue
            paired.add(now)
            if now != name:
                self.add("TYPE_RENAMED", name, new=now)
            if was is not found:
                self.type(was, found)
        for name in after if among is None else dict.fromkeys(among):
            new_one = name in after and name not in paired and (name not in before or name in renamed)
            if new_one and name not in specified_scalar_types:
                self.add("TYPE_ADDED", name)

    def type(self, old: GraphQLNamedType, new: GraphQLNamedType) -> None:
        if type(old) is not type(new):
            self.add("TYPE_KIND_CHANGED", old.name, old.name, old=kind_of(old), new=kind_of(new))
            return
        if old.description != new.description:
            self.add("DESCRIPTION_CHANGED", old.name)
        if isinstance(old, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(new, GraphQLObjectType | GraphQLInterfaceType)
            self.interfaces(old, new)
            self.fields(old, new)
        elif isinstance(old, GraphQLInputObjectType):
            assert isinstance(new, GraphQLInputObjectType)
            self.inputs(old, new)
        elif isinstance(old, GraphQLEnumType):
            assert isinstance(new, GraphQLEnumType)
            self.values(old, new)
        elif isinstance(old, GraphQLUnionType):
            assert isinstance(new, GraphQLUnionType)
            self.members(old, new)

    def interfaces(self, old: Composite, new: Composite) -> None:
        for name, other in self.removed(old.interfaces, new.interfaces):
            self.add("INTERFACE_REMOVED", old.name, old.name, name, other=other)
        for name in self.added(old.interfaces, new.interfaces):
            self.add("INTERFACE_ADDED", new.name, other=name)

    def members(self, old: GraphQLUnionType, new: GraphQLUnionType) -> None:
        for name, other in self.removed(old.types, new.types):
            self.add("UNION_MEMBER_REMOVED", old.name, old.name, name, other=other)
        for name in self.added(old.types, new.types):
            self.add("UNION_MEMBER_ADDED", new.name, other=name)

    def removed(
        self, old: Collection[GraphQLNamedType], new: Collection[GraphQLNamedType]
    ) -> Iterator[tuple[str, str]]:
        """Old names of what is no longer listed, each as documents name it and as people do now."""
        now = {t.name for t in new}
        for each in old:
            name = self.renamed.get(each.name, each.name)
            if name not in now:
                yield each.name, name

    def added(self, old: Collection[GraphQLNamedType], new: Collection[GraphQLNamedType]) -> list[str]:
        before = {self.renamed.get(t.name, t.name) for t in old}
        return [t.name for t in new if t.name not in before]

    # --- members of types --------------------------------------------------------------------------------------------

    def fields(self, old: Composite, new: Composite) -> None:
        after = new.fields
        for name, was in old.fields.items():
            now = after.get(name)
            if now is None:
                where = f"{old.name}.{name}"
                self.add("FIELD_REMOVED", where, where)
            elif now is not was:
                self.field(f"{old.name}.{name}", was, now)
        for name in [n for n in after if n not in old.fields]:
            self.add("FIELD_ADDED", f"{new.name}.{name}")

    def field(self, where: str, old: GraphQLField, new: GraphQLField) -> None:
        if old.type is not new.type and not self.alike(old.type, new.type):
            code = "FIELD_TYPE_NARROWED" if self.answers(old.type, new.type) else "FIELD_TYPE_CHANGED"
            self.add(code, where, where, old=str(old.type), new=str(new.type))
        if old.args is not new.args and (old.args or new.args):
            self.arguments(where, old.args, new.args)
        self.words(where, old, new)

    def arguments(self, where: str, old: Mapping[str, GraphQLArgument], new: Mapping[str, GraphQLArgument]) -> None:
        """Those of a field, or of a directive."""
        for name, was in old.items():
            at, now = f"{where}({name}:)", new.get(name)
            if now is None:
                self.add("ARGUMENT_REMOVED", at, at)
            elif now is not was:
                self.input(at, was, now, "ARGUMENT")
        for name in [n for n in new if n not in old]:
            if must(new[name]):
                self.add("REQUIRED_ARGUMENT_ADDED", f"{where}({name}:)", where)
            else:
                self.add("OPTIONAL_ARGUMENT_ADDED", f"{where}({name}:)")

    def inputs(self, old: GraphQLInputObjectType, new: GraphQLInputObjectType) -> None:
        if old.is_one_of != new.is_one_of:
            self.add(*(("ONE_OF_ADDED", old.name, old.name) if new.is_one_of else ("ONE_OF_REMOVED", old.name)))
        after = new.fields
        another = {now for then, now in former_fields(new).items() if then in old.fields}  # another name, nothing new
        for name, was in old.fields.items():
            now = after.get(name)
            if now is None:
                where = f"{old.name}.{name}"
                self.add("INPUT_FIELD_REMOVED", where, where)
            elif now is not was:
                self.input(f"{old.name}.{name}", was, now, "INPUT_FIELD")
        for name in [n for n in after if n not in old.fields]:
            if must(after[name]) and name not in another:
                self.add("REQUIRED_INPUT_FIELD_ADDED", f"{new.name}.{name}", old.name)
            else:
                self.add("OPTIONAL_INPUT_FIELD_ADDED", f"{new.name}.{name}")

    def input(self, where: str, old: Any, new: Any, what: str) -> None:
        """An argument or an input field."""
        if old.type is not new.type and not self.alike(old.type, new.type):
            if self.takes(old.type, new.type):
                self.add(f"{what}_TYPE_WIDENED", where, old=str(old.type), new=str(new.type))
            else:
                missed = (held_by(where),) if must(new) and not must(old) else ()  # who does not give it must now
                self.add(f"{what}_TYPE_CHANGED", where, where, *missed, old=str(old.type), new=str(new.type))
        if has_default(old) or has_default(new):
            self.defaults(where, old, new, what)
        self.words(where, old, new)

    def defaults(self, where: str, old: Input, new: Input, what: str) -> None:
        before, after = default_of(old), default_of(new)
        if before == after:
            return
        if must(new) and not must(old):
            self.add(f"{what}_REQUIRED", where, where, held_by(where))
        elif before is None:
            self.add("DEFAULT_ADDED", where, new=after)
        elif after is None:
            self.add("DEFAULT_REMOVED", where, where, old=before)
        else:
            self.add("DEFAULT_CHANGED", where, old=before, new=after)

    def values(self, old: GraphQLEnumType, new: GraphQLEnumType) -> None:
        if old.values is new.values:
            return
        for name, was in old.values.items():
            where, now = f"{old.name}.{name}", new.values.get(name)
            if now is None:
                self.add("ENUM_VALUE_REMOVED", where, where)
            else:
                self.words(where, was, now)
        for name in new.values:
            if name not in old.values:
                self.add("ENUM_VALUE_ADDED", f"{new.name}.{name}")

    def words(self, where: str, old: Any, new: Any) -> None:
        """What is said about a member."""
        if old.description != new.description:
            self.add("DESCRIPTION_CHANGED", where)
        if old.deprecation_reason != new.deprecation_reason:
            if new.deprecation_reason is None:
                self.add("UNDEPRECATED", where)
            else:
                self.add("DEPRECATED", where, reason=new.deprecation_reason)

    # --- types of members --------------------------------------------------------------------------------------------

    def alike(self, old: Any, new: Any) -> bool:
        """Whether two types are written the same, once old names are replaced."""
        while True:
            if type(old) is not type(new):
                return False
            if not isinstance(old, GraphQLNonNull | GraphQLList):
                return bool(
                    old.name == new.name if old.name not in self.renamed else self.renamed[old.name] == new.name
                )
            old, new = old.of_type, new.of_type

    def answers(self, old: Any, new: Any) -> bool:
        """Whether an answer of the new type is one of the old type."""
        if isinstance(new, GraphQLNonNull):
            inner = old.of_type if isinstance(old, GraphQLNonNull) else old
            return self.answers(inner, new.of_type)
        if isinstance(old, GraphQLList) and isinstance(new, GraphQLList):
            return self.answers(old.of_type, new.of_type)
        return self.alike(old, new)

    def takes(self, old: Any, new: Any) -> bool:
        """Whether what was given for the old type may be given for the new one."""
        if isinstance(old, GraphQLNonNull):
            inner = new.of_type if isinstance(new, GraphQLNonNull) else new
            return self.takes(old.of_type, inner)
        if isinstance(old, GraphQLList) and isinstance(new, GraphQLList):
            return self.takes(old.of_type, new.of_type)
        return self.alike(old, new)

    # --- directives --------------------------------------------------------------------------------------------------

    def directives(self, old: GraphQLSchema, new: GraphQLSchema) -> None:
        before, after = ({d.name: d for d in schema.directives} for schema in (old, new))
        for name in sorted(before.keys() | after.keys()):
            was, now, where = before.get(name), after.get(name), f"@{name}"
            if was is now:
                continue
            if now is None:
                self.add("DIRECTIVE_REMOVED", where, where)
            elif was is None:
                self.add("DIRECTIVE_ADDED", where)
            else:
                self.directive(where, was, now)

    def directive(self, where: str, old: Any, new: Any) -> None:
        self.arguments(where, old.args, new.args)
        if old.is_repeatable and not new.is_repeatable:
            self.add("DIRECTIVE_REPEATABLE_REMOVED", where, where)
        elif new.is_repeatable and not old.is_repeatable:
            self.add("DIRECTIVE_REPEATABLE_ADDED", where)
        for place in old.locations:
            if place not in new.locations:
                self.add("DIRECTIVE_LOCATION_REMOVED", where, where, other=place.name)
        for place in new.locations:
            if place not in old.locations:
                self.add("DIRECTIVE_LOCATION_ADDED", where, other=place.name)
        if old.description != new.description:
            self.add("DESCRIPTION_CHANGED", where)


def kind_of(found: GraphQLNamedType) -> str:
    """As introspection calls it: `INPUT_OBJECT`."""
    name = type(found).__name__.removeprefix("GraphQL").removesuffix("Type")
    return "".join(chain.from_iterable(("_", c) if c.isupper() else c.upper() for c in name)).removeprefix("_")


def held_by(where: str) -> str:
    """What an argument or an input field belongs to: a field or a directive, an input type."""
    return where.partition("(")[0] if where.endswith(")") else where.partition(".")[0]


def has_default(found: Input) -> bool:
    return found.default_value is not Undefined or found.default is not None


def must(found: Input) -> bool:
    """Whether it has to be given."""
    return isinstance(found.type, GraphQLNonNull) and not has_default(found)


def default_of(found: Input) -> str | None:
    """The default as it is printed, None if there is none."""
    node = get_default_value_ast(found)
    return print_ast(sort_value_node(node)) if node is not None else None
