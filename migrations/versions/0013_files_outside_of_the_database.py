"""Files outside of the database"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.actions.ids import new_id
from crmgraph.plan.text import sort_key
from crmgraph.sql import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ALONE = {"resolve_fks": False}  # a table is copied without reading all that it refers to anew
NEW = ("attachment", "post")  # parts of records that roles of before do not name


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("file_name", types.Text(), nullable=True),
        sa.Column("file_name__sort", types.Text(), nullable=True),
        sa.Column("activity_id", types.Id(), nullable=False),
        sa.Column("file", types.Json(), nullable=False),
        sa.Column("subject", types.Text(), nullable=True),
        sa.Column("subject__sort", types.Text(), nullable=True),
        sa.Column("mime_type", types.Text(), nullable=True),
        sa.Column("mime_type__sort", types.Text(), nullable=True),
        sa.Column("file_size", types.BigInteger(), nullable=True),
        sa.Column("position", types.Integer(), nullable=True),
        sa.Column("content_id", types.Text(), nullable=True),
        sa.Column("content_id__sort", types.Text(), nullable=True),
        sa.Column("is_inline", types.Boolean(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name="fk_attachment_activity_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["record.id"], name="fk_attachment_id", initially="DEFERRED", deferrable=True, use_alter=True
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_attachment_activity_id_file_name__sort_id",
        "attachment",
        ["activity_id", "file_name__sort", "id"],
        unique=False,
    )
    op.create_index("ix_attachment_created_on_id", "attachment", ["created_on", "id"], unique=False)
    op.create_index("ix_attachment_file_name__sort_id", "attachment", ["file_name__sort", "id"], unique=False)
    op.create_table(
        "file_use",
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("sha256", types.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "sha256"),
    )
    op.create_index("ix_file_use_sha256", "file_use", ["sha256"], unique=False)
    op.create_table(
        "secret",
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("value", types.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", types.Text(), nullable=False),
        sa.Column("size", types.BigInteger(), nullable=False),
        sa.Column("made_on", types.DateTime(), nullable=False),
        sa.Column("touched_on", types.DateTime(), nullable=False),
        sa.Column("loose", types.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(
        "ix_stored_file_loose",
        "stored_file",
        ["touched_on"],
        unique=False,
        postgresql_where=sa.text("loose"),
        sqlite_where=sa.text("loose"),
    )
    op.create_table(
        "upload",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=True),
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("mime_type", types.Text(), nullable=False),
        sa.Column("size", types.BigInteger(), nullable=False),
        sa.Column("sha256", types.Text(), nullable=False),
        sa.Column("made_on", types.DateTime(), nullable=False),
        sa.Column("used", types.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upload_made_on", "upload", ["made_on"], unique=False)
    op.create_index("ix_upload_sha256", "upload", ["sha256"], unique=False)
    op.create_index("ix_upload_user_id", "upload", ["user_id"], unique=False)
    with op.batch_alter_table("appointment", schema=None, reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_column("attachment_count")

    with op.batch_alter_table("email", schema=None, reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_column("attachment_count")

    op.execute("INSERT INTO counter (name, value) SELECT 'files inside', 1 WHERE EXISTS (SELECT 1 FROM record)")
    for name in NEW:
        give_rights(op.get_bind(), name)


def give_rights(connection: sa.Connection, name: str) -> None:
    """Roles that name the parties of activities, and neither this type nor all, may do the same with it."""
    table = sa.Table("role_privilege", sa.MetaData(), autoload_with=connection, resolve_fks=False)
    columns = table.c
    others = sa.select(columns.role_id).where((columns.record_type == name) | columns.record_type.is_(None))
    wanted = sa.select(table).where(columns.record_type == "activity_party", columns.role_id.not_in(others))
    for found in connection.execute(wanted).mappings().all():
        id, title = new_id(), (found["name"] or "").replace("activity_party", name)
        given = {"name": title, "name__sort": sort_key(title), "record_type": name, "record_type__sort": sort_key(name)}
        text = sa.text("INSERT INTO record (id, type) SELECT :id, type FROM record WHERE id = :old")
        bound = text.bindparams(sa.bindparam("id", type_=types.Id()), sa.bindparam("old", type_=types.Id()))
        connection.execute(bound, {"id": id, "old": str(found["id"])})
        connection.execute(table.insert(), {**found, **given, "id": id})
        connection.execute(sa.text("UPDATE revision SET access = access + 1"))


def downgrade() -> None:
    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attachment_count", types.Integer(), nullable=True))

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attachment_count", types.Integer(), nullable=True))

    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index("ix_upload_user_id")
        batch_op.drop_index("ix_upload_sha256")
        batch_op.drop_index("ix_upload_made_on")

    op.drop_table("upload")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index("ix_stored_file_loose", postgresql_where=sa.text("loose"), sqlite_where=sa.text("loose"))

    op.drop_table("stored_file")
    op.drop_table("secret")
    with op.batch_alter_table("file_use", schema=None) as batch_op:
        batch_op.drop_index("ix_file_use_sha256")

    op.drop_table("file_use")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_file_name__sort_id")
        batch_op.drop_index("ix_attachment_created_on_id")
        batch_op.drop_index("ix_attachment_activity_id_file_name__sort_id")

    op.drop_table("attachment")
