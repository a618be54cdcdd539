"""What is kept of an operation that a client sends: its text without values, and what of the schema it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from graphql import DocumentNode, parse

from crmgraph.schema.coordinates import coordinates_of, coordinates_of_values, introspects, types_said
from crmgraph.schema.documents import Prepared, chosen, prepare
from crmgraph.schema.edition import Edition
from crmgraph.schema.former import in_force
from crmgraph.schema.normal import normal_form

VERSION_8 = 0x8000  # of UUIDs: made in a way of one's own
VARIANT = 0x8000000000000000, 0x3FFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Footprint:
    """One operation, by whatever client. `hash` is its normal form's."""

    name: str | None
    document: str
    hash: str
    coordinates: frozenset[str]

    def id_for(self, client: str | None) -> str:
        """The id under which a client's uses of it are counted, the same in every process."""
        return digest(f"{self.hash}\n{self.name or ''}\n{'' if client is None else 'c' + client}")


def footprint(edition: Edition, prepared: Prepared, text: str, operation_name: str | None) -> Footprint | None:
    """What is kept of a prepared operation; None of one that asks for the schema only.

    Kept is what the client wrote: where names were replaced since, both the old ones and those in force count as used.
    """
    document = parse(text, no_location=True)
    operation = chosen(document, operation_name)
    if introspects(document, operation):
        return None
    normal = normal_form(edition.schema, document, operation)
    used = used_by(edition, document, operation_name, text)
    return Footprint(prepared.name, normal, digest(normal), used)


def used_by(edition: Edition, document: DocumentNode, operation_name: str | None, text: str) -> frozenset[str]:
    """What a document uses of the schema: by the names that it says, and by those in force."""
    operation, schema = chosen(document, operation_name), edition.schema
    used = coordinates_of(schema, document, operation) | types_said(document, operation)
    now = in_force(edition.view, schema, document, text)
    return used if now is document else used | coordinates_of(schema, now, chosen(now, operation_name))


def prepared_again(edition: Edition, text: str, operation_name: str | None) -> Prepared:
    """The prepared operation, from the edition's memory if it is still there."""
    found = edition.documents.get((text, operation_name))
    return found if isinstance(found, Prepared) else prepare(edition, text, operation_name)


def sampled(edition: Edition, prepared: Prepared, values: Mapping[str, Any]) -> frozenset[str]:
    """What variables' values use of the schema."""
    return coordinates_of_values(edition.schema, prepared.operation, values)


def digest(text: str) -> str:
    """The SHA-256 of a text, as much as fits into a UUID."""
    number = int.from_bytes(sha256(text.encode()).digest()[:16])
    high, low = number >> 64, number & ((1 << 64) - 1)
    high = high & ~0xF000 | VERSION_8
    return str(UUID(int=high << 64 | low & VARIANT[1] | VARIANT[0]))
