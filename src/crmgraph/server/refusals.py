"""Requests that are refused before the engine sees them: an HTTP status, a code and a message."""

from __future__ import annotations

import logging
from secrets import token_hex
from typing import Any

import orjson

from crmgraph.errors import CrmError, RateLimited, RequestError, message
from crmgraph.schema.resolve import Answer

log = logging.getLogger(__name__)

Header = tuple[bytes, bytes]


class Refusal(RequestError):
    """A request that HTTP's own rules refuse."""

    def __init__(self, status: int, key: str, /, *, code: str = "BAD_USER_INPUT", **data: Any) -> None:
        super().__init__(code, key, **data)
        self.status = status
        self.unread = status == 413  # whether more of the body may be on its way

    @property
    def headers(self) -> tuple[Header, ...]:
        """What the status demands to be said beside it."""
        match self.status:
            case 405:
                return ((b"allow", b"GET, POST"),)
            case 415:
                return ((b"accept-encoding", b"gzip, zstd"),)
            case 413:
                return ((b"connection", b"close"),)
        return ()


class Unauthenticated(Refusal):
    """The refusal of a caller who is nobody; `invalid`: a token was sent, but it is none."""

    def __init__(self, *, invalid: bool = False) -> None:
        super().__init__(401, "http_unauthenticated", code="UNAUTHENTICATED")
        self.invalid = invalid

    @property
    def headers(self) -> tuple[Header, ...]:
        """As RFC 6750 has it. Why a token is none is not told."""
        return ((b"www-authenticate", b'Bearer error="invalid_token"' if self.invalid else b"Bearer"),)


def unauthenticated(*, invalid: bool = False) -> Refusal:
    """The refusal of a caller who is nobody."""
    return Unauthenticated(invalid=invalid)


def headers_of(error: CrmError) -> tuple[Header, ...]:
    """What the status of an answer with this error demands to be said beside it."""
    match error:
        case RateLimited():
            return ((b"retry-after", b"%d" % error.seconds),)
        case Refusal():
            return error.headers
    return ()


def body_from_error(error: CrmError, locale: str) -> bytes:
    """The answer to a request that ends with this error."""
    return orjson.dumps({"errors": [{"message": error.text(locale), "extensions": error.extensions(locale)}]})


def answer_from_error(error: CrmError, locale: str) -> Answer:
    """The same as an operation's answer."""
    return Answer(body_from_error(error, locale), "refused", error.code)


def masked(locale: str) -> Answer:
    """The answer where something failed for no reason of the caller's; the cause stands in the log."""
    error_id = token_hex(8)
    log.exception("request failed, errorId %s", error_id)
    text = message("http_internal", locale, {"error_id": error_id})
    error = {"message": text, "extensions": {"code": "INTERNAL_SERVER_ERROR", "errorId": error_id}}
    return Answer(orjson.dumps({"errors": [error]}), "refused", "INTERNAL_SERVER_ERROR")
