"""The packages in force, as `metadata` tells them."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from crmgraph.actions.packaging import beneath_of, brought
from crmgraph.metadata.model import LOCAL, Layer
from crmgraph.metadata.packages import PREFIX, VERSION, installed, package_to_toml
from crmgraph.metadata.types import Label
from crmgraph.metadata.upgrades import upgrade_report
from crmgraph.schema.languages import said
from crmgraph.security.principal import Permission


@strawberry.type(description=said("metadata_package"))
class MetadataPackage:
    name: str
    version: str | None = strawberry.field(description=said("metadata_package_version"))
    prefix: str | None = strawberry.field(description=said("metadata_package_prefix"))
    label: str
    description: str | None
    elements: list[str] = strawberry.field(description=said("metadata_package_elements"))
    toml: str = strawberry.field(description=said("metadata_package_toml"))


@strawberry.type(description=said("metadata_upgrade"))
class MetadataUpgrade:
    package: str = strawberry.field(description=said("metadata_upgrade_package"))
    place: str = strawberry.field(description=said("metadata_upgrade_place"))
    mine: JSON | None = strawberry.field(description=said("metadata_upgrade_mine"))
    was: JSON | None = strawberry.field(description=said("metadata_upgrade_was"))
    now: JSON | None = strawberry.field(description=said("metadata_upgrade_now"))
    is_same: bool = strawberry.field(description=said("metadata_upgrade_is_same"))


def open_upgrades(info: Info[Any, None]) -> list[MetadataUpgrade]:
    if Permission.CUSTOMIZE not in info.context.view.policy.permissions:
        return []
    return [
        MetadataUpgrade(package=u.package, place=u.name, mine=u.mine, was=u.was, now=u.now, is_same=u.is_same)
        for u in upgrade_report(info.context.shipped, info.context.state)
    ]


def all_packages(info: Info[Any, None]) -> list[MetadataPackage]:
    return [shown_package(info, layer) for layer in known_layers(info).values()]


def one_package(info: Info[Any, None], name: str) -> MetadataPackage | None:
    found = known_layers(info).get(name)
    return shown_package(info, found) if found else None


def known_layers(info: Info[Any, None]) -> dict[str, Layer]:
    """The packages in force in their order; the administrators' own changes last."""
    state = info.context.state
    if Permission.CUSTOMIZE not in info.context.view.policy.permissions:
        return {}
    return {**installed(state), LOCAL: state.layer(LOCAL)}


def shown_package(info: Info[Any, None], layer: Layer) -> MetadataPackage:
    shipped, state, locale = info.context.shipped, info.context.state, info.context.locale
    owned = [place for place, owner in brought(shipped, state).items() if owner == layer.name]
    return MetadataPackage(
        name=layer.name,
        version=layer.about.get(VERSION),
        prefix=layer.about.get(PREFIX),
        label=own_text(layer, "label", locale) or layer.name,
        description=own_text(layer, "description", locale),
        elements=[".".join(p for p in place if p not in ("fields", "types", "choices")) for place in owned],
        toml=package_to_toml(layer, beneath_of(shipped, state, layer.name)),
    )


def own_text(layer: Layer, name: str, locale: str) -> str | None:
    """A text that a package says of itself."""
    texts = layer.about.get(name)
    return Label(texts).text(locale) if texts else None
