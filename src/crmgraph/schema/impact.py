"""Which recorded operations another edition would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldsOnCorrectTypeRule,
    FragmentsOnCompositeTypesRule,
    GraphQLError,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownTypeNamesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    UniqueDirectivesPerLocationRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    parse,
    validate,
)

from crmgraph.errors import CrmError
from crmgraph.schema.coordinates import holder, types_said
from crmgraph.schema.differences import SchemaDifference, schema_differences
from crmgraph.schema.documents import chosen
from crmgraph.schema.edition import Edition
from crmgraph.schema.footprints import used_by
from crmgraph.schema.former import in_force, type_in_force
from crmgraph.schema.suggestions import few_suggestions
from crmgraph.schema.wording import worded
from crmgraph.sql.recorded import Recorded

# what each rule of validation finds, beside the differences after which anything below may be otherwise;
# a recorded document has passed the rules that ask no schema
ANY = frozenset({"FIELD_TYPE_CHANGED", "TYPE_KIND_CHANGED"})
RULES: dict[type[ASTValidationRule], frozenset[str]] = {
    FieldsOnCorrectTypeRule: frozenset({"FIELD_REMOVED"}),
    KnownTypeNamesRule: frozenset({"TYPE_REMOVED"}),
    FragmentsOnCompositeTypesRule: frozenset(),
    PossibleFragmentSpreadsRule: frozenset({"INTERFACE_REMOVED", "UNION_MEMBER_REMOVED"}),
    ScalarLeafsRule: frozenset(),
    OverlappingFieldsCanBeMergedRule: frozenset({"FIELD_TYPE_NARROWED", "INTERFACE_REMOVED"}),
    KnownArgumentNamesRule: frozenset({"ARGUMENT_REMOVED"}),
    ProvidedRequiredArgumentsRule: frozenset({
        "REQUIRED_ARGUMENT_ADDED", "ARGUMENT_REQUIRED", "ARGUMENT_TYPE_CHANGED",
    }),
    ValuesOfCorrectTypeRule: frozenset({
        "ARGUMENT_TYPE_CHANGED", "INPUT_FIELD_REMOVED", "INPUT_FIELD_TYPE_CHANGED", "INPUT_FIELD_REQUIRED",
        "REQUIRED_INPUT_FIELD_ADDED", "ENUM_VALUE_REMOVED", "ONE_OF_ADDED",
    }),
    VariablesAreInputTypesRule: frozenset(),
    VariablesInAllowedPositionRule: frozenset({
        "ARGUMENT_TYPE_CHANGED", "ARGUMENT_REQUIRED", "INPUT_FIELD_TYPE_CHANGED", "INPUT_FIELD_REQUIRED",
        "DEFAULT_REMOVED", "ONE_OF_ADDED",
    }),
    KnownDirectivesRule: frozenset({"DIRECTIVE_REMOVED", "DIRECTIVE_LOCATION_REMOVED"}),
    UniqueDirectivesPerLocationRule: frozenset({"DIRECTIVE_REPEATABLE_REMOVED"}),
}  # fmt: skip
# what matters for values of variables, which are in no document
OF_VALUES = frozenset({
    "INPUT_FIELD_REMOVED", "INPUT_FIELD_TYPE_CHANGED", "INPUT_FIELD_REQUIRED", "REQUIRED_INPUT_FIELD_ADDED",
    "ENUM_VALUE_REMOVED", "ONE_OF_ADDED",
})  # fmt: skip
MOST_ERRORS, MOST_SHOWN = 200, 20  # of one document


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an operation would be refused: a fault of its text with lines and columns, or what its variables held."""

    text: str
    locations: tuple[tuple[int, int], ...] = ()
    coordinate: str | None = None  # of what variables held


@dataclass(frozen=True, slots=True)
class BrokenOperation:
    """A recorded operation that is answered now, and would be refused."""

    recorded: Recorded
    reasons: tuple[Reason, ...]

    @property
    def name(self) -> str | None:
        return self.recorded.name

    @property
    def client(self) -> str | None:
        return self.recorded.client

    @property
    def last_used_on(self) -> datetime:
        return self.recorded.last_used_on

    @property
    def uses(self) -> int:
        return self.recorded.uses


def broken_operations(
    old: Edition,
    new: Edition,
    recorded: Iterable[Recorded],
    locale: str = "en",
    *,
    renamed: Mapping[str, str] | None = None,
    differences: Sequence[SchemaDifference] | None = None,
) -> list[BrokenOperation]:
    """Those that the new edition would refuse and the old one does not, those used last first.

    Only operations that touch what differs are looked at. `differences`: those of the two schemas, if they are known.
    """
    if differences is None:
        renamed = renamed_types(old, new) if renamed is None else renamed
        differences = schema_differences(old.schema, new.schema, locale, renamed=renamed)
    check = Check(old, new, differences, locale)
    found = [BrokenOperation(one, reasons) for one in recorded if (reasons := check.reasons(one))]
    return sorted(found, key=lambda b: (-b.last_used_on.timestamp(), b.recorded.id))


def renamed_types(old: Edition, new: Edition) -> dict[str, str]:
    """The types that the new schema calls otherwise, and still knows by their old names."""
    gone = [name for name in old.schema.type_map if name not in new.schema.type_map]
    found = {name: type_in_force(new.view, new.schema, name) for name in gone}
    return {name: now for name, now in found.items() if now != name}


class Check:
    """What may break an operation between two editions, looked for in one after the other."""

    def __init__(self, old: Edition, new: Edition, differences: Sequence[SchemaDifference], locale: str) -> None:
        self.old, self.new, self.locale = old, new, locale
        self.names: dict[str, bool] = {}
        self.touched: dict[str, list[SchemaDifference]] = {}
        for difference in differences:
            for touch in difference.touches:
                self.touched.setdefault(touch, []).append(difference)

    def reasons(self, recorded: Recorded) -> tuple[Reason, ...]:
        used = recorded.coordinates | {holder(c) for c in recorded.coordinates}
        met = [d for c in self.touched.keys() & used for d in self.touched[c]]
        codes = {d.code for d in met}
        if any(self.unknown(c) for c in recorded.coordinates if c.isidentifier()):
            codes.add("TYPE_REMOVED")
        if not codes:
            return ()
        document = parse(recorded.document)
        return (*self.faults(document, recorded, codes), *self.held(document, recorded, met))

    def unknown(self, name: str) -> bool:
        """Whether a type's name, in force or not, was known and is no more."""
        found = self.names.get(name)
        if found is None:
            there = [e.schema.get_type(type_in_force(e.view, e.schema, name)) for e in (self.old, self.new)]
            found = self.names[name] = there[0] is not None and there[1] is None
        return found

    def faults(self, document: DocumentNode, recorded: Recorded, codes: set[str]) -> list[Reason]:
        """What validation finds that it does not find now: it may find fault with what stands in for values."""
        rules = [rule for rule, finds in RULES.items() if not (finds | ANY).isdisjoint(codes)]
        try:
            found = errors(self.new, in_force(self.new.view, self.new.schema, document, recorded.document), rules)
        except CrmError as error:
            return [Reason(error.text(self.locale))]
        if any(e.nodes and isinstance(e.nodes[0], ValueNode) for e in found):
            then = in_force(self.old.view, self.old.schema, document, recorded.document)
            before = {(e.message, places(e)) for e in errors(self.old, then, [ValuesOfCorrectTypeRule])}
            found = [e for e in found if (e.message, places(e)) not in before]
        return [Reason(worded(e.message, self.locale), places(e)) for e in found[:MOST_SHOWN]]

    def held(self, document: DocumentNode, recorded: Recorded, met: Sequence[SchemaDifference]) -> list[Reason]:
        """What variables held, as far as it was seen; faults of what the document itself uses, validation has found."""
        inputs = {(d.coordinate, d.code): d for d in met if d.code in OF_VALUES}
        operation = chosen(document, None)
        if not inputs or not types_said(document, operation):  # its variables are plain texts, numbers and the like
            return []
        by_values = recorded.coordinates - used_by(self.old, document, None, recorded.document)
        used = by_values | {holder(c) for c in by_values} | types_said(document, operation)
        found = sorted(inputs.values(), key=lambda d: (d.coordinate, d.code))
        return [Reason(d.text, (), d.coordinate) for d in found if not d.touches.isdisjoint(used)]


def errors(edition: Edition, document: DocumentNode, rules: Sequence[type[ASTValidationRule]]) -> list[GraphQLError]:
    with few_suggestions():
        return validate(edition.schema, document, rules, max_errors=MOST_ERRORS)


def places(error: GraphQLError) -> tuple[tuple[int, int], ...]:
    return tuple((at.line, at.column) for at in error.locations or ())
