"""Serves clients on streamable HTTP at ``/mcp``, with ``/healthz``, ``/readyz`` and ``/metrics`` beside it.

Every request to ``/mcp`` names its caller by a bearer token, on loopback too; only ``--no-auth`` says otherwise. What
comes from outside passes, in this order: limits on connections and headers, the check of Host and Origin, the check of
the caller, limits of one caller, the body; then the SDK's transport.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app import Application
from ..config.settings import OptionError
from ..config.tokens import default_tokens_file, first_token
from ..observability.metrics import Metrics
from ..protocol.server import build
from ..state import StateUnavailable
from ..state.keys import reload_keys
from .auth import Authenticator, BearerAuth, OpenToLoopback, Rejections, TokenAuthenticator, authenticated_caller
from .hosts import LOOPBACK, KnownHosts, bracketed, is_loopback
from .limits import (
    BACKLOG,
    IDLE_S,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    CallerLimits,
    LimitedProtocol,
    ShortHeaders,
    WholeBodies,
    max_connections,
)
from .probes import Probes
from .process import Shutdown, on_hangup, resume_collection

log = logging.getLogger(__name__)
GRACE_S = 2.0
"""How long a call in flight may still take when the server ends."""
ENDING_BODY = b'{"error":"The server is ending."}'
MAX_SESSIONS, MAX_SESSIONS_PER_CALLER = 1_000, 250
"""Sessions of the older protocol that are open at once."""
SESSION_IDLE_S = 1_800.0
"""After this time without a request a session ends."""


async def serve_http(app: Application, host: str, port: int) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        OptionError: an address that others can reach together with ``--no-auth``, or one that is in use; tokens that
            cannot be read or made.
    """
    if app.settings.no_auth and not is_loopback(host):
        raise OptionError("--no-auth serves only loopback: use 127.0.0.1, or leave it out")
    listener = open_listener(host, port)
    try:
        service, shutdown = build_service(app, host), Shutdown()
    except OptionError:
        listener.close()
        raise
    requests = ClosingRequests(service.asgi)
    server = _uvicorn_server(requests)
    resume_collection()

    def begin_shutdown() -> None:
        service.probes.is_ending = True
        requests.close()
        server.should_exit = True

    def reload() -> None:
        if service.reload():
            # Whose token was taken out loses the stream too; everybody else opens it again.
            requests.close_streams()

    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(shutdown.on_signal, begin_shutdown)
        group.start_soon(on_hangup, reload)
        url = f"http://{bracketed(host)}:{listener.getsockname()[1]}/mcp"
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
        listener.listen(BACKLOG)
    except OSError as wrong:
        listener.close()
        raise OptionError(f"--http cannot listen on {host}:{port}: {wrong.strerror}") from None
    return listener


class _UvicornServer(uvicorn.Server):
    """A server that leaves the signals to us and ends with its loop, not with the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _uvicorn_server(asgi: ASGIApp) -> uvicorn.Server:
    LimitedProtocol.most = max_connections()
    config = uvicorn.Config(
        asgi, http=LimitedProtocol, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=int(GRACE_S) + 1, timeout_keep_alive=IDLE_S, backlog=BACKLOG,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )  # fmt: skip
    return _UvicornServer(config)


@dataclass(frozen=True, slots=True)
class Service:
    """One server's ASGI application, and what is done with it while it runs."""

    app: Application
    asgi: Starlette
    probes: Probes
    authenticator: Authenticator

    def reload(self) -> bool:
        """Read tokens and keys again; what is not usable is said in the log and changes nothing. Whether all were."""
        try:
            self.authenticator.reload()
            if self.app.settings.keys is not None:
                reload_keys(self.app.settings.keys.expanduser())
        except (ValueError, StateUnavailable) as wrong:
            option = "--tokens" if isinstance(wrong, ValueError) else "--keys is not usable:"
            log.warning("%s %s; what was read before stays in force", option, wrong)
            return False
        log.warning("tokens and keys were read again")
        return True


def application(app: Application, host: str = "127.0.0.1") -> Starlette:
    """The ASGI application of ``build_service``."""
    return build_service(app, host).asgi


def build_service(app: Application, host: str = "127.0.0.1") -> Service:
    """The service on one address: ``/mcp``, ``/healthz``, ``/readyz`` and ``/metrics``.

    Raises:
        OptionError: the file of tokens cannot be read or made, or others can read it; ``--no-auth`` beside tokens.
    """
    authenticator, limits = _authenticator(app), CallerLimits(MAX_SESSIONS_PER_CALLER, SESSION_IDLE_S)
    rejections, app.metrics = Rejections(app.settings.audit_log), Metrics()
    probes = Probes(app, app.metrics, limits, rejections)
    server = build(app, caller=authenticated_caller)
    asgi = server.streamable_http_app(
        max_request_body_size=MAX_BODY_BYTES,
        max_sessions=MAX_SESSIONS,
        session_idle_timeout=SESSION_IDLE_S,
        # Ours is checked before anything else is.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        custom_starlette_routes=probes.routes(),
    )
    asgi.router.redirect_slashes = False
    # The last one is the outermost.
    asgi.add_middleware(WholeBodies)
    asgi.add_middleware(BearerAuth, authenticator=authenticator, rejections=rejections, limits=limits)
    asgi.add_middleware(OnePath)
    asgi.add_middleware(KnownHosts, names={*LOOPBACK, host} if is_loopback(host) else None)
    asgi.add_middleware(ShortHeaders)
    return Service(app, asgi, probes, authenticator)


def _authenticator(app: Application) -> Authenticator:
    """Who tells callers apart, as the settings say; without any, a token is made and shown once."""
    settings = app.settings
    if settings.no_auth:
        if settings.tokens is not None:
            raise OptionError("--no-auth and --tokens exclude each other")
        return OpenToLoopback()
    try:
        path = settings.tokens or default_tokens_file()
        token = None if settings.tokens else first_token(path, now=time.time())
        authenticator = TokenAuthenticator(path)
    except ValueError as wrong:
        raise OptionError(f"--tokens {wrong}") from None
    except OSError as wrong:
        raise OptionError(f"--tokens must name a file: the state folder cannot be used ({wrong.strerror})") from None
    if token is not None:
        print(f"A bearer token for HTTP was made; it is shown this once: {token}", file=sys.stderr, flush=True)
    return authenticator


class OnePath:
    """ASGI middleware that serves ``/mcp/`` as ``/mcp``: a redirect would lose what clients send only once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/mcp/":
            scope = {**scope, "path": "/mcp", "raw_path": b"/mcp"}
        await self._app(scope, receive, send)


class ClosingRequests:
    """ASGI middleware that ends open requests when the server ends: event streams at once, calls after ``GRACE_S``.

    A stream that nobody closes would delay the end for as long as its client lives.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._closed, self._streams_closed = app, anyio.Event(), anyio.Event()

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
        last: list[Message] = []

        async def remember_and_send(message: Message) -> None:
            last[:] = [message]
            await send(message)

        with anyio.CancelScope() as request:
            async with anyio.create_task_group() as group:
                is_stream = scope["method"] == "GET"
                closed = self._streams_closed if is_stream else self._closed
                group.start_soon(self._cancel, request, closed, 0 if is_stream else GRACE_S)
                await self._app(scope, receive, remember_and_send)
                group.cancel_scope.cancel()
        if request.cancelled_caught:
            await _end_response(last[-1] if last else None, send)

    async def _cancel(self, request: anyio.CancelScope, closed: anyio.Event, after_s: float) -> None:
        await closed.wait()
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
