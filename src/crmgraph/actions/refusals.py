"""What the database refused although the checks had passed: somebody was faster."""

from __future__ import annotations

from crmgraph.actions.drafts import Path
from crmgraph.errors import Conflict, CrmError, InputProblem, WriteRefused
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Refusal
from crmgraph.sql.system import RECORD
from crmgraph.sql.tables import column_name, key_index, key_store


def explained(refusal: Refusal) -> CrmError | Refusal:
    """As the caller's error; a refusal that only a fault of ours explains, as it is."""
    match refusal.kind:
        case "foreign_key":  # the target went, or someone began to name what was deleted
            return Conflict("linked_record_changed")
        case "unique":
            return Conflict("value_taken")
        case "retry":
            return Conflict("too_busy")
        case _:
            return refusal


def refused_write(found: RecordType, refusal: Refusal, path: Path) -> CrmError | Refusal:
    """As `explained`, but a key's value that was taken is a fault of the input's field."""
    if refusal.kind != "unique":
        return refusal
    own = refusal.table == RECORD or refusal.constraint == f"{refusal.table}_pkey" or refusal.columns == ("id",)
    about = found.by_name["id"] if own else None
    for key in found.keys:
        columns = tuple(column_name(found.by_name[n]) for n in key.fields)
        if refusal.constraint == key_index(found, key) or (refusal.table, refusal.columns) == (
            key_store(found, key),
            columns,
        ):
            about = found.by_name[key.fields[-1]]
    if about is None:
        return refusal
    problem = InputProblem((*path, about.api_name), "NOT_UNIQUE", "input_not_unique", {"field": about.label})
    return WriteRefused([problem])
