"""Serves clients on streamable HTTP: the listening socket, the process's end, what is read again while it runs.

What is served there stands in :mod:`.service`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import anyio
import uvicorn
from starlette.types import ASGIApp

from ..app import Application
from ..config.settings import OptionError, Settings
from .closing import ClosingRequests
from .hosts import bracketed, is_loopback
from .limits import BACKLOG, IDLE_S, MAX_HEADER_BYTES, LimitedProtocol, max_connections
from .process import Shutdown, on_hangup, resume_collection
from .service import build_service


async def serve_http(app: Application, host: str, port: int) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        OptionError: an address that others can reach together with ``--no-auth``, or one that is in use; tokens that
            cannot be read or made.
    """
    if app.settings.no_auth and not is_loopback(host):
        raise OptionError("--no-auth serves only loopback: use 127.0.0.1, or leave it out")

    def announce(url: str) -> None:
        print(f"pai-dlc-mcp is listening on {url}/mcp", file=sys.stderr, flush=True)

    return await run_service(app, host, port, lambda port: build_service(app, host, port), announce)


class Served(Protocol):
    """What is served: an ASGI application, and what is done with it when a signal comes."""

    @property
    def asgi(self) -> ASGIApp: ...
    def begin_shutdown(self) -> None: ...
    def reload(self, tls: ssl.SSLContext | None) -> bool: ...


async def run_service(
    app: Application,
    host: str,
    port: int,
    build: Callable[[int], Served],
    announce: Callable[[str], object],
    until: Callable[[str], Awaitable[object]] | None = None,
) -> int:
    """Serve what ``build`` gives for the port that was opened, until a signal comes; the exit code.

    ``announce`` gets the address once connections are accepted; where ``until``, which gets it too, returns, the
    service ends as after a signal.

    Raises:
        OptionError: the address cannot be listened on, or of ``build``.
    """
    listener = open_listener(host, port)
    try:
        port = int(listener.getsockname()[1])
        service, shutdown = build(port), Shutdown(app.settings.grace_seconds)
        requests = ClosingRequests(service.asgi, app.settings.grace_seconds)
        server = _uvicorn_server(requests, app.settings)
    except OptionError:
        listener.close()
        raise
    resume_collection()

    def begin_shutdown() -> None:
        service.begin_shutdown()
        requests.close()
        server.should_exit = True

    def reload() -> None:
        if service.reload(server.config.ssl):
            # Whose token was taken out loses the stream too; everybody else opens it again.
            requests.close_streams()

    async def end_after(until: Callable[[str], Awaitable[object]], url: str) -> None:
        await until(url)
        begin_shutdown()

    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(shutdown.on_signal, begin_shutdown)
        group.start_soon(on_hangup, reload)
        url = f"{'https' if server.config.ssl else 'http'}://{bracketed(host)}:{port}"
        announce(url)
        if until is not None:
            group.start_soon(end_after, until, url)
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


def _uvicorn_server(asgi: ASGIApp, settings: Settings) -> uvicorn.Server:
    LimitedProtocol.most = max_connections()
    config = uvicorn.Config(
        asgi, http=LimitedProtocol, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=None, timeout_keep_alive=IDLE_S, backlog=BACKLOG,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )  # fmt: skip
    config.load()
    config.ssl = tls_context(settings)
    return _UvicornServer(config)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What HTTPS is served with, TLS 1.2 or newer; ``None`` for plain HTTP.

    Raises:
        OptionError: one of the two files is missing, or they do not fit together.
    """
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise OptionError("--tls-cert and --tls-key are given together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_certificate(context, settings.tls_cert, settings.tls_key)
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Take up the files, for new connections.

    Raises:
        OptionError: they do not serve.
    """
    try:
        # Without a password: a process that serves has nobody to ask for one.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "reason", None) or type(wrong).__name__
        raise OptionError(f"--tls-cert and --tls-key do not serve together ({reason})") from None
