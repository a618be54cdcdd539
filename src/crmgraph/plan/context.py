"""What planning carries along: the view of the registry, the variables, and the parameters found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from crmgraph.errors import LimitExceeded, RequestError
from crmgraph.metadata.condition import EVERY_ROW, Condition, Parameter
from crmgraph.metadata.types import BASE_LOCALE, Field, FieldType, RecordType
from crmgraph.plan.arguments import Value
from crmgraph.plan.convert import Timed, WrongValue, converter, list_of
from crmgraph.plan.members import View
from crmgraph.plan.tree import Bound, Scan
from crmgraph.security.access import ME as ME
from crmgraph.security.principal import EVERYTHING, Policy
from crmgraph.settings import BLOCKED

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may ask for; `Settings` has the same names with their meanings."""

    page_size: int = 50
    max_page_size: int = 500
    max_writes: int = 20_000
    max_document_characters: int = 262_144
    max_tokens: int = 15_000
    max_depth: int = 40
    max_fields: int = 10_000
    max_aliases: int = 1_000
    max_directives: int = 1_000
    max_root_fields: int = 200
    max_input_depth: int = 200  # three for each record in another: 66 deep
    max_list_length: int = 20_000
    max_path_length: int = 6
    max_rows: int = 300_000
    max_cost: int = 500_000
    allow_explain: bool = False
    blocked_files: tuple[str, ...] = BLOCKED
    allowed_files: tuple[str, ...] = ()
    max_file_bytes: int = 104_857_600
    upload_hours: int = 24
    file_link_seconds: int = 300
    duplicates: str = "warn"
    series_days: int = 365


@dataclass(slots=True)
class Context:
    """One planning run. Parameters are numbered in the order in which they are met."""

    view: View
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    locale: str
    limits: Limits
    policy: Policy
    bounds: list[Bound] = field(default_factory=list)
    about: Sequence[RecordType] = ()  # inside a record's history: the types whose changes it may tell; else all
    planned: int = 0
    # not for `replace`: a run with parameters of its own has its own of these
    computed: dict[tuple[str, str], Field] = field(default_factory=dict, init=False)  # as they stand in this plan
    clock: dict[str, Parameter] = field(default_factory=dict, init=False)  # what the caller's clock shows
    passed: set[str] = field(default_factory=set, init=False)  # record types on the way of an order or a group

    def visible(self, type_name: str) -> Condition:
        """The rows of a record type that the caller may read."""
        return self.view.allowed(self.policy, type_name)

    def shows(self, field: Field) -> bool:
        """Whether the caller may read a field."""
        return self.policy.unlimited or field not in self.view.hidden(self.policy)

    def check(self, field: Field, path: Path) -> None:
        """Refuse to filter, order, group or reckon by a field that the caller may not read."""
        if not self.shows(field):
            raise RequestError("FORBIDDEN", "field_not_readable", path=path, field=field.label)

    def seen_on_the_way(self) -> tuple[tuple[str, Condition], ...]:
        """What may be seen of the records that orders and groups pass on their way through lookups."""
        if self.policy.unlimited:
            return ()
        return tuple((name, c) for name in sorted(self.passed) if (c := self.visible(name)) != EVERY_ROW)

    def spend(self, count: int) -> None:
        """Note that so many more fields or conditions are planned: one of the document may stand for many.

        A list of kinds or a polymorphic lookup plans its selection once for each type, level by level.
        """
        self.planned += count
        if self.planned > self.limits.max_fields:
            raise LimitExceeded("max_fields", self.limits.max_fields, self.planned)

    def parameter(
        self,
        value: Value,
        kind: FieldType,
        convert: Callable[..., Any] | None,
        argument: Path,
        *,
        precision: int = 0,
        many: bool = False,
    ) -> Parameter:
        """A new parameter that takes its value from where the argument's value came from."""
        made = Parameter(f"p{len(self.bounds)}", kind, precision, many)
        path: tuple[Any, ...] | None = value.path
        constant = value.value
        if value.items is not None:  # a list written with variables inside: each item from its own place
            path, constant = ("*",), tuple((i.path, i.value) for i in value.items)
        self.bounds.append(Bound(made, path, constant, convert, isinstance(convert, Timed), argument))
        return made

    def compared(self, value: Value, found: Field, argument: Path, *, many: bool = False) -> Parameter:
        """A parameter that is compared with a field's values."""
        convert = converter(found)
        kind = FieldType.ID if found.type is FieldType.LOOKUP else found.type
        return self.parameter(
            value, kind, list_of(convert) if many else convert, argument, precision=found.precision, many=many
        )

    def definition(self, owner: str, name: str) -> GraphQLField | None:
        """A field of an object type or interface of the schema; None for what every type has (`__typename`)."""
        found = self.schema.type_map[owner]
        assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
        field: GraphQLField | None = found.fields.get(name)
        return field

    def scan(self, type_name: str, where: Condition) -> Scan:
        """Rows of a record type, restricted to what the caller may see."""
        return Scan(type_name, self.visible(type_name), where)


def bare_context(view: View) -> Context:
    """A planning run for conditions of the system's own, that stand in no document."""
    return Context(view, GraphQLSchema(), {}, {}, BASE_LOCALE, Limits(), EVERYTHING)


def refuse(key: str, path: Path, **data: Any) -> RequestError:
    """A refusal of an argument, naming its place."""
    return RequestError("BAD_USER_INPUT", key, path=path, argument=".".join(map(str, path)), **data)


def refuse_value(error: WrongValue, path: Path) -> RequestError:
    return RequestError("BAD_USER_INPUT", error.key, path=path, **error.data)
