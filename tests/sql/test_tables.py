"""The tables of the toy model: columns, keys, indexes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Index

from crmgraph.errors import MetadataError
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.sql.tables import Tables, build_tables, short_name


def indexes(tables: Tables, name: str) -> set[str]:
    found = tables.by_type[name].indexes
    return {("unique " if i.unique else "") + ", ".join(c.name for c in i.columns) for i in found}


def test_indexes(toy_tables: Tables) -> None:
    assert indexes(toy_tables, "firm") == {
        "unique number",
        "warmth, name__sort, id",
        "parent_id, name__sort, id",
        "head_id, name__sort, id",
        "currency_id",
        "owner_id",
        "name__sort, id",
        "created_on, id",
    }
    assert indexes(toy_tables, "happening") == {
        "regarding_id, sort_date, id",
        "owner_id",
        "subject__sort, id",
        "created_on, id",
    }
    assert indexes(toy_tables, "visit") == {"host_id, id"}
    assert "regarding_id, created_on, id" in indexes(toy_tables, "memo")
    assert "unique firm_id, reference" in indexes(toy_tables, "deal")


def test_lookups_that_may_be_empty_are_indexed_where_they_are_given(toy_tables: Tables) -> None:
    for dialect in ("postgresql", "sqlite"):
        partial = {
            i.name: str(where)
            for i in all_indexes(toy_tables)
            if (where := i.dialect_options[dialect]["where"]) is not None
        }
        assert partial["ix_firm_head_id_name__sort_id_not_null"] == "firm.head_id IS NOT NULL"
        assert partial["ix_visit_host_id_id_not_null"] == "visit.host_id IS NOT NULL"
        assert not [n for n in partial if n.startswith(("ix_person_firm_id", "ix_happening_regarding_id", "uq_"))]


def all_indexes(tables: Tables) -> list[Index]:
    return [i for t in tables.by_type.values() for i in t.indexes]


def test_kind_has_its_own_columns_only(toy_tables: Tables) -> None:
    visit = toy_tables.by_type["visit"]
    assert [c.name for c in visit.columns] == ["id", "place", "place__sort", "distance", "host_id"]
    assert {k.column_keys[0]: k.referred_table.name for k in visit.foreign_key_constraints} == {
        "id": "happening",
        "host_id": "person",
    }
    happening = toy_tables.by_type["happening"]
    assert {"kind", "state", "version", "regarding_id", "regarding_type"} <= {c.name for c in happening.columns}
    assert not happening.c.subject.nullable and happening.c.minutes.nullable


def test_foreign_keys_wait_for_the_commit(toy_tables: Tables) -> None:
    keys = [k for t in toy_tables.by_type.values() for k in t.foreign_key_constraints]
    assert keys and all(k.deferrable and k.initially == "DEFERRED" for k in keys)
    targets = {k.column_keys[0]: k.referred_table.name for k in toy_tables.by_type["deal"].foreign_key_constraints}
    assert targets["id"] == targets["buyer_id"] == targets["owner_id"] == "record"
    assert targets["firm_id"] == "firm"


def test_names_fit() -> None:
    columns = [f"a_rather_long_column_{i}" for i in range(4)]
    name = short_name("ix", "table", columns)
    assert len(name) == 63 and name == short_name("ix", "table", columns) != short_name("ix", "table", columns[:3])
    assert short_name("ix", "firm", ["name"]) == "ix_firm_name"


def test_no_key_or_index_over_two_tables() -> None:
    types, shared = read_model(Path(__file__).parents[1] / "toy")
    changed = [replace(t, indexes=(("place", "subject"),)) if t.name == "visit" else t for t in types]
    with pytest.raises(MetadataError, match="another table"):
        build_tables(build_registry(changed, shared)).metadata  # noqa: B018
