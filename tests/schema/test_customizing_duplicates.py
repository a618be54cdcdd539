"""Duplicate rules made and changed while the CRM is used, on both databases alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workshop import Workshop
from world import WORLD

from crmgraph.actions.building import build_keys
from crmgraph.sql.audit import Kind

pytestmark = pytest.mark.slow

RULE = """setDuplicateRule(input: {{type: "person", name: "same_mail" {more}
  label: [{{locale: "en", text: "Same mail"}}, {{locale: "de", text: "Gleiche Adresse"}}]
  message: [{{locale: "en", text: "Known"}}, {{locale: "de", text: "Bekannt"}}]
  conditions: [{{fields: ["{field}"], method: {method}}}]}})"""
CREATE = """mutation($e: String) { createPerson(input: {fullName: "New", email: $e}) {
  duplicates { rule label message record { displayName } } } }"""
TELL = """{ metadata { type(name: "Person") { duplicateRules {
  name label message mode other activeOnly blankMatches conditions { fields method length threshold others } } } } }"""


@pytest.fixture
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    found = shop()
    found.fill(WORLD)
    return found


def rule(field: str = "email", method: str = "FOLDED", more: str = "") -> str:
    return RULE.format(field=field, method=method, more=more)


def test_a_rule_is_in_force_at_once_and_rests_with_its_fields(workshop: Workshop) -> None:
    assert workshop.ask(CREATE, e=None)["createPerson"]["duplicates"] == []  # there are no rules at all
    workshop.ask('mutation { createPerson(input: {fullName: "Old", email: "old@x.example"}) { person { id } } }')
    change = "changes { code element text } "
    made = workshop.change(rule(), f"preview {{ {change} }}")
    codes = [(c["code"], c["element"]) for c in made["preview"]["changes"]]
    assert codes == [("DUPLICATE_ADDED", "person.x_same_mail")]
    told = workshop.ask(TELL)["metadata"]["type"]["duplicateRules"]
    conditions = [{"fields": ["email"], "method": "FOLDED", "length": None, "threshold": None, "others": []}]
    assert told == [
        {
            "name": "x_same_mail", "label": "Same mail", "message": "Known", "mode": None, "other": None,
            "activeOnly": True, "blankMatches": False, "conditions": conditions,
        }
    ]  # fmt: skip
    assert workshop.ask(CREATE, e="old@x.example")["createPerson"]["duplicates"] == []  # its keys are not built yet
    workshop.ask('mutation { deletePeople(where: {fullName: {eq: "New"}}, atMost: 2) { affectedCount } }')
    for room in workshop.rooms:
        assert workshop.run(build_keys(room.database, lambda room=room: room.current.tables)) > 0  # type: ignore[misc]
    german = workshop.calling(locale="de").ask(CREATE, e="OLD@x.example")["createPerson"]["duplicates"]
    expected = {"rule": "x_same_mail", "label": "Gleiche Adresse", "message": "Bekannt"}
    assert german == [{**expected, "record": {"displayName": "Old"}}]
    workshop.change(rule(more="mode: REFUSE"))
    [body, other] = workshop.bodies(CREATE, {"e": "old@X.example"})
    assert body["errors"][0]["extensions"]["code"] == other["errors"][0]["extensions"]["code"] == "DUPLICATE_FOUND"
    assert [reads(workshop, room) for room in (0, 1)] == [0, 0]
    workshop.change('changeRecordType(input: {type: "person", auditReads: true})')
    workshop.bodies(CREATE, {"e": "old@X.example"})
    assert [reads(workshop, room) for room in (0, 1)] == [2, 2]  # the two that the refusal shows
    workshop.change('retire(input: {type: "person", field: "email", force: true, reason: "test"})')
    plain = 'mutation { createPerson(input: {fullName: "Old"}) { person { fullName } } }'
    assert workshop.ask(plain)["createPerson"]["person"] == {"fullName": "Old"}
    assert workshop.ask(TELL)["metadata"]["type"]["duplicateRules"] == []
    workshop.change('unretire(input: {type: "person", field: "email"})')
    assert "errors" in workshop.bodies(CREATE, {"e": "old@X.example"})[0]
    for room in workshop.rooms:  # what was written while the rule rested may have keys that are wrong
        assert workshop.run(build_keys(room.database, lambda room=room: room.current.tables)) > 0  # type: ignore[misc]
    workshop.change('removeDuplicateRule(input: {type: "person", name: "same_mail", force: true, reason: "test"})')
    assert workshop.ask(TELL)["metadata"]["type"]["duplicateRules"] == []

    async def left(room: int) -> int:
        async with workshop.rooms[room].database.transaction() as transaction:
            return len(await transaction.rows("SELECT 1 FROM match_key"))

    for number, room in enumerate(workshop.rooms):
        workshop.run(build_keys(room.database, lambda room=room: room.current.tables))  # type: ignore[misc]
        assert workshop.run(left(number)) == 0


def reads(workshop: Workshop, room: int) -> int:
    """How many reads of records are noted."""

    async def work() -> int:
        async with workshop.rooms[room].database.transaction() as transaction:
            return len(await transaction.rows(f"SELECT 1 FROM audit_entry WHERE kind = {Kind.READ.value}"))

    return int(workshop.run(work()))


def test_a_rename_breaks_no_question(workshop: Workshop) -> None:
    workshop.change(rule())
    workshop.ask(CREATE, e="old@x.example")
    workshop.change('changeRecordType(input: {type: "person", apiName: "Human", apiPluralName: "humans"})')
    ask = '{ findDuplicates(of: {%s: {fullName: "N", email: "OLD@x.example"}}) { rule record { displayName } } }'
    for name in ("person", "human"):
        found = workshop.ask(ask % name)["findDuplicates"]
        assert found == [{"rule": "x_same_mail", "record": {"displayName": "New"}}]


WRONG = [
    (rule(field="nothing"), "UNKNOWN_FIELD"),
    (rule(field="firm"), "INVALID_DEFINITION"),
    (rule(more='other: "nobody"'), "UNKNOWN_TYPE"),
    (rule(field="email", method="FIRST").replace("method: FIRST", "method: FIRST, length: 0"), "INVALID_DEFINITION"),
    (rule().replace("method: FOLDED", "method: FOLDED, threshold: 50"), "INVALID_DEFINITION"),
    (rule().replace('[{fields: ["email"], method: FOLDED}]', "[]"), "INVALID_DEFINITION"),
    (rule().replace('["email"]', "[]"), "INVALID_DEFINITION"),
    (rule(field="subject").replace('type: "person"', 'type: "happening"'), "INVALID_DEFINITION"),
    ('removeDuplicateRule(input: {type: "person", name: "none"})', "UNKNOWN_NAME"),
]


@pytest.fixture(scope="module")
def quiet(shop: Callable[[], Workshop]) -> Workshop:
    return shop()


@pytest.mark.parametrize(("change", "code"), WRONG)
def test_what_cannot_be_compared_is_refused(quiet: Workshop, change: str, code: str) -> None:
    assert [told[0] for told in quiet.refused(change)] == [code]
