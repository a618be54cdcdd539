"""docs/security.md: the tests that it names exist, and so do the settings."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from crmgraph.settings import SETTINGS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text()
LINES = [line.removeprefix("| ") for line in TEXT.splitlines() if line.startswith("| ")]
ROWS = [re.split(r" ?\|(?: |$)", line)[:4] for line in LINES]
ITEMS = [row for row in ROWS if row[0] != "Item"]


def test_every_item_has_tests() -> None:
    assert len(ITEMS) > 30
    for row in ITEMS:
        assert len(row) == 4 and row[1] and "`tests/" in row[3], row


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_tests_that_are_named_exist() -> None:
    named = [each.partition("::") for each in re.findall(r"`(tests/[^`]+)`", TEXT)]
    assert len(named) > 50
    assert not [(path, function) for path, _, function in named if function not in functions_of(path)]


def test_a_setting_that_is_named_exists() -> None:
    known = {each.name for each in SETTINGS}
    for row in ITEMS:
        for name in re.findall(r"`(\w+)(?:_…)?`", row[2]):
            assert name in known or name == "oidc", name
