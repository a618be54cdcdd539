"""Inputs of new types, fields and options → their documents, in the words of the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.metadata.bench import FIRST_OPTION, NAME, Bench
from crmgraph.metadata.files import system_words
from crmgraph.metadata.model import CHOICES, TYPES, Raw
from crmgraph.metadata.names import camel, pascal
from crmgraph.metadata.sound import ANY
from crmgraph.metadata.words import NewField, NewOption, NewReason, NewState, RollupDefinition, only_given, plain, texts

RECORD = "record"
MIRRORED = ("active", "inactive")  # the states that a new record type has


def word(name: str) -> dict[str, str]:
    """A word that the product itself needs, in the languages that it ships."""
    return dict(system_words()["words"][name])


def field_document(bench: Bench, owner: str, made: NewField, name: str, *path: str | int) -> dict[str, Any]:
    """The document of a new field."""
    options: Any = None
    if made.option_set is not None and made.options is not None:
        bench.refuse("TWO_SOURCES", "customize_two_option_sources", *path, "options")
    if made.option_set == ANY:
        options = ANY
    elif made.option_set is not None:
        options = bench.choice(made.option_set, *path, "optionSet")
    elif made.options is not None:
        options = option_documents(bench, made.options, {}, *path, "options")
    targets = [bench_target(bench, t, *path, "targets", i) for i, t in enumerate(made.targets or ())]
    inverse = inverse_of(bench, owner, made, targets, *path) if targets else {}
    document = only_given(
        type=made.type,
        label=texts(made.label),
        description=texts(made.description),
        help=texts(made.help),
        api_name=bench.api_name(made.api_name, *path, "apiName") or camel(own_name(made.name)),
        required=made.required,
        default=plain(made.default),
        length=made.length,
        format=made.format,
        minimum=number(made.minimum),
        maximum=number(made.maximum),
        precision=made.precision,
        autonumber=made.autonumber,
        searchable=made.searchable,
        audited=made.audited,
        immutable=made.immutable,
        options=options,
        targets=targets or None,
        on_delete=made.on_delete if targets else None,
        parental=made.parental or None,
        tie=made.tie or None,
        secured=made.secured or None,
        personal=made.personal or None,
        on_assign=made.on_assign if targets else None,
        on_share=made.on_share if targets else None,
        on_merge=made.on_merge if targets else None,
        formula=made.formula,
        rollup=rollup_document(bench, made.rollup) if made.rollup else None,
    )
    return {**document, **inverse}


def own_name(name: str) -> str:
    """A name without the mark of customizations."""
    return name.removeprefix("x_")


def number(given: str | None) -> Any:
    """A limit as files write it: a whole number, or the digits of one with decimals."""
    if given is None:
        return None
    return int(given) if given.removeprefix("-").isdecimal() else given


def bench_target(bench: Bench, name: str, *path: str | int) -> str:
    """A record type, an interface over several, or `any` and `any:activities`."""
    of_any, _, feature = name.partition(":")
    if of_any == ANY and feature and not any(feature in d.get("features", ()) for d in bench.model.types.values()):
        bench.refuse("UNKNOWN_TYPE", "customize_no_feature", *path, name=feature)
    if of_any == ANY or any(name in d.get("interfaces", ()) for d in bench.model.types.values()):
        return name
    return bench.type(name, *path)


def inverse_of(bench: Bench, owner: str, made: NewField, targets: Sequence[str], *path: str | int) -> dict[str, Any]:
    """The to-many relation that the targets get: only where it is given a name."""
    if made.inverse_name is None:
        return {}
    taken = {f.get("inverse") for t in bench.model.types.values() for f in t.get("fields", {}).values()}
    name = bench.new_name(made.inverse_name, taken & {made.inverse_name}, *path, "inverseName")
    label = texts(made.inverse_label) or dict(bench.document(owner)["labels"])
    api_name = bench.api_name(made.inverse_api_name, *path, "inverseApiName")
    return {"inverse": name, "inverse_label": label, "inverse_api_name": api_name or camel(own_name(made.inverse_name))}


def rollup_document(bench: Bench, made: RollupDefinition) -> dict[str, Any]:
    return only_given(
        path=made.path,
        function=made.function,
        field=made.field,
        where=plain(made.where),
        hierarchy=made.hierarchy or None,
    )


def option_documents(
    bench: Bench, made: Iterable[NewOption], before: Mapping[str, Raw], *path: str | int
) -> dict[str, Any]:
    """New options of a set that has some."""
    codes = {o["code"] for o in before.values()}
    documents: dict[str, Any] = {}
    for i, each in enumerate(made):
        if not NAME.fullmatch(each.name):
            bench.refuse("WRONG_NAME", "customize_wrong_option_name", *path, i, "name", name=each.name)
        if each.name in before or each.name in documents:
            bench.refuse("NAME_TAKEN", "customize_name_taken", *path, i, "name", name=each.name)
        if each.code in codes:
            bench.refuse("CODE_TAKEN", "customize_code_taken", *path, i, "code", number=each.code)
        code = each.code if each.code is not None else max([FIRST_OPTION - 1, *codes]) + 1
        codes.add(code)
        documents[each.name] = only_given(code=code, label=texts(each.label), color=each.color)
    return documents


def reason_documents(
    bench: Bench, document: Raw, made: Iterable[NewReason], *path: str | int
) -> dict[str, dict[str, Any]]:
    """New status reasons by state; their codes are unique in the record type."""
    states: Mapping[str, Raw] = document.get("states", {})
    codes = {r["code"] for s in states.values() for r in s["reasons"].values()}
    documents: dict[str, dict[str, Any]] = {}
    for i, each in enumerate(made):
        state = each.state.lower()
        if state not in states:
            bench.refuse("UNKNOWN_STATE", "customize_no_state", *path, i, "state", name=each.state)
        if not NAME.fullmatch(each.name):
            bench.refuse("WRONG_NAME", "customize_wrong_option_name", *path, i, "name", name=each.name)
        if any(each.name in s["reasons"] for s in states.values()) or each.name in documents.get(state, {}):
            bench.refuse("NAME_TAKEN", "customize_name_taken", *path, i, "name", name=each.name)
        if each.code in codes:
            bench.refuse("CODE_TAKEN", "customize_code_taken", *path, i, "code", number=each.code)
        code = each.code if each.code is not None else max([FIRST_OPTION - 1, *codes]) + 1
        codes.add(code)
        documents.setdefault(state, {})[each.name] = only_given(code=code, label=texts(each.label), color=each.color)
    return documents


def new_states(bench: Bench, made: Sequence[NewState] | None, *path: str | int) -> dict[str, Any]:
    """The states of a new record type, each with a status reason of its name; active and inactive if none are named."""
    documents: dict[str, Any] = {}
    codes = {s.code for s in made or ()}
    for i, each in enumerate(made or ()):
        if not NAME.fullmatch(each.name):
            bench.refuse("WRONG_NAME", "customize_wrong_option_name", *path, i, "name", name=each.name)
        if each.name in documents:
            bench.refuse("NAME_TAKEN", "customize_name_taken", *path, i, "name", name=each.name)
        code = each.code if each.code is not None else next(n for n in range(len(codes) + 1) if n not in codes)
        if any(d["code"] == code for d in documents.values()):
            bench.refuse("CODE_TAKEN", "customize_code_taken", *path, i, "code", number=code)
        codes.add(code)
        label = texts(each.label)
        documents[each.name] = {
            "code": code,
            "label": label,
            "reasons": {each.name: {"code": FIRST_OPTION + i, "label": label}},
        }
    return documents or {
        name: {"code": i, "label": word(name), "reasons": {name: {"code": i + 1, "label": word(name)}}}
        for i, name in enumerate(MIRRORED)
    }


def add_type(bench: Bench, document: dict[str, Any], fields: Sequence[NewField], *path: str | int) -> str:
    """Put a new record type and its fields into the draft; its storage name."""
    name = str(document["name"])
    bench.patch(TYPES, name, document)
    for i, each in enumerate(fields):
        add_field(bench, name, each, *path, i)
    return name


def add_field(bench: Bench, type_name: str, made: NewField, *path: str | int) -> str:
    """Put a new field into the draft; its storage name."""
    taken = set(bench.document(type_name).get("fields", {}))
    if base := bench.document(type_name).get("base"):
        taken |= set(bench.document(base).get("fields", {}))
    name = bench.new_name(made.name, taken, *path, "name", beside=(type_name,))
    document = field_document(bench, type_name, made, name, *path)
    api_names = {str(f.get("api_name") or camel(own_name(n))) for n, f in bench.document(type_name)["fields"].items()}
    if document["api_name"] in api_names:
        bench.refuse("NAME_TAKEN", "customize_name_taken", *path, "apiName", name=document["api_name"])
    bench.patch(TYPES, type_name, {"fields": {name: document}})
    return name


def type_names(bench: Bench, name: str, plural: str | None, api: tuple[str | None, str | None]) -> dict[str, Any]:
    """Storage and API names of a new record type."""
    made = bench.new_name(name, {*bench.model.types, *bench.model.choices}, "name", beside=())
    bare = own_name(name)
    many = bare if plural is None else own_name(plural)
    many = f"{bare}s" if plural is None else many
    return {
        "name": made,
        "plural": made.removesuffix(bare) + many,
        "code": bench.next_type_code(),
        "api_name": bench.type_api_name(api[0], "apiName") or pascal(bare),
        "api_plural": bench.api_name(api[1], "apiPluralName") or camel(many),
    }


def shared_set(bench: Bench, name: str, label: dict[str, str], options: Iterable[NewOption]) -> None:
    """Put a new shared option set into the draft."""
    made = bench.new_name(name, {*bench.model.choices, *bench.model.types}, "name")
    document = {
        "name": made,
        "api_name": pascal(own_name(name)),
        "label": label,
        "options": option_documents(bench, options, {}, "options"),
    }
    bench.patch(CHOICES, made, document)
