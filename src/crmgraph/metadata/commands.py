"""Changes of record types: the vocabulary of typed mutations, change files and drafts. Each puts a patch into a draft.

What an input leaves out stays as it is. Names of types and fields are storage names or API names.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmgraph.metadata.bench import Bench, type_api_name, type_api_plural
from crmgraph.metadata.making import add_field, add_type, new_states, reason_documents, type_names, word
from crmgraph.metadata.model import TYPES
from crmgraph.metadata.names import camel
from crmgraph.metadata.types import DeleteBehavior
from crmgraph.metadata.words import (
    DataType,
    Feature,
    LocalizedText,
    NewField,
    NewReason,
    NewState,
    Ownership,
    RelationKind,
    RequiredLevel,
    only_given,
    texts,
)

NAME_FIELD, PARENT, CHILDREN = "name", "parent", "children"


@dataclass(frozen=True, slots=True)
class AddRecordType:
    """Make a record type. It gets a name field (or the first text among `fields`, named by `primaryField`), the
    `states` that are named (else active and inactive), and takes part in the `features` that are named. `hierarchy`:
    records have parents of their type.
    """

    name: str
    label: list[LocalizedText]
    plural_label: list[LocalizedText] | None = None
    description: list[LocalizedText] | None = None
    plural_name: str | None = None
    api_name: str | None = None
    api_plural_name: str | None = None
    ownership: Ownership = Ownership.USER
    features: list[Feature] | None = None
    hierarchy: bool = False
    audited: bool = True
    audit_reads: bool = False
    primary_field: str | None = None
    fields: list[NewField] | None = None
    states: list[NewState] | None = None
    status_reasons: list[NewReason] | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        names = type_names(bench, self.name, self.plural_name, (self.api_name, self.api_plural_name))
        fields = list(self.fields or ())
        if self.primary_field is None:
            label = [LocalizedText(x, t) for x, t in word(NAME_FIELD).items()]
            primary = NewField(NAME_FIELD, DataType.TEXT, label, required=RequiredLevel.APPLICATION, searchable=True)
            fields.insert(0, primary)
        marked = bench.new_name(self.primary_field or NAME_FIELD, (), "primaryField")
        document = {
            **names,
            **only_given(
                label=texts(self.label), labels=texts(self.plural_label or self.label),
                description=texts(self.description), ownership=self.ownership,
            ),
            "primary": marked,
            "features": [f.value for f in self.features or ()],
            "states": new_states(bench, self.states, "states"),
            "fields": {},
        }  # fmt: skip
        if not self.audited:
            document["audited"] = False
        if self.audit_reads:
            document["audit_reads"] = True
        name = add_type(bench, document, fields, "fields")
        if self.hierarchy:
            inverse = [LocalizedText(x, t) for x, t in word(CHILDREN).items()]
            label = [LocalizedText(x, t) for x, t in word(PARENT).items()]
            parent = NewField(
                PARENT, DataType.LOOKUP, label, targets=[name], inverse_name=CHILDREN, inverse_label=inverse
            )
            bench.patch(TYPES, name, {"hierarchy": add_field(bench, name, parent)})
        add_reasons(bench, name, self.status_reasons)


@dataclass(frozen=True, slots=True)
class AddActivityType:
    """Make a kind of what stands in timelines: it has the fields of every kind and its own, and appears in every
    timeline and list of all kinds at once. `partyRoles`: the roles that people may have in it, by option names.
    """

    name: str
    label: list[LocalizedText]
    plural_label: list[LocalizedText] | None = None
    description: list[LocalizedText] | None = None
    plural_name: str | None = None
    api_name: str | None = None
    api_plural_name: str | None = None
    fields: list[NewField] | None = None
    party_roles: list[str] | None = None
    status_reasons: list[NewReason] | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        base = next((n for n, d in bench.model.types.items() if d.get("abstract")), None)
        if base is None:
            bench.refuse("NO_ACTIVITIES", "customize_no_activities")
        names = type_names(bench, self.name, self.plural_name, (self.api_name, self.api_plural_name))
        below = bench.document(base)
        document = {
            **names,
            **only_given(
                label=texts(self.label), labels=texts(self.plural_label or self.label),
                description=texts(self.description), party_roles=self.party_roles,
            ),
            "base": base,
            "ownership": below.get("ownership", Ownership.USER.value),
            "primary": below["primary"],
            "features": kinds_features(bench, base),
            "fields": {},
        }  # fmt: skip
        if self.status_reasons:
            document["states"] = below["states"]
        name = add_type(bench, document, self.fields or (), "fields")
        add_reasons(bench, name, self.status_reasons)


def kinds_features(bench: Bench, base: str) -> list[str]:
    """The features that all kinds of a base have."""
    kinds = [set(d.get("features", ())) for d in bench.model.types.values() if d.get("base") == base]
    return sorted(set.intersection(*kinds)) if kinds else []


def add_reasons(bench: Bench, name: str, made: list[NewReason] | None) -> None:
    """Status reasons of a new record type stand in place of those that their states would have had anyway."""
    if not made:
        return
    document = bench.document(name)
    named = {r.state.lower() for r in made}
    free = {s: {**d, "reasons": {} if s in named else d["reasons"]} for s, d in document["states"].items()}
    for state, reasons in reason_documents(bench, {"states": free}, made, "statusReasons").items():
        before = dict.fromkeys(document["states"][state]["reasons"])
        bench.patch(TYPES, name, {"states": {state: {"reasons": before}}})
        bench.patch(TYPES, name, {"states": {state: {"reasons": reasons}}})


@dataclass(frozen=True, slots=True)
class ChangeRecordType:
    """Change what a record type is called and takes part in. A new `apiName` renames it in GraphQL; the old names go on
    answering until they are retired. `features` are added.
    """

    type: str
    label: list[LocalizedText] | None = None
    plural_label: list[LocalizedText] | None = None
    description: list[LocalizedText] | None = None
    api_name: str | None = None
    api_plural_name: str | None = None
    features: list[Feature] | None = None
    primary_field: str | None = None
    party_roles: list[str] | None = None
    audit_reads: bool | None = None
    merged_reason: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        patch = only_given(
            label=texts(self.label),
            labels=texts(self.plural_label),
            description=texts(self.description),
            api_name=bench.type_api_name(self.api_name, "apiName"),
            api_plural=bench.api_name(self.api_plural_name, "apiPluralName"),
            features=[f.value for f in self.features] if self.features else None,
            party_roles=self.party_roles,
            audit_reads=self.audit_reads,
            merging={"reason": self.merged_reason.lower()} if self.merged_reason else None,
        )
        if self.primary_field is not None:
            patch["primary"] = bench.owner(name, self.primary_field, "primaryField")[1]
        if "api_name" in patch and "api_plural" not in patch:
            bench.refuse("PLURAL_MISSING", "customize_plural_missing", "apiPluralName")
        for key, api in (("api_name", type_api_name), ("api_plural", type_api_plural)):
            holder = next((n for n, d in bench.model.types.items() if n != name and api(d) == patch.get(key)), None)
            if holder is not None:
                bench.refuse("NAME_TAKEN", "customize_name_taken", camel(key), name=patch[key])
        bench.patch(TYPES, name, patch)


@dataclass(frozen=True, slots=True)
class AddRelation:
    """Relate record types. MANY_TO_ONE gives `type` a lookup `name` to one type or several, and these the to-many
    relation `inverseName`. ONE_TO_MANY does it the other way round: the one type in `to` gets the lookup
    `inverseName`. MANY_TO_MANY makes a record type `name` between `type` and the one in `to`, each pair once, with
    `fields` of its own.
    """

    type: str
    kind: RelationKind
    to: list[str]
    name: str
    label: list[LocalizedText]
    inverse_name: str
    inverse_label: list[LocalizedText]
    api_name: str | None = None
    inverse_api_name: str | None = None
    on_delete: DeleteBehavior | None = None
    required: RequiredLevel = RequiredLevel.NONE
    parental: bool = False
    tie: bool = False
    plural_label: list[LocalizedText] | None = None
    fields: list[NewField] | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        if self.kind is not RelationKind.MANY_TO_ONE and len(self.to) != 1:
            bench.refuse("ONE_TARGET", "customize_one_target", "to")
        match self.kind:
            case RelationKind.MANY_TO_ONE:
                add_field(bench, name, self.lookup((self.name, self.label), (self.inverse_name, self.inverse_label)))
            case RelationKind.ONE_TO_MANY:
                other = bench.type(self.to[0], "to", 0)
                made = self.lookup((self.inverse_name, self.inverse_label), (self.name, self.label), [name])
                add_field(bench, other, made)
            case RelationKind.MANY_TO_MANY:
                self.between(bench, name, bench.type(self.to[0], "to", 0))

    def lookup(
        self,
        own: tuple[str, list[LocalizedText]],
        inverse: tuple[str, list[LocalizedText]],
        targets: list[str] | None = None,
    ) -> NewField:
        """The lookup on the side of the many."""
        turned = targets is not None
        return NewField(
            own[0],
            DataType.LOOKUP,
            own[1],
            api_name=self.inverse_api_name if turned else self.api_name,
            required=self.required,
            targets=targets or self.to,
            inverse_name=inverse[0],
            inverse_label=inverse[1],
            inverse_api_name=self.api_name if turned else self.inverse_api_name,
            on_delete=self.on_delete or DeleteBehavior.REMOVE_LINK,
            parental=self.parental,
            tie=self.tie,
        )

    def between(self, bench: Bench, first: str, second: str) -> None:
        """The record type that holds the pairs: `name` is its name and the relation's on `type`."""
        made = AddRecordType(
            self.name,
            self.label,
            self.plural_label,
            api_name=self.api_name,
            ownership=Ownership.ORGANIZATION,
            fields=self.fields,
        )
        made.apply(bench)
        name = bench.type(self.name)
        plural = bench.document(name)["plural"].removeprefix("x_")
        one = self.side(bench, first, first, plural, self.plural_label or self.label)
        other = self.side(bench, second, first, self.inverse_name, self.inverse_label)
        sides = [add_field(bench, name, side) for side in (one, other)]
        primary = bench.document(name)["primary"]
        loose = {"required": RequiredLevel.NONE.value}
        bench.patch(TYPES, name, {"keys": [{"name": "x_pair", "fields": sides}], "fields": {primary: loose}})

    def side(self, bench: Bench, target: str, first: str, inverse: str, label: list[LocalizedText]) -> NewField:
        """A lookup of the record type between to one of the two sides."""
        bare = target.removeprefix("x_")
        return NewField(
            bare
            if target == first and label is not self.inverse_label
            else f"other_{bare}"
            if target == first
            else bare,
            DataType.LOOKUP,
            [LocalizedText(x, t) for x, t in bench.document(target)["label"].items()],
            required=RequiredLevel.APPLICATION,
            immutable=True,
            targets=[target],
            inverse_name=inverse,
            inverse_label=label,
            on_delete=self.on_delete or DeleteBehavior.CASCADE,
        )
