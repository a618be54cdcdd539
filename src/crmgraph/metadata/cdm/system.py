"""Attributes that are no fields here: what the engine has by itself, and what only Dynamics' own machinery needs."""

from __future__ import annotations

from crmgraph.metadata.cdm.reading import Attribute, Entity

ENGINE = frozenset(
    [
        "createdon",
        "createdby",
        "modifiedon",
        "modifiedby",
        "ownerid",
        "versionnumber",
        "statecode",
        "statuscode",
        "exchangerate",
        "owneridtype",
        "owningbusinessunit",
        "owninguser",
        "owningteam",
        "organizationid",
        "processid",
        "stageid",
        "traversedpath",
    ]
)
DYNAMICS = frozenset(
    [
        "createdonbehalfby",
        "modifiedonbehalfby",
        "createdbyexternalparty",
        "modifiedbyexternalparty",
        "overriddencreatedon",
        "importsequencenumber",
        "timezoneruleversionnumber",
        "utcconversiontimezonecode",
        "entityimageid",
        "entityimage_url",
        "entityimage_timestamp",
        "solutionid",
        "supportingsolutionid",
        "componentstate",
        "overwritetime",
        "ismanaged",
        "iscustomizable",
        "introducedversion",
        "canbedeleted",
        "activitytypecode",
    ]
)
CURRENCY = "transactioncurrencyid"
OBJECT_TYPE = "objecttypecode"
TYPES_OF = {
    OBJECT_TYPE: "id",
    "entitytype": "entityid",
    "idtype": "id",
    "idtypecode": "id",
}  # what tells a lookup's type


def system_reason(entity: Entity, attribute: Attribute) -> str | None:
    """The key of the message that tells why an attribute is left out; None for one that is a field."""
    name, kind = attribute.name, attribute.type
    if attribute.is_key or name == f"{entity.name}id" or (entity.is_activity and name == "activityid"):
        return "cdm_is_id"
    if name in ENGINE or kind in ("cdsversionnumber", "versionnumber"):
        return "cdm_is_system"
    if kind == "basecurrency" or (kind == "currency" and name.endswith("_base")):
        return "cdm_is_base_amount"
    if name == CURRENCY and any(a.type in ("currency", "money") for a in entity.attributes):
        return "cdm_is_currency"
    if name in DYNAMICS or name.endswith(("idunique", "_addressid")) or kind == "virtual":
        return "cdm_is_dynamics"
    if is_companion(entity, attribute):
        return "cdm_is_companion"
    return None


def is_companion(entity: Entity, attribute: Attribute) -> bool:
    """Whether it only tells more of another attribute: a lookup's type, when a rollup was made, an address in one."""
    name = attribute.name
    if (attribute.type == "entityname" and name != OBJECT_TYPE) or name.endswith("_composite"):
        return True
    for ending in ("_date", "_state"):
        if name.endswith(ending) and entity.attribute(name.removesuffix(ending)):
            return True
    for ending, sibling in TYPES_OF.items():
        if name.endswith(ending) and entity.attribute(name.removesuffix(ending) + sibling):
            return True
    return name == OBJECT_TYPE and entity.attribute("objectid") is not None
