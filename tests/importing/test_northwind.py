"""Northwind and Microsoft's sample, the real files, through the committed maps."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import NOW, REPOSITORY, Office, Run, shared_folder

from crmgraph.actions.unit import Caller
from crmgraph.importing.mapping import load_map
from crmgraph.importing.plans import import_plan, load_plan
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import ImportPlan, import_file
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.schema.edition import open_edition
from crmgraph.schema.explain import explain
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import MODEL
from crmgraph.sql.tables import Tables, build_tables

DATA = shared_folder() / "data"
MAPS = REPOSITORY / "examples"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here"),
]
COUNTS = {
    "user": 9,
    "account": 91,
    "contact": 91,
    "product": 85,
    "order": 830,
    "order_product": 2155,
    "business_unit": 1,
    "currency": 1,
    "unit": 1,
}


@pytest.fixture(scope="module")
def crm() -> Tables:
    return build_tables(build_registry(*read_model(MODEL)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest,
    crm: Tables,
    run: Run,
    crm_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """An office with the whole CRM."""
    database = run(open_database(crm_database(request.param)))
    yield Office(database, crm, run, tmp_path_factory.mktemp("northwind"))
    run(database.close())


def load(office: Office, **more: Any) -> list[ImportReport]:
    steps = load_plan(MAPS / "northwind" / "plan.toml", DATA / "northwind", rejects=office.folder, **more)
    caller = Caller(trusted(), "en", None, "import", NOW)
    found: list[ImportReport] = office.run(import_plan(office.database, office.tables, caller, steps, Progress()))
    return found


@pytest.fixture(scope="module")
def northwind(empty: Office) -> Office:
    """An office with Northwind; first a dry run, which must leave nothing behind."""
    dry = load(empty, dry_run=True)
    assert [empty.count(t) for t in ("record", "event")] == [0, 0]
    wet = load(empty)
    assert all(r.clean for r in wet)
    assert [(r.created, r.updated) for r in dry] == [(r.created, r.updated) for r in wet]
    return empty


def test_every_row_becomes_a_record(northwind: Office) -> None:
    assert {name: northwind.count(name) for name in COUNTS} == COUNTS
    structures = northwind.rows("SELECT structure, count(*) FROM product GROUP BY 1 ORDER BY 1")
    assert structures == [(1, 77), (2, 8)]


def test_prices_are_exact(northwind: Office) -> None:
    assert total(northwind, "sum(freight_amount)", "order", 2) == Decimal("64942.69")
    assert total(northwind, "sum(list_price)", "product", 2) == Decimal("2220.21")
    assert total(northwind, "sum(price_per_unit * quantity)", "order_product", 7) == Decimal("1354458.59")
    assert total(northwind, "sum(manual_discount)", "order_product", 2) == Decimal("88665.83")
    first = """SELECT l.price_per_unit FROM order_product l JOIN "order" o ON o.id = l.order_id
               JOIN product p ON p.id = l.product_id WHERE o.order_number = '10248' AND p.product_number = '42'"""
    [(price,)] = northwind.rows(first)
    assert exact(northwind, price, 2) == Decimal("9.80")


def total(office: Office, expression: str, table: str, digits: int) -> Decimal:
    [(value,)] = office.rows(f'SELECT {expression} FROM "{table}"')
    return exact(office, value, digits)


def exact(office: Office, value: Any, digits: int) -> Decimal:
    return Decimal(value).scaleb(-digits) if office.database.name == "sqlite" else Decimal(value)


def test_managers_families_owners_and_contacts_are_linked(northwind: Office) -> None:
    managers = northwind.rows(
        'SELECT m.full_name, count(*) FROM "user" u JOIN "user" m ON m.id = u.manager_id GROUP BY 1'
    )
    assert sorted(managers) == [("Andrew Fuller", 5), ("Steven Buchanan", 3)]
    assert northwind.rows("SELECT count(*) FROM product WHERE parent_product_id IS NOT NULL") == [(77,)]
    linked = """SELECT count(*) FROM account a JOIN contact c ON c.id = a.primary_contact_id AND c.account_id = a.id"""
    assert northwind.rows(linked) == [(91,)]
    owned = (
        """SELECT count(*) FROM "order" o JOIN "user" u ON u.id = o.owner_id JOIN account a ON a.id = o.customer_id"""
    )
    assert northwind.rows(owned) == [(830,)]


def test_oddities_of_the_texts_are_mended_as_the_maps_say(northwind: Office) -> None:
    streets = [s for (s,) in northwind.rows('SELECT address_1_street FROM "user"')]
    assert "507 - 20th Ave. E., Apt. 2A" in streets
    for table, column in (("account", "address_1_street"), ("account", "name"), ("order", "ship_to_street")):
        assert northwind.rows(f"SELECT count(*) FROM \"{table}\" WHERE {column} LIKE '%  %'") == [(0,)]
    assert northwind.rows("SELECT count(*) FROM account WHERE address_1_country IN ('UK', 'USA')") == [(0,)]


def test_the_plan_can_be_run_again_without_any_event(northwind: Office) -> None:
    before = northwind.count("event")
    again = load(northwind)
    assert {(r.created, r.updated, r.rejected) for r in again} == {(0, 0, 0)}
    assert northwind.count("event") == before
    assert northwind.count("order_product") == 2155


def test_microsofts_sample_resolves_its_forward_parents(northwind: Office) -> None:
    found_map = load_map(MAPS / "ms_samples" / "accounts.toml")
    plan = ImportPlan(
        DATA / "ms_samples" / "import accounts.csv", "account", found_map, rejects=Path(northwind.folder / "r")
    )
    report = northwind.run(import_file(northwind.database, northwind.tables, northwind.caller, plan, Progress()))
    assert (report.created, report.rejected) == (5, 0)
    joined = "SELECT a.name, p.name FROM account a JOIN account p ON p.id = a.parent_account_id ORDER BY 1"
    assert northwind.rows(joined) == [
        ("A. Datum Corporation", "Adventure Works"),
        ("City Power & Light", "A. Datum Corporation"),
        ("Fabrikam, Inc.", "Adventure Works"),
    ]


ACCOUNT_PAGE = """
query AccountPage($number: String!) {
  accountBy(key: {accountNumber: $number}) {
    name industry industryLabel
    parentAccount { name }
    primaryContact { fullName email }
    contacts(first: 20, orderBy: [{lastName: ASC}], where: {state: {eq: ACTIVE}}) {
      totalCount
      nodes { fullName
        activities(first: 5, orderBy: [{sortDate: DESC}]) {
          nodes { __typename subject sortDate ... on Email { direction } ... on PhoneCall { phoneNumber } } } } }
    opportunities { aggregate { count sum { estimatedValue } } }
    orders(first: 3, orderBy: [{orderNumber: ASC}]) {
      totalCount aggregate { sum { freightAmount } }
      nodes { orderNumber owner { displayName }
        products(orderBy: [{product: {name: ASC}}]) {
          nodes { pricePerUnit quantity product { name parentProduct { name } } } } }
      pageInfo { hasNextPage } }
    cases(where: {state: {eq: ACTIVE}}) { nodes { title priority } }
    timeline(first: 25, include: [REGARDING, CHILDREN]) {
      edges { cursor node { __typename occurredOn title } }
      pageInfo { hasNextPage endCursor } } } }
"""


def test_a_screen_is_one_statement_and_the_same_bytes(northwind: Office) -> None:
    edition = northwind.run(open_edition(northwind.database))
    caller = Caller(trusted(), "en", None, None, NOW)
    request = Request(ACCOUNT_PAGE, None, {"number": "ALFKI"}, caller, False)
    before = northwind.database.statements
    answer = northwind.run(execute(edition, northwind.database, request))
    assert northwind.database.statements - before == 1
    assert explain(edition, request).count("one statement") == 1
    assert answer.body.decode() + "\n" == (Path(__file__).parent / "account_page.json").read_text()
