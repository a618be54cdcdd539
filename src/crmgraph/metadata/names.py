"""Names between the registry (snake_case) and GraphQL (camelCase, PascalCase)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

RESERVED_FIELDS = frozenset({"and", "or", "not", "id", "node_id", "first", "last", "nodes", "edges"})


CUSTOM = "x_"  # storage names of what administrators made begin with it


def public(name: str) -> str:
    """A storage name without the mark of customizations: `x_site_visit` → `site_visit`."""
    return name.removeprefix(CUSTOM)


@lru_cache(10_000)
def camel(name: str) -> str:
    """`created_on` → `createdOn`."""
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), name)


def pascal(name: str) -> str:
    """`phone_call` → `PhoneCall`."""
    joined = camel(name)
    return joined[:1].upper() + joined[1:]


def did_you_mean(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that look like the one that was not found."""
    return get_close_matches(name, list(known), n=3, cutoff=0.6)
