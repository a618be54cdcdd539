"""Duplicate rules as `metadata` tells them."""

from __future__ import annotations

import strawberry

from crmgraph.metadata.duplicates import Condition, DuplicateRule
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import RecordType
from crmgraph.schema.languages import said


@strawberry.type(description=said("metadata_duplicate_condition"))
class MetadataDuplicateCondition:
    fields: list[str]
    method: str = strawberry.field(description=said("metadata_duplicate_method"))
    length: int | None = strawberry.field(description=said("part_duplicate_condition_length"))
    threshold: int | None = strawberry.field(description=said("part_duplicate_condition_threshold"))
    others: list[str] = strawberry.field(description=said("part_duplicate_condition_others"))


@strawberry.type(description=said("metadata_duplicate_rule"))
class MetadataDuplicateRule:
    name: str = strawberry.field(description=said("metadata_rule_name"))
    label: str
    message: str
    mode: str | None = strawberry.field(description=said("metadata_duplicate_mode"))
    other: str | None = strawberry.field(description=said("part_set_duplicate_rule_other"))
    active_only: bool = strawberry.field(description=said("part_active_only"))
    blank_matches: bool = strawberry.field(description=said("part_blank_matches"))
    conditions: list[MetadataDuplicateCondition]


def shown_duplicate_rules(registry: Registry, found: RecordType, locale: str) -> list[MetadataDuplicateRule]:
    """The duplicate rules of a record type, by API names."""
    return [shown_rule(registry, found, rule, locale) for rule in found.duplicates if found.name in registry.types]


def shown_rule(registry: Registry, found: RecordType, rule: DuplicateRule, locale: str) -> MetadataDuplicateRule:
    other = registry.types.get(rule.other or "")
    return MetadataDuplicateRule(
        name=rule.name,
        label=rule.label.text(locale),
        message=rule.message.text(locale),
        mode=rule.mode.name if rule.mode else None,
        other=other.api_name if other else None,
        active_only=rule.active_only,
        blank_matches=rule.blank_matches,
        conditions=[shown_condition(found, other or found, each) for each in rule.conditions],
    )


def shown_condition(found: RecordType, other: RecordType, condition: Condition) -> MetadataDuplicateCondition:
    return MetadataDuplicateCondition(
        fields=[found.by_name[n].api_name for n in condition.fields],
        method=condition.method.name,
        length=condition.length,
        threshold=condition.threshold,
        others=[other.by_name[n].api_name for n in condition.others],
    )
