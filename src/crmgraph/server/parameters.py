"""Request body or query string → GraphQL parameters of the right types, or the refusal that says what is wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from crmgraph.server.refusals import Refusal

TYPES = {
    "query": (str, "http_not_text"),
    "documentId": (str, "http_not_text"),
    "operationName": (str, "http_not_text"),
    "variables": (dict, "http_not_map"),
    "extensions": (dict, "http_not_map"),
}
JSON_IN_QUERY_STRING = ("variables", "extensions")


def parameters_from_body(body: bytes, most: int = 1) -> dict[str, Any] | list[dict[str, Any]]:
    """The parameters in a POST's body: of one operation, or of up to `most` in an array."""
    try:
        parameters = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "http_not_json") from None
    return batch(parameters, most) if isinstance(parameters, list) else checked(parameters)


def batch(parameters: list[Any], most: int) -> list[dict[str, Any]]:
    """The operations of an array; one that is malformed refuses them all, before any is carried out."""
    if most == 1:
        raise Refusal(400, "http_batch")
    if not 0 < len(parameters) <= most:
        raise Refusal(400, "http_batch_size", limit=most, count=len(parameters))
    return [checked(each) for each in parameters]


def parameters_from_query_string(query_string: bytes) -> dict[str, Any]:
    """The parameters in a GET's address; `variables` and `extensions` are JSON there."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
        parameters: dict[str, Any] = dict(pairs)
        for name in JSON_IN_QUERY_STRING:
            if parameters.get(name):
                parameters[name] = orjson.loads(parameters[name])
            else:
                parameters.pop(name, None)
    except ValueError:  # orjson.JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise Refusal(400, "http_not_json") from None
    return checked(parameters)


def checked(parameters: Any) -> dict[str, Any]:
    """The same parameters, once their types are right."""
    if type(parameters) is not dict:
        raise Refusal(400, "http_not_object")
    for name, value in parameters.items():
        wanted = TYPES.get(name)
        if wanted is not None and value is not None and type(value) is not wanted[0]:
            raise Refusal(400, wanted[1], parameter=name)
    if parameters.get("query") is None and parameters.get("documentId") is None:
        extensions = parameters.get("extensions")
        if extensions is None or extensions.get("persistedQuery") is None:
            raise Refusal(400, "http_no_query")
    return parameters
