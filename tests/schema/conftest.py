"""A crowd of toy records on both databases, and the naive model of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crowd import Crowd
from graph import Both
from naive import Naive
from world import FIRST

from crmgraph.metadata.registry import Registry


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
