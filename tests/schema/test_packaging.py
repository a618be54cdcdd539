"""Packages by the API on both databases: what applying them warns of, and what becomes of a draft of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from workshop import Workshop

PACKAGE = """[package]
name = "fleet"
prefix = "fl"
version = "1.0"

[types.firm]
label = { en = "Garage" }

[types.firm.fields.x_fl_size]
type = "integer"
label = { en = "Size" }
"""
APPLY = """mutation Apply($content: String!, $dryRun: Boolean) {
  applyPackage(input: {content: $content, dryRun: $dryRun}) {
  changeSet { title } preview { revision breaking changes { text } warnings { code text breaking } } } }"""
HIDDEN = {
    "en": "“types.firm.label.en” stays \"Workshop\" and does not become \"Garage\": that was changed here by hand.",
    "es": "«types.firm.label.en» sigue siendo \"Workshop\" y no pasa a ser \"Garage\": se cambió aquí a mano.",
    "de": "„types.firm.label.en“ bleibt \"Workshop\" und wird nicht \"Garage\": das wurde hier von Hand geändert.",
    "pl": "„types.firm.label.en” pozostaje \"Workshop\" i nie zmienia się na \"Garage\": zmieniono to tutaj ręcznie.",
}  # fmt: skip


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    return shop()


def applied(workshop: Workshop, text: str, **variables: Any) -> Any:
    return workshop.ask(APPLY, content=text, **variables)["applyPackage"]


def test_what_was_changed_by_hand_is_warned_of_and_is_no_breach(workshop: Workshop) -> None:
    workshop.change('changeRecordType(input: {type: "firm", label: [{locale: "en", text: "Workshop"}]})')
    for locale, text in HIDDEN.items():
        preview = applied(workshop.calling(locale=locale), PACKAGE, dryRun=True)["preview"]
        assert not preview["breaking"]
        assert preview["warnings"] == warned(text)
    done = applied(workshop, PACKAGE)
    assert done["changeSet"]["title"] == "apply package fleet 1.0"
    again = applied(workshop, PACKAGE)
    assert again["changeSet"] is None and again["preview"]["changes"] == []
    assert again["preview"]["warnings"] == done["preview"]["warnings"] == warned(HIDDEN["en"])


def warned(text: str) -> list[dict[str, Any]]:
    return [{"code": "PACKAGE_HIDDEN", "text": text, "breaking": False}]
