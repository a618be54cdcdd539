"""A database of the standard model on both databases, for tests that make the records they need themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bureau import Bureau

from crmgraph.sql.database import open_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def bureau(
    request: pytest.FixtureRequest, run: Any, crm_database: Callable[[str], str], shipped_edition: Any
) -> Iterator[Bureau]:
    database = run(open_database(crm_database(request.param)))
    yield Bureau(shipped_edition(database), database, run)
    run(database.close())
