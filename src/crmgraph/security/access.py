"""(policy, privilege, record type) → the condition that rows must meet; and the reason for each row that does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmgraph.metadata.condition import (
    EVERY_ROW,
    NO_ROW,
    Condition,
    Either,
    OfType,
    Op,
    Parameter,
    RefersTo,
    Some,
    Test,
)
from crmgraph.metadata.condition import both as all_of
from crmgraph.metadata.registry import DELETED_TYPE, DUPLICATE_TYPE, OWNER, OWNING_UNIT, SHARE_TYPE, Registry
from crmgraph.metadata.types import Field, FieldType, Label, RecordType, Relation
from crmgraph.security.principal import (
    DIRECT_REPORTS,
    FROM_MANAGERS,
    MINE,
    REPORTS,
    Level,
    Permission,
    Policy,
    Privilege,
    level_of,
)

ACTS = {
    "canRead": Privilege.READ,
    "canWrite": Privilege.WRITE,
    "canDelete": Privilege.DELETE,
    "canAssign": Privilege.ASSIGN,
    "canShare": Privilege.SHARE,
}
"""What `access` tells of a record."""
ME = Parameter("me", FieldType.ID)
RIGHTS = Parameter("rights", FieldType.TEXT)  # what tells one state of the caller's rights from another
TRUE = Parameter("true", FieldType.BOOLEAN)  # a parameter like others: shares have a boolean for each privilege


def people(name: str) -> Parameter:
    """A parameter that is a list of users, teams or business units."""
    return Parameter(name, FieldType.ID, many=True)


def condition(registry: Registry, policy: Policy, type_name: str, privilege: Privilege) -> Condition:
    """The rows of a record type on which a policy allows something. Kinds of an abstract type are as their base."""
    if policy.unlimited:
        return EVERY_ROW
    found = registry.type(type_name)
    if found.journal:
        return journal_rows(registry, policy, found) if privilege is Privilege.READ else NO_ROW
    store = registry.type(found.base) if found.base else found
    reach = policy.reach(store.name, privilege)
    if reach.nothing:
        return NO_ROW
    if store.follows:
        above = Privilege.READ if privilege is Privilege.READ else Privilege.WRITE
        return followed(registry, policy, store.by_name[store.follows], above)
    if reach.everything:
        return EVERY_ROW
    if not store.owned:
        return NO_ROW
    return Either(tuple(each for _, each in ways(registry, policy, store, privilege)))


KINDS_OF_WAYS = ("ROLE", "OWNER", "UNIT", "HIERARCHY", "SHARE", "PARENT", "SYSTEM")


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which a privilege reaches a row: through ownership, a role's units, a hierarchy, a share.

    `role` and `level` are those of the grant; a share and a hierarchy open to every role with any level.
    """

    kind: str
    role: str | None = None
    level: Level | None = None


def ways(
    registry: Registry, policy: Policy, store: RecordType, privilege: Privilege
) -> Iterator[tuple[Way, Condition]]:
    """Each way in which an owned type's rows are reached that is not the whole organization."""
    owner = store.by_name[OWNER]
    yield Way("OWNER"), Test(owner, Op.IN, people(MINE))
    grants = policy.reach(store.name, privilege).grants
    if grants and OWNING_UNIT in store.by_name:
        yield Way("UNIT"), Test(store.by_name[OWNING_UNIT], Op.IN, people(policy.units(grants)))
    below = None
    if policy.managing and privilege in FROM_MANAGERS and not policy.reach(store.name, Privilege.READ).nothing:
        below = REPORTS if privilege is Privilege.READ else DIRECT_REPORTS
        yield Way("HIERARCHY"), Test(owner, Op.IN, people(below))
    if privilege is not Privilege.CREATE and SHARE_TYPE in registry.types:
        yield Way("SHARE"), shared(registry, store, privilege, MINE)
        if below is not None:
            yield Way("HIERARCHY"), shared(registry, store, privilege, below)


def shared(registry: Registry, store: RecordType, privilege: Privilege, whom: str) -> Condition:
    """The row is shared with somebody for a purpose."""
    return Some(share_relation(store), EVERY_ROW, share_of(registry, privilege, whom))


def share_relation(store: RecordType) -> Relation:
    """From a record to its shares."""
    return Relation("shared_with", "sharedWith", store.name, SHARE_TYPE, "record", Label({}))


def share_of(registry: Registry, privilege: Privilege, whom: str = MINE) -> Condition:
    """A share is with somebody, for a purpose."""
    share = registry.type(SHARE_TYPE)
    with_whom = Test(share.by_name["principal"], Op.IN, people(whom))
    return all_of(with_whom, Test(share.by_name[f"can_{privilege}"], Op.EQ, TRUE))


def followed(registry: Registry, policy: Policy, link: Field, privilege: Privilege) -> Condition:
    """The record that a lookup names is one on which something is allowed."""
    if not link.is_polymorphic:
        (name,) = link.targets
        above = condition(registry, policy, name, privilege)
        return above if above == NO_ROW else RefersTo(link, name, above, EVERY_ROW)
    free: list[int] = []
    parts: list[Condition] = []
    for target in registry.targets(link):
        above = condition(registry, policy, target.name, privilege)
        if above == EVERY_ROW:
            free += [t.code for t in registry.concrete(target.name)]
        elif above != NO_ROW:
            parts.append(RefersTo(link, target.name, above, EVERY_ROW))
    return Either((*((OfType(link, tuple(free)),) if free else ()), *parts))


def journal_rows(registry: Registry, policy: Policy, found: RecordType) -> Condition:
    """What the system writes about records is seen by those who see the records, whom it is about, and who may."""
    if found.permission and Permission(found.permission) in policy.permissions:
        return EVERY_ROW
    parts: list[Condition] = []
    if found.own:
        parts.append(Test(found.by_name[found.own], Op.EQ, ME))
    if found.name == DUPLICATE_TYPE:  # who sees both records
        pair = (found.by_name[name] for name in ("record", "other"))
        return all_of(*(followed(registry, policy, link, Privilege.READ) for link in pair))
    if found.follows:
        parts.append(followed(registry, policy, found.by_name[found.follows], Privilege.READ))
    if found.name == DELETED_TYPE:
        every = (t for t in registry.types.values() if not (t.journal or t.abstract))
        codes = tuple(t.code for t in every if policy.reach(t.base or t.name, Privilege.DELETE).everything)
        parts.append(OfType(found.by_name["record_type"], codes))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


@dataclass(frozen=True, slots=True)
class Because:
    """A reason that may hold for a row: the way, the role and its level, and the condition under which it holds."""

    way: Way
    condition: Condition


def reasons(registry: Registry, policy: Policy, type_name: str, privilege: Privilege) -> Sequence[Because]:
    """Every reason for which a policy could allow something on a row of a type, each role apart."""
    found = registry.type(type_name)
    store = registry.type(found.base) if found.base else found
    if policy.unlimited:
        return [Because(Way("SYSTEM"), EVERY_ROW)]
    if policy.reach(store.name, privilege).nothing:
        return []
    if store.follows:
        return [Because(Way("PARENT"), condition(registry, policy, type_name, privilege))]
    return [*of_roles(policy, store, privilege), *of_ways(registry, policy, store, privilege)]


def of_roles(policy: Policy, store: RecordType, privilege: Privilege) -> Iterator[Because]:
    """What each role opens: everything, business units, or what is one's own."""
    place = list(Privilege).index(privilege)
    for role, (_, levels) in zip(policy.roles, policy.levels, strict=True):
        level = level_of(levels, store.name, place)
        if level is Level.ORGANIZATION:
            yield Because(Way("ROLE", role.name, level), EVERY_ROW)
            continue
        if level is Level.NONE or not store.owned:
            continue
        mine: Condition = Test(store.by_name[OWNER], Op.IN, people(MINE))
        yield Because(Way("OWNER", role.name, Level.USER), mine)
        grants = frozenset(g for g in policy.reach(store.name, privilege).grants if g.role == role.id)
        if grants and OWNING_UNIT in store.by_name:
            unit = Test(store.by_name[OWNING_UNIT], Op.IN, people(policy.units(grants)))
            yield Because(Way("UNIT", role.name, level), unit)


def of_ways(registry: Registry, policy: Policy, store: RecordType, privilege: Privilege) -> Iterator[Because]:
    """Hierarchies and shares."""
    if store.owned:
        for way, reached in ways(registry, policy, store, privilege):
            if way.kind in ("HIERARCHY", "SHARE"):
                yield Because(way, reached)


# --- fields --------------------------------------------------------------------------------------------------------


def is_readable(policy: Policy, field: Field) -> bool:
    """Whether a stored field's values may be read; what is computed of it follows it, see `View.readable`."""
    if not field.secured or Permission.SECURED_FIELDS in policy.permissions:
        return True
    opened = policy.opened.get((field.store, field.name))
    return opened is not None and opened.read


def is_writable(policy: Policy, field: Field, *, new: bool) -> bool:
    """Whether a field may be given a value, in a new record or in one that is there."""
    if not field.secured or Permission.SECURED_FIELDS in policy.permissions:
        return True
    opened = policy.opened.get((field.store, field.name))
    return opened is not None and (opened.create if new else opened.update)
