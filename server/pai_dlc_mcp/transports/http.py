"""Serving clients on streamable HTTP at ``/mcp``, with ``/healthz`` beside it.

Without bearer tokens only loopback is served. With them every request to ``/mcp`` names its caller by token; rejected
ones cost the same time whatever was wrong.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from ..app import Application
from ..options import OptionError
from ..protocol.server import build
from ..runtime import Caller

if TYPE_CHECKING:
    from starlette.applications import Starlette

BODY_BYTES = 1_000_000
"""Largest request body; CreateJob's own parameters are at most 65,536 bytes."""


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def serve_http(app: Application, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        OptionError: an address that others can reach, without tokens to tell callers apart.
    """
    import uvicorn

    if not is_loopback(host) and app.settings.tokens is None:
        raise OptionError("--http without --tokens serves loopback alone; name 127.0.0.1 or give a file of tokens")
    async with app.running():
        config = uvicorn.Config(application(app, host), host=host, port=port, log_level="warning", lifespan="on")
        await uvicorn.Server(config).serve()


def application(app: Application, host: str = "127.0.0.1") -> Starlette:
    """The ASGI application: ``/mcp`` and ``/healthz``."""
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from .bearer import Bearer, caller_of, read_tokens

    server = build(app, caller=_http_caller if app.settings.tokens is None else caller_of)

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"ok": True, "tools": len(app.tools)})

    made = server.streamable_http_app(
        max_request_body_size=BODY_BYTES, host=host, custom_starlette_routes=[Route("/healthz", healthz)]
    )
    if app.settings.tokens is not None:
        made.add_middleware(Bearer, callers=read_tokens(app.settings.tokens))
    return made


def _http_caller(context: Any) -> Caller:
    """Without tokens everybody on loopback is one caller."""
    return Caller("http:loopback")
