"""Callers by access tokens of an OAuth 2.1 authorization server: this server is its resource server.

Tokens are JWTs (RFC 9068) that the issuer signed for our audience. Its metadata (RFC 8414, or OpenID's) and its keys
are fetched when the first token comes, kept for an hour, and fetched again when a token names a key that is not among
them, at most once in ``MIN_REFRESH_S``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import jwt

from ..runtime import Caller
from .hosts import is_loopback
from .refusals import IssuerUnavailable

log = logging.getLogger(__name__)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the issuer can make; with a shared secret (HS256) whoever checks could sign."""
TYPES = ("at+jwt", "application/at+jwt", "jwt")
LEEWAY_S = 30
FRESH_S, MIN_REFRESH_S = 3_600.0, 10.0
FETCH_S = 5.0
MAX_BYTES = 1_000_000
MAX_NAME_CHARS = 200
PERSON_SCOPE = "pai-dlc:person"
"""The scope of a token that a person signs in with at the page, to approve. The metadata does not name it: a client
that asks for all that it names does not get it."""


class IssuerKeys:
    """The signing keys of one issuer, fetched when they are needed.

    ``issuer`` is the exact text that tokens carry as ``iss``.
    """

    def __init__(self, issuer: str, client: Callable[[], httpx.AsyncClient] | None = None) -> None:
        self.issuer = issuer
        self._client = client or self._default_client
        self._lock = anyio.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at, self._tried_at = -FRESH_S, -MIN_REFRESH_S

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of this id, ``None`` where the issuer has none.

        Raises:
            IssuerUnavailable: no keys are known and none can be had.
        """
        async with self._lock:
            now = anyio.current_time()
            is_stale = kid not in self._keys or now - self._fetched_at >= FRESH_S
            if is_stale and now - self._tried_at >= MIN_REFRESH_S:
                self._tried_at = now
                await self._refresh(now)
            if not self._keys:
                raise IssuerUnavailable(self.issuer)
            return self._keys.get(kid)

    async def _refresh(self, now: float) -> None:
        """Fetch the keys; where that fails those that are known stay in force, and the log says so."""
        try:
            with anyio.fail_after(FETCH_S):
                async with self._client() as client:
                    metadata = await self._metadata(client)
                    found = jwt.PyJWKSet.from_dict(await self._fetched(client, _checked_url(metadata.get("jwks_uri"))))
        except (httpx.HTTPError, OSError, ValueError, TypeError, jwt.PyJWTError, TimeoutError) as wrong:
            log.warning("the keys of the OAuth issuer cannot be had (%s)", type(wrong).__name__)
            return
        self._keys = {key.key_id: key for key in found.keys if key.key_id and key.public_key_use in (None, "sig")}
        self._fetched_at = now

    async def _metadata(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        """What the issuer says of itself, at one of the two places where it may stand.

        Raises:
            ValueError: it is another issuer's, or there is none.
        """
        for url in metadata_urls(self.issuer):
            try:
                found = await self._fetched(client, url)
            except httpx.HTTPStatusError:
                continue
            if found.get("issuer") != self.issuer:
                raise ValueError("the metadata is another issuer's")
            return found
        raise ValueError("the issuer has no metadata")

    async def _fetched(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        async with client.stream("GET", url, headers={"accept": "application/json"}) as response:
            response.raise_for_status()
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise ValueError("the issuer's answer is too long")
        found = httpx.Response(200, content=bytes(body)).json()
        if not isinstance(found, dict):
            raise TypeError("the issuer's answer is no object")
        return found

    def _default_client(self) -> httpx.AsyncClient:
        is_local = is_loopback(urlsplit(self.issuer).hostname or "")
        return httpx.AsyncClient(timeout=FETCH_S, follow_redirects=False, trust_env=not is_local)


def metadata_urls(issuer: str) -> tuple[str, str]:
    """Where an issuer's metadata is: RFC 8414 puts the well-known part before the path, OpenID behind it."""
    place = urlsplit(issuer)
    base, path = f"{place.scheme}://{place.netloc}", place.path.rstrip("/")
    return f"{base}/.well-known/oauth-authorization-server{path}", f"{base}{path}/.well-known/openid-configuration"


def _checked_url(url: Any) -> str:
    if not isinstance(url, str) or not is_secure_url(url):
        raise ValueError("the issuer's keys are at no https address")
    return url


def is_secure_url(url: str) -> bool:
    """Whether an address is https, or http on this very machine."""
    try:
        place = urlsplit(url)
        host = place.hostname
    except ValueError:
        return False
    return bool(host) and (place.scheme == "https" or (place.scheme == "http" and is_loopback(host or "")))


class JwtAuthenticator:
    """Callers by the issuer's access tokens: named by ``sub``, allowed what the scopes say.

    Raises:
        IssuerUnavailable: by ``identify``, where nothing can be said about a token.
    """

    def __init__(self, keys: IssuerKeys, audience: str, now: Callable[[], float] = time.time) -> None:
        self._keys, self._audience, self._now = keys, audience, now

    def reload(self) -> None:
        """Nothing of it is in a file."""

    def is_current(self, caller: Caller, digest: bytes) -> bool:
        """See ``Authenticator.is_current``; an issuer takes no token back before its end."""
        return caller.name.startswith("oauth:") and caller.expires_at is not None and self._now() < caller.expires_at

    async def identify(self, header: str) -> Caller | None:
        """See ``Authenticator.identify``."""
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or token.count(".") != 2:
            return None
        try:
            claims = await self._claims(token)
        except jwt.PyJWTError as wrong:
            log.debug("an access token was refused: %s", type(wrong).__name__)
            return None
        name = _name_in(claims) if claims else None
        if name is None or claims is None:
            return None
        scopes = _scopes_in(claims)
        return Caller(
            f"oauth:{name}", scopes - {PERSON_SCOPE}, is_person=PERSON_SCOPE in scopes, expires_at=claims["exp"]
        )

    async def _claims(self, token: str) -> Mapping[str, Any] | None:
        header = jwt.get_unverified_header(token)
        kid, algorithm = header.get("kid"), header.get("alg")
        is_acceptable = algorithm in ALGORITHMS and str(header.get("typ", "JWT")).lower() in TYPES
        if not is_acceptable or not isinstance(kid, str) or not kid:
            return None
        key = await self._keys.key(kid)
        if key is None or key.algorithm_name != algorithm:
            return None
        claims: dict[str, Any] = jwt.decode(
            token, key=key, algorithms=[algorithm], audience=self._audience, issuer=self._keys.issuer, leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud"]},
        )  # fmt: skip
        return claims


def _name_in(claims: Mapping[str, Any]) -> str | None:
    """Who the token is for: the subject, or the client itself where it has none."""
    subject, client = claims.get("sub"), claims.get("client_id") or claims.get("azp")
    name = subject if isinstance(subject, str) and subject else f"client/{client}" if isinstance(client, str) else None
    return name if name is not None and name.isprintable() and len(name) <= MAX_NAME_CHARS else None


def _scopes_in(claims: Mapping[str, Any]) -> frozenset[str]:
    given = claims.get("scope", claims.get("scp", ()))
    if isinstance(given, str):
        return frozenset(given.split())
    return frozenset(one for one in given if isinstance(one, str)) if isinstance(given, list) else frozenset()
