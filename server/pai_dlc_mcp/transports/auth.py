"""Who calls on HTTP: named bearer tokens, of which only the hashes are known."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import ASGIApp, Receive, Scope, Send

from ..app import Application
from ..audit.record import note_rejected
from ..config.tokens import BearerToken, caller_named, read_tokens
from ..runtime import Caller
from .callers import CallerApplications, NotServed
from .limits import CallerLimits
from .refusals import IssuerUnavailable, refuse

log = logging.getLogger(__name__)
UNAUTHORIZED = "A valid bearer token is needed."
FOR_A_PERSON = "This token signs a person in at the page; a client needs one of its own."
FIRST_DELAY_S, LONGEST_DELAY_S = 0.05, 1.0
"""How long the first wrong credential of a peer waits for its answer, and at most; each one doubles it."""
FORGET_S = 60.0
"""After this time without a wrong credential a peer begins anew."""
MAX_DELAYED = 64
"""Wrong credentials that wait at once; more of them are answered immediately, with 429."""
MAX_PEERS = 1_000
MAX_LINES_PER_MINUTE = 20


def caller_for(tokens: Sequence[BearerToken], header: str, now: float) -> str | None:
    """The name whose valid token this ``Authorization`` header carries.

    Every known hash is compared, so the time it takes reveals nothing.
    """
    scheme, _, given = header.partition(" ")
    digest = hashlib.sha256(given.strip().encode()).digest()
    found = None
    for token in tokens:
        is_known = hmac.compare_digest(digest, token.digest)
        if is_known and scheme.lower() == "bearer" and token.is_valid_at(now):
            found = token.name
    return found


class Authenticator(Protocol):
    """Tells callers by what a request brings along."""

    def reload(self) -> None:
        """Read again what the operator may have changed.

        Raises:
            ValueError: it is not usable; what was known before stays in force.
        """

    async def identify(self, header: str) -> Caller | None:
        """The caller of an ``Authorization`` header, ``None`` where it is no good."""

    def is_current(self, caller: Caller, digest: bytes) -> bool:
        """Whether the credential of this SHA-256, which named the caller before, is still good as far as is known
        without it: one that was taken out of a file is not, nor one that has expired."""


class TokenAuthenticator:
    """Callers by the bearer tokens of a file.

    Raises:
        ValueError: the file is not usable.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        self.reload()

    def reload(self) -> None:
        """Take up a changed file; one that is not usable changes nothing.

        Raises:
            ValueError: it is not.
        """
        self._tokens = read_tokens(self._path)

    async def identify(self, header: str) -> Caller | None:
        for is_person in (False, True):
            tokens = [token for token in self._tokens if token.is_person is is_person]
            if (name := caller_for(tokens, header, self._now())) is not None:
                return Caller(caller_named(name), is_person=is_person)
        return None

    def is_current(self, caller: Caller, digest: bytes) -> bool:
        """See ``Authenticator.is_current``."""
        return any(
            hmac.compare_digest(token.digest, digest) and token.is_valid_at(self._now())
            and (caller_named(token.name), token.is_person) == (caller.name, caller.is_person)
            for token in self._tokens
        )  # fmt: skip


class EitherAuthenticator:
    """Callers by tokens of the file, and by access tokens of an issuer."""

    def __init__(self, *authenticators: Authenticator) -> None:
        self._authenticators = authenticators

    def reload(self) -> None:
        for one in self._authenticators:
            one.reload()

    async def identify(self, header: str) -> Caller | None:
        for one in self._authenticators:
            if (caller := await one.identify(header)) is not None:
                return caller
        return None

    def is_current(self, caller: Caller, digest: bytes) -> bool:
        """See ``Authenticator.is_current``."""
        return any(one.is_current(caller, digest) for one in self._authenticators)


class OpenToLoopback:
    """Everybody is one caller: what ``--no-auth`` asks for, on loopback."""

    def reload(self) -> None:
        """Nothing can have changed."""

    async def identify(self, header: str) -> Caller | None:
        return Caller("http:loopback")

    def is_current(self, caller: Caller, digest: bytes) -> bool:
        """Nothing ends here."""
        return True


class Rejections:
    """What is done about credentials that are no good: counted, slowed down by peer, logged, audited.

    The audit gets ``MAX_LINES_PER_MINUTE`` lines at most, each with the number since the line before, so that nobody
    who is not known fills a disk. What is logged is bounded for all of the server's lines alike.
    """

    def __init__(self, audit_log: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self.total = 0
        self._audit_log, self._now = audit_log, now
        self._delayed, self._unwritten = 0, 0
        self._minute, self._lines = 0, 0
        self._peers: dict[str, tuple[int, float]] = {}

    async def answer(self, scope: Scope, send: Send, challenge: str) -> None:
        """Say no, after a delay that grows with what this peer got wrong lately."""
        if not await self.delay(scope):
            await refuse(send, 429, UNAUTHORIZED, [(b"retry-after", b"2")])
            return
        await refuse(send, 401, UNAUTHORIZED, [(b"www-authenticate", challenge.encode("latin-1"))])

    async def delay(self, scope: Scope) -> bool:
        """Note a wrong credential and wait before it is answered; ``False`` where so many wait that none is to."""
        self.total += 1
        peer = str((scope.get("client") or ("unknown", 0))[0])
        log.warning("a request with no valid credential was refused; it came from %s", peer)
        await self._write_audit(peer)
        if self._delayed >= MAX_DELAYED:
            return False
        self._delayed += 1
        try:
            await anyio.sleep(self._delay_s(peer))
        finally:
            self._delayed -= 1
        return True

    async def _write_audit(self, peer: str) -> None:
        if self._audit_log is None:
            return
        now = self._now()
        self._unwritten += 1
        if (minute := int(now // 60)) != self._minute:
            self._minute, self._lines = minute, 0
        if self._lines < MAX_LINES_PER_MINUTE:
            self._lines += 1
            count, self._unwritten = self._unwritten, 0
            await note_rejected(self._audit_log, client=peer, count=count, now=now)

    def _delay_s(self, peer: str) -> float:
        now = anyio.current_time()
        count, last = self._peers.pop(peer, (0, now))
        count = 0 if now - last > FORGET_S else count
        if len(self._peers) >= MAX_PEERS:
            del self._peers[next(iter(self._peers))]
        self._peers[peer] = (count + 1, now)
        return float(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(count, 10)))


class BearerAuth:
    """ASGI middleware that serves only known callers, but where ``is_open`` (method, path) says that no bearer token is
    needed; who calls travels in the scope.

    It travels as the SDK's authenticated user too, which ties a session of the older protocol to the caller that opened
    it: nobody answers a question that was put to another.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        rejections: Rejections,
        limits: CallerLimits,
        applications: CallerApplications,
        is_open: Callable[[str, str], bool],
        metadata_url: str | None = None,
    ) -> None:
        self._app, self._authenticator, self._limits = app, authenticator, limits
        self._applications, self._rejections, self._is_open = applications, rejections, is_open
        self._metadata = f'resource_metadata="{metadata_url}"' if metadata_url else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
        # Two of them may be read as one or the other: neither counts.
        try:
            caller = await self._authenticator.identify(given[0] if len(given) == 1 else "")
            if caller is None:
                await self._rejections.answer(scope, send, self._challenge('error="invalid_token"' if given else ""))
                return
            if caller.is_person:  # what a client holds may approve nothing, so what approves is no client's
                await refuse(send, 403, FOR_A_PERSON)
                return
            application = self._applications.of(caller)
        except IssuerUnavailable:
            await refuse(send, 503, "The authorization server cannot be asked; try again.", [(b"retry-after", b"10")])
            return
        except NotServed as denied:
            await self._refuse_known(denied, send)
            return
        scope["state"] = {**scope.get("state", {}), "caller": caller, "application": application}
        scope["user"] = _sdk_user(caller.name)
        await self._limits.serve(self._app, caller.name, scope, receive, send)

    def _challenge(self, *more: str) -> str:
        """A ``WWW-Authenticate`` value (RFC 6750), with where the resource's metadata is (RFC 9728)."""
        parts = ", ".join(part for part in (self._metadata, *more) if part)
        return f"Bearer {parts}".rstrip()

    async def _refuse_known(self, denied: NotServed, send: Send) -> None:
        if denied.scope is None:
            await refuse(send, 403, "This caller is not among those that the server serves.")
            return
        challenge = self._challenge('error="insufficient_scope"', f'scope="{denied.scope}"')
        headers = [(b"www-authenticate", challenge.encode("latin-1"))]
        await refuse(send, 403, "The access token has no scope of this server.", headers)


def _sdk_user(name: str) -> AuthenticatedUser:
    # The token itself goes no further.
    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


def caller_application(context: Any) -> Application:
    """The application that the caller uses, as the middleware found it."""
    application = context.request.state.application
    if not isinstance(application, Application):
        raise TypeError("a request without an application reached the server")
    return application


def authenticated_caller(context: Any) -> Caller:
    """The caller whom the middleware put into the request."""
    caller = context.request.state.caller
    if not isinstance(caller, Caller):
        raise TypeError("a request without a caller reached the server")
    return caller
