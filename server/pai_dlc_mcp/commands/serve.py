"""``pai-dlc-mcp serve``: the MCP server, on stdio or on streamable HTTP."""

from __future__ import annotations

import argparse
import os
import re
import sys

import anyio

from ..app import Application
from ..config.settings import OptionError
from ..config.sources import add_flags, settings_from
from ..logs import configure_logging
from ..transports.front import started
from ..transports.stdio import serve_stdio
from .startup import default_state, embedded_emulator

SWITCH_S = 0.0005
"""How long a thread that masks or searches keeps the interpreter while the event loop waits for it; 5 ms by default,
and one ordinary call waits a dozen times (R77)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--http", metavar="HOST:PORT", help="serve streamable HTTP at /mcp instead of stdio")
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    address = parse_address(flags.http) if flags.http else None
    configure_logging(settings.log_level, settings.log_format)
    metrics = None
    if any(os.environ.get(name) for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        from ..observability.tracing import start_tracing  # start-up: saves 60 ms where nothing is traced

        start_tracing()
        from ..observability.metrics import Metrics  # start-up: saves 1 ms where nothing is traced

        metrics = Metrics()  # the client that counts makes the spans too
    app = Application(settings, emulate=embedded_emulator if flags.emulator else None, metrics=metrics)
    if address is not None:
        from ..transports.http import serve_http  # start-up: saves 60 ms on stdio

        sys.setswitchinterval(SWITCH_S)
        return anyio.run(serve_http, app, *address)
    return anyio.run(serve_stdio, app, started())


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; an IPv6 host stands in brackets.

    Raises:
        OptionError: the text is neither.
    """
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})", text)
    if not match or int(match[2]) > 65_535:
        raise OptionError("--http takes HOST:PORT, such as 127.0.0.1:8080")
    return match[1].strip("[]"), int(match[2])
