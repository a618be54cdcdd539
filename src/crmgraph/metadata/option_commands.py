"""Changes of options, states and status reasons: part of the vocabulary, see commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmgraph.metadata.bench import Bench
from crmgraph.metadata.making import (
    option_documents,
    reason_documents,
    shared_set,
)
from crmgraph.metadata.model import CHOICES, TYPES, Raw
from crmgraph.metadata.words import (
    LocalizedText,
    NewOption,
    NewReason,
    StateMove,
    only_given,
    texts,
)


@dataclass(frozen=True, slots=True)
class AddOptionSet:
    """Make an option set that several fields share."""

    name: str
    label: list[LocalizedText]
    options: list[NewOption]

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        if not self.options:
            bench.refuse("NO_OPTIONS", "customize_options_missing", "options", field=self.name)
        shared_set(bench, self.name, texts(self.label) or {}, self.options)


@dataclass(frozen=True, slots=True)
class Options:
    """The options that a change is about: of a field's own set, or of a shared one."""

    kind: str
    name: str
    place: tuple[str, ...]
    options: Mapping[str, Raw]

    def patch(self, bench: Bench, patch: Raw) -> None:
        """Put something over the table that holds the options."""
        for key in reversed(self.place):
            patch = {key: patch}
        bench.patch(self.kind, self.name, patch)

    def known(self, bench: Bench, name: str) -> str:
        """An option's name by its name or its enum value."""
        found = name if name in self.options else name.lower()
        if found not in self.options:
            bench.refuse("UNKNOWN_OPTION", "customize_no_option", "option", name=name)
        return found


def options_of(bench: Bench, type_name: str | None, field: str | None, option_set: str | None) -> Options:
    """The options that are meant: `optionSet`, or `type` and `field`."""
    if option_set is None and type_name is not None and field is not None:
        holder, name = bench.owner(bench.type(type_name), field)
        own = bench.field(holder, name).get("options")
        if isinstance(own, Mapping):
            return Options(TYPES, holder, ("fields", name), own)
        option_set = own
    if option_set is None:
        bench.refuse("NO_OPTIONS", "customize_no_options", "field")
    found = bench.choice(option_set)
    return Options(CHOICES, found, (), bench.model.choices[found]["options"])


@dataclass(frozen=True, slots=True)
class AddOptions:
    """Give a choice more options: of a field's own set (`type` and `field`), or of a shared `optionSet`."""

    options: list[NewOption]
    type: str | None = None
    field: str | None = None
    option_set: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        found = options_of(bench, self.type, self.field, self.option_set)
        found.patch(bench, {"options": option_documents(bench, self.options, found.options, "options")})


@dataclass(frozen=True, slots=True)
class ChangeOption:
    """Relabel, recolour or retire an option, or restore it (`retired: false`). Retired, it stays in the rows that
    have it, and no write may choose it anew.
    """

    option: str
    type: str | None = None
    field: str | None = None
    option_set: str | None = None
    label: list[LocalizedText] | None = None
    color: str | None = None
    retired: bool | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        found = options_of(bench, self.type, self.field, self.option_set)
        patch = only_given(label=texts(self.label), color=self.color, retired=self.retired)
        found.patch(bench, {"options": {found.known(bench, self.option): patch}})


@dataclass(frozen=True, slots=True)
class OrderOptions:
    """Bring options into another order, in which they are shown and sorted; those not named follow."""

    names: list[str]
    type: str | None = None
    field: str | None = None
    option_set: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        found = options_of(bench, self.type, self.field, self.option_set)
        found.patch(bench, {"option_order": [found.known(bench, n) for n in self.names]})


@dataclass(frozen=True, slots=True)
class RemoveOption:
    """Take away an option that administrators made and that no row has."""

    option: str
    type: str | None = None
    field: str | None = None
    option_set: str | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        found = options_of(bench, self.type, self.field, self.option_set)
        name = found.known(bench, self.option)
        if bench.is_shipped(found.kind, found.name, *found.place, "options", name):
            bench.refuse("SHIPPED", "customize_shipped", "option", name=name)
        bench.forget(found.kind, found.name, *found.place, "options", name)


@dataclass(frozen=True, slots=True)
class AddStatusReasons:
    """Give states of a record type more status reasons."""

    type: str
    reasons: list[NewReason]

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = stated(bench, bench.type(self.type))
        made = reason_documents(bench, bench.document(name), self.reasons, "reasons")
        bench.patch(TYPES, name, {"states": {state: {"reasons": reasons} for state, reasons in made.items()}})


def stated(bench: Bench, name: str) -> str:
    """The record type whose document has a type's states: itself, or its base."""
    document = bench.document(name)
    holder = name if document.get("states") else document.get("base", name)
    if not bench.document(holder).get("states"):
        bench.refuse("NO_STATES", "customize_no_states", "type", name=name)
    return str(holder)


@dataclass(frozen=True, slots=True)
class ChangeStatusReason:
    """Relabel, recolour or retire a status reason, or restore it."""

    type: str
    status_reason: str
    label: list[LocalizedText] | None = None
    color: str | None = None
    retired: bool | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = stated(bench, bench.type(self.type))
        states = bench.document(name)["states"]
        wanted = self.status_reason.lower()
        state = next((s for s, d in states.items() if wanted in d["reasons"]), None)
        if state is None:
            bench.refuse("UNKNOWN_REASON", "customize_no_option", "statusReason", name=self.status_reason)
        patch = only_given(label=texts(self.label), color=self.color, retired=self.retired)
        bench.patch(TYPES, name, {"states": {state: {"reasons": {wanted: patch}}}})


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Relabel a state."""

    type: str
    state: str
    label: list[LocalizedText]

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = stated(bench, bench.type(self.type))
        state = known_state(bench, name, self.state, "state")
        bench.patch(TYPES, name, {"states": {state: {"label": texts(self.label)}}})


def known_state(bench: Bench, name: str, state: str, *path: str | int) -> str:
    """A state's name by its name or its enum value."""
    if state.lower() not in bench.document(name)["states"]:
        bench.refuse("UNKNOWN_STATE", "customize_no_state", *path, name=state)
    return state.lower()


@dataclass(frozen=True, slots=True)
class SetTransitions:
    """Say which moves between states a plain update may make; without `transitions` it may make any."""

    type: str
    transitions: list[StateMove] | None = None

    def apply(self, bench: Bench) -> None:
        """Put it into the draft."""
        name = bench.type(self.type)
        holder = stated(bench, name)
        moves = [
            [known_state(bench, holder, m.from_state, "transitions", i, "fromState"),
             known_state(bench, holder, m.to_state, "transitions", i, "toState")]
            for i, m in enumerate(self.transitions or ())
        ]  # fmt: skip
        bench.patch(TYPES, name, {"transitions": None if self.transitions is None else moves})
