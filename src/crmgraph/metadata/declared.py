"""Rules, saved views, lists and warnings as they are declared: what is wrong with them; views in the API's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crmgraph.errors import MetadataFault
from crmgraph.metadata.duplicates import check_duplicates
from crmgraph.metadata.living import living
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.resting import related, relation_of
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import Field, FieldType, NarrowedList, RecordType, SavedView, Warning

DIRECTIONS = frozenset({"ASC", "DESC", "ASC_NULLS_FIRST", "ASC_NULLS_LAST", "DESC_NULLS_FIRST", "DESC_NULLS_LAST"})
UNORDERED = frozenset({FieldType.JSON, FieldType.FILE, FieldType.MULTI_CHOICE, FieldType.LOOKUP})


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a rule or a view of a record type, by its name."""

    type: str
    name: str
    fault: MetadataFault


def check_declared(registry: Registry) -> None:
    """Raise the first fault of a rule or a view."""
    for flaw in flaws(registry):
        raise flaw.fault


def flaws(registry: Registry) -> Iterator[Flaw]:
    """All that is wrong with what is declared about what is not retired; what rests on that is not shown."""
    whole, registry = registry, living(registry)
    for found in registry.types.values():
        for rule in found.rules:
            try:
                StoredWhere(registry).api(found.name, rule.condition)
            except MetadataFault as fault:
                yield Flaw(found.name, rule.name, fault)
        for view in found.views:
            yield from view_flaws(registry, found, view)
        every = whole.type(found.name)
        for duplicate in every.duplicates:
            try:
                check_duplicates(whole, every, duplicate)
            except MetadataFault as fault:
                yield Flaw(found.name, duplicate.name, fault)
        declared: tuple[NarrowedList | Warning, ...] = (*every.lists, *every.warnings)
        for each in declared:
            try:
                (related if whole is registry else relation_of)(whole, every, each)
            except MetadataFault as fault:
                yield Flaw(found.name, each.name, fault)


def view_flaws(registry: Registry, found: RecordType, view: SavedView) -> Iterator[Flaw]:
    twins = [v.name for v in found.views if v.api_name == view.api_name]
    checks = (
        lambda: None if twins[0] == view.name else taken(found, view),
        lambda: StoredWhere(registry).api(found.name, view.where),
        lambda: view_columns(registry, found, view),
        lambda: view_order(registry, found, view),
    )
    for check in checks:
        try:
            check()
        except MetadataFault as fault:
            yield Flaw(found.name, view.name, fault)


def taken(found: RecordType, view: SavedView) -> None:
    raise MetadataFault("view_name_taken", view=view.label, name=view.api_name, type=found.label)


def view_columns(registry: Registry, found: RecordType, view: SavedView) -> tuple[str, ...]:
    """A view's columns in the API's names: `primaryContact.email`."""
    if not view.columns:
        raise MetadataFault("view_no_columns", view=view.label)
    return tuple(".".join(f.api_name for f in steps(registry, found, view, column)) for column in view.columns)


def column_labels(registry: Registry, found: RecordType, view: SavedView, locale: str) -> list[str]:
    """What people call a view's columns: `Primary contact.E-mail`."""
    paths = (steps(registry, found, view, column) for column in view.columns)
    return [".".join(f.label.text(locale) for f in path) for path in paths]


def view_order(registry: Registry, found: RecordType, view: SavedView) -> list[dict[str, Any]]:
    """A view's order as the API's `orderBy`: `[{"primaryContact": {"fullName": "ASC"}}]`."""
    made = []
    for path, direction in view.order:
        fields = steps(registry, found, view, path)
        last, word = fields[-1], direction.upper()
        if last.type in UNORDERED or (last.type is FieldType.TEXT and last.format == "multi_line"):
            raise MetadataFault("view_not_ordered", view=view.label, found=path)
        if word not in DIRECTIONS:
            hint = ", ".join(did_you_mean(word, DIRECTIONS)) or "ASC, DESC"
            raise MetadataFault("view_unknown_direction", view=view.label, found=direction, hint=hint.lower())
        term: Any = word
        for field in reversed(fields):
            term = {field.api_name: term}
        made.append(term)
    return made


def steps(registry: Registry, found: RecordType, view: SavedView, path: str) -> list[Field]:
    """The fields of a path through to-one relations."""
    fields: list[Field] = []
    names = path.split(".")
    for name in names:
        field = found.by_name.get(name)
        if field is None or field.hidden:
            hint = ", ".join(did_you_mean(name, found.by_name)) or "–"
            raise MetadataFault(
                "view_unknown_name", view=view.label, place=path, found=name, type=found.label, hint=hint
            )
        fields.append(field)
        if len(fields) < len(names):
            if field.type is not FieldType.LOOKUP or field.is_polymorphic:
                raise MetadataFault("view_not_a_path", view=view.label, place=path, found=name)
            found = registry.type(field.targets[0])
    return fields
