"""PostgreSQL's index of timelines' children: the latest moment at which each may have an entry, beside its parent.

A company's timeline with those of its hundreds of people is made of a list for each of them. This index says which
lists may begin on the first page. It goes over several tables (a person's company stands in one, the entries in
others), so triggers keep it, whoever writes. A moment may be too late (its entry is gone, or not for everybody), never
too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crmgraph.metadata.names import CUSTOM
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.sql.rows import quote
from crmgraph.sql.tables import TIMELINE_LOOKUP, column_name

HEAD = "timeline_head"  # on PostgreSQL only, and in no copy or backup: it is made anew
CREATE = (
    f"CREATE TABLE {HEAD} (record_id uuid NOT NULL, field text NOT NULL, parent_id uuid, latest timestamptz,"
    " PRIMARY KEY (record_id, field))",
    f"CREATE INDEX ix_{HEAD}_parent_id_latest_record_id ON {HEAD} (parent_id, latest, record_id)",
)


@dataclass(frozen=True, slots=True)
class Heads:
    """What the index is of: lookups that make a record a child, and the places where moments of records stand.

    `children`: tables and fields. `places`: tables, the columns that name a record, and those of its moments there.
    """

    children: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str, str], ...]

    @property
    def tables(self) -> list[str]:
        """The tables with triggers."""
        return sorted({*(t for t, _ in self.children), *(t for t, _, _ in self.places)})


def heads_of(registry: Registry) -> Heads:
    """What ships of a model; what administrators made is not in the index."""
    shipped = [t for t in registry.types.values() if not (t.base or t.journal or t.name.startswith(CUSTOM))]
    kept = ((t.name, f.name) for t in shipped for f in t.fields if is_kept(registry, t.name, f.name))
    return Heads(tuple(kept), tuple(p for t in shipped for p in places_of(t)))


def is_kept(registry: Registry, type_name: str, name: str) -> bool:
    """Whether the index knows the records to which a lookup ties, by those parents."""
    found, field = registry.type(type_name), registry.field(type_name, name)
    return field.parental and field.type is FieldType.LOOKUP and not (
        found.base or found.abstract or type_name.startswith(CUSTOM) or name.startswith(CUSTOM)
    )  # fmt: skip


def places_of(found: RecordType) -> Iterator[tuple[str, str, str]]:
    if found.moment is not None and TIMELINE_LOOKUP in found.by_name:
        yield found.name, column_name(found.by_name[TIMELINE_LOOKUP]), column_name(found.by_name[found.moment])
    if found.participation is not None:
        who, at = found.by_name[found.participation.who], found.by_name[found.participation.moment]
        yield found.name, column_name(who), column_name(at)


def statements(heads: Heads) -> list[str]:
    """The table, its index and the triggers."""
    made = [s for child in heads.children for s in child_triggers(heads, *child)]
    return [*CREATE, *made, *(s for place in heads.places for s in place_triggers(*place))]


def rebuilt(heads: Heads) -> list[str]:
    """All rows anew: while nothing else writes."""
    made = (
        f"INSERT INTO {HEAD} (record_id, field, parent_id, latest)"
        f" SELECT r.id, '{name}', r.{quote(f'{name}_id')}, {newest(heads, 'r.id')} FROM {quote(table)} r"
        for table, name in heads.children
    )
    return [f"DELETE FROM {HEAD}", *made]


def newest(heads: Heads, id: str) -> str:
    """The latest moment of a record."""
    each = (f"SELECT max({quote(at)}) AS at FROM {quote(t)} WHERE {quote(who)} = {id}" for t, who, at in heads.places)
    return f"(SELECT max(x.at) FROM ({' UNION ALL '.join(each)}) x)"


def child_triggers(heads: Heads, table: str, name: str) -> Iterator[str]:
    """New records, those that get another parent, and those that go. A row is never replaced: who adds an entry to a
    record that just moves waits for it.
    """
    link = quote(f"{name}_id")
    made = f"SELECT n.id, '{name}', n.{link}, {newest(heads, 'n.id')} FROM new_rows n"
    yield from trigger(
        f"{table}_{name}_new", f"INSERT INTO {HEAD} (record_id, field, parent_id, latest) {made}",
        f"AFTER INSERT ON {quote(table)} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
    )  # fmt: skip
    yield from trigger(
        f"{table}_{name}_moved",
        f"UPDATE {HEAD} SET parent_id = NEW.{link} WHERE record_id = NEW.id AND field = '{name}'",
        f"AFTER UPDATE OF {link} ON {quote(table)} FOR EACH ROW WHEN (NEW.{link} IS DISTINCT FROM OLD.{link})",
    )
    yield from trigger(
        f"{table}_{name}_gone",
        f"DELETE FROM {HEAD} WHERE record_id = OLD.id AND field = '{name}'",
        f"AFTER DELETE ON {quote(table)} FOR EACH ROW",
    )


def place_triggers(table: str, who: str, at: str) -> Iterator[str]:
    """New entries, and those that come to another record or moment."""
    who, at = quote(who), quote(at)
    later = f"SELECT {who} AS id, max({at}) AS at FROM new_rows GROUP BY {who} ORDER BY {who}"
    tie = "h.record_id = n.id AND (h.latest IS NULL OR h.latest < n.at)"
    yield from trigger(
        f"{table}_new", f"UPDATE {HEAD} h SET latest = n.at FROM ({later}) n WHERE {tie}",
        f"AFTER INSERT ON {quote(table)} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
    )  # fmt: skip
    tie = f"record_id = NEW.{who} AND (latest IS NULL OR latest < NEW.{at})"
    other = f"(NEW.{who}, NEW.{at}) IS DISTINCT FROM (OLD.{who}, OLD.{at})"
    yield from trigger(
        f"{table}_moved", f"UPDATE {HEAD} SET latest = NEW.{at} WHERE {tie}",
        f"AFTER UPDATE OF {who}, {at} ON {quote(table)} FOR EACH ROW WHEN (NEW.{who} IS NOT NULL AND {other})",
    )  # fmt: skip


def trigger(name: str, does: str, when: str) -> Iterator[str]:
    function = quote(f"{HEAD}_{name}")
    body = f"BEGIN {does}; RETURN NULL; END"
    yield f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$"
    yield f"CREATE TRIGGER {function} {when} EXECUTE FUNCTION {function}()"
