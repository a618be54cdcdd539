"""Rows as files: the same bytes from both databases, every type's texts exact, lists and figures refused."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
import pytest
from figuring import COMPUTED, opened, with_computed
from graph import Both, uid
from outlet import exported, of_graph, refused

from crmgraph.errors import RequestError
from crmgraph.exporting import workbook
from crmgraph.exporting.formats import FORMATS, Options
from crmgraph.exporting.run import export
from crmgraph.importing.cells import converter
from crmgraph.importing.mapping import FileFormat, Rule
from crmgraph.metadata.types import LOCALES, FieldType, Label
from crmgraph.schema import exports
from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows
from crmgraph.schema.resolve import Request
from crmgraph.sql.extracts import Column, Extract

EVERYTHING = """{ firms(orderBy: [{name: ASC}]) { nodes {
  id name number revenue employees visits score warmth warmthLabel tags tagsLabel isPartner founded calledOn extras
  remarks logo { name size sha256 __typename } parent { name parent { warmth } }
  owner { __typename displayName ... on User { email } }
  currency { isoCode } access { canRead } typeLabel } } }"""
ANGSTROM = {
    "id": uid(101), "name": "Ängström", "number": "F-1", "revenue": "1000.50", "employees": "12",
    "visits": "9007199254740993", "score": "0.1250", "warmth": "HOT", "warmthLabel": "Hot", "tags": "OLD;NEW",
    "tagsLabel": "Old;New", "isPartner": "true", "founded": "1990-05-17", "calledOn": "2026-10-31T23:30:00+00:00",
    "extras": '{"b":[1,null,2.5],"a":{"ñ":"ü"}}', "remarks": 'First line\n"second" \\ line', "logo.name": "a.txt",
    "logo.size": "1", "logo.sha256": sha256(b"A").hexdigest(), "logo.__typename": "File",
    "parent.name": "", "parent.parent.warmth": "",
    "owner.__typename": "User", "owner.displayName": "Bob", "owner.email": "bob@example.com", "currency.isoCode": "EUR",
    "access.canRead": "true", "typeLabel": "Firm",
}  # fmt: skip


def table(made: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.decode(), newline="")))


def test_every_type_stands_in_csv_with_its_exact_text(both: Both) -> None:
    rows = {row["name"]: row for row in table(exported(both, EVERYTHING))}
    assert rows["Ängström"] == ANGSTROM
    assert rows["Zebra"]["calledOn"] == "2026-11-21T09:59:59.123456+00:00"
    assert (rows["Zebra"]["logo.__typename"], rows["Zebra"]["tags"], rows["Lodz"]["extras"]) == ("", "", "[]")
    assert (rows["Lodz"]["parent.name"], rows["Lodz"]["parent.parent.warmth"]) == ("angel", "HOT")


def test_csv_is_as_rfc_4180_has_it(both: Both) -> None:
    made = exported(both, '{ firms(where: {name: {eq: "Ängström"}}) { nodes { name remarks } } }')
    assert made == 'name,remarks\r\nÄngström,"First line\n""second"" \\ line"\r\n'.encode()
    other = exported(both, "{ people(orderBy: [{fullName: ASC}]) { nodes { fullName } } }", delimiter=";", bom=True)
    assert other.decode("utf-8-sig").splitlines() == [
        "fullName", "Élodie", "Erik Müller", "Jan Kowalski", "jan nowak", "Zoë Ångman",
    ] and other.startswith(b"\xef\xbb\xbf")  # fmt: skip


def test_rows_are_ordered_as_asked_else_by_id_and_all_of_them_come(both: Both) -> None:
    asked = exported(
        both, '{ firms(first: 2, offset: 1, orderBy: [{name: DESC}], where: {revenue: {gt: "0"}}) { nodes { name } } }'
    )
    assert asked.decode().split() == ["name", "ñandú", "Łódź", "Ängström", "angel"]
    by_id = table(
        exported(both, "{ firms(last: 1) { edges { cursor node { id } } pageInfo { hasNextPage } totalCount } }")
    )
    ids = [row["id"] for row in by_id]
    assert ids == sorted(ids) and len(ids) == 9


def test_labels_are_those_in_force(both: Both) -> None:
    document = """{ firms(where: {name: {eq: "Ängström"}}) { nodes {
      name firma: name warmth warmthLabel tags parent { name } } } }"""
    rows = table(exported(both, document, labels=True, headers=True, locale="de"))
    assert rows == [
        {"Name": "Ängström", "firma": "Ängström", "Wärme (warmth)": "Heiß", "Wärme (warmthLabel)": "Heiß",
         "Merkmale": "Alt;Neu", "Mutter.Name": ""}
    ]  # fmt: skip


def test_labels_with_semicolons_are_not_taken_for_several(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes out goes in again as the same options."""
    field = both.graphs[0].edition.registry.field("firm", "tags")
    assert field.options is not None
    texts = ['Old; "very"', "New ;;"]
    named = {code: Label(dict.fromkeys(LOCALES, text)) for code, text in zip((7, 5), texts, strict=True)}
    options = tuple(replace(o, label=named.get(o.code, o.label)) for o in field.options.options)
    told = tuple((o.code, o.label.text("en")) for o in options)
    monkeypatch.setattr(exports, "option_labels", lambda *_: told)
    rows = table(exported(both, '{ firms(where: {name: {eq: "Ängström"}}) { nodes { tags } } }', labels=True))
    assert rows == [{"tags": '"Old; ""very""";"New ;;"'}]
    read = converter(replace(field, options=replace(field.options, options=options)), Rule(), FileFormat())
    assert read(rows[0]["tags"]) == [7, 5] and read('"New ;;"') == [5]


def test_kinds_and_lookups_of_several_types_share_columns(both: Both) -> None:
    document = """{ happenings(orderBy: [{subject: ASC}]) { nodes { __typename subject
      regarding { __typename displayName ... on Firm { warmth } ... on Person { firm { name } } }
      ... on Visit { distance host { fullName } } ... on Ring { phoneNumber } } } }"""
    rows = {row["subject"]: row for row in table(exported(both, document))}
    assert rows["Visit A"] == {
        "__typename": "Visit", "subject": "Visit A", "regarding.__typename": "Firm",
        "regarding.displayName": "Ängström", "regarding.warmth": "HOT", "regarding.firm.name": "",
        "distance": "12.5", "host.fullName": "Zoë Ångman",
        "phoneNumber": "",
    }  # fmt: skip
    assert (
        rows["Ring B"]["regarding.firm.name"] == "Ängström" and rows["Ring B"]["regarding.displayName"] == "jan nowak"
    )
    assert rows["Ring C"]["regarding.__typename"] == "" and rows["Ring A"]["phoneNumber"] == "+46 1"


def test_json_lines_are_the_nodes_of_the_answer(both: Both) -> None:
    inner = "id name extras parent { name } people(orderBy: [{fullName: ASC}]) { totalCount nodes { fullName } }"
    made = exported(both, f"{{ firms(orderBy: [{{name: ASC}}]) {{ nodes {{ {inner} }} }} }}", "jsonl")
    answer = both.ask(f"{{ firms(orderBy: [{{name: ASC}}]) {{ nodes {{ {inner} }} }} }}")
    assert [orjson.loads(line) for line in made.splitlines()] == answer["firms"]["nodes"]
    kinds = exported(both, "{ happenings { nodes { subject ... on Visit { place } } } }", "jsonl")
    assert orjson.loads(kinds.splitlines()[0]) == {"subject": "Visit A", "place": "Lund"}
    labels = exported(both, '{ firms(where: {name: {eq: "angel"}}) { nodes { warmth tags } } }', "jsonl", labels=True)
    assert labels == b'{"warmth":"Cold","tags":["New"]}\n'


def test_nothing_found_is_a_header_alone(both: Both) -> None:
    document = '{ firms(where: {name: {eq: "none"}}) { nodes { id name } } }'
    assert exported(both, document) == b"id,name\r\n"
    assert exported(both, document, "jsonl") == b""


def test_texts_that_spreadsheets_take_for_formulas_are_marked_on_request() -> None:
    columns = (Column(("a",), (None,)), Column(("n",), (None,), FieldType.DECIMAL, 2))
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "", None]
    rows = [(text, "-5.00") for text in texts]
    written = FORMATS["csv"].writer(columns, Options(safe=True)).rows(rows).decode()
    assert [row[0] for row in csv.reader(io.StringIO(written, newline=""))] == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1", "", "",
    ]  # fmt: skip
    assert "'-5.00" not in written and written.count("-5.00") == len(rows)
    exact = FORMATS["csv"].writer(columns, Options()).rows(rows).decode()
    assert [row[0] for row in csv.reader(io.StringIO(exact, newline=""))] == [t or "" for t in texts]


@pytest.mark.parametrize(
    ("document", "format", "key"),
    [
        ("{ me { id } }", "csv", "export_not_a_list"),
        ('{ firm(id: "00000000-0000-7000-8000-000000000101") { id } }', "csv", "export_not_a_list"),
        ("{ a: firms { nodes { id } } b: firms { nodes { id } } }", "csv", "export_not_a_list"),
        ("{ firms { nodes { id } edges { node { id } } } }", "csv", "export_not_a_list"),
        ("{ firms { totalCount } }", "csv", "export_not_a_list"),
        ('{ search(text: "a") { nodes { id } } }', "csv", "export_not_a_list"),
        ("{ firms { nodes { id } aggregate { count } } }", "csv", "export_figures"),
        ("{ firms { nodes { id people { nodes { id } } } } }", "csv", "export_nested_list"),
        ("{ firms { nodes { id parent { people { nodes { id } } } } } }", "parquet", "export_nested_list"),
        ("{ firms { nodes { id @skip(if: true) } } }", "csv", "export_no_columns"),
        ("{ firms { nodes { nothing } } }", "csv", "export_refused"),
        ('mutation { createFirm(input: {name: "X"}) { firm { id } } }', "jsonl", "export_not_a_list"),
    ],
)
def test_what_is_no_list_of_rows_is_refused(both: Both, document: str, format: str, key: str) -> None:
    assert refused(both, document, format)[1] == key


def test_why_a_selection_is_refused_is_said_in_the_callers_language(both: Both) -> None:
    with pytest.raises(RequestError) as caught:
        of_graph(both.graphs[0], both, "{ firms { nodes { nothing } } }", "csv")
    assert "Die Auswahl lässt sich nicht exportieren: Der Typ „Firm“ hat kein Feld „nothing“." in caught.value.text(
        "de"
    )


def test_xlsx_has_typed_cells(both: Both) -> None:
    from openpyxl import load_workbook

    for graph in both.graphs:
        sheet = load_workbook(io.BytesIO(of_graph(graph, both, EVERYTHING, "xlsx"))).active
        names, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        found = {row[1]: dict(zip(names, row, strict=True)) for row in rows}["Ängström"]
        assert (found["revenue"], found["employees"], found["score"]) == (1000.5, 12, 0.125)
        assert found["visits"] == "9007199254740993", "a number that a cell cannot hold stays a text"
        assert (found["isPartner"], found["founded"]) == (True, datetime(1990, 5, 17))
        assert found["calledOn"] == datetime(2026, 10, 31, 23, 30)
        assert found["extras"] == '{"b":[1,null,2.5],"a":{"ñ":"ü"}}'


def test_what_is_reckoned_is_exported_as_other_fields_are(both: Both) -> None:
    asked = opened(both, with_computed(COMPUTED))
    document = """{ deals(where: {days: {gt: 200}}, orderBy: [{net: DESC}]) {
      nodes { title net late heat tag due crowd firm { openTotal } } } }"""
    assert exported(asked, document, labels=True).decode().splitlines() == [
        "title,net,late,heat,tag,due,crowd,firm.openTotal",
        "Gate,,true,Hot,GA-Ängström,2026-01-30,4,79.99",
        "Door,99.99,true,Hot,DO-Ängström,2026-05-01,4,79.99",
        "Roof,10.10,true,Hot,RO-Ängström,2026-04-30,4,79.99",
    ]
    lines = exported(asked, document, "jsonl").splitlines()
    assert orjson.loads(lines[1])["firm"] == {"openTotal": "79.99"}


def test_xlsx_tells_its_limits(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 5)
    assert refused(both, "{ firms { nodes { id } } }", "xlsx") == ("BAD_USER_INPUT", "export_too_many_rows")
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)
    monkeypatch.setattr(workbook, "LONGEST_TEXT", 5)
    assert refused(both, "{ firms { nodes { remarks } } }", "xlsx") == ("BAD_USER_INPUT", "export_long_text")


def test_parquet_has_typed_columns(both: Both) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    for graph in both.graphs:
        read = parquet.read_table(io.BytesIO(of_graph(graph, both, EVERYTHING, "parquet")))
        types = {f.name: str(f.type) for f in read.schema}
        assert (types["revenue"], types["founded"], types["isPartner"]) == ("decimal128(19, 2)", "date32[day]", "bool")
        assert (types["calledOn"], types["visits"], types["employees"]) == ("timestamp[us, tz=UTC]", "int64", "int32")
        found = next(row for row in read.to_pylist() if row["name"] == "Ängström")
        assert (found["revenue"], found["visits"], found["score"]) == (
            Decimal("1000.50"),
            9007199254740993,
            Decimal("0.1250"),
        )
        assert (found["founded"], found["isPartner"], found["warmth"]) == (date(1990, 5, 17), True, "HOT")
        assert found["calledOn"] == datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


# --- what a command line asks for ----------------------------------------------------------------------------------


def wished(both: Both, wish: Wish) -> bytes:
    document, variables = document_of(both.graphs[0].edition, wish)
    return exported(both, document, variables=variables)


def test_a_wish_becomes_a_query(both: Both) -> None:
    made = wished(both, Wish("firm", ("name", "parent", "parent.id", "head.firm.name"), '{"name": {"eq": "angel"}}'))
    assert made.decode() == f"name,parent.id,head.firm.name\r\nangel,{uid(101)},\r\n"
    literal = wished(both, Wish("people", ("fullName", "firm"), "{state: {eq: INACTIVE}}", "[{fullName: DESC}]"))
    assert literal.decode() == "fullName,firm.displayName\r\njan nowak,Ängström\r\n"


def test_without_fields_every_field_comes(both: Both) -> None:
    (row,) = table(wished(both, Wish("firm", where='{"name": {"eq": "Ängström"}}')))
    assert {k: row[k] for k in ("id", "name", "parent.id", "owner.id", "logo.mimeType")} == {
        "id": uid(101), "name": "Ängström", "parent.id": "", "owner.id": uid(2), "logo.mimeType": "text/plain",
    }  # fmt: skip
    assert not any(name.endswith("Label") for name in row)


# --- one state, flat memory, and a client that goes away -----------------------------------------------------------


def many(both: Both, index: int) -> Extract:
    """Far more rows than anybody waits for."""
    endless = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT n FROM s"
    series = "SELECT generate_series(1, 1000000000) AS n"  # not in FROM: there it would be written down first
    return Extract("n", series if index else endless, (), (Column(("n",), (None,), FieldType.INTEGER),))


def test_who_leaves_early_stops_the_database(both: Both) -> None:
    for index, graph in enumerate(both.graphs):

        async def work(graph: Any = graph, index: int = index) -> list[bytes]:
            stream = export(graph.database, many(both, index), FORMATS["csv"], Options())
            found = [await anext(stream), await anext(stream)]
            await asyncio.wait_for(stream.aclose(), 5)
            return found

        assert [piece.splitlines()[-1] for piece in graph.run(work())] == [b"1000", b"2000"]
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'FETCH%'"
        if index:
            assert graph.run(rows_of(graph, running)) == [(0,)]


async def rows_of(graph: Any, sql: str) -> Any:
    for _ in range(50):
        async with graph.database.transaction() as transaction:
            found = await transaction.rows(sql)
        if found == [(0,)]:
            break
        await asyncio.sleep(0.1)
    return found


def test_an_export_is_of_one_state(filled: Any) -> None:
    people = [{"id": uid(1), "full_name": "Ada", "email": "ada@example.com"}]
    crowd = [{"id": uid(1000 + i), "full_name": f"P{i}"} for i in range(3000)]
    both = filled([("user", people), ("person", crowd)], datetime(2026, 1, 1, tzinfo=UTC))
    document = "{ people(orderBy: [{fullName: ASC}]) { nodes { fullName } } }"
    for graph in both.graphs:

        async def work(graph: Any = graph) -> list[str]:
            request = Request(document, None, {}, both.caller, False)
            extract = extract_rows(graph.edition, request, Shape())
            stream = export(graph.database, extract, FORMATS["csv"], Options())
            found = [await anext(stream)]
            async with graph.database.transaction() as transaction:
                await transaction.execute("UPDATE person SET full_name = 'changed'")
            return (b"".join([*found, *[piece async for piece in stream]])).decode().split()

        assert set(graph.run(work())) == {"fullName", *(f"P{i}" for i in range(3000))}
