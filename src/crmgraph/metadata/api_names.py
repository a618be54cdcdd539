"""Names in GraphQL: which are kept for GraphQL and crmgraph themselves, and that no two things have the same."""

from __future__ import annotations

from collections.abc import Iterable

from crmgraph.errors import NameReserved, NameTaken
from crmgraph.metadata.names import RESERVED_FIELDS, camel
from crmgraph.metadata.types import FieldType, OptionSet, RecordType, Relation

RESERVED_TYPES = frozenset(
    {"query", "mutation", "subscription", "node", "record", "principal", "search", "metadata", "me"}
)
OWN_TYPES = frozenset(
    {
        "Query",
        "Mutation",
        "Subscription",
        "Node",
        "Record",
        "Principal",
        "TimelineEntry",
        "TimelineSummary",
        "Search",
        "Metadata",
    }
)
ENDINGS = ("Connection", "Edge", "Where", "OrderBy", "Input", "Payload", "Filter", "Reference")
"""What names of types end in that are made for every record type."""
OWN_MEMBERS = frozenset(
    {"id", "owner", "displayName", "typeLabel", "access", "timeline", "timelineSummary", "ancestors", "descendants"}
    | {"warnings"}
)
RESERVED_MEMBERS = frozenset(map(camel, RESERVED_FIELDS)) | {"_"}

ENTRY = {"title": FieldType.TEXT, "occurredOn": FieldType.DATE_TIME}
"""What records in timelines tell; a field of their own may be called so if it is of the type."""
ABOUT = "regarding"  # the lookup of such records


def check_type_names(types: Iterable[RecordType]) -> None:
    """Record types' names, one and many: `Account`, `accounts`."""
    seen: set[str] = set()
    for found in types:
        if found.api_name in OWN_TYPES or found.api_name.endswith(ENDINGS):
            raise NameReserved(found.api_name).at(found.name)
        for name in (found.api_name, found.api_plural):
            if name in seen:
                raise NameTaken(name).at(found.name)
            seen.add(name)


def check_set_names(sets: Iterable[OptionSet], types: Iterable[RecordType]) -> None:
    """Shared option sets' names: those of enums."""
    seen = {found.api_name for found in types}
    for each in sets:
        if each.api_name in OWN_TYPES or each.api_name.endswith(ENDINGS):
            raise NameReserved(each.api_name).at(each.name)
        if each.api_name in seen:
            raise NameTaken(each.api_name).at(each.name)
        seen.add(each.api_name)


def check_member_names(found: RecordType, relations: Iterable[Relation]) -> None:
    """The names of a record type's fields and relations, and of what each record has besides."""
    fields = [f for f in found.fields if not f.hidden]
    own = {f.api_name for f in fields if f.system}
    seen = {*(() if found.journal else OWN_MEMBERS - {"id"}), *own}
    labels = [f"{f.api_name}Label" for f in fields if f.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE)]
    lists = [each.api_name for each in found.lists]
    for field in fields:
        if ENTRY.get(field.api_name, field.type) is not field.type and (found.base or ABOUT in found.by_name):
            raise NameReserved(field.api_name).at(found.name)
    for name in (*(f.api_name for f in fields if not f.system), *(r.api_name for r in relations), *lists, *labels):
        if name in RESERVED_MEMBERS:
            raise NameReserved(name).at(found.name)
        if name in seen:
            raise NameTaken(name).at(found.name)
        seen.add(name)
