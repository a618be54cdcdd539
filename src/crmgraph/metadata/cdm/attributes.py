"""An attribute → a field: every data type of the Common Data Model has one here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from crmgraph.metadata.cdm.reading import Attribute, Choice
from crmgraph.metadata.cdm.spelling import localized, option_names
from crmgraph.metadata.sound import ANY
from crmgraph.metadata.words import DataType, NewField, NewOption, RequiredLevel, TextFormat

KINDS: dict[str, DataType] = {
    "integer": DataType.INTEGER,
    "smallinteger": DataType.INTEGER,
    "minutes": DataType.INTEGER,
    "timezone": DataType.INTEGER,
    "language": DataType.INTEGER,
    "biginteger": DataType.BIG_INTEGER,
    "bigint": DataType.BIG_INTEGER,
    "decimal": DataType.DECIMAL,
    "double": DataType.DECIMAL,
    "float": DataType.DECIMAL,
    "latitude": DataType.DECIMAL,
    "longitude": DataType.DECIMAL,
    "currency": DataType.MONEY,
    "money": DataType.MONEY,
    "boolean": DataType.BOOLEAN,
    "date": DataType.DATE,
    "dateonly": DataType.DATE,
    "datetime": DataType.DATE_TIME,
    "datetimeoffset": DataType.DATE_TIME,
    "listlookup": DataType.CHOICE,
    "listlookupcorrelated": DataType.CHOICE,
    "picklist": DataType.CHOICE,
    "entityname": DataType.CHOICE,
    "listlookupmultiple": DataType.MULTI_CHOICE,
    "multiselectpicklist": DataType.MULTI_CHOICE,
    "lookup": DataType.LOOKUP,
    "lookup_multi": DataType.LOOKUP,
    "customer": DataType.LOOKUP,
    "owner": DataType.LOOKUP,
    "regarding": DataType.LOOKUP,
    "json": DataType.JSON,
    "file": DataType.FILE,
    "image": DataType.FILE,
    "binary": DataType.FILE,
}  # whatever else there is, is text
FORMATS = {"email": TextFormat.EMAIL, "phone": TextFormat.PHONE, "phonefax": TextFormat.PHONE, "url": TextFormat.URL}
LINE, LONGEST, GUID = 500, 1_000_000, 36  # characters: of a text on one line, of any text, of a unique identifier
WHOLE = {DataType.INTEGER: 2**31, DataType.BIG_INTEGER: 2**63}
DECIMALS = {DataType.DECIMAL: 5, DataType.MONEY: 2}
MOST_DECIMALS = {DataType.DECIMAL: 10, DataType.MONEY: 4}
REQUIRED = {
    "required": RequiredLevel.APPLICATION,
    "applicationrequired": RequiredLevel.APPLICATION,
    "systemrequired": RequiredLevel.RECOMMENDED,  # what Dynamics fills in by itself
    "recommended": RequiredLevel.RECOMMENDED,
}
ENDINGS = {DataType.LOOKUP: ("objectid", "id"), DataType.CHOICE: ("code",), DataType.MULTI_CHOICE: ("code",)}


def data_type(attribute: Attribute) -> DataType:
    """What a field of an attribute holds; the codes of a choice whose options are unknown are numbers."""
    return DataType.INTEGER if has_only_codes(attribute) else KINDS.get(attribute.type, DataType.TEXT)


def has_only_codes(attribute: Attribute) -> bool:
    """Whether it is a choice whose options the file does not tell."""
    is_choice = KINDS.get(attribute.type) in (DataType.CHOICE, DataType.MULTI_CHOICE)
    return is_choice and not attribute.options and attribute.type != "entityname"


def endings(attribute: Attribute) -> list[str]:
    """The endings of a logical name that tell its kind: fields go without them if they can."""
    possible = ENDINGS.get(KINDS.get(attribute.type, DataType.TEXT), ())
    return [e for e in possible if attribute.name.endswith(e) and attribute.name != e]


def field_of(attribute: Attribute, name: str, api_name: str | None = None) -> NewField:
    """The field of an attribute, without a lookup's targets."""
    kind = data_type(attribute)
    made = NewField(
        name=name,
        type=kind,
        label=localized(attribute.label, name),
        api_name=api_name,
        required=REQUIRED.get(attribute.required, RequiredLevel.NONE),
    )
    match kind:
        case DataType.TEXT:
            return text_field(made, attribute)
        case DataType.INTEGER | DataType.BIG_INTEGER:
            return replace(made, **limits(attribute, WHOLE[kind]))
        case DataType.DECIMAL | DataType.MONEY:
            return decimal_field(made, attribute)
        case DataType.CHOICE | DataType.MULTI_CHOICE:
            if attribute.type == "entityname":
                return replace(made, option_set=ANY)
            return replace(made, options=options_of(attribute.options))
        case _:
            return made


def text_field(made: NewField, attribute: Attribute) -> NewField:
    if attribute.type in ("guid", "entityid"):
        return replace(made, length=GUID)
    length = min(attribute.length, LONGEST) if attribute.length else None
    format = FORMATS.get(attribute.type)
    if format is None and (attribute.type == "memo" or (length or 0) > LINE):
        format = TextFormat.MULTI_LINE
    return replace(made, length=length, format=format)


def decimal_field(made: NewField, attribute: Attribute) -> NewField:
    """With as many decimals as its largest value leaves room for."""
    given = DECIMALS[made.type] if attribute.precision is None else attribute.precision
    precision = min(given, MOST_DECIMALS[made.type])
    largest = max(abs(decimal(limit) or Decimal()) for limit in (attribute.minimum, attribute.maximum))
    while precision and largest * 10**precision >= 2**63:
        precision -= 1
    return replace(made, precision=precision, **limits(attribute, 2**63))


def limits(attribute: Attribute, beyond: int) -> dict[str, Any]:
    """The least and the largest value, where they say more than the type does."""
    found = {}
    for key, value in (("minimum", decimal(attribute.minimum)), ("maximum", decimal(attribute.maximum))):
        if value is not None and abs(value) < beyond - 1:
            found[key] = format(value.normalize(), "f")
    return found


def decimal(given: Any) -> Decimal | None:
    try:
        return None if given is None else Decimal(str(given))
    except InvalidOperation:
        return None


def options_of(choices: tuple[Choice, ...]) -> list[NewOption]:
    """Options with the codes that they have in Dynamics."""
    names = option_names({c.code: c.label for c in choices})
    return [NewOption(names[c.code], localized(c.label, names[c.code]), c.code) for c in choices]
