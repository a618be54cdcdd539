"""Brings crmgraph's answers to the shape of the peer benchmark's: its words for choices, its names for lists."""

from __future__ import annotations

from typing import Any

INDUSTRIES = {
    "SERVICE_RETAIL": "retail",
    "BUSINESS_SERVICES": "technology",
    "PETROCHEMICAL_EXTRACTION_AND_DISTRIBUTION": "energy",
    "FINANCIAL": "finance",
    "DOCTORS_OFFICES_AND_CLINICS": "health",
    "SOCIAL_SERVICES": "education",
    "TRANSPORTATION": "logistics",
    "BROADCASTING_PRINTING_AND_PUBLISHING": "media",
    "AGRICULTURE_AND_NATURAL_RESOURCES": "agriculture",
    "BUILDING_SUPPLY_RETAIL": "construction",
    "EATING_AND_DRINKING_PLACES": "tourism",
    "DURABLE_MANUFACTURING": "aerospace",
}


def normalise(query: str, data: dict[str, Any]) -> dict[str, Any]:
    """An answer's data in the bench's shape."""
    if query in ("Q4", "Q4b"):
        return {"groups": [group(g) for g in data["accounts"]["groupBy"]]}
    if query == "Q6":
        return {"timeline": [entry(e) for e in reworded(data)["account"]["timeline"]["nodes"]]}
    found: dict[str, Any] = reworded(data)
    return found


def reworded(value: Any) -> Any:
    """The bench's words wherever a choice stands."""
    if isinstance(value, list):
        return [reworded(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {key: reworded(inner) for key, inner in value.items()}
    if made.get("industry"):
        made["industry"] = INDUSTRIES[made["industry"]]
    if made.get("direction"):
        made["direction"] = made["direction"].lower()
    return made


def group(given: dict[str, Any]) -> dict[str, Any]:
    figures = given["aggregate"]
    industry = given["keys"]["industry"]
    return {
        "industry": industry and INDUSTRIES[industry],
        "count": figures["count"],
        "sum": figures["sum"]["annualRevenue"],
        "avg": figures["avg"]["annualRevenue"],
        **({"contacts": figures["contacts"]["count"]} if "contacts" in figures else {}),
    }


def entry(given: dict[str, Any]) -> dict[str, Any]:
    """What a timeline's entry regards is shown by the bench only where it is a contact."""
    regarding = given.pop("regarding")
    return given | {"contact": regarding if "fullName" in regarding else None}
