"""Names that were replaced: deprecated in the schema, translated in documents and variables before anything else.

Output fields keep the name by which the document asks for them, for that is what the answer is to have; types and input
fields are translated, so that what comes after knows only the names in force.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    NamedTypeNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
    visit,
)

from crmgraph.errors import RequestError, message
from crmgraph.metadata.former import Former, NamedTwice, names_in_force
from crmgraph.plan.members import View
from crmgraph.schema.lazy import LazyObjectType, Make, Makers, RootField

if TYPE_CHECKING:
    from crmgraph.schema.finding import LazySchema

V = TypeVar("V")
NOW = "now"  # in the extensions of a field of a former name
NAMES = re.compile(r"[A-Za-z]\w*", re.ASCII)

# --- in the schema -------------------------------------------------------------------------------------------------


def mark_former(made: Any, locale: str) -> None:
    """Have a type's fields of former names say what they are called now, when they are first looked at."""
    if isinstance(made, LazyObjectType):
        makers = made.makers
        made.makers = lambda: deprecated_makers(makers(), locale)
    elif isinstance(made, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        fields = made._fields
        made._fields = lambda: deprecated(fields() if callable(fields) else fields, locale)


def deprecated(fields: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Fields by name, those of former names marked."""
    return {n: marked(f, n.now, locale) if isinstance(n, Former) else f for n, f in fields.items()}


def deprecated_makers(makers: Makers, locale: str) -> Makers:
    """What makes fields by name, those of former names as marked ones."""
    return {n: partial(later, m, n.now, locale) if isinstance(n, Former) else m for n, m in makers.items()}


def deprecated_roots(fields: Mapping[str, RootField], locale: str) -> dict[str, RootField]:
    """The same of root fields."""
    makers = deprecated_makers({n: f.make for n, f in fields.items()}, locale)
    return {n: replace(f, make=makers[n]) for n, f in fields.items()}


def later(make: Make, now: str, locale: str) -> GraphQLField:
    made: GraphQLField = marked(make(), now, locale)
    return made


def marked(field: Any, now: str, locale: str) -> Any:
    """A field as a deprecated one, which knows what it is called now; what is deprecated is never required."""
    text = message("renamed_to", locale, {"name": now})
    extensions = {**field.extensions, NOW: now}
    if isinstance(field, GraphQLInputField):
        kind: Any = get_nullable_type(field.type)
        return GraphQLInputField(kind, description=field.description, deprecation_reason=text, extensions=extensions)
    made: GraphQLField = copy(field)
    made.deprecation_reason, made.extensions = text, extensions
    return made


def former_fields(kind: GraphQLInputObjectType) -> dict[str, str]:
    """The former names among an input's fields, each with the one in force."""
    return {name: field.extensions[NOW] for name, field in kind.fields.items() if NOW in field.extensions}


# --- in documents --------------------------------------------------------------------------------------------------


def type_in_force(view: View, schema: LazySchema, name: str) -> str:
    """What a type is called now; a name that neither is nor was one stays."""
    candidates = [*view.translation.candidates(name)]
    if not candidates or schema.knows(name):
        return name
    return next(filter(schema.knows, candidates), name)


def in_force(view: View, schema: LazySchema, document: DocumentNode, text: str) -> DocumentNode:
    """A document with its types and input fields called as they are now; most are not even looked through."""
    if not view.has_former:
        return document
    names = set(NAMES.findall(text))
    types = {n: now for n in names if n[:1].isupper() and (now := type_in_force(view, schema, n)) != n}
    if types:
        document = visit(document, TypeNames(types))
    if not view.former_words.isdisjoint(names):
        info = TypeInfo(schema)
        document = visit(document, TypeInfoVisitor(info, InputNames(info)))
    return document


class TypeNames(Visitor):
    """Gives types in a document other names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def enter_named_type(self, node: NamedTypeNode, *_args: Any) -> NamedTypeNode | None:
        now = self.names.get(node.name.value)
        return None if now is None else NamedTypeNode(name=NameNode(value=now, loc=node.name.loc), loc=node.loc)


class InputNames(Visitor):
    """Gives fields of written input objects the names in force."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info

    def enter_object_value(self, node: ObjectValueNode, *_args: Any) -> ObjectValueNode | None:
        kind = get_named_type(self.info.get_input_type())
        fields = {f.name.value: f for f in node.fields}
        if not isinstance(kind, GraphQLInputObjectType) or len(fields) < len(node.fields):  # validation refuses it
            return None
        renamed = members_in_force(kind, fields)
        if renamed is fields:
            return None
        made = (f if n == f.name.value else named(f, n) for n, f in renamed.items())
        return ObjectValueNode(fields=tuple(made), loc=node.loc)


def named(field: ObjectFieldNode, name: str) -> ObjectFieldNode:
    return ObjectFieldNode(name=NameNode(value=name, loc=field.name.loc), value=field.value, loc=field.loc)


# --- in values -----------------------------------------------------------------------------------------------------


def members_in_force(kind: GraphQLInputObjectType, given: dict[str, V]) -> dict[str, V]:
    """An input object's members by the names in force: the very same where it has no others."""
    now = former_fields(kind)
    if now.keys().isdisjoint(given):
        return given
    try:
        return names_in_force(given, now)
    except NamedTwice as twice:
        data = {"first": twice.first, "second": twice.second, "name": twice.now}
        raise RequestError("BAD_USER_INPUT", "renamed_twice", **data) from None


def value_in_force(kind: Any, value: Any) -> Any:
    """A variable's value, as it was sent, with the names in force at every depth."""
    if is_non_null_type(kind):
        return value_in_force(kind.of_type, value)
    if isinstance(kind, GraphQLList):
        return (
            [value_in_force(kind.of_type, v) for v in value]
            if isinstance(value, list)
            else value_in_force(kind.of_type, value)
        )
    if not isinstance(kind, GraphQLInputObjectType) or not isinstance(value, dict):
        return value
    given = members_in_force(kind, value)
    return {n: value_in_force(kind.fields[n].type, v) if n in kind.fields else v for n, v in given.items()}
