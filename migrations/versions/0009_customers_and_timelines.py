"""Customers and timelines"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("text", types.Text(), nullable=True),
        sa.Column("event", types.Integer(), nullable=True),
        sa.Column("detail", types.Text(), nullable=True),
        sa.Column("detail__sort", types.Text(), nullable=True),
        sa.Column("related_id", types.Id(), nullable=True),
        sa.Column("related_type", types.Integer(), nullable=True),
        sa.Column("regarding_id", types.Id(), nullable=False),
        sa.Column("regarding_type", types.Integer(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["record.id"], name="fk_post_id", initially="DEFERRED", deferrable=True, use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["regarding_id"],
            ["record.id"],
            name="fk_post_regarding_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["related_id"],
            ["record.id"],
            name="fk_post_related_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_post_created_on_id", "post", ["created_on", "id"], unique=False)
    op.create_index("ix_post_name__sort_id", "post", ["name__sort", "id"], unique=False)
    op.create_index("ix_post_regarding_id_created_on_id", "post", ["regarding_id", "created_on", "id"], unique=False)
    op.create_index(
        "ix_post_related_id_not_null",
        "post",
        ["related_id"],
        unique=False,
        postgresql_where=sa.text("related_id IS NOT NULL"),
        sqlite_where=sa.text("related_id IS NOT NULL"),
    )
    op.create_table(
        "timeline_bookmark",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("entry_id", types.Id(), nullable=False),
        sa.Column("made_on", types.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["record.id"], name="fk_timeline_entry_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subject_id"], ["record.id"], name="fk_timeline_subject_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["record.id"], name="fk_timeline_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "subject_id", "entry_id"),
    )
    op.create_index("ix_timeline_bookmark_entry_id", "timeline_bookmark", ["entry_id"], unique=False)
    op.create_index("ix_timeline_bookmark_subject_id", "timeline_bookmark", ["subject_id"], unique=False)
    op.create_table(
        "timeline_pin",
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("entry_id", types.Id(), nullable=False),
        sa.Column("made_by_id", types.Id(), nullable=True),
        sa.Column("made_on", types.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["record.id"], name="fk_timeline_entry_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subject_id"], ["record.id"], name="fk_timeline_subject_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subject_id", "entry_id"),
    )
    op.create_index("ix_timeline_pin_entry_id", "timeline_pin", ["entry_id"], unique=False)
    op.create_table(
        "timeline_seen",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("seen_until", types.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["record.id"], name="fk_timeline_subject_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["record.id"], name="fk_timeline_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "subject_id"),
    )
    op.create_index("ix_timeline_seen_subject_id", "timeline_seen", ["subject_id"], unique=False)
    op.add_column("activity_party", sa.Column("activity_date", types.DateTime(), nullable=True))

    op.execute(
        "UPDATE activity_party SET activity_date ="
        " (SELECT a.sort_date FROM activity a WHERE a.id = activity_party.activity_id)"
    )
    op.create_index(
        "ix_activity_party_party_id_activity_date_activity_id_id",
        "activity_party",
        ["party_id", "activity_date", "activity_id", "id"],
        unique=False,
    )
    op.add_column("contact", sa.Column("name_language", types.Text(), nullable=True))
    op.add_column("contact", sa.Column("name_language__sort", types.Text(), nullable=True))

    op.add_column("lead", sa.Column("name_language", types.Text(), nullable=True))
    op.add_column("lead", sa.Column("name_language__sort", types.Text(), nullable=True))

    op.add_column("user", sa.Column("name_language", types.Text(), nullable=True))
    op.add_column("user", sa.Column("name_language__sort", types.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("name_language__sort")
        batch_op.drop_column("name_language")

    with op.batch_alter_table("lead", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("name_language__sort")
        batch_op.drop_column("name_language")

    with op.batch_alter_table("contact", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("name_language__sort")
        batch_op.drop_column("name_language")

    with op.batch_alter_table("activity_party", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_index("ix_activity_party_party_id_activity_date_activity_id_id")
        batch_op.drop_column("activity_date")

    op.drop_table("timeline_seen")
    op.drop_table("timeline_pin")
    op.drop_table("timeline_bookmark")
    op.drop_table("post")
