"""Requests that are refused before the engine sees them: an HTTP status, a code and a message."""

from __future__ import annotations

from typing import Any

import orjson

from crmgraph.errors import CrmError, RequestError

Header = tuple[bytes, bytes]


class Refusal(RequestError):
    """A request that HTTP's own rules refuse."""

    def __init__(self, status: int, key: str, /, *, code: str = "BAD_USER_INPUT", **data: Any) -> None:
        super().__init__(code, key, **data)
        self.status = status

    @property
    def headers(self) -> tuple[Header, ...]:
        """What the status demands to be said beside it."""
        match self.status:
            case 401:
                return ((b"www-authenticate", b"Bearer"),)
            case 405:
                return ((b"allow", b"GET, POST"),)
            case 413:
                return ((b"connection", b"close"),)
            case 503:
                return ((b"retry-after", b"1"),)
        return ()


def body_from_error(error: CrmError, locale: str) -> bytes:
    """The answer to a request that ends with this error."""
    return orjson.dumps({"errors": [{"message": error.text(locale), "extensions": error.extensions(locale)}]})
