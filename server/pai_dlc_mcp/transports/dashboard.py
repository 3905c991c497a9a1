"""Serves the page alone, on loopback, to the one user who has started it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from starlette.applications import Starlette

from ..app import Application
from ..page.gate import PageHeaders
from ..page.routes import Page
from ..page.sessions import OneTimeKey
from .doors import TerminalDoor
from .hosts import LOOPBACK, KnownHosts
from .limits import ShortHeaders, WholeBodies

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The ASGI application of one dashboard."""

    asgi: Starlette
    page: Page

    def begin_shutdown(self) -> None:
        """No stream has to be closed first: the page's end with their connections."""

    def reload(self, tls: ssl.SSLContext | None = None) -> bool:
        """Nothing of it is in a file."""
        return False


def build_dashboard(app: Application, key: OneTimeKey, port: int, *, is_terminal: bool) -> Dashboard:
    """The page on this port of the loopback; its approvals are the user's own where the key was shown on a terminal."""
    app.page = f"http://{HOST}:{port}/approvals" if is_terminal else None
    page = Page(app, TerminalDoor(app, key, is_terminal=is_terminal), f"pai_dlc_mcp_{port}")
    asgi = Starlette(routes=page.routes())
    asgi.router.redirect_slashes = False
    # The last one is the outermost.
    asgi.add_middleware(WholeBodies)
    asgi.add_middleware(PageHeaders, everywhere=True)
    asgi.add_middleware(KnownHosts, names=LOOPBACK)
    asgi.add_middleware(ShortHeaders)
    return Dashboard(asgi, page)
