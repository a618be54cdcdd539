"""The engine as Strawberry's `BaseSchema`: what Strawberry's view asks when it serves a WebSocket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketState
from strawberry.schema import BaseSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from crmgraph.errors import CrmError
from crmgraph.schema.resolve import Answer
from crmgraph.server.parameters import checked
from crmgraph.server.refusals import answer_from_error

Execute = Callable[[Any, dict[str, Any]], Awaitable[Answer]]  # the view's context, GraphQL parameters → answer


class Parameters(str):
    """All parameters of a WebSocket's operation, in the place where Strawberry carries the query's text."""

    given: dict[str, Any]


class TransportHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Lets `documentId` and `extensions` through, which Strawberry's handler leaves behind; and knows wrong shapes."""

    async def handle_message(self, message: Message) -> None:
        """A message that is none ends the connection with 4400, as the protocol says."""
        if is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Invalid message")

    async def handle_task_exception(self, error: Exception) -> None:
        """Nothing is wrong with an operation whose socket was closed while it ran."""
        socket: WebSocket = self.websocket.ws  # type: ignore[attr-defined]
        if socket.application_state is socket.client_state is WebSocketState.CONNECTED:
            await super().handle_task_exception(error)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Hand on the whole payload."""
        if self.connection_acknowledged and message["id"] in self.operations:
            await self.websocket.close(code=4409, reason="Subscriber already exists")  # reasons must be short
            return
        payload: Any = message["payload"]
        carried = Parameters(payload.get("query") or "")
        carried.given = payload
        await super().handle_subscribe({"id": message["id"], "type": "subscribe", "payload": {"query": carried}})


def is_message(message: Any) -> bool:
    """Whether JSON has the shape of a message of the protocol."""
    match message:
        case {"type": "subscribe", "id": str(), "payload": dict()} | {"type": "complete", "id": str()}:
            return True
        case {"type": "connection_init" | "ping" | "pong"}:
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True)
class FormattedError:
    """An error as the engine wrote it, in the shape that Strawberry's protocols read."""

    formatted: dict[str, Any]
    message: str
    original_error: Exception | None = None


def result_from_answer(answer: Answer) -> ExecutionResult:
    """The engine's answer, taken apart again for a protocol that wraps it in messages of its own."""
    body = orjson.loads(answer.body)
    errors: Any = [FormattedError(error, error["message"]) for error in body.get("errors", ())] or None
    kind = PreExecutionError if answer.kind == "refused" else ExecutionResult
    return kind(data=body.get("data"), errors=errors, extensions=body.get("extensions"))


class EngineSchema(BaseSchema):
    """Delegates every operation to the engine. Plain HTTP does not come this way: see graphql.py."""

    schema_converter: Any = None  # what Strawberry's own schemas have; its view does not ask for it
    query: Any = None
    mutation = None
    subscription = None
    schema_directives: Any = ()
    exception_handlers = ()

    def __init__(self, execute: Execute) -> None:
        self.config = StrawberryConfig()
        self._execute = execute

    async def execute(self, query: str | None, *_: Any, **named: Any) -> ExecutionResult:
        """One operation, one result."""
        try:
            given = checked(dict(query.given)) if isinstance(query, Parameters) else {"query": query}
            return result_from_answer(await self._execute(named["context_value"], given))
        except CrmError as error:
            return result_from_answer(answer_from_error(error, "en"))

    async def stream(self, query: str | None, *_: Any, **named: Any) -> AsyncGenerator[ExecutionResult, None]:
        """One operation over a transport that could take several results."""

        async def results() -> AsyncGenerator[ExecutionResult, None]:
            yield await self.execute(query, **named)

        return results()

    async def subscribe(self, query: str | None, *_: Any, **named: Any) -> Any:
        """The same: there are no subscriptions yet, and the engine says so."""
        return await self.stream(query, **named)

    def execute_sync(self, query: str | None, *_: Any, **named: Any) -> ExecutionResult:
        """Required by the interface; Strawberry's asynchronous view never asks."""
        raise TypeError("the engine is asynchronous")

    def get_type_by_name(self, name: str) -> None:
        """There are no Strawberry types behind this schema."""

    def get_directive_by_name(self, graphql_name: str) -> None:
        """There are no Strawberry directives behind this schema."""

    def as_str(self) -> str:
        """Required by the interface; the schema's text comes from the edition: `crmgraph schema`."""
        raise TypeError("ask the edition for the schema's text")
