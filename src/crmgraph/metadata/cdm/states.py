"""States and status reasons of entities → those of record types."""

from __future__ import annotations

from crmgraph.metadata.cdm.reading import LANGUAGE, Attribute, Texts
from crmgraph.metadata.cdm.spelling import localized, option_names
from crmgraph.metadata.making import MIRRORED, word
from crmgraph.metadata.types import RecordType
from crmgraph.metadata.words import LocalizedText, NewReason, NewState


def status_of(
    state: Attribute | None, status: Attribute | None, base: RecordType | None = None
) -> tuple[list[NewState] | None, list[NewReason] | None]:
    """The states of a new record type, if it has not those of a base, and its status reasons."""
    states: list[NewState] = []
    known = {s.code: s.name for s in base.states} if base else {}
    if not known and state is not None:
        names = option_names({c.code: c.label for c in state.options})
        codes = sorted(state.options, key=lambda c: c.code)
        states = [NewState(names[c.code], worded(names[c.code], c.label), c.code) for c in codes]
        known = names
    reasons = []
    if status is not None and known:
        names = option_names({c.code: c.label for c in status.options})
        said = {c.state for c in status.options}
        kept = {r.code for s in base.states if s.code not in said for r in s.reasons} if base else set()
        for choice in status.options:
            if choice.state in known:
                label = worded(names[choice.code], choice.label)
                code = None if choice.code in kept else choice.code
                reasons.append(NewReason(known[choice.state], names[choice.code], label, code))
    return states or None, reasons or None


def worded(name: str, label: Texts) -> list[LocalizedText]:
    """A label, in all languages where the product has that word."""
    if name in MIRRORED and word(name)[LANGUAGE] == label.get(LANGUAGE):
        return localized({**word(name), **label}, name)
    return localized(label, name)


def new_reasons(found: RecordType, status: Attribute) -> tuple[list[NewReason], list[str]]:
    """Status reasons whose codes a record type has not, and the labels of those whose states it has not."""
    states = {s.code: s.name for s in found.states}
    codes = {r.code for s in found.states for r in s.reasons}
    taken = {r.name for s in found.states for r in s.reasons}
    more = [c for c in status.options if c.code not in codes]
    names = option_names({c.code: c.label for c in more})
    fresh, strange = [], []
    for choice in more:
        name = names[choice.code] if names[choice.code] not in taken else f"{names[choice.code]}_{choice.code}"
        if choice.state in states:
            fresh.append(NewReason(states[choice.state], name, localized(choice.label, name), choice.code))
        else:
            strange.append(choice.label.get(LANGUAGE, name))
    return fresh, strange
