"""A record's selection → an object: fields, labels, lookups, lists; one shape per kind where kinds differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, SelectionSetNode

from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan import agendas, connections
from crmgraph.plan import timeline as timelines
from crmgraph.plan.access import access_output
from crmgraph.plan.changes import changed_fields
from crmgraph.plan.computed import passing, planned
from crmgraph.plan.context import Context, Path
from crmgraph.plan.marks import mark_key
from crmgraph.plan.members import LabelOf, Lineage, Member, Plain, Special, ToMany, ToOne, entry_moment
from crmgraph.plan.narrowed import warnings_output
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Const, FileUrl, Kinds, Leaf, Object, One, Output, Part, Scan, TargetId, TargetWord


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record stands in the answer: its path, and the field that tells its kind in a list of kinds."""

    path: Path
    kind: Field | None = None


def const(value: object) -> Const:
    return Const(orjson.dumps(value).decode())


def record_output(
    ctx: Context, type_name: str, sets: Sequence[SelectionSetNode], path: Path, only: Sequence[int] | None = None
) -> Output:
    """What a row of a record type answers; rows of an abstract type answer by kind, of which some may be left out."""
    found = ctx.view.registry.type(type_name)
    if not found.abstract:
        return record_object(ctx, found, sets, Spot(path))
    kinds = [k for k in ctx.view.registry.kinds(type_name) if only is None or k.code in only]
    return kinds_output(ctx, found, kinds, sets, path)


def record_object(ctx: Context, found: RecordType, sets: Sequence[SelectionSetNode], spot: Spot) -> Object:
    """The object of one record type's selection."""
    members = ctx.view.members(found.name)
    entries: list[tuple[str, Output]] = []
    if ctx.view.registry.reads_audited(found):
        entries.append((mark_key(found.code), Leaf(found.by_name["id"])))
    fields = collect(ctx, sets, lambda condition: ctx.view.covers(condition, found))
    ctx.spend(len(fields))
    for key, nodes in fields.items():
        name = nodes[0].name.value
        if name == "__typename":
            entries.append((key, word(ctx, found, spot, "name")))
        else:
            here = Spot((*spot.path, key), spot.kind)
            entries.append((key, member_output(ctx, found, members[name], nodes, here)))
    return Object(tuple(entries))


def word(ctx: Context, found: RecordType, spot: Spot, what: str) -> Output:
    """`__typename` or `typeLabel`: told by the kind in a list of kinds, else known."""
    if spot.kind is None:
        return const(found.api_name if what == "name" else found.label.text(ctx.locale))
    kinds = ctx.view.registry.kinds(spot.kind.store)
    words = ((k.code, k.api_name if what == "name" else k.label.text(ctx.locale)) for k in kinds)
    return Leaf(spot.kind, tuple(words))


def member_output(ctx: Context, found: RecordType, member: Member, nodes: list[FieldNode], spot: Spot) -> Output:
    match member:
        case Plain(field) | LabelOf(field) | ToOne(field) if not ctx.shows(field):
            return Const("null")
        case Plain(field) if field.type is FieldType.FILE:
            return file_output(ctx, field, nodes)
        case Plain(field):
            return Leaf(planned(ctx, field))
        case LabelOf(field):
            options = field.options.options if field.options else ()
            return Leaf(planned(ctx, field), tuple((o.code, o.label.text(ctx.locale)) for o in options))
        case ToOne(field):
            return lookup_output(ctx, passing(ctx, field), nodes, spot.path)
        case ToMany():
            return connections.relation_list(ctx, found, member, nodes, spot.path)
        case Lineage(parent, above):
            return connections.lineage(ctx, found, parent, above, nodes, spot.path)
        case Special(name):
            return special(ctx, found, name, nodes, spot)


def special(ctx: Context, found: RecordType, name: str, nodes: list[FieldNode], spot: Spot) -> Output:
    match name:
        case "displayName" | "title":
            return Leaf(found.by_name[found.primary])
        case "typeLabel":
            return word(ctx, found, spot, "label")
        case "occurredOn":
            moment = entry_moment(found)
            assert moment is not None
            return Leaf(moment)
        case "access":
            return access_output(ctx, found, nodes, spot.path)
        case "fields":
            return changed_fields(ctx, found, nodes)
        case "warnings":
            return warnings_output(ctx, found, nodes, spot.path)
        case "timeline":
            return timelines.timeline(ctx, found, nodes, spot.path)
        case "agenda" | "overdue" | "reminders":
            return agendas.agenda(ctx, found, name, nodes, spot.path)
        case "timelineSummary":
            return timelines.timeline_summary(ctx, found, nodes, spot.path)
        case _:
            return Const("null")


def file_output(ctx: Context, field: Field, nodes: list[FieldNode]) -> Output:
    """A file field: an object of the parts asked for, null where there is no file."""
    entries: list[tuple[str, Output]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        name = found[0].name.value
        match name:
            case "__typename":
                entries.append((key, const("File")))
            case "url":
                entries.append((key, FileUrl(field)))
            case _:
                entries.append((key, Part(field, name)))
    return One(field, (), Object(tuple(entries)))


# --- lists of kinds ------------------------------------------------------------------------------------------------


def kinds_output(
    ctx: Context, base: RecordType, kinds: Sequence[RecordType], sets: Sequence[SelectionSetNode], path: Path
) -> Output:
    """One object per kind; kinds whose objects are equal share one, and those without own fields need no join."""
    kind = base.by_name["kind"]
    shapes: dict[Object, list[RecordType]] = {}
    planned: dict[tuple[Any, ...], Object] = {}
    for found in kinds:
        known = planned.get(asking := questions(ctx, found, sets))
        if known is not None:
            shapes[known].append(found)
            continue
        # the parameters of a repeated shape are the first one's: plan each kind from the same place
        mark = len(ctx.bounds)
        made = record_object(ctx, found, sets, Spot(path, kind))
        same = next((s for s in shapes if alike(s, made, mark, ctx)), None)
        if same is not None:
            del ctx.bounds[mark:]
        planned[asking] = same if same is not None else made
        shapes.setdefault(planned[asking], []).append(found)
    plain = {s: k for s, k in shapes.items() if not own_fields(s, k[0])}
    common = max(plain, key=lambda s: len(plain[s])) if plain else None
    cases = tuple(case_of(base, kind, s, found) for s, found in shapes.items() if s is not common)
    return common if common is not None and not cases else Kinds(kind, cases, common)


def questions(ctx: Context, found: RecordType, sets: Sequence[SelectionSetNode]) -> tuple[Any, ...]:
    """What a selection asks of a kind: kinds that are asked the same of the same members are planned once.

    Without this each level of lists of kinds would multiply the work by their number.
    """
    fields = collect(ctx, sets, lambda condition: ctx.view.covers(condition, found))
    members = ctx.view.members(found.name)
    marked = (found.code,) if ctx.view.registry.reads_audited(found) else ()
    return marked + tuple(
        (key, *map(id, nodes), what_it_reads(found, members.get(nodes[0].name.value))) for key, nodes in fields.items()
    )


def what_it_reads(found: RecordType, member: Member | None) -> Any:
    """What makes a member the same for two kinds: the place of the very field or relation."""
    match member:
        case Plain(field) | LabelOf(field) | ToOne(field) | Lineage(field, _):
            return field
        case ToMany(relation, only):
            return (relation, only.name) if only else relation
        case Special("displayName" | "title"):
            return what_it_reads(found, Plain(found.by_name[found.primary]))
        case Special("occurredOn"):
            moment = entry_moment(found)
            assert moment is not None
            return what_it_reads(found, Plain(moment))
        case Special("timeline" | "timelineSummary"):
            return found.name
        case Special(name):
            return name
        case None:
            return None


def case_of(
    base: RecordType, kind: Field, shape: Object, kinds: Sequence[RecordType]
) -> tuple[str, tuple[int, ...], Object]:
    """A case of a list of kinds: the table beside the base's, the kinds' codes, and their object."""
    codes = tuple(k.code for k in kinds)
    if len(codes) == 1:
        shape = Object(tuple((key, known_word(output, kind, codes[0])) for key, output in shape.entries))
    return kinds[0].name if own_fields(shape, kinds[0]) else base.name, codes, shape


def known_word(output: Output, kind: Field, code: int) -> Output:
    """`__typename` and `typeLabel` where there is one kind only: known without a look at the row."""
    if isinstance(output, Leaf) and output.field is kind and output.labels:
        return const(dict(output.labels)[code])
    return output


def alike(one: Object, other: Object, mark: int, ctx: Context) -> bool:
    """Whether two kinds' objects are the same. With parameters of its own an object is compared as it prints."""
    if one == other:
        return True
    return len(ctx.bounds) > mark and renumbered(one) == renumbered(other)


def renumbered(found: Object) -> str:
    """An object's text with its parameters numbered from nought."""
    names: dict[str, str] = {}
    return re.sub(r"name='p\d+'", lambda m: names.setdefault(m[0], f"q{len(names)}"), repr(found))


def own_fields(shape: Object, found: RecordType) -> bool:
    """Whether an object reads the kind's own table."""
    return any(reads(output, found.name) for _, output in shape.entries)


def reads(output: Output, store: str) -> bool:
    match output:
        case Leaf(field) | TargetId(field) | TargetWord(field) | Part(field) | FileUrl(field) | One(field):
            return field.store == store
        case _:
            return False


# --- lookups -------------------------------------------------------------------------------------------------------


def lookup_output(ctx: Context, field: Field, nodes: list[FieldNode], path: Path) -> Output:
    """The record that a lookup names: its id and type need no look at it, everything else does."""
    sets = subsets(nodes)
    targets = ctx.view.registry.targets(field)
    single, whole = not field.is_polymorphic, len(targets) == len(field.targets)
    if single and targets[0].abstract:
        output = record_output(ctx, targets[0].name, sets, path)
        return One(field, ((0, ctx.scan(targets[0].name, EVERY_ROW), output),))
    looked: list[tuple[int, Scan, Output]] = []
    known: list[RecordType] = []
    for target in targets:
        if whole and ctx.visible(target.name) == EVERY_ROW and needs_no_look(ctx, target, sets, known):
            known.append(target)
        else:
            output = record_object(ctx, target, sets, Spot(path))
            looked.append((0 if single else target.code, ctx.scan(target.name, EVERY_ROW), output))
    return One(field, tuple(looked), plain_object(ctx, field, known, sets) if known else None)


def needs_no_look(
    ctx: Context, target: RecordType, sets: Sequence[SelectionSetNode], known: Sequence[RecordType]
) -> bool:
    """Whether only id and type are asked for, and the same as of the targets known so far."""
    names = asked(ctx, target, sets)
    plain = all(n in ("id", "__typename", "typeLabel") for n in names.values())
    return plain and (not known or names == asked(ctx, known[0], sets))


def asked(ctx: Context, target: RecordType, sets: Sequence[SelectionSetNode]) -> dict[str, str]:
    fields = collect(ctx, sets, lambda condition: ctx.view.covers(condition, target))
    return {key: nodes[0].name.value for key, nodes in fields.items()}


def plain_object(ctx: Context, field: Field, known: Sequence[RecordType], sets: Sequence[SelectionSetNode]) -> Object:
    """Id and type of the record that a lookup names, for the targets of which nothing more is asked."""
    entries: list[tuple[str, Output]] = []
    for key, name in asked(ctx, known[0], sets).items():
        if name == "id":
            entries.append((key, TargetId(field)))
            continue
        words = [(t.code, t.api_name if name == "__typename" else t.label.text(ctx.locale)) for t in known]
        entries.append((key, const(words[0][1]) if len(field.targets) == 1 else TargetWord(field, tuple(words))))
    return Object(tuple(entries))
