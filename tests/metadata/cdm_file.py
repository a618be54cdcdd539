"""A small file of Common Data Model entities: one new, one that the toy model has, activities, and what cannot be."""

from __future__ import annotations

from typing import Any


def attribute(name: str, type: str, label: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type, "label": label, **more}


OPEN = [{"v": 0, "l": "Open"}, {"v": 1, "l": "Closed"}]
ACTIVE = [{"v": 0, "l": "Active"}, {"v": 1, "l": "Inactive"}]
SYSTEM = [
    attribute("createdon", "dateTime", "Created On"),
    attribute("modifiedonbehalfby", "lookup", "Modified By (Delegate)", targets=["systemuser"]),
    attribute("ownerid", "owner", "Owner", req="systemrequired", targets=["systemuser", "team"]),
    attribute("owneridtype", "entityname", "Owner Type"),
    attribute("versionnumber", "bigInteger", "Version Number"),
]
COMMON = [attribute("subject", "string", "Subject", maxlen=200), attribute("sortdate", "dateTime", "Sort Date")]

FILE: dict[str, Any] = {
    "entities": {
        "turbine": {
            "source_name": "WindTurbine",
            "label": {"en": "Wind Turbine", "de": "Windrad"},
            "base": "CdsStandard",
            "attributes": [
                *SYSTEM,
                attribute("turbineid", "entityId", "Wind Turbine", pk=True),
                attribute("name", "name", "Name", req="required", maxlen=160),
                attribute("serialguid", "guid", "Serial"),
                attribute("shortnote", "string", "Short {Note}", maxlen=40),
                attribute("remarks", "string", "Remarks", maxlen=2000),
                attribute("emailaddress1", "email", "Email Address", maxlen=100),
                attribute("bladecount", "integer", "Blade Count", min=0, max=12),
                attribute("rotations", "bigInteger", "Rotations"),
                attribute("axialload", "decimal", "Axial Load", min=0, max=100000000000),
                attribute("hubheight", "double", "Hub Height", min=-1e-10, max=10**18),
                attribute("price", "currency", "Price", req="systemrequired", min=0, max=100000000000000),
                attribute("price_base", "baseCurrency", "Price (Base)"),
                attribute("transactioncurrencyid", "lookup", "Currency", targets=["transactioncurrency"]),
                attribute("exchangerate", "decimal", "Exchange Rate"),
                attribute("isgridconnected", "boolean", "Is Grid Connected"),
                attribute("builton", "dateTime", "Built On"),
                attribute("permitday", "dateOnly", "Permit Day"),
                attribute(
                    "turbinetypecode", "listLookup", "Turbine Type",
                    options=[{"v": 1, "l": "On-shore"}, {"v": 2, "l": "True"}, {"v": 3, "l": "2 Blades"},
                             {"v": 4, "l": "On shore"}, {"v": 4, "l": "Twice"}],
                ),
                attribute("lostcode", "listLookup", "Lost", options=[]),
                attribute("colors", "multiSelectPicklist", "Colors", options=[{"v": 1, "l": "White"}]),
                attribute("objecttypecode", "entityName", "Kind of Thing"),
                attribute("settings", "json", "Settings", maxlen=8192),
                attribute("picture", "image", "Picture"),
                attribute("operatorid", "lookup", "Operator", req="required", targets=["enterprise"]),
                attribute("parentturbineid", "lookup", "Parent Turbine", targets=["turbine"]),
                attribute("siteid", "lookup", "Site", targets=["windpark"]),
                attribute("locationid", "lookup_multi", "Location", targets=["enterprise", "windpark", "planet"]),
                attribute("memoid", "entityId", "Memo"),
                attribute("calendarid", "entityId", "Calendar"),
                attribute("orbitid", "lookup", "Orbit", targets=["planet"]),
                attribute("node", "string", "Node"),
                attribute("first", "string", "First"),
                attribute(
                    "statecode", "listLookup", "Status", options=[{"v": 5, "l": "Running"}, {"v": 2, "l": "Planned"}]
                ),
                attribute(
                    "statuscode", "listLookupCorrelated", "Status Reason",
                    options=[{"v": 1, "l": "Drawn", "state": 2}, {"v": 2, "l": "Spinning", "state": 5},
                             {"v": 3, "l": "Idle", "state": 5}],
                ),
            ],
        },
        "windpark": {
            "source_name": "WindParks",
            "label": "Wind Park",
            "base": "CdmEntity",
            "attributes": [
                attribute("windparkid", "entityId", "Wind Park", pk=True),
                attribute("mainturbineid", "lookup", "Main Turbine", req="required", targets=["turbine"]),
                attribute("statecode", "listLookup", "Status", options=ACTIVE),
            ],
        },
        "enterprise": {
            "source_name": "Enterprise",
            "label": "Enterprise",
            "base": "CdsStandard",
            "attributes": [
                *SYSTEM,
                attribute("enterpriseid", "entityId", "Enterprise", pk=True),
                attribute("name", "name", "Firm Name", maxlen=160),
                attribute("headcontactid", "lookup", "Head", targets=["individual"]),
                attribute(
                    "warmthcode", "listLookup", "Warmth",
                    options=[{"v": 1, "l": "Cold"}, {"v": 3, "l": "Boiling"}, {"v": 99, "l": "Molten"}],
                ),
                attribute("founders", "string", "Founders", req="required", maxlen=80),
                attribute(
                    "statuscode", "listLookupCorrelated", "Status Reason",
                    options=[{"v": 1, "l": "Active", "state": 0}, {"v": 50, "l": "Bankrupt", "state": 1},
                             {"v": 51, "l": "Frozen", "state": 9}],
                ),
            ],
        },
        "doing": {
            "source_name": "Doing", "label": "Doing", "base": "ActivityCommon",
            "attributes": [*COMMON, attribute("mood", "string", "Mood", maxlen=20)],
        },
        "inspection": {
            "source_name": "SiteInspection",
            "label": "Site Inspection",
            "base": "ActivitySystem",
            "attributes": [
                *COMMON,
                attribute("activityid", "lookup", "Activity"),
                attribute("mood", "string", "Mood", maxlen=20),
                attribute("to", "partylist", "To"),
                attribute("grade", "integer", "Grade"),
                attribute("statecode", "listLookup", "Status", options=OPEN),
                attribute(
                    "statuscode", "listLookupCorrelated", "Status Reason",
                    options=[{"v": 1, "l": "Agreed", "state": 0}, {"v": 2, "l": "Passed", "state": 1},
                             {"v": 3, "l": "Failed", "state": 1}],
                ),
            ],
        },
        "bookmark": {
            "source_name": "Bookmark", "label": "Bookmark",
            "attributes": [attribute("objectid", "lookup_multi", "Object", targets=["turbine"])],
        },
        "somebody": {"source_name": "Somebody", "label": "Somebody", "attributes": []},
    }
}  # fmt: skip
