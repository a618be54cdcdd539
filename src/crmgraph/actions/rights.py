"""What rows that say who may do what must be like: they name what there is, and levels that mean something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmgraph.actions.drafts import Draft
from crmgraph.actions.unit import Unit
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import OPENED_TYPE, RIGHT_TYPE, Registry
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import PRIVILEGES, Level

RECORD_TYPE, FIELD = "record_type", "field"
WHOLE = (Level.NONE, Level.ORGANIZATION)


def check_rights_rows(unit: Unit, drafts: Iterable[Draft]) -> None:
    """Refuse privileges and field permissions about nothing."""
    for draft in drafts:
        match draft.traits.type.name:
            case name if name == RIGHT_TYPE:
                check_right(unit.registry, draft)
            case name if name == OPENED_TYPE:
                check_opened(unit.registry, draft)


def known_type(registry: Registry, draft: Draft, *, kinds: bool = False) -> RecordType | None:
    """The record type that a row names by its storage name; a fault if there is none. `kinds`: it may be one."""
    given = draft.value(RECORD_TYPE)
    if given is None or RECORD_TYPE in draft.faulty:
        return None
    found = registry.types.get(given)
    if found is None or found.journal or (found.base and not kinds):
        stores = [t.name for t in registry.types.values() if not (t.journal or (t.base and not kinds))]
        hint = ", ".join(did_you_mean(given, stores)) or "–"
        about = draft.traits.type.by_name[RECORD_TYPE]
        draft.refuse(about, "UNKNOWN_TYPE", "input_no_record_type", found=given, hint=hint)
        return None
    return found


def check_right(registry: Registry, draft: Draft) -> None:
    """Types without owners know only all and nothing."""
    found = known_type(registry, draft)
    if found is None or found.owned or found.follows:
        return
    for name, level in levels(draft):
        if level not in WHOLE:
            field = draft.traits.type.by_name[name]
            draft.refuse(field, "WRONG_LEVEL", "input_wrong_level", type=found.label)


def levels(draft: Draft) -> Iterator[tuple[str, int]]:
    for privilege in PRIVILEGES:
        name = f"{privilege}_level"
        level = draft.value(name)
        if level is not None and name not in draft.faulty:
            yield name, level


def check_opened(registry: Registry, draft: Draft) -> None:
    """A permission is for a field that there is, by the type that it stands in: a kind's own, not its base's."""
    found, given = known_type(registry, draft, kinds=True), draft.value(FIELD)
    if found is None or given is None or FIELD in draft.faulty:
        return
    own = [f.name for f in found.fields if f.store == found.name]
    if given not in own:
        hint = ", ".join(did_you_mean(given, own)) or "–"
        about = draft.traits.type.by_name[FIELD]
        draft.refuse(about, "UNKNOWN_FIELD", "input_no_field", found=given, type=found.label, hint=hint)
