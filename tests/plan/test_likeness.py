"""The forms in which texts are compared, and that nothing which is similar enough is missed."""

from __future__ import annotations

import random

import pytest

from crmgraph.plan.likeness import digits, domain, folded, similarity, telling, trigrams, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("Łukasz  NOWAK", "lukasz nowak"), ("Ångström", "angstrom"), ("Straße", "STRASSE"), ("a b", "AB")],
)
def test_accents_case_and_blanks_are_ignored(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_folded_texts_that_differ_stay_different() -> None:
    assert folded("Nowak") != folded("Nowack")


@pytest.mark.parametrize(
    "text", ["+49 30 123456-78", "0049 (30) 12345678", "030/12345678", "030 12345678 ext. 12", "٠٣٠ ١٢٣٤٥٦٧٨"]
)
def test_a_phone_number_is_the_same_with_and_without_its_country(text: str) -> None:
    assert digits(text, 9) == "012345678"


def test_phone_numbers_that_are_too_short_say_nothing() -> None:
    assert (digits("112", 9), digits("no number", 9), digits("12345", 9)) == ("", "", "12345")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna@Firm.Example", "firm.example"), ("https://www.firm.example:8080/a?b=@c", "firm.example"),
        ("www.firm.example", "firm.example"), ("firm.example/page", "firm.example"),
        ("info@münchen.example", "xn--mnchen-3ya.example"), ("http://[broken", ""), ("", ""),
    ],
)  # fmt: skip
def test_domains(text: str, expected: str) -> None:
    assert domain(text) == expected


def test_similarity_is_the_share_of_trigrams() -> None:
    assert trigrams("anna") == {"  a", " an", "ann", "nna", "na "}
    assert similarity(words_of("Meyer, Anna"), words_of("anna MEYER")) == 100
    assert similarity("abc", "xyz") == 0
    assert 60 <= similarity(words_of("Jon Smith"), words_of("John Smith")) < 100


def test_whoever_is_similar_has_a_telling_trigram_in_common() -> None:
    """However texts differ: two that are similar enough share one of the trigrams that are kept of them."""
    dice = random.Random(6)
    names = [" ".join("".join(dice.choices("aeinrstł ó", k=6)) for _ in range(2)) for _ in range(150)]
    for threshold in (30, 60, 85, 100):
        kept = {name: set(telling(words_of(name), threshold)) for name in names}
        found = 0
        for one in names:
            changed = list(one)
            changed[dice.randrange(len(changed))] = dice.choice("aeiou")
            kept["".join(changed)] = set(telling(words_of("".join(changed)), threshold))
            for other in (*names[:40], "".join(changed)):
                if similarity(words_of(one), words_of(other)) >= threshold and words_of(one):
                    found += 1
                    assert kept[one] & kept[other], (threshold, one, other)
        assert found > 20
