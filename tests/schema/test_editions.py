"""An edition goes when the next one comes: nothing keeps it, and its building may be done beside other threads."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest
from graph import NOW, Graph
from graphql import parse, validate
from world import WORLD

from crmgraph.errors import MetadataError
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.plan.members import View
from crmgraph.schema import collecting
from crmgraph.schema.build import build_schema
from crmgraph.schema.collecting import TURNS, Pause, built_beside, let_go
from crmgraph.schema.directives import schema_text
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.editions import Editions
from crmgraph.sql.database import Database
from crmgraph.sql.phrases_sqlite import SQLite

TOY = Path(__file__).parents[1] / "toy"
DOCUMENTS = (
    "{ firms(first: 2, where: {name: {ne: null}}) { nodes { displayName owner { id } } totalCount } }",
    "{ firms { nodes { ... on Frim { id } } } }",
    '{ metadata { types { name } } __type(name: "Firm") { fields { name description } } }',
    'mutation { createFirm(input: {name: "Gone"}) { firm { id name } } }',
)


def test_nothing_keeps_an_edition(database: Database, run: Callable[[Any], Any]) -> None:
    graph = Graph.open(database, build_registry(*read_model(TOY)), run)
    graph.fill(WORLD[:1], NOW)
    for document in DOCUMENTS:
        graph.answer(document)
    edition = graph.edition
    edition.schema_in("de")[1].complete()
    edition.check()
    assert len(edition.plans.entries) > 1
    parts = [
        edition,
        edition.registry,
        edition.view,
        edition.schema,
        edition.tables.metadata,
        edition.schema.type_map["Firm"],
    ]
    left = [weakref.ref(part) for part in parts]
    del edition, parts
    graph.edition = None  # type: ignore[assignment]
    gc.collect()
    assert [ref() for ref in left] == [None] * len(left)


@contextmanager
def collector(*, on: bool) -> Iterator[None]:
    """The interpreter's collector at work or not, as it was afterwards."""
    before = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if before else gc.disable)()


def test_an_edition_goes_with_the_last_that_uses_it() -> None:
    async def work() -> None:
        edition = build_edition(build_registry(*read_model(TOY)), SQLite())
        schema = weakref.ref(edition.schema)
        let_go(edition)
        await asyncio.sleep(0)
        assert schema() is not None
        del edition
        while schema() is not None:  # a thread opens its circles, then the collector is called
            await asyncio.sleep(0.01)

    with collector(on=False), pytest.MonkeyPatch.context() as patch:  # only `let_go` collects
        patch.setattr(collecting, "COLLECT", gc.collect)
        asyncio.run(work())


def test_an_edition_is_replaced_once() -> None:
    first, second, third = (build_edition(build_registry(*read_model(TOY)), SQLite()) for _ in range(3))

    async def work() -> Edition:
        editions = Editions(cast("Any", None), first)
        editions.replace(first, second)
        editions.replace(first, third)  # its publish ended later than a look at what is in force
        return editions.current

    assert asyncio.run(work()) is second


def test_an_edition_that_falls_apart_takes_nothing_of_others_along() -> None:
    first = build_edition(build_registry(*read_model(TOY)), SQLite())
    before = schema_text(first.schema)
    second = build_edition(build_registry(*read_model(TOY)), SQLite())
    firm = weakref.ref(first.schema.type_map["Firm"])
    with collector(on=False):
        for _ in first.schema.fall_apart():
            pass
        assert firm() is None
    assert schema_text(second.schema) == before
    assert schema_text(build_edition(build_registry(*read_model(TOY)), SQLite()).schema) == before


def test_an_edition_is_built_on_a_thread_that_takes_turns() -> None:
    def build() -> Any:
        assert threading.current_thread() is not threading.main_thread()
        assert sys.getswitchinterval() == pytest.approx(TURNS)
        return build_edition(build_registry(*read_model(TOY)), SQLite())

    before = sys.getswitchinterval()
    assert "Firm" in asyncio.run(built_beside(build)).schema.type_map
    assert sys.getswitchinterval() == before > TURNS

    def fails() -> Any:
        raise MetadataError("no such edition")

    with pytest.raises(MetadataError):
        asyncio.run(built_beside(fails))
    assert sys.getswitchinterval() == before


def test_threads_make_the_same_types() -> None:
    view, threads = View(build_registry(*read_model(TOY))), 4
    document = parse(DOCUMENTS[0])
    for _ in range(5):
        schema, together = build_schema(view, "en"), Barrier(threads)

        def work(number: int, schema: Any = schema, together: Any = together) -> Any:
            together.wait()
            if number % 2:
                schema.complete()
            assert not validate(schema, document)
            return schema.type_map["Firm"].fields["owner"], schema.type_map["FirmWhere"]

        with ThreadPoolExecutor(threads) as pool:
            first, *others = list(pool.map(work, range(threads)))
        assert all(a is b for other in others for a, b in zip(first, other, strict=True))
        every = schema.type_map.every
        assert every["FirmWhere"] is first[1] and every["Firm"].fields["owner"] is first[0]  # type: ignore[attr-defined]


def test_the_collector_goes_on_when_the_last_is_done() -> None:
    pause = Pause()
    one, other = pause(), pause()
    with collector(on=True):
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        assert not gc.isenabled()
        other.__exit__(None, None, None)
        assert gc.isenabled()


def test_what_is_not_made_yet_is_checked_at_a_word() -> None:
    types, shared = read_model(TOY)
    clash = [replace(t, api_name="FirmGrouping", api_plural="firmGroupings") if t.name == "memo" else t for t in types]
    edition = build_edition(build_registry(clash, shared), SQLite())
    with pytest.raises(MetadataError, match="The name “FirmGrouping"):
        edition.check()
    wide = [replace(t, indexes=(("place", "subject"),)) if t.name == "visit" else t for t in types]
    edition = build_edition(build_registry(wide, shared), SQLite())
    with pytest.raises(MetadataError, match="another table"):
        edition.check()
