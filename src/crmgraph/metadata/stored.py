"""Conditions as files keep them (the words of the API's `where` with storage names) → the API's words, checked.

Rollups, validation rules and saved views state conditions in this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from crmgraph.errors import MetadataFault
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType

Path = tuple[str, ...]
EQUALITY = ("eq", "ne", "in", "notIn")
ORDER = ("lt", "lte", "gt", "gte", "between")
TEXTS = ("contains", "startsWith", "endsWith", "like")
FOLDED = ("eqi", "nei", "ini", "containsi", "startsWithi", "endsWithi", "likei")
OPTIONS = ("has", "hasAny", "hasAll")
TREES = ("under", "underOrEq", "above", "aboveOrEq")
QUANTIFIERS = ("some", "every", "none")
MANY = frozenset({"in", "notIn", "ini", "hasAny", "hasAll"})
FLAGS = frozenset({"isNull", "isEmpty"})
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.ID: EQUALITY,
    FieldType.TEXT: (*EQUALITY, *ORDER, *TEXTS, *FOLDED),
    FieldType.INTEGER: (*EQUALITY, *ORDER),
    FieldType.BIG_INTEGER: (*EQUALITY, *ORDER),
    FieldType.DECIMAL: (*EQUALITY, *ORDER),
    FieldType.MONEY: (*EQUALITY, *ORDER),
    FieldType.BOOLEAN: ("eq", "ne"),
    FieldType.DATE: (*EQUALITY, *ORDER, "within"),
    FieldType.DATE_TIME: (*EQUALITY, *ORDER, "within"),
    FieldType.CHOICE: EQUALITY,
    FieldType.MULTI_CHOICE: (*OPTIONS, "isEmpty"),
    FieldType.LOOKUP: EQUALITY,
}
UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


@dataclass(slots=True)
class StoredWhere:
    """Translates conditions on one registry; `met` are the fields that it met, `mentioned` those that are computed."""

    registry: Registry
    mentioned: list[Field] = field(default_factory=list)
    met: list[Field] = field(default_factory=list)

    def api(self, type_name: str, raw: Any, path: Path = ()) -> dict[str, Any]:
        """A condition on records of a type in the API's words, its values as the API's scalars give them."""
        found = self.registry.type(type_name)
        made: dict[str, Any] = {}
        for key, value in mapping(raw, path).items():
            here = (*path, key)
            match key:
                case "and" | "or":
                    made[key] = [self.api(type_name, v, (*here, str(i))) for i, v in enumerate(sequence(value, here))]
                case "not":
                    made[key] = self.api(type_name, value, here)
                case "isNull" | "isMe":
                    made[key] = truth(value, here)
                case _:
                    name, inner = self.entry(found, key, value, here)
                    made[name] = inner
        return made

    def entry(self, found: RecordType, key: str, value: Any, path: Path) -> tuple[str, Any]:
        """What stands under the name of a field or relation."""
        relation = self.registry.relations[found.name].get(key)
        if relation is not None and key not in found.by_name:
            quantified = mapping(value, path)
            self.met.append(self.registry.field(relation.target, relation.field))
            for name in quantified:
                known(name, QUANTIFIERS, "where_unknown_operator", path)
            inner = {q: self.api(relation.target, v, (*path, q)) for q, v in quantified.items()}
            return relation.api_name, inner
        about = found.by_name.get(key)
        if about is None or about.hidden or about.retired:
            names = [*found.by_name, *self.registry.relations[found.name]]
            hint = ", ".join(did_you_mean(key, names)) or "–"
            raise MetadataFault("where_unknown_name", place=".".join(path), found=key, type=found.label, hint=hint)
        self.met.append(about)
        if about.is_computed:
            self.mentioned.append(about)
        if about.type is not FieldType.LOOKUP:
            trees = TREES if about.type is FieldType.ID and found.hierarchy else ()
            return about.api_name, self.tests(about, value, path, (*OPERATORS.get(about.type, ()), *trees))
        if about.is_polymorphic:
            return about.api_name, self.any_of(about, value, path)
        return about.api_name, self.api(about.targets[0], value, path)

    def any_of(self, about: Field, raw: Any, path: Path) -> dict[str, Any]:
        """A condition on a polymorphic lookup, nested by type."""
        made: dict[str, Any] = {}
        for key, value in mapping(raw, path).items():
            here = (*path, key)
            if key in ("isNull", "isMe"):
                made[key] = truth(value, here)
            elif key == "id":
                made[key] = self.tests(about, value, here, EQUALITY)
            elif key == "type":
                made[key] = {op: self.codes(v, (*here, op)) for op, v in mapping(value, here).items()}
                for op in made[key]:
                    known(op, EQUALITY, "where_unknown_operator", here)
            else:
                known(key, about.targets, "where_unknown_operator", path)
                target = self.registry.type(key)
                made[target.api_name[:1].lower() + target.api_name[1:]] = self.api(key, value, here)
        return made

    def codes(self, value: Any, path: Path) -> Any:
        """Record types by their codes."""
        if isinstance(value, list | tuple):
            return [self.codes(v, path) for v in value]
        known(str(value), self.registry.types, "where_wrong_value", path)
        return self.registry.type(value).code

    def tests(self, about: Field, raw: Any, path: Path, operators: Sequence[str]) -> dict[str, Any]:
        """The operators given for one field."""
        made: dict[str, Any] = {}
        for operator, value in mapping(raw, path).items():
            here = (*path, operator)
            known(operator, (*operators, "isNull"), "where_unknown_operator", path)
            if operator in FLAGS:
                made[operator] = truth(value, here)
            elif operator in MANY:
                made[operator] = [stored_value(about, v, here) for v in sequence(value, here)]
            elif operator == "between":
                ends = mapping(value, here)
                made[operator] = {end: stored_value(about, ends.get(end), (*here, end)) for end in ("from", "to")}
            elif operator == "within":
                made[operator] = period(mapping(value, here), here)
            else:
                made[operator] = stored_value(about, value, here)
        return made


def known(name: str, names: Any, key: str, path: Path) -> None:
    if name not in names:
        hint = ", ".join(did_you_mean(name, names)) or "–"
        raise MetadataFault(key, place=".".join(path), found=name, hint=hint)


def wrong(value: Any, path: Path) -> MetadataFault:
    return MetadataFault("where_wrong_value", place=".".join(path), found=value, hint="–")


def mapping(raw: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise wrong(raw, path)
    return raw


def sequence(raw: Any, path: Path) -> Sequence[Any]:
    if not isinstance(raw, list | tuple):
        raise wrong(raw, path)
    return raw


def truth(raw: Any, path: Path) -> bool:
    if not isinstance(raw, bool):
        raise wrong(raw, path)
    return raw


def period(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """`{this: QUARTER}`, `{last: {n: 30, unit: DAY}}`, `{next: …}`."""
    how, spec = next(iter(raw.items())) if len(raw) == 1 else ("", None)
    if how == "this" and spec in UNITS:
        return {how: spec}
    if how in ("last", "next") and isinstance(spec, Mapping) and set(spec) == {"n", "unit"}:
        n, unit = spec["n"], spec["unit"]
        if unit in UNITS and type(n) is int and n >= 0:
            return {how: dict(spec)}
    raise wrong(dict(raw), path)


def stored_value(about: Field, raw: Any, path: Path) -> Any:
    """A value as files state it → as the API's scalar gives it; options are named, dates may be texts."""
    try:
        made = scalar(about, raw)
    except (ValueError, InvalidOperation, OverflowError):
        made = None
    if made is None:
        names = [o.name for o in about.options.options] if about.options else []
        hint = ", ".join(did_you_mean(str(raw), names)) or "–"
        raise MetadataFault("where_wrong_value", place=".".join(path), found=raw, hint=hint)
    return made


def scalar(about: Field, raw: Any) -> Any:
    """None for what is no value of the field."""
    match about.type:
        case FieldType.CHOICE | FieldType.MULTI_CHOICE if about.options is not None and isinstance(raw, str):
            option = about.options.by_name(raw)
            return option.code if option else None
        case FieldType.BOOLEAN:
            return raw if isinstance(raw, bool) else None
        case FieldType.INTEGER | FieldType.BIG_INTEGER:
            most = 2**31 if about.type is FieldType.INTEGER else 2**63
            return raw if type(raw) is int and -most <= raw < most else None
        case FieldType.DECIMAL | FieldType.MONEY if not isinstance(raw, bool):
            number = Decimal(str(raw))
            return number if number.is_finite() else None
        case FieldType.DATE if type(raw) is not datetime:
            return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
        case FieldType.DATE_TIME:
            moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        case FieldType.ID | FieldType.LOOKUP:
            return str(UUID(str(raw)))
        case FieldType.TEXT:
            return raw if isinstance(raw, str) and "\0" not in raw else None
    return None
