"""The full name of a person, made of its parts in the order of the name's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.unit import Unit

FULL, LANGUAGE = "full_name", "name_language"
PARTS = ("first_name", "middle_name", "last_name")
# Unicode CLDR, personNames/nameOrderLocales of the root locale: the surname comes first
SURNAME_FIRST = frozenset({"hu", "ja", "km", "ko", "mn", "si", "ta", "te", "vi", "yue", "zh"})
WITHOUT_SPACE = frozenset({"ja", "yue", "zh"})  # CLDR's nativeSpaceReplacement: names in their own script


class PersonName(Behavior):
    """Fills the full name where it is not given; a name that somebody wrote otherwise stays when a part changes."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if FULL in draft.values or not {*PARTS, LANGUAGE} & draft.values.keys():
                continue
            before = draft.row or {}
            if before.get(FULL) and before[FULL] != full_name(before):
                continue
            made = full_name({name: draft.value(name) for name in (*PARTS, LANGUAGE)})
            if made:
                draft.give(FULL, made[: draft.traits.type.by_name[FULL].length])


def full_name(values: Mapping[str, Any]) -> str:
    """`Ada King Lovelace`, `Kovács János`, `山田太郎`: the parts of a name as its language puts them."""
    first, middle, last = (str(values.get(name) or "").strip() for name in PARTS)
    language = str(values.get(LANGUAGE) or "").partition("-")[0].lower()
    ordered = [last, first, middle] if language in SURNAME_FIRST else [first, middle, last]
    parts = [part for part in ordered if part]
    native = language in WITHOUT_SPACE and not any(ord(c) < 0x2E80 for part in parts for c in part)
    return ("" if native else " ").join(parts)
