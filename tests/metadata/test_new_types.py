"""New record types: the states and status reasons that they are given, and those that they get anyway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmgraph.errors import message
from crmgraph.metadata.bench import Bench, Refused
from crmgraph.metadata.model import LOCAL, State, registry_of, shipped_documents
from crmgraph.metadata.types import RecordType
from crmgraph.metadata.vocabulary import apply_all, command_from_words

TOY = Path(__file__).parents[1] / "toy"


def bench() -> Bench:
    return Bench(shipped_documents(TOY), State(1), LOCAL)


def made(**more: Any) -> RecordType:
    """A new record type of the toy model."""
    on = bench()
    words = {"add_record_type": {"name": "crate", "label": {"en": "Crate"}, **more}}
    assert apply_all(on, [command_from_words(words)]) == []
    return registry_of(on.model, 2).type("x_crate")


def states(found: RecordType) -> list[tuple[str, int, list[tuple[str, int]]]]:
    return [(s.name, s.code, [(r.name, r.code) for r in s.reasons]) for s in found.states]


def named(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": n, "label": {"en": n}, **more} for n in names]


def test_states_are_active_and_inactive_unless_others_are_named() -> None:
    assert [s[:2] for s in states(made())] == [("active", 0), ("inactive", 1)]
    shut = states(made(states=[*named("open"), *named("shut", code=0), *named("lost")]))
    assert [s[:2] for s in shut] == [("open", 1), ("shut", 0), ("lost", 2)]
    assert [[r[0] for r in s[2]] for s in shut] == [["open"], ["shut"], ["lost"]]


def test_named_reasons_stand_in_place_of_those_that_it_would_have() -> None:
    reasons = [*named("full", state="active", code=1), *named("half", state="active", code=7)]
    assert states(made(status_reasons=reasons)) == [
        ("active", 0, [("full", 1), ("half", 7)]),
        ("inactive", 1, [("inactive", 2)]),
    ]


@pytest.mark.parametrize(
    ("given", "place", "code"),
    [
        (named("open", "open"), ("states", 1, "name"), "NAME_TAKEN"),
        (named("open", "shut", code=3), ("states", 1, "code"), "CODE_TAKEN"),
        (named("Not so"), ("states", 0, "name"), "WRONG_NAME"),
    ],
)
def test_wrong_states_are_refused(given: Any, place: tuple[Any, ...], code: str) -> None:
    words = {"add_record_type": {"name": "crate", "label": {"en": "Crate"}, "states": given}}
    (problem,) = apply_all(bench(), [command_from_words(words)])
    assert (problem.path, problem.code) == (("changes", 0, "add_record_type", *place), code)


@pytest.mark.parametrize(
    ("part", "value", "kind"),
    [
        ("length", 3_000_000_000, "whole number"),
        ("length", True, "whole number"),
        ("searchable", "yes", "true or false"),
        ("format", "email\0", None),
        ("default", [2**63], "64 bits"),
        ("default", {"a": "\0"}, "null characters"),
        ("api_name", "a\0", "null character"),
    ],
)
def test_values_that_the_catalog_cannot_keep_are_refused_at_their_place(part: str, value: object, kind: str) -> None:
    field = {"name": "a", "type": "text", "label": {"en": "A"}, part: value}
    with pytest.raises(Refused) as caught:
        command_from_words({"add_field": {"type": "firm", "field": field}})
    problem = caught.value.problem
    assert problem.path == ("add_field", "field", part)
    assert kind is None or kind in message(problem.key, "en", problem.data)
