"""People who sign in, for the command line: who there is, which roles ship, the first administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import tomli

from crmgraph.actions.deletion import delete_record
from crmgraph.actions.records import create_record, create_records, update_record
from crmgraph.actions.tokens import Issued, TokenScope, issue_token
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.metadata.registry import RIGHT_TYPE
from crmgraph.security.principal import Level, Permission, Privilege
from crmgraph.sql.tokens import marked
from crmgraph.sql.types import POSTGRESQL

USER, ROLE, UNIT, ASSIGNMENT = "user", "role", "business_unit", "role_assignment"
SHIPPED = Path(__file__).parents[1] / "roles"
ROLES_NAMESPACE = UUID("6f7f1d1e-6a0c-5f0e-9d7e-5f0c2b6f4a11")  # ids of shipped roles are the same everywhere
ADMINISTRATOR = "administrator"  # the role of the first person
FIRST_NAME, FIRST_UNIT, FIRST_TOKEN = "Administrator", "Head Office", "first sign-in"
ACTIVE, INACTIVE = 0, 1  # as user.toml has them
KNOWN_SHOWN = 30

PEOPLE = (
    'SELECT CAST(u.id AS text), u.email, u.full_name, u.state, b.name FROM "user" u'
    " LEFT JOIN business_unit b ON b.id = u.business_unit_id ORDER BY u.full_name__sort, u.id"
)
ASSIGNED = (
    "SELECT CAST(a.user_id AS text), r.name, CAST(a.id AS text), CAST(r.id AS text) FROM role_assignment a"
    " JOIN role r ON r.id = a.role_id WHERE a.user_id IS NOT NULL ORDER BY r.name__sort, r.id"
)
BY_EMAIL = 'SELECT CAST(id AS text), full_name FROM "user" WHERE lower(email) = lower($1) LIMIT 2'
ROLES = "SELECT CAST(id AS text), name FROM role ORDER BY name__sort, id"
UNITS = "SELECT CAST(id AS text), name FROM business_unit ORDER BY name__sort, id"
ROOTS = "SELECT CAST(id AS text) FROM business_unit WHERE parent_business_unit_id IS NULL ORDER BY id LIMIT 1"
SOMEBODY = """SELECT '1' FROM "user" LIMIT 1"""
TURN = "SELECT pg_advisory_xact_lock(hashtext('crmgraph first administrator'))"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A user as a list shows them."""

    id: str
    email: str | None
    name: str | None
    active: bool
    unit: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShippedRole:
    """A role that crmgraph brings along: one file in `roles/`."""

    key: str
    label: Mapping[str, str]
    description: Mapping[str, str]
    permissions: tuple[str, ...] = ()
    rights: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by record type: privilege → level

    @property
    def id(self) -> str:
        return str(uuid5(ROLES_NAMESPACE, self.key))


@cache
def shipped_roles() -> tuple[ShippedRole, ...]:
    """The roles that ship, in the order of their names."""
    found = (tomli.loads(path.read_text("utf-8")) for path in sorted(SHIPPED.glob("*.toml")))
    return tuple(
        ShippedRole(raw["name"], raw["label"], raw["description"], tuple(raw["permissions"]), levels_of(raw["rights"]))
        for raw in found
    )


def levels_of(rights: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """By record type the level of each privilege, from groups of types that have the same."""
    return {name: {p: v for p, v in each.items() if p != "types"} for each in rights for name in each["types"]}


async def rows(unit: Unit, text: str, *given: Any) -> list[tuple[Any, ...]]:
    return await unit.transaction.rows(marked(unit.database_name, text), given)


# --- who there is -----------------------------------------------------------------------------------------------------


async def everybody(unit: Unit) -> list[Somebody]:
    """All users with their roles."""
    held: dict[str, list[str]] = {}
    for user_id, role, *_ in await rows(unit, ASSIGNED):
        held.setdefault(user_id, []).append(role)
    return [
        Somebody(id, email, name, state == ACTIVE, place, tuple(held.get(id, ())))
        for id, email, name, state, place in await rows(unit, PEOPLE)
    ]


async def somebody(unit: Unit, email: str) -> Somebody:
    """The user with an e-mail address."""
    found = await rows(unit, BY_EMAIL, email.strip())
    if len(found) != 1:
        raise CrmRefusal("people_absent", email=email)
    return next(each for each in await everybody(unit) if each.id == found[0][0])


class CrmRefusal(RequestError):
    """What was asked for on the command line cannot be."""

    def __init__(self, key: str, /, **data: Any) -> None:
        super().__init__("BAD_USER_INPUT", key, **data)


async def named(unit: Unit, type_name: str, text: str, name: str) -> str:
    """The id of the one record whose name is given, in whatever case."""
    known = await rows(unit, text)
    found = [id for id, each in known if (each or "").casefold() == name.strip().casefold()]
    if len(found) != 1:
        label = unit.registry.type(type_name).label
        listed = ", ".join(dict.fromkeys(each or "" for _, each in known[:KNOWN_SHOWN])) or "–"
        raise CrmRefusal("people_unknown", type=label, name=name, known=listed)
    return str(found[0])


async def role_called(unit: Unit, name: str) -> str:
    """A role's id by its name, or by the name under which it ships (which makes it, if it is not there)."""
    shipped = next((r for r in shipped_roles() if r.key == name), None)
    if shipped is None:
        return await named(unit, ROLE, ROLES, name)
    await ensure_roles(unit, await root_unit(unit))
    return shipped.id


# --- changes ----------------------------------------------------------------------------------------------------------


async def add_somebody(unit: Unit, values: Mapping[str, Any], place: str | None, roles: Sequence[str]) -> str:
    """A new user in a business unit (without a name: the topmost) with roles; the id."""
    if await rows(unit, BY_EMAIL, values["email"]):
        raise CrmRefusal("people_there", email=values["email"])
    where = await named(unit, UNIT, UNITS, place) if place else await root_unit(unit)
    id = await create_record(unit, USER, {**values, "business_unit": {"id": where}})
    for role in roles:
        await give_role(unit, id, await role_called(unit, role))
    return id


async def give_role(unit: Unit, user_id: str, role_id: str) -> None:
    """Give somebody a role, unless they have it."""
    if await assignment(unit, user_id, role_id) is None:
        await create_record(unit, ASSIGNMENT, {"role": {"id": role_id}, "user": {"id": user_id}})


async def take_role(unit: Unit, user_id: str, role_id: str) -> None:
    """Take a role from somebody, if they have it."""
    found = await assignment(unit, user_id, role_id)
    if found is not None:
        await delete_record(unit, ASSIGNMENT, found)


async def assignment(unit: Unit, user_id: str, role_id: str) -> str | None:
    held = await rows(unit, ASSIGNED)
    return next((id for user, _, id, role in held if (user, role) == (user_id, role_id)), None)


async def set_active(unit: Unit, user_id: str, active: bool) -> None:
    """Whether somebody may sign in."""
    await update_record(unit, USER, user_id, {"state": ACTIVE if active else INACTIVE})


# --- the beginning ----------------------------------------------------------------------------------------------------


async def ensure_roles(unit: Unit, business_unit_id: str) -> None:
    """The shipped roles that are not there are made, with the ids that they have everywhere."""
    there = {id for id, _ in await rows(unit, ROLES)}
    missing = [role for role in shipped_roles() if role.id not in there]
    if not missing:
        return
    locale, codes = unit.caller.locale, {p: i for i, p in enumerate(Permission, 1)}  # as role.toml has them
    made = [
        {
            "id": role.id,
            "name": role.label.get(locale) or role.label["en"],
            "description": role.description.get(locale) or role.description["en"],
            "business_unit": {"id": business_unit_id},
            "permissions": [codes[Permission(name)] for name in role.permissions],
        }
        for role in missing
    ]
    await create_records(unit, ROLE, made)
    await create_records(unit, RIGHT_TYPE, [right for role in missing for right in rights_of(role)])


def rights_of(role: ShippedRole) -> Iterator[dict[str, Any]]:
    """What a role allows, a row for each record type; `*` stands for those that are not named, `all` for the rest."""
    for name, given in role.rights.items():
        levels = {f"{p}_level": Level[given.get(p, given.get("all", "none")).upper()].value for p in Privilege}
        title = f"{role.label['en']}: {name}"
        yield {"role": {"id": role.id}, "name": title, "record_type": None if name == "*" else name, **levels}


async def root_unit(unit: Unit) -> str:
    """The topmost business unit; made if there is none."""
    found = await rows(unit, ROOTS)
    return str(found[0][0]) if found else await create_record(unit, UNIT, {"name": FIRST_UNIT})


async def first_administrator(unit: Unit, email: str) -> Issued | None:
    """In a database without users: the topmost unit, the shipped roles, an administrator with a token.

    None if there are users. Of several that come at once, one does it and the others find it done.
    """
    if unit.database_name == POSTGRESQL:  # SQLite's writer is alone
        await rows(unit, TURN)
    if await rows(unit, SOMEBODY):
        return None
    id = await add_somebody(unit, {"email": email, "full_name": FIRST_NAME}, None, [ADMINISTRATOR])
    return await issue_token(unit, id, FIRST_TOKEN, TokenScope.READ_WRITE)
