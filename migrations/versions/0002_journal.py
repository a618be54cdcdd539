"""Events that rebuild each earlier state, the recycle bin, kept files and answers, documents, imports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.plan.text import sort_key
from crmgraph.sql import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ACTS = {"create": 1, "update": 2, "delete": 3}


def upgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_record_id")
    op.rename_table("event", "event_before")
    op.create_table(
        "event",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("occurred_on", types.DateTime(), nullable=False),
        sa.Column("act", types.Integer(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("actor_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("client", types.Text(), nullable=True),
        sa.Column("client__sort", types.Text(), nullable=True),
        sa.Column("operation", types.Text(), nullable=True),
        sa.Column("operation__sort", types.Text(), nullable=True),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    copy_events()
    op.drop_table("event_before")
    op.create_index("ix_event_record_id_id", "event", ["record_id", "id"], unique=False)
    op.create_index("ix_event_occurred_on_id", "event", ["occurred_on", "id"], unique=False)
    op.create_table(
        "deleted_record",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("deleted_on", types.DateTime(), nullable=False),
        sa.Column("deleted_by_id", types.Id(), nullable=True),
        sa.Column("cause_id", types.Id(), nullable=True),
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("event_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, columns in {
        "ix_deleted_record_record_id_id": ["record_id", "id"],
        "ix_deleted_record_record_type_deleted_on_id": ["record_type", "deleted_on", "id"],
        "ix_deleted_record_deleted_on_id": ["deleted_on", "id"],
        "ix_deleted_record_cause_id_name__sort_id": ["cause_id", "name__sort", "id"],
    }.items():
        op.create_index(name, "deleted_record", columns, unique=False)
    op.create_table(
        "content",
        sa.Column("hash", types.Text(), nullable=False),
        sa.Column("content", types.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "answer",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("key", types.Text(), nullable=False),
        sa.Column("digest", types.Text(), nullable=False),
        sa.Column("answer", types.Text(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key"),
    )
    op.create_index("ix_answer_created_on", "answer", ["created_on"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", types.Text(), nullable=False),
        sa.Column("body", types.Text(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("client", types.Text(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "import",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("file", types.Text(), nullable=False),
        sa.Column("file__sort", types.Text(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("dry_run", types.Boolean(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=True),
        sa.Column("started_on", types.DateTime(), nullable=False),
        sa.Column("seen_on", types.DateTime(), nullable=False),
        sa.Column("total", types.BigInteger(), nullable=False),
        sa.Column("line", types.BigInteger(), nullable=False),
        sa.Column("read", types.BigInteger(), nullable=False),
        sa.Column("created", types.BigInteger(), nullable=False),
        sa.Column("updated", types.BigInteger(), nullable=False),
        sa.Column("unchanged", types.BigInteger(), nullable=False),
        sa.Column("skipped", types.BigInteger(), nullable=False),
        sa.Column("rejected", types.BigInteger(), nullable=False),
        sa.Column("unlinked", types.BigInteger(), nullable=False),
        sa.Column("deleted", types.BigInteger(), nullable=True),
        sa.Column("reverted", types.BigInteger(), nullable=True),
        sa.Column("kept", types.BigInteger(), nullable=True),
        sa.Column("message", types.Text(), nullable=True),
        sa.Column("rejects_url", types.Text(), nullable=True),
        sa.Column("content", types.Id(), nullable=False),
        sa.Column("plan", types.Id(), nullable=False),
        sa.Column("runner", types.Id(), nullable=False),
        sa.Column("rejects", types.Text(), nullable=True),
        sa.Column("job", types.Json(), nullable=True),
        sa.Column("position", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_state_id", "import", ["state", "id"], unique=False)
    op.create_index("ix_import_content_id", "import", ["content", "id"], unique=False)
    op.create_index("ix_import_started_on_id", "import", ["started_on", "id"], unique=False)
    op.create_table(
        "import_later",
        sa.Column("import_id", types.Id(), nullable=False),
        sa.Column("number", types.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", types.Text(), nullable=False),
        sa.Column("content", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number"),
    )


def copy_events() -> None:
    """Earlier events keep their order; each was a transaction of its own as far as is known."""
    connection = op.get_bind()
    postgresql = connection.dialect.name == "postgresql"
    hexed = "lpad(to_hex(id), 12, '0')" if postgresql else "printf('%012x', id)"
    made = f"'00000000-0000-7000-8000-' || {hexed}"
    made = f"CAST({made} AS uuid)" if postgresql else made
    acts = " ".join(f"WHEN '{name}' THEN {code}" for name, code in ACTS.items())
    connection.execute(
        sa.text(
            "INSERT INTO event (id, occurred_on, act, record_id, record_type, actor_id, version, unit_id, operation,"
            f" before, after) SELECT {made}, occurred_on, CASE act {acts} END, record_id, record_type, actor_id,"
            " sum(CASE act WHEN 'delete' THEN 0 ELSE 1 END) OVER (PARTITION BY record_id ORDER BY id),"
            f" {made}, operation, before, after FROM event_before"
        )
    )
    for (name,) in connection.execute(sa.text("SELECT DISTINCT operation FROM event WHERE operation IS NOT NULL")):
        given = {"key": sort_key(name), "name": name}
        connection.execute(sa.text("UPDATE event SET operation__sort = :key WHERE operation = :name"), given)


def downgrade() -> None:
    raise NotImplementedError("earlier versions cannot hold what these events tell")
