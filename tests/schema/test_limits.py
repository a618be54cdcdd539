"""What asks for too much is refused before anything costly is done with it, naming the setting and both figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from graph import Both, Graph, uid

from crmgraph.plan.context import Limits
from crmgraph.schema import documents
from crmgraph.schema.edition import Edition
from crmgraph.settings import Settings

LOCALES = ("en", "es", "de", "pl")
FEW = Limits(
    max_document_characters=500, max_tokens=60, max_depth=4, max_fields=12, max_aliases=3, max_directives=2,
    max_root_fields=4, max_input_depth=6, max_list_length=5,
)  # fmt: skip
LISTED = "query ($where: FirmWhere) { firms(where: $where) { totalCount } }"


def bomb(links: int) -> str:
    """A document in which each fragment spreads the next one twice."""
    chain = " ".join(f"fragment F{i} on Firm{{a:parent{{...F{i + 1}}}parent{{...F{i + 1}}}}}" for i in range(links))
    return f"{{firms{{nodes{{...F0}}}}}} {chain} fragment F{links} on Firm{{id}}"


def negated(levels: int) -> dict[str, Any]:
    where: dict[str, Any] = {"name": {"eq": "x"}}
    for _ in range(levels):
        where = {"not": where}
    return where


def limited(both: Both, limits: Limits) -> Both:
    """The same databases with other limits and no document known yet."""
    return replace(both, graphs=tuple(relimited(g, limits) for g in both.graphs))


def relimited(graph: Graph, limits: Limits) -> Graph:
    old = graph.edition
    edition = Edition(old.registry, old.tables, old.view, old.schema, old.phrases, limits)
    return Graph(graph.database, edition, graph.run)


def test_settings_and_limits_have_the_same_defaults() -> None:
    settings, limits = Settings(), Limits()
    assert {n: getattr(settings, n) for n in Limits.__slots__} == {n: getattr(limits, n) for n in Limits.__slots__}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("document", "variables", "setting", "found"),
    [
        ("{ me { id } }" + " " * 500, None, "max_document_characters", 513),
        ("{ me {" + " id" * 60 + " } }", None, "max_tokens", None),
        ("{ firms { nodes { parent { parent { id } } } } }", None, "max_depth", 5),
        ("{ firms { nodes { ...F } } } fragment F on Firm { parent { parent { id } } }", None, "max_depth", 5),
        ("{ me {" + " id" * 12 + " } }", None, "max_fields", 13),
        ("{ a: me { ...F } b: me { ...F } } fragment F on User { c: id d: id }", None, "max_aliases", 6),
        ("{ me { id @skip(if: false) ... @skip(if: false) { version @skip(if: true) } } }", None, "max_directives", 3),
        ("{ ...F ... { me { version } } } fragment F on Query { me { id } me { id } me { id } me { id } }",
         None, "max_root_fields", 5),
        ("{ firms(where: {not: {not: {not: {not: {not: {name: {eq: 1}}}}}}}) { totalCount } }", None,
         "max_input_depth", None),
        (LISTED, {"where": negated(5)}, "max_input_depth", None),
        (LISTED, {"where": {"id": {"in": [uid(i) for i in range(6)]}}}, "max_list_length", 6),
    ],
)  # fmt: skip
def test_each_limit(
    both: Both, document: str, variables: dict[str, Any] | None, setting: str, found: int | None, locale: str
) -> None:
    (error,) = limited(both, FEW).calling(locale=locale).errors(document, variables)
    limit = getattr(FEW, setting)
    code = "COST_LIMIT_EXCEEDED"
    assert error["extensions"] == {"code": code, "setting": setting, "limit": limit, "requested": found}
    assert str(limit) in error["message"] and (found is None or str(found) in error["message"])
    roomy = limited(both, replace(FEW, **{setting: found or 1_000})).graphs[0].answer(document, variables).body
    assert all(e["extensions"].get("setting") != setting for e in orjson.loads(roomy).get("errors", ()))


@pytest.mark.parametrize(
    ("document", "setting"),
    [
        (bomb(30), "max_fields"),
        ("{" + " ".join(f"a{i}:me{{id}}" for i in range(2_000)) + "}", "max_aliases"),
        ("{" + " ".join(f"a{i}:me{{id}}" for i in range(10_000)) + "}", "max_tokens"),
        ("{ me { id" + " @skip(if: true)" * 1_001 + " } }", "max_directives"),
    ],
)
def test_hostile_documents_are_not_validated(
    both: Both, document: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validation takes time that grows faster than the document: it only sees what passed the limits."""

    def validate(*_: Any, **__: Any) -> Any:
        raise AssertionError("validated")

    monkeypatch.setattr(documents, "validate", validate)
    (error,) = limited(both, Limits()).errors(document)
    assert error["extensions"]["setting"] == setting


def test_a_fragment_is_measured_once(both: Both) -> None:
    """A bomb stands for more fields than can be counted one by one; the figure is cut off."""
    chain = " ".join(f"fragment F{i} on User {{ ...F{i + 1} ...F{i + 1} }}" for i in range(900))
    (error,) = both.errors(f"{{ me {{ ...F0 }} }} {chain} fragment F900 on User {{ id }}")
    assert error["extensions"]["requested"] == 10**12


@pytest.mark.parametrize(
    "document",
    [
        "{ me { ...A } } fragment A on User { ...B } fragment B on User { id ...A }",
        "{ me { ...A } } fragment A on User { ...A ...A id }",
        "{ me { ...A ...B } } fragment A on User { id ...B ...A } fragment B on User { ...A ...B }",
    ],
)
def test_fragments_in_a_circle(both: Both, document: str) -> None:
    errors = both.errors(document)
    assert all(e["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED" for e in errors)
    assert any("within itself" in e["message"] for e in errors)


@pytest.mark.parametrize(
    ("start", "level"), [("", "{ a "), ("{ a(b: ", "["), ("{ a(b: ", "{c: "), ("query ($a: ", "[")]
)
def test_ten_thousand_levels(both: Both, start: str, level: str) -> None:
    code, message = both.error(start + level * 10_000)
    assert code == "GRAPHQL_PARSE_FAILED" and "nested too deeply" in message


def test_wrong_variables_have_twenty_errors(both: Both) -> None:
    """Each looks for names like the wrong one: twenty thousand of them would take half a minute."""
    assert len(both.errors(LISTED, {"where": {"or": [{"nme": 1}] * 20_000}})) == 21
    assert both.error(LISTED, {"where": {f"nam{i}": 1 for i in range(20_001)}})[0] == "COST_LIMIT_EXCEEDED"


def test_a_variable_of_many_levels(both: Both) -> None:
    assert both.error(LISTED, {"where": negated(900)})[0] == "COST_LIMIT_EXCEEDED"


def test_a_chain_of_fragments_is_too_involved(both: Both) -> None:
    links = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(600))
    assert both.error(f"{{ ...F0 }} {links} fragment F600 on Query {{ me {{ id }} }}")[0] == "COST_LIMIT_EXCEEDED"


def test_fields_of_one_name_are_compared_within_bounds(both: Both) -> None:
    """Each is compared with every other one: thousands of them are refused, not compared to the end."""
    document = "{ firms { nodes {" + " parent { name }" * 2_500 + " } } }"
    assert both.error(document)[0] == "COST_LIMIT_EXCEEDED"


def test_a_long_document_has_fewer_errors_and_each_is_cut_off(both: Both) -> None:
    """An error may quote the argument that it is about: a hundred such errors would be megabytes."""
    named = " ".join(f"nam{i}: 1" for i in range(4_000))
    answer = both.graphs[0].answer(f"{{ firms(where: {{ {named} }}) {{ totalCount }} }}")
    assert len(answer.body) < 100_000
    assert len(orjson.loads(answer.body)["errors"]) == 4


def test_what_stands_for_many_types_counts_for_each(both: Both) -> None:
    """A selection on a lookup to several types is planned once for each of them, and that at each level anew."""
    document = f'{{ node(id: "{uid(101)}") {{ ... on Record {{ createdBy {{ id email fullName version }} }} }} }}'
    limits = replace(FEW, max_tokens=100)
    assert limited(both, replace(limits, max_fields=200)).ask(document)
    (error,) = limited(both, limits).errors(document)
    assert error["extensions"]["setting"] == "max_fields"


def test_a_flood_of_documents_is_not_kept(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed documents are large: what is kept is bounded by their length, not only by their number."""
    fresh = limited(both, Limits())
    for i in range(30):
        fresh.ask(f"{{ me {{ id }} }} # {str(i) * 100_000}"[:100_000])
    for graph in fresh.graphs:
        kept = graph.edition.documents
        assert kept.taken == sum(len(text) for text, _ in kept.entries) <= kept.room
        assert 15 <= len(kept.entries) <= 20


def test_what_recurses_too_far_or_takes_too_much_memory_is_answered(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fault in (RecursionError, MemoryError):

        def fail(*_: Any, fault: type[Exception] = fault) -> Any:
            raise fault

        monkeypatch.setattr("crmgraph.schema.resolve.prepare", fail)
        for graph in limited(both, Limits()).graphs:
            answer = graph.answer("{ me { id } }")
            assert answer.code == "INTERNAL_SERVER_ERROR" and answer.kind == "refused"
            assert "errorId" in orjson.loads(answer.body)["errors"][0]["extensions"]


def test_lists_of_kinds_inside_each_other_are_planned_once_a_level(both: Both) -> None:
    """Kinds of which the same is asked share one plan: the work does not multiply by their number at each level."""
    inner = "id"
    for _ in range(6):
        inner = f"happenings(first: 2) {{ nodes {{ displayName regarding {{ ... on Firm {{ {inner} }} }} }} }}"
    both.ask(f"{{ firms(first: 2) {{ nodes {{ {inner} }} }} }}")
