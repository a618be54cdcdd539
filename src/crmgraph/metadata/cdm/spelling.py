"""Names of the Common Data Model → names as crmgraph writes them: `accountcategorycode` → `account_category`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from crmgraph.metadata.cdm.reading import LANGUAGE, Attribute, Entity, Texts
from crmgraph.metadata.words import LocalizedText

PIECE = re.compile(r"[a-z]+|[0-9]+")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
GLUE = frozenset({"id", "of", "to", "by", "is", "on", "in", "at", "or", "url", "code", "type", "line", "date", "name"})
KEYWORDS = frozenset({"true", "false", "null"})  # what GraphQL has for itself
UNCOUNTABLE = frozenset({"equipment", "feedback", "literature", "information"})
SHORT, ELSEWHERE = 3, 2
UNKNOWN, LETTER, SINGLE = 40, 2, 90


def squashed(name: str) -> str:
    """A name without what divides its words."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Vocabulary:
    """The words that names are made of: those of an entity's own labels count more than those of the others'."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        listed = list(entities)
        self.own = {e.name: frozenset(w for a in e.attributes for w in words(a.label)) for e in listed}
        self.all = GLUE.union(*self.own.values())

    def name(self, entity: Entity, name: str, label: Texts) -> str:
        """`numberofemployees` → `number_of_employees`: as few words as can be, best those of its label."""
        nearest = GLUE | frozenset(words(label))
        known = nearest | self.own.get(entity.name, frozenset())
        pieces = [p for part in name.lower().split("_") for p in PIECE.findall(part)]
        found = [w for p in pieces for w in ([p] if p.isdigit() else divided(p, nearest, known, self.all))]
        return "_".join(found)


def words(label: Texts) -> list[str]:
    """The words of a label in English, in small letters; single letters are none."""
    return [w for w in re.findall(r"[a-z]+", label.get(LANGUAGE, "").lower()) if len(w) > 1]


@lru_cache(20_000)
def divided(text: str, nearest: frozenset[str], known: frozenset[str], others: frozenset[str]) -> tuple[str, ...]:
    """Letters as words; what is no word stays together with what stands before it."""
    best: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for end in range(1, len(text) + 1):
        options = []
        for start in range(max(0, end - 24), end):
            word = text[start:end]
            cost, before = best[start]
            options.append((cost + price(word, nearest, known, others), (*before, word)))
        best.append(min(options))
    return best[-1][1]


def price(word: str, nearest: frozenset[str], known: frozenset[str], others: frozenset[str]) -> int:
    """What a word costs a name: those of the label least, letters that are no word most."""
    if word in nearest:
        return 10
    if word in known and len(word) >= SHORT:
        return 12
    if word in others and len(word) > SHORT:
        return 12 + ELSEWHERE
    return SINGLE if len(word) == 1 else UNKNOWN + LETTER * len(word)


def type_name(words: str) -> str:
    """`KnowledgeArticleViews` → `knowledge_article_view`."""
    parts = [w.lower() for w in WORD.findall(words)]
    return "_".join([*parts[:-1], singular(parts[-1])])


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "ches", "shes")) and not word.endswith("ases"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def plural(word: str) -> str:
    """The plural of a name or a label, in English."""
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def plural_text(text: str) -> str:
    """The plural of a label in English, as it is where it is one or has none."""
    last = re.split(r"\W", text)[-1]
    lowered = last.lower()
    return text if not last or lowered in UNCOUNTABLE or singular(lowered) != lowered else plural(text)


def localized(texts: Texts, name: str = "") -> list[LocalizedText]:
    """A label; one that is missing is made of the name. Braces are no slots."""
    given = texts or {LANGUAGE: name.replace("_", " ").capitalize()}
    return [LocalizedText(x, t.replace("{", "{{").replace("}", "}}")) for x, t in given.items()]


def option_names(labels: Mapping[int, Texts]) -> dict[int, str]:
    """Names of options by their codes: words of their labels, each once."""
    found: dict[int, str] = {}
    for code, label in labels.items():
        name = "_".join(re.findall(r"[a-z0-9]+", label.get(LANGUAGE, "").lower()))[:40].strip("_")
        if not name[:1].isalpha() or name in KEYWORDS:
            name = f"option_{name}" if name else f"option_{str(code).replace('-', 'minus_')}"
        if name in found.values():
            name = f"{name}_{str(code).replace('-', 'minus_')}"
        found[code] = name
    return found


def field_name(vocabulary: Vocabulary, entity: Entity, attribute: Attribute, ending: str, most: int) -> str:
    """The name of a field: without the ending that tells its kind, no longer than may be."""
    made = vocabulary.name(entity, attribute.name.removesuffix(ending), attribute.label)
    if len(made) > most:
        made = made.replace("_", "")[:most]
    return made if made[:1].isalpha() else f"field_{made}"[:most]
