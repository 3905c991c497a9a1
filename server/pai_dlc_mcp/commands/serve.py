"""``pai-dlc-mcp serve``: the MCP server on stdio, or on streamable HTTP."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from dataclasses import replace

from ..options import OptionError, add_flags, settings_from
from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--http", metavar="HOST:PORT", help="serve streamable HTTP at /mcp instead of stdio")
    parser.add_argument("--emulator", action="store_true", help="in front of a private embedded emulator: no account")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags)
    address = _address(flags.http) if flags.http else None
    settings = settings if flags.state or settings.state != "memory" else with_default_state(settings, flags.emulator)
    configure_logging(settings.log_level)
    import anyio

    from ..app import Application

    app = Application(settings, emulate=flags.emulator)
    if address is None:
        from ..transports.stdio import serve_stdio

        anyio.run(serve_stdio, app)
    else:
        from ..transports.http import serve_http

        anyio.run(serve_http, app, *address)
    return 0


def with_default_state(settings: Settings, emulate: bool) -> Settings:
    """The state that outlives the process: a file under the user's state folder; memory beside an emulator."""
    if emulate:
        return settings
    from ..state.places import default_file

    return replace(settings, state=str(default_file()))


def configure_logging(level: str) -> None:
    """To stderr; stdout belongs to the protocol."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )


def _address(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})", text)
    if not match or int(match[2]) > 65_535:
        raise OptionError("--http takes HOST:PORT, such as 127.0.0.1:8080")
    return match[1].strip("[]"), int(match[2])
