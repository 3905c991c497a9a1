"""The signature's service side: is the request signed by a caller that the world knows?

Both forms that the product's clients use: ACS3-HMAC-SHA256, and the older ROA form with HMAC-SHA1. Written from the
descriptions of the signatures: it shares no code with the clients that it checks. Dates are compared with real time,
not the emulated clock, because a client only knows real time.
"""

from __future__ import annotations

import base64
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
_ACS3 = re.compile(rf"{ALGORITHM} Credential=([^,]+),\s?SignedHeaders=([^,]+),\s?Signature=([0-9a-f]{{64}})")
_ROA = re.compile(r"acs ([^:]+):([A-Za-z0-9+/]{27}=)")
_ACS3_NEEDS = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")
_ROA_NEEDS = ("date", "x-acs-version", "x-acs-signature-nonce")
_ACS3_DATE, _ROA_DATE = "%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"


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
        sent = request.headers.get("authorization", "")
        if match := _ROA.fullmatch(sent):
            key = self._known(request, keys, match[1], _ROA_NEEDS)
            _check_date(request.headers["date"], _ROA_DATE)
            _check_roa(request, key, match[2])
        elif match := _ACS3.fullmatch(sent):
            key = self._known(request, keys, match[1], _ACS3_NEEDS)
            _check_date(request.headers["x-acs-date"], _ACS3_DATE)
            _check_acs3(request, key, match[2].split(";"), match[3])
        else:
            raise _missing("Authorization")
        _check_token(key, request.headers.get("x-acs-security-token"))
        self._use_nonce(request.headers["x-acs-signature-nonce"])
        return key.caller

    def _known(self, request: Request, keys: Mapping[str, Key], key_id: str, needed: tuple[str, ...]) -> Key:
        for name in needed:
            if not request.headers.get(name):
                raise _missing(name)
        key = keys.get(key_id)
        if key is None:
            raise ServiceError(404, "InvalidAccessKeyId.NotFound", "The specified access key is not found.")
        return key

    def _use_nonce(self, nonce: str) -> None:
        now = time.monotonic()
        while self._nonces and now - next(iter(self._nonces.values())) >= 2 * WINDOW_S:
            del self._nonces[next(iter(self._nonces))]
        if nonce in self._nonces:
            raise ServiceError(400, "SignatureNonceUsed", "The signature nonce was used before.")
        self._nonces[nonce] = now


def _missing(name: str) -> ServiceError:
    return ServiceError(400, "MissingParameter", f"The header {name} is missing or malformed.")


def _check_date(text: str, form: str) -> None:
    try:
        sent = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        raise ServiceError(400, "InvalidTimeStamp.Format", "The date of the request is malformed.") from None
    if abs(time.time() - sent.timestamp()) > WINDOW_S:
        raise ServiceError(400, "InvalidTimeStamp.Expired", "The date of the request is more than 15 minutes off.")


def _mismatch() -> ServiceError:
    return ServiceError(400, "SignatureDoesNotMatch", "The signature does not match the request and the key.")


def _check_acs3(request: Request, key: Key, signed: list[str], signature: str) -> None:
    headers = request.headers
    # A content type need not be signed: the HTTP library of the official SDKs' asynchronous calls adds its own.
    must = {"host", *(name for name in headers if name.startswith("x-acs-"))}
    if not must <= set(signed) or not set(signed) <= set(headers):
        raise ServiceError(400, "IncompleteSignature", "The signed headers are not those that must be signed.")
    digest = hashlib.sha256(request.body).hexdigest()
    expected = sign(request, key.secret, signed)
    if digest != headers["x-acs-content-sha256"] or not hmac.compare_digest(expected, signature):
        raise _mismatch()


def _check_roa(request: Request, key: Key, signature: str) -> None:
    md5 = request.headers.get("content-md5")
    if md5 and md5 != base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode():
        raise _mismatch()
    if not hmac.compare_digest(sign_roa(request, key.secret), signature):
        raise _mismatch()


def _check_token(key: Key, token: str | None) -> None:
    if (key.token or "") != (token or ""):
        raise ServiceError(400, "InvalidSecurityToken.Malformed", "The security token does not belong to the key.")
    if key.expires is not None and time.time() >= key.expires:
        raise ServiceError(400, "InvalidSecurityToken.Expired", "The security token has expired.")


def canonical(request: Request, signed: list[str]) -> str:
    """The text whose hash ACS3 signs. Query keys are not encoded, values are, and blank is ``%20``."""
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in sorted(signed))
    digest = hashlib.sha256(request.body).hexdigest()
    return "\n".join((request.method, request.path, query, headers, ";".join(sorted(signed)), digest))


def sign(request: Request, secret: str, signed: list[str]) -> str:
    """The ACS3 signature that the request ought to carry."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical(request, signed).encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical_roa(request: Request) -> str:
    """The text that the older form signs: four standard headers, the ``x-acs-`` ones, and the path with its query."""
    headers = request.headers
    standard = [headers.get(name, "") for name in ("accept", "content-md5", "content-type", "date")]
    own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-"))
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    return "\n".join((request.method, *standard, own + request.path + (f"?{query}" if query else "")))


def sign_roa(request: Request, secret: str) -> str:
    """The HMAC-SHA1 signature that the request ought to carry."""
    return base64.b64encode(hmac.new(secret.encode(), canonical_roa(request).encode(), hashlib.sha1).digest()).decode()
