"""What a misspelt name may have meant (“Did you mean …?”), found among thousands of names in little time.

The library compares a name with every other one letter by letter: with all types of a model that takes longer than
most queries, and a document may have a hundred such names. Here only those that share most pairs of letters are
compared, and of a document only so many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from heapq import nlargest
from importlib import import_module
from itertools import pairwise

from graphql.pyutils import suggestion_list
from graphql.type import definition
from graphql.validation.rules import fields_on_correct_type, known_argument_names, known_type_names

from crmgraph.metadata.former import Former

LONGEST = 100  # letters; no name of ours is longer
COMPARED = 20  # names that are compared letter by letter
LOOKED_AT = 20_000  # names for one document: some 50 ms

LEFT: ContextVar[list[int] | None] = ContextVar("names that may still be looked at", default=None)


@contextmanager
def few_suggestions() -> Iterator[None]:
    """What is refused inside has suggestions until enough names were looked at."""
    token = LEFT.set([LOOKED_AT])
    try:
        yield
    finally:
        LEFT.reset(token)


@lru_cache(20_000)
def pairs(name: str) -> frozenset[str]:
    """The pairs of letters that follow each other."""
    small = name.lower()
    return frozenset(map("".join, pairwise(small)))


def suggestions(name: str, options: Collection[str]) -> list[str]:
    """The names that are most like one, the best first."""
    left = LEFT.get()
    if left is not None:
        left[0] -= len(options)
        if left[0] < 0:
            return []
    if len(name) > LONGEST:
        return []
    if len(options) > COMPARED:
        own = pairs(name)
        options = nlargest(COMPARED, options, key=lambda o: len(own & pairs(o)) / (len(own | pairs(o)) or 1))
    return of_today(suggestion_list(name, options))


def of_today(names: Iterable[str]) -> list[str]:
    """Names as they are now, each once: nobody is told to use a former one."""
    return list(dict.fromkeys(n.now if isinstance(n, Former) else n for n in names))


VALUES = import_module("graphql.utilities.validate_input_value")  # the package has a function of the same name

for module in (definition, VALUES, fields_on_correct_type, known_argument_names, known_type_names):
    setattr(module, "suggestion_list", suggestions)  # noqa: B010
