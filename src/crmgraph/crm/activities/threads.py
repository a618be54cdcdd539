"""Messages that belong together: one spelling of their ids, one conversation for all, the message that each answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import RecordType
from crmgraph.sql.addresses import equal_texts
from crmgraph.sql.threads import hold_threads, keep_threads, sizes_of, threads_of

MAIL = "email"
MESSAGE, ANSWERED, REFERENCES = "message_id", "in_reply_to", "references"
CONVERSATION, PARENT, REGARDING = "conversation", "parent_email", "regarding"
TIES = frozenset({MESSAGE, ANSWERED, REFERENCES, PARENT})
GIVEN = "conversation given"  # marks a message whose conversation somebody chose
BRACKETED = re.compile(r"<([^<>]*)>")
LONGEST = 320  # characters of an id; of a longer one the beginning is kept, and a digest
MOST_REFERENCES = 300


class Threads(Behavior):
    """Messages are tied by what they answer and refer to, in whatever order they come; subjects do not count."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            normalize(draft)

    async def examine(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        tied = [d for d in drafts if d.row is None or TIES & d.values.keys()]
        for draft in tied:
            if draft.values.get(CONVERSATION):
                draft.marks |= {GIVEN}
        await find_parents(unit, tied)
        groups = Groups()
        for draft in tied:
            groups.join(nodes_of(draft))
        known = await threads_of(unit.transaction, unit.database_name, groups.nodes)
        names = await name_threads(unit, groups, known, tied)
        for draft in tied:
            if nodes := nodes_of(draft):
                draft.values[CONVERSATION] = names[groups.root(nodes[0])]

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        threads = {node: d.value(CONVERSATION) for d in drafts for node in nodes_of(d) if tied_by(d)}
        threads |= {thread: thread for thread in threads.values()}
        known = await threads_of(unit.transaction, unit.database_name, threads)
        await hold_threads(unit.transaction, unit.database_name, {*threads.values(), *known.values()}, known)
        moved = {known[n]: threads[n] for n in known if known[n] != threads[n]}
        new = {node: thread for node, thread in threads.items() if node not in known}
        await keep_threads(unit.transaction, unit.database_name, new, moved)
        found = drafts[0].traits.type
        await follow(unit, found, moved, {d.values[MESSAGE]: d for d in drafts if d.values.get(MESSAGE)})


# --- ids --------------------------------------------------------------------------------------------------------------


def normalize(draft: Draft) -> None:
    """Ids in one spelling; a message that only has references answers the last of them."""
    values = draft.values
    for name in (MESSAGE, ANSWERED, REFERENCES):
        if not isinstance(values.get(name), str):
            continue
        ids = ids_in(values[name])
        if name == MESSAGE:
            values[name] = ids[0] if ids else None
        elif name == ANSWERED:
            values[name] = ids[0] if ids else None
            if len(ids) > 1 and not values.get(REFERENCES):
                values[REFERENCES] = " ".join(ids[1:])
        else:
            values[name] = " ".join([*ids[:1], *ids[1:][-MOST_REFERENCES:]]) or None
    own = values.get(MESSAGE)
    if own and values.get(ANSWERED) == own:
        values[ANSWERED] = None
    if draft.row is None and not values.get(ANSWERED) and values.get(REFERENCES):
        others = [each for each in values[REFERENCES].split() if each != own]
        values[ANSWERED] = others[-1] if others else None


def ids_in(text: str) -> list[str]:
    """The message ids of a header's text, each once: `<id@host>`, without blanks; without brackets the words with @."""
    found = BRACKETED.findall(text)
    if not found:
        words = text.replace(",", " ").split()
        found = [w for w in words if "@" in w] if len(words) > 1 else words
    ids = ("".join(each.split()) for each in found)
    return list(dict.fromkeys(bracketed(each) for each in ids if each))


def bracketed(id: str) -> str:
    id = id.strip("<>")
    if len(id) + 2 > LONGEST:
        id = f"{id[:200]}~{sha256(id.encode()).hexdigest()}"
    return f"<{id}>"


def nodes_of(draft: Draft) -> list[str]:
    """What ties a message to others: its own id, what it answers and refers to, the conversation that was chosen."""
    given = [draft.value(CONVERSATION)] if GIVEN in draft.marks or draft.row is not None else []
    references = (draft.value(REFERENCES) or "").split()
    found = [*references, draft.value(ANSWERED), draft.value(MESSAGE), *given, *(parent_thread(draft),)]
    return list(dict.fromkeys(node for node in found if node))


def tied_by(draft: Draft) -> bool:
    return bool(draft.value(CONVERSATION)) and (draft.row is None or bool(TIES & draft.values.keys()))


def parent_thread(draft: Draft) -> str | None:
    """The conversation of the message that was named as the one that is answered."""
    return next((m.removeprefix(PARENT) for m in draft.marks if m.startswith(PARENT)), None)


# --- what is answered -------------------------------------------------------------------------------------------------


async def find_parents(unit: Unit, drafts: Sequence[Draft]) -> None:
    """The message that each answers: as it is named, or by its id; it hands on what it regards."""
    kind = unit.registry.type(MAIL)
    own = {d.values[MESSAGE]: d for d in drafts if d.values.get(MESSAGE)}
    by_id = {d.id: d for d in drafts}
    sought = {d.value(ANSWERED) for d in drafts if not d.value(PARENT) and d.value(ANSWERED)} - own.keys()
    about = kind.by_name[MESSAGE]
    places = await equal_texts(unit.transaction, unit.database_name, about, sought, keyed=True) if sought else []
    named = {d.value(PARENT)["id"] for d in drafts if d.value(PARENT)} - by_id.keys()
    wanted = {id for id, _ in places} | named
    rows = {row["id"]: row for row in await load_rows(unit, kind, wanted)} if wanted else {}
    stored = {row[MESSAGE]: row for row in rows.values() if row[MESSAGE] in sought}
    for draft in drafts:
        answered = draft.value(ANSWERED)
        if not draft.value(PARENT) and PARENT not in draft.faulty and answered:
            parent = own[answered].id if answered in own else stored[answered]["id"] if answered in stored else None
            if parent is not None and parent != draft.id:
                draft.values[PARENT] = {"id": parent}
        elif draft.value(PARENT):
            take_from_parent(draft, by_id.get(draft.value(PARENT)["id"]), rows.get(draft.value(PARENT)["id"]))
    for draft in drafts:
        if draft.row is None and not draft.values.get(REGARDING) and REGARDING not in draft.faulty:
            inherit(draft, by_id, rows)


def take_from_parent(draft: Draft, mate: Draft | None, row: Row | None) -> None:
    """A message that names another one answers it, and is in its conversation."""
    parent: Mapping[str, Any] = mate.values if mate is not None and mate.row is None else (row or {})
    if parent.get(CONVERSATION):
        draft.marks |= {PARENT + parent[CONVERSATION]}
    if parent.get(MESSAGE) and not draft.value(ANSWERED) and parent[MESSAGE] != draft.value(MESSAGE):
        draft.values[ANSWERED] = parent[MESSAGE]
        if not draft.value(REFERENCES):
            draft.values[REFERENCES] = " ".join([*(parent.get(REFERENCES) or "").split(), parent[MESSAGE]])


def inherit(draft: Draft, by_id: Mapping[str, Draft], rows: Mapping[str, Row]) -> None:
    """What the nearest message before regards, within what is written and the stored messages that it answers."""
    seen, at = {draft.id}, draft
    while (link := at.value(PARENT)) and link["id"] not in seen:
        seen.add(link["id"])
        regarding = rows[link["id"]][REGARDING] if link["id"] in rows else None
        mate = by_id.get(link["id"])
        regarding = regarding or (mate.value(REGARDING) if mate is not None else None)
        if regarding:
            draft.values[REGARDING] = dict(regarding)
            return
        if mate is None:
            return
        at = mate


# --- conversations ----------------------------------------------------------------------------------------------------


class Groups:
    """Ids that belong together (union-find)."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {}

    @property
    def nodes(self) -> Collection[str]:
        return self.up.keys()

    def root(self, node: str) -> str:
        self.up.setdefault(node, node)
        while self.up[node] != node:
            self.up[node] = self.up[self.up[node]]
            node = self.up[node]
        return node

    def join(self, nodes: Sequence[str]) -> None:
        for node in nodes:
            self.up[self.root(node)] = self.root(nodes[0])


async def name_threads(unit: Unit, groups: Groups, known: Mapping[str, str], drafts: Sequence[Draft]) -> dict[str, str]:
    """The conversation of each group: the one that it has, of several the largest, else that of its first message."""
    for node, thread in known.items():
        groups.join([node, thread])
    had: dict[str, set[str]] = {}
    for thread in known.values():
        had.setdefault(groups.root(thread), set()).add(thread)
    several = [thread for some in had.values() if len(some) > 1 for thread in some]
    sizes = await sizes_of(unit.transaction, unit.database_name, several) if several else {}
    names = {root: min(some, key=lambda thread: (-sizes.get(thread, 0), thread)) for root, some in had.items()}
    answering = {d.values[MESSAGE] for d in drafts if d.values.get(MESSAGE) and d.value(ANSWERED)}
    firsts: dict[str, list[tuple[bool, bool, str]]] = {}
    for draft in drafts:
        if nodes := nodes_of(draft):
            chosen = draft.value(CONVERSATION) if GIVEN in draft.marks else None
            first = chosen or nodes[0]
            firsts.setdefault(groups.root(nodes[0]), []).append((not chosen, first in answering, first))
    return {root: names.get(root) or min(some)[-1] for root, some in firsts.items()}


async def follow(unit: Unit, found: RecordType, moved: Mapping[str, str], parents: Mapping[str, Draft]) -> None:
    """Stored messages of conversations that turned out to be others', and those that waited for what they answer."""
    by_name, name = found.by_name, unit.database_name
    changes: dict[str, dict[str, Any]] = {}
    if moved:
        for id, thread in await equal_texts(unit.transaction, name, by_name[CONVERSATION], moved):
            changes.setdefault(id, {})[CONVERSATION] = moved[thread]
    if parents:
        waiting = await equal_texts(unit.transaction, name, by_name[ANSWERED], parents, by_name[PARENT])
        for id, answered in waiting:
            if parents[answered].id != id:
                changes.setdefault(id, {})[PARENT] = {"id": parents[answered].id}
    if not changes:
        return
    groups: dict[tuple[str, ...], list[tuple[Row, Mapping[str, Any]]]] = {}
    for row in await load_rows(unit, found, changes, system=True):
        values = changes[row["id"]]
        groups.setdefault(tuple(sorted(values)), []).append((row, {n: values[n] for n in sorted(values)}))
    for group in groups.values():
        await write_changes(unit, found, group, system=True)
