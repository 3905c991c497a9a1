"""ACS3-HMAC-SHA256, the service's side: is the request signed by a caller that the world knows?

Written from the description of the signature, on its own: it shares no code with the client that it checks.
The date is held against real time, not the emulated clock, because the client only knows real time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from .accounts import Key
from .wire import Caller, ServiceError

ALGORITHM = "ACS3-HMAC-SHA256"
WINDOW_S = 900
_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,]+),\s?SignedHeaders=([^,]+),\s?Signature=([0-9a-f]{{64}})")
_NEEDED = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")


class Request(NamedTuple):
    """What the signature covers; ``path`` and ``query`` as they stood on the wire, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Verifier:
    """Checks requests against a table of keys and remembers, oldest first, the nonces of the last half hour."""

    def __init__(self) -> None:
        self._nonces: dict[str, float] = {}

    def verify(self, request: Request, keys: Mapping[str, Key]) -> Caller:
        """Who sent the request, or the service's own error for what is wrong with it."""
        headers = request.headers
        match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if match is None:
            raise _missing("Authorization")
        for name in _NEEDED:
            if not headers.get(name):
                raise _missing(name)
        key = keys.get(match[1])
        if key is None:
            raise ServiceError(404, "InvalidAccessKeyId.NotFound", "The specified access key is not found.")
        _check_date(headers["x-acs-date"])
        _check_signature(request, key, match[2].split(";"), match[3])
        _check_token(key, headers.get("x-acs-security-token"))
        self._use_nonce(headers["x-acs-signature-nonce"])
        return key.caller

    def _use_nonce(self, nonce: str) -> None:
        now = time.monotonic()
        while self._nonces and now - next(iter(self._nonces.values())) >= 2 * WINDOW_S:
            del self._nonces[next(iter(self._nonces))]
        if nonce in self._nonces:
            raise ServiceError(400, "SignatureNonceUsed", "The signature nonce was used before.")
        self._nonces[nonce] = now


def _missing(name: str) -> ServiceError:
    return ServiceError(400, "MissingParameter", f"The header {name} is missing or malformed.")


def _check_date(text: str) -> None:
    try:
        sent = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ServiceError(400, "InvalidTimeStamp.Format", "The date of the request is malformed.") from None
    if abs(time.time() - sent.timestamp()) > WINDOW_S:
        raise ServiceError(400, "InvalidTimeStamp.Expired", "The date of the request is more than 15 minutes off.")


def _check_signature(request: Request, key: Key, signed: list[str], signature: str) -> None:
    headers = request.headers
    # A content type need not be signed: the HTTP library of the official SDKs' asynchronous calls adds its own.
    must = {"host", *(name for name in headers if name.startswith("x-acs-"))}
    if not must <= set(signed) or not set(signed) <= set(headers):
        raise ServiceError(400, "IncompleteSignature", "The signed headers are not those that must be signed.")
    digest = hashlib.sha256(request.body).hexdigest()
    expected = sign(request, key.secret, signed)
    if digest != headers["x-acs-content-sha256"] or not hmac.compare_digest(expected, signature):
        raise ServiceError(400, "SignatureDoesNotMatch", "The signature does not match the request and the key.")


def _check_token(key: Key, token: str | None) -> None:
    if (key.token or "") != (token or ""):
        raise ServiceError(400, "InvalidSecurityToken.Malformed", "The security token does not belong to the key.")
    if key.expires is not None and time.time() >= key.expires:
        raise ServiceError(400, "InvalidSecurityToken.Expired", "The security token has expired.")


def canonical(request: Request, signed: list[str]) -> str:
    """The text whose hash is signed. Query keys are not encoded, values are, and blank is ``%20``."""
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in sorted(signed))
    digest = hashlib.sha256(request.body).hexdigest()
    return "\n".join((request.method, request.path, query, headers, ";".join(sorted(signed)), digest))


def sign(request: Request, secret: str, signed: list[str]) -> str:
    """The signature that the request ought to carry."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical(request, signed).encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
