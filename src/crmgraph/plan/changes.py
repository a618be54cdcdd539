"""The fields of a change: what each is called, and what its values are called, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.files import system_words
from crmgraph.metadata.registry import DELETED_TYPE
from crmgraph.metadata.types import Field, FieldType, Label, RecordType
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Changed, Named

CHANGE = "FieldChange"


def changed_fields(ctx: Context, found: RecordType, nodes: list[FieldNode]) -> Changed:
    """`fields` of a change. Where a record's own history is read, only its type's fields need names."""
    registry = ctx.view.everything
    every = (t for t in registry.types.values() if not (t.abstract or t.journal))
    about = [registry.type(t.name) for t in ctx.about or every]
    words = {str(t.code): words_of(ctx, t) for t in about}
    text = Value(orjson.dumps(words).decode(), None)
    parameter = ctx.parameter(text, FieldType.TEXT, None, ())
    entries = tuple((k, n[0].name.value) for k, n in collect(ctx, subsets(nodes), every_condition).items())
    named: tuple[Named, ...] = ()
    if {"beforeLabel", "afterLabel", "before", "after"} & {name for _, name in entries}:
        named = tuple(name_of(ctx, registry.type(t)) for t in targets_of(about))
    return Changed(
        found.by_name["before"],
        found.by_name["after"],
        found.by_name["record"],
        parameter,
        entries,
        named,
        ctx.scan(DELETED_TYPE, EVERY_ROW),
    )


def targets_of(types: Sequence[RecordType]) -> list[str]:
    """The record types that lookups may name whose changes people see."""
    fields = (f for t in types for f in t.fields if f.is_told)
    return list(dict.fromkeys(target for field in fields for target in field.targets))


def name_of(ctx: Context, found: RecordType) -> Named:
    return Named(found.api_name, ctx.scan(found.name, EVERY_ROW), found.by_name[found.primary])


def words_of(ctx: Context, found: RecordType) -> dict[str, Any]:
    """By field name: `p` its place, `f` its API name, `l` its label, `t` what kind of value it has,
    `o` names and labels of its options by code, `y` the one type that it may name."""
    told = ((i, f) for i, f in enumerate(found.fields) if f.is_told and ctx.shows(f))
    return {f.name: field_words(f, i, ctx.locale) for i, f in told}


def field_words(field: Field, place: int, locale: str) -> Mapping[str, Any]:
    made: dict[str, Any] = {"p": place, "f": field.api_name, "l": field.label.text(locale), "t": kind_of(field)}
    if field.type is FieldType.BOOLEAN:
        words = system_words()["fields"]
        made["o"] = {k: [k, Label(words[w]).text(locale)] for k, w in (("true", "yes"), ("false", "no"))}
    elif field.options is not None:
        made["o"] = {str(o.code): [o.api_name, o.label.text(locale)] for o in field.options.options}
    elif len(field.targets) == 1:
        made["y"] = field.targets[0]
    return made


def kind_of(field: Field) -> str:
    match field.type:
        case FieldType.CHOICE:
            return "choice"
        case FieldType.MULTI_CHOICE:
            return "choices"
        case FieldType.LOOKUP:
            return "lookup"
        case FieldType.BOOLEAN:
            return "truth"
        case FieldType.FILE:
            return "file"
        case _:
            return "plain"
