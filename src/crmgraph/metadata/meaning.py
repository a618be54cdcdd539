"""Syntax tree of a formula → typed tree: names found in the registry, kinds checked, options and dates understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from crmgraph.errors import message
from crmgraph.metadata.expression import (
    Apply,
    Call,
    Expression,
    FormulaFault,
    Kind,
    Known,
    Literal,
    Name,
    Node,
    Ref,
    Shape,
)
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType

LONGEST_PATH = 5
MOST_DECIMALS = 100
QUOTIENT = 10  # decimals of a division, rounded half away from zero
MOST_ROUNDED = 10

KINDS = {
    FieldType.TEXT: Kind.TEXT, FieldType.INTEGER: Kind.NUMBER, FieldType.BIG_INTEGER: Kind.NUMBER,
    FieldType.DECIMAL: Kind.NUMBER, FieldType.MONEY: Kind.NUMBER, FieldType.BOOLEAN: Kind.BOOLEAN,
    FieldType.DATE: Kind.DATE, FieldType.DATE_TIME: Kind.MOMENT, FieldType.CHOICE: Kind.CHOICE,
}  # fmt: skip
EXACT = (FieldType.DECIMAL, FieldType.MONEY)

NUMBER, TEXT, BOOLEAN, DATE, MOMENT, NULL = (
    Shape(k) for k in (Kind.NUMBER, Kind.TEXT, Kind.BOOLEAN, Kind.DATE, Kind.MOMENT, Kind.NULL)
)
DAYS = (Kind.DATE, Kind.MOMENT)
ORDERED = (Kind.NUMBER, *DAYS)
# functions whose arguments are of known kinds: (kinds of each argument, what they give)
PLAIN: dict[str, tuple[tuple[tuple[Kind, ...], ...], Shape]] = {
    "lower": (((Kind.TEXT,),), TEXT),
    "upper": (((Kind.TEXT,),), TEXT),
    "trim": (((Kind.TEXT,),), TEXT),
    "length": (((Kind.TEXT,),), NUMBER),
    "left": (((Kind.TEXT,), (Kind.NUMBER,)), TEXT),
    "year": ((DAYS,), NUMBER),
    "month": ((DAYS,), NUMBER),
    "day": ((DAYS,), NUMBER),
    "days_between": ((DAYS, DAYS), NUMBER),
    "now": ((), MOMENT),
    "today": ((), DATE),
}
WHOLE = {"left": (1,), "add_days": (1,)}  # arguments that must be whole numbers
FUNCTIONS = (*PLAIN, "if", "coalesce", "concat", "round", "abs", "min", "max", "add_days", "is_null")


def shape_of(field: Field) -> Shape:
    """What a field's values are in a formula."""
    kind = KINDS.get(field.type, Kind.OTHER)
    return Shape(kind, field.precision if field.type in EXACT else 0, field.options if kind is Kind.CHOICE else None)


def walk_path(registry: Registry, owner: RecordType, parts: Sequence[str], at: int) -> tuple[Field, ...]:
    """The fields that a name stands for: lookups to one type each, then a field."""
    if len(parts) > LONGEST_PATH:
        raise FormulaFault("formula_path_too_long", at, most=LONGEST_PATH)
    found: list[Field] = []
    for i, part in enumerate(parts):
        field = owner.by_name.get(part)
        if field is None or field.hidden:
            hint = ", ".join(did_you_mean(part, owner.by_name)) or "–"
            raise FormulaFault("formula_unknown_name", at, found=part, type=owner.label, hint=hint)
        found.append(field)
        if i + 1 < len(parts):
            if field.type is not FieldType.LOOKUP:
                raise FormulaFault("formula_not_a_lookup", at, found=field.label)
            if field.is_polymorphic:
                raise FormulaFault("formula_polymorphic", at, found=field.label)
            owner = registry.type(field.targets[0])
    return tuple(found)


class Meaning:
    """Checks one formula. `expand` gives the typed tree of another formula that it names."""

    def __init__(self, registry: Registry, owner: RecordType, expand: Callable[[Field], Expression]) -> None:
        self.registry, self.owner, self.expand = registry, owner, expand

    def of(self, node: Node, wanted: Shape | None = None) -> Expression:
        """The typed tree; `wanted` lets a text stand for an option or a date."""
        match node:
            case Known():
                return self.known(node, wanted)
            case Name(parts, at):
                return self.field(walk_path(self.registry, self.owner, parts, at))
            case Apply():
                return self.call(node, wanted)

    def kind(self, node: Node, *kinds: Kind, wanted: Shape | None = None) -> Expression:
        """The typed tree of what must be of one of some kinds; null fits everywhere."""
        made = self.of(node, wanted)
        if made.shape.kind not in (*kinds, Kind.NULL):
            raise FormulaFault("formula_wrong_kind", node.at, expected=Words(kinds), found=Words((made.shape.kind,)))
        return as_shape(made, Shape(kinds[0]))

    def known(self, node: Known, wanted: Shape | None) -> Expression:
        value = node.value
        if value is None:
            return Literal(NULL, None)
        if isinstance(value, bool):
            return Literal(BOOLEAN, value)
        if node.is_number:
            return Literal(Shape(Kind.NUMBER, len(value.partition(".")[2])), value)
        match wanted:
            case Shape(Kind.CHOICE, _, options) if options is not None:
                option = options.by_name(value)
                if option is None:
                    hint = ", ".join(did_you_mean(value, [o.name for o in options.options])) or "–"
                    raise FormulaFault("formula_unknown_option", node.at, found=value, hint=hint)
                return Literal(wanted, option.code)
            case Shape(Kind.DATE | Kind.MOMENT):
                return Literal(wanted, moment_text(wanted.kind, value, node.at))
        return Literal(TEXT, value)

    def field(self, path: tuple[Field, ...]) -> Expression:
        """A field: a formula's is put in its place, with the way to its record before its own names."""
        if path[-1].formula is None:
            return Ref(shape_of(path[-1]), path)
        return reached(self.expand(path[-1]), path[:-1])

    # --- operators and functions -------------------------------------------------------------------------------------

    def call(self, node: Apply, wanted: Shape | None) -> Expression:
        match node.name:
            case "+" | "-" | "*" | "/" | "neg":
                return self.sum(node)
            case "==" | "!=" | "<" | "<=" | ">" | ">=":
                return self.comparison(node)
            case "and" | "or" | "not":
                return Call(BOOLEAN, node.name, tuple(self.kind(a, Kind.BOOLEAN) for a in node.args))
            case "||":
                return Call(TEXT, node.name, tuple(self.kind(a, Kind.TEXT) for a in node.args))
            case "concat":
                self.count(node, 1, 20)
                return Call(TEXT, node.name, tuple(self.kind(a, Kind.TEXT) for a in node.args))
            case "is_null":
                self.count(node, 1, 1)
                return Call(BOOLEAN, node.name, (self.of(node.args[0]),))
            case "if":
                self.count(node, 3, 3)
                condition = self.kind(node.args[0], Kind.BOOLEAN)
                first, second = self.alike(node, node.args[1:], wanted)
                return Call(united(first, second), "if", (condition, first, second))
            case "coalesce":
                self.count(node, 1, 20)
                args = self.alike(node, node.args, wanted)
                return Call(united(*args), node.name, args)
            case _:
                return self.function(node, wanted)

    def function(self, node: Apply, wanted: Shape | None) -> Expression:
        name, args = node.name, node.args
        match name:
            case "abs":
                self.count(node, 1, 1)
                inner = self.kind(args[0], Kind.NUMBER)
                return Call(Shape(Kind.NUMBER, inner.shape.scale), name, (inner,))
            case "round":
                self.count(node, 1, 2)
                digits = int(self.digits(args[1])) if len(args) > 1 else 0
                rounded = Literal(NUMBER, str(digits))
                return Call(Shape(Kind.NUMBER, digits), name, (self.kind(args[0], Kind.NUMBER), rounded))
            case "min" | "max":
                self.count(node, 1, 20)
                found = self.alike(node, args, wanted)
                self.demand_kind(node, united(*found), *ORDERED)
                return Call(united(*found), name, found)
            case "add_days":
                self.count(node, 2, 2)
                day = self.kind(args[0], *DAYS, wanted=wanted)
                return Call(day.shape, name, (day, self.whole(args[1])))
        if name not in PLAIN:
            hint = ", ".join(did_you_mean(name, FUNCTIONS)) or "–"
            raise FormulaFault("formula_unknown_function", node.at, found=name, hint=hint)
        kinds, shape = PLAIN[name]
        self.count(node, len(kinds), len(kinds))
        made = [
            self.whole(a) if i in WHOLE.get(name, ()) else self.kind(a, *k, wanted=DATE if k == DAYS else None)
            for i, (a, k) in enumerate(zip(args, kinds, strict=True))
        ]
        return Call(shape, name, tuple(made))

    def count(self, node: Apply, least: int, most: int) -> None:
        if not least <= len(node.args) <= most:
            counts = str(least) if least == most else f"{least}–{most}"
            raise FormulaFault("formula_arguments", node.at, found=node.name, count=counts)

    def demand_kind(self, node: Node, shape: Shape, *kinds: Kind) -> None:
        if shape.kind not in (*kinds, Kind.NULL):
            raise FormulaFault("formula_wrong_kind", node.at, expected=Words(kinds), found=Words((shape.kind,)))

    def whole(self, node: Node) -> Expression:
        """A whole number."""
        made = self.kind(node, Kind.NUMBER)
        if made.shape.scale:
            raise FormulaFault("formula_not_whole", node.at)
        return made

    def digits(self, node: Node) -> str:
        """How many decimals to round to, which must be known beforehand."""
        if not (isinstance(node, Known) and node.is_number and str(node.value).isdigit()):
            raise FormulaFault("formula_digits", node.at, most=MOST_ROUNDED)
        if int(str(node.value)) > MOST_ROUNDED:
            raise FormulaFault("formula_digits", node.at, most=MOST_ROUNDED)
        return str(node.value)

    def sum(self, node: Apply) -> Expression:
        args = tuple(self.kind(a, Kind.NUMBER) for a in node.args)
        scales = [a.shape.scale for a in args]
        scale = sum(scales) if node.name == "*" else QUOTIENT if node.name == "/" else max(scales)
        if scale > MOST_DECIMALS:
            raise FormulaFault("formula_decimals", node.at, most=MOST_DECIMALS)
        return Call(Shape(Kind.NUMBER, scale), node.name, args)

    def comparison(self, node: Apply) -> Expression:
        for given in node.args:
            if isinstance(given, Known) and given.value is None:
                raise FormulaFault("formula_null_compared", given.at)
        args = self.alike(node, node.args, None)
        some: tuple[Kind, ...] = ORDERED
        if node.name in ("==", "!="):
            some = (*some, Kind.TEXT, Kind.BOOLEAN, Kind.CHOICE)
        self.demand_kind(node, args[0].shape, *some)
        return Call(BOOLEAN, node.name, args)

    def alike(self, node: Apply, given: Sequence[Node], wanted: Shape | None) -> tuple[Expression, ...]:
        """Typed trees of one kind; texts become options or dates where one of the others is."""
        made = [self.of(each, wanted) for each in given]
        leading = next((m.shape for m in made if m.shape.kind in (Kind.CHOICE, *DAYS)), None)
        if leading is not None and leading != wanted:
            made = [self.of(each, leading) for each in given]
        first = next((m.shape for m in made if m.shape.kind is not Kind.NULL), NULL)
        for each, found in zip(given, made, strict=True):
            if found.shape.kind is Kind.NULL:
                continue
            if found.shape.kind is not first.kind or found.shape.kind is Kind.OTHER or differ(first, found.shape):
                told = {"expected": Words((first.kind,)), "found": Words((found.shape.kind,))}
                raise FormulaFault("formula_wrong_kind", each.at, **told)
        return tuple(as_shape(m, first) for m in made)


def as_shape(found: Expression, shape: Shape) -> Expression:
    """The word null as an empty value of a kind; all else as it is."""
    return Literal(shape, None) if found.shape.kind is Kind.NULL else found


@dataclass(frozen=True, slots=True)
class Words:
    """What kinds are called, in whatever language."""

    kinds: Sequence[Kind]

    def text(self, locale: str) -> str:
        return " / ".join(message(f"kind_{kind.value}", locale) for kind in self.kinds)


def differ(one: Shape, other: Shape) -> bool:
    """Whether two choices have different options."""
    return one.options is not None and other.options is not None and one.options.name != other.options.name


def united(*found: Expression) -> Shape:
    """The shape of what is one of several."""
    shapes = [f.shape for f in found if f.shape.kind is not Kind.NULL]
    if not shapes:
        return NULL
    return Shape(shapes[0].kind, max(s.scale for s in shapes), shapes[0].options)


def reached(found: Expression, way: tuple[Field, ...]) -> Expression:
    """A formula of a record as another record has it that reaches the first through lookups."""
    match found:
        case Ref(shape, path):
            return Ref(shape, (*way, *path)) if way else found
        case Call(shape, op, args, field):
            return Call(shape, op, tuple(reached(a, way) for a in args), field)
        case _:
            return found


def moment_text(kind: Kind, value: str, at: int) -> str:
    """A date, or a moment in UTC, in ISO's form."""
    try:
        if kind is Kind.DATE:
            return date.fromisoformat(value).isoformat()
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise FormulaFault("formula_not_a_date", at, found=value) from None
