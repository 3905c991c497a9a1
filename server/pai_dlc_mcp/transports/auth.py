"""Who calls on HTTP: named bearer tokens, of which only the hashes are known."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import ASGIApp, Receive, Scope, Send

from ..runtime import Caller

UNAUTHORIZED_BODY = b'{"error":"A valid bearer token is needed."}'


def caller_for(callers: Mapping[str, bytes], header: str) -> str | None:
    """The name whose token this ``Authorization`` header carries, of callers by SHA-256 of their token.

    Every known hash is compared, so the time it takes reveals nothing.
    """
    scheme, _, token = header.partition(" ")
    digest = hashlib.sha256(token.strip().encode()).digest()
    found = None
    for name, known in callers.items():
        if hmac.compare_digest(digest, known) and scheme.lower() == "bearer":
            found = name
    return found


class BearerAuth:
    """ASGI middleware that serves only known tokens, but for ``/healthz``; the caller's name travels in the scope.

    It travels as the SDK's authenticated user too, which ties a session of the older protocol to the token that opened
    it: nobody answers a question that was put to another.
    """

    def __init__(self, app: ASGIApp, callers: Mapping[str, bytes]) -> None:
        self._app, self._callers = app, callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/healthz":
            headers = dict(scope["headers"])
            name = caller_for(self._callers, headers.get(b"authorization", b"").decode("latin-1"))
            if name is None:
                await _refuse(send)
                return
            scope["state"] = {**scope.get("state", {}), "caller": name}
            scope["user"] = _sdk_user(name)
        await self._app(scope, receive, send)


def _sdk_user(name: str) -> AuthenticatedUser:
    # The token itself goes no further.
    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": UNAUTHORIZED_BODY})


def authenticated_caller(context: Any) -> Caller:
    """The caller whose name the middleware put into the request."""
    return Caller(f"http:{context.request.state.caller}")
