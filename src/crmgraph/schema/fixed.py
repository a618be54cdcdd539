"""The fixed part of the schema, code first: `metadata`, what exists and what it is called in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType
from strawberry.scalars import JSON
from strawberry.types import Info

from crmgraph.metadata.computed import summed
from crmgraph.metadata.declared import column_labels
from crmgraph.metadata.merging import is_mergeable, merged_status
from crmgraph.metadata.model import Model
from crmgraph.metadata.model import State as Customized
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, OptionSet, RecordType, Relation, SavedView, State
from crmgraph.plan.members import View
from crmgraph.plan.saved import shown_view
from crmgraph.schema import scalars
from crmgraph.schema.directives import METADATA, weighing
from crmgraph.schema.duplicate_rules import MetadataDuplicateRule, shown_duplicate_rules
from crmgraph.schema.installed import MetadataPackage, MetadataUpgrade, all_packages, one_package, open_upgrades
from crmgraph.schema.languages import said


@dataclass(frozen=True, slots=True)
class FixedContext:
    """What the fixed fields answer from."""

    view: View
    locale: str
    shipped: Model
    state: Customized


def registry_of(info: Info[FixedContext, None]) -> Registry:
    return info.context.view.registry


def registry_with(info: Info[FixedContext, None], include_retired: bool) -> Registry:
    return info.context.view.everything if include_retired else registry_of(info)


COLOR = said("metadata_color")
NOT_CHOSEN = said("metadata_not_chosen")
NOT_SHOWN = said("metadata_not_shown")


@strawberry.type(description=said("metadata_option"))
class MetadataOption:
    name: str = strawberry.field(description=said("metadata_option_name"))
    code: int = strawberry.field(description=said("metadata_option_code"))
    label: str
    color: str | None = strawberry.field(description=COLOR)
    retired: bool = strawberry.field(description=NOT_CHOSEN)


@strawberry.type(description=said("metadata_option_set"))
class MetadataOptionSet:
    name: str = strawberry.field(description=said("metadata_option_set_name"))
    label: str
    options: list[MetadataOption]


@strawberry.type(description=said("metadata_rollup"))
class MetadataRollup:
    path: list[str] = strawberry.field(description=said("metadata_rollup_path"))
    function: str = strawberry.field(description=said("metadata_rollup_function"))
    field: str | None = strawberry.field(description=said("metadata_rollup_field"))
    where: str | None = strawberry.field(description=said("metadata_rollup_where"))
    hierarchy: bool = strawberry.field(description=said("metadata_rollup_hierarchy"))


@strawberry.type(description=said("metadata_field"))
class MetadataField:
    name: str = strawberry.field(description=said("metadata_field_name"))
    storage_name: str = strawberry.field(description=said("metadata_field_storage_name"))
    type: str
    label: str
    description: str | None
    help: str | None = strawberry.field(description=said("metadata_field_help"))
    retired: bool = strawberry.field(description=NOT_SHOWN)
    required: str = strawberry.field(description=said("metadata_field_required"))
    searchable: bool
    audited: bool
    immutable: bool
    secured: bool = strawberry.field(description=said("metadata_field_secured"))
    personal: bool = strawberry.field(description=said("metadata_field_personal"))
    read_only: bool
    length: int | None
    format: str | None
    precision: int
    minimum: str | None
    maximum: str | None
    targets: list[str] = strawberry.field(description=said("metadata_field_targets"))
    option_set: MetadataOptionSet | None
    formula: str | None = strawberry.field(description=said("metadata_field_formula"))
    rollup: MetadataRollup | None


@strawberry.type(description=said("metadata_relation"))
class MetadataRelation:
    name: str
    label: str
    target: str = strawberry.field(description=said("metadata_relation_target"))
    inverse: str = strawberry.field(description=said("metadata_relation_inverse"))


@strawberry.type(description=said("metadata_reason"))
class MetadataReason:
    name: str
    code: int
    label: str
    color: str | None = strawberry.field(description=COLOR)
    retired: bool = strawberry.field(description=NOT_CHOSEN)


@strawberry.type(description=said("metadata_state"))
class MetadataState:
    name: str
    code: int
    label: str
    reasons: list[MetadataReason]


@strawberry.type(description=said("metadata_transition"))
class MetadataTransition:
    from_state: str
    to_state: str


@strawberry.type(description=said("metadata_column"))
class MetadataColumn:
    path: str = strawberry.field(description=said("metadata_column_path"))
    label: str


@strawberry.type(description=said("metadata_view"))
class MetadataView:
    name: str = strawberry.field(description=said("metadata_view_name"))
    label: str
    columns: list[MetadataColumn]
    where: JSON = strawberry.field(description=said("metadata_as_argument"))
    order_by: JSON = strawberry.field(description=said("metadata_as_argument"))


@strawberry.type(description=said("metadata_rule"))
class MetadataRule:
    name: str = strawberry.field(description=said("metadata_rule_name"))
    message: str


@strawberry.type(description=said("metadata_key"))
class MetadataKey:
    name: str
    fields: list[str]


@strawberry.type(description=said("metadata_record_type"))
class MetadataType:
    name: str = strawberry.field(description=said("metadata_type_name"))
    plural: str = strawberry.field(description=said("metadata_type_plural"))
    storage_name: str
    code: int
    label: str
    plural_label: str
    description: str | None
    retired: bool = strawberry.field(description=NOT_SHOWN)
    ownership: str
    primary_field: str
    hierarchy_field: str | None
    abstract: bool
    features: list[str]
    interfaces: list[str]
    fields: list[MetadataField]
    relations: list[MetadataRelation]
    keys: list[MetadataKey]
    states: list[MetadataState]
    transitions: list[MetadataTransition]
    party_roles: list[str] | None = strawberry.field(description=said("metadata_type_party_roles"))
    audit_reads: bool = strawberry.field(description=said("metadata_type_audit_reads"))
    merged_reason: str | None = strawberry.field(description=said("metadata_type_merged_reason"))
    rules: list[MetadataRule]
    duplicate_rules: list[MetadataDuplicateRule] = strawberry.field(description=said("metadata_type_duplicate_rules"))
    views: list[MetadataView]


Names = list[str] | None


def all_types(info: Info[FixedContext, None], names: Names = None, include_retired: bool = False) -> list[MetadataType]:
    view, every = info.context.view, registry_with(info, include_retired).types.values()
    wanted = None if names is None else {*names, *(t.api_name for n in names if (t := view.type_called(n)))}
    return [shown_type(info, t) for t in every if wanted is None or t.api_name in wanted]


def one_type(info: Info[FixedContext, None], name: str, include_retired: bool = False) -> MetadataType | None:
    registry = registry_with(info, include_retired)
    found = info.context.view.type_called(name)
    if found is None:
        found = next((t for t in registry.types.values() if t.api_name == name), None)
    return shown_type(info, registry.type(found.name)) if found else None


def shared_option_sets(info: Info[FixedContext, None]) -> list[MetadataOptionSet]:
    return [shown_options(o, info.context.locale) for o in registry_of(info).option_sets]


@strawberry.type(description=said("metadata"))
class Metadata:
    revision: int
    locale: str
    types: list[MetadataType] = strawberry.field(resolver=all_types, description=said("metadata_types"))
    type: MetadataType | None = strawberry.field(resolver=one_type, description=said("metadata_type"))
    option_sets: list[MetadataOptionSet] = strawberry.field(
        resolver=shared_option_sets, description=said("metadata_option_sets")
    )
    packages: list[MetadataPackage] = strawberry.field(resolver=all_packages, description=said("metadata_packages"))
    package: MetadataPackage | None = strawberry.field(
        resolver=one_package, description=said("metadata_package_by_name")
    )
    upgrades: list[MetadataUpgrade] = strawberry.field(resolver=open_upgrades, description=said("metadata_upgrades"))


def metadata_now(info: Info[FixedContext, None]) -> Metadata:
    return Metadata(revision=registry_of(info).revision, locale=info.context.locale)


@strawberry.type
class Fixed:
    """Holds the fixed root fields until they are put into the generated `Query`."""

    metadata: Metadata = strawberry.field(resolver=metadata_now, description=said("metadata_root"))


def shown_type(info: Info[FixedContext, None], found: RecordType) -> MetadataType:
    view, locale = info.context.view, info.context.locale
    registry = view.everything
    states, status = registry.states(found), merged_status(registry, found)
    return MetadataType(
        name=found.api_name,
        plural=found.api_plural,
        storage_name=found.name,
        code=found.code,
        label=found.label.text(locale),
        plural_label=found.labels.text(locale),
        description=found.description.text(locale) if found.description else None,
        retired=found.name in view.everything.retired_types,
        ownership=found.ownership,
        primary_field=found.by_name[found.primary].api_name,
        hierarchy_field=found.by_name[found.hierarchy].api_name if found.hierarchy else None,
        abstract=found.abstract,
        features=sorted(found.features),
        interfaces=view.implements(found),
        fields=[shown_field(view, f, locale) for f in found.fields if not f.hidden],
        relations=[shown_relation(view, r, locale) for r in relations_of(view, found)],
        keys=[MetadataKey(name=k.api_name, fields=[found.by_name[f].api_name for f in k.fields]) for k in found.keys],
        states=shown_states(states, locale),
        transitions=[
            MetadataTransition(from_state=a.upper(), to_state=b.upper()) for a, b in registry.transitions(found)
        ],
        audit_reads=registry.reads_audited(found),
        merged_reason=status[1].name.upper() if is_mergeable(found) and status else None,
        party_roles=None if (roles := registry.party_roles(found)) is None else [r.upper() for r in roles],
        duplicate_rules=shown_duplicate_rules(registry, found, locale),
        rules=[MetadataRule(name=r.name, message=r.message.text(locale)) for r in registry.rules(found)],
        views=[shown_saved(view, found, v, locale) for v in found.views] if view.by_api.get(found.api_name) else [],
    )


def relations_of(view: View, found: RecordType) -> Iterable[Relation]:
    """The relations that are shown; a retired type shows none."""
    return view.registry.relations.get(found.name, {}).values()


def shown_states(states: Iterable[State], locale: str) -> list[MetadataState]:
    return [
        MetadataState(
            name=s.name.upper(),
            code=s.code,
            label=s.label.text(locale),
            reasons=[
                MetadataReason(
                    name=r.name.upper(), code=r.code, label=r.label.text(locale), color=r.color, retired=r.retired
                )
                for r in s.reasons
            ],
        )
        for s in states
    ]


def shown_options(options: OptionSet, locale: str) -> MetadataOptionSet:
    shown = [
        MetadataOption(name=o.api_name, code=o.code, label=o.label.text(locale), color=o.color, retired=o.retired)
        for o in options.options
    ]
    return MetadataOptionSet(name=options.api_name, label=options.label.text(locale), options=shown)


def shown_field(view: View, field: Field, locale: str) -> MetadataField:
    return MetadataField(
        name=field.api_name,
        storage_name=field.name,
        type=field.type.value,
        label=field.label.text(locale),
        description=field.description.text(locale) if field.description else None,
        help=field.help.text(locale) if field.help else None,
        retired=field.retired,
        required=field.required.value,
        searchable=field.searchable,
        audited=field.audited,
        immutable=field.immutable,
        secured=field.secured,
        personal=field.personal,
        read_only=field.read_only,
        length=field.length,
        format=field.format,
        precision=field.precision,
        minimum=None if field.minimum is None else str(field.minimum),
        maximum=None if field.maximum is None else str(field.maximum),
        targets=[t.api_name for t in view.registry.targets(field)],
        option_set=shown_options(field.options, locale) if field.options else None,
        formula=field.formula,
        rollup=shown_rollup(view.registry, field) if field.rollup else None,
    )


def shown_rollup(registry: Registry, field: Field) -> MetadataRollup:
    found, rollup = summed(registry, field), field.rollup
    assert rollup is not None
    return MetadataRollup(
        path=[relation.api_name for relation in found.path],
        function=rollup.function.value,
        field=found.field.api_name if found.field else None,
        where=orjson.dumps(rollup.where, default=str).decode() if rollup.where else None,
        hierarchy=rollup.hierarchy,
    )


def shown_saved(view: View, found: RecordType, saved: SavedView, locale: str) -> MetadataView:
    paths, where, order = shown_view(view, found, saved)
    labels = column_labels(view.registry, found, saved, locale)
    columns = [MetadataColumn(path=p, label=label) for p, label in zip(paths, labels, strict=True)]
    return MetadataView(
        name=saved.api_name, label=saved.label.text(locale), columns=columns, where=where, order_by=order
    )


def shown_relation(view: View, relation: Relation, locale: str) -> MetadataRelation:
    return MetadataRelation(
        name=relation.api_name,
        label=relation.label.text(locale),
        target=view.registry.type(relation.target).api_name,
        inverse=view.registry.field(relation.target, relation.field).api_name,
    )


def with_our_json(kind: Any) -> Any:
    """The type with the JSON scalar of the generated part in the place of the library's: there is one of the name."""
    match kind:
        case GraphQLNonNull(of_type=inner):
            return GraphQLNonNull(with_our_json(inner))
        case GraphQLList(of_type=inner):
            return GraphQLList(with_our_json(inner))
        case _:
            return scalars.JSON if kind.name == scalars.JSON.name else kind


def fixed_fields() -> dict[str, GraphQLField]:
    """The fixed root fields as graphql-core fields."""
    schema = strawberry.Schema(query=Fixed)
    query = schema._schema.query_type
    assert query is not None
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for each in kind.fields.values():
                each.type = with_our_json(each.type)
    for field in query.fields.values():
        field.extensions = {**field.extensions, **weighing(METADATA)}
    return dict(query.fields)
