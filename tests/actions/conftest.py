"""A desk to write at, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from desk import NOW, Desk

from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables

NUMBERS = count(1)


@pytest.fixture(scope="module")
def module_desk(database: Database, toy_tables: Tables, run: Any) -> Desk:
    desk = Desk(database, toy_tables, run)
    desk.user = desk.create("user", full_name="Ada", email="ada@example.com")
    return desk


@pytest.fixture
def desk(module_desk: Desk) -> Iterator[Desk]:
    """As the user Ada, at NOW."""
    module_desk.now = NOW
    yield module_desk


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"Name {next(NUMBERS)}"
