"""A crowd of toy records on both databases, and the naive model of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from crowd import Crowd
from graph import Both
from naive import Naive
from workshop import Workshop
from world import FIRST

from crmgraph.metadata.registry import Registry
from crmgraph.sql.database import Database, open_database


@pytest.fixture(scope="session")
def crowd_data() -> Crowd:
    return Crowd()


@pytest.fixture(scope="session")
def crowd(filled: Callable[..., Both], crowd_data: Crowd) -> Both:
    """Tests only read it."""
    return filled(crowd_data.batches, FIRST)


@pytest.fixture(scope="session")
def naive(crowd_data: Crowd, toy: Registry) -> Any:
    return Naive(crowd_data, toy)


@pytest.fixture(scope="session")
def shop(toy_database: Callable[[str], str], run: Any, tmp_path_factory: Any) -> Iterator[Callable[[], Workshop]]:
    """Opens both databases with the toy model's tables, empty, to be customized."""
    databases: list[Database] = []

    def open_shop() -> Workshop:
        opened = [run(open_database(toy_database(kind))) for kind in ("sqlite", "postgresql")]
        databases.extend(opened)
        return Workshop.open(opened, run, tmp_path_factory.mktemp("files"))

    yield open_shop
    for each in databases:
        run(each.close())
