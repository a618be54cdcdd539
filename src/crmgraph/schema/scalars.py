"""The scalars of the schema: what they take and how they are written in an answer."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLError, GraphQLScalarType, IntValueNode, StringValueNode, ValueNode
from graphql.utilities import value_from_ast_untyped

from crmgraph.actions.uploads import UploadedFile
from crmgraph.schema.languages import said

MOST = 2**63
LONG = 100  # digits: no number of ours has so many
DIGITS = 40  # before the decimal point of an exact number; behind it there may be twice as many
EXACT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"-?[0-9]{1,20}")


def literal(parse: Callable[[Any], Any], *, integers: bool = False) -> Callable[[ValueNode, Any], Any]:
    """Parses a string literal (and, where allowed, an integer literal) as the value would be."""

    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        if isinstance(node, StringValueNode):
            return parse(node.value)
        if integers and isinstance(node, IntValueNode):
            return parse(int(node.value) if len(node.value) < LONG else node.value)
        raise GraphQLError("A string is expected.", node)

    return parse_literal


def parse_date_time(value: Any) -> datetime:
    """ISO 8601 with a zone; kept in UTC."""
    if not isinstance(value, str):
        raise GraphQLError(f"DateTime is a string in ISO 8601, not {value!r}.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise GraphQLError(f"DateTime is ISO 8601, like 2026-11-21T10:00:00Z, not {value!r}.") from None
    if moment.tzinfo is None:
        raise GraphQLError(f"DateTime needs a zone, like 2026-11-21T10:00:00Z, not {value!r}.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError(f"DateTime is out of range: {value!r}.") from None


def parse_date(value: Any) -> date:
    """A day, `2026-11-21`."""
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f"Date is a day, like 2026-11-21, not {value!r}.")


def parse_decimal(value: Any) -> Decimal:
    """An exact number as a string; integers are taken too, floats are not: their digits are not exact."""
    if (isinstance(value, str) and EXACT.fullmatch(value)) or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("nan")
        if found.is_finite() and abs(found.adjusted()) < DIGITS and int(found.as_tuple().exponent) > -2 * DIGITS:
            return found
    raise GraphQLError(f'An exact number is a string like "9.80", not {value!r}.')


def parse_big_integer(value: Any) -> int:
    """A 64-bit integer, as a string or a number."""
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -MOST <= value < MOST:
        return value
    raise GraphQLError(f"BigInt is a whole number of 64 bits, not {value!r}.")


def parse_base64(value: Any) -> bytes:
    """Bytes as base64 text, or a file that came with the operation."""
    if isinstance(value, UploadedFile):
        return value.content()
    try:
        if isinstance(value, str):
            return base64.b64decode(value.encode(), validate=True)
    except (binascii.Error, ValueError):
        pass
    raise GraphQLError("Base64 text is expected.")


def parse_upload(value: Any) -> UploadedFile:
    """A file that came with the operation; it is nothing that could be written in JSON."""
    if isinstance(value, UploadedFile):
        return value
    raise GraphQLError("Upload is a file that is sent beside the operation in a multipart request.")


def parse_json_literal(node: ValueNode, variables: Any = None) -> Any:
    return value_from_ast_untyped(node, variables)


def as_given(value: Any) -> Any:
    return value


def scalar(name: str, description: str, parse: Callable[[Any], Any], *, integers: bool = False) -> GraphQLScalarType:
    return GraphQLScalarType(
        name, serialize=as_given, parse_value=parse, parse_literal=literal(parse, integers=integers),
        description=description,
    )  # fmt: skip


DATE_TIME = scalar("DateTime", said("scalar_date_time"), parse_date_time)
DATE = scalar("Date", said("scalar_date"), parse_date)
DECIMAL = scalar("Decimal", said("scalar_decimal"), parse_decimal, integers=True)
MONEY = scalar("Money", said("scalar_money"), parse_decimal, integers=True)
BIG_INT = scalar("BigInt", said("scalar_big_int"), parse_big_integer, integers=True)
BASE64 = scalar("Base64", said("scalar_base64"), parse_base64)
UPLOAD = scalar("Upload", said("scalar_upload"), parse_upload)
JSON = GraphQLScalarType(
    "JSON", serialize=as_given, parse_value=as_given, parse_literal=parse_json_literal, description=said("scalar_json")
)

__all__ = ["BASE64", "BIG_INT", "DATE", "DATE_TIME", "DECIMAL", "JSON", "MONEY", "UPLOAD"]
