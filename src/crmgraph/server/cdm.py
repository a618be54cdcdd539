"""`importCdm`: entities of the Common Data Model become a draft of changes, or are published at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from crmgraph.actions.declared import Answered, Json, Upload, action
from crmgraph.actions.unit import Unit
from crmgraph.crm.dynamics import DYNAMICS
from crmgraph.errors import InputProblem, WriteRefused, faults_placed, message
from crmgraph.metadata.cdm.drafts import Draft, ImportOutcome, drafts_of
from crmgraph.metadata.cdm.reading import Entity, chosen, entities_of, unread
from crmgraph.metadata.model import LOCAL, Raw
from crmgraph.metadata.registry import CHANGE_SET_TYPE, Registry
from crmgraph.metadata.vocabulary import words_of
from crmgraph.schema.customizing import FACTS, Publishing, change_at_once, draft_changes, ground_of, reckoned
from crmgraph.security.principal import Permission

NAMED = 5  # entities that a title names


@dataclass(frozen=True, slots=True)
class ImportedAttribute:
    """What became of an attribute, and why."""

    attribute: str
    outcome: ImportOutcome
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportedEntity:
    """What an entity becomes: `type` is the record type, new or one that is there already."""

    entity: str
    type: str | None
    is_new: bool
    changes: int
    attributes: list[ImportedAttribute]


TOLD = {**FACTS, "entities": list[ImportedEntity]}


@action(name="importCdm", answers=CHANGE_SET_TYPE, facts=TOLD, needs=Permission.CUSTOMIZE)
@dataclass(frozen=True, slots=True)
class ImportCdm:
    """Make a change-set of entities of the Common Data Model: those that no record type stands for become record types,
    the others give theirs the fields and options that it lacks. `content` is a file's JSON, `file` the file itself;
    `entities` are logical names, all of the file's if there are none. It is a draft unless `publish` is set.
    """

    content: Json | None = None
    file: Upload | None = None
    entities: list[str] | None = None
    package: str | None = None
    title: str | None = None
    publish: bool = False
    dry_run: bool = False
    force: bool = False
    reason: str | None = None

    async def perform(self, unit: Unit) -> Answered:
        """Do it."""
        ground = await ground_of(unit)
        package = self.package or LOCAL
        drafts = await reckoned(partial(self.drafts, unit.registry, ground.state.layer(package).prefix))
        changes: list[Raw] = [words_of(change) for each in drafts for change in each.changes]
        title = self.title or title_of(drafts, unit.caller.locale)
        if self.publish or self.dry_run:
            how = Publishing(self.dry_run, self.force, self.reason)
            answered = await change_at_once(unit, package, changes, title, how)
        else:
            answered = await draft_changes(unit, package, changes, title)
        told_of = [entity_told(each, unit.caller.locale) for each in drafts]
        return Answered(answered.id, {**answered.facts, "entities": told_of})

    def drafts(self, registry: Registry, prefix: str) -> list[Draft]:
        """What becomes of the wanted entities."""
        found, wanted = self.read()
        return drafts_of(found, wanted, registry, DYNAMICS, prefix)

    def read(self) -> tuple[Mapping[str, Entity], Sequence[Entity]]:
        """The file's entities, and those that are wanted."""
        with faults_placed(lambda path: ("input", *path)):
            found = entities_of(self.given())
            return found, chosen(found, self.entities)

    def given(self) -> Any:
        """The file's content."""
        if (self.content is None) == (self.file is None):
            raise WriteRefused([InputProblem(("content",), "WRONG_CDM", "cdm_no_content", {})])
        if self.file is None:
            return self.content
        content = self.file.path.read_bytes()
        try:
            return json.loads(content)
        except ValueError as error:
            problem = InputProblem(("file",), "WRONG_CDM", "cdm_not_json", unread(content, error))
            raise WriteRefused([problem]) from error


def title_of(drafts: Sequence[Draft], locale: str) -> str:
    """What a change-set of some entities is called: by the first of them."""
    names = ", ".join(d.title for d in drafts[:NAMED]) + (" …" if len(drafts) > NAMED else "")
    return message("cdm_title", locale, {"names": names})


def entity_told(found: Draft, locale: str) -> ImportedEntity:
    """The report on an entity in the caller's language."""
    attributes = [
        ImportedAttribute(n.attribute, n.outcome, n.key.removeprefix("cdm_").upper(), message(n.key, locale, n.data))
        for n in found.notes
    ]
    return ImportedEntity(found.entity, found.type, found.is_new, len(found.changes), attributes)
