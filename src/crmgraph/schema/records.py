"""Registry → GraphQL types: objects, interfaces, lists, filters, orders and groups of every record type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from crmgraph.errors import NameTaken
from crmgraph.metadata.computed import rollups_in
from crmgraph.metadata.files import derived_label, system_words
from crmgraph.metadata.types import Field, FieldType, Label, OptionSet, RecordType, Required
from crmgraph.plan.hierarchies import DepthField, RootLink
from crmgraph.plan.members import LabelOf, Lineage, Member, Plain, Special, ToMany, ToOne, View
from crmgraph.schema import words
from crmgraph.schema.directives import ASSUMED_CHANGES, ASSUMED_WARNINGS, COUNT, LINEAGE, ROLLUP, weighing
from crmgraph.schema.enums import choice_enum, types_enum, views_enum
from crmgraph.schema.former import mark_former
from crmgraph.schema.hierarchies import lineage_field, relation_field, shared_arguments
from crmgraph.schema.languages import said
from crmgraph.schema.lazy import LazyObjectType
from crmgraph.schema.scalars import BIG_INT, DATE, DATE_TIME, DECIMAL, JSON, MONEY
from crmgraph.schema.words import given

T = TypeVar("T")
SCALARS: dict[FieldType, Any] = {
    FieldType.ID: GraphQLID, FieldType.TEXT: GraphQLString, FieldType.INTEGER: GraphQLInt,
    FieldType.BIG_INTEGER: BIG_INT, FieldType.DECIMAL: DECIMAL, FieldType.MONEY: MONEY,
    FieldType.BOOLEAN: GraphQLBoolean, FieldType.DATE: DATE, FieldType.DATE_TIME: DATE_TIME,
    FieldType.JSON: JSON, FieldType.FILE: words.FILE,
}  # fmt: skip
FILTERS = {
    FieldType.ID: words.ID_FILTER, FieldType.TEXT: words.TEXT_FILTER, FieldType.INTEGER: words.INT_FILTER,
    FieldType.BIG_INTEGER: words.BIG_INT_FILTER, FieldType.DECIMAL: words.DECIMAL_FILTER,
    FieldType.MONEY: words.MONEY_FILTER, FieldType.BOOLEAN: words.BOOLEAN_FILTER, FieldType.DATE: words.DATE_FILTER,
    FieldType.DATE_TIME: words.DATE_TIME_FILTER, FieldType.JSON: words.NULL_FILTER, FieldType.FILE: words.NULL_FILTER,
}  # fmt: skip
RECORD_MEMBERS = (  # whoever sees no event has no history
    "id", "createdOn", "modifiedOn", "createdBy", "modifiedBy", "owner", "version",
    "displayName", "typeLabel", "access", "history",
)  # fmt: skip
SPECIAL_WORDS = {
    "displayName": "display_name", "typeLabel": "type_label", "fields": "changed_fields",
    "timelineSummary": "timeline_summary",
}  # fmt: skip
ENTRY_MEMBERS = (*RECORD_MEMBERS, "occurredOn", "title")
VIEW = said("view_argument")
UNORDERED = frozenset({FieldType.JSON, FieldType.FILE, FieldType.MULTI_CHOICE})


class Types:
    """The GraphQL types of one edition in one language, each made once."""

    def __init__(self, view: View, locale: str) -> None:
        self.view, self.locale = view, locale
        self.made: dict[str, tuple[object, Any]] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """The type of that name, made at the first call; a name that two things would have is refused."""
        place = make.__code__ if hasattr(make, "__code__") else make
        if name not in self.made:
            new = make()
            if self.view.has_former:
                mark_former(new, self.locale)
            self.made.setdefault(name, (place, new))  # of two threads that make it the first one's is kept
        first, found = self.made[name]
        if first is not place:
            raise NameTaken(name)
        made: T = found
        return made

    def text(self, label: Label | None) -> str | None:
        return label.text(self.locale) if label else None

    def described(self, field: Field) -> str:
        """A field's label, and its description where it has one."""
        more = self.text(field.description)
        return f"{self.text(field.label)}. {more}" if more else str(self.text(field.label))

    # --- enums -----------------------------------------------------------------------------------------------------

    def enum(self, options: OptionSet) -> GraphQLEnumType:
        """A choice's enum; its values are the options' codes."""
        found: GraphQLEnumType = self.once(options.api_name, lambda: choice_enum(options, self.locale))
        return found

    def view_enum(self, found: RecordType) -> GraphQLEnumType:
        """A record type's saved views."""
        name = f"{found.api_name}View"
        return self.once(name, lambda: views_enum(name, found.views, self.locale))

    def type_enum(self, name: str, types: tuple[RecordType, ...]) -> GraphQLEnumType:
        """An enum of record types by code."""
        return self.once(name, lambda: types_enum(name, types, self.locale))

    # --- objects ---------------------------------------------------------------------------------------------------

    def record(self, found: RecordType) -> GraphQLObjectType | GraphQLInterfaceType:
        """A record type's object type, or an abstract one's interface."""
        if found.abstract:
            return self.interface(found.api_name)
        return self.once(found.api_name, lambda: LazyObjectType(
            found.api_name,
            lambda: {n: partial(self.member, found, n, m) for n, m in self.view.members(found.name).items()},
            interfaces=lambda: [self.interface(n) for n in self.view.implements(found)],
            description=self.text(found.description) or self.text(found.label),
        ))  # fmt: skip

    def interface(self, name: str) -> GraphQLInterfaceType:
        """An interface: what its types have in common."""

        def make() -> GraphQLInterfaceType:
            above = [] if name == "Node" else ["Node"] if name == "Record" else ["Node", "Record"]
            return GraphQLInterfaceType(
                name, lambda: self.common(name), interfaces=lambda: [self.interface(n) for n in above],
                description=self.interface_text(name),
            )  # fmt: skip

        return self.once(name, make)

    def interface_text(self, name: str) -> str:
        found = self.view.by_api.get(name)
        if found is not None:
            return str(self.text(found.description) or self.text(found.label))
        types = self.view.interfaces[name].types
        shown = [str(self.text(self.view.registry.type(t).label)) for t in types[:12]]
        return ", ".join(shown) + (" …" if len(types) > 12 else "")

    def common(self, name: str) -> dict[str, GraphQLField]:
        types = [self.view.registry.type(t) for t in self.view.interfaces[name].types]
        store = self.view.interfaces[name].store
        if name == "Node":
            return {"id": GraphQLField(GraphQLNonNull(GraphQLID))}
        some = types or self.view.concrete  # of an interface whose types the caller may not see, any does
        first = self.view.registry.type(store) if store else some[0]
        members = self.view.members(first.name)
        if name == "Record":
            return {n: self.member(first, n, members[n]) for n in RECORD_MEMBERS if n in members}
        if name == "TimelineEntry":
            shown = {**{n: Special(n) for n in ENTRY_MEMBERS[-2:]}, **members}
            return {n: self.member(first, n, shown[n]) for n in ENTRY_MEMBERS if n in shown}
        former: dict[str, str] = {n: n for t in types for n in self.view.former(t.name)}
        fields = {}
        for member_name, member in members.items():
            others = [self.view.members(t.name).get(member_name) for t in types]
            member_name = former.get(member_name, member_name)
            kind = self.member(first, member_name, member)
            kinds = [self.member(t, member_name, o) for t, o in zip(types, others, strict=True) if o is not None]
            if len(kinds) == len(types) and all(str(k.type) == str(kind.type) for k in kinds):
                fields[member_name] = shared_arguments(kind, kinds)
        return fields

    def member(self, found: RecordType, name: str, member: Member) -> GraphQLField:
        """One field of a record's object type."""
        match member:
            case Plain(field):
                kind: Any = self.output(field)
                required = field.required is Required.SYSTEM and field.system
                return GraphQLField(
                    GraphQLNonNull(kind) if required else kind,
                    description=self.described(field),
                    extensions=weighing(self.weight(field)),
                )
            case LabelOf(field):
                kind = GraphQLString if field.type is FieldType.CHOICE else GraphQLList(GraphQLNonNull(GraphQLString))
                text = self.text(derived_label("label_of", field.label))
                return GraphQLField(kind, description=text, extensions=weighing(self.weight(field)))
            case ToOne(field):
                walk = weighing(LINEAGE if isinstance(field, RootLink) else 0)
                return GraphQLField(self.lookup(field), description=self.described(field), extensions=walk)
            case ToMany(relation, only):
                return relation_field(self, found, relation, only)
            case Lineage(_, above):
                return lineage_field(self, found, above)
            case Special(special):
                return self.special(special)

    def weight(self, field: Field) -> int:
        """What a field costs beside its record: the rollups that are worked out for it."""
        walks = isinstance(field, DepthField)
        return ROLLUP * (1 if walks else rollups_in(self.view.formulas, field)) if field.is_computed else 0

    def special(self, name: str) -> GraphQLField:
        label = system_words()["fields"].get(SPECIAL_WORDS.get(name, name))
        text = Label(label).text(self.locale) if label else None
        match name:
            case "displayName" | "title":
                return GraphQLField(GraphQLString, description=text)
            case "typeLabel":
                return GraphQLField(GraphQLNonNull(GraphQLString), description=text)
            case "occurredOn":
                return GraphQLField(GraphQLNonNull(DATE_TIME), description=text)
            case "access":
                return GraphQLField(GraphQLNonNull(words.ACCESS), description=text)
            case "fields":
                listed = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.FIELD_CHANGE)))
                return GraphQLField(listed, description=text, extensions=weighing(0, ASSUMED_CHANGES))
            case "warnings":
                listed = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.WARNING)))
                return GraphQLField(listed, description=text, extensions=weighing(COUNT, ASSUMED_WARNINGS))
            case "owner":
                return GraphQLField(self.interface("Principal"), description=text)
            case "agenda" | "overdue" | "reminders":
                from crmgraph.schema.agendas import agenda_field

                return agenda_field(self, name)
            case _:
                from crmgraph.schema.timelines import summary_field, timeline_field

                return (timeline_field if name == "timeline" else summary_field)(self, text)

    def output(self, field: Field) -> GraphQLOutputType:
        if field.options is not None:
            enum = self.enum(field.options)
            return GraphQLList(GraphQLNonNull(enum)) if field.type is FieldType.MULTI_CHOICE else enum
        scalar: GraphQLOutputType = SCALARS[field.type]
        return scalar

    def lookup(self, field: Field) -> GraphQLOutputType:
        name = self.view.interface_of(field)
        found = self.view.by_api.get(name)
        return self.record(found) if found else self.interface(name)

    # --- lists -----------------------------------------------------------------------------------------------------

    def list_field(self, found: RecordType, description: str | None = None, weight: int = 0) -> GraphQLField:
        """A field that answers a connection."""
        return GraphQLField(
            GraphQLNonNull(self.connection(found)), self.list_arguments(found), description=description,
            extensions=weighing(weight),
        )  # fmt: skip

    def list_arguments(self, found: RecordType) -> dict[str, GraphQLArgument]:
        def make() -> dict[str, GraphQLArgument]:
            order = GraphQLList(GraphQLNonNull(self.order_by(found)))
            saved = {"view": GraphQLArgument(self.view_enum(found), description=VIEW)} if found.views else {}
            return {
                **words.PAGING,
                **words.OFFSET,
                **saved,
                "where": GraphQLArgument(self.where(found)),
                "orderBy": GraphQLArgument(order),
            }

        return self.once(f"({found.name} arguments)", make)

    def edge_and_nodes(self, name: str, node: Any) -> dict[str, GraphQLField]:
        """The page's part of a connection."""
        edge = self.once(f"{name}Edge", lambda: GraphQLObjectType(f"{name}Edge", {
            "cursor": GraphQLField(GraphQLNonNull(GraphQLString)), "node": GraphQLField(GraphQLNonNull(node)),
        }))  # fmt: skip
        return self.page_of(node, edge)

    def page_of(self, node: Any, edge: GraphQLObjectType) -> dict[str, GraphQLField]:
        """The page's part of a connection whose edges have a type of their own."""
        return {
            "edges": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(edge)))),
            "nodes": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(node)))),
            "pageInfo": GraphQLField(GraphQLNonNull(words.PAGE_INFO)),
            "totalCount": GraphQLField(GraphQLNonNull(GraphQLInt), extensions=weighing(COUNT)),
        }

    def connection(self, found: RecordType) -> GraphQLObjectType:
        name = found.api_name

        def fields() -> dict[str, GraphQLField]:
            from crmgraph.schema.groups import aggregate_field, group_field

            page = self.edge_and_nodes(name, self.record(found))
            return {**page, "aggregate": aggregate_field(self, found), "groupBy": group_field(self, found)}

        label = self.text(found.labels)
        return self.once(f"{name}Connection", lambda: GraphQLObjectType(f"{name}Connection", fields, description=label))

    def merged_connection(self, name: str, node: str) -> GraphQLObjectType:
        """A connection over records of several types."""
        return self.once(f"{name}Connection", lambda: GraphQLObjectType(
            f"{name}Connection", lambda: self.edge_and_nodes(name, self.interface(node))
        ))  # fmt: skip

    # --- filters and orders ----------------------------------------------------------------------------------------

    def where(self, found: RecordType) -> GraphQLInputObjectType:
        name = f"{found.api_name}Where"
        return self.once(name, lambda: GraphQLInputObjectType(name, lambda: self.where_fields(found)))

    def where_fields(self, found: RecordType) -> dict[str, GraphQLInputField]:
        own = self.where(found)
        several = given(words.non_null_list(own))
        fields = {"and": several, "or": several, "not": given(own), "isNull": given(GraphQLBoolean)}
        if found.name in self.view.owners[:1]:
            fields["isMe"] = given(GraphQLBoolean)
        for name, member in self.view.members(found.name).items():
            made = self.where_field(found, member)
            if made is not None:
                fields[name] = made
        return fields

    def where_field(self, found: RecordType, member: Member) -> GraphQLInputField | None:
        match member:
            case Plain(field) if field.name == "id" and found.hierarchy:
                return given(self.once(f"{found.api_name}IdFilter", lambda: words.tree_filter(found.api_name)))
            case Plain(field):
                return self.shared_input(self.filter(field))
            case ToOne(field) if field.is_polymorphic:
                return given(self.any_where(field))
            case ToOne(field):
                return given(self.where(self.view.registry.type(field.targets[0])))
            case ToMany(relation):
                return given(self.list_where(self.view.registry.type(relation.target)))
            case _:
                return None

    def shared_input(self, kind: GraphQLInputType) -> GraphQLInputField:
        return self.once(f"(input {kind})", lambda: given(kind))

    def filter(self, field: Field) -> GraphQLInputObjectType:
        if field.options is None:
            return FILTERS[field.type]
        enum = self.enum(field.options)
        listed = given(words.non_null_list(enum))
        if field.type is FieldType.MULTI_CHOICE:
            tests = {"has": given(enum), "hasAny": listed, "hasAll": listed, "isEmpty": given(GraphQLBoolean)}
            return self.once(f"{enum.name}ListFilter", lambda: GraphQLInputObjectType(f"{enum.name}ListFilter", tests))
        return self.once(f"{enum.name}Filter", lambda: words.filter_type(enum.name, enum, ordered=False))

    def list_where(self, target: RecordType) -> GraphQLInputObjectType:
        name = f"{target.api_name}ToManyWhere"
        inner = self.where(target)
        fields = {"some": given(inner), "every": given(inner), "none": given(inner)}
        return self.once(name, lambda: GraphQLInputObjectType(name, fields))

    def any_where(self, field: Field) -> GraphQLInputObjectType:
        """The filter of a polymorphic lookup, nested by type."""
        name = f"{self.shared_name(field)}Where"

        def fields() -> dict[str, GraphQLInputField]:
            types = self.enum(self.view.record_types)
            kind = self.once(
                "RecordTypeFilter", lambda: GraphQLInputObjectType("RecordTypeFilter", words.equality(types))
            )
            made = {"isNull": given(GraphQLBoolean), "id": given(words.ID_FILTER), "type": given(kind)}
            if set(field.targets) & set(self.view.owners):
                made["isMe"] = given(GraphQLBoolean)
            for target in self.view.registry.targets(field):
                made |= dict.fromkeys(self.view.nested(target), given(self.where(target)))
            return made

        return self.once(name, lambda: GraphQLInputObjectType(name, fields))

    def shared_name(self, field: Field) -> str:
        """What inputs about a polymorphic lookup are called: by the interface over its targets, else by itself."""
        shared = self.view.interface_of(field)
        store = self.view.registry.type(field.store).api_name
        return shared if shared != "Record" else store + field.api_name[:1].upper() + field.api_name[1:]

    def order_by(self, found: RecordType) -> GraphQLInputObjectType:
        name = f"{found.api_name}OrderBy"
        return self.once(name, lambda: GraphQLInputObjectType(
            name, lambda: self.order_fields(found), is_one_of=True, description=said("exactly_one")
        ))  # fmt: skip

    def order_fields(self, found: RecordType) -> dict[str, GraphQLInputField]:
        direction = self.shared_input(words.SORT)
        fields = {}
        for name, member in self.view.members(found.name).items():
            match member:
                case Plain(field) if orderable(field):
                    fields[name] = direction
                case ToOne(field) if not field.is_polymorphic:
                    fields[name] = given(self.order_by(self.view.registry.type(field.targets[0])))
        return fields


def orderable(field: Field) -> bool:
    """Whether a field's values have an order: single lines of text, numbers, dates, choices, yes and no."""
    return field.type not in UNORDERED and (field.type is not FieldType.TEXT or field.is_line)
