"""Ids that ascend, patterns of automatic numbers."""

from __future__ import annotations

import os
import re
import time
import uuid
from datetime import UTC, datetime

import pytest

from crmgraph.actions import ids
from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.numbers import filled


def test_ids_ascend() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))
    first = uuid.UUID(made[0])
    assert (first.version, first.variant, str(first)) == (7, uuid.RFC_4122, made[0])
    assert abs((first.int >> 80) / 1000 - time.time()) < 60


def test_ids_ascend_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    assert new_id() > before


def test_a_forked_process_makes_other_ids() -> None:
    new_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 36).decode()
    assert canonical_id(theirs) == theirs
    assert theirs[19:] not in {new_id()[19:] for _ in range(2000)}, "the random parts"


def test_canonical_id() -> None:
    good = "0199aa00-0000-7000-8000-00000000000f"
    assert canonical_id(good.upper()) == canonical_id(good) == good
    for bad in ("", None, 7, good[:-1], f"{{{good}}}", good.replace("-", ""), good + "\n", good[:-1] + "g"):
        assert canonical_id(bad) is None


def test_patterns() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert filled("A-{SEQ:3}-{DATE:%Y%m}", 7, now) == "A-007-202603"
    assert filled("{SEQ:3}", 12345, now) == "12345"
    assert re.fullmatch(r"[A-Z2-9]{6}", filled("{RAND:6}", 1, now))
