"""Documents → record types and option sets, those read the time before not again: most documents never change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from crmgraph.metadata.files import option_set_from_toml, record_type_from_toml
from crmgraph.metadata.types import OptionSet, RecordType

Document = Mapping[str, Any]


class Reader:
    """Reads a model's documents. A document as it was the last time is the same object as then.

    It keeps what the last model held and no more, under digests: documents are larger than what is made of them.
    """

    def __init__(self) -> None:
        self.sets: dict[bytes, OptionSet] = {}
        self.types: dict[bytes, RecordType] = {}

    def read(self, types: Iterable[Document], choices: Iterable[Document]) -> tuple[list[RecordType], list[OptionSet]]:
        """All record types and shared option sets, in the order of their documents; `MetadataError` for a fault."""
        sets = [(digest(raw), raw) for raw in choices]
        known_sets = {
            key: self.sets.get(key) or option_set_from_toml(raw, f"choices.{raw.get('name')}") for key, raw in sets
        }
        shared = {found.name: found for found in known_sets.values()}
        keys = {found.name: key for key, found in known_sets.items()}
        documents = [(digest(raw, *keys_of_shared(raw, keys)), raw) for raw in types]
        known = {key: self.types.get(key) or record_type_from_toml(raw, shared, "types") for key, raw in documents}
        self.sets, self.types = known_sets, known
        return [known[key] for key, _ in documents], [known_sets[key] for key, _ in sets]


def digest(raw: Document, *more: bytes) -> bytes:
    """What two documents have in common only if they say the same in the same order."""
    return blake2b(b"\0".join((orjson.dumps(raw, default=plain), *more)), digest_size=16).digest()


def plain(value: Any) -> Any:
    """What JSON does not know, as something that no text of a document looks like."""
    return dict(value) if isinstance(value, Mapping) else {"": repr(value)}


def keys_of_shared(raw: Document, keys: Mapping[str, bytes]) -> list[bytes]:
    """The digests of the shared option sets that a record type's fields name."""
    named = dict.fromkeys(str(field.get("options")) for field in raw.get("fields", {}).values())
    return [keys[name] for name in named if name in keys]
