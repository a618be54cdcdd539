"""Index only the given values of lookups that most records leave empty"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from crmgraph.sql.tables import short_name

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# the columns of each index, by table: its first column is the lookup
INDEXES = {
    "account": [
        "currency_id",
        "master_id name__sort id",
        "originating_lead_id name__sort id",
        "owner_id",
        "parent_account_id name__sort id",
        "preferred_user_id",
        "price_list_id",
        "primary_contact_id name__sort id",
        "sla_id",
        "territory_id name__sort id",
    ],
    "activity": ["owner_id"],
    "activity_party": ["party_id name__sort id"],
    "appointment": ["series_id id"],
    "business_unit": ["parent_business_unit_id name__sort id"],
    "campaign": ["currency_id", "owner_id", "price_list_id name__sort id"],
    "campaign_activity": ["currency_id", "outsource_vendor_id"],
    "campaign_response": ["converted_to_id id", "customer_id id", "originating_activity_id id", "outsource_vendor_id"],
    "case": [
        "applied_sla_id",
        "contact_id title__sort id",
        "contract_id title__sort id",
        "contract_line_id title__sort id",
        "entitlement_id title__sort id",
        "existing_case_id title__sort id",
        "first_response_kpi_id",
        "knowledge_article_id title__sort id",
        "master_case_id title__sort id",
        "owner_id",
        "parent_case_id title__sort id",
        "product_id title__sort id",
        "resolve_by_kpi_id",
        "responsible_contact_id title__sort id",
        "sla_id title__sort id",
        "subject_id title__sort id",
    ],
    "competitor": ["currency_id"],
    "connection": ["from_role_id name__sort id", "owner_id", "related_connection_id", "to_role_id name__sort id"],
    "connection_role": ["reciprocal_role_id name__sort id"],
    "contact": [
        "master_id full_name__sort id",
        "originating_lead_id full_name__sort id",
        "owner_id",
        "parent_contact_id full_name__sort id",
        "preferred_user_id",
        "price_list_id",
        "sla_id",
    ],
    "contract": [
        "currency_id",
        "originating_contract_id name__sort id",
        "owner_id",
        "support_calendar_id name__sort id",
    ],
    "contract_line": [
        "currency_id",
        "customer_id name__sort id",
        "owner_id",
        "product_id name__sort id",
        "support_calendar_id",
        "unit_group_id",
        "unit_id",
    ],
    "deleted_record": ["cause_id name__sort id"],
    "discount": ["currency_id"],
    "discount_list": ["currency_id name__sort id"],
    "email": ["parent_email_id id"],
    "entitlement": ["owner_id", "sla_id name__sort id"],
    "entitlement_channel": ["owner_id"],
    "goal": ["currency_id", "goal_with_error_id", "owner_id", "parent_goal_id title__sort id"],
    "invoice": [
        "currency_id",
        "opportunity_id name__sort id",
        "order_id name__sort id",
        "owner_id",
        "price_list_id name__sort id",
    ],
    "invoice_product": [
        "bundle_item_id",
        "currency_id",
        "order_product_id name__sort id",
        "owner_id",
        "parent_bundle_id name__sort id",
        "product_id name__sort id",
        "salesperson_id",
        "unit_id",
    ],
    "knowledge_article": [
        "owner_id",
        "parent_article_id title__sort id",
        "previous_version_id title__sort id",
        "primary_author_id title__sort id",
        "root_article_id title__sort id",
        "subject_id title__sort id",
    ],
    "lead": [
        "campaign_id topic__sort id",
        "campaign_response_id topic__sort id",
        "currency_id",
        "master_id topic__sort id",
        "originating_case_id topic__sort id",
        "owner_id",
        "parent_account_id topic__sort id",
        "parent_contact_id topic__sort id",
        "qualifying_opportunity_id topic__sort id",
        "sla_id",
    ],
    "marketing_list": ["currency_id", "owner_id"],
    "note": ["owner_id"],
    "opportunity": [
        "account_id name__sort id",
        "campaign_id name__sort id",
        "contact_id name__sort id",
        "currency_id",
        "originating_lead_id name__sort id",
        "owner_id",
        "price_list_id name__sort id",
        "sla_id",
    ],
    "opportunity_close": ["competitor_id id", "currency_id"],
    "opportunity_contact": ["owner_id"],
    "opportunity_product": [
        "bundle_item_id",
        "currency_id",
        "owner_id",
        "parent_bundle_id name__sort id",
        "product_id name__sort id",
        "unit_id",
    ],
    "order": [
        "campaign_id name__sort id",
        "currency_id",
        "opportunity_id name__sort id",
        "owner_id",
        "price_list_id name__sort id",
        "quote_id name__sort id",
    ],
    "order_product": [
        "bundle_item_id",
        "currency_id",
        "owner_id",
        "parent_bundle_id name__sort id",
        "product_id name__sort id",
        "quote_product_id name__sort id",
        "salesperson_id",
        "unit_id",
    ],
    "price_list_item": ["currency_id", "discount_list_id name__sort id"],
    "process_instance": ["active_stage_id name__sort id"],
    "product": [
        "currency_id",
        "default_price_list_id name__sort id",
        "default_unit_id name__sort id",
        "parent_product_id name__sort id",
        "subject_id name__sort id",
        "unit_group_id name__sort id",
    ],
    "product_property": ["base_property_id name__sort id", "default_option_id"],
    "queue": ["business_unit_id name__sort id", "owner_id"],
    "queue_item": ["owner_id", "worked_by_id title__sort id"],
    "quick_campaign": ["activity_owner_id", "marketing_list_id name__sort id", "owner_id"],
    "quote": [
        "campaign_id name__sort id",
        "currency_id",
        "opportunity_id name__sort id",
        "owner_id",
        "price_list_id name__sort id",
    ],
    "quote_product": [
        "bundle_item_id",
        "currency_id",
        "owner_id",
        "parent_bundle_id name__sort id",
        "product_id name__sort id",
        "salesperson_id",
        "unit_id",
    ],
    "role_assignment": ["team_id name__sort id", "user_id name__sort id"],
    "sla": ["business_calendar_id name__sort id", "owner_id"],
    "sla_item": ["business_calendar_id name__sort id", "owner_id"],
    "sla_kpi": ["owner_id", "previous_kpi_id name__sort id", "sla_id name__sort id", "sla_item_id name__sort id"],
    "social_activity": ["post_author_account_id id", "post_author_id"],
    "subject": ["parent_subject_id name__sort id"],
    "team": ["default_queue_id"],
    "territory": ["manager_id name__sort id", "parent_territory_id name__sort id"],
    "unit": ["base_unit_id name__sort id"],
    "user": ["default_queue_id", "manager_id full_name__sort id", "territory_id full_name__sort id"],
}


def upgrade() -> None:
    each(replace_by_partial)


def downgrade() -> None:
    each(replace_by_whole)


def each(change: Callable[[str, list[str]], None]) -> None:
    for table, indexes in INDEXES.items():
        for columns in indexes:
            change(table, columns.split())


def replace_by_partial(table: str, columns: list[str]) -> None:
    given = sa.text(f"{columns[0]} IS NOT NULL")
    op.drop_index(short_name("ix", table, columns), table_name=table)
    name = short_name("ix", table, [*columns, "not_null"])
    op.create_index(name, table, columns, postgresql_where=given, sqlite_where=given)


def replace_by_whole(table: str, columns: list[str]) -> None:
    op.drop_index(short_name("ix", table, [*columns, "not_null"]), table_name=table)
    op.create_index(short_name("ix", table, columns), table, columns)
