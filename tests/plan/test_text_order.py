"""Sort keys and folding: how text is ordered and compared, alike in Python and on every database."""

from __future__ import annotations

import pytest

from crmgraph.plan.text import fold, joined_key, plain, sort_key, word_levels

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


def test_a_text_has_the_key_of_its_letters_whatever_its_words() -> None:
    odd = ["Łódź", "Ala", "", "\u0301x", "\u0344", "é\u0301", "가", "ﬁ", "İ", "ß", "X" * 50 + "é", "a\u00a0b"]
    texts = [f"{a} {b} {c}" for a in odd for b in odd for c in odd]
    beyond = [t for t in texts if not t.isascii()]
    assert [t for t in beyond if sort_key(t) != joined_key(*word_levels(t)[:3])] == []
    assert sort_key("\u0301 x") != sort_key(" \u0301x"), "an accent stands where it is"


def test_folding_is_letter_by_letter() -> None:
    assert fold("MÜLLER & SÖHNE ΩЖŁ") == "müller & söhne ωжł"
    assert [len(fold(c)) for c in "İẞŉ"] == [1, 1, 1], "a letter stays one letter, as PostgreSQL's lower() does"
