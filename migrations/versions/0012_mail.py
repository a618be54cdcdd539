"""Parties by their addresses, conversations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDRESSES = (
    ("account", "email"), ("account", "email_2"), ("contact", "email"), ("contact", "email_2"), ("lead", "email"),
    ("lead", "email_2"), ("queue", "email"), ("team", "email"), ("user", "email"), ("user", "personal_email"),
)  # fmt: skip
# of several messages with one id the first keeps it
FIRST_KEEPS_ID = """
    UPDATE email SET message_id = NULL, message_id__sort = NULL WHERE message_id IN
    (SELECT message_id FROM email WHERE message_id IS NOT NULL GROUP BY message_id HAVING count(*) > 1)
    AND EXISTS (SELECT 1 FROM email e WHERE e.message_id = email.message_id AND e.id < email.id)
"""
OWN_CONVERSATION = """
    UPDATE email SET conversation = message_id, conversation__sort = message_id__sort
    WHERE conversation IS NULL AND message_id IS NOT NULL
"""
MESSAGES = "INSERT INTO message_thread SELECT message_id, conversation FROM email WHERE message_id IS NOT NULL"
CONVERSATIONS = """
    INSERT INTO message_thread SELECT DISTINCT conversation, conversation FROM email
    WHERE conversation IS NOT NULL AND conversation NOT IN (SELECT message_id FROM message_thread)
"""
UNRESOLVED = """
    UPDATE activity_party SET is_unresolved = true
    WHERE party_id IS NULL AND (name IS NOT NULL OR address_used IS NOT NULL)
"""


def upgrade() -> None:
    op.create_table(
        "message_thread",
        sa.Column("message_id", types.Text(), nullable=False),
        sa.Column("thread", types.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("ix_message_thread_thread", "message_thread", ["thread"], unique=False)
    add_is_ambiguous()
    op.execute(UNRESOLVED)
    op.create_index(
        "ix_activity_party_address_used__sort_unresolved",
        "activity_party",
        ["address_used__sort"],
        unique=False,
        postgresql_where=sa.text("party_id IS NULL"),
        sqlite_where=sa.text("party_id IS NULL"),
    )
    for table, field in ADDRESSES:
        op.create_index(
            f"ix_{table}_{field}__sort_not_null",
            table,
            [f"{field}__sort"],
            unique=False,
            postgresql_where=sa.text(f"{field}__sort IS NOT NULL"),
            sqlite_where=sa.text(f"{field}__sort IS NOT NULL"),
        )
    op.add_column("email", sa.Column("references", types.Text(), nullable=True))
    op.execute(FIRST_KEEPS_ID)
    op.execute(OWN_CONVERSATION)
    op.execute(MESSAGES)
    op.execute(CONVERSATIONS)
    op.drop_index("ix_email_message_id__sort_id", "email")
    op.create_index("ix_email_in_reply_to__sort_id", "email", ["in_reply_to__sort", "id"], unique=False)
    op.create_index("uq_email_message_id", "email", ["message_id"], unique=True)


def add_is_ambiguous() -> None:
    """The column, false in all rows: PostgreSQL notes a default of old rows without writing any of them."""
    if op.get_bind().dialect.name == "postgresql":
        column = sa.Column("is_ambiguous", types.Boolean(), nullable=True, server_default=sa.false())
        op.add_column("activity_party", column)
        op.alter_column("activity_party", "is_ambiguous", server_default=None)
        return
    op.add_column("activity_party", sa.Column("is_ambiguous", types.Boolean(), nullable=True))
    op.execute("UPDATE activity_party SET is_ambiguous = false")


def downgrade() -> None:
    op.drop_index("uq_email_message_id", "email")
    op.drop_index("ix_email_in_reply_to__sort_id", "email")
    op.create_index("ix_email_message_id__sort_id", "email", ["message_id__sort", "id"], unique=False)
    with op.batch_alter_table("email", reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("references")
    for table, field in reversed(ADDRESSES):
        op.drop_index(f"ix_{table}_{field}__sort_not_null", table)
    op.drop_index("ix_activity_party_address_used__sort_unresolved", "activity_party")
    with op.batch_alter_table("activity_party", reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("is_ambiguous")
    op.drop_index("ix_message_thread_thread", "message_thread")
    op.drop_table("message_thread")
