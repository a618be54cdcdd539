"""Chapter one, continued: what the roles allow, places in the hierarchy, and profiles for fields that are secured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.story import BEGINNING, Person, Row, Story
from crmgraph.crm.people import ShippedRole, rights_of, shipped_roles
from crmgraph.security.principal import PRIVILEGES

POSITIONS = """
Management |
Sales management | Management
Sales | Sales management
Service management | Management
Service | Service management
"""
OWN_ROLES = """
Executive | Reads everything, writes what belongs to the own business unit. | read_only
  | account contact lead opportunity quote order invoice activity note
Service Manager | Cases, queues, entitlements, contracts and the knowledge base. | service_agent
  | contract entitlement knowledge_article sla sla_item sla_kpi
"""
"""Roles of Brumella's own: what they are for, the shipped role that they begin as, and of what they have more."""
PROFILES = """
People's data | contact | birth_date | Service Manager
People's data | contact | marital_status | Service Manager
Own data | user | personal_email | Executive
"""
"""Profile, record type, field that it opens, and the role whose holders have it."""
MORE = {"Executive": "unit_and_below", "Service Manager": "organization"}


def tell_role(story: Story, name: str, unit: Row) -> Row:
    """A role with what it allows: one that ships as it is, one of the company's own as more of a shipped one."""
    when = story.moment(BEGINNING, 6)
    own = {row[0]: row[1:] for row in table(OWN_ROLES)}
    description, key, more = own.get(name, ("", name, ""))
    shipped = next(role for role in shipped_roles() if role.key == key)
    title = name if name in own else shipped.label["en"]
    role = story.add(
        "role", when, name=title, business_unit=unit, description=description or shipped.description["en"],
        permissions=list(shipped.permissions),
    )  # fmt: skip
    if name not in own:
        role["id"] = shipped.id
    for record_type, levels in levels_of(shipped, more.split(), MORE.get(name, "")).items():
        story.add(
            "role_privilege", when, name=f"{title}: {record_type or '*'}", role=role, record_type=record_type,
            **levels,
        )  # fmt: skip
    return role


def levels_of(role: ShippedRole, more: list[str], level: str) -> dict[str, dict[str, Any]]:
    """By record type the levels of a shipped role, and those of which there is more."""
    found: dict[str, dict[str, Any]] = {}
    for right in rights_of(role):
        found[right["record_type"] or ""] = {n: v for n, v in right.items() if n.endswith("_level")}
    for name in more:
        read = found.get(name, found.get("", {})).get("read_level", 0)
        found[name] = {f"{p}_level": level for p in PRIVILEGES} | ({"read_level": read} if read else {})
    return found


def tell_profiles(story: Story, holders: Mapping[str, list[Person]]) -> None:
    """Places in the hierarchy, and who has which profile; `holders`: the people with a role."""
    when = story.moment(BEGINNING, 6)
    places: dict[str, Row] = {}
    for name, above in table(POSITIONS):
        places[name] = story.add("hierarchy_position", when, name=name, parent_position=places.get(above))
    profiles: dict[str, Row] = {}
    for name, record_type, field, role in table(PROFILES):
        if name not in profiles:
            profiles[name] = story.add("field_profile", when, name=name)
            for person in holders[role]:
                title = f"{name}: {person.row['full_name']}"
                story.add("field_profile_assignment", when, name=title, profile=profiles[name], user=person)
        story.add(
            "field_permission", when, name=f"{name}: {field}", profile=profiles[name], record_type=record_type,
            field=field, can_read=True, can_create=True, can_update=True,
        )  # fmt: skip
