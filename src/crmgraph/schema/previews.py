"""What a publish would do, told before it is done: changes, schema, statements, rows, operations, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from crmgraph.actions.customize import count_problems, counted
from crmgraph.actions.proposals import Proposal
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated, message
from crmgraph.schema.collecting import built_beside
from crmgraph.schema.edition import Edition
from crmgraph.schema.impact import broken_operations
from crmgraph.schema.judging import judged
from crmgraph.sql.recorded import Recorded, recorded_in


class Impact(Enum):
    """What a difference means for clients: BREAKING ones fail, DANGEROUS ones may behave otherwise, SAFE ones do
    not.
    """

    BREAKING = "BREAKING"
    DANGEROUS = "DANGEROUS"
    SAFE = "SAFE"


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """One change of the metadata: `element` is what changes, by storage names."""

    code: str
    element: str
    text: str


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference of the GraphQL schema; `coordinate` is its place: `Type.field`."""

    impact: Impact
    code: str
    coordinate: str
    text: str


@dataclass(frozen=True, slots=True)
class AffectedRows:
    """How many rows stand in the way of a change, or would lose their values; or, not `blocking`, how many records,
    values and links go with what is dropped, which is written to files before.
    """

    element: str
    code: str
    text: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class AffectedOperation:
    """A recorded operation that would fail: who sends it, when it was last used, how often, and why it would fail."""

    name: str | None
    client: str | None
    last_used_on: datetime
    uses: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class PublishWarning:
    """What its author may not have meant; a `breaking` one needs `force` and a reason."""

    code: str
    text: str
    breaking: bool


@dataclass(frozen=True, slots=True)
class PublishPreview:
    """What a publish does, or with `dryRun` would do. `revision` is the metadata's number afterwards; `statements` are
    run at once, `indexes` beside the running system. A `breaking` one needs `force` and a reason. `exports`
    are the files to which all that was dropped was written before.
    """

    revision: int
    breaking: bool
    changes: list[MetadataChange] = field(default_factory=list)
    schema_changes: list[SchemaChange] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    rows: list[AffectedRows] = field(default_factory=list)
    operations: list[AffectedOperation] = field(default_factory=list)
    warnings: list[PublishWarning] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)


async def preview(unit: Unit, proposal: Proposal, old: Edition, new: Edition) -> PublishPreview:
    """All that a proposal would do, in the caller's language; `MetadataError` if its schema does not hold together."""
    locale = unit.caller.locale
    recorded = await recorded_in(unit.transaction)
    schema_changes, operations = await built_beside(lambda: impact(old, new, recorded, locale))
    warnings = told_warnings(proposal, locale)
    problems, drops = await count_problems(unit, proposal), await counted(unit, proposal, proposal.drops)
    rows = [
        AffectedRows(str(p.data["name"]), p.code, message(p.key, locale, p.data), blocking)
        for found, blocking in ((problems, True), (drops, False))
        for p in found
    ]
    breaks = any(w.breaking for w in warnings) or any(c.impact is Impact.BREAKING for c in schema_changes)
    return PublishPreview(
        proposal.after.revision,
        breaks or bool(operations),
        [MetadataChange(c.code, c.element, message(c.key, locale, c.data)) for c in proposal.changes],
        schema_changes,
        list(proposal.ddl.statements),
        [i[2] for i in proposal.ddl.indexes],
        rows,
        operations,
        warnings,
    )


def told_warnings(proposal: Proposal, locale: str) -> list[PublishWarning]:
    """What the author may not have meant, in a language."""
    return [PublishWarning(w.code, message(w.key, locale, w.data), w.breaking) for w in proposal.warnings]


def impact(
    old: Edition, new: Edition, recorded: Sequence[Recorded], locale: str
) -> tuple[list[SchemaChange], list[AffectedOperation]]:
    """The differences of the GraphQL schema, and the recorded operations that would fail, those used last first."""
    judgement = judged(old, new, locale)
    found = judgement.differences
    changes = [SchemaChange(Impact[d.kind.name], d.code, d.coordinate, d.text) for d in found if d.counted]
    broken = broken_operations(old, new, recorded, locale, renamed=judgement.renamed, differences=found)
    operations = [
        AffectedOperation(b.name, b.client, b.last_used_on, b.uses, [r.text for r in b.reasons]) for b in broken
    ]
    return changes, operations


def check_breaking(found: PublishPreview, force: bool, reason: str | None) -> None:
    """A publish that breaks something needs to be meant."""
    if force and not (reason or "").strip():
        raise RuleViolated("REASON_MISSING", "customize_reason_missing", path=["input", "reason"])
    if found.breaking and not force:
        count = sum(c.impact is Impact.BREAKING for c in found.schema_changes) + sum(w.breaking for w in found.warnings)
        raise RuleViolated("BREAKING_CHANGE", "customize_breaking", count=count, operations=len(found.operations))
