"""How open requests end when the server ends: event streams at once, calls with their answer or with an error."""

from __future__ import annotations

import json
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDING = "The server is ending. An act that was begun is carried out and recorded: read the object before acting again."
ENDING_CODE = -32000
BODY = "pai_dlc_mcp.body"
"""The key of the scope under which a request's body is left for its end."""


def ending_error(request_id: Any) -> dict[str, Any]:
    """The JSON-RPC error that a call gets which the server cannot answer any more."""
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": ENDING_CODE, "message": ENDING}}


class ClosingRequests:
    """ASGI middleware: once the server ends a call has ``grace_s`` for its answer; then it gets an error in its place.

    A stream that nobody closes would delay the end for as long as its client lives. What a call does behind its answer
    is another matter: an act that is being sent goes on to its record.
    """

    def __init__(self, app: ASGIApp, grace_s: float) -> None:
        self._app, self._grace_s = app, grace_s
        self._closed, self._streams_closed = anyio.Event(), anyio.Event()

    def close(self) -> None:
        """Begin to end what is open."""
        self._closed.set()
        self._streams_closed.set()

    def close_streams(self) -> None:
        """End the event streams that are open now; their clients may open new ones."""
        self._streams_closed.set()
        self._streams_closed = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response, body = _Response(send), list[bytes]()
        with anyio.CancelScope() as request:
            async with anyio.create_task_group() as group:
                group.start_soon(self._end, scope["method"], request, response, body)
                await self._app({**scope, BODY: body}, receive, response.send)
                group.cancel_scope.cancel()

    async def _end(self, method: str, request: anyio.CancelScope, response: _Response, body: list[bytes]) -> None:
        if method == "GET":
            await self._streams_closed.wait()
        else:
            await self._closed.wait()
            await anyio.sleep(self._grace_s)
        await response.end(None if method == "GET" else _id_in(body))
        request.cancel()


class _Response:
    """One response; after ``end`` nothing more is sent."""

    def __init__(self, send: Send) -> None:
        self._send, self._is_ended = send, False
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if self._is_ended:
            return
        if message["type"] == "http.response.start":
            self._start = message
        self._is_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def end(self, request_id: Any) -> None:
        """End it properly, with an error for the call where its form still allows one."""
        if self._is_ended:
            return
        self._is_ended = True
        error = json.dumps(ending_error(request_id)).encode()
        if self._start is None:
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            await self._send({"type": "http.response.start", "status": 503, "headers": headers})
            await self._send({"type": "http.response.body", "body": error})
            return
        kind = dict(self._start.get("headers") or ()).get(b"content-type", b"")
        is_events = kind.startswith(b"text/event-stream") and request_id is not None
        await self._send(
            {"type": "http.response.body", "body": b"event: message\r\ndata: %s\r\n\r\n" % error if is_events else b""}
        )


def _id_in(body: list[bytes]) -> Any:
    try:
        message = json.loads(body[0]) if body else None
    except (ValueError, RecursionError):
        return None
    return message.get("id") if isinstance(message, dict) else None
