"""One TOML file ↔ one record type, in the words that the standard model, packages and exports share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import tomli

from crmgraph.errors import MetadataError, MetadataFault
from crmgraph.messages import BASE
from crmgraph.metadata.duplicate_files import duplicate_rule
from crmgraph.metadata.merging import MergeBehavior, merging_from
from crmgraph.metadata.names import camel, pascal, public
from crmgraph.metadata.parsing import (
    check_languages,
    demand,
    fault_at,
    forms,
    label,
    one_of,
    only,
    optional_label,
    similar,
)
from crmgraph.metadata.shapes import FIELD, OPTION, OPTION_SET, RECORD_TYPE
from crmgraph.metadata.sound import ANY, check_field, check_words, checked_color, default_value, limit
from crmgraph.metadata.types import (
    Agenda,
    Cascade,
    DeleteBehavior,
    Field,
    FieldType,
    FormerName,
    Key,
    Label,
    NarrowedList,
    Option,
    OptionSet,
    Participation,
    PostRule,
    Reason,
    RecordType,
    Required,
    Rollup,
    Rule,
    SavedView,
    State,
    SummaryFunction,
    Ties,
    Warning,
)
from crmgraph.metadata.words import Feature, Ownership, TextFormat

TYPE_KEYS, FIELD_KEYS = frozenset(RECORD_TYPE.parts), frozenset(FIELD.parts)
OPTION_KEYS, OPTION_SET_KEYS = frozenset(OPTION.parts), frozenset(OPTION_SET.parts)
FORMATS, FEATURES = (None, *(f.value for f in TextFormat)), tuple(f.value for f in Feature)
DEFAULT_LENGTH = 100
DECLARED = tuple(t.value for t in FieldType if t is not FieldType.ID)  # types of fields that anyone may declare
REQUIRED, ON_DELETE, SUMMARY = tuple(Required), tuple(DeleteBehavior), tuple(SummaryFunction)
CASCADES, ON_MERGE = tuple(Cascade), tuple(MergeBehavior)
OWNERSHIP = tuple(o.value for o in Ownership)


@cache
def system_words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Labels of the system fields and templates of derived labels, per locale."""
    return tomli.loads((Path(__file__).parent / "system.toml").read_text("utf-8"))


def derived_label(key: str, label: Label, **more: Label) -> Label:
    """A label made of another one, in every language that either has."""
    texts, parts = system_words()["templates"][key], {"label": label, **more}
    made = {}
    for locale in dict.fromkeys((*texts, *label.texts)):
        made[locale] = texts.get(locale, texts[BASE]).format(**{n: p.text(locale) for n, p in parts.items()})
    return Label(made)


def read_model(folder: Path) -> tuple[list[RecordType], list[OptionSet]]:
    """All record types and shared option sets below a folder, in the order of their paths."""
    paths = sorted(folder.rglob("*.toml"))
    shared = {}
    for path in (p for p in paths if p.parent.name == "choices"):
        option_set = option_set_from_toml(load(path), str(path))
        shared[option_set.name] = option_set
    types = [record_type_from_toml(load(p), shared, str(p)) for p in paths if p.parent.name != "choices"]
    return types, list(shared.values())


def load(path: Path) -> dict[str, Any]:
    """A shipped TOML file's content; a syntax error names the file."""
    try:
        found = tomli.loads(path.read_text(), parse_float=Decimal)
    except tomli.TOMLDecodeError as error:
        raise MetadataError(f"{path}: {error}") from error
    check_languages(found, str(path))
    return found


def option_set_from_toml(raw: Mapping[str, Any], where: str) -> OptionSet:
    """A shared option set."""
    only(raw, OPTION_SET_KEYS, where)
    name = demand(raw, "name", where)
    listed = options(raw.get("options", {}), raw.get("option_order", ()), where)
    return OptionSet(name, raw.get("api_name", pascal(public(name))), label(raw, "label", where), listed)


def record_type_from_toml(raw: Mapping[str, Any], shared: Mapping[str, OptionSet], where: str) -> RecordType:
    """A record type as its file states it; the registry adds what every type has."""
    name = demand(raw, "name", where)
    where = f"{where}: {name}"
    only(raw, TYPE_KEYS, where)
    plural = demand(raw, "plural", where)
    if unknown := set(raw.get("features", [])) - set(FEATURES):
        told = {"names": ", ".join(sorted(unknown)), "known": ", ".join(FEATURES)}
        raise fault_at(where, "definition_unknown_features", **told)
    kinds = tuple(FieldType) if raw.get("journal") else DECLARED
    general = {"audited": raw["audited"]} if "audited" in raw else {}
    fields = {n: {**general, **f} for n, f in raw.get("fields", {}).items()}
    return RecordType(
        name=name,
        plural=plural,
        api_name=raw.get("api_name", pascal(public(name))),
        api_plural=raw.get("api_plural", camel(public(plural))),
        code=demand(raw, "code", where),
        label=label(raw, "label", where),
        labels=label(raw, "labels", where),
        forms=forms(raw.get("forms", {}), f"{where}.forms"),
        description=optional_label(raw, "description", where),
        ownership=one_of(raw.get("ownership", "user"), OWNERSHIP, "ownership", where),
        primary=demand(raw, "primary", where),
        hierarchy=raw.get("hierarchy"),
        features=frozenset(raw.get("features", [])),
        interfaces=tuple(raw.get("interfaces", [])),
        base=raw.get("base"),
        abstract=raw.get("abstract", False),
        journal=raw.get("journal", False),
        keys=tuple(Key(k["name"], camel(public(k["name"])), tuple(k["fields"])) for k in raw.get("keys", [])),
        indexes=tuple(tuple(i["fields"]) for i in raw.get("indexes", [])),
        states=tuple(state(n, s, f"{where}.states.{n}") for n, s in raw.get("states", {}).items()),
        fields=tuple(field(name, n, f, shared, f"{where}.{n}", kinds) for n, f in fields.items()),
        retired=raw.get("retired", False),
        system_labels={n: system_label(raw["system_labels"], n, where) for n in raw.get("system_labels", {})},
        former_names=tuple(FormerName(f["api_name"], f["api_plural"]) for f in raw.get("former_names", [])),
        transitions=tuple((t[0], t[1]) for t in raw["transitions"]) if "transitions" in raw else None,
        party_roles=tuple(raw["party_roles"]) if "party_roles" in raw else None,
        audit_reads=raw.get("audit_reads", False),
        rules=tuple(rule(n, r, f"{where}.rules.{n}") for n, r in raw.get("rules", {}).items()),
        views=tuple(saved_view(n, v, f"{where}.views.{n}") for n, v in raw.get("views", {}).items()),
        follows=raw.get("follows"),
        permission=raw.get("permission"),
        own=raw.get("own"),
        lists=tuple(narrowed_list(n, e, f"{where}.lists.{n}") for n, e in raw.get("lists", {}).items()),
        warnings=tuple(warning(n, w, f"{where}.warnings.{n}") for n, w in raw.get("warnings", {}).items()),
        duplicates=tuple(duplicate_rule(n, d, f"{where}.duplicates.{n}") for n, d in raw.get("duplicates", {}).items()),
        **conduct(raw),
    )


def conduct(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What happens when records of a type are written."""
    names = {name: tuple(raw.get(name, [])) for name in ("locked_states", "unlocked_fields", "behaviors")}
    stamps = {name: tuple(states) for name, states in raw.get("stamps", {}).items()}
    posts = tuple(PostRule(name, each.get("state"), each.get("field")) for name, each in raw.get("posts", {}).items())
    part = raw.get("participation")
    taken = Participation(**{**part, "copies": tuple(part.get("copies", []))}) if part else None
    single = {name: raw.get(name) for name in ("part_of", "moment", "foreseen")}
    when = Agenda(**{**raw["agenda"], "states": tuple(raw["agenda"]["states"])}) if "agenda" in raw else None
    more = {"ties": Ties(**raw["ties"]) if "ties" in raw else None, "merging": merging_from(raw.get("merging", {}))}
    return {**names, **single, **more, "stamps": stamps, "posts": posts, "participation": taken, "agenda": when}


def system_label(raw: Mapping[str, Any], name: str, where: str) -> Label:
    """What one type calls a field that the engine makes; in languages that it leaves out, what all types call it."""
    known = system_words()["fields"]
    if name not in known:
        raise fault_at(where, "definition_no_system_field", name=name, hint=similar(name, known))
    return Label({**known[name], **label(raw, name, where).texts})


@cache
def journal_types() -> tuple[RecordType, ...]:
    """The record types that the system itself writes, in every model: what happened, and the recycle bin."""
    return tuple(read_model(Path(__file__).parent / "journal")[0])


def state(name: str, raw: Mapping[str, Any], where: str) -> State:
    only(raw, {"code", "label", "reasons"}, where)
    reasons = tuple(reason(n, r, f"{where}.{n}") for n, r in raw.get("reasons", {}).items())
    if not reasons:
        raise fault_at(where, "definition_no_reasons")
    return State(name, demand(raw, "code", where), label(raw, "label", where), reasons)


def reason(name: str, raw: Mapping[str, Any], where: str) -> Reason:
    only(raw, OPTION_KEYS, where)
    return Reason(
        name,
        demand(raw, "code", where),
        label(raw, "label", where),
        checked_color(raw.get("color")),
        raw.get("retired", False),
    )


def rule(name: str, raw: Mapping[str, Any], where: str) -> Rule:
    only(raw, {"condition", "message"}, where)
    return Rule(name, demand(raw, "condition", where), label(raw, "message", where))


def saved_view(name: str, raw: Mapping[str, Any], where: str) -> SavedView:
    only(raw, {"api_name", "label", "columns", "where", "order_by"}, where)
    order = tuple((name, direction) for each in raw.get("order_by", []) for name, direction in each.items())
    return SavedView(
        name,
        raw.get("api_name", public(name).upper()),
        label(raw, "label", where),
        tuple(demand(raw, "columns", where)),
        raw.get("where", {}),
        order,
    )


def narrowed_list(name: str, raw: Mapping[str, Any], where: str) -> NarrowedList:
    only(raw, {"api_name", "label", "relation", "alike", "where"}, where)
    api_name, alike = raw.get("api_name", camel(public(name))), raw.get("alike")
    relation = "" if alike else demand(raw, "relation", where)
    condition = raw.get("where", {}) if alike else demand(raw, "where", where)
    return NarrowedList(name, api_name, label(raw, "label", where), relation, condition, alike)


def warning(name: str, raw: Mapping[str, Any], where: str) -> Warning:
    only(raw, {"message", "lookup", "relation", "where"}, where)
    relation, condition = demand(raw, "relation", where), demand(raw, "where", where)
    return Warning(name, label(raw, "message", where), raw.get("lookup"), relation, condition)


def rollup(raw: Mapping[str, Any], where: str) -> Rollup:
    only(raw, {"path", "function", "field", "where", "hierarchy"}, where)
    function = SummaryFunction(one_of(demand(raw, "function", where), SUMMARY, "function", where))
    if (function is SummaryFunction.COUNT) == ("field" in raw):
        raise MetadataFault("customize_rollup_field", name=where.rpartition(": ")[2].removesuffix(".rollup"))
    path = demand(raw, "path", where)
    way = (path,) if isinstance(path, str) else tuple(path)
    return Rollup(way, function, raw.get("where", {}), raw.get("field"), raw.get("hierarchy", False))


def field(
    owner: str,
    name: str,
    raw: Mapping[str, Any],
    shared: Mapping[str, OptionSet],
    where: str,
    kinds: Sequence[str] = DECLARED,
) -> Field:
    """One field of a record type's file."""
    try:
        return field_from_toml(owner, name, raw, shared, where, kinds)
    except MetadataFault as fault:
        raise fault.at(where) from None


def field_from_toml(
    owner: str,
    name: str,
    raw: Mapping[str, Any],
    shared: Mapping[str, OptionSet],
    where: str,
    kinds: Sequence[str],
) -> Field:
    only(raw, FIELD_KEYS, where)
    kind = FieldType(one_of(demand(raw, "type", where), kinds, "type", where))
    own, targets = label(raw, "label", where), raw.get("targets", [])
    check_words(kind, raw, own)
    found = Field(
        name=name,
        api_name=raw.get("api_name", camel(public(name))),
        type=kind,
        label=own,
        store=owner,
        description=optional_label(raw, "description", where),
        required=Required(one_of(raw.get("required", "none"), REQUIRED, "required", where)),
        searchable=raw.get("searchable", False),
        audited=raw.get("audited", True),
        immutable=raw.get("immutable", False),
        read_only=raw.get("read_only", False),
        default=default_value(kind, raw.get("default"), own),
        length=raw.get("length", DEFAULT_LENGTH) if kind is FieldType.TEXT else None,
        format=one_of(raw.get("format"), FORMATS, "format", where),
        autonumber=raw.get("autonumber"),
        minimum=limit(raw, "minimum", own),
        maximum=limit(raw, "maximum", own),
        precision=raw.get("precision", 2 if kind in (FieldType.DECIMAL, FieldType.MONEY) else 0),
        behavior=one_of(raw.get("behavior", "user_local"), ("user_local", "zone_independent"), "behavior", where),
        options=field_options(owner, name, kind, raw, shared, where),
        targets=(targets,) if isinstance(targets, str) else tuple(targets),
        inverse=raw.get("inverse"),
        inverse_label=optional_label(raw, "inverse_label", where),
        parental=raw.get("parental", False),
        tie=raw.get("tie", False),
        hidden=raw.get("hidden", False),
        on_delete=DeleteBehavior(one_of(raw.get("on_delete", "remove_link"), ON_DELETE, "on_delete", where)),
        help=optional_label(raw, "help", where),
        formula=raw.get("formula"),
        rollup=rollup(raw["rollup"], f"{where}.rollup") if "rollup" in raw else None,
        retired=raw.get("retired", False),
        roles_of=raw.get("roles_of"),
        **other_names(raw),
        **rights(raw, where),
    )
    check_field(found)
    return found


def other_names(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Names of a field and of its relation beside those in force."""
    given = {name: tuple(raw.get(name, [])) for name in ("former_names", "inverse_former_names")}
    return {**given, **{name: raw.get(name) for name in ("inverse_api_name", "inverse_feature")}}


def rights(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Who may see a field, and what goes along with whom."""
    given = {"secured": raw.get("secured", False), "personal": raw.get("personal", False)}
    given |= {name: cascade(raw, name, where) for name in ("on_assign", "on_share")}
    return {**given, "on_merge": MergeBehavior(one_of(raw.get("on_merge", "cascade"), ON_MERGE, "on_merge", where))}


def cascade(raw: Mapping[str, Any], name: str, where: str) -> Cascade:
    """What goes along: with a parent all of its children, unless the field says otherwise."""
    default = Cascade.ALL if raw.get("parental") else Cascade.NONE
    return Cascade(one_of(raw.get(name, default.value), CASCADES, name, where))


def field_options(
    owner: str, name: str, kind: FieldType, raw: Mapping[str, Any], shared: Mapping[str, OptionSet], where: str
) -> OptionSet | None:
    given = raw.get("options")
    if given == ANY:
        return OptionSet(ANY, "RecordTypeName", Label(system_words()["fields"]["type_label"]), ())
    if given is None or kind not in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        return None
    if isinstance(given, str):
        if given not in shared:
            raise fault_at(where, "definition_no_option_set", name=given, hint=similar(given, shared))
        return shared[given]
    own = label(raw, "label", where)
    listed = options(given, raw.get("option_order", ()), where)
    return OptionSet(f"{owner}_{name}", pascal(public(owner)) + pascal(public(name)), own, listed)


def options(raw: Mapping[str, Any], first: Sequence[str], where: str) -> tuple[Option, ...]:
    """Options in their order: those named first, then the others as they stand."""
    raw = {n: raw[n] for n in (*(n for n in first if n in raw), *raw)}
    found = tuple(option(n, o, f"{where}.{n}") for n, o in raw.items())
    if len({o.code for o in found}) < len(found):
        raise fault_at(where, "definition_same_codes")
    return found


def option(name: str, raw: Mapping[str, Any], where: str) -> Option:
    only(raw, OPTION_KEYS, where)
    return Option(
        name,
        demand(raw, "code", where),
        label(raw, "label", where),
        checked_color(raw.get("color")),
        raw.get("retired", False),
    )
