"""What is told of a record's file beside it: name, media type and size, in fields that lists show and filters ask."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.unit import Unit

NAME, KIND, SIZE = "file_name", "mime_type", "file_size"
LONGEST = {NAME: 255, KIND: 256}


class FileFacts(Behavior):
    """A new file brings its name, media type and size along, unless the input gives another name or type."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            for about in draft.traits.files:
                if about.name in draft.values and about.name not in draft.faulty:
                    self.tell(draft, draft.values[about.name])

    def tell(self, draft: Draft, value: dict[str, object] | None) -> None:
        """Fill in what is known of a file, or of none."""
        told = {NAME: None, KIND: None} if value is None else {NAME: value["name"], KIND: value["mime_type"]}
        for name, text in told.items():
            if name in draft.traits.type.by_name and draft.values.get(name) is None and name not in draft.faulty:
                draft.values[name] = None if text is None else str(text)[: LONGEST[name]]
        if SIZE in draft.traits.type.by_name:
            draft.values[SIZE] = None if value is None else value["size"]
