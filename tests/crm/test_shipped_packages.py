"""The packages that crmgraph ships: each applied to the standard model, used, exported, applied again, removed."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import orjson
import pytest
from test_renames import descriptions, left, named, texts

from crmgraph.actions.unit import Caller
from crmgraph.metadata.model import STANDARD, Layer, layered, registry_of, shipped_documents
from crmgraph.metadata.packages import becoming, package_from_toml
from crmgraph.metadata.parsing import check_languages
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import LOCALES
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.metadata_command import SHIPPED
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow
LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))

Run = Callable[[Awaitable[Any]], Any]
FILES = {path.stem: path.read_text() for path in sorted(SHIPPED.glob("*.toml"))}
APPLY = """mutation Apply($content: String!) { applyPackage(input: {content: $content}) {
  changeSet { title state } preview { revision breaking } } }"""
REMOVE = """mutation Remove($name: String!, $force: Boolean, $reason: String) {
  removePackage(input: {name: $name, force: $force, reason: $reason}) { preview { revision breaking } } }"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who uses and customizes a CRM."""

    editions: Editions
    run: Run

    def ask(self, document: str, **variables: Any) -> Any:
        caller = Caller(trusted(), "en", "tests", None, datetime(2026, 11, 22, tzinfo=UTC))
        answer = self.run(self.editions.execute(Request(document, None, variables, caller, True)))
        return orjson.loads(answer.body)

    def data(self, document: str, **variables: Any) -> Any:
        found = self.ask(document, **variables)
        assert "errors" not in found, found
        return found["data"]

    @property
    def revision(self) -> int:
        return int(self.data("{ metadata { revision } }")["metadata"]["revision"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, run: Run, crm_database: Callable[[str], str]) -> Iterator[Desk]:
    """A database with the standard model, to which the packages are applied one after the other."""
    database = run(open_database(crm_database(request.param)))
    yield Desk(Editions(database, run(open_edition(database, actions=ACTIONS))), run)
    run(database.close())


USES = {  # a mutation that uses what a package brings, a query of it, and what it answers
    "household": (
        """mutation { createHousehold(input: {name: "Kowalski", size: 4, dwelling: HOUSE, income: UP_TO_60,
          contacts: {create: [{fullName: "Anna", role: HEAD}, {fullName: "Jan", role: CHILD}]}}) {
          household { id } } }""",
        "{ households(view: FAMILIES) { nodes { name size dwellingLabel members } } }",
        {"households": {"nodes": [
            {"name": "Kowalski", "size": 4, "dwellingLabel": "House", "members": 2},
        ]}},
    ),
    "field-service": (
        """mutation { createAccount(input: {name: "Site", accountNumber: "S"}) { account { id } }
          createProject(input: {name: "Heating", account: {key: {accountNumber: "S"}}, workOrders: {
            create: [{name: "Boiler", priority: EMERGENCY, estimatedHours: "2.5",
              account: {key: {accountNumber: "S"}}}]}}) { project { id } } }""",
        """{ workOrders(view: OPEN_EMERGENCIES) { nodes { number name project { name openOrders hours } account {
          openWorkOrders } } } }""",
        {"workOrders": {"nodes": [{"number": "WO-00001", "name": "Boiler", "account": {"openWorkOrders": 1},
            "project": {"name": "Heating", "openOrders": 1, "hours": "2.50"}}]}},
    ),
    "real-estate": (
        """mutation { createProperty(input: {name: "Villa", kind: HOUSE, area: "200.00", price: "500000.00",
          offeredFor: [SALE], interests: {create: [{level: SERIOUS, contact: {create: {fullName: "Buyer"}}}]}}) {
          property { id } } }""",
        """{ properties(view: ON_THE_MARKET) { nodes { reference name offeredFor pricePerArea interested
          interests { nodes { level contact { fullName interests { totalCount } } } } } } }""",
        {"properties": {"nodes": [{"reference": "RE-00001", "name": "Villa", "offeredFor": ["SALE"],
            "pricePerArea": "2500.00", "interested": 1, "interests": {"nodes": [
                {"level": "SERIOUS", "contact": {"fullName": "Buyer", "interests": {"totalCount": 1}}}]}}]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_package_comes_and_goes_and_its_data_stay(desk: Desk, name: str) -> None:
    if name == "household" and desk.editions.database.name == "postgresql" and not LONG:
        pytest.skip("two packages come and go on both databases; CRMGRAPH_LONG_TESTS=1: all")
    written, asked, expected = USES[name]
    applied = desk.data(APPLY, content=FILES[name])["applyPackage"]
    assert applied["changeSet"]["state"] == "PUBLISHED" and not applied["preview"]["breaking"]
    desk.data(written)
    assert desk.data(asked) == expected

    exported = desk.data("query($name: String!) { metadata { package(name: $name) { toml version } } }", name=name)
    text = exported["metadata"]["package"]["toml"]
    assert text == FILES[name].partition("\n\n")[2], "the file as it is shipped, without its comment"
    revision = desk.revision
    again = desk.data(APPLY, content=text)["applyPackage"]
    assert again == {"changeSet": None, "preview": {"revision": revision, "breaking": False}}
    assert desk.revision == revision

    desk.data(REMOVE, name=name, force=True, reason="It was a trial.")
    assert desk.ask(asked)["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert name not in [p["name"] for p in desk.data("{ metadata { packages { name } } }")["metadata"]["packages"]]

    desk.data(APPLY, content=FILES[name])
    assert desk.data(asked) == expected


VISIT = """mutation Visit($id: ID!) { createSiteVisit(input: {subject: "Boiler", odometer: 12000, signed: true,
  signature: {name: "s.png", mimeType: "image/png", content: "PHN2Zy8+"}, regarding: {workOrder: {id: $id}}}) {
  siteVisit { signature { name size } } } }"""


def test_kinds_of_activities_of_packages_stand_in_timelines(desk: Desk) -> None:
    for name in ("field-service", "real-estate"):
        desk.data(APPLY, content=FILES[name])
    order = desk.data("{ workOrders { nodes { id } } }")["workOrders"]["nodes"][0]["id"]
    desk.data(VISIT, id=order)
    seen = desk.data(
        """query Seen($id: ID!) { workOrder(id: $id) { timeline(first: 1) { nodes { __typename title } }
          activities { nodes { __typename ... on SiteVisit { odometer signed } } } } }""",
        id=order,
    )["workOrder"]
    assert seen["activities"]["nodes"] == [{"__typename": "SiteVisit", "odometer": 12000, "signed": True}]
    assert "SiteVisit" in [n["__typename"] for n in seen["timeline"]["nodes"]]
    visit = desk.data("{ siteVisits { nodes { id } } }")["siteVisits"]["nodes"][0]["id"]
    done = """mutation Done($id: ID!) { completeActivity(id: $id) { activity { __typename state actualEnd
      ... on SiteVisit { odometer } } } }"""
    found = desk.data(done, id=visit)["completeActivity"]["activity"]
    assert (found["__typename"], found["state"], found["odometer"]) == ("SiteVisit", "COMPLETED", 12000)
    assert found["actualEnd"] is not None
    flat = desk.data("{ properties { nodes { id } } }")["properties"]["nodes"][0]["id"]
    made = desk.data(
        """mutation Show($id: ID!) { createViewing(input: {subject: "First look", property: {id: $id},
          impression: GOOD, regarding: {property: {id: $id}}}) {
          viewing { property { viewings { totalCount } } } } }""",
        id=flat,
    )
    assert made["createViewing"]["viewing"]["property"]["viewings"]["totalCount"] == 1


# --- what households are called ---------------------------------------------------------------------------------------


@cache
def households() -> Registry:
    shipped = shipped_documents(STANDARD)
    wanted = package_from_toml(FILES["household"])
    return registry_of(layered(shipped, [becoming(Layer(wanted.name), wanted, shipped, count(20_000))]))


def test_no_text_of_a_crm_of_households_speaks_of_accounts() -> None:
    assert any("account" in named(text, "en") for text in ("Account Number", "accounts")), "the old word is known"
    assert not list(left(households(), ["account"]))
    said = dict(texts(households()))
    assert said["account.name.label"].texts == {
        "en": "Household Name", "es": "Nombre del hogar", "de": "Haushaltsname", "pl": "Nazwa gospodarstwa domowego",
    }  # fmt: skip
    assert said["account.parent_account.label"].texts["de"] == "Übergeordneter Haushalt"


def test_no_name_in_the_api_of_a_crm_of_households_is_made_of_the_old_word() -> None:
    """So that headers of files, which are such names or labels, have none either."""
    names = [t.api_name for t in households().types.values()]
    names += [f.api_name for t in households().types.values() for f in t.fields]
    names += [r.api_name for relations in households().relations.values() for r in relations.values()]
    assert not [n for n in names if "account" in n.lower()] and "householdNumber" in names


@pytest.mark.parametrize("locale", LOCALES)
def test_no_description_of_the_schema_speaks_of_accounts(locale: str) -> None:
    schema = build_schema(View(households()), locale, ACTIONS)
    schema.complete()
    said = list(descriptions(schema))
    assert not [text for text in said if "account" in named(text, locale)]
    word = households().type("account").label.text(locale).lower()
    assert [text for text in said if word in text.lower()], "they are really read"


@pytest.mark.parametrize("name", FILES)
def test_packages_speak_four_languages(name: str) -> None:
    """Overrides of labels may leave languages alone whose shipped text is right."""
    content = package_from_toml(FILES[name]).content
    own = {n: d for n, d in content["types"].items() if n.startswith("x_")}
    fields = {f: d for t in content["types"].values() for f, d in t.get("fields", {}).items() if f.startswith("x_")}
    check_languages({"types": own, "fields": fields, "choices": content.get("choices", {})}, name)
