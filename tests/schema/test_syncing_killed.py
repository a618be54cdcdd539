"""A batch whose process is killed at any of its statements, and is sent again: as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
ONE, MOST = 12, 90  # statements: in the midst of it, more than there are


def carried_out(url: str, *statements: int) -> list[tuple[str, str]]:
    """For each statement how the process ended that was to be killed at it, and what was there after the next one."""
    command = [sys.executable, str(Path(__file__).with_name("killed_batch.py")), url, *map(str, statements)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = []
    while lines:
        first, second = lines.pop(0), lines.pop(0)
        found.append((first, second) if first == "killed" else (second, first))
    return found


def test_a_killed_batch_that_is_sent_again_is_as_one_that_was_not(database_url: str) -> None:
    """At one statement; at every one, and once all is done but answered, where CRMGRAPH_LONG_TESTS is set."""
    if not (LONG or database_url.startswith("sqlite")):
        pytest.skip("takes long, and runs on SQLite; CRMGRAPH_LONG_TESTS=1 runs it on both")
    ((ended, expected), *killed) = carried_out(database_url, 0, ONE)
    assert ended == "0" and '\\"APPLIED\\"' in expected and '\\"WAITING\\"' in expected
    assert killed == [("killed", expected)]
    if LONG:
        *all_of_them, last = carried_out(database_url, -1, *range(1, MOST))
        assert {found for _, found in (*all_of_them, last)} == {expected}
        assert last[0] == "0", "there are fewer statements"
        assert sum(ended == "killed" for ended, _ in all_of_them) > ONE
