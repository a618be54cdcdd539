"""Creating a record: values, defaults, stamps, events, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from desk import NOW, Desk

from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Unit
from crmgraph.errors import MetadataError

ABSENT = "00000000-0000-7000-8000-000000000000"


def test_every_type_of_value_comes_back(desk: Desk, name: str) -> None:
    id = desk.create(
        "firm",
        name=f"  {name}\n x ",
        revenue=Decimal("1234.5"),
        employees=7,
        visits=2**40,
        score=Decimal("-0.0001"),
        warmth=3,
        tags=[5, 7, 5],
        is_partner=True,
        founded=date(1901, 2, 3),
        called_on=datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=timezone(timedelta(hours=2))),
        email="a@b.example",
        website="www.example.com/x?y",
        remarks="two\nlines  \n",
        extras={"a": [1, None, "ü"]},
        logo={"name": "l.png", "mime_type": "image/png", "content": b"\x00\xff"},
    )
    row = desk.row("firm", id)
    assert row is not None
    assert {k: row[k] for k in ("name", "revenue", "employees", "visits", "score", "warmth", "tags", "is_partner")} == {
        "name": f"{name}  x",
        "revenue": Decimal("1234.50"),
        "employees": 7,
        "visits": 2**40,
        "score": Decimal("-0.0001"),
        "warmth": 3,
        "tags": [7, 5],
        "is_partner": True,
    }
    assert row["founded"] == date(1901, 2, 3)
    assert row["called_on"] == datetime(2026, 1, 2, 1, 4, 5, 120000, tzinfo=UTC)
    assert row["remarks"] == "two\nlines"
    assert row["extras"] == {"a": [1, None, "ü"]}
    digest = sha256(b"\x00\xff").hexdigest()
    assert row["logo"] == {"name": "l.png", "mime_type": "image/png", "size": 2, "sha256": digest}
    assert desk.run(desk.database.store.read(digest)) == b"\x00\xff"


def test_defaults_and_stamps(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name)
    row = desk.row("firm", id)
    assert row is not None
    user = {"id": desk.user}
    assert {k: v for k, v in row.items() if v is not None} == {
        "id": id,
        "name": name,
        "score": Decimal("0.5"),
        "warmth": 1,
        "is_partner": False,
        "exchange_rate": Decimal(1),
        "state": 0,
        "status_reason": 1,
        "owner": {"id": desk.user, "type": "user"},
        "created_on": NOW,
        "created_by": user,
        "modified_on": NOW,
        "modified_by": user,
        "version": 1,
    }


def test_event_tells_what_was_created(desk: Desk, name: str) -> None:
    logo = {"name": "l", "mime_type": "image/png", "content": b"123"}
    id = desk.create("firm", name=name, founded=date(2000, 1, 2), called_on=NOW, revenue=Decimal(5), logo=logo)
    assert desk.events(id) == [
        (
            "create",
            None,
            {
                "name": name,
                "founded": "2000-01-02",
                "called_on": NOW.isoformat(),
                "revenue": "5.00",
                "revenue_base": "5.00",
                "exchange_rate": "1.0000000000",
                "logo": {"name": "l", "mime_type": "image/png", "size": 3, "sha256": sha256(b"123").hexdigest()},
                "score": "0.5000",
                "warmth": 1,
                "is_partner": False,
                "owner": {"id": desk.user, "type": "user"},
                "state": 0,
                "status_reason": 1,
            },
        )
    ]


def test_kind_has_a_row_in_both_tables(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    id = desk.create("visit", subject="Talk", regarding={"id": firm}, distance=Decimal("1.5"), place="Łódź")
    row = desk.row("visit", id)
    assert row is not None
    assert (row["regarding"], row["distance"], row["place"]) == (
        {"id": firm, "type": "firm"},
        Decimal("1.5"),
        "Łódź",
    )
    assert (row["state"], row["status_reason"], row["sort_date"]) == (0, 11, NOW)
    ring = desk.row("ring", desk.create("ring", subject="Hello"))
    assert ring is not None and ring["status_reason"] == 1, "a kind without states uses its base's"


def test_all_faults_at_once(desk: Desk) -> None:
    assert desk.faults(
        lambda: desk.create(
            "firm",
            name="x" * 61,
            revenue=Decimal("-1"),
            employees="7",
            visits=2**63,
            score=Decimal("0.00001"),
            warmth=9,
            tags=[5, 6],
            is_partner=None,
            founded=NOW,
            called_on=datetime(2026, 1, 1),
            email="nobody",
            website="javascript:alert(1)",
            remarks="\0",
            extras=object(),
            logo={"name": "x"},
            parent={"id": "7"},
            head={"id": ABSENT},
            number=7,
            version=3,
        )
    ) == [
        ("input.name", "TOO_LONG"),
        ("input.revenue", "TOO_SMALL"),
        ("input.employees", "WRONG_FORMAT"),
        ("input.visits", "TOO_LARGE"),
        ("input.score", "TOO_PRECISE"),
        ("input.warmth", "NOT_AN_OPTION"),
        ("input.tags", "NOT_AN_OPTION"),
        ("input.founded", "WRONG_FORMAT"),
        ("input.calledOn", "WRONG_FORMAT"),
        ("input.email", "WRONG_FORMAT"),
        ("input.website", "WRONG_FORMAT"),
        ("input.remarks", "WRONG_FORMAT"),
        ("input.extras", "WRONG_FORMAT"),
        ("input.logo", "WRONG_FORMAT"),
        ("input.parent", "WRONG_FORMAT"),
        ("input.number", "WRONG_FORMAT"),
        ("input.version", "READ_ONLY"),
        ("input.isPartner", "REQUIRED"),
        ("input.head", "NOT_FOUND"),
    ]


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), True, 1.5, "1"])
def test_what_is_no_exact_number(desk: Desk, name: str, value: Any) -> None:
    assert desk.faults(lambda: desk.create("firm", name=name, revenue=value)) == [("input.revenue", "WRONG_FORMAT")]


def test_empty_text_is_no_text(desk: Desk, name: str) -> None:
    assert desk.faults(lambda: desk.create("firm", name=" \n ")) == [("input.name", "REQUIRED")]
    row = desk.row("firm", desk.create("firm", name=name, email="", number="  "))
    assert row is not None and row["email"] is None and row["number"] is None


def test_text_is_composed(desk: Desk) -> None:
    row = desk.row("team", desk.create("team", name="Mu\u0308ller"))
    assert row is not None and row["name"] == "Müller"


def test_unknown_field(desk: Desk) -> None:
    with pytest.raises(MetadataError, match="did you mean"):
        desk.create("firm", nam="x")
    with pytest.raises(ValueError, match="abstract"):
        desk.create("happening", subject="x")


def test_client_chooses_the_id(desk: Desk, name: str) -> None:
    id = (
        "ABCDEF00-0000-7000-8000-00000000000F"
        if desk.database.name == "sqlite"
        else "abcdef00-0000-7000-8000-00000000000f"
    )
    assert desk.create("firm", id=id, name=name) == id.lower()
    assert desk.faults(lambda: desk.create("team", id=id, name=name)) == [("input.id", "NOT_UNIQUE")]
    assert desk.faults(lambda: desk.create("team", id="x", name=name)) == [("input.id", "WRONG_FORMAT")]
    loop = "abcdef00-0000-7000-8000-00000000aaaa"
    assert desk.faults(lambda: desk.create("firm", id=loop, name=name, parent={"id": loop})) == [
        ("input.parent", "HIERARCHY_CYCLE")
    ]


def test_lookups(desk: Desk, name: str) -> None:
    number = name.replace(" ", "-")
    firm = desk.create("firm", name=name, number=number)
    person = desk.create("person", full_name=name, firm={"key": {"number": number}})
    row = desk.row("person", person)
    assert row is not None and row["firm"] == {"id": firm}
    deal = desk.create(
        "deal", title=name, firm={"key": {"number": {"number": f" {number} "}}}, buyer={"id": person}, reference="r"
    )
    row = desk.row("deal", deal)
    assert row is not None and (row["firm"], row["buyer"]) == ({"id": firm}, {"id": person, "type": "person"})
    by_pair = {"key": {"firm_reference": {"firm": {"id": firm}, "reference": "r"}}}
    row = desk.row("visit", desk.create("visit", subject="x", regarding=by_pair))
    assert row is not None and row["regarding"] == {"id": deal, "type": "deal"}

    def refused(**values: Any) -> list[str]:
        return [code for _, code in desk.faults(lambda: desk.create("deal", title=name, **values))]

    assert refused() == ["REQUIRED"]
    assert refused(firm=None) == ["REQUIRED"]
    assert refused(firm={"id": person}) == ["NOT_FOUND"], "a record of another type"
    assert refused(firm={"id": ABSENT}) == ["NOT_FOUND"]
    assert refused(firm={"key": {"number": "no such"}}) == ["NOT_FOUND"]
    assert refused(firm={"key": {"number": "x" * 21}}) == ["TOO_LONG"]
    assert refused(firm={"key": {"name": "x"}}) == ["WRONG_FORMAT"]
    assert refused(firm={"key": {}}) == refused(firm={}) == refused(firm=firm) == ["WRONG_FORMAT"]
    assert refused(firm={"id": firm}, buyer={"id": deal}) == ["NOT_FOUND"]


def test_alternate_keys_are_unique(desk: Desk, name: str) -> None:
    number = name.replace(" ", "-")
    firm = desk.create("firm", name=name, number=number)
    assert desk.faults(lambda: desk.create("firm", name=name, number=number)) == [("input.number", "NOT_UNIQUE")]
    deal = {"title": name, "firm": {"id": firm}}
    desk.create("deal", **deal, reference="1")
    desk.create("deal", **deal)
    desk.create("deal", **deal)
    assert desk.faults(lambda: desk.create("deal", **deal, reference="1")) == [("input.reference", "NOT_UNIQUE")]


def test_state_and_reason(desk: Desk, name: str) -> None:
    def made(**values: Any) -> tuple[int, int]:
        row = desk.row("firm", desk.create("firm", name=name, **values))
        assert row is not None
        return row["state"], row["status_reason"]

    assert made() == made(state=None) == made(state=0) == made(status_reason=1) == (0, 1)
    assert made(state=1) == (1, 2)
    assert made(status_reason=4) == made(state=1, status_reason=4) == (1, 4)
    assert made(status_reason=3) == (0, 3)

    def refused(type_name: str, **values: Any) -> list[tuple[str, str]]:
        return desk.faults(lambda: desk.create(type_name, **values))

    assert refused("firm", name=name, state=0, status_reason=2) == [("input.statusReason", "WRONG_STATE_REASON")]
    assert refused("firm", name=name, state=7) == [("input.state", "NOT_AN_OPTION")]
    assert refused("visit", subject="x", status_reason=1) == [("input.statusReason", "NOT_AN_OPTION")]


def test_automatic_numbers(desk: Desk, name: str) -> None:
    firm = {"id": desk.create("firm", name=name)}
    numbers = []
    for number in (None, " ", "mine"):
        row = desk.row("deal", desk.create("deal", title=name, firm=firm, number=number and f"{number}{name}"[:40]))
        assert row is not None
        numbers.append(row["number"])
    row = desk.row("deal", desk.create("deal", title=name, firm=firm, number=""))
    assert row is not None
    first, last = numbers[0].split("-"), row["number"].split("-")
    assert (first[0], len(first[1]), len(first[2]), first[3]) == ("D", 4, 3, "2026")
    assert int(last[1]) == int(first[1]) + 1


def test_money(desk: Desk, name: str) -> None:
    euro = {"id": desk.create("currency", name="Euro", iso_code=name[-4:], exchange_rate=Decimal("0.3"))}
    firm = {"id": desk.create("firm", name=name)}
    by_key = {"key": {"iso_code": name[-4:]}}
    for currency in (euro, by_key):
        row = desk.row(
            "deal",
            desk.create("deal", title=name, firm=firm, currency=currency, amount=Decimal("1"), fee=Decimal("0.0003")),
        )
        assert row is not None
        assert (row["exchange_rate"], row["amount_base"], row["fee_base"], row["total_base"]) == (
            Decimal("0.3"),
            Decimal("3.33"),
            Decimal("0.0010"),
            None,
        )
    most = Decimal("92233720368547758.07")
    assert desk.faults(lambda: desk.create("deal", title=name, firm=firm, currency=euro, amount=most)) == [
        ("input.amount", "TOO_LARGE")
    ]
    least = {"id": desk.create("currency", name="Dust", iso_code=f"{name[-3:]}d", exchange_rate=Decimal("1e-10"))}
    assert desk.faults(lambda: desk.create("deal", title=name, firm=firm, currency=least, amount=most)) == [
        ("input.amount", "TOO_LARGE")
    ]
    row = desk.row("deal", desk.create("deal", title=name, firm=firm, amount=most))
    assert row is not None and row["amount"] == row["amount_base"] == most


def test_the_rate_in_force_is_the_one_that_was_just_set(desk: Desk, name: str) -> None:
    """Within one transaction, where a currency is changed between two records or with them."""
    iso = f"R{name[-3:]}"
    currency = {"id": desk.create("currency", name="Rate", iso_code=iso, exchange_rate=Decimal(2))}
    firm = {"id": desk.create("firm", name=name)}
    values = {"title": name, "firm": firm, "amount": Decimal(100)}

    async def work(unit: Unit) -> list[str]:
        first = await create_record(unit, "deal", {**values, "currency": currency})
        await update_record(unit, "currency", currency["id"], {"exchange_rate": Decimal(4)})
        second = await create_record(unit, "deal", {**values, "currency": {"key": {"iso_code": iso}}})
        return [first, second, await create_record(unit, "deal", {**values, "currency": currency})]

    rows = [desk.row("deal", id) for id in desk.do(work)]
    assert [row and row["amount_base"] for row in rows] == [Decimal(50), Decimal(25), Decimal(25)]


@pytest.mark.parametrize("value", [float("inf"), {"a": [float("nan")]}, [None, -float("inf")]])
def test_what_json_cannot_write(desk: Desk, name: str, value: Any) -> None:
    assert desk.faults(lambda: desk.create("firm", name=name, extras=value)) == [("input.extras", "WRONG_FORMAT")]


def test_names_of_files_are_lines(desk: Desk, name: str) -> None:
    """As other names are: composed, without line breaks and controls, which have no place in an HTTP header."""
    logo = {"name": " a\r\nb\u0307.png\x7f", "mime_type": "image/\npng", "content": b""}
    row = desk.row("firm", desk.create("firm", name=name, logo=logo))
    kept = {"name": "a  \u1e03.png", "mime_type": "image/ png", "size": 0, "sha256": sha256(b"").hexdigest()}
    assert row is not None and row["logo"] == kept
    for wrong in ("\n", "a\0", "\ud800"):
        values = {"name": name, "logo": {**logo, "name": wrong}}
        assert desk.faults(lambda values=values: desk.create("firm", **values)) == [("input.logo", "WRONG_FORMAT")]


def test_one_statement_when_there_is_nothing_to_check(desk: Desk, name: str) -> None:
    before = desk.database.statements
    desk.create("team", name=name)
    looked = 1  # whether the metadata is still the same
    assert desk.database.statements - before == looked + (1 if desk.database.name == "postgresql" else 3)
    before = desk.database.statements
    desk.create("person", full_name=name, owner={"id": desk.user})
    assert desk.database.statements - before == looked + (2 if desk.database.name == "postgresql" else 4)


def test_all_or_nothing(desk: Desk, name: str) -> None:
    async def work(unit: Any) -> None:
        firm = await create_record(unit, "firm", {"name": name})
        await create_record(unit, "person", {"full_name": name, "firm": {"id": firm}})
        await create_record(unit, "person", {})

    assert desk.faults(lambda: desk.do(work)) == [("input.fullName", "REQUIRED")]
