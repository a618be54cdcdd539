"""Calculated and rollup fields: whether they mean anything, what they depend on, and what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crmgraph.errors import MetadataFault
from crmgraph.metadata.expression import (
    Call,
    Expression,
    FormulaFault,
    Name,
    Node,
    parse,
    refs_of,
    size_of,
)
from crmgraph.metadata.meaning import EXACT, KINDS, Meaning, Words, shape_of, walk_path
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.sound import type_word
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import Field, FieldType, RecordType, Relation, Rollup, SummaryFunction

MOST_NODES = 300  # of a formula with all that it names
MOST_FIELDS = 40  # that it reads
MOST_NESTED = 3  # rollups inside each other
MOST_STEPS = 3  # of a rollup's path
WHOLE = (FieldType.INTEGER, FieldType.BIG_INTEGER)
NUMBERS = (*WHOLE, *EXACT)


class Formulas:
    """The typed trees of a registry's formulas, each made once. Ask for them only after `check_computed`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.made: dict[tuple[str, str], Expression] = {}

    def of(self, field: Field) -> Expression:
        """A formula's value as its field takes it."""
        key = (field.store, field.name)
        if key not in self.made:
            assert field.formula is not None
            owner = self.registry.type(field.store)
            try:
                inner = Meaning(self.registry, owner, self.of).of(parse(field.formula), shape_of(field))
            except FormulaFault as fault:
                raise refusal(field, fault) from None
            self.made[key] = Call(shape_of(field), "as", (inner,), field)
        return self.made[key]


def refusal(field: Field, fault: FormulaFault) -> MetadataFault:
    """What is wrong with a field's formula, and where."""
    return MetadataFault(fault.key, field=field.label, place=fault.place, **fault.data)


@dataclass(frozen=True, slots=True)
class Summed:
    """A rollup resolved: the relations on its path, the type of the records at its end, what is summed up of them."""

    path: tuple[Relation, ...]
    target: RecordType
    field: Field | None


def summed(registry: Registry, field: Field) -> Summed:
    """The relations and the field that a rollup names."""
    rollup = field.rollup
    assert rollup is not None
    found, path = registry.type(field.store), []
    for name in rollup.path:
        relations = registry.relations[found.name]
        if name not in relations:
            hint = ", ".join(did_you_mean(name, relations)) or "–"
            raise MetadataFault("rollup_unknown_relation", field=field.label, found=name, type=found.label, hint=hint)
        path.append(relations[name])
        found = registry.type(relations[name].target)
    if not 1 <= len(path) <= MOST_STEPS:
        raise MetadataFault("rollup_path_length", field=field.label, most=MOST_STEPS)
    if rollup.field is None:
        return Summed(tuple(path), found, None)
    inner = found.by_name.get(rollup.field)
    if inner is None or inner.hidden:
        hint = ", ".join(did_you_mean(rollup.field, found.by_name)) or "–"
        raise MetadataFault("rollup_unknown_field", field=field.label, found=rollup.field, type=found.label, hint=hint)
    return Summed(tuple(path), found, inner)


def rollup_where(registry: Registry, field: Field) -> tuple[dict[str, object], list[Field]]:
    """A rollup's condition in the API's words, and the computed fields that it mentions."""
    assert field.rollup is not None
    words = StoredWhere(registry)
    return words.api(summed(registry, field).target.name, field.rollup.where, (field.name,)), words.mentioned


# --- checks --------------------------------------------------------------------------------------------------------


def check_computed(registry: Registry) -> None:
    """Refuse calculated and rollup fields that cannot be reckoned; `MetadataFault` says which and why."""
    every = [f for t in registry.types.values() for f in t.fields if f.is_computed and f.store == t.name]
    for field in every:
        check_properties(registry.type(field.store), field)
    order = in_order(registry, every)
    formulas = Formulas(registry)
    nested: dict[Field, int] = {}
    for field in order:
        if field.formula is not None:
            check_formula(formulas, field)
            nested[field] = max((nested.get(r.path[-1], 0) for r in refs_of(formulas.of(field))), default=0)
        else:
            check_rollup(registry, field)
            nested[field] = 1 + max((nested[f] for f in needed(registry, field)), default=0)
        if nested[field] > MOST_NESTED:
            raise MetadataFault("computed_nested", field=field.label, most=MOST_NESTED)


def check_properties(found: RecordType, field: Field) -> None:
    """What a field without a column cannot be."""
    keyed = {n for k in found.keys for n in k.fields}
    indexed = {n for names in found.indexes for n in names}
    properties = {
        "formula+rollup": field.formula is not None and field.rollup is not None,
        "required": field.is_required,
        "searchable": field.searchable,
        "immutable": field.immutable,
        "default": field.default is not None,
        "autonumber": field.autonumber is not None,
        "primary": found.primary == field.name,
        "keys": field.name in keyed,
        "indexes": field.name in indexed,
        field.type.value: field.type not in KINDS,
        "journal": found.journal,
    }
    for name, wrong in properties.items():
        if wrong:
            raise MetadataFault("computed_property", field=field.label, property=name)


def in_order(registry: Registry, every: list[Field]) -> list[Field]:
    """The fields, each after those that it needs; a circle is refused and named."""
    order: dict[Field, None] = {}
    way: list[Field] = []

    def visit(field: Field) -> None:
        if field in order:
            return
        if field in way:
            circle = " → ".join(map(repr, [*way[way.index(field) :], field]))
            raise MetadataFault("computed_cycle", field=field.label, cycle=circle)
        if len(way) > MOST_FIELDS:
            raise MetadataFault("computed_nested", field=way[0].label, most=MOST_FIELDS)
        way.append(field)
        for other in needed(registry, field):
            visit(other)
        way.pop()
        order[field] = None

    for each in every:
        visit(each)
    return list(order)


def made_of(registry: Registry, field: Field) -> set[Field]:
    """Every field that a computed field's value tells of: in its formula; on its rollup's path and in its filter."""
    if field.is_computed and field.store not in registry.types:
        return set()
    owner = registry.type(field.store)
    if field.formula is not None:
        names = names_in(parse(field.formula))
        return {f for name in names for f in walk_path(registry, owner, name.parts, name.at)}
    if field.rollup is None:
        return set()
    found = summed(registry, field)
    told = {registry.field(relation.target, relation.field) for relation in found.path}
    told |= {owner.by_name[owner.hierarchy]} if field.rollup.hierarchy and owner.hierarchy else set()
    told |= {found.field} if found.field else set()
    words = StoredWhere(registry)
    words.api(found.target.name, field.rollup.where)
    return told | set(words.met)


def needed(registry: Registry, field: Field) -> list[Field]:
    """The computed fields that a computed field names."""
    if field.rollup is not None:
        inner = summed(registry, field).field
        return [*([inner] if inner is not None and inner.is_computed else []), *rollup_where(registry, field)[1]]
    assert field.formula is not None
    owner = registry.type(field.store)
    try:
        ends = [walk_path(registry, owner, name.parts, name.at)[-1] for name in names_in(parse(field.formula))]
    except FormulaFault as fault:
        raise refusal(field, fault) from None
    return [f for f in ends if f.is_computed]


def names_in(node: Node) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    for inner in getattr(node, "args", ()):
        yield from names_in(inner)


def check_formula(formulas: Formulas, field: Field) -> None:
    """A formula's own kind must be what its field declares."""
    made = formulas.of(field)
    assert isinstance(made, Call)
    inner, declared = made.args[0], shape_of(field)
    fits = inner.shape.kind is declared.kind and (
        inner.shape.options is None or declared.options is None or inner.shape.options.name == declared.options.name
    )
    if not fits:
        told = {"declared": type_word(field.type), "found": Words((inner.shape.kind,))}
        raise MetadataFault("formula_other_type", field=field.label, **told)
    if field.type in WHOLE and inner.shape.scale:
        raise MetadataFault("formula_not_whole", field=field.label, place=1)
    if size_of(made) > MOST_NODES or len(refs_of(made)) > MOST_FIELDS:
        raise MetadataFault("formula_too_large", field=field.label, most=MOST_NODES, fields=MOST_FIELDS)


def check_rollup(registry: Registry, field: Field) -> None:
    """A rollup's function must fit the field that it sums up, and its own type."""
    rollup, found = field.rollup, summed(registry, field)
    assert rollup is not None
    if rollup.hierarchy and not registry.type(field.store).hierarchy:
        raise MetadataFault("rollup_no_hierarchy", field=field.label, type=registry.type(field.store).label)
    if not fits(field, rollup, found.field):
        inner = type_word(found.field.type) if found.field else "–"
        told = {"function": rollup.function.value, "inner": inner, "declared": type_word(field.type)}
        raise MetadataFault("rollup_other_type", field=field.label, **told)


def fits(field: Field, rollup: Rollup, inner: Field | None) -> bool:
    if inner is None:
        return field.type in WHOLE
    exact = inner.type in EXACT
    match rollup.function:
        case SummaryFunction.AVG:
            return inner.type in NUMBERS and field.type in EXACT
        case SummaryFunction.SUM:
            return inner.type in NUMBERS and field.type in (EXACT if exact else NUMBERS)
        case _:
            if inner.type in NUMBERS:
                return field.type in (EXACT if exact else NUMBERS)
            return inner.type is field.type and inner.type in (FieldType.DATE, FieldType.DATE_TIME)


def rollups_in(formulas: Formulas, field: Field) -> int:
    """How many rollups a record's value of a field needs, those inside of others included."""
    if field.rollup is not None:
        return 1 + sum(rollups_in(formulas, f) for f in needed(formulas.registry, field))
    if field.formula is not None:
        return sum(rollups_in(formulas, r.path[-1]) for r in refs_of(formulas.of(field)))
    return 0
