"""Serves clients on streamable HTTP at ``/mcp``, with ``/healthz`` beside it.

Without bearer tokens only loopback is served. With them every request to ``/mcp`` names its caller by token; rejected
ones cost the same time whatever was wrong.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import Any

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Application
from ..config.files import read_tokens
from ..config.settings import OptionError
from ..protocol.server import build
from ..runtime import Caller
from .auth import BearerAuth, authenticated_caller
from .process import Shutdown, resume_collection

MAX_BODY_BYTES = 1_000_000
"""Largest request body; CreateJob's own parameters are at most 65,536 bytes."""
GRACE_S = 2.0
"""How long a call in flight may still take when the server ends."""
ENDING_BODY = b'{"error":"The server is ending."}'


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def serve_http(app: Application, host: str, port: int) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        OptionError: an address that others can reach, without tokens to tell callers apart, or one that is in use.
    """
    if not is_loopback(host) and app.settings.tokens is None:
        raise OptionError("--http without --tokens serves only loopback; use 127.0.0.1 or name a file of tokens")
    listener = open_listener(host, port)
    requests, shutdown = ClosingRequests(application(app, host)), Shutdown()
    server = _uvicorn_server(requests)
    resume_collection()

    def begin_shutdown() -> None:
        requests.close()
        server.should_exit = True

    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(shutdown.on_signal, begin_shutdown)
        url = f"http://{_bracketed(host)}:{listener.getsockname()[1]}/mcp"
        print(f"pai-dlc-mcp is listening on {url}", file=sys.stderr, flush=True)
        await server.serve(sockets=[listener])
        group.cancel_scope.cancel()
    return shutdown.exit_code


def open_listener(host: str, port: int) -> socket.socket:
    """The listening socket, opened before anything else starts; port 0 is any free one.

    Raises:
        OptionError: no such host, or the port is in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as wrong:
        raise OptionError(f"--http cannot find {host}: {wrong.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as wrong:
        listener.close()
        raise OptionError(f"--http cannot listen on {host}:{port}: {wrong.strerror}") from None
    return listener


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _UvicornServer(uvicorn.Server):
    """A server that leaves the signals to us and ends with its loop, not with the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _uvicorn_server(asgi: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        asgi, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=int(GRACE_S) + 1,
    )  # fmt: skip
    return _UvicornServer(config)


def application(app: Application, host: str = "127.0.0.1") -> Starlette:
    """The ASGI application: ``/mcp`` and ``/healthz``.

    Raises:
        OptionError: the file of tokens cannot be read, or others can read it.
    """
    try:
        callers = None if app.settings.tokens is None else read_tokens(app.settings.tokens)
    except ValueError as wrong:
        raise OptionError(f"--tokens {wrong}") from None
    server = build(app, caller=_loopback_caller if callers is None else authenticated_caller)

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"ok": True, "tools": len(app.tools)})

    asgi = server.streamable_http_app(
        max_request_body_size=MAX_BODY_BYTES,
        transport_security=_transport_security(host),
        custom_starlette_routes=[Route("/healthz", healthz)],
    )
    if callers is not None:
        asgi.add_middleware(BearerAuth, callers=callers)
    return asgi


def _transport_security(host: str) -> TransportSecuritySettings:
    """On loopback only requests that name loopback are served, so that no web page reaches it by another name."""
    if not is_loopback(host):
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    names = list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", _bracketed(host)]))
    hosts = [form for name in names for form in (name, f"{name}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"http://{name}" for name in hosts],
    )


def _loopback_caller(context: Any) -> Caller:
    """Without tokens everybody on loopback is one caller."""
    return Caller("http:loopback")


class ClosingRequests:
    """ASGI middleware that ends open requests when the server ends: event streams at once, calls after ``GRACE_S``.

    A stream that nobody closes would delay the end for as long as its client lives.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._closed = app, anyio.Event()

    def close(self) -> None:
        """Begin to end what is open."""
        self._closed.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        last: list[Message] = []

        async def remember_and_send(message: Message) -> None:
            last[:] = [message]
            await send(message)

        with anyio.CancelScope() as request:
            async with anyio.create_task_group() as group:
                group.start_soon(self._cancel, request, 0 if scope["method"] == "GET" else GRACE_S)
                await self._app(scope, receive, remember_and_send)
                group.cancel_scope.cancel()
        if request.cancelled_caught:
            await _end_response(last[-1] if last else None, send)

    async def _cancel(self, request: anyio.CancelScope, after_s: float) -> None:
        await self._closed.wait()
        await anyio.sleep(after_s)
        request.cancel()


async def _end_response(last: Message | None, send: Send) -> None:
    """End a response properly: one that has begun is closed, one that has not says why there is none."""
    if last is None:
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": ENDING_BODY})
    elif last["type"] == "http.response.start" or last.get("more_body"):
        await send({"type": "http.response.body", "body": b""})
