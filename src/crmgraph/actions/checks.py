"""What only the database knows of some drafts: targets, keys, rates, loops. One statement for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.actions import behaviors
from crmgraph.actions.amounts import ONE
from crmgraph.actions.drafts import Draft
from crmgraph.actions.files import store_files, take_uploads
from crmgraph.actions.guards import check_rights
from crmgraph.actions.hierarchies import check_hierarchies
from crmgraph.actions.locking import refuse_locked
from crmgraph.actions.merges import refuse_return
from crmgraph.actions.rights import check_rights_rows
from crmgraph.actions.traits import CURRENCY, OWNER, RATE, names_currency, target_codes
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.registry import CURRENCY_TYPE, OWNING_UNIT, TEAM_TYPE, UNIT_TYPE, USER_TYPE
from crmgraph.metadata.types import Field, Key, Label
from crmgraph.sql.probes import Keyed, Probe, ask

ROLE_RULE = "party_role_not_allowed"


async def check(unit: Unit, drafts: Sequence[Draft], problems: Sequence[InputProblem] = ()) -> None:
    """Complete the drafts' lookups and find what speaks against them; raises `WriteRefused` with everything found.

    `problems` are those found before that belong to no draft.
    """
    await take_uploads(unit, drafts)
    await behaviors.prepare(unit, drafts)
    questions = Questions(unit, drafts)
    await ask(unit.transaction, unit.database_name, unit.tables, questions.probe)
    unit.known |= questions.probe.types
    unit.rates |= questions.probe.rates
    unit.units |= questions.probe.units
    unit.asked_owners |= questions.probe.owners
    questions.settle_owners()
    questions.settle_sought()
    questions.settle_links()
    await place_in_units(unit, drafts)
    await check_rights(unit, drafts)
    await refuse_return(unit, drafts)
    check_rights_rows(unit, drafts)
    await refuse_locked(unit, drafts)
    await behaviors.examine(unit, drafts)
    questions.settle_roles()
    questions.settle_bound()
    questions.settle_keys()
    await load_rates(unit, drafts)
    await check_hierarchies(unit, drafts)
    if found := [*(p for d in drafts for p in d.problems), *problems]:
        raise WriteRefused(distinct(found))
    await store_files(unit, drafts)


def distinct(problems: Iterable[InputProblem]) -> list[InputProblem]:
    """Each problem once: an input that is applied to many records has the same faults for each."""
    return list({(p.path, p.code, p.key, p.rule): p for p in problems}.values())


@dataclass(frozen=True, slots=True)
class Labels:
    """Several labels as people read them."""

    labels: Sequence[Label]

    def text(self, locale: str) -> str:
        return ", ".join(label.text(locale) for label in self.labels) or "–"


class Questions:
    """The questions of some drafts, and what to do with the answers."""

    def __init__(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        self.unit, self.drafts = unit, drafts
        self.trusting = unit.trusting and len(drafts) == 1
        unit.trusted = unit.trusted or self.trusting
        self.probe = Probe()
        self.groups: dict[tuple[str, str], Keyed] = {}
        self.batch = {d.id: d.traits.type.code for d in drafts if d.row is None}
        self.sought: list[tuple[Draft, str, list[tuple[Keyed, int]]]] = []
        self.keys: list[tuple[Draft, Key, Keyed, int]] = []
        self.looked_at: list[tuple[Draft, Field, dict[str, str]]] = []
        for draft in drafts:
            self.collect(draft)

    def collect(self, draft: Draft) -> None:
        if draft.own_id and draft.id:
            self.probe.ids.add(draft.id)
            self.probe.past.add(draft.id)
        for about, link in links_of(draft):
            if not self.trusted(about, link):
                self.looked_at.append((draft, about, link))
                if link["id"] not in self.unit.known and link["id"] not in self.batch:
                    self.probe.ids.add(link["id"])
            if about.name == OWNER and draft.traits.has_unit and link["id"] not in known_units(self.unit):
                self.probe.owners.add(link["id"])
            if about.name in draft.traits.currencies and link["id"] not in self.unit.rates:
                self.probe.currencies.add(link["id"])
        activity = self.activity(draft)
        if activity is not None and activity not in self.unit.known and activity not in self.batch:
            self.probe.ids.add(activity)
        for name, sought in draft.sought.items():
            places = [self.place(t, k, sought.values) for t, k in sought.choices]
            self.sought.append((draft, name, places))
        for key in draft.traits.keys:
            if draft.row is not None and not any(n in draft.values for n in key.fields):
                continue
            values = tuple(key_part(draft, n) for n in key.fields)
            if all(v is not None for v in values):
                self.keys.append((draft, key, *self.place(draft.traits.type.name, key, values)))

    def trusted(self, about: Field, link: Mapping[str, str]) -> bool:
        """Whether a link needs no look: its type is known already, or its foreign key will tell."""
        return "type" in link or (self.trusting and not about.is_polymorphic and not names_currency(about))

    def place(self, type_name: str, key: Key, values: tuple[Any, ...]) -> tuple[Keyed, int]:
        """Where the answer about a key's values will be found; equal questions are asked once per key."""
        found = self.unit.registry.type(type_name)
        group = self.groups.get((type_name, key.name))
        if group is None:
            group = self.groups[type_name, key.name] = Keyed(found, [found.by_name[n] for n in key.fields])
            self.probe.keyed.append(group)
        group.values.append(values)
        return group, len(group.values) - 1

    def settle_sought(self) -> None:
        """Lookups by key → the ids that were found."""
        for draft, name, places in self.sought:
            answers = [group.found[i] for group, i in places if i in group.found]
            about = draft.sought.pop(name).field
            if answers:
                id, code = answers[0]
                self.unit.known[id] = code
                draft.values[name] = {"id": id}
                self.looked_at.append((draft, about, draft.values[name]))
            else:
                draft.refuse(about, "NOT_FOUND", "input_not_found")

    def settle_links(self) -> None:
        """Each lookup must name a record of one of its targets; a polymorphic one keeps which."""
        known = self.unit.known
        for draft, about, link in self.looked_at:
            code = known.get(link["id"], self.batch.get(link["id"], 0))
            if code not in self.codes(about, draft.meant.get(about.name)):
                draft.refuse(about, "NOT_FOUND", "input_not_found")
            elif about.is_polymorphic:
                draft.values[about.name] = {**link, "type": self.unit.registry.by_code[code].name}

    def codes(self, about: Field, meant: str | None) -> frozenset[int]:
        """The codes of the record types that a lookup may name, or of the one that the input says it names."""
        allowed = target_codes(self.unit.tables, about)
        return allowed if meant is None else allowed & {t.code for t in self.unit.registry.concrete(meant)}

    def settle_owners(self) -> None:
        """Teams that give access own nothing."""
        for draft in self.drafts:
            owner = draft.values.get(OWNER)
            if owner is not None and owner["id"] in self.probe.access_teams and OWNER not in draft.faulty:
                draft.refuse(draft.traits.type.by_name[OWNER], "NOT_AN_OWNER", "input_access_team")

    def activity(self, draft: Draft) -> str | None:
        """The id of the record whose type says which roles there are, where a role is given or that record changes."""
        role = draft.traits.role
        if role is None or not {role.field.name, role.lookup.name} & draft.values.keys():
            return None
        link = draft.value(role.lookup.name)
        return link["id"] if link else None

    def settle_roles(self) -> None:
        """A role that people cannot have in a record of that type."""
        for draft in self.drafts:
            role, id = draft.traits.role, self.activity(draft)
            chosen = draft.value(role.field.name) if role else None
            if (
                role is None
                or id is None
                or chosen is None
                or role.field.name in draft.faulty
                or role.field.options is None
            ):
                continue
            code = self.unit.known.get(id, self.batch.get(id, 0))
            allowed = role.allowed.get(code)
            if allowed is not None and chosen not in allowed:
                options = {o.code: o.label for o in role.field.options.options}
                data = {"option": options[chosen], "type": self.unit.registry.by_code[code].label}
                known = Labels(tuple(label for o, label in options.items() if o in allowed))
                draft.refuse(role.field, "WRONG_ROLE", "input_wrong_role", rule=ROLE_RULE, known=known, **data)

    def settle_bound(self) -> None:
        """What stands inside another record's input belongs to that record."""
        for draft in self.drafts:
            if draft.bound is not None and draft.bound[0].name not in draft.faulty:
                about, id = draft.bound
                link = draft.values.get(about.name)
                if link is None or link["id"] != id:
                    draft.refuse(about, "OTHER_PARENT", "input_other_parent")

    def settle_keys(self) -> None:
        """No other record, in the database or in the same batch, may have a key's values or a chosen id."""
        taken: dict[tuple[Any, ...], str] = {}
        for draft, key, group, i in self.keys:
            holder = group.found[i][0] if i in group.found else None
            first = taken.setdefault((group.type.name, key.name, group.values[i]), draft.id)
            if holder not in (None, draft.id) or first != draft.id:
                given = [n for n in key.fields if n in draft.values]
                draft.refuse(draft.traits.type.by_name[given[-1]], "NOT_UNIQUE", "input_not_unique")
        seen: set[str] = set()
        for draft in (d for d in self.drafts if d.own_id and d.id):
            if draft.id in self.probe.types or draft.id in seen:
                draft.refuse(draft.traits.type.by_name["id"], "NOT_UNIQUE", "input_not_unique")
            if draft.id in self.probe.versions:  # of a deleted record: nobody takes its versions for this one's
                draft.values["version"] = self.probe.versions[draft.id] + 1
            seen.add(draft.id)


def links_of(draft: Draft) -> Iterable[tuple[Field, dict[str, str]]]:
    """The lookups that a draft sets to a record; who created and modified it is known to exist."""
    for about in draft.traits.links:
        link = draft.values.get(about.name)
        if link is not None:
            yield about, link


def key_part(draft: Draft, name: str) -> Any:
    """One value of a draft's own key; of a lookup its id. None while it is not known or wrong."""
    value = None if name in draft.sought else draft.value(name)
    return value["id"] if isinstance(value, dict) and "id" in value else value


async def load_rates(unit: Unit, drafts: Sequence[Draft]) -> None:
    """The rates of currencies that these drafts make or change, or that were given by key: not asked for at first."""
    for draft in drafts:
        if draft.traits.type.name == CURRENCY_TYPE and (draft.row is None or RATE in draft.values):
            unit.rates[draft.id] = draft.values.get(RATE) or ONE
    probe = Probe()
    for draft in drafts:
        if draft.traits.amounts:
            link = draft.values.get(CURRENCY)
            probe.currencies |= {link["id"]} - unit.rates.keys() if link else set()
    probe.currencies &= unit.known.keys()
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    unit.rates |= probe.rates


def known_units(unit: Unit) -> Mapping[str, str]:
    """The business units of users and teams as far as they are known: the caller's at once."""
    principal = unit.caller.principal
    if principal.user_id is not None and principal.unit_id is not None:
        unit.units.setdefault(principal.user_id, principal.unit_id)
    return unit.units


async def place_in_units(unit: Unit, drafts: Sequence[Draft]) -> None:
    """A record belongs to the business unit of its owner; one made in the same go has it in its own draft."""
    placed = [d for d in drafts if d.traits.has_unit and OWNER in d.values and OWNER not in d.faulty]
    if not placed:
        return
    units = dict(known_units(unit))
    for draft in drafts:
        own = draft.values.get(UNIT_TYPE) if draft.traits.type.name in (USER_TYPE, TEAM_TYPE) else None
        if own is not None:
            units[draft.id] = own["id"]
    asked = {d.values[OWNER]["id"] for d in placed if d.values[OWNER]} - units.keys()
    probe = Probe(owners=asked - unit.asked_owners)
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    unit.units |= probe.units
    units |= probe.units
    for draft in placed:
        owner = draft.values[OWNER]
        found = units.get(owner["id"]) if owner else None
        draft.values[OWNING_UNIT] = {"id": found} if found else None
