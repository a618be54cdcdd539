"""A file of Common Data Model entities → entities, refused by the place where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.names import did_you_mean

Texts = Mapping[str, str]
"""A text by language."""
LANGUAGE = "en"  # of a label that is one text
ACTIVITIES = "Activity"  # what the bases of activity entities begin with


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of an option set; `state` is the one that a status reason belongs to."""

    code: int
    label: Texts
    state: int | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an entity, by its logical name."""

    name: str
    type: str
    label: Texts
    required: str = "none"
    length: int | None = None
    minimum: Any = None
    maximum: Any = None
    precision: int | None = None
    targets: tuple[str, ...] = ()
    options: tuple[Choice, ...] = ()
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity by its logical name; `words` is the name as it is written in words: `ServiceAppointment`."""

    name: str
    words: str
    label: Texts
    is_activity: bool
    attributes: tuple[Attribute, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name."""
        return next((a for a in self.attributes if a.name == name), None)


def unread(content: bytes, error: ValueError) -> dict[str, Any]:
    """Where a file is no JSON."""
    if isinstance(error, JSONDecodeError):
        return {"line": error.lineno, "column": error.colno}
    before = content[: getattr(error, "start", 0)].split(b"\n")
    return {"line": len(before), "column": len(before[-1]) + 1}


def entities_of(content: Any) -> dict[str, Entity]:
    """The entities of a file by their logical names; `WriteRefused` says where it is none."""
    listed = content.get("entities") if isinstance(content, Mapping) else None
    if not isinstance(listed, Mapping) or not listed:
        raise refused((), "cdm_no_entities")
    found = {}
    for name, raw in listed.items():
        if not isinstance(raw, Mapping) or not isinstance(raw.get("attributes"), Sequence):
            raise refused(("entities", name), "cdm_no_attributes", name=name)
        found[name.lower()] = entity(name.lower(), raw)
    return found


def refused(place: tuple[str | int, ...], key: str, **data: Any) -> WriteRefused:
    """A file that cannot be read."""
    return WriteRefused([InputProblem(("content", *place), "WRONG_CDM", key, data)])


def entity(name: str, raw: Mapping[str, Any]) -> Entity:
    attributes: dict[str, Attribute] = {}
    for i, each in enumerate(raw["attributes"]):
        if not isinstance(each, Mapping) or not (each.get("name") and each.get("type")):
            raise refused(("entities", name, "attributes", i), "cdm_wrong_attribute", name=name, number=i + 1)
        made = attribute(each)
        attributes.setdefault(made.name, made)
    words = str(raw.get("source_name") or raw.get("cdm_name") or name)
    is_activity = str(raw.get("base", "")).startswith(ACTIVITIES)
    return Entity(name, words, texts(raw.get("label")), is_activity, tuple(attributes.values()))


def attribute(raw: Mapping[str, Any]) -> Attribute:
    targets = raw.get("targets") or ()
    return Attribute(
        name=str(raw["name"]).lower(),
        type=str(raw["type"]).lower(),
        label=texts(raw.get("label")),
        required=str(raw.get("req") or "none").lower(),
        length=raw.get("maxlen"),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        precision=raw.get("precision"),
        targets=tuple(str(t).lower() for t in ([targets] if isinstance(targets, str) else targets)),
        options=choices(raw.get("options") or ()),
        is_key=bool(raw.get("pk")),
    )


def choices(raw: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """Options with codes; of two with one code the first."""
    found: dict[int, Choice] = {}
    for each in raw:
        if isinstance(each.get("v"), int):
            found.setdefault(each["v"], Choice(each["v"], texts(each.get("l")), each.get("state")))
    return tuple(found.values())


def texts(raw: Any) -> Texts:
    """A label: one text, or texts by language."""
    given = raw if isinstance(raw, Mapping) else {LANGUAGE: raw}
    return {str(x): str(t).strip() for x, t in given.items() if t is not None and str(t).strip()}


def chosen(entities: Mapping[str, Entity], names: Iterable[str] | None) -> list[Entity]:
    """The entities that are asked for, by logical names; all of them without names."""
    wanted = [n.lower() for n in names or ()]
    for i, name in enumerate(wanted):
        if name not in entities:
            hint = ", ".join(did_you_mean(name, entities))
            problem = InputProblem(("entities", i), "UNKNOWN_ENTITY", "cdm_no_entity", {"name": name, "hint": hint})
            raise WriteRefused([problem])
    return [e for n, e in entities.items() if not wanted or n in wanted]
