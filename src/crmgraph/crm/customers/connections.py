"""A connection is one edge that is found from both ends: each row has a mirror, which says the same from the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.records import create_records
from crmgraph.actions.sets import write_changes
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import Field, RecordType

FROM, TO, FROM_ROLE, TO_ROLE = "from_record", "to_record", "from_role", "to_role"
ENDS = ((FROM, FROM_ROLE), (TO, TO_ROLE))
MIRRORED = {FROM: TO, TO: FROM, FROM_ROLE: TO_ROLE, TO_ROLE: FROM_ROLE}
SAME = ("start_date", "end_date", "description", "state", "status_reason", "owner", "owning_business_unit")
RELATED, MASTER, NAME = "related_connection", "is_master", "name"
MIRROR = "mirror"  # marks a draft whose other row is to be made
ROLE, RECIPROCAL, TYPES = "connection_role", "reciprocal_role", "record_types"
WRONG_TYPE, ITSELF, ENDS_BEFORE = "connection_role_wrong_type", "connection_to_itself", "connection_ends_before_start"


class TwoWays(Behavior):
    """Roles are those of the ends' record types; the other side's role follows from its match; the mirror follows."""

    async def examine(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        roles = await load_roles(unit, drafts)
        for draft in drafts:
            check_ends(draft)
            if draft.row is None:
                complete(draft, roles)
            for end, role in ENDS:
                check_role(unit, draft, (end, role), roles)
        tie_mirrors([d for d in drafts if d.row is None and not d.values.get(RELATED)])

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        found = drafts[0].traits.type
        if made := [mirror(d) for d in drafts if MIRROR in d.marks]:
            await create_records(unit, found.name, made, ("mirror",), system=True)
        await change_mirrors(unit, found, [d for d in drafts if d.row is not None and d.row.get(RELATED)])


def tie_mirrors(drafts: Iterable[Draft]) -> None:
    """Give new connections their mirrors: two that are each other's are one, as in what was exported."""
    waiting: dict[tuple[Any, ...], list[Draft]] = {}
    for draft in drafts:
        ends = [(draft.values.get(n) or {}).get("id") for n in (FROM, TO, FROM_ROLE, TO_ROLE)]
        dates = (draft.values.get("start_date"), draft.values.get("end_date"))
        if others := waiting.get((ends[1], ends[0], ends[3], ends[2], *dates)):
            other = others.pop(0)
            draft.values |= {RELATED: {"id": other.id}, MASTER: False}
            other.values |= {RELATED: {"id": draft.id}}
            other.marks -= {MIRROR}
        else:
            draft.values |= {RELATED: {"id": new_id()}, MASTER: True}
            draft.marks |= {MIRROR}
            waiting.setdefault((*ends, *dates), []).append(draft)


async def load_roles(unit: Unit, drafts: Iterable[Draft]) -> dict[str, Row]:
    """The roles that drafts name, and their matches."""
    named = {link["id"] for d in drafts for _, role in ENDS if (link := d.value(role))}
    if not named:
        return {}
    kind = unit.registry.type(ROLE)
    found = {row["id"]: row for row in await load_rows(unit, kind, named, system=True)}
    more = {row[RECIPROCAL]["id"] for row in found.values() if row[RECIPROCAL]} - found.keys()
    return found | ({row["id"]: row for row in await load_rows(unit, kind, more, system=True)} if more else {})


def related(draft: Draft) -> str:
    return str(draft.values[RELATED]["id"])


def check_ends(draft: Draft) -> None:
    """Two different records, and an end that does not come before the start."""
    fields = draft.traits.type.by_name
    ends = [draft.value(end) for end, _ in ENDS]
    if all(ends) and ends[0]["id"] == ends[1]["id"] and not {FROM, TO} & draft.faulty:
        draft.refuse(fields[TO], "ITSELF", ITSELF, rule=ITSELF)
    start, end = draft.value("start_date"), draft.value("end_date")
    if start and end and end < start and not {"start_date", "end_date"} & draft.faulty:
        draft.refuse(fields["end_date"], "BEFORE_START", "input_ends_before_start", rule=ENDS_BEFORE)


def complete(draft: Draft, roles: Mapping[str, Row]) -> None:
    """The role of one side gives that of the other, where roles match."""
    for role, other in ((FROM_ROLE, TO_ROLE), (TO_ROLE, FROM_ROLE)):
        link = draft.values.get(role)
        match = roles[link["id"]][RECIPROCAL] if link and link["id"] in roles else None
        if match and not draft.values.get(other) and other not in draft.faulty:
            draft.values[other] = {"id": match["id"]}


def check_role(unit: Unit, draft: Draft, place: tuple[str, str], roles: Mapping[str, Row]) -> None:
    """A role is played by records of some types only."""
    end, role = place
    link, record = draft.value(role), draft.value(end)
    found = roles.get(link["id"]) if link else None
    if found is None or not record or {end, role} & draft.faulty or not {end, role} & draft.values.keys():
        return
    played = unit.registry.type(record["type"])
    allowed = found[TYPES] or ()
    if allowed and not any(named(unit, name) is played for name in allowed):
        about: Field = draft.traits.type.by_name[role]
        draft.refuse(about, "WRONG_TYPE", WRONG_TYPE, rule=WRONG_TYPE, role=found["name"], type=played.label)


def named(unit: Unit, name: Any) -> RecordType | None:
    """A record type by its name in files or in the API, in whatever case."""
    wanted = str(name).replace("_", "").casefold()
    every = unit.registry.types.values()
    return next((t for t in every if wanted in (t.name.replace("_", ""), t.api_name.casefold())), None)


def mirror(draft: Draft) -> dict[str, Any]:
    """What the other row of a new connection says."""
    values = {MIRRORED[name]: draft.values.get(name) for name in MIRRORED}
    values |= {name: draft.values.get(name) for name in SAME if name in draft.values}
    values |= {name: draft.values[name] for name in ("created_on", "created_by") if draft.values.get(name)}
    own = {"id": related(draft), RELATED: {"id": draft.id}, MASTER: False, NAME: draft.values.get(NAME)}
    return {name: value for name, value in {**values, **own}.items() if value is not None}


async def change_mirrors(unit: Unit, found: RecordType, drafts: Sequence[Draft]) -> None:
    """Let the mirrors of changed connections say the same, unless they are written in the same go."""
    wanted = {d.row[RELATED]["id"]: d for d in drafts if d.row is not None}
    written = {d.id for d in drafts}
    groups: dict[tuple[str, ...], list[tuple[Row, Mapping[str, Any]]]] = {}
    for row in await load_rows(unit, found, wanted.keys() - written, system=True) if wanted else ():
        values = wanted[row["id"]].values
        other = {MIRRORED[n]: values[n] for n in MIRRORED if n in values}
        other |= {n: values[n] for n in SAME if n in values}
        if other:
            groups.setdefault(tuple(other), []).append((row, other))
    for changes in groups.values():
        await write_changes(unit, found, changes, system=True)
