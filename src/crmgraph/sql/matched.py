"""Lists of duplicates as SQL: what was found beside the statement, as far as the caller may see the records."""

from __future__ import annotations

from crmgraph.plan.match_node import Matches, MatchFact, MatchRecord
from crmgraph.plan.tree import Const, ToNode
from crmgraph.sql.compile import any_of_id
from crmgraph.sql.scope import Build
from crmgraph.sql.types import POSTGRESQL

TEXTS, NUMBERS = ("of", "rule", "label", "message"), ("score",)


def matches_text(build: Build, found: Matches) -> str:
    """The list; null if it is about a record that may not be seen."""
    phrases, alias = build.phrases, build.alias("m")
    pairs = []
    for key, part in found.entries:
        match part:
            case MatchRecord(cases):
                pairs.append((key, any_of_id(build, ToNode(found.given, cases), f"{alias}.id")))
            case MatchFact(name):
                pairs.append((key, f"{alias}.{column(name)}"))
            case Const(json):
                pairs.append((key, phrases.const(json)))
    tail = f"FROM {listed(build, found)} {alias}"
    if not pairs:
        pairs = [("", phrases.const("null"))]
    text = phrases.many(pairs, tail)
    if found.subject is None:
        return text
    subject = build.parameter(found.subject)
    visible = any_of_id(build, ToNode(found.given, found.seen), subject)
    return f"CASE WHEN {subject} IS NULL OR {visible} IS NOT NULL THEN {text} END"


def column(name: str) -> str:
    """A name that means nothing to SQL."""
    return f"its_{name}"


def listed(build: Build, found: Matches) -> str:
    """The rows of the list whose records may be seen, in its order."""
    given, alias = build.parameter(found.given), build.alias("g")
    if build.phrases.name == POSTGRESQL:
        source, number = f"json_array_elements({given}) WITH ORDINALITY {alias}(v, n)", f"{alias}.n"
        texts = [f"({alias}.v ->> '{n}') AS {column(n)}" for n in TEXTS]
        numbers = [f"CAST({alias}.v ->> '{n}' AS integer) AS {column(n)}" for n in NUMBERS]
        id = f"CAST({alias}.v ->> 'id' AS uuid)"
    else:
        source, number = f"json_each({given}) {alias}", f"{alias}.key"
        texts = [f"json_extract({alias}.value, '$.{n}') AS {column(n)}" for n in (*TEXTS, *NUMBERS)]
        numbers, id = [], f"json_extract({alias}.value, '$.id')"
    inner = f"(SELECT {number} AS n, {id} AS id, {', '.join([*texts, *numbers])} FROM {source})"
    row = build.alias("l")
    visible = any_of_id(build, ToNode(found.given, found.seen), f"{row}.id")
    page = ""
    if found.first is not None and found.offset is not None:
        page = f" LIMIT {build.parameter(found.first)} OFFSET {build.parameter(found.offset)}"
    return f"(SELECT {row}.* FROM {inner} {row} WHERE {visible} IS NOT NULL ORDER BY {row}.n{page})"
