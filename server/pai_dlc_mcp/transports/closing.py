"""Ending open requests when the server is told to end: event streams at once, calls after their time of grace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE_SECONDS = 2.0
"""How long a call that is under way may take to finish."""
GONE = b'{"error":"The server is ending."}'


class Closing:
    """ASGI wrapper. A stream that nobody closes would hold the server's end up for as long as its client lives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._told = app, anyio.Event()

    def end(self) -> None:
        self._told.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent: list[Message] = []

        async def watched(message: Message) -> None:
            sent[:] = [message]
            await send(message)

        with anyio.CancelScope() as cut:
            async with anyio.create_task_group() as group:
                group.start_soon(self._cut, cut, 0 if scope["method"] == "GET" else GRACE_SECONDS)
                await self._app(scope, receive, watched)
                group.cancel_scope.cancel()
        if cut.cancelled_caught:
            await _finish(sent[-1] if sent else None, send)

    async def _cut(self, request: anyio.CancelScope, seconds: float) -> None:
        await self._told.wait()
        await anyio.sleep(seconds)
        request.cancel()


async def _finish(last: Message | None, send: Send) -> None:
    """Close an answer in order: one that has begun ends, one that has not says why there is none."""
    if last is None:
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": GONE})
    elif last["type"] == "http.response.start" or last.get("more_body"):
        await send({"type": "http.response.body", "body": b""})
