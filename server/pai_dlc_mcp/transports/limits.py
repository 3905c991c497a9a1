"""What one server takes on over HTTP: connections, time and size of headers and bodies, requests of one caller (R78).

A connection that has not brought a whole request is worth nothing: when there are too many, the one that has waited
longest is closed for the next, so that half requests, however many, keep nobody out. A request that is being served is
never closed for another.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, deque
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .closing import BODY
from .refusals import refuse

MAX_CONNECTIONS = 512
HEADER_S = 10.0
"""How long a connection may take to bring the head of a request."""
BODY_S = 15.0
"""How long a request may take to bring its body."""
SEND_S = 30.0
"""How long a client may take to accept a part of an answer."""
IDLE_S = 5
"""How long a connection may wait for its next request."""
MAX_HEADER_BYTES = 16_384
MAX_BODY_BYTES = 1_000_000
"""Largest request body; CreateJob's own parameters are at most 65,536 bytes."""
MAX_BODIES_BYTES = 64_000_000
"""Most bytes of the bodies of all requests together."""
MAX_REQUESTS_PER_CALLER = 256
BACKLOG = 64
"""Connections that are accepted in one go; more of them wait in the system's queue."""


def max_connections() -> int:
    """``MAX_CONNECTIONS``, or half of the files that this process may open where that is less."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource  # start-up: saves 1 ms on stdio

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if allowed == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, max(8, allowed // 2))


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a limit on connections and on the time that the head of a request takes."""

    most = MAX_CONNECTIONS
    header_s = HEADER_S
    send_s = SEND_S
    open_connections = 0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    waiting_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        LimitedProtocol.open_connections += 1
        self._wait_for_request()
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        LimitedProtocol.open_connections -= 1
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.is_waiting():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.is_waiting():
            self._wait_for_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.send_s, self._end)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def is_waiting(self) -> bool:
        """Whether no request of this connection is being served."""
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_request(self) -> None:
        self._stop_waiting()
        self.waiting_since = self.loop.time()
        self._deadline = self.loop.call_later(self.header_s, self._end)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        """Close at once: whoever is this slow would not read a farewell either."""
        self._stop_waiting()
        self.connections.discard(self)
        self.transport.abort()

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, LimitedProtocol) and one.is_waiting()]
        min(waiting, key=lambda one: one.waiting_since, default=self)._end()


class ShortHeaders:
    """ASGI middleware that serves requests whose target and headers are at most ``MAX_HEADER_BYTES`` long.

    uvicorn stops reading an unfinished head there; one that comes in a single piece gets past it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _header_bytes(scope) > MAX_HEADER_BYTES:
            await refuse(send, 431, f"The headers are longer than {MAX_HEADER_BYTES:,} bytes.")
            return
        await self._app(scope, receive, send)


def _header_bytes(scope: Scope) -> int:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    target = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    return target + sum(len(name) + len(value) + 4 for name, value in headers)


class WholeBodies:
    """ASGI middleware that reads a request's body before anything is done with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._held_bytes = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        try:
            status, why = await self._read(receive, body)
            if status:
                await refuse(send, status, why)
            elif status == 0:
                scope.get(BODY, []).append(bytes(body))
                await self._app(scope, _replay(bytes(body), receive), send)
        finally:
            self._held_bytes -= len(body)

    async def _read(self, receive: Receive, body: bytearray) -> tuple[int | None, str]:
        """Read into ``body``: 0 when it is whole, ``None`` where the client went away, else the status that tells."""
        with anyio.move_on_after(BODY_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None, ""
                part = message.get("body", b"")
                body += part
                self._held_bytes += len(part)
                if len(body) > MAX_BODY_BYTES:
                    return 413, f"The body is longer than {MAX_BODY_BYTES:,} bytes."
                if self._held_bytes > MAX_BODIES_BYTES:
                    return 503, "The server has too much to read; try again."
                if not message.get("more_body", False):
                    return 0, ""
        return 408, f"The body did not come within {BODY_S:.0f} s."


def _replay(body: bytes, receive: Receive) -> Receive:
    first: deque[Message] = deque([{"type": "http.request", "body": body, "more_body": False}])

    async def replayed() -> Message:
        return first.popleft() if first else await receive()

    return replayed


class CallerLimits:
    """How many requests and sessions each caller has; a session that is not used for ``idle_s`` no longer counts."""

    def __init__(self, sessions: int, idle_s: float) -> None:
        self._most_sessions, self._idle_s = sessions, idle_s
        self._requests: Counter[str] = Counter()
        self._sessions: dict[str, dict[str, float]] = {}

    async def serve(self, app: ASGIApp, caller: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of a caller, or say that it is one too many."""
        session = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"mcp-session-id"), None)
        if self._requests[caller] >= MAX_REQUESTS_PER_CALLER:
            await refuse(send, 429, "This caller has too many open requests.", [(b"retry-after", b"1")])
            return
        if session is None and self._open_sessions(caller) >= self._most_sessions and _may_open_session(scope):
            await refuse(send, 429, "This caller has too many open sessions; end some.", [(b"retry-after", b"60")])
            return
        self._requests[caller] += 1
        try:
            await app(scope, receive, self._noting(caller, session, scope["method"], send))
        finally:
            self._requests[caller] -= 1
            if not self._requests[caller]:
                del self._requests[caller]

    def in_flight(self) -> int:
        """The requests that are being served."""
        return self._requests.total()

    def sessions(self) -> int:
        """The sessions of all callers, idle ones included."""
        return sum(map(len, self._sessions.values()))

    def _open_sessions(self, caller: str) -> int:
        used_after = anyio.current_time() - self._idle_s
        kept = {id: used for id, used in self._sessions.get(caller, {}).items() if used > used_after}
        if kept:
            self._sessions[caller] = kept
        else:
            self._sessions.pop(caller, None)
        return len(kept)

    def _noting(self, caller: str, session: str | None, method: str, send: Send) -> Send:
        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(caller, session, method, message)
            await send(message)

        return note_and_send

    def _note(self, caller: str, session: str | None, method: str, start: Any) -> None:
        status, headers = start["status"], dict(start.get("headers") or ())
        opened: bytes | None = headers.get(b"mcp-session-id")
        if session is None and opened is not None and status < 400:
            self._sessions.setdefault(caller, {})[opened.decode("latin-1")] = anyio.current_time()
        elif session is not None and session in self._sessions.get(caller, {}):
            if status == 404 or (method == "DELETE" and status < 400):
                del self._sessions[caller][session]
            else:
                self._sessions[caller][session] = anyio.current_time()


def _may_open_session(scope: Scope) -> bool:
    """Whether a request without a session would open one: not in the newer protocol, which has none."""
    version = next((value for name, value in scope["headers"] if name == b"mcp-protocol-version"), None)
    return scope["method"] == "POST" and (version is None or version < b"2026")
