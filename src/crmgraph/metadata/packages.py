"""Packages of customizations: a TOML file ↔ a layer, what it may say, and what a layer becomes when it says else.

`None` in a layer takes away what lower layers say; a file lists such names as `removed` of their table. Codes of record
types are not in a file: each database gives its own. API names that follow from storage names may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

import tomli

from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.model import CHOICES, LOCAL, TYPES, Layer, Model, Raw, State
from crmgraph.metadata.names import camel, pascal
from crmgraph.metadata.parsing import similar
from crmgraph.metadata.shapes import OPTION_SET, RECORD_TYPE, REMOVED, TEXTS, Misfit, Place, misfits
from crmgraph.metadata.toml import toml_text

PACKAGE, REQUIRES, VERSION, PREFIX = "package", "requires", "version", "prefix"
NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
MARK = re.compile(r"[a-z][a-z0-9]{0,11}")
NUMBERS = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")
CONDITION = re.compile(r"(>=|<=|==|>|<)\s*(\d{1,6}(?:\.\d{1,6}){0,3})")
AT = re.compile(r"\(at line (\d+), column (\d+)\)")  # as tomli says it
REASONS = (
    ("twice", re.compile("overwrite|twice|[Dd]uplicate|mutate")),
    ("open", re.compile("Unclosed|Unterminated|end of document")),
)
ABOUT: Mapping[str, type] = {
    "name": str, PREFIX: str, VERSION: str, "label": dict, "description": dict, REQUIRES: dict,
}  # fmt: skip
NEEDED = (PREFIX, VERSION)  # of every package but the administrators' own


# --- the file ---------------------------------------------------------------------------------------------------------


def package_from_toml(text: str) -> Layer:
    """A file's package as a layer; `WriteRefused` names every fault of its form."""
    try:
        raw = tomli.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a mere ValueError
        raise WriteRefused([problem((), "NOT_TOML", "package_not_toml", **unread(text, error))]) from error
    problems = list(form_problems(raw))
    if problems:
        raise WriteRefused(problems)
    about = dict(raw[PACKAGE])
    content = {kind: catalogued(raw[kind]) for kind in (TYPES, CHOICES) if raw.get(kind)}
    return Layer(about.pop("name"), content, about=catalogued(about))


def unread(text: str, error: Exception) -> dict[str, Any]:
    """Where a file is no TOML, and why as far as it can be told in every language."""
    found = AT.search(str(error))
    lines = text.split("\n")
    at = (found[1], found[2]) if found else (len(lines), len(lines[-1]) + 1)
    why = "deep" if isinstance(error, RecursionError) else next((w for w, p in REASONS if p.search(str(error))), "else")
    return {"line": at[0], "column": at[1], "why": why}


def problem(place: Place, code: str, key: str, **data: Any) -> InputProblem:
    """A fault at a place of the file."""
    return InputProblem(("content", *place), code, key, data)


def form_problems(raw: Raw) -> Iterator[InputProblem]:
    """What is wrong with a file whatever the database has."""
    known = (PACKAGE, TYPES, CHOICES)
    for name, value in raw.items():
        if name not in known:
            hint = similar(name, known)
            yield problem((name,), "UNKNOWN_NAME", "package_no_property", name=name, hint=hint)
        elif not isinstance(value, Mapping):
            yield problem((name,), "WRONG_VALUE", "customize_not_table")
        elif name != PACKAGE:
            yield from document_problems(name, value)
    if PACKAGE not in raw:
        yield problem((), "MISSING", "customize_missing", name=PACKAGE)
    elif isinstance(raw[PACKAGE], Mapping):
        yield from about_problems(raw[PACKAGE])


def document_problems(kind: str, documents: Raw) -> Iterator[InputProblem]:
    """What is wrong with the documents of types or option sets, each by itself."""
    for name, document in documents.items():
        found = [
            misfit_problem(m) for m in misfits(RECORD_TYPE if kind == TYPES else OPTION_SET, document, (kind, name))
        ]
        yield from found
        if found:
            continue
        if "code" in document:
            yield problem((kind, name, "code"), "CODE_GIVEN", "package_code_given")
        if document.get("name", name) != name:
            yield problem((kind, name, "name"), "WRONG_NAME", "package_other_name", name=document["name"], given=name)


def misfit_problem(found: Misfit) -> InputProblem:
    """A value of the wrong kind, or one that nobody asks for, as a fault of the file."""
    if found.missing:
        return problem(found.place, "MISSING", "customize_missing", name=found.missing)
    if found.known:
        name = found.place[-1]
        told = {"name": name, "hint": similar(name, found.known)}
        return problem(found.place, "UNKNOWN_NAME", "package_no_property", **told)
    return problem(found.place, "WRONG_VALUE", "customize_wrong_kind", kind=found.wanted)


def about_problems(about: Raw) -> Iterator[InputProblem]:
    """What is wrong with the table `[package]`."""
    for name, value in about.items():
        if name not in ABOUT:
            hint = similar(name, ABOUT)
            yield problem((PACKAGE, name), "UNKNOWN_NAME", "package_no_property", name=name, hint=hint)
        elif not isinstance(value, ABOUT[name]):
            yield problem((PACKAGE, name), "WRONG_VALUE", "package_wrong_value", name=name)
        elif name in ("label", "description"):
            yield from map(misfit_problem, misfits(TEXTS, value, (PACKAGE, name)))
    needed = ("name",) if about.get("name") == LOCAL else ("name", *NEEDED)
    yield from (problem((PACKAGE,), "MISSING", "customize_missing", name=n) for n in needed if n not in about)
    checks = (
        ("name", NAME, "WRONG_NAME", "package_wrong_name"),
        (PREFIX, MARK, "WRONG_PREFIX", "package_wrong_prefix"),
        (VERSION, NUMBERS, "WRONG_VERSION", "package_wrong_version"),
    )
    for name, pattern, code, key in checks:
        given = about.get(name)
        if isinstance(given, str) and not pattern.fullmatch(given):
            yield problem((PACKAGE, name), code, key, name=given)
    requires = about.get(REQUIRES)
    for name, wanted in requires.items() if isinstance(requires, dict) else ():
        if not isinstance(wanted, str) or conditions(wanted) is None:
            yield problem((PACKAGE, REQUIRES, name), "WRONG_VERSION", "package_wrong_requirement", name=str(wanted))


def catalogued(value: Any) -> Any:
    """A value as the catalog keeps it: what a file lists as `removed` is None, moments are texts."""
    if isinstance(value, Mapping):
        gone = value.get(REMOVED)
        if isinstance(gone, list) and all(isinstance(n, str) for n in gone):
            value = {**{k: v for k, v in value.items() if k != REMOVED}, **dict.fromkeys(gone)}
        return {k: catalogued(v) for k, v in value.items()}
    if isinstance(value, list):
        return [catalogued(v) for v in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def package_to_toml(layer: Layer, beneath: Model) -> str:
    """A layer as a file, by names, without what it has retired of its own: who applies the file retires the same.

    `beneath` are the documents that the layer lies over.
    """
    document: dict[str, Any] = {PACKAGE: {"name": layer.name, **without_marks(layer.about)}}
    for kind, below in ((TYPES, beneath.types), (CHOICES, beneath.choices)):
        documents = {
            name: filed(filed_document(layer, kind, name, each, below.get(name)))
            for name, each in sorted(layer.content.get(kind, {}).items())
            if name in below or not each.get("retired")
        }
        if documents:
            document[kind] = documents
    return toml_text(document)


def without_marks(about: Raw) -> dict[str, Any]:
    """A package's own table in the order in which it is written."""
    return {k: about[k] for k in ABOUT if k in about}


def filed_document(layer: Layer, kind: str, name: str, document: Raw, below: Raw | None) -> Raw:
    """A document without what applying it gives."""
    if kind == CHOICES:
        return without(document, {"name": name, **set_defaults(layer, name)}) if below is None else document
    given = {"name": name, "code": document.get("code"), **type_defaults(layer, name, document)}
    result = without(document, given) if below is None else document
    known = (below or {}).get("fields", {})
    for table, defaults in (("fields", field_defaults), ("views", view_defaults)):
        if table in result:
            had = (below or {}).get(table, {})
            parts = {
                n: without(p, defaults(layer, n, p)) if p and n not in had else p
                for n, p in result[table].items()
                if table != "fields" or n in known or not p.get("retired")
            }
            result = {k: parts if k == table else v for k, v in result.items()}
    return result


def without(document: Raw, given: Raw) -> Raw:
    return {k: v for k, v in document.items() if k not in given or given[k] != v}


def filed(value: Any) -> Any:
    """A value of the catalog as a file has it."""
    if isinstance(value, Mapping):
        kept = {k: filed(v) for k, v in value.items() if v is not None}
        gone = [k for k, v in value.items() if v is None]
        return {**kept, REMOVED: gone} if gone else kept
    return [filed(v) for v in value] if isinstance(value, list) else value


# --- names that follow from others ------------------------------------------------------------------------------------


def bare(layer: Layer, name: str) -> str:
    """A name without the package's mark."""
    return name.removeprefix(layer.prefix)


def type_defaults(layer: Layer, name: str, document: Raw) -> dict[str, Any]:
    plural = str(document.get("plural", ""))
    return {"api_name": pascal(bare(layer, name)), **({"api_plural": camel(bare(layer, plural))} if plural else {})}


def set_defaults(layer: Layer, name: str) -> dict[str, Any]:
    return {"api_name": pascal(bare(layer, name))}


def field_defaults(layer: Layer, name: str, document: Raw) -> dict[str, Any]:
    inverse = document.get("inverse")
    made = {"api_name": camel(bare(layer, name))}
    return {**made, "inverse_api_name": camel(bare(layer, inverse))} if isinstance(inverse, str) else made


def view_defaults(layer: Layer, name: str, document: Raw) -> dict[str, Any]:
    return {"api_name": bare(layer, name).upper()}


# --- what a layer becomes ---------------------------------------------------------------------------------------------


def becoming(was: Layer, wanted: Layer, beneath: Model, codes: Iterator[int]) -> Layer:
    """The layer of a file that is applied over the one of before, which `wanted` need not be complete.

    What the layer brought and the file no longer has is retired: rows and values stay. What it said of others' things
    goes. Former names of administrators' own renames stay. `codes` are those that no record type has.
    """
    content: dict[str, dict[str, Any]] = {}
    for kind, below in ((TYPES, beneath.types), (CHOICES, beneath.choices)):
        had, says = was.content.get(kind, {}), wanted.content.get(kind, {})
        for name in (*says, *(n for n in had if n not in says)):
            made = (type_becoming if kind == TYPES else set_becoming)(
                wanted, name, (had.get(name), says.get(name), below.get(name)), codes
            )
            if made:
                content.setdefault(kind, {})[name] = made
    return Layer(wanted.name, content, was.base, wanted.about)


Three = tuple[Raw | None, Raw | None, Raw | None]
"""A document as the layer had it, as the file has it, and as the layers below have it; None where there is none."""


def type_becoming(layer: Layer, name: str, three: Three, codes: Iterator[int]) -> Raw:
    """A record type's document."""
    had, says, below = three
    if says is None and below is None and had is not None:
        return {**had, "retired": True}
    result = dict(says or {})
    if below is None:
        code = had["code"] if had and "code" in had else next(codes)
        result = {"name": name, "code": code, **type_defaults(layer, name, result), **result}
    earlier, under = had or {}, below or {}
    fields = fields_becoming(layer, (earlier.get("fields", {}), result.get("fields"), under.get("fields", {})))
    if fields is not None:
        result["fields"] = fields
    if "views" in result:
        known = under.get("views", {})
        result["views"] = {
            n: {**view_defaults(layer, n, v), **v} if v is not None and n not in known else v
            for n, v in result["views"].items()
        }
    for state, document in earlier.get("states", {}).items():
        said = result.get("states", {}).get(state, {})
        kept = retired_parts(document, said, under.get("states", {}).get(state, {}), "reasons")
        if kept:
            reasons = {**said.get("reasons", {}), **kept}
            result["states"] = {**result.get("states", {}), state: {**said, "reasons": reasons}}
    return kept_names(layer, earlier, result, ("former_names", "retired_names"))


def fields_becoming(layer: Layer, three: tuple[Raw, Raw | None, Raw]) -> Raw | None:
    """A record type's fields; None if it says nothing of any."""
    had, says, below = three
    result: dict[str, Any] = {}
    for name, said in (says or {}).items():
        if said is None:
            result[name] = None
            continue
        document = {**field_defaults(layer, name, said), **said} if name not in below else dict(said)
        before = had.get(name, {})
        if kept := retired_parts(before, document, below.get(name, {}), "options"):
            options = document.get("options", {})
            document["options"] = {**options, **kept} if isinstance(options, Mapping) else options
        result[name] = kept_names(layer, before, document, ("former_names", "inverse_former_names"))
    for name, before in had.items():
        if name not in result:
            if name not in below:
                result[name] = {**before, "retired": True}
            elif kept := retired_parts(before, {}, below[name], "options"):
                result[name] = {"options": kept}
    return result if result or says is not None else None


def set_becoming(layer: Layer, name: str, three: Three, codes: Iterator[int]) -> Raw:
    """A shared option set's document; one that the file no longer has stays for the rows that have its codes."""
    had, says, below = three
    if says is None and below is None and had is not None:
        return had
    result = dict(says or {})
    if below is None:
        result = {"name": name, **set_defaults(layer, name), **result}
    if kept := retired_parts(had or {}, result, below or {}, "options"):
        result["options"] = {**result.get("options", {}), **kept}
    return result


def retired_parts(had: Raw, says: Raw, below: Raw, table: str) -> dict[str, Any]:
    """The options that the layer brought and that the file no longer has: rows may have them."""
    before, now, under = (d.get(table) for d in (had, says, below))
    if not isinstance(before, Mapping):
        return {}
    others = {*(now if isinstance(now, Mapping) else ()), *(under if isinstance(under, Mapping) else ())}
    return {n: {**o, "retired": True} for n, o in before.items() if n not in others and o is not None}


def kept_names(layer: Layer, had: Raw, made: dict[str, Any], keys: tuple[str, ...]) -> Raw:
    """What publishing noted among the administrators' own changes, which no file takes away."""
    if layer.name == LOCAL:
        for key in keys:
            if before := had.get(key):
                made[key] = [*before, *(n for n in made.get(key, ()) if n not in before)]
    return made


# --- versions and requirements ----------------------------------------------------------------------------------------


def version_of(text: str) -> tuple[int, ...]:
    """`1.2.0` → (1, 2): versions that are the same are equal."""
    numbers = [int(n) for n in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def conditions(text: str) -> list[tuple[str, tuple[int, ...]]] | None:
    """`>=1,<2` → its parts, None if it is no such thing."""
    found = [CONDITION.fullmatch(part.strip()) for part in text.split(",")]
    return [(f[1], version_of(f[2])) for f in found if f] if all(found) else None


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version is one of those that are wanted."""
    mine = version_of(version)
    meets = {">=": mine.__ge__, "<=": mine.__le__, "==": mine.__eq__, ">": mine.__gt__, "<": mine.__lt__}
    return all(meets[sign](other) for sign, other in conditions(wanted) or ())


def installed(state: State) -> dict[str, Layer]:
    """The packages in force; of one that was removed only what it had brought is left, retired."""
    return {x.name: x for x in state.layers if x.about.get(VERSION) and not x.about.get(REMOVED)}


def arranged(state: State) -> State:
    """The same layers with each above those that it requires; the administrators' own stay above all."""
    known = {x.name: x for x in state.layers}
    placed: dict[str, Layer] = {}

    def place(layer: Layer, within: tuple[str, ...] = ()) -> None:
        for name in layer.about.get(REQUIRES, ()):
            if name in known and name not in within:
                place(known[name], (*within, layer.name))
        placed.setdefault(layer.name, layer)

    for each in state.layers:
        if each.name != LOCAL:
            place(each)
    return State(state.revision, (*placed.values(), *(x for x in state.layers if x.name == LOCAL)))
