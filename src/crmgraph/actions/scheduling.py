"""Where records stand in agendas: columns kept beside their dates, so that an index finds what a day brings.

A record stands where it starts, or is due if nothing says when it starts. What lasts longer than `LONG` is found by its
end: everything else that runs on a day started at most so long before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from crmgraph.actions.drafts import Draft
from crmgraph.actions.traits import STATE
from crmgraph.metadata.types import Agenda
from crmgraph.plan.agenda_node import LONG

NOWHERE = "nowhere"  # marks a draft whose record stands in no agenda
FIRST = timedelta(microseconds=1)  # by which whole days stand before what begins with them


def place_in_agendas(drafts: Iterable[Draft]) -> None:
    """Complete the drafts of records that take place: where these stand from now on."""
    for draft in drafts:
        agenda = draft.traits.agenda
        if agenda is not None and is_moved(draft, agenda):
            draft.values |= places(draft, agenda)


def is_moved(draft: Draft, agenda: Agenda) -> bool:
    told = (agenda.start, agenda.end, agenda.remind, agenda.all_day, STATE)
    return draft.row is None or NOWHERE in draft.marks or any(name in draft.values for name in told)


def places(draft: Draft, agenda: Agenda) -> dict[str, datetime | None]:
    """Where a record stands as it will be; nowhere without a date."""
    start, end, remind = (draft.value(name) for name in (agenda.start, agenda.end, agenda.remind))
    if NOWHERE in draft.marks:
        return dict.fromkeys((agenda.place, agenda.long_end, agenda.open_place))
    begin = start or end
    all_day = agenda.all_day in draft.traits.type.by_name and draft.value(agenda.all_day)
    place = begin - FIRST if begin is not None and all_day else begin
    is_open = draft.value(STATE) in draft.traits.open_states
    return {
        agenda.place: place,
        agenda.long_end: end if lasts(start, end) else None,
        agenda.open_place: (place or remind) if is_open else None,
    }


def lasts(start: Any, end: Any) -> bool:
    """Whether something takes so long that it is found by its end."""
    return start is not None and end is not None and end - start > LONG
