"""Which names an HTTP request may call the server by: strict forms of ``Host`` and ``Origin``, and a list.

A web page can point a name of its own at a loopback address and then reach what listens there; its requests carry that
name. And a text such as ``localhost:80@evil.example`` is no host, whatever it begins with.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from .refusals import refuse

log = logging.getLogger(__name__)
_HOST = r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))(?::([0-9]{1,5}))?"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROBES = frozenset({"/healthz", "/readyz"})
"""What a load balancer asks by the server's bare address; they say nothing that a page could use."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def parse_host(text: str) -> str | None:
    """The name in a ``Host`` header, in lower case and without brackets and port; ``None`` where it is no host."""
    match = re.fullmatch(_HOST, text)
    if match is None or int(match[2] or 0) > 65_535:
        return None
    return match[1].strip("[]").lower()


def parse_origin(text: str) -> str | None:
    """The name in an ``Origin`` header of a web page; ``None`` for anything else, ``null`` among it."""
    scheme, separator, rest = text.partition("://")
    return parse_host(rest) if separator and scheme in ("http", "https") else None


class KnownHosts:
    """ASGI middleware that serves requests to these names alone; ``None`` is any name, for an address that is public.

    An ``Origin`` must be one of the names too, or the very host that was asked.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] | None) -> None:
        self._app = app
        self._names = None if names is None else frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = [parse_host(value.decode("latin-1")) for name, value in scope["headers"] if name == b"host"]
        host = hosts[0] if len(hosts) == 1 else None
        if host is None or not self._is_served(host, scope["path"]):
            log.warning("a request by a name that is not served was refused")
            await refuse(send, 421, "The Host header names another server.")
            return
        origins = [parse_origin(value.decode("latin-1")) for name, value in scope["headers"] if name == b"origin"]
        if not all(self._is_origin(origin, host) for origin in origins):
            log.warning("a request of a web page elsewhere was refused")
            await refuse(send, 403, "The Origin header names another site.")
            return
        await self._app(scope, receive, send)

    def _is_served(self, host: str, path: str) -> bool:
        return self._names is None or host in self._names or path in PROBES

    def _is_origin(self, origin: str | None, host: str) -> bool:
        return origin is not None and (origin == host if self._names is None else origin in self._names)
