"""Documents that did not change are not read again."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmgraph.errors import MetadataError
from crmgraph.metadata.files import load, read_model
from crmgraph.metadata.reading import Reader, digest

TOY = Path(__file__).parents[1] / "toy"


@pytest.fixture
def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    paths = sorted(TOY.rglob("*.toml"))
    choices = [load(p) for p in paths if p.parent.name == "choices"]
    types = [load(p) for p in paths if p.parent.name != "choices"]
    return {t["name"]: t for t in types}, {c["name"]: c for c in choices}


Documents = tuple[dict[str, Any], dict[str, Any]]


def test_it_reads_what_the_files_say(documents: Documents) -> None:
    assert Reader().read(documents[0].values(), documents[1].values()) == read_model(TOY)


def test_only_what_changed_is_made_anew(documents: Documents) -> None:
    reader = Reader()
    before = {t.name: t for t in reader.read(documents[0].values(), documents[1].values())[0]}
    types = deepcopy(documents[0])
    types["firm"]["label"]["de"] = "Geschäft"
    after = {t.name: t for t in reader.read(types.values(), deepcopy(documents[1]).values())[0]}
    assert [n for n in after if after[n] is not before[n]] == ["firm"]
    assert after["firm"].label.text("de") == "Geschäft" != before["firm"].label.text("de")
    assert list(after) == list(before)


def test_who_uses_a_shared_set_follows_its_change(documents: Documents) -> None:
    reader = Reader()
    types, choices = documents
    before = {t.name: t for t in reader.read(types.values(), choices.values())[0]}
    name, users = next(
        (n, users)
        for n in choices
        if (users := {t for t, raw in types.items() if any(f.get("options") == n for f in raw["fields"].values())})
    )
    changed = deepcopy(choices)
    changed[name]["label"]["pl"] = "inaczej"
    after, sets = reader.read(types.values(), changed.values())
    assert {t.name for t in after if t is not before[t.name]} == users and len(users) < len(types)
    found = next(s for s in sets if s.name == name)
    used = [f.options for t in after for f in t.fields if f.options is not None and f.options.name == name]
    assert used and all(options is found for options in used)


def test_what_went_is_forgotten(documents: Documents) -> None:
    reader = Reader()
    reader.read(documents[0].values(), documents[1].values())
    reader.read([], [])
    assert not reader.types and not reader.sets


def test_a_fault_is_refused_and_leaves_what_was_known(documents: Documents) -> None:
    reader = Reader()
    reader.read(documents[0].values(), documents[1].values())
    known = reader.types
    with pytest.raises(MetadataError, match="no property “colour”"):
        reader.read([{**documents[0]["firm"], "colour": 1}], documents[1].values())
    assert reader.types is known


def test_equal_texts_of_unequal_values_differ() -> None:
    values = [Decimal(1), 1, "1", 1.0, True, "Decimal('1')", [1], {"": "Decimal('1')"}]
    assert len({digest({"default": value}) for value in values}) == len(values) - 1  # no document has an empty name
