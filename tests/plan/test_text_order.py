"""Sort keys and folding: how text is ordered and compared, alike in Python and on every database."""

from __future__ import annotations

import pytest

from crmgraph.plan.text import fold, plain, sort_key

PEOPLES_ORDER = ["angel", "Ängström", "Lodz", "Łódź", "nandu", "ñandú", "Zebra"]


def test_peoples_order() -> None:
    found = PEOPLES_ORDER[::-1]
    found.sort(key=sort_key)
    assert found == PEOPLES_ORDER


@pytest.mark.parametrize(
    "ordered",
    [
        ["", "a", "A", "á", "Á", "ab", "b"],
        ["resume", "Resume", "resumé", "résumé", "Résumé", "resumes"],
        ["ss", "ß", "st"],
        ["cote", "coté", "côte", "côté"],
        ["Z", "zz", "ω"],
        ["a1", "a2", "aa"],
    ],
)
def test_letters_first_then_accents_then_case(ordered: list[str]) -> None:
    found = ordered[::-1]
    found.sort(key=sort_key)
    assert found == ordered


def test_different_texts_have_different_keys() -> None:
    texts = ["a", "A", "á", "à", "Á", "aa", "ß", "ss", "l", "ł", "Ł", "o", "ø", "ó", "ąb", "aḅ", "İ", "i", "ı"]
    assert len({sort_key(t) for t in texts}) == len(texts)


def test_composition_makes_no_difference_to_letters() -> None:
    assert (
        plain("Müller") == plain("Mu\u0308ller") == "muller"
        and plain("ŁÓDŹ") == "lodz"
        and plain("Straße") == "strasse"
    )


def test_folding_is_letter_by_letter() -> None:
    assert fold("MÜLLER & SÖHNE ΩЖŁ") == "müller & söhne ωжł"
    assert [len(fold(c)) for c in "İẞŉ"] == [1, 1, 1], "a letter stays one letter, as PostgreSQL's lower() does"
