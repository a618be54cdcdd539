"""PostgreSQL: the latest moment of each child beside its parent, for first pages of timelines"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHILDREN = (("contact", "account"), ("opportunity", "customer"), ("case", "customer"))
PLACES = (
    ("activity", "regarding_id", "sort_date"),
    ("activity_party", "party_id", "activity_date"),
    ("note", "regarding_id", "created_on"),
    ("post", "regarding_id", "created_on"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    run(
        "CREATE TABLE timeline_head (record_id uuid NOT NULL, field text NOT NULL, parent_id uuid, latest timestamptz,"
        " PRIMARY KEY (record_id, field))"
    )
    run("CREATE INDEX ix_timeline_head_parent_id_latest_record_id ON timeline_head (parent_id, latest, record_id)")
    for table, name in CHILDREN:
        link, columns = f'"{name}_id"', "timeline_head (record_id, field, parent_id, latest)"
        run(f"INSERT INTO {columns} SELECT r.id, '{name}', r.{link}, {newest('r.id')} FROM \"{table}\" r")
        trigger(
            f"{table}_{name}_new",
            f"INSERT INTO {columns} SELECT n.id, '{name}', n.{link}, {newest('n.id')} FROM new_rows n",
            f'AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT',
        )
        trigger(
            f"{table}_{name}_moved",
            f"UPDATE timeline_head SET parent_id = NEW.{link} WHERE record_id = NEW.id AND field = '{name}'",
            f'AFTER UPDATE OF {link} ON "{table}" FOR EACH ROW WHEN (NEW.{link} IS DISTINCT FROM OLD.{link})',
        )
        trigger(
            f"{table}_{name}_gone",
            f"DELETE FROM timeline_head WHERE record_id = OLD.id AND field = '{name}'",
            f'AFTER DELETE ON "{table}" FOR EACH ROW',
        )
    for table, who, at in PLACES:
        later = f'SELECT "{who}" AS id, max("{at}") AS at FROM new_rows GROUP BY "{who}" ORDER BY "{who}"'
        tie = "h.record_id = n.id AND (h.latest IS NULL OR h.latest < n.at)"
        trigger(
            f"{table}_new",
            f"UPDATE timeline_head h SET latest = n.at FROM ({later}) n WHERE {tie}",
            f'AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT',
        )
        tie = f'record_id = NEW."{who}" AND (latest IS NULL OR latest < NEW."{at}")'
        other = f'(NEW."{who}", NEW."{at}") IS DISTINCT FROM (OLD."{who}", OLD."{at}")'
        trigger(
            f"{table}_moved",
            f'UPDATE timeline_head SET latest = NEW."{at}" WHERE {tie}',
            f'AFTER UPDATE OF "{who}", "{at}" ON "{table}" FOR EACH ROW WHEN (NEW."{who}" IS NOT NULL AND {other})',
        )


def newest(id: str) -> str:
    each = (f'SELECT max("{at}") AS at FROM "{table}" WHERE "{who}" = {id}' for table, who, at in PLACES)
    return f"(SELECT max(x.at) FROM ({' UNION ALL '.join(each)}) x)"


def trigger(name: str, does: str, when: str) -> None:
    function = f'"timeline_head_{name}"'
    body = f"BEGIN {does}; RETURN NULL; END"
    run(f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$")
    run(f"CREATE TRIGGER {function} {when} EXECUTE FUNCTION {function}()")


def run(text: str) -> None:
    op.get_bind().exec_driver_sql(text)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, name in CHILDREN:
        for event in ("new", "moved", "gone"):
            run(f'DROP FUNCTION "timeline_head_{table}_{name}_{event}" CASCADE')
    for table, _, _ in PLACES:
        for event in ("new", "moved"):
            run(f'DROP FUNCTION "timeline_head_{table}_{event}" CASCADE')
    run("DROP TABLE timeline_head")
