"""A record as it is to be: an input made canonical field by field, with all of its faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.traits import OWNER, REASON, STATE, Traits
from crmgraph.actions.unit import Unit
from crmgraph.actions.uploads import FileRules
from crmgraph.actions.values import Fault, clean, wrong_format
from crmgraph.errors import InputProblem
from crmgraph.metadata.registry import USER_TYPE
from crmgraph.metadata.types import Field, FieldType, Key
from crmgraph.security.access import is_writable

Path = tuple[str | int, ...]
TRANSITION_RULE = "transition_not_allowed"
NOWHERE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sought:
    """A lookup given by an alternate key: which record types' keys to look at, and the values."""

    field: Field
    choices: tuple[tuple[str, Key], ...]
    values: tuple[Any, ...]


@dataclass(slots=True)
class Draft:
    """`values` are what is to be written; `row` is the record as it is now, None when it is created.

    A lookup in `values` is `{"id"}` (with "type" once it is known) until the database was asked; `meant` is the
    record type that the input says it is of. `bound` is a lookup that the input around this one sets, and to what;
    `places` are the paths of fields that do not stand in the draft's own input.
    """

    traits: Traits
    path: Path
    id: str
    row: Mapping[str, Any] | None = None
    own_id: bool = False  # the client chose the id
    system: bool = False  # the system writes it: what nobody else may set, too
    values: dict[str, Any] = field(default_factory=dict)
    sought: dict[str, Sought] = field(default_factory=dict)
    problems: list[InputProblem] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)  # the fields that are refused already
    bound: tuple[Field, str] | None = None
    places: Mapping[str, Path] = field(default_factory=lambda: NOWHERE)
    meant: Mapping[str, str] = field(default_factory=lambda: NOWHERE)
    marks: frozenset[str] = frozenset()  # what behaviors note for a later step

    def value(self, name: str) -> Any:
        """A field's value as it will be."""
        if name in self.values or self.row is None:
            return self.values.get(name)
        return self.row.get(name)

    def give(self, name: str, value: Any) -> None:
        """Set a field's value, which is then no longer missed."""
        self.values[name] = value
        if name in self.faulty:
            path = self.places.get(name) or (*self.path, self.traits.type.by_name[name].api_name)
            missed = [p for p in self.problems if p.path == path and p.code == "REQUIRED"]
            self.problems = [p for p in self.problems if p not in missed]
            self.faulty -= {name} if missed else set()

    def refuse(self, about: Field, code: str, key: str, *, rule: str | None = None, **data: Any) -> None:
        path = self.places.get(about.name) or (*self.path, about.api_name)
        self.problems.append(InputProblem(path, code, key, {"field": about.label, **data}, rule))
        self.faulty.add(about.name)


def draft_new(unit: Unit, traits: Traits, given: Mapping[str, Any], path: Path, system: bool) -> Draft:
    """A new record from an input: defaults, owner, state. With `system`, what only the system may write is allowed."""
    return fill_new(unit, Draft(traits, path, ""), given, system)


def fill_new(unit: Unit, draft: Draft, given: Mapping[str, Any], system: bool) -> Draft:
    """As `draft_new`, into an empty draft; one that has an id already gets it if the client chose none."""
    traits, draft.system = draft.traits, system
    now, user = unit.caller.now, unit.user  # the system may say who and when it really was
    draft.values = {"created_on": now, "created_by": user, "modified_on": now, "modified_by": user, **traits.defaults}
    take_id(draft, given.get("id"))
    take_values(unit, draft, given, system)
    draft.values["version"] = 1
    for each in traits.now:
        if draft.values.get(each.name) is None:
            draft.values[each.name] = now
    if traits.has_owner and not draft.value(OWNER) and OWNER not in draft.sought and unit.caller.user_id:
        draft.values[OWNER] = {"id": unit.caller.user_id, "type": USER_TYPE}
    pair_state(draft)
    stamp(draft, draft.values["created_on"])
    refuse_retired(draft)
    require(draft, traits.required)
    return draft


def draft_change(
    unit: Unit, traits: Traits, row: Mapping[str, Any], given: Mapping[str, Any], path: Path, system: bool
) -> Draft:
    """Changes of a record from an input."""
    return fill_change(unit, Draft(traits, path, row["id"], row), given, system)


def fill_change(unit: Unit, draft: Draft, given: Mapping[str, Any], system: bool) -> Draft:
    """As `draft_change`, into a draft that has the record's row."""
    traits, row, draft.system = draft.traits, draft.row, system
    assert row is not None
    take_values(unit, draft, {k: v for k, v in given.items() if k != "id" or v != row["id"]}, system)
    told = STATE if STATE in draft.values else REASON
    pair_state(draft)
    if not system:
        refuse_retired(draft)
        refuse_move(draft, traits.type.by_name.get(told))
        stamp(draft, unit.caller.now)
    owner = [traits.type.by_name[OWNER]] if traits.has_owner and row[OWNER] else []
    numbered = [f for f in traits.numbered if row[f.name]]
    require(draft, [f for f in (*traits.required, *traits.now, *numbered, *owner) if f.name in draft.values])
    drop_unchanged(draft)
    return draft


def take_id(draft: Draft, given: Any) -> None:
    """The id that the client chose, or a new one."""
    draft.own_id = given is not None
    found = draft.id or new_id() if given is None else canonical_id(given)
    draft.id = found or draft.id
    if found is None:
        draft.refuse(draft.traits.type.by_name["id"], "WRONG_FORMAT", "input_wrong_id")
    draft.values["id"] = draft.id


def take_values(unit: Unit, draft: Draft, given: Mapping[str, Any], system: bool) -> None:
    """Each given value made canonical; `MetadataError` for a name that is no field. A new record has its id already."""
    takes = draft.traits.takes
    for name, value in given.items():
        if name == "id" and draft.row is None:
            continue
        about, make = takes.get(name) or (unit.registry.field(draft.traits.type.name, name), None)
        if about.is_computed or (about.read_only and not system):
            draft.refuse(about, "READ_ONLY", "input_read_only")
            continue
        try:
            if make is None:
                take_link(unit, draft, about, value)
            else:
                draft.values[name] = None if value is None else make(value)
                if about.type is FieldType.FILE and value is not None:
                    check_file(unit.files, draft.values[name])
        except Fault as fault:
            draft.refuse(about, fault.code, fault.key, **fault.data)
            continue
        if about.immutable and not system and is_replaced(draft, about):
            draft.refuse(about, "IMMUTABLE", "input_immutable")
        if about.secured and not is_writable(unit.caller.principal.policy, about, new=draft.row is None):
            draft.refuse(about, "FORBIDDEN", "input_field_forbidden")


def check_file(rules: FileRules, value: Mapping[str, Any]) -> None:
    """Raises `Fault` for a file that is not taken, or is not what its sender says."""
    name, size, digest, expected = value["name"], value["size"], value["sha256"], getattr(value, "expected", None)
    if name is not None and not rules.takes(name):
        raise Fault("FILE_TYPE", "http_file_type", file=name)
    if rules.most is not None and size is not None and size > rules.most:
        raise Fault("FILE_TOO_LARGE", "file_too_large", file=name or "", limit=rules.most)
    if expected is not None and digest is not None and digest != expected:
        raise Fault("WRONG_CHECKSUM", "file_wrong_checksum", file=name or "")


def is_replaced(draft: Draft, about: Field) -> bool:
    """Whether a field that has a value gets another one."""
    before = draft.row.get(about.name) if draft.row is not None else None
    return before is not None and (about.name in draft.sought or not same(about, before, draft.values.get(about.name)))


def same(about: Field, before: Any, after: Any) -> bool:
    """Whether two canonical values are equal; lookups are if they name the same record."""
    if before is None or after is None:
        return before is after
    if about.type is FieldType.LOOKUP:
        return bool(before["id"] == after["id"])
    if about.type is FieldType.JSON:  # where 1 is not true, as Python has it
        return orjson.dumps(before) == orjson.dumps(after)
    return bool(before == after)


def drop_unchanged(draft: Draft) -> None:
    """Of a change, keep the values that differ from the record's."""
    if draft.row is not None:
        by_name = draft.traits.type.by_name
        for name in [n for n, v in draft.values.items() if n in draft.row and same(by_name[n], draft.row[n], v)]:
            if name not in draft.meant or kept_type(draft, name):
                del draft.values[name]


def kept_type(draft: Draft, name: str) -> bool:
    """Whether a lookup to the same record says the type that it has; if not, the check will tell what is wrong."""
    kept = ((draft.row or {})[name] or {}).get("type")
    return kept in (None, draft.meant[name], draft.values[name].get("type"))


def take_link(unit: Unit, draft: Draft, about: Field, value: Any) -> None:
    """A lookup's input: None, `{"id"}` or `{"key": {name: values}}`; "type" may say which record type is meant."""
    if value is None:
        draft.values[about.name] = None
        return
    if not (type(value) is dict or isinstance(value, Mapping)) or ("id" in value) == ("key" in value):
        raise wrong_format()
    if "key" in value:
        draft.sought[about.name] = sought_by_key(unit, about, value)
        return
    id = canonical_id(value["id"])
    if id is None:
        raise wrong_format("input_wrong_id")
    draft.values[about.name] = {"id": id}
    if "type" in value:
        draft.meant = {**draft.meant, about.name: value["type"]}


def sought_by_key(unit: Unit, about: Field, value: Mapping[str, Any]) -> Sought:
    """The alternate key of one of the lookup's targets, with canonical values."""
    targets = [value["type"]] if "type" in value else about.targets
    return Sought(about, *key_values(unit, targets, value["key"]))


def key_values(unit: Unit, targets: Sequence[str], given: Any) -> tuple[tuple[tuple[str, Key], ...], tuple[Any, ...]]:
    """`{name: values}` → the keys of that name of some record types, and the canonical values. Raises `Fault`."""
    if not isinstance(given, Mapping) or len(given) != 1:
        raise wrong_format()
    name, parts = next(iter(given.items()))
    choices = tuple((t, k) for t in targets for k in unit.registry.type(t).keys if k.name == name)
    if not choices:
        raise wrong_format()
    type_name, key = choices[0]
    parts = parts if isinstance(parts, Mapping) else {key.fields[0]: parts}
    if set(parts) != set(key.fields):
        raise wrong_format()
    values = tuple(key_value(unit.registry.field(type_name, n), parts[n]) for n in key.fields)
    for name, value in zip(key.fields, values, strict=True):
        if value is None:
            raise Fault("REQUIRED", "input_required", field=unit.registry.field(type_name, name).label)
    return choices, values


def key_value(about: Field, value: Any) -> Any:
    """One value of a key; of a lookup in it, the id. What is wrong with it is said of its field."""
    if about.type is not FieldType.LOOKUP:
        try:
            return clean(about, value)
        except Fault as fault:
            raise Fault(fault.code, fault.key, **{**fault.data, "field": about.label}) from None
    id = canonical_id(value["id"] if isinstance(value, Mapping) and "id" in value else value)
    if id is None:
        raise wrong_format("input_wrong_id")
    return id


def pair_state(draft: Draft) -> None:
    """State and reason belong together: a state alone takes its first reason, a reason alone implies its state."""
    states, values, fields = draft.traits.states, draft.values, draft.traits.type.by_name
    if draft.row is None and STATE not in values and REASON not in values and not draft.problems:
        if states:
            values[STATE], values[REASON] = states[0].code, states[0].default.code
        return
    for name in (STATE, REASON):
        if name in values and values[name] is None:
            del values[name]
    if not states or {STATE, REASON} & draft.faulty:
        return
    if draft.row is None and STATE not in values and REASON not in values:
        values[STATE] = states[0].code
    if values.get(STATE, -1) == (draft.row or {}).get(STATE) and REASON not in values:
        return
    if STATE in values:
        of_state = next((s for s in states if s.code == values[STATE]), None)
        if of_state is None:
            draft.refuse(fields[STATE], "NOT_AN_OPTION", "input_not_an_option")
        elif values.setdefault(REASON, of_state.default.code) not in {r.code for r in of_state.reasons}:
            draft.refuse(fields[REASON], "WRONG_STATE_REASON", "input_wrong_state_reason", state=of_state.label)
    elif REASON in values:
        values[STATE] = next(s.code for s in states for r in s.reasons if r.code == values[REASON])


def stamp(draft: Draft, moment: Any) -> None:
    """The dates of entering states, where they are not given; a record that leaves these states loses them."""
    before, after = (draft.row or {}).get(STATE), draft.values.get(STATE)
    for name, states in draft.traits.stamps if after is not None and not draft.faulty & {STATE, REASON} else ():
        if name in draft.values and (draft.row is not None or draft.values[name] is not None):
            continue
        if after in states and before not in states:
            draft.values[name] = moment if draft.row is None or draft.row.get(name) is None else draft.row[name]
        elif before in states and after not in states:
            draft.values[name] = None


def refuse_retired(draft: Draft) -> None:
    """Options that nobody may choose any more, unless the record has them already."""
    for about, retired in draft.traits.retired:
        value = draft.values.get(about.name)
        if value is None or about.name in draft.faulty or about.options is None:
            continue
        before = draft.row.get(about.name) if draft.row is not None else None
        for code in sorted(retired & (codes_of(value) - codes_of(before))):
            option = about.options.by_code(code)
            draft.refuse(about, "RETIRED_OPTION", "input_retired_option", option=option.label if option else code)


def codes_of(value: Any) -> frozenset[int]:
    """The options that a choice's value names, or a multi-choice's."""
    return frozenset() if value is None else frozenset(value) if isinstance(value, list) else frozenset([value])


def refuse_move(draft: Draft, about: Field | None) -> None:
    """A move between states that the record type does not allow. The row is locked: nobody moves it meanwhile."""
    moves, row, after = draft.traits.moves, draft.row, draft.values.get(STATE)
    if moves is None or row is None or after is None or about is None or draft.faulty & {STATE, REASON}:
        return
    before = row.get(STATE)
    if before is not None and before != after and (before, after) not in moves:
        labels = {s.code: s.label for s in draft.traits.states}
        data = {"before": labels.get(before, before), "after": labels.get(after, after)}
        draft.refuse(about, "WRONG_TRANSITION", "input_wrong_transition", rule=TRANSITION_RULE, **data)


def require(draft: Draft, fields: list[Field] | tuple[Field, ...]) -> None:
    """Fields that must have a value and were not given one, or an empty one."""
    for each in fields:
        if draft.values.get(each.name) is None and each.name not in draft.sought and each.name not in draft.faulty:
            draft.refuse(each, "REQUIRED", "input_required")
