"""One operation from its parameters to its answer, watched over: what HTTP, batches and WebSockets have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.types import Receive

from crmgraph.actions.idempotency import LONGEST_KEY, digest_of
from crmgraph.actions.unit import Caller, Idempotency
from crmgraph.errors import CrmError, RateLimited, RequestError
from crmgraph.schema.resolve import Answer, Request
from crmgraph.schema.terms import Terms
from crmgraph.server.auth import Session, Users
from crmgraph.server.budgets import Bill, Buckets
from crmgraph.server.departures import Attention, Departures, TooLate
from crmgraph.server.documents import Documents
from crmgraph.server.engine import Engine
from crmgraph.server.noting import noted
from crmgraph.server.refusals import Refusal, answer_from_error, masked
from crmgraph.server.telemetry import Telemetry, Watched
from crmgraph.settings import Settings
from crmgraph.sql.audit import Kind
from crmgraph.sql.usage import USAGE

STATUS_BY_CODE = {
    "UNAUTHENTICATED": 401, "FORBIDDEN": 403, "METHOD_NOT_ALLOWED": 405, "INTERNAL_SERVER_ERROR": 500, "TIMEOUT": 503,
    "RATE_LIMITED": 429,
}  # fmt: skip


@dataclass(slots=True)
class Asking:
    """Who asks, and how: `strict` shows a refused operation in the HTTP status, GET allows no mutations."""

    session: Session
    locale: str
    headers: Mapping[bytes, bytes]
    request_id: str
    mutations: bool
    strict: bool
    key: str | None = None  # under which the operation is done once
    receive: Receive | None = None  # what tells that the client has gone, once the body is read
    address: str | None = None  # of the client


class Operations:
    """The engine, who may ask it, and the documents; there while the application runs."""

    def __init__(self, settings: Settings, telemetry: Telemetry, engine: Engine) -> None:
        self.telemetry, self.engine = telemetry, engine
        self.users = Users(settings, engine)
        self.budgets = Buckets("http_rate_limited", settings.rate_limit, settings.rate_burst)
        self.departures = Departures(settings.request_timeout_ms)
        self.documents = Documents(settings.documents == "trusted", engine.find_document)

    async def carry_out(self, parameters: dict[str, Any], asking: Asking) -> tuple[Answer, Watched]:
        """The answer to an operation, whatever becomes of it, and its account."""
        watched = self.telemetry.begin(asking.request_id, asking.headers)
        token = USAGE.set(watched)
        try:
            with Attention(self.departures, asking.receive, watched):
                answer = await self._answer(parameters, asking, watched)
        except TooLate:
            late = RequestError("TIMEOUT", "request_timeout_ms", limit=self.departures.patience_ms)
            answer = answer_from_error(late, asking.locale)
        except BaseException:
            self.telemetry.abandoned(watched)
            raise
        finally:
            USAGE.reset(token)
        self.telemetry.end(watched, answer, status_of(answer, asking.strict))
        return answer, watched

    async def _answer(self, parameters: dict[str, Any], asking: Asking, watched: Watched) -> Answer:
        try:
            request = await self._request(parameters, asking, watched)
            answer = await self.engine.execute(request)
            if watched.kind is not None:  # the document is valid
                self.engine.note(request)
            return answer
        except RateLimited as error:
            noted("rate_limited", user_id=asking.session.user_id, reason=str(error.seconds))
            watched.retry_after = error.seconds
            return answer_from_error(error, asking.locale)
        except CrmError as error:
            return answer_from_error(error, asking.locale)
        except Exception:
            return masked(asking.locale)

    async def export(
        self, parameters: dict[str, Any], asking: Asking, send: Callable[[Request], Awaitable[None]]
    ) -> None:
        """Have all rows of a list sent; what is refused before the first is raised."""
        watched = self.telemetry.begin(asking.request_id, asking.headers)
        token = USAGE.set(watched)
        try:
            request = await self._request(parameters, asking, watched)
            await send(request)
            self.engine.note(request)
        except CrmError as error:
            answer = answer_from_error(error, asking.locale)
            self.telemetry.end(watched, answer, status_of(answer, asking.strict))
            raise
        except BaseException:
            self.telemetry.abandoned(watched)
            raise
        finally:
            USAGE.reset(token)
        self.telemetry.end(watched, Answer(b"", "data"), 200)

    async def _named(self, parameters: dict[str, Any], asking: Asking) -> tuple[str, str]:
        """A document that is named; that one must not be asked for leaves its trace."""
        try:
            return await self.documents.named(parameters)
        except RequestError as error:
            if error.code == "FORBIDDEN":
                told = {"errors": [{"message": error.text("en"), "code": error.code}]}
                await self.engine.audit(Kind.REFUSAL, asking.session.user, asking.address or "", told)
            raise

    async def _request(self, parameters: dict[str, Any], asking: Asking, watched: Watched) -> Request:
        """What the engine is asked, with the document that is meant."""
        session = asking.session
        watched.user_id = session.user_id
        name = watched.name = parameters.get("operationName")
        text, watched.document = self.documents.given(parameters) or await self._named(parameters, asking)
        variables, extensions = parameters.get("variables"), parameters.get("extensions")
        once = None if asking.key is None else Idempotency(asking.key, digest_of(text, name, variables))
        client, now = watched.client.name, datetime.now(UTC)
        principal = self.engine.as_now(session.acting)
        caller = Caller(principal, asking.locale, client, name, now, once, address=asking.address)
        bill = Bill(self.budgets, session.principal)
        terms = Terms(session.read_only, session.views, bill, partial(self.users.still, session))
        extensions = extensions if session.views is None else None  # nobody is told how it is done
        return Request(text, name, variables, caller, asking.mutations, extensions, terms)


def status_of(answer: Answer, strict: bool) -> int:
    """The HTTP status of an executed or refused operation."""
    if answer.kind != "refused":
        return 200
    return STATUS_BY_CODE.get(answer.code or "", 400 if strict else 200)


def idempotency_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The idempotency key, once it can be kept; a quoted one (a structured header) is the text between the quotes."""
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    text = key.decode("latin-1").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not (0 < len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()):
        raise Refusal(400, "http_wrong_idempotency_key", limit=LONGEST_KEY)
    return text


def not_started() -> Refusal:
    """The refusal of everything before the start and after the end."""
    return Refusal(503, "http_starting", code="INTERNAL_SERVER_ERROR")
