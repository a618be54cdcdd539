"""Changes of fields: part of the vocabulary, see commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.bench import Bench
from crmgraph.metadata.making import (
    add_field,
    number,
    rollup_document,
)
from crmgraph.metadata.merging import MergeBehavior
from crmgraph.metadata.model import TYPES
from crmgraph.metadata.types import Cascade, DeleteBehavior
from crmgraph.metadata.words import (
    Json,
    LocalizedText,
    NewField,
    RequiredLevel,
    RollupDefinition,
    TextFormat,
    only_given,
    plain,
    texts,
)


@dataclass(frozen=True, slots=True)
class AddField:
    """Give a record type a field."""

    type: str
    field: NewField

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        add_field(bench, bench.type(self.type), self.field, "field")


@dataclass(frozen=True, slots=True)
class ChangeField:
    """Change a field; `unset` names what is to be taken away (`minimum`, `maximum`, `default`, `format`,
    `description`, `help`, `autonumber`). Narrowing (a shorter length, a smaller range, a value demanded) is refused
    while rows break it.
    """

    type: str
    field: str
    label: list[LocalizedText] | None = None
    description: list[LocalizedText] | None = None
    help: list[LocalizedText] | None = None
    api_name: str | None = None
    required: RequiredLevel | None = None
    default: Json | None = None
    length: int | None = None
    format: TextFormat | None = None
    minimum: str | None = None
    maximum: str | None = None
    autonumber: str | None = None
    searchable: bool | None = None
    audited: bool | None = None
    immutable: bool | None = None
    secured: bool | None = None
    personal: bool | None = None
    tie: bool | None = None
    targets: list[str] | None = None
    inverse_label: list[LocalizedText] | None = None
    inverse_api_name: str | None = None
    on_delete: DeleteBehavior | None = None
    on_assign: Cascade | None = None
    on_share: Cascade | None = None
    on_merge: MergeBehavior | None = None
    formula: str | None = None
    rollup: RollupDefinition | None = None
    unset: list[str] | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        type_name = bench.type(self.type)
        if self.label and (made := bench.system_field(type_name, self.field)):
            bench.patch(TYPES, type_name, {"system_labels": {made: texts(self.label)}})
            return
        holder, name = bench.owner(type_name, self.field)
        patch: dict[str, Any] = only_given(
            label=texts(self.label),
            description=texts(self.description),
            help=texts(self.help),
            api_name=bench.api_name(self.api_name, "apiName"),
            required=self.required,
            default=plain(self.default),
            length=self.length,
            format=self.format,
            minimum=number(self.minimum),
            maximum=number(self.maximum),
            autonumber=self.autonumber,
            searchable=self.searchable,
            audited=self.audited,
            immutable=self.immutable,
            secured=self.secured,
            personal=self.personal,
            tie=self.tie,
            targets=[bench.type(t, "targets", i) for i, t in enumerate(self.targets)] if self.targets else None,
            inverse_label=texts(self.inverse_label),
            inverse_api_name=bench.api_name(self.inverse_api_name, "inverseApiName"),
            on_delete=self.on_delete,
            on_assign=self.on_assign,
            on_share=self.on_share,
            on_merge=self.on_merge,
            formula=self.formula,
            rollup=rollup_document(bench, self.rollup) if self.rollup else None,
        )
        for i, key in enumerate(self.unset or ()):
            if key not in UNSETTABLE:
                bench.refuse("WRONG_NAME", "customize_not_unset", "unset", i, name=key, known=", ".join(UNSETTABLE))
            patch[key] = None
        bench.patch(TYPES, holder, {"fields": {name: patch}})


UNSETTABLE = ("minimum", "maximum", "default", "format", "description", "help", "autonumber")
