"""ACS3-HMAC-SHA256, the client's side: every request is signed over its method, path, query, headers and body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from urllib.parse import parse_qsl, quote

import httpx

from .credentials import Credential

ALGORITHM = "ACS3-HMAC-SHA256"
_PLAIN_SIGNED = ("accept", "content-type", "host", "user-agent")


class Acs3(httpx.Auth):
    """Signs what httpx is about to send. A signature serves once: a repeat needs a new date and nonce."""

    requires_request_body = True

    def __init__(self, credential: Credential, now: Callable[[], float] = time.time) -> None:
        self._credential, self._now = credential, now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        digest = hashlib.sha256(request.content).hexdigest()
        request.headers.update(self._stamps(digest))
        if self._credential.bearer_token:
            request.headers["x-acs-bearer-token"] = self._credential.bearer_token
            request.headers["x-acs-signature-type"] = "BEARERTOKEN"
        else:
            request.headers["authorization"] = self._authorization(request, digest)
        yield request

    def _stamps(self, digest: str) -> dict[str, str]:
        made = {
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now())),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": digest,
            "x-acs-credentials-provider": self._credential.source,
        }
        if self._credential.security_token:
            made["x-acs-accesskey-id"] = self._credential.access_key_id
            made["x-acs-security-token"] = self._credential.security_token
        return made

    def _authorization(self, request: httpx.Request, digest: str) -> str:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        text, names = canonical(request.method, path, query, request.headers, digest)
        value = signature(text, self._credential.secret)
        return f"{ALGORITHM} Credential={self._credential.access_key_id},SignedHeaders={names},Signature={value}"


def canonical(method: str, path: str, query: str, headers: Mapping[str, str], digest: str) -> tuple[str, str]:
    """The text that is signed, and the names of the signed headers joined by ``;``.

    The path stands as on the wire. Query keys are not encoded, their values are, with ``%20`` for a blank.
    """
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    arguments = "&".join(f"{key}={quote(value, safe='~')}" for key, value in pairs)
    signed = sorted(name for name in headers if name in _PLAIN_SIGNED or name.startswith("x-acs-"))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    names = ";".join(signed)
    return "\n".join((method, path, arguments, lines, names, digest)), names


def signature(text: str, secret: str) -> str:
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(text.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
