"""What a request of the page must bring, and how it is turned away: one form of error, and headers on every answer."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_HEADER = "x-pai-dlc-page"
MAX_BODY_BYTES = 65_536
"""Largest body of a request of the page."""
MAX_DEPTH = 32
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
READS = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
VIEWS = frozenset({"/", "/login", "/jobs", "/quotas", "/approvals", "/audit"})
"""Addresses of the one document, beside those of single jobs."""


class Denied(Exception):
    """A request that is turned away: a status, and what the page shows of it."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        self.status, self.code, self.message, self.more = status, code, message, more

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": self.message, **self.more}
        return JSONResponse({"error": error}, status_code=self.status)


def is_view(path: str) -> bool:
    """Whether the one document is shown here."""
    return path in VIEWS or (path.startswith("/jobs/") and path.count("/") == 2)


def is_page_path(method: str, path: str) -> bool:
    """Whether the page answers this, which knows its callers by itself."""
    return path.startswith("/api/") or (method in READS and (is_view(path) or path.startswith("/assets/")))


def check_source(request: Request, origins: Collection[str]) -> None:
    """Let nothing pass that another site's page has sent.

    ``origins`` are the hosts (with their port) beside the one that was asked which the page may stand at.

    Raises:
        Denied: it comes from elsewhere, or it changes something and does not say from where.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Denied(403, "other_site", "The request comes from another site.")
    if request.method in READS:
        return
    given = request.headers.getlist("origin")
    places = {*origins, *(host.lower() for host in request.headers.getlist("host"))}
    if len(given) != 1 or _place_of(given[0]) not in places:
        raise Denied(403, "other_site", "The request does not come from this page.")


def _place_of(origin: str) -> str | None:
    """Host and port of an ``Origin`` of the web."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return None
    return found.netloc.lower() if found.scheme in ("http", "https") and origin.count("/") == 2 else None


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        Denied: it is none, or too long.
    """
    kind = request.headers.get("content-type")
    if kind is None or kind.split(";")[0].strip().lower() != "application/json":
        raise Denied(415, "invalid_arguments", "The body must be application/json.")
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        raise Denied(413, "invalid_arguments", f"The body is longer than {MAX_BODY_BYTES:,} bytes.")
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or _depth(found) > MAX_DEPTH:
        raise Denied(400, "invalid_arguments", "The body must be a JSON object.")
    return found


def _depth(value: Any) -> int:
    """How deep a value is nested, counted no further than needed."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level, depth = [child for one in level for child in _children(one)], depth + 1
    return depth


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


class PageHeaders:
    """ASGI middleware that gives every answer of the page its headers; ``is_page`` tells by method and path."""

    def __init__(self, app: ASGIApp, *, everywhere: bool = False) -> None:
        self._app, self._everywhere = app, everywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (self._everywhere or is_page_path(scope["method"], scope["path"])):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)
