"""``pai-dlc-mcp dashboard``: the page for people, on loopback, for the user who starts it.

It prints an address with a key that serves once; Enter prints another one. Approvals can be given there only where the
key was shown on a terminal, as with ``pai-dlc-mcp approve``.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable

import anyio

from ..app import Application
from ..config.settings import OptionError
from ..config.sources import add_flags, settings_from
from ..logs import configure_logging
from ..page.files import HOW_TO_BUILD, built_files
from ..page.sessions import OneTimeKey
from ..transports.dashboard import HOST, Dashboard, build_dashboard
from ..transports.http import run_service
from .startup import default_state, embedded_emulator, load_credentials_library

LOOKS_ONLY = "This is no terminal, so nobody can approve anything on the page: start it in a terminal of your own."
ENTER = "Enter prints a new address, Ctrl-C ends it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", metavar="N", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    if not 0 <= flags.port <= 65_535:
        raise OptionError("--port takes 0 to 65535")
    if not built_files():
        raise OptionError(HOW_TO_BUILD)
    if settings.tls_cert or settings.tls_key or settings.public_url:
        raise OptionError(
            "the dashboard is on loopback alone; for others there is `serve --http`, which has the page too"
        )
    configure_logging(settings.log_level, settings.log_format)
    app = Application(settings, emulate=embedded_emulator if flags.emulator else None)
    if not flags.emulator:
        load_credentials_library()
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    key = OneTimeKey()

    def build(port: int) -> Dashboard:
        return build_dashboard(app, key, port, is_terminal=is_terminal)

    def announce(url: str) -> None:
        print_address(url, key)
        if is_terminal:
            print(ENTER, file=sys.stderr, flush=True)
            on_enter(lambda: print_address(url, key))
        else:
            print(LOOKS_ONLY, file=sys.stderr, flush=True)

    return anyio.run(run_service, app, HOST, flags.port, build, announce)


def print_address(url: str, key: OneTimeKey) -> None:
    """Show where the page is, with a key that serves once; the one that was shown before serves no longer."""
    print(f"{url}/?key={key.renew()}", flush=True)


def on_enter(act: Callable[[], object], at_end: Callable[[], object] = lambda: None) -> None:
    """Call ``act`` for each line that is typed, and ``at_end`` where the input ends (Ctrl-D), on a thread that ends
    with the process."""

    def listen() -> None:
        for _ in sys.stdin:
            act()
        at_end()

    threading.Thread(target=listen, name="enter", daemon=True).start()
