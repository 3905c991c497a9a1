"""Serving clients on streamable HTTP at ``/mcp``, with ``/healthz`` beside it.

Without bearer tokens only loopback is served. With them every request to ``/mcp`` names its caller by token; rejected
ones cost the same time whatever was wrong.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import anyio

from ..app import Application
from ..config.sources import OptionError
from ..protocol.server import build
from ..runtime import Caller
from . import process
from .closing import GRACE_SECONDS, Closing
from .process import Ending

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

BODY_BYTES = 1_000_000
"""Largest request body; CreateJob's own parameters are at most 65,536 bytes."""


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def serve_http(app: Application, host: str, port: int) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        OptionError: an address that others can reach, without tokens to tell callers apart, or one that is taken.
    """
    if not is_loopback(host) and app.settings.tokens is None:
        raise OptionError("--http without --tokens serves loopback alone; name 127.0.0.1 or give a file of tokens")
    listener = listening(host, port)
    closing, ending = Closing(application(app, host)), Ending()
    server = _uvicorn(closing)
    process.done()

    def end() -> None:
        closing.end()
        server.should_exit = True

    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(ending.on_signal, end)
        print(f"pai-dlc-mcp serves http://{_shown(host)}:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        await server.serve(sockets=[listener])
        group.cancel_scope.cancel()
    return ending.code


def listening(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything else starts; port 0 is any free one.

    Raises:
        OptionError: no such host, or the port is taken.
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


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _uvicorn(made: ASGIApp) -> Any:
    """A server that leaves the signals to us and ends with its loop, not with the process."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        made, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=int(GRACE_SECONDS) + 1,
    )  # fmt: skip
    return Server(config)


def application(app: Application, host: str = "127.0.0.1") -> Starlette:
    """The ASGI application: ``/mcp`` and ``/healthz``.

    Raises:
        OptionError: the file of tokens cannot be read, or is open to others.
    """
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from .auth import Bearer, caller_of, read_tokens

    callers = None if app.settings.tokens is None else read_tokens(app.settings.tokens)
    server = build(app, caller=_http_caller if callers is None else caller_of)

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"ok": True, "tools": len(app.tools)})

    made = server.streamable_http_app(
        max_request_body_size=BODY_BYTES,
        transport_security=_security(host),
        custom_starlette_routes=[Route("/healthz", healthz)],
    )
    if callers is not None:
        made.add_middleware(Bearer, callers=callers)
    return made


def _security(host: str) -> TransportSecuritySettings:
    """On loopback only requests that name loopback are served, so that no web page reaches it by another name."""
    from mcp.server.transport_security import TransportSecuritySettings

    if not is_loopback(host):
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    names = list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", _shown(host)]))
    hosts = [form for name in names for form in (name, f"{name}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"http://{name}" for name in hosts],
    )


def _http_caller(context: Any) -> Caller:
    """Without tokens everybody on loopback is one caller."""
    return Caller("http:loopback")
