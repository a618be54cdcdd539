"""Every GraphQL example of the README and the docs runs against the demo, each query as one statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from crmgraph.actions.files import receive
from crmgraph.actions.unit import Caller
from crmgraph.actions.uploads import UploadedFile
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL, load_demo
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.settings import settings_markdown
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.principals import Principals

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
EXAMPLES = [
    pytest.param(text, id=f"{path.name}-{i + 1}")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for i, text in enumerate(re.findall(r"^```graphql\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL))
]

Demo = tuple[Editions, Database, Caller]


@pytest.fixture(scope="module")
def demo(crm_database: Callable[[str], str], shipped_edition: Any, run: Callable[[Any], Any]) -> Iterator[Demo]:
    """The demo on SQLite, as its administrator sees it."""
    database = run(open_database(crm_database("sqlite")))
    editions = Editions(database, shipped_edition(database))
    now = datetime.now(UTC)
    tables, nobody = editions.current.tables, Caller(trusted(), "en", None, None, now)
    run(load_demo(database, tables, nobody, date(2026, 11, 21), lambda *_: None))
    user = run(Principals(database).by_email(tables.registry, ADMINISTRATOR_EMAIL))
    yield editions, database, Caller(user, "en", None, None, now)
    run(database.close())


@pytest.mark.parametrize("text", EXAMPLES)
def test_example(text: str, demo: Demo, run: Callable[[Any], Any], tmp_path: Path) -> None:
    editions, database, caller = demo
    variables = {name: make() for name, make in given(demo, run, tmp_path).items() if f"${name}: " in text}
    before = database.statements
    answer = run(editions.execute(Request(text, None, variables, caller, True)))
    body = orjson.loads(answer.body)
    assert "errors" not in body, body["errors"]
    assert all(value is not None for value in body["data"].values())
    if not text.lstrip().startswith("mutation"):
        wanted = 2 if "findDuplicates" in text else 1  # they are found, then shown
        assert database.statements - before == wanted, "what the metadata tells asks only whether it is still in force"


def given(demo: Demo, run: Callable[[Any], Any], folder: Path) -> dict[str, Callable[[], Any]]:
    """What examples need as variables, by name."""
    editions, database, caller = demo

    def sent_ahead() -> str:
        sent = receive(database, b"%PDF", ("offer.pdf", "application/pdf"), user=caller.user_id)
        return str(run(sent).id)

    def attachment() -> str:
        [text] = [p.values[0] for p in EXAMPLES if "$upload: ID!" in str(p.values[0])]
        answer = run(editions.execute(Request(str(text), None, {"upload": sent_ahead()}, caller, True)))
        [node] = orjson.loads(answer.body)["data"]["createEmail"]["email"]["attachments"]["nodes"]
        return str(node["id"])

    return {"file": lambda: upload(folder), "upload": sent_ahead, "attachment": attachment}


def upload(folder: Path) -> UploadedFile:
    """A file as an example needs one."""
    path = folder / "customers.csv"
    path.write_text("accountNumber;name\n4711;Customer\n")
    size, digest = path.stat().st_size, sha256(path.read_bytes()).hexdigest()
    return UploadedFile(path.name, "text/csv", size, digest, str(path), str(folder / "files"))


def test_the_settings_table_is_the_settings() -> None:
    assert settings_markdown().strip() in (ROOT / "docs" / "operators.md").read_text()
