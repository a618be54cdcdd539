"""Out as a folder and in again on the other database: the same files; Northwind too."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graph import Both

from crmgraph.actions.unit import Caller
from crmgraph.cli import main
from crmgraph.exporting.folders import file_steps, write_folder
from crmgraph.importing.plans import import_plan, load_plan
from crmgraph.importing.report import Progress
from crmgraph.schema.edition import Edition, standard_registry
from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database

pytestmark = pytest.mark.slow

NORTHWIND = Path(os.environ.get("CRMGRAPH_SHARED") or Path(__file__).parents[3] / "shared") / "data" / "northwind"
EXAMPLE = Path(__file__).parents[2] / "examples" / "northwind"
OTHERS = ("postgresql", "sqlite") if os.environ.get("CRMGRAPH_LONG_TESTS") else ("postgresql",)  # there, and back


def put(both: Both, edition: Edition, database: Database, folder: Path) -> dict[str, int]:
    """Write a folder; the records of each type."""
    steps = []
    for step in file_steps(edition.registry):
        document, variables = document_of(edition, Wish(step.type.name, step.columns))
        request = Request(document, None, variables, both.caller, False)
        steps.append((step, extract_rows(edition, request, Shape())))

    async def work() -> Any:
        async with database.snapshot() as snapshot:
            return await write_folder(snapshot, steps, folder, lambda rows: None, None, database.store)

    found: dict[str, int] = both.graphs[0].run(work())
    return found


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_world_comes_back_in_the_other_database(
    both: Both, toy_database: Callable[[str], str], tmp_path: Path
) -> None:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}
    folders = []
    for graph in both.graphs:
        folder = tmp_path / graph.database.name
        counts = put(both, graph.edition, graph.database, folder)
        assert counts == {
            "user": 2, "team": 1, "currency": 2, "firm": 9, "person": 5, "deal": 5, "visit": 3, "ring": 3, "memo": 3
        }  # fmt: skip
        folders.append(content(folder))
        target = graph.run(open_database(toy_database(other[graph.database.name])))
        caller = Caller(trusted(), "en", None, "import", both.caller.now)
        steps = load_plan(folder / "plan.toml", folder, rejects=tmp_path / "rejects")
        reports = graph.run(import_plan(target, graph.edition.tables, caller, steps, Progress()))
        assert all(r.clean for r in reports), [(r.file, r.rejected) for r in reports]
        again = both.graphs[1 - both.graphs.index(graph)].edition
        assert put(both, again, target, tmp_path / f"{graph.database.name}-again") == counts
        folders.append(content(tmp_path / f"{graph.database.name}-again"))
        graph.run(target.close())
    assert folders[0] == folders[1] == folders[2] == folders[3]
    digest = sha256(b"A").hexdigest()
    assert digest in folders[0]["firm.csv"] and folders[0][f"files/{digest}"] == "A"


def test_the_plan_of_the_standard_model_names_nothing_before_it_is_there() -> None:
    registry = standard_registry()
    steps = file_steps(registry)
    assert {s.type.name for s in steps} == {t.name for t in registry.types.values() if not (t.abstract or t.journal)}
    placed: set[str] = set()
    for step in steps:
        for field in step.type.fields:
            if f"{field.api_name}.id" in step.columns and f"{field.api_name}.id" not in step.later:
                targets = {t.name for name in field.targets for t in registry.concrete(name)}
                assert targets <= placed | {step.type.name}, (step.type.name, field.name)
        placed.add(step.type.name)


@pytest.mark.slow
def test_the_demo_comes_back_whole_in_the_other_database(
    crm_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly every record type has records there, quotes several revisions, products and prices each other."""
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--load-only"]) == 0
    demo = f"sqlite:///{tmp_path / 'crmgraph-demo.sqlite'}"
    urls = [demo, *map(crm_database, OTHERS)]
    folders = [tmp_path / f"folder {i}" for i in range(len(urls))]
    for number, (url, folder) in enumerate(zip(urls, folders, strict=True)):
        monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
        if number:
            before = folders[number - 1]
            assert main(["import", "--plan", str(before / "plan.toml"), "--folder", str(before)]) == 0
        assert main(["export", "--all", "-o", str(folder)]) == 0
    first, *others = (content(folder) for folder in folders)
    assert len(first["quote.csv"].splitlines()) > 50
    assert others and all(other == first for other in others)


@pytest.mark.slow
@pytest.mark.skipif(not NORTHWIND.is_dir(), reason="the shared data are not here")
@pytest.mark.skipif(
    "CRMGRAPH_LONG_TESTS" not in os.environ, reason="as the demo, with more rows: CRMGRAPH_LONG_TESTS=1"
)
def test_northwind_exported_imported_and_exported_again_is_the_same(
    crm_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the commands that people use."""
    urls = [crm_database("sqlite"), *map(crm_database, OTHERS)]
    folders = [tmp_path / f"folder {i}" for i in range(len(urls))]
    plan = ["--plan", str(EXAMPLE / "plan.toml"), "--folder", str(NORTHWIND)]
    monkeypatch.chdir(tmp_path)
    for url, folder in zip(urls, folders, strict=True):
        monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
        assert main(["import", *plan]) == 0
        assert main(["export", "--all", "-o", str(folder)]) == 0
        plan = ["--plan", str(folder / "plan.toml"), "--folder", str(folder)]
    first, *others = (content(folder) for folder in folders)
    assert len(first["order.csv"].splitlines()) == 831 and len(first["order_product.csv"].splitlines()) == 2156
    assert others and all(other == first for other in others)
