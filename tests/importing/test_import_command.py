"""The command: arguments become a plan, the exit code says how it went."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from office import Run

from crmgraph import cli
from crmgraph.importing.command import DONE, INCOMPLETE, INTERRUPTED, REFUSED, run, steps_of
from crmgraph.importing.problems import ImportRefused
from crmgraph.settings import Settings
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.sqlite import connect, path_from_url

pytestmark = pytest.mark.slow


def parsed(*words: str) -> argparse.Namespace:
    return cli.parsed(["import", *words])


@pytest.fixture(scope="module")
def migrated(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("command") / "crm.db"
    run(upgrade(f"sqlite:///{path}"))
    return Settings(database_url=f"sqlite:///{path}")


def test_flags_go_before_the_map(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('type = "account"\n[file]\ndelimiter = ";"\ndecimal = "."\n')
    words = ["x.csv", "--map", str(tmp_path / "map.toml"), "--decimal", ",", "--ignore", "a", "--key", "name, phone"]
    [step] = steps_of(parsed(*words, "--null", "NULL", "--quote", "none"))
    assert (step.plan.type, step.plan.key) == ("account", ("name", "phone"))
    found = step.plan.map.format
    assert (found.delimiter, found.decimal, found.null, found.quote) == (";", ",", ("NULL",), "")
    assert step.plan.map.columns["a"].ignore


@pytest.mark.parametrize("words", [[], ["x.csv"], ["x.csv", "--type", "account", "--plan", "y.toml"]])
def test_arguments_that_do_not_say_what_to_do(words: list[str]) -> None:
    with pytest.raises(ImportRefused) as caught:
        steps_of(parsed(*words))
    assert caught.value.code == "WRONG_ARGUMENTS"


def test_exit_codes_and_the_summary(
    migrated: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("Kontoname,annualRevenue\nA,1.50\nB,1.505\n")
    assert run(parsed("a.csv", "--type", "account", "--dry-run"), migrated) == INCOMPLETE
    assert "nothing was written" in capsys.readouterr().out
    assert run(parsed("a.csv", "--type", "account"), migrated) == INCOMPLETE
    assert "a.rejects.csv" in capsys.readouterr().out
    Path("b.csv").write_text("name\nC\n")
    assert run(parsed("b.csv", "--type", "account"), migrated) == DONE
    Path("c.csv").write_text("naem\nC\n")
    assert run(parsed("c.csv", "--type", "account", "--locale", "es"), migrated) == REFUSED
    assert "UNKNOWN_COLUMN" in (told := capsys.readouterr().err)
    assert "¿Quería decir: name" in told
    assert run(parsed("b.csv", "--type", "account", "--user", "no@example.com"), migrated) == REFUSED
    with closing(connect(path_from_url(migrated.database_url))) as file:
        assert file.execute("SELECT name FROM account ORDER BY name").fetchall() == [("A",), ("C",)]


def test_a_database_without_tables_is_said_to_be_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    assert run(parsed(str(tmp_path / "x.csv"), "--type", "account"), settings) == REFUSED
    assert "crmgraph migrate" in capsys.readouterr().err


def test_imports_are_listed_and_undone(
    migrated: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    Path("undone.csv").write_text("name\nGone 1\nGone 2\n")
    assert run(parsed("undone.csv", "--type", "account"), migrated) == DONE
    capsys.readouterr()
    assert run(parsed("list"), migrated) == DONE
    [line] = [line for line in capsys.readouterr().out.splitlines() if "undone.csv" in line]
    words = line.split()
    assert words[-6:] == ["2", "2", "2", "0", "0", "0"]
    assert {"Account", "Finished"} < set(words)
    assert run(parsed("undo", words[0]), migrated) == DONE
    assert "2 records deleted" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "pl_PL.UTF-8")
    assert run(parsed("list"), migrated) == DONE
    assert "Cofnięty" in (told := capsys.readouterr().out) and "utworzono" in told
    assert run(parsed("undo", words[0], "--locale", "de"), migrated) == DONE
    assert "0 Datensätze gelöscht (siehe Papierkorb), 0 zurückgesetzt, 0 behalten." in capsys.readouterr().out
    assert run(parsed("undo", "nothing"), migrated) == REFUSED
    assert run(parsed("undo"), migrated) == REFUSED


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_stops_between_batches(migrated: Settings, tmp_path: Path) -> None:
    rows = 60_000
    names = "".join(f"N{i},Name {i}\n" for i in range(rows))
    (tmp_path / "many.csv").write_text("accountNumber,name\n" + names)
    words = ["import", "many.csv", "--type", "account", "--key", "accountNumber", "--batch", "100"]
    program = "import sys; from crmgraph.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, "CRMGRAPH_DATABASE_URL": migrated.database_url}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    with closing(connect(path_from_url(migrated.database_url))) as file:  # of the library that this process uses
        question = "SELECT count(*) FROM account WHERE account_number IS NOT NULL"
        patience = time.monotonic() + 60
        while not file.execute(question).fetchall()[0][0] and time.monotonic() < patience:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        count = file.execute(question).fetchall()[0][0]
    assert process.returncode == INTERRUPTED
    assert "Interrupted" in output
    assert 0 < count < rows
    assert count % 100 == 0
