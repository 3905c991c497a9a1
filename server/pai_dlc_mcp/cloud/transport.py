"""The only place that touches the network: one attempt, filled into its :class:`Exchange`.

Imported with the first call, since httpx takes a while.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import zlib
from collections.abc import Callable, Generator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx

from ..errors import Unavailable
from .credentials import Credential
from .endpoints import Endpoints
from .proxies import Proxies, bracketed, of_environment
from .request import ERROR_BYTES, Exchange

CONNECT_S, READ_S = 15.0, 30.0

_WORDS: tuple[tuple[type[httpx.TransportError], str], ...] = (
    (httpx.ConnectTimeout, f"could not be connected to within {CONNECT_S:.0f} s"),
    (httpx.ConnectError, "could not be connected to (name, network, proxy or certificate)"),
    (httpx.ProxyError, "could not be reached through the proxy"),
    (httpx.PoolTimeout, "could not be asked, too many requests are in flight"),
    (httpx.ReadTimeout, f"sent nothing for {READ_S:.0f} s"),
    (httpx.TransportError, "broke the connection"),
)


class Transport:
    """A pool of connections. Proxies of the environment are used, but never for this machine's own addresses.

    Raises:
        Unavailable: a proxy or certificates of the environment cannot be used; it names the variable.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        proxies = of_environment()
        if proxies.faults:
            raise Unavailable(f"Nothing was sent: {proxies.faults[0]}.")
        try:
            self._http = open_pool(endpoints, proxies)
        except (ValueError, OSError, httpx.InvalidURL):
            raise Unavailable(f"Nothing was sent: {CERTIFICATES}.") from None

    async def run(self, x: Exchange, credential: Credential) -> None:
        """Send, and read as far as the limit. Trouble is noted in the exchange, not raised."""
        request = self._http.build_request(x.request.method, x.url, content=x.request.body, headers=x.headers)
        request.extensions["trace"] = _Trace(x)
        try:
            response = await self._http.send(request, auth=Acs3(credential), stream=True)
            try:
                x.status, x.answer_headers = response.status_code, response.headers
                await _read(response, x)
            finally:
                await response.aclose()
        except httpx.TransportError as fault:
            x.trouble = words_of(fault)

    async def close(self) -> None:
        await self._http.aclose()


CERTIFICATES = (
    "SSL_CERT_FILE or SSL_CERT_DIR names certificates that cannot be read; let it name a PEM file or a folder of them"
)
_LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=20, keepalive_expiry=5.0)


def words_of(fault: httpx.TransportError) -> str:
    """What happened to a request, as it follows the host's name; the library's own text can hold addresses."""
    return next(words for kind, words in _WORDS if isinstance(fault, kind))


def open_pool(endpoints: Endpoints, proxies: Proxies) -> httpx.AsyncClient:
    """Connections through these proxies, to the endpoints' own hosts on this machine without one.

    Raises:
        ValueError, OSError: proxies or certificates that cannot be used.
    """
    context = httpx.create_ssl_context()
    mounts: dict[str, httpx.AsyncBaseTransport | None] = {
        f"{scheme}://": httpx.AsyncHTTPTransport(verify=context, limits=_LIMITS, proxy=address)
        for scheme, address in proxies.by_scheme.items()
    }
    mounts |= dict.fromkeys(proxies.bypassed(endpoints.hosts))
    mounts |= dict.fromkeys(f"all://{bracketed(host)}" for host in endpoints.local_hosts)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        limits=_LIMITS,
        mounts=mounts,
        verify=context,
        # What the environment names stands in the mounts and the certificates; a netrc file is nobody's business.
        trust_env=False,
        follow_redirects=False,
        # No cookie is ever sent back: callers share the pool.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


class _Trace:
    """Notes when the first byte of the request may have left; a proxy's CONNECT is not the request."""

    def __init__(self, x: Exchange) -> None:
        self._x = x

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self._x.sent = True
            info["request"].extensions.pop("trace", None)  # what follows tells nothing more


async def _read(response: httpx.Response, x: Exchange) -> None:
    limit = x.limit if x.done else ERROR_BYTES
    decoder = _decoder(response.headers.get("content-encoding", ""))
    async for chunk in response.aiter_raw():
        try:
            # One byte past the limit tells a longer answer from one that just fits.
            x.body += decoder(chunk, limit + 1 - len(x.body)) if decoder else chunk
        except zlib.error:
            x.trouble = "sent an answer whose compression is broken"
            return
        if len(x.body) > limit:
            del x.body[limit:]
            x.more = True
            return


def _decoder(encoding: str) -> Any:
    """Some proxies compress though nobody asked. Decoding is bounded, so a small answer can not swell without end."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return None
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress


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
