"""Documents in the words of the model's files → TOML that people like to read; `tomli` reads it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

SECTIONS = frozenset(
    {"types", "choices", "fields", "states", "rules", "views", "lists", "warnings", "duplicates"}
)  # each thing in them has a section
LINES = frozenset({"options", "reasons", "forms"})  # a section, each thing in them has a line
BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: Mapping[str, Any]) -> str:
    """A document as TOML: the same text for the same document, whatever has written it before."""
    return "\n".join(section(document, ())).strip("\n") + "\n"


def section(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """The lines of a table: its own values first, then the tables in it."""
    within = {k: v for k, v in table.items() if is_section(k, v, path)}
    own = {k: v for k, v in table.items() if k not in within}
    if path and (own or not within):
        yield f"\n[{'.'.join(map(key, path))}]"
    for name, value in own.items():
        yield f"{key(name)} = {inline(value)}"
    for name, value in within.items():
        yield from section(value, (*path, name))


def is_section(name: str, value: Any, path: tuple[str, ...]) -> bool:
    """Whether a value stands under a heading of its own."""
    if not isinstance(value, Mapping) or (path and path[-1] in LINES):
        return False
    return not path or name in SECTIONS or name in LINES or path[-1] in SECTIONS


def key(name: str) -> str:
    return name if BARE.fullmatch(name) else text(name)


def text(value: str) -> str:
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        parts = ", ".join(f"{key(k)} = {inline(v)}" for k, v in value.items())
        return f"{{ {parts} }}" if parts else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"TOML has no {type(value).__name__}")
