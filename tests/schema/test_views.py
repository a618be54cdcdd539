"""Saved views: lists that people know by name, by API and as files."""

from __future__ import annotations

from typing import Any

import pytest
from customized import changed_toy, words
from graph import Both, uid

from crmgraph.errors import MetadataFault, RequestError
from crmgraph.exporting.formats import FORMATS, Options
from crmgraph.exporting.run import export
from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows
from crmgraph.schema.resolve import Request

OLD = '{title: {in: ["Roof", "Door", "Window", "Wall", "Gate"]}}'


def titles(found: Any) -> list[str]:
    return [n["title"] for n in found["deals"]["nodes"]]


def test_a_view_chooses_and_orders(customized: Both) -> None:
    """Open deals of hot and cold firms: of Łódź (Window) and Ängström (Door, Gate; Roof is won)."""
    found = customized.ask(f"{{ deals(view: OPEN_BY_FIRM, where: {OLD}) {{ totalCount nodes {{ title }} }} }}")
    assert titles(found) == ["Window", "Door", "Gate"] and found["deals"]["totalCount"] == 3
    document = (
        f"query($v: DealView) {{ deals(view: $v, where: {OLD}, orderBy: [{{title: DESC}}]) {{ nodes {{ title }} }} }}"
    )
    assert titles(customized.ask(document, {"v": "OPEN_BY_FIRM"})) == ["Window", "Gate", "Door"]
    assert titles(customized.ask(document, {"v": "DEAR"})) == ["Door"]
    assert len(titles(customized.ask(document, {"v": None}))) == 5


def test_views_in_relations_pages_and_lists_of_kinds(customized: Both) -> None:
    document = """query($id: ID!, $after: String) { firm(id: $id) { deals(view: OPEN_BY_FIRM, first: 1, after: $after) {
      nodes { title } pageInfo { hasNextPage endCursor } } } }"""
    page = customized.ask(document, {"id": uid(101)})["firm"]["deals"]
    assert [n["title"] for n in page["nodes"]] == ["Door"] and page["pageInfo"]["hasNextPage"]
    page = customized.ask(document, {"id": uid(101), "after": page["pageInfo"]["endCursor"]})["firm"]["deals"]
    assert [n["title"] for n in page["nodes"]] == ["Gate"] and not page["pageInfo"]["hasNextPage"]
    found = customized.ask('{ happenings(view: LONG, where: {subject: {startsWith: "Visit"}}) { nodes { subject } } }')
    assert found["happenings"]["nodes"] == [{"subject": "Visit A"}]
    figures = customized.ask(f"{{ deals(view: OPEN_BY_FIRM, where: {OLD}) {{ aggregate {{ count }} }} }}")
    assert figures["deals"]["aggregate"]["count"] == 3


def test_only_types_with_views_take_one(customized: Both) -> None:
    query = customized.graphs[0].edition.schema.query_type
    assert query is not None
    assert "view" in query.fields["deals"].args and "view" not in query.fields["firms"].args
    code, message = customized.error("{ deals(view: OPEN_BY_FIRMS) { totalCount } }")
    assert code == "GRAPHQL_VALIDATION_FAILED" and "OPEN_BY_FIRM" in message


def test_metadata_tells_views_and_rules(customized: Both) -> None:
    """`where` and `orderBy` are what a client can send."""
    asked = "views { name label columns { path label } where orderBy } rules { name message }"
    found = customized.calling(locale="pl").ask(f'{{ metadata {{ type(name: "Deal") {{ {asked} }} }} }}', None, 0)
    view, dear = found["metadata"]["type"]["views"]
    assert (view["name"], view["label"]) == ("OPEN_BY_FIRM", "Open deals by firm (pl)")
    assert view["columns"][:2] == [
        {"path": "title", "label": "Tytuł"},
        {"path": "firm.name", "label": "Firma.Nazwa"},
    ]
    assert view["where"] == {"state": {"eq": "OPEN"}, "firm": {"warmth": {"in": ["HOT", "COLD"]}}}
    assert view["orderBy"] == [{"firm": {"name": "DESC"}}, {"title": "ASC"}]
    assert dear["where"] == {"amount": {"gte": "50"}, "buyer": {"firm": {"number": {"eq": "F-3"}}}}
    assert found["metadata"]["type"]["rules"][0] == {"name": "no_refund", "message": "No amount below zero. (pl)"}
    document = (
        "query($where: DealWhere, $order: [DealOrderBy!]) { deals(where: $where, orderBy: $order) { nodes { title } } }"
    )
    one = titles(customized.ask(document, {"where": view["where"], "order": view["orderBy"]}))
    assert one == titles(customized.ask("{ deals(view: OPEN_BY_FIRM) { nodes { title } } }"))


def exported(world: Both, wish: Wish, shape: Shape, options: Options | None = None) -> str:
    made = set()
    for graph in world.graphs:
        document, variables = document_of(graph.edition, wish)
        made.add(sent(world, document, variables, shape, options))
    assert len(made) == 1
    return made.pop()


def sent(world: Both, document: str, variables: Any, shape: Shape, options: Options | None = None) -> str:
    """A CSV file, the same from both databases."""
    made = set()
    for graph in world.graphs:

        async def work(graph: Any = graph) -> bytes:
            extract = extract_rows(graph.edition, Request(document, None, variables, world.caller, False), shape)
            stream = export(graph.database, extract, FORMATS["csv"], options or Options())
            return b"".join([piece async for piece in stream])

        made.add(graph.run(work()).decode())
    assert len(made) == 1
    return made.pop()


def test_a_file_has_the_columns_of_the_view_in_their_order(customized: Both) -> None:
    wish = Wish("deal", where=OLD, view="open_by_firm")
    lines = exported(customized, wish, Shape(of_view=True)).splitlines()
    assert lines[0] == "title,firm.name,amount,firm.displayName,firm.warmth,buyer.displayName"
    assert lines[1:] == [
        "Window,Łódź,10.10,Łódź,HOT,Ängström",
        "Door,Ängström,99.99,Ängström,HOT,Łódź",
        "Gate,Ängström,,Ängström,HOT,",
    ]
    shape = Shape(labels=True, locale="de", of_view=True)
    labelled = exported(customized, wish, shape, Options(headers=True, locale="de")).splitlines()
    assert labelled[0] == "Titel,Firma.Name,Betrag,Firma,Firma.Wärme,Käufer"
    assert labelled[1] == "Window,Łódź,10.10,Łódź,Heiß,Ängström"


def test_chosen_fields_and_selected_columns(customized: Both) -> None:
    wish = Wish("deal", ("title",), OLD, "[{title: ASC}]", "OPEN_BY_FIRM")
    assert exported(customized, wish, Shape()).split() == ["title", "Door", "Gate", "Window"]
    document = f"query($v: DealView) {{ deals(view: $v, where: {OLD}) {{ nodes {{ id }} }} }}"
    made = sent(customized, document, {"v": "DEAR"}, Shape(of_view=True))
    assert made.split() == ["title", "Door"]


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ("{ deals { nodes { id } } }", "export_without_view"),
        ("{ a: deals(view: DEAR) { nodes { id } } b: deals { nodes { id } } }", "export_not_a_list"),
        ("{ metadata { revision } }", "export_not_a_list"),
    ],
)
def test_no_columns_of_a_view(customized: Both, document: str, key: str) -> None:
    with pytest.raises(RequestError) as refused:
        sent(customized, document, {}, Shape(of_view=True))
    assert refused.value.key == key


def test_an_unknown_view(customized: Both) -> None:
    with pytest.raises(RequestError) as refused:
        document_of(customized.graphs[0].edition, Wish("deal", view="mine"))
    assert refused.value.key == "export_unknown_view" and "open_by_firm" in refused.value.text("en")


@pytest.mark.parametrize(
    ("view", "key"),
    [
        ({"columns": []}, "view_no_columns"),
        ({"columns": ["titel"]}, "view_unknown_name"),
        ({"columns": ["firm.head.full"]}, "view_unknown_name"),
        ({"columns": ["buyer.name"]}, "view_not_a_path"),
        ({"columns": ["title"], "order_by": [{"firm": "asc"}]}, "view_not_ordered"),
        ({"columns": ["title"], "order_by": [{"title": "up"}]}, "view_unknown_direction"),
        ({"columns": ["title"], "where": {"sum": {"eq": 1}}}, "where_unknown_name"),
    ],
)
def test_wrong_views_are_told(view: dict[str, Any], key: str) -> None:
    with pytest.raises(MetadataFault) as refused:
        changed_toy({"deal": {"views": {"wrong": {"label": words("Wrong"), **view}}}})
    assert refused.value.key == key
    assert all(refused.value.text(x) for x in ("en", "es", "de", "pl"))


def test_two_views_of_a_name() -> None:
    views = {n: {"label": words(n), "columns": ["title"], "api_name": "SAME"} for n in ("one", "two")}
    with pytest.raises(MetadataFault) as refused:
        changed_toy({"deal": {"views": views}})
    assert refused.value.key == "view_name_taken"
