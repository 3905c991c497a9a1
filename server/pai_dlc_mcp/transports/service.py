"""What is served on HTTP: ``/mcp``, with ``/healthz``, ``/readyz`` and ``/metrics`` beside it, and the page for people.

Every request to ``/mcp`` names its caller, on loopback too; only ``--no-auth`` says otherwise. The page knows its
callers by sessions of its own. What comes from outside
passes, in this order: limits on connections and headers, the check of Host and Origin, the check of the caller, limits
of one caller, the body; then the SDK's transport.
"""

from __future__ import annotations

import logging
import ssl
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp.server.auth.routes import build_resource_metadata_url
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ..app import Application
from ..config.settings import OptionError, Settings
from ..config.tokens import default_tokens_file, first_token
from ..observability.metrics import Metrics
from ..page.gate import PageHeaders, is_page_path
from ..page.routes import Page
from ..protocol.server import NAME, build
from ..state import StateUnavailable
from ..state.keys import reload_keys
from .auth import (
    Authenticator,
    BearerAuth,
    EitherAuthenticator,
    OpenToLoopback,
    Rejections,
    TokenAuthenticator,
    authenticated_caller,
    caller_application,
)
from .callers import CallerApplications, scopes_supported
from .doors import CallersDoor
from .hosts import LOOPBACK, PROBES, KnownHosts, bracketed, is_loopback
from .limits import MAX_BODY_BYTES, CallerLimits, ShortHeaders, WholeBodies
from .probes import Probes

log = logging.getLogger(__name__)
MAX_SESSIONS, MAX_SESSIONS_PER_CALLER = 1_000, 250
"""Sessions of the older protocol that are open at once."""
SESSION_IDLE_S = 1_800.0
"""After this time without a request a session ends."""


@dataclass(frozen=True, slots=True)
class Service:
    """One server's ASGI application, and what is done with it while it runs. ``url`` is where clients find it."""

    app: Application
    asgi: Starlette
    probes: Probes
    authenticator: Authenticator
    applications: CallerApplications
    page: Page
    url: str

    def begin_shutdown(self) -> None:
        """Take on nothing new."""
        self.probes.is_ending = True

    def reload(self, tls: ssl.SSLContext | None = None) -> bool:
        """Read tokens, callers, keys and the certificate again. Whether all of them were usable.

        What is not usable is said in the log and changes nothing.
        """
        settings, is_whole = self.app.settings, True
        steps = [("--tokens", self.authenticator.reload), ("--callers", self.applications.reload)]
        if (keys := settings.keys) is not None:
            steps.append(("--keys", lambda: reload_keys(keys.expanduser())))
        if tls is not None and (certificate := settings.tls_cert) and (key := settings.tls_key):
            steps.append(("--tls-cert", lambda: tls.load_cert_chain(certificate, key, password="")))  # none
        for option, step in steps:
            try:
                step()
            except (ValueError, OSError, StateUnavailable) as wrong:
                log.warning("%s was not read again, what was read before stays in force: %s", option, wrong)
                is_whole = False
        return is_whole


def application(app: Application, host: str = "127.0.0.1") -> Starlette:
    """The ASGI application of ``build_service``."""
    return build_service(app, host).asgi


def build_service(app: Application, host: str = "127.0.0.1", port: int = 80) -> Service:
    """The service on one address.

    Raises:
        OptionError: settings that do not go together; files that cannot be read or made, or that others can read.
    """
    settings = app.settings
    resource = _resource_url(settings, host, port)
    authenticator, limits = _authenticator(settings, resource), CallerLimits(MAX_SESSIONS_PER_CALLER, SESSION_IDLE_S)
    app.metrics = app.metrics or Metrics()
    try:
        applications = CallerApplications(app)
    except ValueError as wrong:
        raise OptionError(f"--callers {wrong}") from None
    rejections = Rejections(settings.audit_log)
    probes = Probes(app, app.metrics, limits, rejections)
    door = CallersDoor(settings, authenticator, applications, rejections, _page_hosts(settings))
    page = Page(app, door, f"pai_dlc_mcp_{_port(resource)}")
    app.page = None if settings.no_auth else _with_path(resource, "/approvals")
    server = build(app, caller=authenticated_caller, application=caller_application)
    metadata = _metadata_routes(settings, resource)
    asgi = server.streamable_http_app(
        stateless_http=not has_sessions(settings),
        max_request_body_size=MAX_BODY_BYTES,
        max_sessions=MAX_SESSIONS,
        session_idle_timeout=SESSION_IDLE_S,
        # Ours is checked before anything else is.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        custom_starlette_routes=[*probes.routes(), *metadata, *page.routes()],
    )
    asgi.router.redirect_slashes = False
    paths = [route.path for route in metadata]
    open_paths = PROBES.union(paths)
    # The last one is the outermost.
    asgi.add_middleware(WholeBodies)
    asgi.add_middleware(
        BearerAuth, authenticator=authenticator, rejections=rejections, limits=limits, applications=applications,
        metadata_url=_with_path(resource, paths[0]) if paths else None,
        is_open=lambda method, path: path in open_paths or is_page_path(method, path),
    )  # fmt: skip
    asgi.add_middleware(PageHeaders)
    asgi.add_middleware(OnePath)
    asgi.add_middleware(KnownHosts, names=_names(settings, host))
    asgi.add_middleware(ShortHeaders)
    if settings.trusted_proxies:
        asgi.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return Service(app, asgi, probes, authenticator, applications, page, resource)


def has_sessions(settings: Settings) -> bool:
    """Whether sessions of the older protocol are kept in this process.

    Behind a balancer that gives each request to the next replica they would be lost: a state that replicas share says
    that there may be one. Without sessions nobody is asked by the client in that protocol; a token or ``approve``
    confirms.
    """
    return settings.sessions == "kept" or (settings.sessions == "auto" and "://" not in settings.state)


def _resource_url(settings: Settings, host: str, port: int) -> str:
    """The address of ``/mcp`` as clients know it.

    Raises:
        OptionError: access tokens are for an address, and an address that is bound to all is none.
    """
    if settings.public_url is not None:
        return settings.public_url.rstrip("/") + "/mcp"
    if settings.oauth_issuer is not None and not is_loopback(host):
        raise OptionError("--oauth-issuer needs --public-url: access tokens are for the address that clients know")
    return f"{'https' if settings.tls_cert else 'http'}://{bracketed(host)}:{port}/mcp"


def _port(url: str) -> int:
    """The port that clients know: servers behind one address share its page's cookie."""
    place = urlsplit(url)
    return place.port or (443 if place.scheme == "https" else 80)


def _with_path(url: str, path: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}{path}"


def _metadata_routes(settings: Settings, resource: str) -> list[Route]:
    """Where a client learns which authorization server to ask (RFC 9728).

    The issuer stands there letter for letter: the SDK's own route puts a slash behind it, and clients then take it for
    another issuer than the one that the server's metadata names.
    """
    if settings.oauth_issuer is None:
        return []
    metadata = {
        "resource": resource,
        "authorization_servers": [settings.oauth_issuer],
        "scopes_supported": scopes_supported(),
        "bearer_methods_supported": ["header"],
        "resource_name": NAME,
    }

    async def describe(request: Request) -> JSONResponse:
        return JSONResponse(metadata, headers={"access-control-allow-origin": "*", "cache-control": "max-age=3600"})

    return [Route(urlsplit(str(build_resource_metadata_url(AnyHttpUrl(resource)))).path, describe)]


def _page_hosts(settings: Settings) -> frozenset[str]:
    """The host, with its port, that the page has behind a proxy."""
    return frozenset({urlsplit(settings.public_url).netloc.lower()} if settings.public_url else ())


def _names(settings: Settings, host: str) -> set[str] | None:
    """What requests may call the server; any name where the operator did not say which is the public one."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    if is_loopback(host):
        return {*LOOPBACK, host, *([public] if public else [])}
    return {*LOOPBACK, public} if public else None


def _authenticator(settings: Settings, resource: str) -> Authenticator:
    """Who tells callers apart, as the settings say; without any, a token is made and shown once."""
    if settings.no_auth:
        if settings.tokens or settings.oauth_issuer or settings.callers:
            raise OptionError("--no-auth goes with none of --tokens, --oauth-issuer, --callers")
        return OpenToLoopback()
    if settings.oauth_audience and not settings.oauth_issuer:
        raise OptionError("--oauth-audience needs --oauth-issuer")
    if settings.oauth_issuer is None:
        return _tokens(settings)
    from .oauth import IssuerKeys, JwtAuthenticator  # start-up: saves 60 ms

    by_issuer = JwtAuthenticator(IssuerKeys(settings.oauth_issuer), settings.oauth_audience or resource)
    return EitherAuthenticator(_tokens(settings), by_issuer) if settings.tokens else by_issuer


def _tokens(settings: Settings) -> TokenAuthenticator:
    try:
        path = settings.tokens or default_tokens_file()
        token = None if settings.tokens else first_token(path, now=time.time())
        authenticator = TokenAuthenticator(path)
    except ValueError as wrong:
        raise OptionError(f"--tokens {wrong}") from None
    except OSError as wrong:
        raise OptionError(f"--tokens must name a file: the state folder cannot be used ({wrong.strerror})") from None
    if token is not None:
        print(f"A bearer token for HTTP was made; it is shown this once: {token}", file=sys.stderr, flush=True)
    return authenticator


class OnePath:
    """ASGI middleware that serves ``/mcp/`` as ``/mcp``: a redirect would lose what clients send only once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/mcp/":
            scope = {**scope, "path": "/mcp", "raw_path": b"/mcp"}
        await self._app(scope, receive, send)
