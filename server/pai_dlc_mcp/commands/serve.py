"""``pai-dlc-mcp serve``: the MCP server on stdio, or on streamable HTTP."""

from __future__ import annotations

import argparse
import logging
import re
import sys

from ..config.sources import OptionError, add_flags, settings_from
from ..transports import process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--http", metavar="HOST:PORT", help="serve streamable HTTP at /mcp instead of stdio")
    parser.add_argument("--emulator", action="store_true", help="in front of a private embedded emulator: no account")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    with process.started():
        return _served(flags)


def _served(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    address = _address(flags.http) if flags.http else None
    configure_logging(settings.log_level)
    import anyio

    from ..app import Application

    app = Application(settings, emulate=flags.emulator)
    if address is None:
        from ..transports.stdio import serve_stdio

        return anyio.run(serve_stdio, app)
    from ..transports.http import serve_http

    return anyio.run(serve_http, app, *address)


def default_state(emulate: bool) -> str:
    """State that outlives the process, in a file under the user's state folder; memory beside an emulator."""
    if emulate:
        return "memory"
    from ..state.places import default_file

    try:
        return str(default_file())
    except RuntimeError:
        raise OptionError("--state: this user has no home folder to keep it in; name a file, or memory") from None


def configure_logging(level: str) -> None:
    """To stderr; stdout belongs to the protocol."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    quiet()


def quiet() -> None:
    """Libraries only warn: at lower levels they write whole addresses and messages, and with them arguments (R65)."""
    for name in ("httpx", "httpcore", "mcp", "sse_starlette", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _address(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})", text)
    if not match or int(match[2]) > 65_535:
        raise OptionError("--http takes HOST:PORT, such as 127.0.0.1:8080")
    return match[1].strip("[]"), int(match[2])
