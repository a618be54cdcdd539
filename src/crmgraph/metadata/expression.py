"""The language of formulas: text → syntax tree, each node with its place; and the typed trees made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crmgraph.metadata.types import Field, OptionSet

MOST_CHARACTERS = 2_000
MOST_DEPTH = 30  # of brackets and operators inside each other
LONGEST_NUMBER = 30  # digits


class FormulaFault(ValueError):
    """A formula is wrong at a place (counted from 1); `key` names the message."""

    def __init__(self, key: str, place: int, **data: Any) -> None:
        super().__init__(key)
        self.key, self.place, self.data = key, place, data


# --- syntax --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A value in the formula: a number (as its digits), a text, true, false or null."""

    value: str | bool | None
    is_number: bool
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field, reached through lookups: `primary_contact.full_name`."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or an operator with its arguments."""

    name: str
    args: tuple[Node, ...]
    at: int


Node = Known | Name | Apply

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\|\||==|!=|<>|<=|>=|[-+*/<>=(),.]))""",
    re.DOTALL,
)
LEVELS = (("or",), ("and",), ("not",), ("==", "!=", "<", "<=", ">", ">="), ("||",), ("+", "-"), ("*", "/"))
SAME = {"=": "==", "<>": "!="}
CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """The pieces of a formula, with an empty one at its end."""
    if "\0" in text:
        raise FormulaFault("formula_unexpected", text.index("\0") + 1, found="U+0000")
    if len(text) > MOST_CHARACTERS:
        raise FormulaFault("formula_too_long", MOST_CHARACTERS + 1, most=MOST_CHARACTERS)
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise FormulaFault("formula_unexpected", at + 1, found=text[at])
        kind = match.lastgroup
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        place = match.end()
    return [*found, Token("end", "", end + 1)]


def parse(text: str) -> Node:
    """A formula's syntax tree; `FormulaFault` says where it is wrong."""
    parser = Parser(tokens(text))
    made = parser.level(0, 0)
    parser.expect("end")
    return made


class Parser:
    """Reads tokens from left to right, one method a rule of the grammar."""

    def __init__(self, found: list[Token]) -> None:
        self.found, self.place = found, 0

    @property
    def next(self) -> Token:
        return self.found[self.place]

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def fault(self) -> FormulaFault:
        token = self.next
        if token.kind == "end":
            return FormulaFault("formula_ends_early", token.at)
        return FormulaFault("formula_unexpected", token.at, found=token.text)

    def expect(self, kind: str, text: str = "") -> Token:
        if self.next.kind != kind or (text and self.next.text != text):
            raise self.fault()
        return self.take()

    def operator(self, names: tuple[str, ...]) -> Token | None:
        """The operator of a level that comes next, if one does."""
        token = self.next
        found = SAME.get(token.text, token.text)
        return self.take() if token.kind in ("sign", "name") and found in names else None

    def level(self, level: int, depth: int) -> Node:
        """An expression whose operators bind as tightly as a level, or tighter."""
        if depth > MOST_DEPTH:
            raise FormulaFault("formula_too_deep", self.next.at, most=MOST_DEPTH)
        if level == len(LEVELS):
            return self.negation(depth)
        names = LEVELS[level]
        if names == ("not",):
            token = self.operator(names)
            if token is None:
                return self.level(level + 1, depth)
            return Apply("not", (self.level(level, depth + 1),), token.at)
        made = self.level(level + 1, depth)
        chain = 0
        while token := self.operator(names):
            chain += 1
            if depth + chain > MOST_DEPTH:
                raise FormulaFault("formula_too_deep", token.at, most=MOST_DEPTH)
            made = Apply(SAME.get(token.text, token.text), (made, self.level(level + 1, depth + 1)), token.at)
        return made

    def negation(self, depth: int) -> Node:
        token = self.operator(("-",))
        if token is None:
            return self.plain(depth)
        if depth >= MOST_DEPTH:
            raise FormulaFault("formula_too_deep", token.at, most=MOST_DEPTH)
        return Apply("neg", (self.negation(depth + 1),), token.at)

    def plain(self, depth: int) -> Node:
        """A value, a field, a function's call, or an expression in brackets."""
        token = self.next
        if token.kind == "number":
            if len(token.text) > LONGEST_NUMBER:
                raise FormulaFault("formula_unexpected", token.at, found=token.text)
            return Known(self.take().text, True, token.at)
        if token.kind == "text":
            return Known(re.sub(r"\\(.)", r"\1", self.take().text[1:-1], flags=re.DOTALL), False, token.at)
        if token.kind == "name" and token.text not in ("and", "or", "not"):
            return self.named(depth)
        self.expect("sign", "(")
        made = self.level(0, depth + 1)
        self.expect("sign", ")")
        return made

    def named(self, depth: int) -> Node:
        token = self.take()
        if self.operator(("(",)):
            return Apply(token.text, self.arguments(depth), token.at)
        if token.text in CONSTANTS:
            return Known(CONSTANTS[token.text], False, token.at)
        parts = [token.text]
        while self.operator((".",)):
            parts.append(self.expect("name").text)
        return Name(tuple(parts), token.at)

    def arguments(self, depth: int) -> tuple[Node, ...]:
        if self.operator((")",)):
            return ()
        found = [self.level(0, depth + 1)]
        while self.operator((",",)):
            found.append(self.level(0, depth + 1))
        self.expect("sign", ")")
        return tuple(found)


# --- typed trees ---------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What an expression gives; OTHER can only be asked whether it is null, NULL is the word `null`."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    OTHER = "other"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind with what belongs to it: a number's decimals, a choice's options."""

    kind: Kind
    scale: int = 0
    options: OptionSet | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: digits, a text, a boolean, an option's code, a date or moment as ISO text, or null."""

    shape: Shape
    value: str | bool | int | None


@dataclass(frozen=True, slots=True)
class Ref:
    """A stored field or a rollup, reached through lookups."""

    shape: Shape
    path: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function. `as` makes of its argument what `field` takes: rounded, or null if too large."""

    shape: Shape
    op: str
    args: tuple[Expression, ...]
    field: Field | None = None


Expression = Literal | Ref | Call
LOCAL = frozenset({"year", "month", "day", "days_between"})  # of a moment they tell the day that it is for the caller


def refs_of(found: Expression) -> list[Ref]:
    """The fields that an expression reads, each path once, in the order of their first appearance."""
    seen: dict[tuple[Field, ...], Ref] = {}

    def walk(node: Expression) -> None:
        match node:
            case Ref(path=path):
                seen.setdefault(path, node)
            case Call(args=args):
                for each in args:
                    walk(each)

    walk(found)
    return list(seen.values())


def clocks_of(found: Expression) -> set[str]:
    """What an expression needs of the caller's clock: the moment `now`, the day `today`, its time `zone`."""
    if not isinstance(found, Call):
        return set()
    own = {found.op} & {"now", "today"}
    if found.op in LOCAL and any(a.shape.kind is Kind.MOMENT for a in found.args):
        own.add("zone")
    return own.union(*map(clocks_of, found.args))


def size_of(found: Expression) -> int:
    """How many nodes an expression has."""
    return 1 + (sum(map(size_of, found.args)) if isinstance(found, Call) else 0)
