"""The whole story, chapter by chapter, as batches of records; pure: the same for the same day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from crmgraph.crm.demo.cases import tell_cases
from crmgraph.crm.demo.catalog import tell_catalog
from crmgraph.crm.demo.company import tell_company
from crmgraph.crm.demo.customers import tell_connections, tell_customers
from crmgraph.crm.demo.deals import tell_deals
from crmgraph.crm.demo.diary import tell_diary
from crmgraph.crm.demo.documents import tell_documents
from crmgraph.crm.demo.extras import tell_goals, tell_notes, tell_processes
from crmgraph.crm.demo.leads import tell_leads
from crmgraph.crm.demo.mail import tell_mail
from crmgraph.crm.demo.marketing import tell_lists, tell_marketing, tell_responses
from crmgraph.crm.demo.service import tell_service
from crmgraph.crm.demo.story import Row, Story
from crmgraph.crm.demo.topics import topics
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry

MODEL = Path(__file__).parents[1]
# Each type after those that its records name, but for the few circles (an account and its primary contact).
ORDER = """
currency business_unit hierarchy_position territory user queue team team_membership role role_assignment
role_privilege field_profile field_permission field_profile_assignment
subject unit_group unit price_list product product_bundle_item product_relationship product_property
product_property_option discount_list discount price_list_item competitor
sla business_calendar business_calendar_rule sla_item process process_stage goal_metric goal
campaign campaign_product marketing_list campaign_marketing_list
account contact lead marketing_list_member quick_campaign connection_role connection
opportunity opportunity_product opportunity_contact opportunity_competitor
quote quote_product order order_product invoice invoice_product
contract contract_line entitlement entitlement_channel entitlement_contact entitlement_product
knowledge_article case sla_kpi knowledge_article_case queue_item process_instance
campaign_activity campaign_response opportunity_close quote_close order_close case_resolution
email phone_call recurring_appointment appointment task letter fax social_activity activity_party attachment note post
"""


def generate(today: date, registry: Registry | None = None) -> Iterator[tuple[str, list[Row]]]:
    """The demo's records as they are on a day: (record type, rows as the actions take them), in order of dependence.

    Without a registry the standard model's codes are used.
    """
    story = tell(Story(today, registry or standard_model()))
    for name in ORDER.split():
        if rows := story.rows.get(name):
            yield name, rows


@cache
def standard_model() -> Registry:
    return build_registry(*read_model(MODEL))


def tell(story: Story) -> Story:
    """All chapters."""
    company = tell_company(story)
    story.turn("catalog")
    catalog = tell_catalog(story, company)
    story.turn("customers")
    clients = tell_customers(story, company, catalog)
    story.turn("marketing")
    marketing = tell_marketing(story, company, catalog)
    story.turn("leads")
    leads = tell_leads(story, company, marketing, clients)
    story.turn("lists")
    tell_lists(story, company, marketing, clients, leads)
    story.turn("responses")
    tell_responses(story, marketing, clients, leads)
    story.turn("connections")
    tell_connections(story, company, clients)
    story.turn("deals")
    deals = tell_deals(story, company, catalog, clients, leads)
    story.turn("documents")
    tell_documents(story, deals)
    story.turn("service")
    service = tell_service(story, company, catalog, clients)
    story.turn("cases")
    troubles = tell_cases(story, company, catalog, clients, service)
    talk = topics(clients, leads.prospects, deals, troubles, service)
    tell_mail(story, talk)
    tell_diary(story, company, talk, clients)
    tell_notes(story, talk)
    tell_processes(story, leads.prospects, deals, troubles)
    story.turn("goals")
    tell_goals(story, company, deals, troubles)
    return story
