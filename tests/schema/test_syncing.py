"""What clients did without a connection: carried out once, merged by field, each operation by itself or all or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson
import pytest
from graph import Both, Graph, uid
from world import FIRST, WORLD

from crmgraph.actions import sync_runs
from crmgraph.actions.auditing import prune
from crmgraph.actions.housekeeping import Ages, tidy
from crmgraph.actions.unit import Caller
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted

SYNC = """mutation ($id: ID!, $operations: [SyncOperation!]!, $atomic: Boolean) {
  sync(batchId: $id, operations: $operations, atomic: $atomic) {
    batchId applied
    results { key status recordId typeName version waitsFor code rule message inputErrors { path code message rule }
      conflicts { field label baseKnown base mine theirs } } } }"""
FIRM = "query ($id: ID!) { firm(id: $id) { name employees email website version head { id } state } }"


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into: each test has records of its own."""
    return filled(WORLD, FIRST)


def op(key: str, mutation: str, *after: str, **arguments: Any) -> dict[str, Any]:
    more = {"dependsOn": list(after)} if after else {}
    return {"key": key, "mutation": {mutation: arguments}, **more}


def firm(key: str, place: int, **given: Any) -> dict[str, Any]:
    return op(key, "createFirm", input={"id": uid(place), "name": f"Firm {place}", **given})


def send(desk: Both, id: str, *operations: dict[str, Any], atomic: bool = False) -> dict[str, dict[str, Any]]:
    """The results of a batch by key, with what of them is told."""
    data = sent(desk, id, *operations, atomic=atomic)
    assert data["applied"] is True
    return {r["key"]: {n: v for n, v in r.items() if v not in (None, [])} for r in data["results"]}


def sent(desk: Both, id: str, *operations: dict[str, Any], atomic: bool = False) -> dict[str, Any]:
    variables = {"id": id, "operations": list(operations), "atomic": atomic}
    data: dict[str, Any] = desk.ask(SYNC, variables, statements=None)["sync"]
    assert data["batchId"] == id and [r["key"] for r in data["results"]] == [o["key"] for o in operations]
    return data


def statuses(results: Mapping[str, Any]) -> dict[str, str]:
    return {key: result["status"] for key, result in results.items()}


def change(desk: Both, number: int, **values: Any) -> None:
    """What somebody else does meanwhile."""
    text = "mutation ($id: ID!, $input: UpdateFirmInput!) { updateFirm(id: $id, input: $input) { firm { id } } }"
    desk.ask(text, {"id": uid(number), "input": values}, statements=None)


def now(desk: Both, number: int) -> Any:
    return desk.ask(FIRM, {"id": uid(number)})["firm"]


# --- order ----------------------------------------------------------------------------------------------------------


def test_a_batch_names_its_records_before_they_are_made(desk: Both) -> None:
    results = send(
        desk, "forward",
        op("deal", "createDeal", input={"id": uid(901), "title": "Ice", "firm": {"id": uid(902)}}),
        op("head", "createPerson", input={"id": uid(903), "fullName": "Eve", "firm": {"id": uid(902)}}),
        firm("firm", 902, head={"id": uid(903)}),
        op("memo", "updateFirm", id=uid(902), input={"notes": {"create": [{"heading": "New"}]}, "employees": 3}),
        op("joined", "updateFirm", id=uid(102), input={"people": {"connect": [{"id": uid(904)}]}}),
        op("nested", "createFirm", input={"id": uid(905), "name": "N",
           "people": {"create": [{"id": uid(904), "fullName": "Below"}]}}),
    )  # fmt: skip
    assert set(statuses(results).values()) == {"APPLIED"}
    assert results["firm"] == {
        "key": "firm", "status": "APPLIED", "recordId": uid(902), "typeName": "Firm", "version": 1,
    }  # fmt: skip
    assert results["memo"]["version"] == 2
    found = desk.ask(
        f'{{ firm(id: "{uid(902)}") {{ head {{ fullName firm {{ name }} }} employees deals {{ nodes {{ title }} }} '
        f'notes {{ nodes {{ heading }} }} }} person(id: "{uid(904)}") {{ firm {{ id }} }} }}'
    )
    assert found["firm"] == {
        "head": {"fullName": "Eve", "firm": {"name": "Firm 902"}}, "employees": 3,
        "deals": {"nodes": [{"title": "Ice"}]}, "notes": {"nodes": [{"heading": "New"}]},
    }  # fmt: skip
    assert found["person"] == {"firm": {"id": uid(102)}}


def test_what_needs_a_failed_one_waits_and_the_rest_goes_on(desk: Both) -> None:
    results = send(
        desk, "waiting",
        op("below", "createPerson", input={"fullName": "B", "firm": {"id": uid(911)}}),
        op("wrong", "createFirm", input={"id": uid(911), "name": "W", "email": "no address"}),
        firm("fine", 912),
        op("further", "updateFirm", "told", id=uid(912), input={"employees": 1}),
        op("told", "updateFirm", "wrong", id=uid(103), ifVersion=1, input={"employees": 1}),
        op("other", "updateFirm", id=uid(912), input={"employees": 2}),
        op("gone", "deleteFirm", id=uid(911)),
    )  # fmt: skip
    assert statuses(results) == {
        "below": "WAITING", "wrong": "REFUSED", "fine": "APPLIED", "further": "WAITING", "told": "WAITING",
        "other": "APPLIED", "gone": "WAITING",
    }  # fmt: skip
    assert results["below"]["waitsFor"] == ["wrong"] and results["further"]["waitsFor"] == ["told"]
    wrong = results["wrong"]
    assert wrong["code"] == "VALIDATION_FAILED"
    (fault,) = wrong["inputErrors"]
    assert (fault["path"], fault["code"]) == (["input", "email"], "WRONG_FORMAT")
    assert now(desk, 912)["employees"] == 2 and now(desk, 911) is None


def test_a_circle_of_new_records_is_one_and_other_circles_are_refused(desk: Both) -> None:
    head = {"id": uid(922), "fullName": "Head", "firm": {"id": uid(921)}}
    results = send(
        desk, "circles",
        firm("firm", 921, head={"id": uid(922)}), op("head", "createPerson", input=head),
        firm("broken", 923, head={"id": uid(924)}),
        op("faulty", "createPerson", input={"id": uid(924), "fullName": " ", "firm": {"id": uid(923)}}),
        op("a", "updateFirm", "b", id=uid(104), ifVersion=1, input={"employees": 4}),
        op("b", "updateFirm", "a", id=uid(105), ifVersion=1, input={"employees": 4}),
        op("self", "updateFirm", "self", id=uid(105), ifVersion=1, input={"employees": 4}),
    )  # fmt: skip
    assert statuses(results) == {
        "firm": "APPLIED", "head": "APPLIED", "broken": "WAITING", "faulty": "REFUSED",
        "a": "REFUSED", "b": "REFUSED", "self": "REFUSED",
    }  # fmt: skip
    assert results["a"]["inputErrors"][0]["code"] == "CIRCLE"


def test_new_records_that_stand_together_fail_apart(desk: Both) -> None:
    """They are written together; a key that two of them have, and a fault, keep back only what they must."""
    results = send(
        desk, "together",
        *(firm(f"f{i}", 9300 + i) for i in range(4)),
        firm("one", 9310, number="SAME"), firm("two", 9311, number="SAME"), firm("taken", 9312, number="F-1"),
        op("of two", "createPerson", input={"id": uid(9320), "fullName": "T", "firm": {"id": uid(9311)}}),
        op("of one", "createPerson", input={"id": uid(9321), "fullName": "O", "firm": {"id": uid(9310)}}),
    )  # fmt: skip
    fine = {f"f{i}": "APPLIED" for i in range(4)}
    assert statuses(results) == fine | {
        "one": "APPLIED", "two": "REFUSED", "taken": "REFUSED", "of two": "WAITING", "of one": "APPLIED",
    }  # fmt: skip


def test_operations_on_one_record_keep_their_order(desk: Both) -> None:
    results = send(
        desk, "one record",
        firm("made", 931),
        op("one", "updateFirm", id=uid(931), input={"employees": 1}),
        op("bad", "updateFirm", id=uid(931), input={"email": "?"}),
        op("two", "updateFirm", id=uid(931), input={"employees": 2}),
        op("gone", "deleteFirm", id=uid(931)),
    )  # fmt: skip
    assert statuses(results) == {
        "made": "APPLIED", "one": "APPLIED", "bad": "REFUSED", "two": "APPLIED", "gone": "WAITING",
    }  # fmt: skip
    assert now(desk, 931)["employees"] == 2


def test_what_was_deleted_in_the_batch_is_not_there(desk: Both) -> None:
    results = send(
        desk, "gone",
        firm("made", 935),
        op("first", "createPerson", input={"id": uid(936), "fullName": "F", "firm": {"id": uid(935)}}),
        op("free", "updatePerson", id=uid(936), input={"firm": None}),
        op("gone", "deleteFirm", id=uid(935), ifVersion=1),
        op("late", "updatePerson", id=uid(936), input={"firm": {"id": uid(935)}}),
    )  # fmt: skip
    assert statuses(results) == {
        "made": "APPLIED", "first": "APPLIED", "free": "APPLIED", "gone": "APPLIED", "late": "REFUSED",
    }  # fmt: skip
    assert results["late"]["inputErrors"][0]["code"] == "NOT_FOUND"


# --- merging --------------------------------------------------------------------------------------------------------


def test_two_devices_that_edit_the_same_record(desk: Both) -> None:
    """Different fields merge; the same field comes back with both values, and is resolved by naming what was seen."""
    send(desk, "base", firm("made", 941, employees=1, email="a@example.com"))
    a = send(desk, "device a", op("a", "updateFirm", id=uid(941), ifVersion=1, input={"employees": 2}))
    b = send(
        desk, "device b",
        op("b", "updateFirm", id=uid(941), ifVersion=1, input={"employees": 3, "email": "b@example.com"}),
    )  # fmt: skip
    assert a["a"]["version"] == 2
    conflict = {"field": "employees", "label": "Employees", "baseKnown": True, "base": 1, "mine": 3, "theirs": 2}
    assert b["b"] == {
        "key": "b", "status": "CONFLICT", "recordId": uid(941), "typeName": "Firm", "version": 3,
        "conflicts": [conflict],
    }  # fmt: skip
    assert (now(desk, 941)["employees"], now(desk, 941)["email"]) == (2, "b@example.com")
    solved = send(desk, "solved", op("b", "updateFirm", id=uid(941), ifVersion=3, input={"employees": 3}))
    assert solved["b"]["status"] == "APPLIED" and now(desk, 941)["employees"] == 3


def test_what_is_no_conflict(desk: Both) -> None:
    send(desk, "calm", *(firm(f"m{n}", n, employees=1, email="a@example.com") for n in range(942, 946)))
    change(desk, 942, employees=2)
    change(desk, 943, employees=2)
    change(desk, 943, employees=1)
    change(desk, 944, employees=2)
    results = send(
        desk, "calmly",
        op("the same", "updateFirm", id=uid(942), ifVersion=1, input={"employees": 2}),
        op("there and back", "updateFirm", id=uid(943), ifVersion=1, input={"employees": 5}),
        op("no edit", "updateFirm", id=uid(944), ifVersion=1, input={"employees": 1, "email": "b@example.com"}),
        op("mine", "updateFirm", id=uid(945), ifVersion=1, input={"employees": 7}),
        op("mine again", "updateFirm", id=uid(945), ifVersion=1, input={"employees": 8}),
    )  # fmt: skip
    assert statuses(results) == {
        "the same": "UNCHANGED", "there and back": "APPLIED", "no edit": "APPLIED", "mine": "APPLIED",
        "mine again": "APPLIED",
    }  # fmt: skip
    assert [now(desk, n)["employees"] for n in range(942, 946)] == [2, 5, 2, 8]


def test_lookups_and_what_belongs_together_conflict_as_well(desk: Both) -> None:
    """A lookup by the record that it names; a state and its reason as one."""
    send(desk, "more", firm("a", 946, head={"id": uid(201)}), firm("b", 947))
    change(desk, 946, head={"id": uid(202)})
    change(desk, 947, statusReason="WATCHED")
    results = send(
        desk, "more again",
        op("head", "updateFirm", id=uid(946), ifVersion=1, input={"head": {"id": uid(203)}}),
        op("same", "updateFirm", id=uid(946), ifVersion=1, input={"head": {"id": uid(202)}}),
        op("new", "updateFirm", id=uid(946), ifVersion=1, input={"head": {"create": {"fullName": "New"}}}),
        op("state", "updateFirm", id=uid(947), ifVersion=1, input={"state": "INACTIVE"}),
    )  # fmt: skip
    (head,) = results["head"]["conflicts"]
    assert [head[n] and head[n]["id"] for n in ("base", "mine", "theirs")] == [uid(201), uid(203), uid(202)]
    assert results["same"]["status"] == "UNCHANGED"
    assert results["new"]["status"] == "CONFLICT" and "mine" in results["new"]["conflicts"][0]
    assert results["new"]["conflicts"][0]["mine"] is None
    assert [c["field"] for c in results["state"]["conflicts"]] == ["state"]
    assert now(desk, 947)["state"] == "ACTIVE"


def test_a_deletion_meets_what_others_changed(desk: Both) -> None:
    send(desk, "doomed", firm("a", 951, employees=1), firm("b", 952))
    change(desk, 951, employees=2)
    results = send(
        desk, "doom",
        op("a", "deleteFirm", id=uid(951), ifVersion=1), op("b", "deleteFirm", id=uid(952), ifVersion=1),
        op("none", "deleteFirm", id=uid(951)), op("absent", "deleteFirm", id=uid(953), ifVersion=1),
    )  # fmt: skip
    assert statuses(results) == {"a": "CONFLICT", "b": "APPLIED", "none": "WAITING", "absent": "REFUSED"}
    assert results["a"]["code"] == "CONFLICT" and results["a"]["version"] == 2
    (told,) = results["a"]["conflicts"]
    assert (told["field"], told["base"], told["mine"], told["theirs"]) == ("employees", 1, None, 2)
    assert results["absent"]["code"] == "NOT_FOUND"
    assert now(desk, 951)["employees"] == 2 and now(desk, 952) is None


def test_without_the_events_every_field_that_differs_is_in_doubt(filled: Callable[..., Both]) -> None:
    desk = filled(WORLD, FIRST)
    change(desk, 102, employees=4)
    change(desk, 103, employees=4)  # the last transaction of all is kept
    for graph in desk.graphs:
        caller = Caller(trusted(), "en", None, None, FIRST)
        graph.run(prune(graph.database, graph.edition.tables, caller, datetime(2027, 1, 1, tzinfo=UTC)))
    change(desk, 102, employees=5)
    given = {"name": "angel", "employees": 6}
    results = send(desk, "pruned", op("a", "updateFirm", id=uid(102), ifVersion=1, input=given))
    (conflict,) = results["a"]["conflicts"]
    assert conflict == {
        "field": "employees", "label": "Employees", "baseKnown": False, "base": None, "mine": 6, "theirs": 5,
    }  # fmt: skip


def test_a_version_must_be_told_and_must_have_been(desk: Both) -> None:
    results = send(
        desk, "versions",
        op("none", "updateFirm", id=uid(106), input={"employees": 1}),
        op("future", "updateFirm", id=uid(106), ifVersion=99, input={"employees": 1}),
        op("never", "deleteFirm", id=uid(106), ifVersion=0),
        op("relation", "updateFirm", id=uid(107), input={"notes": {"create": [{"heading": "x"}]}}),
    )  # fmt: skip
    assert statuses(results) == {"none": "REFUSED", "future": "REFUSED", "never": "WAITING", "relation": "APPLIED"}
    codes = {k: [e["code"] for e in results[k]["inputErrors"]] for k in ("none", "future")}
    assert codes == {"none": ["REQUIRED"], "future": ["WRONG_VERSION"]}


# --- once -----------------------------------------------------------------------------------------------------------


def test_a_batch_is_carried_out_once(desk: Both) -> None:
    operations = [firm("a", 961), op("b", "updateFirm", id=uid(961), input={"employees": 1}), firm("c", 101)]
    first = sent(desk, "once", *operations)
    written = [graph.written() for graph in desk.graphs]
    assert sent(desk, "once", *operations) == first
    assert [graph.written() for graph in desk.graphs] == written
    changed = {"id": "once", "operations": [*operations[:2], firm("c", 962)], "atomic": False}
    (error,) = desk.errors(SYNC, changed)
    assert error["extensions"]["rule"] == "sync_batch_changed" and error["extensions"]["argument"] == ["batchId"]
    assert desk.errors(SYNC, {"id": "once", "operations": operations, "atomic": True})
    other = desk.calling(principal=trusted(uid(2)))
    assert statuses(send(other, "once", firm("a", 963))) == {"a": "APPLIED"}, "batches are each user's own"


def test_what_a_batch_was_answered_is_forgotten_but_not_the_batch(desk: Both) -> None:
    send(desk, "old", firm("a", 964))
    for graph in desk.graphs:
        later = desk.caller.now + timedelta(days=8)
        graph.run(tidy(graph.database, graph.edition.tables, Ages(0, 24, sync_days=7), later))
    (error,) = desk.errors(SYNC, {"id": "old", "operations": [firm("a", 964)], "atomic": False})
    assert error["extensions"]["rule"] == "sync_results_forgotten"


def test_all_or_nothing(desk: Both) -> None:
    batch = [
        firm("fine", 965), op("wrong", "updateFirm", id=uid(108), ifVersion=1, input={"email": "?"}),
        op("also wrong", "deleteFirm", id=uid(999), ifVersion=1),
        op("waits", "updateFirm", "wrong", id=uid(965), input={"employees": 1}),
    ]  # fmt: skip
    before = [graph.written() for graph in desk.graphs]
    data = sent(desk, "whole", *batch, atomic=True)
    assert data["applied"] is False
    assert {r["key"]: r["status"] for r in data["results"]} == {
        "fine": "ROLLED_BACK", "wrong": "REFUSED", "also wrong": "REFUSED", "waits": "WAITING",
    }  # fmt: skip
    assert [graph.written() for graph in desk.graphs] == before
    assert statuses(send(desk, "whole", batch[0], atomic=True)) == {"fine": "APPLIED"}, "the id stayed free"


def test_a_batch_that_comes_twice_at_once_is_written_once(desk: Both) -> None:
    for graph in desk.graphs:

        async def twice(graph: Graph = graph) -> list[bytes]:
            variables = {"id": "twice", "operations": [firm("a", 966), firm("b", 967)]}
            asked = [Request(SYNC, None, variables, desk.caller, True) for _ in range(4)]
            answers = await asyncio.gather(*(execute(graph.edition, graph.database, a) for a in asked))
            return [a.body for a in answers]

        bodies = set(graph.run(twice()))
        assert len(bodies) == 1
        results = orjson.loads(bodies.pop())["data"]["sync"]["results"]
        assert [r["status"] for r in results] == ["APPLIED", "APPLIED"]


# --- refused as a whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "operations"),
    [
        ("", [firm("a", 971)]),
        ("x" * 256, [firm("a", 971)]),
        ("keys", [firm("a", 971), firm("a", 972)]),
        ("blank", [firm("", 971)]),
        ("unknown", [op("a", "createFirm", "b", input={"name": "x"})]),
        ("two", [{"key": "a", "mutation": {"createFirm": {"input": {"name": "x"}}, "deleteFirm": {"id": uid(1)}}}]),
        ("none", [{"key": "a", "mutation": {}}]),
        ("strange", [{"key": "a", "mutation": {"createFirm": {"input": {"nme": "x"}}}}]),
    ],
)
def test_what_is_no_batch_is_refused(desk: Both, id: str, operations: list[Any]) -> None:
    code, _ = desk.error(SYNC, {"id": id, "operations": operations})
    assert code == "BAD_USER_INPUT"


def test_reasons_are_told_in_the_language_of_the_operation(desk: Both) -> None:
    text = SYNC.replace("mutation (", "mutation Other(").replace(
        "$atomic: Boolean)", '$atomic: Boolean) @locale(locale: "de")'
    )
    variables = {"id": "german", "operations": [op("a", "updateFirm", id=uid(106), input={"employees": 1})]}
    (result,) = desk.ask(text, variables, statements=None)["sync"]["results"]
    assert result["inputErrors"][0]["message"].startswith("Nennen Sie die gelesene Version")


# --- written together -----------------------------------------------------------------------------------------------


def test_what_is_written_together_is_as_if_it_followed_each_other(desk: Both) -> None:
    """A number that one operation frees is taken by the next."""
    send(desk, "numbers", firm("a", 981, number="S-1"))
    results = send(
        desk, "numbers again",
        op("frees", "updateFirm", id=uid(981), ifVersion=1, input={"number": "S-2"}),
        firm("takes", 982, number="S-1"), firm("other", 983),
    )  # fmt: skip
    assert set(statuses(results).values()) == {"APPLIED"}


def test_runs_and_single_operations_come_to_the_same(
    filled: Callable[..., Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random batches, written in runs on one database and one by one on the other: same results, same records."""
    pair, dice = filled(WORLD, FIRST), Random(11)
    for number in range(25):
        operations = [random_operation(dice, i) for i in range(dice.randrange(2, 14))]
        bodies = []
        for graph, tries in zip(pair.graphs, (sync_runs.TRIES, 0), strict=True):
            with monkeypatch.context() as patch:
                patch.setattr(sync_runs, "TRIES", tries)
                bodies.append(orjson.loads(graph.answer(SYNC, {"id": str(number), "operations": operations}).body))
        assert bodies[0] == bodies[1], operations
        stored = (
            "{ firms(first: 100, orderBy: [{id: ASC}]) { nodes { id version name number employees head { id } } } }"
        )
        pair.ask(stored)


def random_operation(dice: Random, place: int) -> dict[str, Any]:
    """Something with one of a few records, often wrong, often with what another one makes."""
    ids, numbers = [uid(n) for n in range(4000, 4012)], [f"R-{n}" for n in range(5)]
    given: dict[str, Any] = {"employees": dice.randrange(9)}
    if dice.random() < 0.4:
        given["number"] = dice.choice(numbers)
    if dice.random() < 0.2:
        given["email"] = dice.choice(["?", "a@example.com"])
    if dice.random() < 0.3:
        given["parent"] = {"id": dice.choice(ids)}
    id = dice.choice(ids)
    match dice.randrange(8):
        case 0 | 1 | 2:
            found = op(str(place), "createFirm", input={**given, "id": id, "name": f"R{place}"})
        case 3:
            found = op(str(place), "deleteFirm", id=id, ifVersion=dice.randrange(1, 4))
        case _:
            found = op(str(place), "updateFirm", id=id, ifVersion=dice.randrange(1, 4), input=given)
    if place and dice.random() < 0.15:
        found["dependsOn"] = [str(dice.randrange(place))]
    return found
