"""Who may do what"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types
from crmgraph.sql.tables import short_name

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ALONE = {"resolve_fks": False}  # a table is copied without reading all that it refers to anew


def upgrade() -> None:
    op.create_table(
        "field_permission",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("profile_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Text(), nullable=False),
        sa.Column("record_type__sort", types.Text(), nullable=False),
        sa.Column("field", types.Text(), nullable=False),
        sa.Column("field__sort", types.Text(), nullable=False),
        sa.Column("can_read", types.Boolean(), nullable=False),
        sa.Column("can_create", types.Boolean(), nullable=False),
        sa.Column("can_update", types.Boolean(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["record.id"], name="fk_field_permission_id", initially="DEFERRED", deferrable=True, use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["field_profile.id"],
            name="fk_field_permission_profile_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_field_permission_created_on_id", "field_permission", ["created_on", "id"], unique=False)
    op.create_index("ix_field_permission_name__sort_id", "field_permission", ["name__sort", "id"], unique=False)
    op.create_index(
        "ix_field_permission_profile_id_name__sort_id",
        "field_permission",
        ["profile_id", "name__sort", "id"],
        unique=False,
    )
    op.create_index(
        "uq_field_permission_profile_field", "field_permission", ["profile_id", "record_type", "field"], unique=True
    )
    op.create_table(
        "field_profile",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("name__sort", types.Text(), nullable=False),
        sa.Column("description", types.Text(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["record.id"], name="fk_field_profile_id", initially="DEFERRED", deferrable=True, use_alter=True
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_field_profile_created_on_id", "field_profile", ["created_on", "id"], unique=False)
    op.create_index("ix_field_profile_name__sort_id", "field_profile", ["name__sort", "id"], unique=False)
    op.create_index("uq_field_profile_name", "field_profile", ["name"], unique=True)
    op.create_table(
        "field_profile_assignment",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("profile_id", types.Id(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=True),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["record.id"],
            name="fk_field_profile_assignment_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["field_profile.id"],
            name="fk_field_profile_assignment_profile_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["team.id"],
            name="fk_field_profile_assignment_team_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name="fk_field_profile_assignment_user_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_field_profile_assignment_created_on_id", "field_profile_assignment", ["created_on", "id"], unique=False
    )
    op.create_index(
        "ix_field_profile_assignment_name__sort_id", "field_profile_assignment", ["name__sort", "id"], unique=False
    )
    op.create_index(
        "ix_field_profile_assignment_profile_id_name__sort_id",
        "field_profile_assignment",
        ["profile_id", "name__sort", "id"],
        unique=False,
    )
    op.create_index(
        "ix_field_profile_assignment_team_id_name__sort_id_not_null",
        "field_profile_assignment",
        ["team_id", "name__sort", "id"],
        unique=False,
        postgresql_where=sa.text("team_id IS NOT NULL"),
        sqlite_where=sa.text("team_id IS NOT NULL"),
    )
    op.create_index(
        "ix_field_profile_assignment_user_id_name__sort_id_not_null",
        "field_profile_assignment",
        ["user_id", "name__sort", "id"],
        unique=False,
        postgresql_where=sa.text("user_id IS NOT NULL"),
        sqlite_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "uq_field_profile_assignment_profile_team", "field_profile_assignment", ["profile_id", "team_id"], unique=True
    )
    op.create_index(
        "uq_field_profile_assignment_profile_user", "field_profile_assignment", ["profile_id", "user_id"], unique=True
    )
    op.create_table(
        "hierarchy_position",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("name__sort", types.Text(), nullable=False),
        sa.Column("parent_position_id", types.Id(), nullable=True),
        sa.Column("description", types.Text(), nullable=True),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("status_reason", types.Integer(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["record.id"],
            name="fk_hierarchy_position_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_position_id"],
            ["hierarchy_position.id"],
            name="fk_hierarchy_position_parent_position_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hierarchy_position_created_on_id", "hierarchy_position", ["created_on", "id"], unique=False)
    op.create_index("ix_hierarchy_position_name__sort_id", "hierarchy_position", ["name__sort", "id"], unique=False)
    op.create_index(
        "ix_hierarchy_position_parent_position_id_name__sort_id_not_null",
        "hierarchy_position",
        ["parent_position_id", "name__sort", "id"],
        unique=False,
        postgresql_where=sa.text("parent_position_id IS NOT NULL"),
        sqlite_where=sa.text("parent_position_id IS NOT NULL"),
    )
    op.create_index("uq_hierarchy_position_name", "hierarchy_position", ["name"], unique=True)
    op.create_table(
        "role_privilege",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("role_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Text(), nullable=True),
        sa.Column("record_type__sort", types.Text(), nullable=True),
        sa.Column("create_level", types.Integer(), nullable=False),
        sa.Column("read_level", types.Integer(), nullable=False),
        sa.Column("write_level", types.Integer(), nullable=False),
        sa.Column("delete_level", types.Integer(), nullable=False),
        sa.Column("append_level", types.Integer(), nullable=False),
        sa.Column("append_to_level", types.Integer(), nullable=False),
        sa.Column("assign_level", types.Integer(), nullable=False),
        sa.Column("share_level", types.Integer(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("modified_on", types.DateTime(), nullable=False),
        sa.Column("modified_by_id", types.Id(), nullable=True),
        sa.Column("version", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["record.id"], name="fk_role_privilege_id", initially="DEFERRED", deferrable=True, use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["role_id"],
            ["role.id"],
            name="fk_role_privilege_role_id",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_role_privilege_created_on_id", "role_privilege", ["created_on", "id"], unique=False)
    op.create_index("ix_role_privilege_name__sort_id", "role_privilege", ["name__sort", "id"], unique=False)
    op.create_index(
        "ix_role_privilege_role_id_name__sort_id", "role_privilege", ["role_id", "name__sort", "id"], unique=False
    )
    op.create_index("uq_role_privilege_role_record_type", "role_privilege", ["role_id", "record_type"], unique=True)
    op.create_table(
        "share",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("principal_id", types.Id(), nullable=False),
        sa.Column("principal_type", types.Integer(), nullable=False),
        sa.Column("can_read", types.Boolean(), nullable=False),
        sa.Column("can_write", types.Boolean(), nullable=False),
        sa.Column("can_delete", types.Boolean(), nullable=False),
        sa.Column("can_append", types.Boolean(), nullable=False),
        sa.Column("can_append_to", types.Boolean(), nullable=False),
        sa.Column("can_assign", types.Boolean(), nullable=False),
        sa.Column("can_share", types.Boolean(), nullable=False),
        sa.Column("shared_on", types.DateTime(), nullable=False),
        sa.Column("shared_by_id", types.Id(), nullable=True),
        sa.Column("through_id", types.Id(), nullable=True),
        sa.Column("through_type", types.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_share_principal_id_id", "share", ["principal_id", "id"], unique=False)
    op.create_index("ix_share_record_id_id", "share", ["record_id", "id"], unique=False)
    op.create_index("ix_share_record_id_principal_id_id", "share", ["record_id", "principal_id", "id"], unique=False)
    with op.batch_alter_table("account", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_account_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_account_owning_business_unit_id_not_null",
        "account",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("activity", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_activity_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_activity_owning_business_unit_id_not_null",
        "activity",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("campaign", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_campaign_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_campaign_owning_business_unit_id_not_null",
        "campaign",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("case", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_case_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_case_owning_business_unit_id_not_null",
        "case",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("connection", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_connection_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_connection_owning_business_unit_id_not_null",
        "connection",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("contact", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_contact_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_contact_owning_business_unit_id_not_null",
        "contact",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("contract", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_contract_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_contract_owning_business_unit_id_not_null",
        "contract",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("contract_line", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_contract_line_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_contract_line_owning_business_unit_id_not_null",
        "contract_line",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("entitlement", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_entitlement_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_entitlement_owning_business_unit_id_not_null",
        "entitlement",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("entitlement_channel", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_entitlement_channel_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_entitlement_channel_owning_business_unit_id_not_null",
        "entitlement_channel",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("goal", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_goal_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_goal_owning_business_unit_id_not_null",
        "goal",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("invoice", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_invoice_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_invoice_owning_business_unit_id_not_null",
        "invoice",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("invoice_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_invoice_product_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_invoice_product_owning_business_unit_id_not_null",
        "invoice_product",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("knowledge_article", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_knowledge_article_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_knowledge_article_owning_business_unit_id_not_null",
        "knowledge_article",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("lead", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_lead_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_lead_owning_business_unit_id_not_null",
        "lead",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("marketing_list", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_marketing_list_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_marketing_list_owning_business_unit_id_not_null",
        "marketing_list",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("note", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_note_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_note_owning_business_unit_id_not_null",
        "note",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("opportunity", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_opportunity_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_opportunity_owning_business_unit_id_not_null",
        "opportunity",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("opportunity_contact", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_opportunity_contact_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_opportunity_contact_owning_business_unit_id_not_null",
        "opportunity_contact",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("opportunity_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_opportunity_product_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_opportunity_product_owning_business_unit_id_not_null",
        "opportunity_product",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("order", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_order_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_order_owning_business_unit_id_not_null",
        "order",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("order_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_order_product_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_order_product_owning_business_unit_id_not_null",
        "order_product",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("queue", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_queue_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_queue_owning_business_unit_id_not_null",
        "queue",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("queue_item", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_queue_item_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_queue_item_owning_business_unit_id_not_null",
        "queue_item",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("quick_campaign", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_quick_campaign_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_quick_campaign_owning_business_unit_id_not_null",
        "quick_campaign",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("quote", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_quote_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_quote_owning_business_unit_id_not_null",
        "quote",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("quote_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_quote_product_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_quote_product_owning_business_unit_id_not_null",
        "quote_product",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("revision", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("access", types.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("role", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("permissions", types.Codes(), nullable=True))

    with op.batch_alter_table("sla", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_sla_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_sla_owning_business_unit_id_not_null",
        "sla",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("sla_item", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_sla_item_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_sla_item_owning_business_unit_id_not_null",
        "sla_item",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("sla_kpi", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_sla_kpi_owning_business_unit_id",
            "business_unit",
            ["owning_business_unit_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_sla_kpi_owning_business_unit_id_not_null",
        "sla_kpi",
        ["owning_business_unit_id"],
        unique=False,
        postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
        sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
    )
    with op.batch_alter_table("user", reflect_kwargs=ALONE) as batch_op:
        batch_op.add_column(sa.Column("position_id", types.Id(), nullable=True))
        batch_op.create_foreign_key(
            "fk_user_position_id",
            "hierarchy_position",
            ["position_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        )

    op.create_index(
        "ix_user_position_id_full_name__sort_id_not_null",
        "user",
        ["position_id", "full_name__sort", "id"],
        unique=False,
        postgresql_where=sa.text("position_id IS NOT NULL"),
        sqlite_where=sa.text("position_id IS NOT NULL"),
    )
    add_to_customized()
    fill_units()


def customized() -> list[str]:
    """The tables of owned record types that administrators made."""
    tables = sa.inspect(op.get_bind())
    names = [name for name in tables.get_table_names() if name.startswith("x_")]
    return [name for name in names if any(c["name"] == "owner_id" for c in tables.get_columns(name))]


def add_to_customized() -> None:
    """What shipped tables get above, with the names that run time gives."""
    for name in customized():
        index = short_name("ix", name, ["owning_business_unit_id", "not_null"])
        given = sa.text("owning_business_unit_id IS NOT NULL")
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("owning_business_unit_id", types.Id(), nullable=True))
            batch_op.create_index(index, ["owning_business_unit_id"], postgresql_where=given, sqlite_where=given)
            batch_op.create_foreign_key(
                short_name("fk", name, ["owning_business_unit_id"]), "business_unit", ["owning_business_unit_id"],
                ["id"], initially="DEFERRED", deferrable=True,
            )  # fmt: skip


def fill_units() -> None:
    """A record belongs to the business unit of its owner."""
    tables = sa.inspect(op.get_bind())
    for name in tables.get_table_names():
        if any(column["name"] == "owning_business_unit_id" for column in tables.get_columns(name)):
            op.execute(
                f"""UPDATE "{name}" SET owning_business_unit_id = coalesce(
                (SELECT u.business_unit_id FROM "user" u WHERE u.id = "{name}".owner_id),
                (SELECT t.business_unit_id FROM team t WHERE t.id = "{name}".owner_id)) WHERE owner_id IS NOT NULL"""
            )


def downgrade() -> None:
    for name in customized():
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_constraint(short_name("fk", name, ["owning_business_unit_id"]), type_="foreignkey")
            batch_op.drop_index(short_name("ix", name, ["owning_business_unit_id", "not_null"]))
            batch_op.drop_column("owning_business_unit_id")
    with op.batch_alter_table("user", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_user_position_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_user_position_id_full_name__sort_id_not_null",
            postgresql_where=sa.text("position_id IS NOT NULL"),
            sqlite_where=sa.text("position_id IS NOT NULL"),
        )
        batch_op.drop_column("position_id")

    with op.batch_alter_table("sla_kpi", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_sla_kpi_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_sla_kpi_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("sla_item", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_sla_item_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_sla_item_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("sla", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_sla_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_sla_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("role", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_column("permissions")

    with op.batch_alter_table("revision", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_column("access")

    with op.batch_alter_table("quote_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_quote_product_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_quote_product_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("quote", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_quote_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_quote_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("quick_campaign", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_quick_campaign_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_quick_campaign_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("queue_item", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_queue_item_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_queue_item_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("queue", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_queue_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_queue_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("order_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_order_product_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_order_product_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("order", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_order_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_order_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("opportunity_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_opportunity_product_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_opportunity_product_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("opportunity_contact", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_opportunity_contact_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_opportunity_contact_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("opportunity", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_opportunity_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_opportunity_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("note", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_note_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_note_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("marketing_list", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_marketing_list_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_marketing_list_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("lead", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_lead_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_lead_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("knowledge_article", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_knowledge_article_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_knowledge_article_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("invoice_product", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_invoice_product_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_invoice_product_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("invoice", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_invoice_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_invoice_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("goal", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_goal_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_goal_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("entitlement_channel", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_entitlement_channel_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_entitlement_channel_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("entitlement", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_entitlement_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_entitlement_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("contract_line", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_contract_line_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_contract_line_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("contract", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_contract_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_contract_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("contact", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_contact_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_contact_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("connection", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_connection_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_connection_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("case", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_case_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_case_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("campaign", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_campaign_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_campaign_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("activity", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_activity_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_activity_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("account", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_constraint("fk_account_owning_business_unit_id", type_="foreignkey")
        batch_op.drop_index(
            "ix_account_owning_business_unit_id_not_null",
            postgresql_where=sa.text("owning_business_unit_id IS NOT NULL"),
            sqlite_where=sa.text("owning_business_unit_id IS NOT NULL"),
        )
        batch_op.drop_column("owning_business_unit_id")

    with op.batch_alter_table("share", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("ix_share_record_id_principal_id_id")
        batch_op.drop_index("ix_share_record_id_id")
        batch_op.drop_index("ix_share_principal_id_id")

    op.drop_table("share")
    with op.batch_alter_table("role_privilege", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("uq_role_privilege_role_record_type")
        batch_op.drop_index("ix_role_privilege_role_id_name__sort_id")
        batch_op.drop_index("ix_role_privilege_name__sort_id")
        batch_op.drop_index("ix_role_privilege_created_on_id")

    op.drop_table("role_privilege")
    with op.batch_alter_table("hierarchy_position", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("uq_hierarchy_position_name")
        batch_op.drop_index(
            "ix_hierarchy_position_parent_position_id_name__sort_id_not_null",
            postgresql_where=sa.text("parent_position_id IS NOT NULL"),
            sqlite_where=sa.text("parent_position_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_hierarchy_position_name__sort_id")
        batch_op.drop_index("ix_hierarchy_position_created_on_id")

    op.drop_table("hierarchy_position")
    with op.batch_alter_table("field_profile_assignment", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("uq_field_profile_assignment_profile_user")
        batch_op.drop_index("uq_field_profile_assignment_profile_team")
        batch_op.drop_index(
            "ix_field_profile_assignment_user_id_name__sort_id_not_null",
            postgresql_where=sa.text("user_id IS NOT NULL"),
            sqlite_where=sa.text("user_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_field_profile_assignment_team_id_name__sort_id_not_null",
            postgresql_where=sa.text("team_id IS NOT NULL"),
            sqlite_where=sa.text("team_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_field_profile_assignment_profile_id_name__sort_id")
        batch_op.drop_index("ix_field_profile_assignment_name__sort_id")
        batch_op.drop_index("ix_field_profile_assignment_created_on_id")

    op.drop_table("field_profile_assignment")
    with op.batch_alter_table("field_permission", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("uq_field_permission_profile_field")
        batch_op.drop_index("ix_field_permission_profile_id_name__sort_id")
        batch_op.drop_index("ix_field_permission_name__sort_id")
        batch_op.drop_index("ix_field_permission_created_on_id")

    op.drop_table("field_permission")
    with op.batch_alter_table("field_profile", reflect_kwargs=ALONE) as batch_op:
        batch_op.drop_index("uq_field_profile_name")
        batch_op.drop_index("ix_field_profile_name__sort_id")
        batch_op.drop_index("ix_field_profile_created_on_id")

    op.drop_table("field_profile")
