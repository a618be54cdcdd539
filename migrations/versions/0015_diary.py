"""Agendas, reminders and series"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SERIES = 4251  # the kind of recurring appointments


def upgrade() -> None:
    op.create_table(
        "reminder_mark",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("remind_on", types.DateTime(), nullable=False),
        sa.Column("until", types.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_reminder_mark_record_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["record.id"], name="fk_reminder_mark_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "record_id"),
    )
    op.create_index("ix_reminder_mark_record_id", "reminder_mark", ["record_id"], unique=False)
    op.add_column("activity", sa.Column("reminder_minutes", types.Integer(), nullable=True))
    op.add_column("activity", sa.Column("remind_on", types.DateTime(), nullable=True))
    op.add_column("activity", sa.Column("agenda_date", types.DateTime(), nullable=True))
    op.add_column("activity", sa.Column("agenda_long_end", types.DateTime(), nullable=True))
    op.add_column("activity", sa.Column("agenda_open_date", types.DateTime(), nullable=True))
    op.add_column("activity", sa.Column("is_foreseen", types.Boolean(), nullable=True))

    place_what_is_there()
    op.create_index(
        "ix_activity_owner_id_agenda_date_id_given",
        "activity",
        ["owner_id", "agenda_date", "id"],
        unique=False,
        postgresql_where=sa.text("agenda_date IS NOT NULL"),
        sqlite_where=sa.text("agenda_date IS NOT NULL"),
    )
    op.create_index(
        "ix_activity_owner_id_agenda_long_end_id_given",
        "activity",
        ["owner_id", "agenda_long_end", "id"],
        unique=False,
        postgresql_where=sa.text("agenda_long_end IS NOT NULL"),
        sqlite_where=sa.text("agenda_long_end IS NOT NULL"),
    )
    op.create_index(
        "ix_activity_owner_id_agenda_open_date_id_given",
        "activity",
        ["owner_id", "agenda_open_date", "id"],
        unique=False,
        postgresql_where=sa.text("agenda_open_date IS NOT NULL"),
        sqlite_where=sa.text("agenda_open_date IS NOT NULL"),
    )
    op.add_column("activity_party", sa.Column("agenda_date", types.DateTime(), nullable=True))
    op.add_column("activity_party", sa.Column("agenda_long_end", types.DateTime(), nullable=True))
    op.add_column("activity_party", sa.Column("agenda_open_date", types.DateTime(), nullable=True))

    copies = ("agenda_date", "agenda_long_end", "agenda_open_date")
    tie = "FROM activity a WHERE a.id = activity_party.activity_id"
    given = "SELECT id FROM activity WHERE agenda_date IS NOT NULL"
    op.execute(
        f"UPDATE activity_party SET {', '.join(f'{c} = (SELECT a.{c} {tie})' for c in copies)}"
        f" WHERE activity_id IN ({given})"
    )
    op.create_index(
        "ix_activity_party_party_id_agenda_date_activity_id_given",
        "activity_party",
        ["party_id", "agenda_date", "activity_id"],
        unique=False,
        postgresql_where=sa.text("agenda_date IS NOT NULL"),
        sqlite_where=sa.text("agenda_date IS NOT NULL"),
    )
    op.create_index(
        "ix_activity_party_party_id_agenda_long_end_activity_id_given",
        "activity_party",
        ["party_id", "agenda_long_end", "activity_id"],
        unique=False,
        postgresql_where=sa.text("agenda_long_end IS NOT NULL"),
        sqlite_where=sa.text("agenda_long_end IS NOT NULL"),
    )
    op.create_index(
        "ix_activity_party_party_id_agenda_open_date_activity_id_given",
        "activity_party",
        ["party_id", "agenda_open_date", "activity_id"],
        unique=False,
        postgresql_where=sa.text("agenda_open_date IS NOT NULL"),
        sqlite_where=sa.text("agenda_open_date IS NOT NULL"),
    )
    op.add_column("activity_party", sa.Column("is_foreseen", types.Boolean(), nullable=True))
    op.drop_index("ix_activity_regarding_id_sort_date_id", "activity")
    op.create_index(
        "ix_activity_regarding_id_sort_date_id_is_foreseen",
        "activity",
        ["regarding_id", "sort_date", "id", "is_foreseen"],
        unique=False,
    )
    op.drop_index("ix_activity_party_party_id_activity_date_activity_id_id", "activity_party")
    op.create_index(
        "ix_activity_party_party_id_activity_date_activity_id_i_cba3dc35",
        "activity_party",
        ["party_id", "activity_date", "activity_id", "is_foreseen", "id"],
        unique=False,
    )
    op.add_column("recurring_appointment", sa.Column("rule", types.Text(), nullable=True))
    op.add_column("recurring_appointment", sa.Column("rule__sort", types.Text(), nullable=True))


def place_what_is_there() -> None:
    """Where activities stand in agendas: all but series, whose occurrences do; housekeeping makes these from now on."""
    days = "scheduled_end > scheduled_start + interval '7 days'"
    now = "now()"
    if op.get_bind().dialect.name == "sqlite":
        days = "julianday(scheduled_end) - julianday(scheduled_start) > 7"
        now = "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')"
    op.execute(
        "UPDATE activity SET agenda_date = coalesce(scheduled_start, scheduled_end),"
        f" agenda_long_end = CASE WHEN {days} THEN scheduled_end END,"
        " agenda_open_date = CASE WHEN state IN (0, 3) THEN coalesce(scheduled_start, scheduled_end) END"
        f" WHERE kind <> {SERIES} AND (scheduled_start IS NOT NULL OR scheduled_end IS NOT NULL)"
    )
    op.execute(
        f"UPDATE recurring_appointment SET last_expanded_on = coalesce(last_expanded_on, {now}),"
        f" next_expansion_on = {now} WHERE id IN (SELECT id FROM activity WHERE kind = {SERIES} AND state IN (0, 3))"
    )


def downgrade() -> None:
    with op.batch_alter_table("recurring_appointment", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("rule__sort")
        batch_op.drop_column("rule")

    with op.batch_alter_table("activity_party", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_index(
            "ix_activity_party_party_id_agenda_open_date_activity_id_given",
        )
        batch_op.drop_index(
            "ix_activity_party_party_id_agenda_long_end_activity_id_given",
        )
        batch_op.drop_index(
            "ix_activity_party_party_id_agenda_date_activity_id_given",
        )
        batch_op.drop_index("ix_activity_party_party_id_activity_date_activity_id_i_cba3dc35")
        batch_op.create_index(
            "ix_activity_party_party_id_activity_date_activity_id_id",
            ["party_id", "activity_date", "activity_id", "id"],
            unique=False,
        )
        batch_op.drop_column("is_foreseen")
        batch_op.drop_column("agenda_open_date")
        batch_op.drop_column("agenda_long_end")
        batch_op.drop_column("agenda_date")

    with op.batch_alter_table("activity", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_index("ix_activity_regarding_id_sort_date_id_is_foreseen")
        batch_op.create_index(
            "ix_activity_regarding_id_sort_date_id", ["regarding_id", "sort_date", "id"], unique=False
        )
        batch_op.drop_index(
            "ix_activity_owner_id_agenda_open_date_id_given",
        )
        batch_op.drop_index(
            "ix_activity_owner_id_agenda_long_end_id_given",
        )
        batch_op.drop_index(
            "ix_activity_owner_id_agenda_date_id_given",
        )
        batch_op.drop_column("is_foreseen")
        batch_op.drop_column("agenda_open_date")
        batch_op.drop_column("agenda_long_end")
        batch_op.drop_column("agenda_date")
        batch_op.drop_column("remind_on")
        batch_op.drop_column("reminder_minutes")

    with op.batch_alter_table("reminder_mark", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_index("ix_reminder_mark_record_id")

    op.drop_table("reminder_mark")
