"""The 114 standard entities of the Common Data Model over the standard model: all convert, and publish."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmgraph import cli
from crmgraph.actions.unit import Caller
from crmgraph.crm.dynamics import DYNAMICS, FIELDS, PARTY_ROLES, TYPES
from crmgraph.errors import message
from crmgraph.metadata.bench import Bench
from crmgraph.metadata.cdm.drafts import Draft, ImportOutcome, drafts_of
from crmgraph.metadata.cdm.reading import Entity, chosen, entities_of
from crmgraph.metadata.model import LOCAL, STANDARD, State, registry_of, shipped_documents
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.vocabulary import apply_all, command_from_words, words_of
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import open_edition, standard_registry
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.cdm_command import report
from crmgraph.sql.database import open_database

SHARED = Path(os.environ.get("CRMGRAPH_SHARED") or Path(__file__).parents[3] / "shared")
CDM = SHARED / "model" / "cdm_entities.json"
needs_file = pytest.mark.skipif(not CDM.exists(), reason="the entities of the Common Data Model are not here")
pytestmark = pytest.mark.slow
Run = Callable[[Any], Any]
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def content() -> Any:
    return json.loads(CDM.read_text())


@pytest.fixture(scope="module")
def file(content: Any) -> dict[str, Entity]:
    return entities_of(content)


@pytest.fixture(scope="module")
def drafts(file: dict[str, Entity]) -> list[Draft]:
    return drafts_of(file, chosen(file, None), standard_registry(), DYNAMICS)


@pytest.fixture(scope="module")
def whole(drafts: list[Draft]) -> Registry:
    """The standard model with all of them; every change is one that its words make."""
    bench = Bench(shipped_documents(STANDARD), State(1), LOCAL)
    for each in drafts:
        commands = [command_from_words(words_of(c)) for c in each.changes]
        assert (each.entity, apply_all(bench, commands)) == (each.entity, [])
    return registry_of(bench.model, 2)


def test_what_the_model_is_said_to_have_it_has() -> None:
    registry = standard_registry()
    assert set(TYPES.values()) <= set(registry.types)
    for entity, fields in FIELDS.items():
        found = {TYPES.get(entity) or next((n for n in registry.types if n.replace("_", "") == entity), entity)}
        known = {n for t in (found if entity else registry.types) for n in registry.type(t).by_name}
        assert (entity, set(fields.values()) - known) == (entity, set())
    roles = registry.field("activity_party", "role").options
    assert roles is not None and set(PARTY_ROLES.values()) <= {o.name for o in roles.options}


@needs_file
def test_every_entity_becomes_a_draft(drafts: list[Draft], file: dict[str, Entity], whole: Registry) -> None:
    assert len(drafts) == len(file) == 114
    new = {d.type for d in drafts if d.is_new}
    assert len(new) == len(whole.types) - len(standard_registry().types) == 43
    assert [d.entity for d in drafts if d.type is None] == ["owner"]
    assert TYPES.keys() - file.keys() == {"activitymimeattachment"}
    known = {entity: name for entity, name in TYPES.items() if entity in file}
    assert {d.entity: d.type for d in drafts if d.type and not d.is_new}.items() >= known.items()
    build_schema(View(whole), "en", ACTIONS).complete()


@needs_file
def test_every_attribute_is_accounted_for(drafts: list[Draft], file: dict[str, Entity], whole: Registry) -> None:
    for draft in drafts:
        if draft.type is None:
            continue
        told = {n.attribute for n in draft.notes} | {"statecode", "statuscode"}
        assert {a.name for a in file[draft.entity].attributes} <= told
        found = whole.types.get(draft.type) or whole.type(f"x_{draft.type}")
        fields = {n.data["field"] for n in draft.notes if "field" in n.data}
        assert all(n in found.by_name or f"x_{n}" in found.by_name for n in fields), draft.entity


@needs_file
def test_importing_all_of_it_again_changes_nothing(file: dict[str, Entity], whole: Registry) -> None:
    again = drafts_of(file, chosen(file, None), whole, DYNAMICS)
    assert [(d.entity, c) for d in again for c in d.changes] == []
    assert not any(n.outcome is ImportOutcome.TAKEN for d in again for n in d.notes)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, crm_database: Callable[[str], str]) -> str:
    """A database with the CRM's tables."""
    return crm_database(request.param)


@contextmanager
def asking(url: str, run: Run) -> Iterator[Ask]:
    """Sends operations to a database, as the administrator."""
    database = run(open_database(url))
    editions = Editions(database, run(open_edition(database, actions=ACTIONS)))

    def ask(document: str, **variables: Any) -> Any:
        caller = Caller(trusted(), "en", "test", None, datetime.now(UTC))
        return json.loads(run(editions.execute(Request(document, None, variables, caller, True))).body)

    yield ask
    run(database.close())


@pytest.fixture(scope="module")
def ask(url: str, run: Run) -> Iterator[Ask]:
    with asking(url, run) as found:
        yield found


HANDFUL = [
    "activitypointer",
    "site",
    "equipment",
    "service",
    "resourcespec",
    "serviceappointment",
    "feedback",
    "competitoraddress",
]
IMPORT = """mutation M($input: ImportCdmInput!) { importCdm(input: $input) {
  changeSet { title state }
  preview { breaking }
  entities { entity type isNew changes attributes { attribute outcome code text } } } }"""
WRITE = """mutation { createSite(input: {name: "Harbour", address1City: "Gdynia", address1Latitude: "54.51889"}) {
  site { name address1City address1Latitude state } }
  createFeedback(input: {title: "Quick", source: PORTAL, regarding: {contact: {create: {fullName: "Nowak"}}}}) {
    feedback { title source sourceLabel statusReason
      regarding { ... on Contact { fullName feedbacks { totalCount } } } } }
  createServiceAppointment(input: {subject: "Repair", location: "Quay 3", site: {create: {name: "Quay"}},
    service: {create: {name: "Repairs", anchorOffset: 0}}}) {
    serviceAppointment { subject location statusReason site { name serviceAppointments { nodes { subject } } } } } }"""


@needs_file
def test_a_handful_is_drafted_published_and_written(content: Any, ask: Ask) -> None:
    part = {"content": content, "entities": HANDFUL}
    drafted = ask(IMPORT, input={**part, "dryRun": True})["data"]["importCdm"]
    assert drafted["changeSet"] is None
    assert {e["entity"]: e["isNew"] for e in drafted["entities"]} == {n: n != HANDFUL[0] for n in HANDFUL}
    published = ask(IMPORT, input={**part, "publish": True})["data"]["importCdm"]
    assert published["changeSet"]["state"] == "PUBLISHED" and not published["preview"]["breaking"]
    assert published["entities"] == drafted["entities"]
    written = ask(WRITE)
    assert "errors" not in written, written
    data = written["data"]
    assert data["createSite"]["site"] == {
        "name": "Harbour", "address1City": "Gdynia", "address1Latitude": "54.51889", "state": "ACTIVE",
    }  # fmt: skip
    assert data["createFeedback"]["feedback"] == {
        "title": "Quick", "source": "PORTAL", "sourceLabel": "Portal", "statusReason": "PROPOSED",
        "regarding": {"fullName": "Nowak", "feedbacks": {"totalCount": 1}},
    }  # fmt: skip
    appointment = data["createServiceAppointment"]["serviceAppointment"]
    assert appointment["statusReason"] == "REQUESTED"
    assert appointment["site"] == {"name": "Quay", "serviceAppointments": {"nodes": [{"subject": "Repair"}]}}


@needs_file
def test_the_command_publishes_them_all(
    run: Run, crm_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = crm_database("sqlite")
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
    assert cli.main(["metadata", "import-cdm", str(CDM), "--entity", "site", "--locale", "de"]) == 0
    drafted = capsys.readouterr().out
    assert drafted.startswith("site → site *\n") and "wird das Feld address_1_city" in drafted
    assert "\nEntwurf " in drafted and drafted.endswith("Veröffentlicht wäre es Revision 2.\n")
    part = [] if os.environ.get("CRMGRAPH_LONG_TESTS") else [w for name in HANDFUL for w in ("--entity", name)]
    assert cli.main(["metadata", "import-cdm", str(CDM), *part, "--publish"]) == 0
    assert "\nPublished: " in capsys.readouterr().out
    with asking(url, run) as ask:
        states = ask("{ changeSets(orderBy: [{createdOn: ASC}]) { nodes { state } } sites { totalCount } }")
    assert [n["state"] for n in states["data"]["changeSets"]["nodes"]] == ["DRAFT", "PUBLISHED"]


BUOY = {
    "entities": {
        "buoy": {
            "source_name": "Buoy",
            "label": {"en": "Buoy", "pl": "Boja"},
            "attributes": [
                {"name": "buoyid", "type": "entityId", "pk": True},
                {"name": "name", "type": "name", "label": "Name", "req": "required", "maxlen": 50},
                {"name": "keeperid", "type": "customer", "label": "Keeper", "targets": ["account", "contact"]},
            ],
        }
    }
}


def test_a_draft_is_published_later(ask: Ask) -> None:
    told = ask(IMPORT.replace("title state", "id title state"), input={"content": BUOY})["data"]["importCdm"]
    assert (told["changeSet"]["title"], told["changeSet"]["state"]) == ("Common Data Model: Buoy", "DRAFT")
    (buoy,) = told["entities"]
    assert (buoy["type"], buoy["isNew"], buoy["changes"]) == ("buoy", True, 1)
    assert buoy["attributes"][0] == {
        "attribute": "buoyid", "outcome": "SKIPPED", "code": "IS_ID", "text": "left out: every record has an id",
    }  # fmt: skip
    assert "errors" in ask("{ buoys { totalCount } }")
    publish = "mutation M($id: ID!) { publishChangeSet(id: $id) { changeSet { state } } }"
    assert ask(publish, id=told["changeSet"]["id"])["data"]["publishChangeSet"]["changeSet"]["state"] == "PUBLISHED"
    made = ask(
        'mutation { createBuoy(input: {name: "B1", keeper: {account: {create: {name: "Port"}}}}) { buoy { id } } }'
    )
    assert "errors" not in made
    listed = ask("{ accounts { nodes { name buoys { nodes { name } } } } }")
    assert listed == {"data": {"accounts": {"nodes": [{"name": "Port", "buoys": {"nodes": [{"name": "B1"}]}}]}}}


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({}, ["input", "content"], "WRONG_CDM"),
        ({"content": [1]}, ["input", "content"], "WRONG_CDM"),
        ({"content": BUOY, "entities": ["boy"]}, ["input", "entities", 0], "UNKNOWN_ENTITY"),
    ],
)
def test_what_cannot_be_imported_is_refused(ask: Ask, given: Any, path: list[Any], code: str) -> None:
    (error,) = ask(IMPORT, input=given)["errors"]
    (problem,) = error["extensions"]["inputErrors"]
    assert (problem["path"], problem["code"]) == (path, code)


LAST_LINES = {
    "en": "Nothing was changed. There would be 1 change, in revision 2.",
    "es": "No se ha cambiado nada. Habría 1 cambio, en la revisión 2.",
    "de": "Nichts wurde geändert. Es gäbe 1 Änderung, in Revision 2.",
    "pl": "Niczego nie zmieniono. Byłaby 1 zmiana, w wersji 2.",
}


def test_the_command_says_in_every_language_what_became_of_it() -> None:
    told = {"entities": [], "changeSet": None, "preview": {"changes": [1], "revision": 2, "warnings": []}}
    made = {**told, "changeSet": {"id": "1-2", "title": "Boje"}}
    for locale, line in LAST_LINES.items():
        args = Namespace(language=locale, dry_run=True, publish=False)
        assert [*report(told, args)] == [line]
        args.dry_run = False
        drafted = [*report(made, args)]
        args.publish = True
        published = [*report(made, args)]
        assert drafted == [message("cdm_drafted", locale, {"id": "1-2", "title": "Boje", "count": 1, "revision": 2})]
        assert published != drafted and "Boje (1-2)" in published[0]
        assert [*report(told, args)] == [message("metadata_no_change", locale)]


def test_the_command_tells_what_is_wrong(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
    path = tmp_path / "cdm.json"
    path.write_text("{")
    assert cli.main(["metadata", "import-cdm", str(path)]) == 1
    assert "The file is not JSON: line 1, column 2 cannot be read." in capsys.readouterr().err
    path.write_bytes(b'{\n "\xff')
    assert cli.main(["metadata", "import-cdm", str(path), "--locale", "de"]) == 1
    assert "Die Datei ist kein JSON: Zeile 2, Spalte 3 lässt sich nicht lesen." in capsys.readouterr().err
    path.write_text(json.dumps(BUOY))
    assert cli.main(["metadata", "import-cdm", str(path), "--entity", "boy", "--locale", "de"]) == 1
    assert "Die Datei hat keine Entität „boy“. Ähnliche: buoy." in capsys.readouterr().err
