"""Callers on HTTP: named bearer tokens, kept as hashes in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.sources import OptionError
from ..runtime import Caller

if TYPE_CHECKING:
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from starlette.types import ASGIApp, Receive, Scope, Send

LINE = re.compile(r"^([A-Za-z0-9_.@-]{1,64})\s*[:=]\s*(?:sha256:)?([0-9a-f]{64})$")
NO_TOKEN = hashlib.sha256(b"").digest()
"""What hashing a variable that was not set gives: as a caller's hash it would let in who brings no token."""
UNAUTHORIZED = b'{"error":"A valid bearer token is needed."}'


def read_tokens(path: Path) -> Mapping[str, bytes]:
    """Names and token hashes of a file with a line ``name: sha256-hex-of-the-token`` each.

    Raises:
        OptionError: the file cannot be read, can be read by others, has a line of another form, names a caller twice,
            or lets in somebody without a token.
    """
    try:
        mode, text = stat.S_IMODE(path.stat().st_mode), path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise OptionError(f"--tokens: {path.name} cannot be read ({type(wrong).__name__})") from None
    if mode & 0o077 and os.name == "posix":
        raise OptionError(f"--tokens: {path.name} can be read by others; set its mode to 0600")
    lines = [line.strip() for line in text.splitlines()]
    matches = [LINE.match(line) for line in lines if line and not line.startswith("#")]
    if None in matches or not matches:
        raise OptionError(f"--tokens: {path.name} takes lines of 'name: sha256 hex of the token'")
    found = [(match[1], bytes.fromhex(match[2])) for match in matches if match]
    if NO_TOKEN in dict(found).values():
        raise OptionError(f"--tokens: {path.name} has the hash of an empty token")
    if len({name for name, _ in found}) < len(found) or len({known for _, known in found}) < len(found):
        raise OptionError(f"--tokens: {path.name} has a name or a token twice; each token has one name")
    return dict(found)


def caller_for(callers: Mapping[str, bytes], header: str) -> str | None:
    """The name whose token this is. Every known hash is compared, so time tells nothing."""
    scheme, _, token = header.partition(" ")
    digest = hashlib.sha256(token.strip().encode()).digest()
    found = None
    for name, known in callers.items():
        if hmac.compare_digest(digest, known) and scheme.lower() == "bearer":
            found = name
    return found


class Bearer:
    """ASGI middleware: ``/mcp`` only with a known token; the caller's name travels in the scope.

    It travels as the SDK's authenticated user too, which ties a session of the older protocol to the token that opened
    it: nobody answers the question that was put to another.
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
            scope["user"] = _user(name)
        await self._app(scope, receive, send)


def _user(name: str) -> AuthenticatedUser:
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from mcp.server.auth.provider import AccessToken

    # The token itself goes no further.
    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": UNAUTHORIZED})


def caller_of(context: Any) -> Caller:
    """The caller that the middleware named."""
    return Caller(f"http:{context.request.state.caller}")
