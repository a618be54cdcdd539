"""Parties by their addresses, and the texts of messages that say the same as their parties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.addresses import Addressed, addresses_in, canonical, shown
from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.deletion import delete_parts
from crmgraph.actions.drafts import Draft, draft_new
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.sets import insert, write_changes
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.matching import PARTY, WHO, Resolved, address_fields, by_type, resolve
from crmgraph.crm.activities.resolving import resolve_later
from crmgraph.metadata.types import Field, RecordType
from crmgraph.security.access import is_readable
from crmgraph.sql.addresses import Told, what_they_say
from crmgraph.sql.references import references_to, referring

MAIL, CALL, FAX, LETTER = "email", "phone_call", "fax", "letter"
ACTIVITY, ROLE, NAME, ADDRESS = "activity", "role", "name", "address_used"
UNRESOLVED, UNRESOLVED_NAME, AMBIGUOUS = "is_unresolved", "unresolved_name", "is_ambiguous"
TEXTS = {"sender": "sender", "to_recipients": "to", "cc": "cc", "bcc": "bcc"}  # of a message, and the parties' role
MADE = "parties from "  # marks a message whose parties of a text are to be made


class Parties(Behavior):
    """Parties are found by their addresses; messages' texts and their parties say the same."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in of_type(drafts, PARTY):
            take_address(draft)

    async def examine(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        parties = of_type(drafts, PARTY)
        await name_parties(unit, parties, {d.id: d.traits.type.name for d in drafts})
        await settle(unit, parties)
        roles = roles_of(unit)
        given: dict[tuple[str, str], list[Draft]] = {}
        for party in parties:
            if party.row is None and (link := party.values.get(ACTIVITY)):
                given.setdefault((link["id"], roles.get(party.values.get(ROLE), "")), []).append(party)
        for mail in of_type(drafts, MAIL):
            if mail.row is None:
                agree(mail, given)

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        parties, mails = of_type(drafts, PARTY), of_type(drafts, MAIL)
        new = {d.id for d in mails if d.row is None}
        await add_parties(unit, [m for m in mails if m.row is None and any(x.startswith(MADE) for x in m.marks)])
        touched = [d for d in parties if not d.system and (d.row is None or {ROLE, ADDRESS} & d.values.keys())]
        code = unit.registry.type(MAIL).code
        own = {link["id"] for d in touched if (link := d.value(ACTIVITY))} - new
        own = {id for id in own if unit.known.get(id, code) == code}
        await replace_parties(unit, [m for m in mails if m.row is not None and not m.system and m.id not in own])
        await rewrite_texts(unit, own)

    async def delete(self, unit: Unit, found: RecordType, rows: Sequence[Row]) -> None:
        if found.name == PARTY:
            await rewrite_texts(unit, {r[ACTIVITY]["id"] for r in rows if r[ACTIVITY]}, {r["id"] for r in rows})


class Addressee(Behavior):
    """Whoever gets an address takes the parties that waited for it."""

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        found: dict[str, Resolved] = {}
        for draft in drafts:
            kind = draft.traits.type
            for field in address_fields(unit, kind):
                if value := draft.values.get(field.name):
                    address = canonical(value)
                    first = found.get(address)
                    found[address] = first._replace(ambiguous=True) if first else Resolved(kind, draft.id, False)
        if found and PARTY in unit.registry.types:
            await resolve_later(unit, found)


def of_type(drafts: Iterable[Draft], name: str) -> list[Draft]:
    return [d for d in drafts if d.traits.type.name == name]


def roles_of(unit: Unit) -> dict[int | None, str]:
    """The names of the roles by their codes."""
    options = unit.registry.type(PARTY).by_name[ROLE].options
    return {o.code: o.name for o in options.options} if options else {}


# --- parties --------------------------------------------------------------------------------------------------------


def take_address(draft: Draft) -> None:
    """`Jan Kowalski <jan@example.pl>` as an address is a name and an address."""
    value = draft.values.get(ADDRESS)
    if isinstance(value, str) and "@" in value and len(found := addresses_in(value)) == 1:
        draft.values[ADDRESS] = found[0].address
        if found[0].name and not draft.value(NAME):
            draft.values[NAME] = found[0].name


async def settle(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Who has the addresses of parties that name nobody; they stay unresolved if nobody has. One statement."""
    waiting = [d for d in drafts if needs_somebody(d)]
    found = await resolve(unit, [d.values[ADDRESS] for d in waiting if is_mail(d.values.get(ADDRESS))])
    names = await names_of(unit, [r for d in waiting if not d.value(NAME) and (r := found.get(key_of(d)))])
    for draft in waiting:
        give_somebody(draft, found.get(key_of(draft)), names)
    for draft in drafts:
        if draft.row is None and not draft.values.get(WHO) and WHO not in draft.faulty:
            say_unresolved(draft)


def needs_somebody(draft: Draft) -> bool:
    """Whether a party was given an address, and nobody with it."""
    return bool(draft.values.get(ADDRESS)) and not draft.values.get(WHO) and WHO not in draft.faulty


def key_of(draft: Draft) -> str:
    value = draft.values.get(ADDRESS)
    return canonical(value) if is_mail(value) else ""


def is_mail(value: Any) -> bool:
    return isinstance(value, str) and "@" in value


def give_somebody(draft: Draft, found: Resolved | None, names: Mapping[str, str]) -> None:
    if found is None:
        if draft.row is not None and draft.row.get(WHO) is not None:
            draft.values[WHO] = None
            draft.values[AMBIGUOUS] = False
        return
    draft.values[WHO] = found.link
    draft.values[UNRESOLVED], draft.values[AMBIGUOUS] = False, found.ambiguous
    if not draft.value(NAME) and found.id in names:
        draft.values[NAME] = names[found.id]


def say_unresolved(draft: Draft) -> None:
    """A party that names nobody says so, with the name or the address that it has."""
    said = draft.values.get(UNRESOLVED_NAME) or draft.values.get(NAME) or draft.values.get(ADDRESS)
    if said:
        draft.values[UNRESOLVED] = True
        draft.values[UNRESOLVED_NAME] = said
        draft.values.setdefault(NAME, said)


async def name_parties(unit: Unit, drafts: Sequence[Draft], kinds: Mapping[str, str]) -> None:
    """Names and own addresses of parties that are only named: those of the record, as the activity uses them."""
    bare = [d for d in drafts if d.values.get(WHO) and WHO not in d.faulty and lacks(d)]
    asked: dict[tuple[str, str], set[str]] = {}
    for draft in bare:
        way = way_of(unit, draft, kinds)
        link = draft.values[WHO]
        asked.setdefault((link["type"], way), set()).add(link["id"])
    told: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for way in {way for _, way in asked}:
        some = [(unit.registry.type(t), sorted(ids)) for (t, w), ids in asked.items() if w == way]
        questions = [Told(found, own_fields(unit, found, way), ids) for found, ids in some]
        said = await what_they_say(unit.transaction, unit.database_name, questions)
        told |= {(way, id): each for id, each in said.items()}
    for draft in bare:
        name, own = told.get((way_of(unit, draft, kinds), draft.values[WHO]["id"]), (None, None))
        if name and (not draft.values.get(NAME) and (draft.row is None or WHO in draft.values)):
            draft.values[NAME] = name[: draft.traits.type.by_name[NAME].length]
        if own and not draft.value(ADDRESS):
            draft.values[ADDRESS] = own


def lacks(draft: Draft) -> bool:
    return not draft.values.get(NAME) or not draft.value(ADDRESS)


def way_of(unit: Unit, draft: Draft, kinds: Mapping[str, str]) -> str:
    """The kind of the activity, which says what an address is."""
    link = draft.value(ACTIVITY)
    if not link:
        return ""
    known = unit.registry.by_code.get(unit.known.get(link["id"], 0))
    return kinds.get(link["id"]) or (known.name if known is not None else "")


def own_fields(unit: Unit, found: RecordType, way: str) -> Sequence[Field]:
    """The fields that hold what an activity of a kind uses: e-mail addresses but for calls, faxes and letters."""
    policy = unit.caller.principal.policy
    if way in (CALL, FAX):
        fax = found.by_name.get(FAX)
        phones = [f for f in found.fields if f.format == "phone" and f.name != FAX]
        chosen = [fax] if way == FAX and fax is not None else phones if way == CALL else []
        return [f for f in chosen if not f.retired and is_readable(policy, f)]
    return () if way == LETTER else address_fields(unit, found)


async def names_of(unit: Unit, found: Sequence[Resolved]) -> dict[str, str]:
    """The names of records."""
    groups = by_type([each.link for each in found])
    asked = [Told(unit.registry.type(name), (), sorted(ids)) for name, ids in groups.items()]
    said = await what_they_say(unit.transaction, unit.database_name, asked)
    return {id: name for id, (name, _) in said.items() if name}


# --- messages' texts --------------------------------------------------------------------------------------------------


def agree(mail: Draft, given: Mapping[tuple[str, str], Sequence[Draft]]) -> None:
    """Of a new message the texts of roles that have parties; the parties of other texts are made once it is there."""
    for text, role in TEXTS.items():
        parties = given.get((mail.id, role), ())
        if parties and not mail.values.get(text):
            said = shown(map(addressed, (p.values for p in parties)), mail.traits.type.by_name[text].length or 0)
            if said:
                mail.values[text] = said
        elif not parties and mail.values.get(text) and not mail.system:  # what is brought back has its parties
            mail.marks |= {MADE + text}


def addressed(party: Mapping[str, Any]) -> Addressed:
    name, address = party.get(NAME) or "", party.get(ADDRESS) or ""
    return Addressed(name, address) if address else Addressed("", name)


async def add_parties(unit: Unit, mails: Sequence[Draft]) -> None:
    """The parties that new messages' texts tell of."""
    rows: list[dict[str, Any]] = []
    for mail in mails:
        for text, role in TEXTS.items():
            if MADE + text in mail.marks:
                found = addresses_in(mail.values[text])
                rows += [party_values(mail, role, each) for each in found]
    await insert_parties(unit, rows)


def party_values(mail: Draft, role: str, each: Addressed) -> dict[str, Any]:
    return {ACTIVITY: {"id": mail.id}, ROLE: role, ADDRESS: each.address, NAME: each.name or None,
            "moment": mail.value("sort_date")}  # fmt: skip


async def insert_parties(unit: Unit, rows: Sequence[dict[str, Any]]) -> None:
    """Parties that follow from texts: who may write the message needs no right to what it says already."""
    if not rows:
        return
    traits = traits_of(unit.tables, PARTY)
    assert traits.type.participation is not None
    codes = {name: code for code, name in roles_of(unit).items()}
    drafts = []
    for row in rows:
        values = {ACTIVITY: row[ACTIVITY], ROLE: codes[row[ROLE]], ADDRESS: row[ADDRESS], NAME: row[NAME]}
        draft = draft_new(unit, traits, {n: v for n, v in values.items() if v}, (PARTY,), system=True)
        draft.values[traits.type.participation.moment] = row["moment"]
        drafts.append(draft)
    await settle(unit, drafts)
    await insert(unit, drafts)


async def replace_parties(unit: Unit, mails: Sequence[Draft]) -> None:
    """Let the parties of stored messages follow from texts that were changed."""
    changed = {m.id: m for m in mails if TEXTS.keys() & m.values.keys()}
    if not changed:
        return
    names, gone, rows = roles_of(unit), [], []
    stored = await stored_parties(unit, changed)
    for mail in changed.values():
        for text, role in TEXTS.items():
            if text not in mail.values:
                continue
            wanted = {canonical(a.address): a for a in addresses_in(mail.values[text] or "")}
            for party in stored.get(mail.id, ()):
                if names.get(party[ROLE]) == role and wanted.pop(key_of_row(party), None) is None:
                    gone.append(party["id"])
            rows += [party_values(mail, role, each) for each in wanted.values()]
    await insert_parties(unit, rows)
    if gone:
        await delete_parts(unit, unit.registry.type(PARTY), gone)


def key_of_row(party: Row) -> str:
    return canonical(party[ADDRESS]) if is_mail(party[ADDRESS]) else ""


async def stored_parties(unit: Unit, activities: Iterable[str]) -> dict[str, list[Row]]:
    """The parties of some activities, in the order in which they were made."""
    link = [r for r in references_to(unit.tables, unit.registry.type(MAIL)) if r.field.name == ACTIVITY]
    link = [r for r in link if r.type.name == PARTY]
    named = await referring(unit.transaction, unit.database_name, link, activities)
    found: dict[str, list[Row]] = {}
    for row in await load_rows(unit, unit.registry.type(PARTY), [n.id for n in named], system=True) if named else ():
        found.setdefault(row[ACTIVITY]["id"], []).append(row)
    return {id: sorted(rows, key=lambda r: (r["created_on"], r["id"])) for id, rows in found.items()}


async def rewrite_texts(unit: Unit, activities: Iterable[str], gone: Iterable[str] = ()) -> None:
    """Let the texts of stored messages say what their parties say, but for those that are about to go."""
    wanted, leaving, names = set(activities), set(gone), roles_of(unit)
    kind = unit.registry.type(MAIL)
    mails = await load_rows(unit, kind, wanted, system=True) if wanted else []
    if not mails:
        return
    stored = await stored_parties(unit, [m["id"] for m in mails])
    groups: dict[tuple[str, ...], list[tuple[Row, Mapping[str, Any]]]] = {}
    for mail in mails:
        values: dict[str, Any] = {}
        for text, role in TEXTS.items():
            own = [p for p in stored.get(mail["id"], ()) if names.get(p[ROLE]) == role and p["id"] not in leaving]
            said = shown(map(addressed, own), kind.by_name[text].length or 0)
            if said != mail[text] and keys_in(said) != keys_in(mail[text]):
                values[text] = said
        if values:
            groups.setdefault(tuple(values), []).append((mail, values))
    for changes in groups.values():
        await write_changes(unit, kind, changes, system=True)


def keys_in(text: str | None) -> set[str]:
    return {canonical(each.address) for each in addresses_in(text or "")} or {text or ""}
