"""Two registries → what is different between them, in order, and what no publish may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from typing import Any

from crmgraph.errors import InputProblem
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, Key, Label, OptionSet, RecordType, State

FOLLOWING = ("former_names", "inverse_former_names", "system_labels", "forms")  # from changes that are told
APART = frozenset(
    {
        "by_name",
        "fields",
        "keys",
        "states",
        "rules",
        "views",
        "lists",
        "warnings",
        "duplicates",
        "options",
        "indexes",
        "store",
        *FOLLOWING,
    }
)
NOTHING = "–"
FIXED_TYPE = ("code", "ownership", "base", "abstract", "journal", "name")
FIXED_FIELD = ("type", "precision", "behavior", "store", "is_polymorphic", "is_computed", "parental")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `code` says what happened, `element` to what (`account.x_rating`), with values before and
    after.
    """

    code: str
    element: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The message that tells it."""
        return f"change_{self.code.lower()}"


def differences(old: Registry, new: Registry) -> list[Change]:
    """All differences: of record types in the order of the model, each with its fields; then of shared option sets."""
    changes: list[Change] = []
    fresh = old.types.keys() ^ new.types.keys()
    for name, after in new.types.items():
        before = old.types.get(name)
        if not after.journal:
            changes += added_type(after) if before is None else type_changes(before, after, fresh)
    changes += [Change("TYPE_DROPPED", n, {"type": t.label}) for n, t in old.types.items() if n not in new.types]
    known = {s.name: s for s in old.option_sets}
    for each in new.option_sets:
        if each.name not in known:
            changes.append(Change("OPTION_SET_ADDED", each.name, {"set": each.label}))
        elif each != known[each.name]:
            changes += option_changes(known[each.name], each, each.name)
    return changes


def added_type(found: RecordType) -> Iterator[Change]:
    yield Change("TYPE_ADDED", found.name, {"type": found.label})
    for each in found.fields:
        if each.store == found.name and not each.system:
            yield Change("FIELD_ADDED", f"{found.name}.{each.name}", {"type": found.label, "field": each.label})


def type_changes(before: RecordType, after: RecordType, fresh: Set[str]) -> Iterator[Change]:
    """What is different about a record type; that lookups to any type name the `fresh` ones is told with these."""
    if before == after:
        return
    yield from attributes(before, after, after.name, {"type": after.label})
    mine = {f.name: f for f in before.fields if f.store == before.name}
    for each in after.fields:
        if each.store != after.name:
            continue
        element, data = f"{after.name}.{each.name}", {"type": after.label, "field": each.label}
        if each.name not in mine:
            if not each.system:
                yield Change("FIELD_ADDED", element, data)
        elif each != mine[each.name] or different_options(mine[each.name], each):
            was = replace(mine[each.name], targets=tuple(t for t in mine[each.name].targets if t not in fresh))
            now = replace(each, targets=tuple(t for t in each.targets if t not in fresh))
            yield from attributes(was, now, element, data)
            yield from local_option_changes(mine[each.name], each, element)
    gone = [f for f in mine.values() if f.name not in after.by_name]
    yield from (
        Change("FIELD_DROPPED", f"{after.name}.{f.name}", {"type": after.label, "field": f.label})
        for f in gone
        if not f.system
    )
    for table in ("keys", "states", "rules", "views", "lists", "warnings", "duplicates"):
        yield from part_changes(table, getattr(before, table), getattr(after, table), after)


def different_options(before: Field, after: Field) -> bool:
    return before.options != after.options


def local_option_changes(before: Field, after: Field, element: str) -> Iterable[Change]:
    """A field's own options; those of shared sets are told once, with the set."""
    if before.options is None or after.options is None or before.options == after.options or after.system:
        return ()
    own = after.options.name == f"{after.store}_{after.name}"
    return option_changes(before.options, after.options, element) if own else ()


def option_changes(before: OptionSet, after: OptionSet, element: str) -> Iterator[Change]:
    """What is different about the options of a set."""
    data = {"set": after.label}
    known = {o.name: o for o in before.options}
    if before.label != after.label:
        yield Change("OPTION_SET_CHANGED", element, data)
    for each in after.options:
        told = {**data, "option": each.label}
        if each.name not in known:
            yield Change("OPTION_ADDED", f"{element}.{each.name}", told)
        elif each != known[each.name]:
            yield from attributes(known[each.name], each, f"{element}.{each.name}", told)
    names = [o.name for o in after.options]
    for each in before.options:
        if each.name not in names:
            yield Change("OPTION_REMOVED", f"{element}.{each.name}", {**data, "option": each.label})
    if [n for n in names if n in known] != [n for n in known if n in names]:
        yield Change("OPTIONS_ORDERED", element, data)


def attributes(before: Any, after: Any, element: str, data: Mapping[str, Any]) -> Iterator[Change]:
    """One change for each attribute that is different."""
    for each in fields(before):
        if each.name in APART:
            continue
        was, is_now = getattr(before, each.name), getattr(after, each.name)
        if was == is_now:
            continue
        if each.name == "retired":
            yield Change("RETIRED" if is_now else "RESTORED", element, {**data, "name": element})
        else:
            if isinstance(was, Label) and isinstance(is_now, Label):
                was, is_now = different_texts(was, is_now), different_texts(is_now, was)
            shown = {"what": each.name, "before": shown_value(was), "after": shown_value(is_now)}
            yield Change("CHANGED", element, {**data, "name": element, **shown})


def different_texts(label: Label, other: Label) -> Label:
    """A label in the languages in which another one says something else."""
    return Label({x: t for x, t in label.texts.items() if other.texts.get(x) != t})


def shown_value(value: Any) -> str:
    """A value as a change tells it: of a label each text with its language, of lists their parts."""
    if isinstance(value, Label):
        return "; ".join(f"{x}: {text}" for x, text in value.texts.items()) or NOTHING
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(map(str, value))) or NOTHING
    if isinstance(value, tuple | list):
        return ", ".join(map(shown_value, value)) or NOTHING
    return NOTHING if value is None or value == "" else str(value)


def part_changes(table: str, before: Sequence[Any], after: Sequence[Any], found: RecordType) -> Iterator[Change]:
    """Keys, states, rules and views that came, went or are different."""
    known, names = {p.name: p for p in before}, {p.name for p in after}
    word = table.removesuffix("s").upper()
    for each in after:
        element = f"{found.name}.{each.name}"
        data = {"type": found.label, "name": part_label(each)}
        if each.name not in known:
            yield Change(f"{word}_ADDED", element, data)
        elif each != known[each.name]:
            yield Change(f"{word}_CHANGED", element, data)
    for name, each in known.items():
        if name not in names:
            yield Change(f"{word}_REMOVED", f"{found.name}.{name}", {"type": found.label, "name": part_label(each)})


def part_label(part: Key | State | Any) -> Any:
    """What a part is called: its label where it has one."""
    return getattr(part, "label", None) or part.name


# --- what no publish may do -----------------------------------------------------------------------------------------


def impossible(old: Registry, new: Registry) -> list[InputProblem]:
    """Changes that stored data cannot follow: the type of a field, the code of an option …"""
    problems: list[InputProblem] = []
    for name, after in new.types.items():
        before = old.types.get(name)
        if before is not None and before is not after:
            problems += fixed(before, after, FIXED_TYPE, name)
            mine = {f.name: f for f in before.fields if f.store == name}
            for each in after.fields:
                if each.store == name and each.name in mine and each != mine[each.name]:
                    problems += fixed(mine[each.name], each, FIXED_FIELD, f"{name}.{each.name}")
                    problems += fixed_codes(mine[each.name].options, each.options, f"{name}.{each.name}")
            problems += fixed_states(before, after)
    return problems


def fixed(before: Any, after: Any, names: Iterable[str], element: str) -> list[InputProblem]:
    return [
        InputProblem(
            (*element.split("."), n),
            "NOT_CHANGEABLE",
            "customize_not_changeable",
            {"name": element, "what": n, "before": str(getattr(before, n)), "after": str(getattr(after, n))},
        )
        for n in names
        if getattr(before, n) != getattr(after, n)
    ]


def fixed_codes(before: OptionSet | None, after: OptionSet | None, element: str) -> list[InputProblem]:
    """An option keeps its code, and a code its option: rows hold codes."""
    if before is None or after is None or before.options is after.options:
        return []
    now = {o.name: o for o in after.options}
    return [p for o in before.options if o.name in now for p in fixed(o, now[o.name], ("code",), f"{element}.{o.name}")]


def fixed_states(before: RecordType, after: RecordType) -> list[InputProblem]:
    """States and status reasons keep their codes, and no state goes."""
    problems: list[InputProblem] = []
    now = {s.name: s for s in after.states}
    for state in before.states:
        element = f"{after.name}.{state.name}"
        if state.name not in now:
            place, data = (after.name, state.name), {"name": element}
            problems.append(InputProblem(place, "STATE_REMOVED", "customize_state_removed", data))
            continue
        problems += fixed(state, now[state.name], ("code",), element)
        reasons = {r.name: r for r in now[state.name].reasons}
        for each in state.reasons:
            if each.name in reasons:
                problems += fixed(each, reasons[each.name], ("code",), f"{element}.{each.name}")
    return problems


def is_additive(old: Registry, new: Registry) -> bool:
    """Whether every operation of before is answered as before: nothing changed but fields that were added, optional,
    without a default, and views. Servers may then go on with the edition of before for what it knows.
    """
    if old.types.keys() != new.types.keys() or old.option_sets != new.option_sets:
        return False
    for name, after in new.types.items():
        before = old.types[name]
        if before is after or before == after:
            continue
        mine = {f.name for f in before.fields}
        kept = tuple(f for f in after.fields if f.name in mine)
        more = [f for f in after.fields if f.name not in mine]
        if kept != before.fields or any(f.is_required or f.default is not None or f.searchable for f in more):
            return False
        if any(getattr(before, n) != getattr(after, n) for n in KEPT):
            return False
    return all(old.relations[n].items() <= new.relations[n].items() for n in old.relations)


KEPT = tuple(f.name for f in fields(RecordType) if f.name not in ("fields", "by_name", "views"))
