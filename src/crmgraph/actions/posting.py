"""Posts: what people should see of a record's life in its timeline, written when the record changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmgraph.actions.drafts import Draft
from crmgraph.actions.traits import STATE
from crmgraph.actions.unit import Unit
from crmgraph.metadata.registry import POST_TYPE
from crmgraph.metadata.types import Field, FieldType, PostRule

EVENT, SUBJECT, DETAIL, RELATED, ABOUT = "event", "name", "detail", "related", "regarding"
LONGEST_DETAIL = 200


def posts_about(unit: Unit, written: Sequence[Draft]) -> list[dict[str, Any]]:
    """The posts about changed records, as values of new records: none if the model has no posts."""
    if POST_TYPE not in unit.registry.types:
        return []
    return [post(unit, d, rule) for d in written if d.row is not None for rule in d.traits.posts if is_met(d, rule)]


def is_met(draft: Draft, rule: PostRule) -> bool:
    """Whether a change is one of which a rule speaks."""
    if rule.state is not None:
        state = next(s for s in draft.traits.states if s.name == rule.state)
        return draft.values.get(STATE) == state.code
    return rule.field in draft.values


def post(unit: Unit, draft: Draft, rule: PostRule) -> dict[str, Any]:
    """A post: who changed what is who wrote it."""
    found, kind = draft.traits.type, unit.registry.type(POST_TYPE).by_name
    option = options.by_name(rule.name) if (options := kind[EVENT].options) else None
    subject = draft.value(found.primary)
    values = {
        ABOUT: {"id": draft.id, "type": found.name},
        SUBJECT: subject[: kind[SUBJECT].length] if isinstance(subject, str) else None,
        EVENT: option.code if option else None,
        **became(found.by_name.get(rule.field or ""), draft.values.get(rule.field or "")),
    }
    return {name: value for name, value in values.items() if value is not None}


def became(about: Field | None, value: Any) -> dict[str, Any]:
    """What the field became: the record that a lookup names, of a choice its option's name, else its text."""
    if about is None or value is None:
        return {}
    if about.type is FieldType.LOOKUP:
        return {RELATED: {"id": value["id"], "type": value.get("type") or about.targets[0]}}
    option = about.options.by_code(value) if about.options is not None and isinstance(value, int) else None
    return {DETAIL: option.api_name if option is not None else str(value)[:LONGEST_DETAIL]}
