"""Chapter one, continued: places in the hierarchy, what the roles allow, and profiles for fields that are secured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.story import BEGINNING, Person, Row, Story

POSITIONS = """
Management | 
Sales management | Management
Sales | Sales management
Service management | Management
Service | Service management
"""
RIGHTS = """
System Administrator | | organization
Executive | | read=organization
Executive | account | all=below
Executive | opportunity | all=below
"""
"""Role, record type (none: all that are not named), and levels: of `all` privileges or of some of them."""
PROFILES = """
People's data | contact | birth_date | Service Manager
People's data | contact | marital_status | Service Manager
Own data | user | personal_email | Executive
"""
"""Profile, record type, field that it opens, and the role whose holders have it."""
PRIVILEGES = ("create", "read", "write", "delete", "append", "append_to", "assign", "share")
LEVELS = {"below": "unit_and_below"}


def tell_rights(story: Story, roles: Mapping[str, Row], holders: Mapping[str, list[Person]]) -> None:
    """What roles allow, and who has which profile; `holders`: the people with a role."""
    when = story.moment(BEGINNING, 6)
    places: dict[str, Row] = {}
    for name, above in table(POSITIONS):
        places[name] = story.add("hierarchy_position", when, name=name, parent_position=places.get(above))
    for name, record_type, levels in table(RIGHTS):
        parts = (part.rpartition("=") for part in levels.split())
        given = {privilege or "all": level for privilege, _, level in parts}
        chosen: dict[str, Any] = {
            f"{p}_level": LEVELS.get(level, level)
            for p in PRIVILEGES
            if (level := given.get(p, given.get("all", "none")))
        }
        title = f"{name}: {record_type or 'all'}"
        story.add("role_privilege", when, name=title, role=roles[name], record_type=record_type, **chosen)
    profiles: dict[str, Row] = {}
    for name, record_type, field, role in table(PROFILES):
        if name not in profiles:
            profiles[name] = story.add("field_profile", when, name=name)
            for person in holders[role]:
                story.add(
                    "field_profile_assignment", when, name=f"{name}: {person.row['full_name']}",
                    profile=profiles[name], user=person,
                )  # fmt: skip
        story.add(
            "field_permission", when, name=f"{name}: {field}", profile=profiles[name], record_type=record_type,
            field=field, can_read=True, can_create=True, can_update=True,
        )  # fmt: skip
