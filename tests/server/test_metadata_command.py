"""`crmgraph metadata`: what it says and does, and its exit codes, beside a server on both databases."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from publishing import Office

from crmgraph import cli
from crmgraph.actions import customize
from crmgraph.metadata.model import Model, shipped_documents
from crmgraph.schema import edition as editions_module
from crmgraph.sql import builds
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow

SHIPPED = shipped_documents(Path(__file__).parents[1] / "toy")
PACKAGE = """[package]
name = "fleet"
prefix = "fl"
version = "1.1"

[types.firm]
label = { en = "Garage" }

[types.firm.fields.x_fl_size]
type = "integer"
label = { en = "Size", de = "Größe" }
"""
CHANGES = """title = "Ratings"

[[changes]]
[changes.add_field]
type = "firm"
field = { name = "stars", type = "integer", minimum = 1, maximum = 5, label = { en = "Stars" } }

[[changes]]
[changes.change_record_type]
type = "person"
label = { en = "Human" }
"""


@pytest.fixture
def command(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Runs `crmgraph metadata …` over the toy model: the exit code, what it says, and what it complains of."""
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", database_url)
    monkeypatch.setattr(editions_module, "shipped_documents", lambda _: SHIPPED)
    monkeypatch.chdir(tmp_path)
    Path("fleet.toml").write_text(PACKAGE)
    Path("changes.toml").write_text(CHANGES)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["metadata", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_package_is_planned_applied_listed_exported_and_removed(command: Callable[..., Any]) -> None:
    code, said, _ = command("plan", "fleet.toml", "--locale", "de")
    assert code == 0 and "Anweisungen" in said and "ADD COLUMN x_fl_size" in said and "Revision 2" in said
    assert command("list", "--json")[1].count("fleet") == 0, "a plan changes nothing"

    assert command("apply", "fleet.toml")[0] == 0
    assert command("apply", "fleet.toml")[1] == "Nothing changes: the metadata is so already.\n"
    assert command("export", "--package", "fleet")[1] == PACKAGE
    (found, _) = json.loads(command("list", "--json")[1])["packages"]
    assert (found["name"], found["version"], found["elements"]) == ("fleet", "1.1", ["firm.x_fl_size"])

    Path("fleet.toml").write_text(PACKAGE.partition("[types.firm.fields")[0].replace("1.1", "1.2"))
    code, said, _ = command("plan", "fleet.toml")
    assert code == 3 and "BREAKING" in said and "--force" in said
    assert command("apply", "fleet.toml")[0] == 1
    assert command("apply", "fleet.toml", "--force", "--reason", "nobody uses it")[0] == 0
    Path("fleet.toml").write_text(PACKAGE)
    code, _, complaint = command("apply", "fleet.toml")
    assert code == 1 and "package.version: Version 1.1 is older than 1.2" in complaint
    assert command("apply", "fleet.toml", "--downgrade")[0] == 0
    assert command("remove", "fleet", "--force", "--reason", "the trial is over")[0] == 0
    code, _, complaint = command("remove", "fleet", "--locale", "pl")
    assert code == 1 and "Nie ma pakietu „fleet”" in complaint


def test_a_package_is_drafted_and_published(command: Callable[..., Any]) -> None:
    text = PACKAGE.replace("fleet", "boats").replace('"fl"', '"bo"').replace("x_fl_size", "x_bo_berths")
    Path("boats.toml").write_text(text)
    code, said, _ = command("apply", "boats.toml", "--draft")
    (drafted,) = json.loads(command("list", "--json")[1])["drafts"]
    assert code == 0 and "ADD COLUMN x_bo_berths" in said and drafted["id"] in said
    assert drafted["title"] == "apply package boats 1.1" and drafted["package"] == "boats"
    assert "boats" not in command("status")[1], "nothing is in force yet"
    assert command("publish", drafted["id"])[0] == 0
    assert command("apply", "boats.toml")[1] == "Nothing changes: the metadata is so already.\n"
    assert command("export", "--package", "boats")[1] == text
    assert command("remove", "boats", "--force", "--reason", "the trial is over")[0] == 0


def test_a_change_file_is_drafted_published_and_reverted(command: Callable[..., Any]) -> None:
    code, said, _ = command("apply", "changes.toml", "--draft", "--json")
    id = json.loads(said)["changeSet"]
    assert code == 0 and [d["title"] for d in json.loads(command("list", "--json")[1])["drafts"]] == ["Ratings"]
    assert id in command("list")[1]
    assert command("publish", id)[0] == 0 and "x_stars" in command("export")[1]
    assert command("plan", "changes.toml")[0] == 1, "the field is there"
    assert command("revert", id, "--force", "--reason", "too early")[0] == 0 and "x_stars" not in command("export")[1]
    other = json.loads(command("apply", "changes.toml", "--draft", "--json")[1])["changeSet"]
    assert command("discard", other)[0] == 0 and not json.loads(command("list", "--json")[1])["drafts"]
    assert command("publish", other)[0] == 1 and command("publish", "no-id")[0] == 1


def test_a_plan_tells_what_a_drop_would_take(command: Callable[..., Any], database: Database, run: Any) -> None:
    """That is no hindrance: the exit code says that nothing is in the way."""
    field = "type = 'firm', field = 'x_fee'"
    for name, change in (
        ("add", "add_field = { type = 'firm', field = { name = 'fee', type = 'integer', label = { en = 'Fee' } } }"),
        ("retire", f"retire = {{ {field} }}"),
        ("drop", f"drop = {{ {field}, confirm = 'x_fee' }}"),
    ):
        Path(f"{name}.toml").write_text(f"[[changes]]\n{change}\n")
    assert command("apply", "add.toml")[0] == 0
    Office.open(database, run).ask('mutation { createFirm(input: {name: "F", fee: 7}) { created } }')
    assert command("apply", "retire.toml", "--force", "--reason", "test")[0] == 0
    code, said, _ = command("plan", "drop.toml")
    assert code == 0 and "Dropped After an Export" in said and "Rows in the Way" not in said
    assert "“Fee” (firm.x_fee): the values of 1 record are dropped, written to a file before." in said
    (row,) = json.loads(command("plan", "drop.toml", "--json")[1])["preview"]["rows"]
    assert (row["element"], row["code"], row["blocking"]) == ("firm.x_fee", "VALUES_DROPPED", False)
    assert command("apply", "drop.toml")[0] == 0


LOOKUP = """[[changes]]
[changes.add_field]
type = "memo"
[changes.add_field.field]
name = "NAME"
type = "lookup"
targets = ["firm"]
inverse_name = "memos_of_NAME"
inverse_label = { en = "Memos" }
label = { en = "NAME" }
"""


@pytest.fixture
def large(command: Callable[..., Any], database: Database, run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, where every table with a row is a large one."""
    monkeypatch.setattr(customize, "SMALL", 0)
    Office.open(database, run).ask('mutation { createMemo(input: {heading: "A"}) { memo { id } } }')
    for name in ("one", "two", "three", "four"):
        Path(f"{name}.toml").write_text(LOOKUP.replace("NAME", name))
    return command


def test_indexes_are_built_after_a_publish(large: Callable[..., Any], database: Database) -> None:
    code, said, progress = large("apply", "one.toml")
    if database.name != "postgresql":
        assert code == 0 and "index" not in said
        assert large("build-indexes", "--locale", "de")[1] == "Kein Index wartet darauf, aufgebaut zu werden.\n"
        return
    assert code == 0 and said.endswith("1 index was built.\n") and progress == ""
    id = json.loads(large("apply", "two.toml", "--draft", "--json")[1])["changeSet"]
    assert json.loads(large("build-indexes", "--json")[1]) == {"indexesBuilt": 0, "unbuilt": [], "interrupted": False}
    assert "Utworzono 1 indeks." in large("publish", id, "--locale", "pl")[1]
    told = json.loads(large("apply", "three.toml", "--json")[1])
    assert told["changeSet"] and (told["indexesBuilt"], told["unbuilt"]) == (1, [])


def test_who_interrupts_leaves_the_indexes_to_others(
    large: Callable[..., Any], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.name != "postgresql":
        pytest.skip("SQLite makes indexes in the publish")

    async def interrupted(*_: Any) -> bool:
        task = asyncio.current_task()
        assert task
        task.cancel()  # as Ctrl-C does
        await asyncio.sleep(60)
        return True

    with monkeypatch.context() as patched:
        patched.setattr(builds, "built", interrupted)
        code, said, _ = large("apply", "four.toml")
    assert code == 130 and "Interrupted; what was published stays in force.\n1 index is not built yet" in said
    assert "x_four" in large("export")[1]
    assert large("build-indexes")[:2] == (0, "1 index was built.\n")


def test_what_cannot_be_read_is_told(command: Callable[..., Any]) -> None:
    Path("wrong.toml").write_text(PACKAGE.replace('"integer"', '"intger"').replace("x_fl_size", "size"))
    code, _, complaint = command("apply", "wrong.toml")
    assert code == 1 and "types.firm.fields.size: There is no “size”" in complaint
    code, _, complaint = command("plan", "nothing")
    assert code == 1 and "household" in complaint, "it names the packages that are shipped"
    reading, writing = os.pipe()
    os.write(writing, PACKAGE.encode())
    os.close(writing)
    assert command("plan", f"/dev/fd/{reading}")[0] == 0, "of the shell's <(…)"
    os.close(reading)
    Path("folder").mkdir()
    code, _, complaint = command("import-cdm", "folder")
    assert (code, complaint) == (2, "crmgraph: folder is a folder, or you may not open it.\n")
    Path("latin.toml").write_bytes(PACKAGE.encode("latin-1"))
    code, _, complaint = command("plan", "latin.toml")
    assert code == 1 and "“latin.toml” is not text in UTF-8: line 11, byte" in complaint
    Path("marked.toml").write_bytes(PACKAGE.encode("utf-8-sig"))
    assert command("plan", "marked.toml")[0] == 0
    Path("changes.toml").write_text("title = 5\nchanges = [1]\nx = 1\n")
    code, _, complaint = command("plan", "changes.toml")
    assert code == 1 and [line.split(":")[0].strip() for line in complaint.splitlines()[1:]] == [
        "title",
        "changes.0",
        "x",
    ]


def test_a_new_version_is_told_of_and_settled(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("apply", "changes.toml")[0] == 0
    assert not json.loads(command("status", "--json")[1])["upgrades"]
    person = {**SHIPPED.types["person"], "label": {**SHIPPED.types["person"]["label"], "en": "Individual"}}
    later = Model({**SHIPPED.types, "person": person}, SHIPPED.choices)
    monkeypatch.setattr(editions_module, "shipped_documents", lambda _: later)
    (found,) = json.loads(command("status", "--json")[1])["upgrades"]
    assert (found["place"], found["mine"], found["was"], found["now"]) == (
        "types.person.label.en", "Human", "Person", "Individual",
    )  # fmt: skip
    code, said, _ = command("status", "--locale", "es")
    assert code == 0 and "Individual" in said and "Se entrega ahora" in said
    assert command("keep", "types.person.label.e")[0] == 1
    assert command("accept", "--all")[0] == 0
    assert not json.loads(command("status", "--json")[1])["upgrades"] and "Human" not in command("export")[1]
