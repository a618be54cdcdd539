"""Calculated and rollup fields, asked on both databases: the same bytes, one statement, and what plain Python gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from figuring import COMPUTED, formula, opened, rollup, with_computed
from graph import Both
from world import FIRST, WORLD

from crmgraph.actions.action import perform
from crmgraph.actions.records import update_record
from crmgraph.actions.unit import Unit
from crmgraph.errors import WriteRefused
from crmgraph.security.principal import trusted


@pytest.fixture(scope="module")
def asked(both: Both) -> Both:
    return opened(both, with_computed(COMPUTED))


def test_formulas_are_answered(asked: Both) -> None:
    found = asked.ask("""{ deals(orderBy: [{title: ASC}]) { nodes {
      title net third late days tag heat heatLabel due next boss crowd } } }""")["deals"]["nodes"]
    made = "2026-01-06T09:13:00+00:00"
    names = ("title", "net", "third", "late", "days", "tag", "heat", "heatLabel", "due", "crowd")
    assert [tuple(row[n] for n in names) for row in found] == [
        ("Door", "99.99", "33.3300", True, 234, "DO-Ängström", "HOT", "Hot", "2026-05-01", 4),
        ("Gate", None, None, True, 325, "GA-Ängström", "HOT", "Hot", "2026-01-30", 4),
        ("Roof", "10.10", "3.3667", True, 235, "RO-Ängström", "HOT", "Hot", "2026-04-30", 4),
        ("Wall", "-5.00", "-1.6667", True, 144, "WA-Müller & Söhne", "WARM", "Warm", "2026-07-30", 2),
        ("Window", "9.98", "3.3667", False, None, "WI-Łódź", "HOT", "Hot", None, 2),
    ]
    assert {row["next"] for row in found} == {made} and {row["boss"] for row in found} == {None}


def test_rollups_are_answered(asked: Both) -> None:
    found = asked.ask("""{ firms(where: {peopleCount: {gt: 0}}, orderBy: [{peopleCount: DESC}, {openTotal: ASC}]) {
      nodes { name peopleCount openTotal mean firstClose lastAmount talk rich busyDeals } } }""")["firms"]["nodes"]
    assert [tuple(row.values()) for row in found] == [
        ("Ängström", 2, "79.99", "45.045", "2025-12-31", "80.0", 5, True, 3),
        ("Müller & Söhne", 1, "-5.00", "-5.000", "2026-06-30", "-5.0", None, False, 0),
        ("Łódź", 1, "12.48", "12.630", None, "12.6", None, False, 0),
    ]
    none = asked.ask('{ firm(id: "00000000-0000-7000-8000-000000000107") { peopleCount openTotal mean talk } }')
    assert none["firm"] == {"peopleCount": 0, "openTotal": None, "mean": None, "talk": None}


AMOUNTS = {
    "firm": {
        "whole": rollup("money", "deals", "sum", "amount"),
        "mean": rollup("money", "deals", "avg", "amount"),
        "least": rollup("money", "deals", "min", "amount"),
        "most": rollup("decimal", "deals", "max", "amount", precision=2),
        "plain": rollup("money", "deals", "sum", "amount_base"),
        "double": formula("money", "plain * 2"),
        "below": rollup("money", "branches", "sum", "whole"),
        "below_plain": rollup("money", "branches", "sum", "double"),
    },
    "deal": {
        "gap": formula("money", "firm.revenue - amount"),
        "wide": formula("boolean", "firm.revenue - amount > 1000"),
        "whole": formula("money", "firm.whole"),
        "base": formula("money", "firm.revenue_base"),
    },
    "person": {"worth": formula("money", "firm.revenue")},
}


def test_amounts_come_in_the_currency_of_the_record_that_shows_them(both: Both) -> None:
    """A dollar is 0.80 €, the base currency. Ängström is told in euros, Łódź in dollars, persons in the base."""
    asked = opened(both, with_computed(AMOUNTS))
    found = asked.ask("""{
      firms(where: {revenue: {gt: "300.10"}, deals: {some: {}}}) { nodes {
        name whole mean least most plain double below belowPlain } }
      lodz: firm(id: "00000000-0000-7000-8000-000000000103") { whole mean least most plain double }
      deals(where: {amount: {gt: "0"}}, orderBy: [{title: ASC}]) { nodes { title gap wide whole base } }
      people(where: {worth: {isNull: false}}, orderBy: [{worth: DESC}, {fullName: ASC}]) { nodes { fullName worth } }
    }""")
    assert [tuple(f.values()) for f in found["firms"]["nodes"]] == [
        ("Ängström", "90.09", "45.05", "10.10", "79.99", "90.09", "180.18", "10.10", "20.20"),
    ]
    assert tuple(found["lodz"].values()) == ("12.63", "12.63", "12.63", "12.63", "10.10", "20.20")
    assert [tuple(d.values()) for d in found["deals"]["nodes"]] == [
        ("Door", "1150.64", True, "112.61", "1000.50"),
        ("Roof", "990.40", False, "90.09", "1000.50"),
        ("Window", "229.98", False, "10.10", "240.08"),
    ]
    worth = [(p["fullName"], p["worth"]) for p in found["people"]["nodes"]]
    assert worth == [("jan nowak", "1000.50"), ("Zoë Ångman", "1000.50"), ("Jan Kowalski", "240.08")]


def test_they_stand_wherever_a_field_may_stand(asked: Both) -> None:
    """In lists of kinds, timelines, searches, by id, below relations, and in a lookup to one of several types."""
    found = asked.ask("""{
      happenings(orderBy: [{subject: ASC}]) { nodes { subject hours ... on Visit { far } } }
      firm(id: "00000000-0000-7000-8000-000000000101") {
        timeline { nodes { title ... on Visit { far hours } ... on Ring { hours } } }
        deals(where: {crowd: {eq: 4}}, orderBy: [{net: DESC_NULLS_LAST}]) { totalCount nodes { net } } }
      search(text: "roof") { nodes { ... on Deal { net } } }
      node(id: "00000000-0000-7000-8000-000000000303") { ... on Deal { net buyer { ... on Firm { rich } } } }
      nodes(ids: ["00000000-0000-7000-8000-000000000401"]) { ... on Visit { far } }
      people(where: {firm: {rich: {eq: true}}}, orderBy: [{firm: {openTotal: DESC}}, {fullName: ASC}]) {
        nodes { fullName firm { openTotal } } }
    }""")
    hours = [(h["subject"], h["hours"], h.get("far", "-")) for h in found["happenings"]["nodes"]]
    assert hours == [
        ("Ring A", None, "-"), ("Ring B", "0.08", "-"), ("Ring C", "0.08", "-"),
        ("Visit A", "1.00", True), ("Visit B", None, False), ("Visit C", None, False),
    ]  # fmt: skip
    assert found["firm"]["timeline"]["nodes"] == [
        {"title": "Ring A", "hours": None}, {"title": "Visit A", "far": True, "hours": "1.00"}, {"title": "Memo A"},
    ]  # fmt: skip
    assert found["firm"]["deals"] == {"totalCount": 3, "nodes": [{"net": "99.99"}, {"net": "10.10"}, {"net": None}]}
    assert found["search"]["nodes"] == [{"net": "10.10"}] and found["nodes"] == [{"far": True}]
    assert found["node"] == {"net": "9.98", "buyer": {"rich": True}}
    assert [p["fullName"] for p in found["people"]["nodes"]] == ["jan nowak", "Zoë Ångman"]


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ('{net: {gt: "10"}}', "Door Roof"),
        ('{net: {between: {from: "-5", to: "9.98"}}}', "Wall Window"),
        ("{net: {isNull: true}}", "Gate"),
        ('{not: {net: {gt: "10"}}}', "Gate Wall Window"),
        ('{net: {notIn: ["10.10"]}}', "Door Gate Wall Window"),
        ("{late: {eq: false}}", "Window"),
        ("{heat: {in: [WARM]}}", "Wall"),
        ('{due: {gte: "2026-05-01"}}', "Door Wall"),
        ("{due: {within: {this: YEAR}}}", "Door Gate Roof Wall"),
        ('{tag: {eq: "RO-Ängström"}}', "Roof"),
        ('{tag: {containsi: "łó"}}', "Window"),
        ('{tag: {startsWith: "W"}}', "Wall Window"),
        ('{tag: {like: "%ng%m"}}', "Door Gate Roof"),
        ('{tag: {lt: "GA"}}', "Door"),
        ("{boss: {isNull: true}}", "Door Gate Roof Wall Window"),
        ('{firm: {openTotal: {lt: "13"}}}', "Wall Window"),
        ("{crowd: {ne: 4}}", "Wall Window"),
    ],
)
def test_conditions(asked: Both, where: str, titles: str) -> None:
    found = asked.ask(f"{{ deals(where: {where}, orderBy: [{{title: ASC}}]) {{ nodes {{ title }} }} }}")
    assert [d["title"] for d in found["deals"]["nodes"]] == titles.split()


@pytest.mark.parametrize(
    "order",
    [
        "{net: ASC}",
        "{net: DESC}",
        "{days: ASC_NULLS_FIRST}",
        "{heat: ASC}",
        "{firm: {openTotal: DESC}}",
        "{late: DESC}",
    ],
)
def test_pages_one_by_one_are_the_whole_list(asked: Both, order: str) -> None:
    document = f"""query ($first: Int, $after: String, $last: Int, $before: String) {{
      deals(orderBy: [{order}], first: $first, after: $after, last: $last, before: $before) {{
        edges {{ cursor node {{ title }} }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"""
    whole = [e["node"] for e in asked.ask(document, {"first": 50})["deals"]["edges"]]
    assert len(whole) == 5
    for paging, size, edge, more in (("first", "after", -1, "hasNextPage"), ("last", "before", 0, "hasPreviousPage")):
        found: list[Any] = []
        cursor = None
        while True:
            page = asked.ask(document, {paging: 2, size: cursor})["deals"]
            nodes = [e["node"] for e in page["edges"]]
            found = found + nodes if paging == "first" else nodes + found
            cursor = page["edges"][edge]["cursor"]
            if not page["pageInfo"][more]:
                break
        assert found == whole


def test_figures_and_groups(asked: Both) -> None:
    found = asked.ask("""{
      deals {
        aggregate { sum { net } avg { third } min { days } max { due next } countDistinct { tag heat } }
        groupBy(by: [{heat: true}, {late: true}], having: {sum: {net: {gt: "0"}}}, orderBy: [{sum: {net: DESC}}]) {
          keys { heat heatLabel late } aggregate { count sum { net } } nodes(orderBy: [{net: ASC}]) { title } }
        byTag: groupBy(by: [{tag: true}], first: 2) { keys { tag } aggregate { avg { net } } }
        byMonth: groupBy(by: [{due: {granularity: QUARTER}}]) { keys { due } aggregate { count } }
        byNet: groupBy(by: [{net: {bucket: "50"}}, {firm: {rich: true}}]) {
          keys { net firm { rich } } aggregate { count } } }
      firms { aggregate { sum { peopleCount openTotal } max { firstClose } }
        groupBy(by: [{peopleCount: {bucket: "1"}}]) { keys { peopleCount } aggregate { count } } }
    }""")
    deals = found["deals"]
    assert deals["aggregate"] == {
        "sum": {"net": "115.07"}, "avg": {"third": "9.599175"}, "min": {"days": 144},
        "max": {"due": "2026-07-30", "next": "2026-01-06T09:13:00+00:00"}, "countDistinct": {"tag": 5, "heat": 2},
    }  # fmt: skip
    assert deals["groupBy"] == [
        {
            "keys": {"heat": "HOT", "heatLabel": "Hot", "late": True},
            "aggregate": {"count": 3, "sum": {"net": "110.09"}},
            "nodes": [{"title": "Roof"}, {"title": "Door"}, {"title": "Gate"}],
        },
        {
            "keys": {"heat": "HOT", "heatLabel": "Hot", "late": False},
            "aggregate": {"count": 1, "sum": {"net": "9.98"}},
            "nodes": [{"title": "Window"}],
        },
    ]
    assert [(g["keys"]["tag"], g["aggregate"]["avg"]["net"]) for g in deals["byTag"]] == [
        ("DO-Ängström", "99.990000"), ("GA-Ängström", None),
    ]  # fmt: skip
    months = [(g["keys"]["due"], g["aggregate"]["count"]) for g in deals["byMonth"]]
    assert months == [("2026-01-01", 1), ("2026-04-01", 2), ("2026-07-01", 1), (None, 1)]
    nets = [(g["keys"]["net"], g["keys"]["firm"]["rich"], g["aggregate"]["count"]) for g in deals["byNet"]]
    assert nets == [("-50.00", False, 1), ("0.00", False, 1), ("0.00", True, 1), ("50.00", True, 1), (None, True, 1)]
    assert found["firms"]["aggregate"] == {
        "sum": {"peopleCount": "4", "openTotal": "87.47"}, "max": {"firstClose": "2026-06-30"},
    }  # fmt: skip
    assert [tuple(g.values()) for g in found["firms"]["groupBy"]] == [
        ({"peopleCount": 0}, {"count": 6}), ({"peopleCount": 1}, {"count": 2}), ({"peopleCount": 2}, {"count": 1}),
    ]  # fmt: skip


def test_today_is_the_callers(asked: Both) -> None:
    asked_late = asked.calling(now=datetime(2026, 3, 31, 23, 30, tzinfo=UTC))
    document = '{ deal(id: "00000000-0000-7000-8000-000000000302") { late days } }'
    assert asked_late.ask(document)["deal"] == {"late": False, "days": -1}
    afar = asked_late.calling(principal=trusted(asked_late.caller.user_id, "Pacific/Auckland"))
    assert afar.ask(document)["deal"] == {"late": False, "days": 0}


def test_nobody_writes_them(asked: Both) -> None:
    deal = "00000000-0000-7000-8000-000000000302"
    code, text = asked.error(f'mutation {{ updateDeal(id: "{deal}", input: {{net: "1"}}) {{ deal {{ id }} }} }}')
    assert code == "GRAPHQL_VALIDATION_FAILED" and "net" in text


def test_metadata_shows_them(asked: Both) -> None:
    found = asked.ask(
        """{ metadata { type(name: "Firm") {
      fields { name readOnly audited formula rollup { path function field where } } } } }""",
        statements=0,
    )
    fields = {f["name"]: f for f in found["metadata"]["type"]["fields"]}
    assert fields["rich"] == {
        "name": "rich", "readOnly": True, "audited": False, "rollup": None,
        "formula": "coalesce(open_total, 0) > 50 or revenue > 500",
    }  # fmt: skip
    assert fields["openTotal"]["rollup"] == {
        "path": ["deals"], "function": "sum", "field": "net", "where": '{"state":{"eq":"open"}}',
    }  # fmt: skip
    assert fields["name"]["formula"] is None and fields["name"]["rollup"] is None


def test_they_are_never_stale_and_never_written(filled: Any) -> None:
    """A change is seen by the next request, and what is computed leaves no trace in tables, history or events."""
    names = {"user", "currency"}
    world = opened(filled([b for b in WORLD if b[0] in names], FIRST), with_computed(COMPUTED))
    for graph in world.graphs:
        made = graph.answer("""mutation {
          createFirm(input: {name: "New", people: {create: [{fullName: "A"}, {fullName: "B"}]},
            deals: {create: [{title: "One", amount: "100"}, {title: "Two", amount: "20", fee: "0.5"}]}}) {
            firm { id peopleCount openTotal rich deals(orderBy: [{title: ASC}]) { nodes { id net } } } } }""")
        firm = orjson.loads(made.body)["data"]["createFirm"]["firm"]
        assert (firm["peopleCount"], firm["openTotal"], firm["rich"]) == (2, "119.50", True)
        one = firm["deals"]["nodes"][0]["id"]
        changed = graph.answer(f"""mutation {{ updateDeal(id: "{one}", input: {{amount: "10"}}) {{
          deal {{ net firm {{ openTotal }} history {{ nodes {{ fields {{ field }} }} }} }} }} }}""")
        deal = orjson.loads(changed.body)["data"]["updateDeal"]["deal"]
        assert (deal["net"], deal["firm"]["openTotal"]) == ("10.00", "29.50")
        told = {f["field"] for event in deal["history"]["nodes"] for f in event["fields"]}
        assert "amount" in told and not told & {"net", "third", "late", "days", "tag", "heat"}

        chosen = graph.answer("""mutation { updateDeals(
          where: {net: {gt: "15"}, late: {eq: false}, firm: {peopleCount: {eq: 2}}}
          input: {closes: "2020-01-01"}, atMost: 2) { deals { title late } } }""")
        assert orjson.loads(chosen.body)["data"]["updateDeals"]["deals"] == [{"title": "Two", "late": True}]

        async def work(unit: Unit, one: str = one) -> None:
            await update_record(unit, "deal", one, {"net": "1"})

        with pytest.raises(WriteRefused) as caught:
            graph.run(perform(graph.database, graph.edition.tables, world.caller, work))
        assert [p.code for p in caught.value.problems] == ["READ_ONLY"]
