"""How people come to the page: with a token where clients call on HTTP, with the terminal's key on a dashboard.

What an agent's client holds opens the page to look and never to approve (R35): a yes needs a token that was made for a
person and that ``/mcp`` refuses, or a key that only a person's terminal has shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from starlette.requests import Request

from ..app import Application, local_caller
from ..config.settings import Settings
from ..page.gate import Denied
from ..page.sessions import OneTimeKey, Session
from ..runtime import Caller
from .auth import Authenticator, Rejections
from .callers import CallerApplications, NotServed
from .refusals import IssuerUnavailable

MAX_TOKEN_CHARS = 8_000
HINTS: Mapping[str, str] = {
    "token": "A person's own is made by `pai-dlc-mcp token NAME --person`.",
    "oauth": "The page sends nobody to the authorization server. It takes a token made by `pai-dlc-mcp token "
    "oauth:SUBJECT --person`, or an access token for this server, which approves with the scope pai-dlc:person.",
    "open": "",
}
"""What to sign in with, by the way in which callers are known."""


class CallersDoor:
    """The page beside ``/mcp``: its callers sign in with their own tokens."""

    name, sees_all, shares_sessions = "http", False, True

    def __init__(
        self,
        settings: Settings,
        authenticator: Authenticator,
        applications: CallerApplications,
        rejections: Rejections,
        hosts: frozenset[str],
    ) -> None:
        self._authenticator, self._applications, self._rejections = authenticator, applications, rejections
        self.origins: Collection[str] = hosts
        self.login = "open" if settings.no_auth else "oauth" if settings.oauth_issuer else "token"
        self.is_secure = bool(settings.tls_cert) or (settings.public_url or "").startswith("https:")

    async def sign_in(self, request: Request, token: str) -> tuple[Caller, bool, bytes]:
        """See ``page.routes.Door``."""
        try:
            is_text = token.isascii() and token.isprintable() and len(token) <= MAX_TOKEN_CHARS
            caller = await self._authenticator.identify(f"Bearer {token}") if is_text else None
        except IssuerUnavailable:
            raise Denied(503, "unavailable", "The authorization server cannot be asked; try again.") from None
        if caller is None:
            if not await self._rejections.delay(request.scope):
                raise Denied(429, "too_many", "Too many wrong tokens; try again later.")
            raise Denied(401, "not_signed_in", "The token is not valid.", login=self.login, hint=HINTS[self.login])
        self.application(caller)
        return caller, caller.is_person, hashlib.sha256(token.encode()).digest()

    def redeem(self, key: str) -> None:
        """There are no one-time keys here."""

    def is_current(self, session: Session) -> bool:
        """See ``page.routes.Door``."""
        return self._authenticator.is_current(session.caller, session.credential)

    def application(self, caller: Caller) -> Application:
        """See ``page.routes.Door``."""
        try:
            return self._applications.of(caller)
        except NotServed:
            raise Denied(403, "not_allowed", "This caller is not among those that the server serves.") from None


class TerminalDoor:
    """The page of ``pai-dlc-mcp dashboard``: one user, whose terminal has shown the key.

    ``is_terminal``: a person has seen it, so they may approve. What a program reads from a pipe lets it look only.
    """

    name, login, sees_all, is_secure, shares_sessions = "dashboard", "dashboard", True, False, False

    def __init__(self, app: Application, key: OneTimeKey, *, is_terminal: bool) -> None:
        self._app, self._key, self._is_terminal = app, key, is_terminal
        self.origins: Collection[str] = frozenset()

    async def sign_in(self, request: Request, token: str) -> tuple[Caller, bool, bytes]:
        """Nobody signs in with a token here."""
        raise Denied(401, "not_signed_in", "Open the address that the terminal has shown.", login=self.login)

    def redeem(self, key: str) -> tuple[Caller, bool, bytes] | None:
        """See ``page.routes.Door``."""
        return (local_caller(), self._is_terminal, b"") if self._key.redeem(key) else None

    def is_current(self, session: Session) -> bool:
        """The key's session ends with the process."""
        return True

    def application(self, caller: Caller) -> Application:
        """There is one."""
        return self._app
