"""What is held about a person is handed out, and erased everywhere: no table has it afterwards, and the chain holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import audit, seal
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.merging import Merge
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Caller, Idempotency, Unit
from crmgraph.actions.unmerging import Unmerge
from crmgraph.actions.verifying import verify
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import NOBODY, Principal, trusted
from crmgraph.sql.audit import Entry, Kind
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.stored import release

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
}
SECRETS = ["wilhelmina", "zwolle", "kowalczyk", "555 0199 77", "willa.k", "old.willa", "1971-03-04", "bin.willa"]
ERASE = """mutation Erase($id: ID!, $dry: Boolean, $delete: Boolean, $reason: String) {
  eraseSubject(input: {record: $id, dryRun: $dry, delete: $delete, reason: $reason}) {
    dryRun erased { recordType label records changes } answers auditEntries importRows files
  }
}"""
EXPORT = "mutation ($id: ID!) { exportSubject(input: {record: $id}) { document fileName recordCount } }"


@dataclass
class Office:
    """A database with a person in it, and somebody who asks."""

    database: Database
    editions: Editions
    run: Callable[[Any], Any]

    def do(self, work: Callable[[Unit], Any]) -> Any:
        caller = Caller(trusted(), "en", None, None, NOW)
        return self.run(perform(self.database, self.editions.current.tables, caller, work))

    def create(self, type_name: str, **values: Any) -> str:
        return str(self.do(lambda unit: create_record(unit, type_name, values)))

    def ask(self, document: str, principal: Principal | None = None, key: str | None = None, **variables: Any) -> Any:
        once = Idempotency(key, "digest") if key else None
        caller = Caller(principal or trusted(), "en", None, None, NOW, once)
        answer = self.run(self.editions.execute(Request(document, None, variables, caller, True)))
        return orjson.loads(answer.body)

    def dump(self) -> str:
        """All rows of all tables, in small letters."""

        async def work() -> str:
            async with self.database.transaction() as transaction:
                names = [name for (name,) in await transaction.rows(TABLES[self.database.name])]
                rows = [(name, await transaction.rows(f'SELECT * FROM "{name}"')) for name in names]
                return "\n".join(f"{name} {row}" for name, found in rows for row in found).lower()

        return str(self.run(work()))

    def faults(self) -> int:
        self.run(seal(self.database))
        return int(self.run(verify(self.database)).fault_count)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, crm_database: Callable[[str], str], shipped_edition: Any, run: Any
) -> Iterator[Office]:
    database = run(open_database(crm_database(request.param)))
    yield Office(database, Editions(database, shipped_edition(database)), run)
    run(database.close())


def to(type_name: str, id: str) -> dict[str, str]:
    return {"type": type_name, "id": id}


@pytest.fixture(scope="module")
def ids(office: Office) -> dict[str, str]:
    """A person who came as a lead, with mails, a call and a deleted mail."""
    made: dict[str, str] = {}
    known = {"first_name": "Wilhelmina", "last_name": "Kowalczyk", "mobile_phone": "+48 555 0199 77"}
    made["account"] = account = office.create("account", name="Acme")
    made["lead"] = lead = office.create("lead", topic="Chairs", **known, email="willa.k@example.org")
    made["contact"] = contact = office.create(
        "contact", **known, full_name="Wilhelmina Kowalczyk", email="old.willa@example.org", address_1_city="Zwolle",
        birth_date=date(1971, 3, 4), account={"id": account}, originating_lead={"id": lead},
    )  # fmt: skip
    office.do(lambda unit: update_record(unit, "contact", contact, {"email": "willa.k@example.org"}))
    made["child"] = office.create(
        "contact", full_name="Ola Other", last_name="Other", parent_contact={"id": contact}, address_1_city="Utrecht"
    )
    mail = office.create(
        "email", subject="Offer", sender="us@example.com", to_recipients="willa.k@example.org; other@example.com"
    )
    made["mail"] = mail
    read = "query ($id: ID!) { email(id: $id) { parties { nodes { id addressUsed } } } }"
    nodes = office.ask(read, id=mail)["data"]["email"]["parties"]["nodes"]
    (made["derived"],) = [node["id"] for node in nodes if node["addressUsed"] == "willa.k@example.org"]
    party = {"activity": to("email", mail), "party": to("contact", contact), "role": 2}
    made["party"] = office.create("activity_party", **party, name="Wilhelmina Kowalczyk", address_used="willa.k@x.org")
    made["call"] = other = office.create("phone_call", subject="Call", phone_number="+48 555 0199 77")
    made["stray"] = office.create(
        "activity_party", activity=to("phone_call", other), role=1, unresolved_name="WK <old.willa@example.org>"
    )
    made["gone"] = gone = office.create("email", subject="Old", sender="Willa <willa.k@example.org>")
    office.do(lambda unit: delete_record(unit, "email", gone))
    made["binned"] = binned = office.create(
        "contact", full_name="Bin Kowalczyk", last_name="Kowalczyk", email="bin.willa@example.org"
    )
    office.do(lambda unit: delete_record(unit, "contact", binned))
    refused = Entry(Kind.REFUSAL, detail={"errors": [{"message": "old.willa@example.org is taken"}]})
    caller = Caller(trusted(), "en", None, None, NOW)
    office.run(audit(office.database, office.editions.current.tables, caller, [refused]))
    kept = 'mutation ($id: ID!) { updateContact(id: $id, input: {jobTitle: "Chair"}) { contact { lastName } } }'
    assert "errors" not in office.ask(kept, key="k1", id=contact)
    return made


def test_only_an_officer_may(office: Office, ids: dict[str, str]) -> None:
    nobody = Principal("00000000-0000-7000-8000-000000000009", NOBODY)
    for document in (ERASE, EXPORT):
        (error,) = office.ask(document, nobody, id=ids["contact"])["errors"]
        assert error["extensions"]["code"] in ("FORBIDDEN", "GRAPHQL_VALIDATION_FAILED")


def test_what_is_no_person_is_refused(office: Office, ids: dict[str, str]) -> None:
    for id, code in ((ids["account"], "NOT_A_PERSON"), (ids["mail"], "NOT_A_PERSON")):
        (error,) = office.ask(ERASE, id=id)["errors"]
        assert error["extensions"]["inputErrors"][0]["code"] == code
    (error,) = office.ask(EXPORT, id="00000000-0000-7000-8000-000000000404")["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"


def test_all_that_is_held_is_handed_out(office: Office, ids: dict[str, str]) -> None:
    found = office.ask(EXPORT, id=ids["contact"])["data"]["exportSubject"]
    document, whole = found["document"], orjson.dumps(found["document"]).decode().lower()
    assert [s for s in SECRETS[:-1] if s not in whole] == []
    assert found["recordCount"] == 8
    records = {(name, r["id"]): r["because"] for name, g in document["records"].items() for r in g["records"]}
    assert records == {
        ("Contact", ids["contact"]): [],
        ("Lead", ids["lead"]): [],
        ("Contact", ids["child"]): ["Manager Contact"],
        ("ActivityParty", ids["party"]): ["Party"],
        ("ActivityParty", ids["derived"]): ["Party"],
        ("ActivityParty", ids["stray"]): [],
        ("Email", ids["mail"]): ["Activity Party", "Activity Party"],
        ("PhoneCall", ids["call"]): [],
    }
    shown = {f["field"]: (f["label"], f["value"]) for f in document["records"]["Contact"]["records"][0]["fields"]}
    assert shown["birthDate"] == ("Birthday", "1971-03-04")
    assert {event["act"] for event in document["history"]} == {"create", "update"}
    noted = "{ auditEntries(where: {kind: {eq: EXPORT}}) { nodes { record { id } } } }"
    assert office.ask(noted)["data"]["auditEntries"]["nodes"] == [{"record": {"id": ids["contact"]}}]


def test_what_is_erased_is_nowhere(office: Office, ids: dict[str, str]) -> None:
    assert office.faults() == 0
    counts = "{ contacts { totalCount } leads { totalCount } activities { totalCount } changes { totalCount } }"
    before, dump = office.ask(counts)["data"], office.dump()
    dry = office.ask(ERASE, id=ids["contact"], dry=True)["data"]["eraseSubject"]
    assert office.ask(counts)["data"] == before and office.dump() == dump, "a dry run leaves nothing"
    asked = "asked by Wilhelmina Kowalczyk"
    done = office.ask(ERASE, id=ids["contact"], reason=asked)["data"]["eraseSubject"]
    assert {**dry, "dryRun": False} == done
    assert {e["recordType"]: e["records"] for e in done["erased"]} == {
        "Contact": 1, "Lead": 1, "ActivityParty": 3, "Email": 1, "PhoneCall": 1
    }  # fmt: skip
    assert (done["answers"], done["auditEntries"]) == (1, 1)
    binned = office.ask(ERASE, id=ids["binned"])["data"]["eraseSubject"]
    assert [(e["recordType"], e["records"], e["changes"]) for e in binned["erased"]] == [("Contact", 0, 2)]
    after = office.dump()
    assert [s for s in SECRETS if s in after] == []
    assert [s for s in ("other@example.com", "utrecht", "ola other", "asked by erased") if s not in after] == []
    assert office.faults() == 0
    now = office.ask(counts)["data"]
    assert {k: v for k, v in now.items() if k != "changes"} == {k: v for k, v in before.items() if k != "changes"}


def test_erasing_again_changes_nothing(office: Office, ids: dict[str, str]) -> None:
    before = office.dump()
    again = office.ask(ERASE, id=ids["contact"])["data"]["eraseSubject"]
    assert again["erased"] == [] and office.dump() == before


def test_who_signs_in_keeps_an_address_that_is_nobodys(office: Office) -> None:
    """An e-mail address is required of them and names them alone: two of them are erased."""
    unit = office.create("business_unit", name="Head office")
    made = [
        office.create("user", full_name=f"Zdzisław {n}", email=f"zdz{n}@example.com", business_unit={"id": unit})
        for n in range(2)
    ]
    for id in made:
        assert "errors" not in office.ask(ERASE, id=id)
    found = office.ask("{ users { nodes { fullName email } } }")["data"]["users"]["nodes"]
    assert [(u["fullName"], u["email"]) for u in found] == [("Erased", f"erased-{id}@erased.invalid") for id in made]
    assert "zdzis" not in office.dump()
    assert office.ask(ERASE, id=made[0])["data"]["eraseSubject"]["erased"] == []


def test_what_others_are_named_by_is_erased(office: Office) -> None:
    """A connection's name tells of both; rows that an import put aside, and contents of files that nothing names."""
    one, other = (
        office.create("contact", full_name=f"{n} Xylander", last_name=n, email=f"{n}@example.org".lower())
        for n in ("Xaver", "Yvonne")
    )
    office.create("connection", name="Xaver Xylander", from_record=to("contact", one), to_record=to("contact", other))
    note = office.create("note", subject="N", attachment={"name": "n.txt", "mime_type": "text/plain", "content": b"n"})
    office.do(lambda unit: delete_record(unit, "note", note))
    party = {"activity": to("email", office.create("email", subject="Moved")), "role": 2}
    moved = office.create("activity_party", **party, party=to("contact", one), unresolved_name="first to one")
    then = {"party": to("contact", other), "unresolved_name": "then to the other"}
    office.do(lambda unit: update_record(unit, "activity_party", moved, then))
    office.do(lambda unit: update_record(unit, "activity_party", moved, {"address_used": "theirs"}))

    async def work(unit: Unit) -> int:
        later = "INSERT INTO import_later (import_id, number, kind, content) VALUES ('{}', {}, 'row', '{}')"
        for number, name in enumerate(("Xaver Xylander", "Nobody")):
            await unit.transaction.execute(later.format(one, number, f'{{"name":"{name}"}}'))
        uses = await unit.transaction.rows("SELECT sha256 FROM file_use")
        await release(unit.transaction, unit.database_name, unit.registry, [note])
        assert uses == await unit.transaction.rows("SELECT sha256 FROM file_use"), "the history names it"
        return len(uses)

    assert office.do(work) == 1
    done = office.ask(ERASE, id=one)["data"]["eraseSubject"]
    assert done["importRows"] == 1
    dump = office.dump()
    assert "xaver" not in dump and "yvonne xylander" in dump and "nobody" in dump
    assert "first to one" not in dump and "then to the other" in dump and "theirs" in dump
    assert office.faults() == 0


def test_merged_records_are_one_person(office: Office) -> None:
    """All of them are erased, and taking the merge back brings nothing of the person back."""
    made = [
        office.create("contact", full_name=f"Vroni {n}", last_name=f"Vroni {n}", mobile_phone=f"+48 601 {n}{n}{n}")
        for n in range(3)
    ]
    for master, other in ((made[0], made[1]), (made[2], made[0])):
        merge = Merge(id=master, type="contact", other=other, take=["mobilePhone", "lastName"])
        office.do(merge.perform)
    done = office.ask(ERASE, id=made[1])["data"]["eraseSubject"]
    assert [(e["recordType"], e["records"]) for e in done["erased"]] == [("Contact", 3)]
    assert "vroni" not in office.dump() and "+48 601" not in office.dump()
    for id in (made[0], made[1]):
        office.do(Unmerge(id=id, type="contact").perform)
    dump = office.dump()
    assert "vroni" not in dump and "+48 601" not in dump and office.faults() == 0


def test_the_record_goes_on_request(office: Office) -> None:
    id = office.create("contact", full_name="Quentin Quark", last_name="Quark", email="quentin@example.org")
    assert "errors" not in office.ask(ERASE, id=id, delete=True)
    found = office.ask("query ($id: ID!) { contact(id: $id) { id } deletedRecords { totalCount } }", id=id)["data"]
    assert found["contact"] is None and "quark" not in office.dump()
    assert office.faults() == 0
