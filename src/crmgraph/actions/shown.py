"""A record's values as its API shows them: what a conflict tells the caller who came too late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.metadata.former import former_names, with_former
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Policy
from crmgraph.sql.types import instant_text


def shown_values(registry: Registry, policy: Policy, found: RecordType, row: Mapping[str, Any]) -> dict[str, Any]:
    """JSON by API name, as a query of somebody answers it, and by former names; a lookup is `{id, type}`.

    Files and what is retired are left out; what they may not read is null.
    """
    found = registry.types.get(found.name, found)
    secured = {f.name for f in found.fields if not is_readable(policy, f)}
    secured |= {f.name for f in found.fields if f.base_of in secured}
    made = {
        field.api_name: None
        if row[field.name] is None or field.name in secured
        else shown(registry, field, row[field.name])
        for field in found.fields
        if field.name in row and field.type is not FieldType.FILE and not field.hidden
    }
    former = (old for f in found.fields for old in former_names(f.api_name, f.former_names))
    return {str(name): value for name, value in with_former(made, former).items()}


def shown(registry: Registry, field: Field, value: Any) -> Any:
    match field.type:
        case FieldType.CHOICE:
            return option_name(field, value)
        case FieldType.MULTI_CHOICE:
            return [option_name(field, code) for code in value]
        case FieldType.LOOKUP:
            target = registry.types.get(value.get("type") or field.targets[0])
            return {"id": value["id"], "type": target.api_name} if target else None
        case FieldType.DECIMAL | FieldType.MONEY:
            return f"{value:.{field.precision}f}"
        case FieldType.BIG_INTEGER:
            return str(value)
        case FieldType.DATE:
            return value.isoformat()
        case FieldType.DATE_TIME:
            return instant_text(value)
        case _:
            return value


def option_name(field: Field, code: int) -> str | None:
    option = field.options.by_code(code) if field.options else None
    return option.api_name if option else None
