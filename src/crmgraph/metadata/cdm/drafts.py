"""Entities → changes in the vocabulary's words, one draft for each, with a report of what was taken and what not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from crmgraph.metadata.cdm.attributes import data_type, endings, field_of, has_only_codes
from crmgraph.metadata.cdm.ground import Names
from crmgraph.metadata.cdm.lookups import Lookups
from crmgraph.metadata.cdm.matching import (
    Correspondence,
    bare,
    known_types,
    matches,
    new_options,
    option_names_beside,
    other_labels,
)
from crmgraph.metadata.cdm.reading import LANGUAGE, Attribute, Entity
from crmgraph.metadata.cdm.spelling import Vocabulary, field_name, localized, plural_text, squashed, type_name
from crmgraph.metadata.cdm.states import new_reasons, status_of
from crmgraph.metadata.cdm.system import system_reason
from crmgraph.metadata.commands import AddActivityType, AddRecordType
from crmgraph.metadata.field_commands import AddField
from crmgraph.metadata.option_commands import AddOptions, AddStatusReasons
from crmgraph.metadata.registry import CURRENCY_TYPE, TEAM_TYPE, USER_TYPE, Registry
from crmgraph.metadata.types import Field, RecordType
from crmgraph.metadata.vocabulary import Command
from crmgraph.metadata.words import DataType, Feature, NewField, NewOption, Ownership, RequiredLevel

NAMES = ("name", "fullname", "title", "topic", "label")  # attributes that name a record, the best first
STATE, STATUS = "statecode", "statuscode"


class ImportOutcome(Enum):
    """What becomes of an attribute: a new field, one that is there already, or nothing."""

    TAKEN = "TAKEN"
    KNOWN = "KNOWN"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Note:
    """What became of an attribute, and why: a message's key and data."""

    attribute: str
    outcome: ImportOutcome
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """What an entity becomes: `type` is the record type, new or there already (None: the engine itself)."""

    entity: str
    title: str
    type: str | None = None
    is_new: bool = False
    changes: list[Command] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, attribute: str, outcome: ImportOutcome, key: str, **data: Any) -> None:
        """Tell what became of an attribute."""
        self.notes.append(Note(attribute, outcome, key, data))


def drafts_of(
    file: Mapping[str, Entity],
    chosen: Sequence[Entity],
    registry: Registry,
    names: Correspondence,
    prefix: str = "x_",
) -> list[Draft]:
    """A draft for each entity, in an order in which each may be published when those before it are."""
    work = Import(file, chosen, registry, names, prefix)
    return [work.draft(entity) for entity in chosen]


class Import:
    """An import at work: what is known so far, and which lookups wait for record types that come later."""

    def __init__(
        self,
        file: Mapping[str, Entity],
        chosen: Sequence[Entity],
        registry: Registry,
        names: Correspondence,
        prefix: str,
    ) -> None:
        self.file, self.registry, self.names, self.prefix = file, registry, names, prefix
        self.vocabulary = Vocabulary(file.values())
        self.free = Names(registry, prefix)
        known = {squashed(bare(n, prefix)): n for n, t in registry.types.items() if not t.journal}
        known |= {n: t for n, t in names.types.items() if t in registry.types}
        known |= {e.name: t for e in file.values() if (t := self.known(e)) is not None}
        coming = {e.name: e.is_activity for e in chosen if e.name not in known and e.name not in names.engine}
        self.lookups = Lookups(self.free, known, coming)
        self.base = next((t for t in registry.types.values() if t.abstract), None)
        self.labels: Mapping[str, Any] = {  # of what messages speak of
            "money": registry.type(CURRENCY_TYPE).label,
            "people": registry.type(USER_TYPE).labels,
            "groups": registry.type(TEAM_TYPE).labels,
            "kinds": self.base.labels if self.base else names.activities,
        }
        common = file.get(names.activities)
        self.common = {a.name for a in common.attributes} if common else set()
        self.options: set[tuple[str, int]] = set()

    def known(self, entity: Entity) -> str | None:
        """The record type that an entity is already."""
        return known_types(self.registry, self.names, entity, type_name(entity.words), self.prefix)

    def draft(self, entity: Entity) -> Draft:
        """What one entity becomes."""
        made = Draft(entity.name, entity.label.get(LANGUAGE) or entity.words)
        if entity.name in self.names.engine:
            made.note("", ImportOutcome.SKIPPED, "cdm_is_engine", name=entity.name, **self.labels)
            return made
        made.type = self.known(entity)
        if made.type is None:
            self.new_type(entity, made)
        else:
            self.more(entity, made, self.registry.type(made.type))
        return made

    # --- a new record type --------------------------------------------------------------------------------------------

    def new_type(self, entity: Entity, made: Draft) -> None:
        """The change that makes the record type, and those that add the lookups which waited for it."""
        name, many = self.free.type(entity.words)
        made.type, made.is_new = name, True
        base = self.base if entity.is_activity else None
        self.free.begin(entity.name, name, base.name if base else None)
        self.lookups.types[entity.name] = name
        taken = matches(base, entity, self.names, self.prefix) if base else {}
        fields, primary = [], None
        for attribute in self.attributes(entity, made, base):
            if attribute.name in taken:
                made.note(attribute.name, ImportOutcome.KNOWN, "cdm_known", field=taken[attribute.name].name)
                continue
            new = self.new_field(entity, attribute, name, made)
            if new is not None:
                fields.append(new)
                primary = self.better(primary, attribute, new)
        label, labels = localized(entity.label, name), localized(plural_labels(entity), many)
        if base is not None:
            made.changes.append(self.activity(entity, (name, many), (label, labels), fields))
        else:
            made.changes.append(self.record(entity, (name, many), (label, labels), (fields, primary)))
        made.changes += self.lookups.waiting(entity.name, name)

    def better(self, primary: tuple[int, str] | None, attribute: Attribute, new: NewField) -> tuple[int, str] | None:
        """The field that names a record: by how it is called, else the first name that there is."""
        if new.type is not DataType.TEXT:
            return primary
        rank = NAMES.index(attribute.name) if attribute.name in NAMES else len(NAMES)
        if rank == len(NAMES) and not (attribute.type in NAMES or attribute.name.endswith(NAMES[0])):
            return primary
        return (rank, new.name) if primary is None or rank < primary[0] else primary

    def record(
        self, entity: Entity, named: tuple[str, str], labels: tuple[Any, Any], made: tuple[list[NewField], Any]
    ) -> AddRecordType:
        fields, primary = made
        if primary is None:
            name = self.free.field(named[0], [NAMES[0]], DataType.TEXT)
            fields = [NewField(name, DataType.TEXT, localized({}, NAMES[0]), searchable=True), *fields]
            primary = (0, name)
        fields = [replace(f, searchable=True) if f.name == primary[1] else f for f in fields]
        states, reasons = status_of(entity.attribute(STATE), entity.attribute(STATUS))
        owned = any(a.type == "owner" for a in entity.attributes)
        return AddRecordType(
            named[0],
            labels[0],
            labels[1],
            plural_name=named[1],
            ownership=Ownership.USER if owned else Ownership.ORGANIZATION,
            features=self.features(entity),
            primary_field=primary[1],
            fields=fields,
            states=states,
            status_reasons=reasons,
        )

    def activity(
        self, entity: Entity, named: tuple[str, str], labels: tuple[Any, Any], fields: list[NewField]
    ) -> AddActivityType:
        _, reasons = status_of(entity.attribute(STATE), entity.attribute(STATUS), self.base)
        roles = {self.names.party_roles[a.name] for a in entity.attributes if a.name in self.names.party_roles}
        return AddActivityType(
            named[0], labels[0], labels[1], plural_name=named[1], fields=fields,
            party_roles=sorted(roles) or None, status_reasons=reasons,
        )  # fmt: skip

    def features(self, entity: Entity) -> list[Feature] | None:
        """What the entity takes part in, by the lookups of the file's entities that hold such parts."""
        found = []
        for feature, (holder, lookup) in self.names.features.items():
            of = self.file.get(holder)
            attribute = of.attribute(lookup) if of else None
            if attribute is not None and entity.name in attribute.targets:
                found.append(Feature(feature))
        return found or None

    # --- attributes ---------------------------------------------------------------------------------------------------

    def attributes(self, entity: Entity, made: Draft, base: RecordType | None) -> Iterable[Attribute]:
        """The attributes that may become fields; why the others do not is noted."""
        for attribute in entity.attributes:
            reason = system_reason(entity, attribute)
            if reason is None and attribute.type == "partylist":
                reason = "cdm_is_party"
            if reason is not None:
                if attribute.name not in (STATE, STATUS):
                    made.note(attribute.name, ImportOutcome.SKIPPED, reason, **self.labels)
                continue
            yield self.with_target(attribute)

    def with_target(self, attribute: Attribute) -> Attribute:
        """An id that is called after a record type is a lookup to it."""
        target = attribute.name.removesuffix("id")
        if attribute.type == "entityid" and (target in self.lookups.types or target in self.lookups.coming):
            return replace(attribute, type="lookup", targets=(target,))
        return attribute

    def is_common(self, entity: Entity, attribute: Attribute) -> bool:
        """Whether all activities have the attribute, so that it comes with their base."""
        return entity.is_activity and entity.name != self.names.activities and attribute.name in self.common

    def new_field(self, entity: Entity, attribute: Attribute, owner: str, made: Draft) -> NewField | None:
        """The field of an attribute; None where it has to wait, or cannot be."""
        if self.is_common(entity, attribute):
            made.note(
                attribute.name, ImportOutcome.SKIPPED, "cdm_of_activities", name=self.names.activities, **self.labels
            )
            return None
        kind = data_type(attribute)
        if kind is DataType.LOOKUP and not self.reaches(attribute):
            made.note(
                attribute.name, ImportOutcome.SKIPPED, "cdm_no_targets", targets=", ".join(attribute.targets) or "—"
            )
            return None
        wanted = [field_name(self.vocabulary, entity, attribute, e, self.free.most) for e in (*endings(attribute), "")]
        name = self.free.field(owner, wanted, kind)
        new = field_of(attribute, name)
        if kind is DataType.LOOKUP:
            return self.lookup(entity, attribute, (owner, new), made)
        key = "cdm_codes" if has_only_codes(attribute) else "cdm_taken"
        made.note(attribute.name, ImportOutcome.TAKEN, key, field=name)
        return new

    def reaches(self, attribute: Attribute) -> bool:
        """Whether any target is a record type, or will be one by this import."""
        return any(t in self.lookups.types or t in self.lookups.coming for t in attribute.targets)

    def lookup(
        self, entity: Entity, attribute: Attribute, placed: tuple[str, NewField], made: Draft
    ) -> NewField | None:
        """A lookup to those of its targets that are known by now; the others follow."""
        missing = [t for t in attribute.targets if t not in self.lookups.types and t not in self.lookups.coming]
        later = [t for t in attribute.targets if t in self.lookups.coming and t not in self.lookups.types]
        key = "cdm_some_targets" if missing else "cdm_taken_later" if later else "cdm_taken"
        made.note(attribute.name, ImportOutcome.TAKEN, key, field=placed[1].name, targets=", ".join(missing or later))
        return self.lookups.made(placed, attribute.targets, self.names_of_list(entity, placed[0]))

    def names_of_list(self, entity: Entity, owner: str) -> tuple[str, Any]:
        """What a list of these records is called on the other side, and its label."""
        found = self.registry.types.get(owner)
        if found is not None:
            return found.plural, None
        return self.free.plurals[owner], localized(plural_labels(entity), owner)

    # --- a record type that is there ----------------------------------------------------------------------------------

    def more(self, entity: Entity, made: Draft, found: RecordType) -> None:
        """What a record type lacks of an entity."""
        taken = matches(found, entity, self.names, self.prefix)
        foreign = entity.is_activity and not (found.base or found.abstract)
        for attribute in self.attributes(entity, made, None):
            if attribute.name in taken:
                self.compare(found, taken[attribute.name], attribute, made)
            elif foreign and attribute.name in self.common:
                made.note(
                    attribute.name,
                    ImportOutcome.SKIPPED,
                    "cdm_of_activities",
                    name=self.names.activities,
                    **self.labels,
                )
            else:
                new = self.new_field(entity, attribute, found.name, made)
                if new is not None:
                    made.changes.append(AddField(found.name, self.loosened(new, attribute, made)))
        self.reasons(entity, made, found)

    def loosened(self, new: NewField, attribute: Attribute, made: Draft) -> NewField:
        """A field of a type that may have rows: it cannot demand a value of them."""
        if new.required is not RequiredLevel.APPLICATION:
            return new
        made.note(attribute.name, ImportOutcome.TAKEN, "cdm_not_required", field=new.name)
        return replace(new, required=RequiredLevel.RECOMMENDED)

    def compare(self, found: RecordType, has: Field, attribute: Attribute, made: Draft) -> None:
        """Note a field that is there already; options that it lacks are added, other labels are left."""
        label = other_labels(has, attribute)
        if label is None:
            made.note(attribute.name, ImportOutcome.KNOWN, "cdm_known", field=has.name)
        else:
            made.note(attribute.name, ImportOutcome.KNOWN, "cdm_other_label", field=has.name, label=label)
        for choice in attribute.options if has.options else ():
            option = has.options.by_code(choice.code) if has.options else None
            mine, theirs = option.label.text(LANGUAGE) if option else "", choice.label.get(LANGUAGE, "")
            if option is not None and theirs and mine != theirs:
                made.note(attribute.name, ImportOutcome.KNOWN, "cdm_option_label", option=theirs, label=mine)
        self.add_options(found, has, attribute, made)

    def add_options(self, found: RecordType, has: Field, attribute: Attribute, made: Draft) -> None:
        """The options whose codes a field has not; a shared set gets each only once."""
        more = new_options(has, attribute)
        if more is None or has.options is None:
            return
        names = option_names_beside({o.name for o in has.options.options}, more)
        fresh = [c for c in more.options if (has.options.name, c.code) not in self.options]
        self.options |= {(has.options.name, c.code) for c in fresh}
        if fresh:
            options = [NewOption(names[c.code], localized(c.label, names[c.code]), c.code) for c in fresh]
            made.changes.append(AddOptions(options, type=found.name, field=has.name))
            listed = ", ".join(o.name for o in options)
            made.note(attribute.name, ImportOutcome.TAKEN, "cdm_new_options", field=has.name, options=listed)

    def reasons(self, entity: Entity, made: Draft, found: RecordType) -> None:
        """Status reasons that a record type lacks; states stay as they are."""
        status = entity.attribute(STATUS)
        if status is None or not found.states:
            return
        fresh, strange = new_reasons(found, status)
        if fresh:
            made.changes.append(AddStatusReasons(found.name, fresh))
            made.note(STATUS, ImportOutcome.TAKEN, "cdm_new_reasons", options=", ".join(r.name for r in fresh))
        if strange:
            made.note(STATUS, ImportOutcome.SKIPPED, "cdm_no_state", options=", ".join(strange))


def plural_labels(entity: Entity) -> Mapping[str, str]:
    """The plural label; only English is known to make one."""
    return {x: plural_text(t) if x == LANGUAGE else t for x, t in entity.label.items()}
