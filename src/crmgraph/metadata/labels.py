"""Slots in labels: `{firm}` in any text stands for what that record type is called, so that a rename reaches it.

They are filled once, when the registry is built; what comes out are plain labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from crmgraph.errors import MetadataFault
from crmgraph.metadata.duplicates import DuplicateRule
from crmgraph.metadata.files import system_words
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import Field, Label, Option, OptionSet, RecordType, State

SLOT = re.compile(r"\{\{|\}\}|\{(\w+)(?:\.(\w+))?\}|[{}]")
PLURAL, LOWER = "plural", "lower"
CAPITALS_STAY = {"de"}  # languages that write nouns with a capital inside a sentence, too
EVERY_WORD = {"en"}  # languages whose labels have a capital at each word: Price List
VOWELS = frozenset("aeiou")


def fill_slots(
    types: Mapping[str, RecordType], shared: Iterable[OptionSet]
) -> tuple[dict[str, RecordType], tuple[OptionSet, ...]]:
    """The same types and shared option sets with every slot filled; `MetadataError` names the first unknown one."""
    slots = Slots(types)
    sets = tuple(slots.option_set(s) for s in shared)
    return {name: slots.record_type(found) for name, found in types.items()}, sets


@dataclass(frozen=True, slots=True)
class Slots:
    """Fills the slots of one model. Its methods give the very thing back where there is none in it."""

    types: Mapping[str, RecordType]
    known: dict[tuple[str, str, str], str] = field(default_factory=dict)  # by type, form and locale
    being_named: list[str] = field(default_factory=list)  # types whose own labels are being filled
    sets: dict[int, tuple[OptionSet, OptionSet]] = field(default_factory=dict)  # by identity: given, filled

    def record_type(self, found: RecordType) -> RecordType:
        made = {
            "label": self.label(found.label, found.name),
            "labels": self.label(found.labels, found.name),
            "description": self.optional(found.description, found.name),
            "system_labels": {n: self.label(t, f"{found.name}.{n}") for n, t in found.system_labels.items()},
            "states": tuple(self.state(s, found.name) for s in found.states),
            "fields": tuple(self.field(f) for f in found.fields),
            "rules": tuple(replace(r, message=self.label(r.message, f"{found.name}.{r.name}")) for r in found.rules),
            "views": tuple(replace(v, label=self.label(v.label, f"{found.name}.{v.name}")) for v in found.views),
            "lists": tuple(replace(e, label=self.label(e.label, f"{found.name}.{e.name}")) for e in found.lists),
            "duplicates": tuple(self.duplicate_rule(d, f"{found.name}.{d.name}") for d in found.duplicates),
            "warnings": tuple(
                replace(w, message=self.label(w.message, f"{found.name}.{w.name}")) for w in found.warnings
            ),
        }
        return replace(found, **made)  # type: ignore[arg-type]

    def duplicate_rule(self, found: DuplicateRule, where: str) -> DuplicateRule:
        return replace(found, label=self.label(found.label, where), message=self.label(found.message, where))

    def state(self, found: State, where: str) -> State:
        label = self.label(found.label, where)
        reasons = tuple(
            r if (text := self.label(r.label, where)) is r.label else replace(r, label=text) for r in found.reasons
        )
        if label is found.label and all(a is b for a, b in zip(reasons, found.reasons, strict=True)):
            return found
        return replace(found, label=label, reasons=reasons)

    def field(self, found: Field) -> Field:
        where = repr(found)
        made = {
            "label": self.label(found.label, where),
            "description": self.optional(found.description, where),
            "help": self.optional(found.help, where),
            "inverse_label": self.optional(found.inverse_label, where),
            "options": self.option_set(found.options) if found.options else None,
        }
        changed = {name: value for name, value in made.items() if value is not getattr(found, name)}
        return replace(found, **changed) if changed else found  # type: ignore[arg-type]

    def option_set(self, found: OptionSet) -> OptionSet:
        """An option set; one that several fields share is filled once and stays shared."""
        if id(found) not in self.sets:
            label = self.label(found.label, found.name)
            options = tuple(self.option(o, found.name) for o in found.options)
            same = label is found.label and all(a is b for a, b in zip(options, found.options, strict=True))
            self.sets[id(found)] = found, found if same else replace(found, label=label, options=options)
        return self.sets[id(found)][1]

    def option(self, found: Option, where: str) -> Option:
        label = self.label(found.label, f"{where}.{found.name}")
        return found if label is found.label else replace(found, label=label)

    def optional(self, found: Label | None, where: str) -> Label | None:
        return self.label(found, where) if found else found

    def label(self, found: Label, where: str) -> Label:
        joined = "".join(found.texts.values())
        if "{" not in joined and "}" not in joined:
            return found
        return Label({locale: self.text(text, locale, where) for locale, text in found.texts.items()})

    def text(self, template: str, locale: str, where: str) -> str:
        """A text with its slots filled and its doubled braces single."""

        def fill(match: re.Match[str]) -> str:
            if match[1]:
                return self.word(match[1], match[2] or "", locale, where)
            if len(match[0]) == 1:
                raise MetadataFault("customize_brace_alone", text=template).at(where)
            return match[0][0]

        return SLOT.sub(fill, template)

    def word(self, name: str, form: str, locale: str, where: str) -> str:
        """What a slot stands for: `{firm.genitive}` → the type `firm` in its form `genitive`."""
        key = name, form, locale
        if key not in self.known:
            if name not in self.types:
                hint = ", ".join(did_you_mean(name, self.types)) or "–"
                raise MetadataFault("customize_unknown_slot", text=f"{{{name}}}", hint=hint).at(where)
            if name in self.being_named:
                circle = " → ".join([*self.being_named, name])
                raise MetadataFault("customize_label_in_itself", name=name, circle=circle).at(where)
            self.being_named.append(name)
            self.known[key] = self.form(self.types[name], form, locale)
            self.being_named.pop()
        return self.known[key]

    def form(self, found: RecordType, form: str, locale: str) -> str:
        """A form that the type gives; else made of its label, as `system.toml` says or lower-cased."""
        if form[:1].isupper():
            text = self.form(found, form[0].lower() + form[1:], locale)
            return text[:1].upper() + text[1:]
        label = found.labels if form.startswith(PLURAL) else found.label
        spoken = next((x for x in (locale, locale.split("-")[0]) if x in label.texts), locale)
        if given := found.forms.get(spoken, {}).get(form):
            return self.text(given, locale, found.name)
        text = self.text(label.text(locale), locale, found.name)
        if form in ("", PLURAL):
            return text
        return from_label(text, form, locale)


def from_label(label: str, form: str, locale: str) -> str:
    """A form that nobody gave: in few words around the label where `system.toml` has them, else the label alone."""
    templates = system_words()["forms"].get(locale.split("-")[0], {})
    template = templates.get(form, "{lower}")
    if label[:1].lower() in VOWELS:
        template = templates.get(f"{form}_before_vowel", template)
    return template.format(label=label, lower=lowered(label, locale))


def lowered(label: str, locale: str) -> str:
    """A label inside a sentence: `Price List` → `price list`, `SLA Item` → `SLA item`; as it is in German."""
    language = locale.split("-")[0]
    if language in CAPITALS_STAY:
        return label
    first, *rest = label.split(" ")
    words = [first, *rest] if language in EVERY_WORD else [first]
    return " ".join([*(w.lower() if w[1:].islower() else w for w in words), *([] if words[1:] else rest)])
