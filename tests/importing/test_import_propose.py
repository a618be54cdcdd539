"""A proposed map says what was seen, asks what is not certain, and is a map that can be used."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import pytest
from office import Office, office_tables
from test_import_formats import workbook

from crmgraph.importing.mapping import FileFormat, load_map
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.propose import propose_map

FIRM = office_tables().registry.type("firm")
TEXT = 'Name;Founded;Employees;Firma nr;"odd ""one"""\nMüller;31.12.2001;5;7;x\nKöln AG;01.02.2003;6;8;y\n'


def propose(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return propose_map(path, FIRM, FileFormat())


def test_what_was_seen_becomes_a_map_that_works(office: Office) -> None:
    text = propose(office.folder / "f.csv", TEXT.encode("cp1252"))
    assert "# or " in text
    found = tomllib.loads(text)
    assert (found["type"], found["file"]) == ("firm", {"delimiter": ";", "encoding": "cp1252"})
    assert found["columns"]["Founded"] == {"field": "founded", "date_format": "DD.MM.YYYY"}
    assert found["columns"]['odd "one"'] == {"ignore": True}
    report = office.load(TEXT.encode("cp1252"), "firm", text)
    assert (report.created, report.rejected) == (2, 0)
    assert office.rows("SELECT name, CAST(founded AS text) FROM firm ORDER BY name") == [
        ("Köln AG", "2003-02-01"), ("Müller", "2001-12-31"),
    ]  # fmt: skip


def test_what_is_not_certain_is_asked(tmp_path: Path) -> None:
    text = propose(tmp_path / "f.csv", b"name,founded,warmth\nA,01/02/2003,luke\nB,03/04/2005,hot\n")
    assert '# date_format = "DD/MM/YYYY" or "MM/DD/YYYY"' in text
    assert '"luke" = ?' in text
    assert "date_format" not in tomllib.loads(text)["columns"]["founded"]


@pytest.mark.parametrize("odd", ["two\nlines", "\x00\x1f\x7f", "x" * 400, '"""', "a\u2028b"])
def test_odd_texts_make_no_map_that_cannot_be_read(tmp_path: Path, odd: str) -> None:
    cell = '"' + odd.replace('"', '""') + '"'
    text = propose(tmp_path / "f.csv", f"name,{cell}\n{cell},{cell}\n".encode())
    (tmp_path / "map.toml").write_text(text)
    assert set(load_map(tmp_path / "map.toml").columns) == {"name", odd.strip()}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (gzip.compress(b"name\n" * 1000)[:-9], "NO_FILE"),
        (b"PK\x03\x04 and no more", "NO_FILE"),
        (b"name,name\nA,B\n", "DUPLICATE_COLUMN"),
        ("name\nA\n".encode("utf-16")[:-1], "WRONG_ENCODING"),
    ],
    ids=["gz", "zip", "twice", "half"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        propose(tmp_path / "f.csv", content)
    assert caught.value.code == code


def test_a_workbook_needs_no_format(tmp_path: Path) -> None:
    text = propose(tmp_path / "f.xlsx", workbook([["name", "employees"], ["A", 1]]))
    (tmp_path / "map.toml").write_text(text)
    assert set(load_map(tmp_path / "map.toml").columns) == {"name", "employees"}
