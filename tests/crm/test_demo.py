"""The demo: every record type, a stable story, sums that add up, and a load that is all or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crmgraph.actions.unit import Caller
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL, generate, load_demo
from crmgraph.crm.demo.chapters import ORDER, standard_model
from crmgraph.crm.demo.story import cents
from crmgraph.errors import WriteRefused
from crmgraph.metadata.types import FieldType
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.tables import Tables, build_tables

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LINES = {
    "opportunity": "opportunity_product",
    "quote": "quote_product",
    "order": "order_product",
    "invoice": "invoice_product",
}
# Lookups that name a later type: the other way round would be just as true.
CIRCLES = {
    ("account", "primary_contact"),
    ("account", "originating_lead"),
    ("contact", "originating_lead"),
    ("lead", "qualifying_opportunity"),
    ("lead", "campaign_response"),
    ("territory", "manager"),
    ("user", "default_queue"),
    ("case", "first_response_kpi"),
    ("case", "resolve_by_kpi"),
    ("product_property", "default_option"),
    ("sla", "business_calendar"),
}
Rows = dict[str, list[dict[str, Any]]]
ZERO = Decimal(0)


@pytest.fixture(scope="module")
def demo() -> Rows:
    return dict(generate(TODAY))


@pytest.mark.parametrize("today", [TODAY, date(2025, 1, 1), date(2027, 2, 14), date(2028, 2, 29)])
def test_every_record_type_has_records_about_5000_in_all(today: date) -> None:
    rows = dict(generate(today))
    concrete = [t.name for t in standard_model().types.values() if not (t.abstract or t.journal)]
    assert sorted(ORDER.split()) == sorted(concrete)
    assert [n for n in concrete if len(rows.get(n, ())) < 2] == []
    assert 4500 <= sum(len(r) for n, r in rows.items() if n != "role_privilege") <= 5500
    assert sum(len(rows[t.name]) for t in standard_model().kinds("activity")) >= 1500


def test_the_same_day_tells_the_same_story(demo: Rows) -> None:
    assert dict(generate(TODAY)) == demo


def test_the_administrator_is_one_of_the_staff(demo: Rows) -> None:
    user = next(u for u in demo["user"] if u["email"] == ADMINISTRATOR_EMAIL)
    role = next(r for r in demo["role"] if r["name"] == "System Administrator")
    assert any(a.get("user") == {"id": user["id"]} for a in demo["role_assignment"] if a["role"]["id"] == role["id"])


def test_another_day_moves_it() -> None:
    moved = dict(generate(date(2026, 11, 28)))
    assert max(r["created_on"] for r in moved["email"]) > NOW


def test_ids_are_uuids_of_the_storys_time(demo: Rows) -> None:
    ids = [r["id"] for name, rows in demo.items() for r in rows if name != "role"]  # those of shipped ones are fixed
    assert len(set(ids)) == len(ids)
    assert all(UUID7.fullmatch(i) for i in ids)
    for row in demo["email"]:
        assert int(row["id"].replace("-", "")[:12], 16) == int(row["created_on"].timestamp() * 1000)


def test_lookups_name_records_that_came_before(demo: Rows) -> None:
    registry = standard_model()
    type_of = {r["id"]: name for name, rows in demo.items() for r in rows}
    place = {name: i for i, name in enumerate(demo)}
    for name, rows in demo.items():
        for row in rows:
            for field_name, value in row.items():
                field = registry.field(name, field_name)
                if field.type is not FieldType.LOOKUP:
                    continue
                target = type_of[value["id"]]
                allowed = {t.name for n in field.targets for t in registry.concrete(n)}
                assert target in allowed, (name, field_name, target)
                if place[target] > place[name]:
                    assert (name, field_name) in CIRCLES, (name, field_name, target)


def test_the_past_is_past_and_the_future_is_open(demo: Rows) -> None:
    registry = standard_model()
    for name, rows in demo.items():
        for row in rows:
            assert row["created_on"] <= row["modified_on"] <= NOW, (name, row)
    ahead = 0
    for kind in (t.name for t in registry.kinds("activity")):
        for row in demo[kind]:
            assert "actual_end" not in row or row["actual_end"] <= NOW
            if row["sort_date"] > NOW:
                ahead += 1
                assert row["state"] in (0, 3), (kind, row)
    assert ahead > 60


@pytest.mark.parametrize("document", LINES)
def test_totals_add_up(demo: Rows, document: str) -> None:
    by_head: dict[str, list[dict[str, Any]]] = {}
    for line in demo[LINES[document]]:
        by_head.setdefault(line[document]["id"], []).append(line)
        discount = line.get("manual_discount", ZERO)
        assert line["base_amount"] == line["quantity"] * (line["price_per_unit"] - line["volume_discount"])
        assert line["extended_amount"] == line["base_amount"] - discount + line["tax"]
    for head in demo[document]:
        lines = by_head[head["id"]]
        items = sum((x["extended_amount"] - x["tax"] for x in lines), ZERO)
        line_discounts = sum((x.get("manual_discount", ZERO) for x in lines), ZERO)
        off = cents(items * head.get("discount_percentage", ZERO) / 100)
        assert head["total_line_item_amount"] == items
        assert head["total_line_item_discount_amount"] == line_discounts
        assert head["total_discount_amount"] == line_discounts + off
        assert head["total_amount_less_freight"] == items - off
        assert head["total_tax"] == sum((x["tax"] for x in lines), ZERO)
        whole = items - off + head.get("freight_amount", ZERO) + head["total_tax"]
        assert head["total_amount"] == whole
        assert {x["currency"]["id"] for x in lines} == {head["currency"]["id"]}


def test_prices_come_from_the_price_lists(demo: Rows) -> None:
    items = {(i["price_list"]["id"], i["product"]["id"]): i for i in demo["price_list_item"]}
    products = {p["id"]: p for p in demo["product"]}
    heads = {o["id"]: o for o in demo["opportunity"]}
    for line in demo["opportunity_product"]:
        if "product" not in line or "parent_bundle" in line:
            continue
        item = items[heads[line["opportunity"]["id"]]["price_list"]["id"], line["product"]["id"]]
        listed = products[line["product"]["id"]]["list_price"]
        assert line["price_per_unit"] == item.get("amount", cents(listed * item.get("percentage", ZERO) / 100))


def test_texts_are_in_four_languages_and_complete(demo: Rows) -> None:
    told = "\n".join(str(v) for rows in demo.values() for r in rows for v in r.values() if isinstance(v, str))
    for word in ("Łódź", "München", "Cádiz", "Świętego", "Größler", "Ñandú", "Siobhán"):
        assert word in told, word
    assert not re.search(r"\{\w*\}", told)
    bodies = [r["body"] for r in demo["email"]]
    for greeting in ("Dear ", "Hola, ", "Guten Tag ", "Dzień dobry"):
        assert sum(b.startswith(greeting) for b in bodies) > 20


def test_replies_follow_what_they_answer(demo: Rows) -> None:
    by_id = {r["id"]: r for r in demo["email"]}
    replies = [r for r in demo["email"] if "parent_email" in r]
    assert len(replies) > 150
    for row in replies:
        before = by_id[row["parent_email"]["id"]]
        assert before["sort_date"] < row["sort_date"]
        assert (before["conversation"], before["message_id"]) == (row["conversation"], row["in_reply_to"])


# --- loading ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables() -> Tables:
    return build_tables(standard_model())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Callable[[Any], Any]
) -> Iterator[Database]:
    """A database of each kind with the standard model's tables and nothing in them."""
    database = run(open_database(crm_database(request.param)))
    yield database
    run(database.close())


async def count(database: Database, table: str) -> int:
    async with database.transaction() as transaction:
        rows = await transaction.rows(f'SELECT count(*) FROM "{table}"')
    return int(rows[0][0])


CALLER = Caller(trusted(), "de", None, "demo", NOW)


def test_an_interrupted_load_leaves_nothing(empty: Database, tables: Tables, run: Callable[[Any], Any]) -> None:
    class Interrupted(Exception):
        pass

    def stop(_: str, done: int, total: int) -> None:
        if done > total // 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        run(load_demo(empty, tables, CALLER, TODAY, stop))
    assert run(count(empty, "record")) == run(count(empty, "event")) == run(count(empty, "currency")) == 0


def test_it_loads_in_one_go_and_only_once(
    empty: Database, tables: Tables, run: Callable[[Any], Any], demo: Rows
) -> None:
    told: list[tuple[str, int, int]] = []
    number = run(load_demo(empty, tables, CALLER, TODAY, lambda *step: told.append(step)))
    assert number == sum(map(len, demo.values()))
    assert told[0] == ("Währungen", 4, number)
    assert told[-1][1:] == (number, number)
    assert run(count(empty, "record")) == run(count(empty, "event")) == number
    with pytest.raises(WriteRefused):
        run(load_demo(empty, tables, CALLER, TODAY))
    assert run(count(empty, "record")) == number


def test_it_keeps_the_storys_time_and_people(empty: Database, run: Callable[[Any], Any], demo: Rows) -> None:
    async def read() -> list[tuple[Any, ...]]:
        async with empty.transaction() as transaction:
            return await transaction.rows(
                "SELECT min(created_on), max(modified_on), count(DISTINCT created_by_id), count(DISTINCT owner_id)"
                " FROM opportunity"
            )

    first, last, makers, owners = run(read())[0]
    assert str(first)[:10] == str(min(r["created_on"] for r in demo["opportunity"]))[:10]
    assert str(last)[:10] == str(max(r["modified_on"] for r in demo["opportunity"]))[:10]
    assert makers == owners == len({r["owner"]["id"] for r in demo["opportunity"]})
