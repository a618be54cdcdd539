"""The roles that ship: they name what there is, and each does what its description says."""

from __future__ import annotations

import pytest

from crmgraph.crm.people import ShippedRole, rights_of, shipped_roles
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import Level, Permission, Privilege

REGISTRY = standard_registry()
ROLES = {role.key: role for role in shipped_roles()}
WHOLE = frozenset({"create", "read", "write", "delete", "append", "append_to", "assign", "share", "all"})


def level(role: str, record_type: str, privilege: Privilege) -> Level:
    rights = {right["record_type"]: right for right in rights_of(ROLES[role])}
    found = rights.get(record_type, rights.get(None))
    return Level(found[f"{privilege}_level"]) if found else Level.NONE


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_a_role_names_stores_of_records_and_what_can_be_done(role: ShippedRole) -> None:
    for name, given in role.rights.items():
        assert set(given) <= WHOLE and all(Level[v.upper()] for v in given.values())
        if name != "*":
            found = REGISTRY.type(name)
            assert not found.base and not found.journal, name
            if not found.owned and not found.follows:
                assert set(given.values()) <= {"organization"}, name
    assert {Permission(p) for p in role.permissions} <= set(Permission)


def test_every_type_is_read_by_somebody_beside_the_administrator() -> None:
    stores = [t.name for t in REGISTRY.types.values() if not (t.base or t.journal)]
    people = [r for r in ROLES if r not in ("administrator", "read_only", "integration")]
    secret = {"role", "role_assignment", "role_privilege", "field_profile", "field_permission"}
    secret |= {"field_profile_assignment"}
    assert {s for s in stores if not any(level(r, s, Privilege.READ) for r in people)} == secret


def test_sellers_see_open_cases_and_agents_deals_in_flight() -> None:
    assert level("seller", "case", Privilege.READ) is Level.ORGANIZATION
    assert level("seller", "case", Privilege.WRITE) is Level.NONE
    assert level("service_agent", "opportunity", Privilege.READ) is Level.ORGANIZATION
    assert level("service_agent", "opportunity", Privilege.WRITE) is Level.NONE


def test_only_administrators_give_rights() -> None:
    for name in ("role", "role_assignment", "role_privilege", "field_permission", "field_profile_assignment"):
        for privilege in (Privilege.CREATE, Privilege.WRITE, Privilege.DELETE):
            assert [r for r in ROLES if level(r, name, privilege)] == ["administrator"]


def test_who_reads_only_writes_nothing() -> None:
    for right in rights_of(ROLES["read_only"]):
        assert {n: v for n, v in right.items() if n.endswith("_level") and v} == {"read_level": Level.ORGANIZATION}
