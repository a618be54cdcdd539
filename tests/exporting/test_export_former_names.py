"""Exports are asked for by any name that a type or a field has or had; their headers say the names of today."""

from __future__ import annotations

import pytest
from graph import Both, uid
from outlet import exported
from renamed import renamed, speaking

from crmgraph.schema.exports import Wish, document_of

WHERE = '{"name": {"eq": "angel"}}'
BY_NEW = f"newName,newParent.id,newHead.newFirm.newName\r\nangel,{uid(101)},\r\n"


@pytest.fixture(scope="module")
def served(both: Both) -> Both:
    return speaking(both, renamed("new"))


def wished(both: Both, wish: Wish, **options: object) -> str:
    document, variables = document_of(both.graphs[0].edition, wish)
    return exported(both, document, variables=variables, **options).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["firm", "firms", "Firm", "NewFirm", "newFirms"])
def test_types_and_fields_by_every_name(name: str, served: Both) -> None:
    assert wished(served, Wish(name, ("name", "parent.id", "head.firm.name"), WHERE)) == BY_NEW
    assert wished(served, Wish(name, ("newName", "newParent.id", "newHead.newFirm.newName"), WHERE)) == BY_NEW


def test_storage_names_of_fields(served: Both) -> None:
    made = wished(served, Wish("person", ("full_name", "created_on"), '{fullName: {startsWith: "Zoë"}}'))
    assert made.splitlines()[0] == "newFullName,createdOn"


def test_all_fields_are_called_as_they_are_now(served: Both) -> None:
    header = wished(served, Wish("Currency")).splitlines()[0].split(",")
    assert "newIsoCode" in header and "isoCode" not in header and len({*header}) == len(header)


def test_a_clients_own_selection_keeps_its_names_and_has_labels(served: Both) -> None:
    document = """{ firms(where: {name: {eq: "angel"}}) { nodes { name warmthLabel parent { name } } } }"""
    assert exported(served, document).decode().splitlines()[0] == "name,warmthLabel,parent.name"
    assert exported(served, document, headers=True).decode().splitlines()[0] == "Name,Warmth,Parent.Name"
