"""The command line: what each command prints, and what it says where it cannot go on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crmgraph.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture
def database(crm_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A SQLite database in the settings."""
    url = crm_database("sqlite")
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
    return url


def query_file(folder: Path, text: str) -> str:
    path = folder / "query.graphql"
    path.write_text(text)
    return str(path)


def test_explain_shows_every_stage(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = query_file(tmp_path, '{ accounts(where: {name: {eq: "A"}}) { totalCount } }')
    assert main(["explain", file, "--run"]) == 0
    out = capsys.readouterr().out
    assert all(part in out for part in ("-- operation", "-- plan", "one statement", "-- parameters", '"totalCount": 0'))
    assert "statements sent: 1" in out


def test_explain_of_a_wrong_query(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", query_file(tmp_path, "{ acounts { totalCount } }")]) == 1
    assert "GRAPHQL_VALIDATION_FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"), [(["no.graphql"], "no file no.graphql"), (["-", "--variables", "{"], "not JSON")]
)
def test_what_cannot_be_read(
    database: str, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.read", lambda: "{ me { id } }", raising=False)
    assert main(["explain", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_what_is_said_is_in_the_language_of_the_terminal_or_of_the_option(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert main(["migrate"]) == 0
    assert "tiene las tablas de esta versión." in capsys.readouterr().err
    assert main(["--locale", "pl", "explain", "absent.graphql"]) == 2
    assert "Nie ma pliku absent.graphql." in capsys.readouterr().err
    assert main(["export", "account", "--delimiter", "ab", "--locale", "de"]) == 1
    assert "Das Trennzeichen muss ein einzelnes Zeichen sein" in capsys.readouterr().err
    assert main(["export", "account", "--fields", "name", "--headers", "labels"]) == 0  # a file is as the option says
    assert capsys.readouterr().out.startswith("Account Name")
    assert main(["export", "account", "--fields", "name", "--headers", "labels", "--locale", "pl"]) == 0
    assert not capsys.readouterr().out.startswith("Account Name")


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CRMGRAPH_PORT", "high")
    assert main(["migrate"]) == 2
    assert "CRMGRAPH_PORT" in capsys.readouterr().err


def test_export_writes_a_selection(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = query_file(tmp_path, "query Names($n: String!) { accounts(where: {name: {eq: $n}}) { nodes { name } } }")
    assert main(["export", "--query", file, "--variables", '{"n": "A"}']) == 0
    assert capsys.readouterr().out == "name\r\n"
    assert main(["export", "accounts", "--fields", "name,owner", "--headers", "labels", "--delimiter", ";"]) == 0
    assert capsys.readouterr().out == "Account Name;Owner\r\n"
    target = tmp_path / "accounts.xlsx"
    assert main(["export", "account", "-o", str(target)]) == 0
    assert target.read_bytes().startswith(b"PK") and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["account", "--all"],
        ["--all"],
        ["--query", "x", "--where", "{}"],
        ["--view", "x"],
        ["account", "--delimiter", "ab"],
    ],
)
def test_an_export_of_nothing_clear_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *arguments]) == 1
    assert "BAD_USER_INPUT" in capsys.readouterr().err


def test_an_export_that_is_refused_leaves_no_file(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "names.csv"
    assert main(["export", "accont", "-o", str(target)]) == 1
    assert "account" in capsys.readouterr().err
    assert main(["export", "account", "--fields", "contacts", "-o", str(target)]) == 1
    assert "GRAPHQL_VALIDATION_FAILED" in capsys.readouterr().err
    assert main(["export", "account", "--view", "mine", "-o", str(target)]) == 1
    assert "“mine”" in capsys.readouterr().err
    assert not target.exists()


def test_help_loads_nothing_that_it_does_not_show() -> None:
    program = "import sys; from crmgraph.cli import parser; parser().parse_known_args(['migrate']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "crmgraph.settings" in loaded and not {"graphql", "sqlalchemy", "crmgraph.importing.command"} & {*loaded}
    program = program.replace("'migrate'", "'import', 'x.csv'")
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "crmgraph.importing.command" in loaded and not {"graphql", "strawberry"} & {*loaded}
