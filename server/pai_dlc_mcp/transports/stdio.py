"""Serving one client on standard input and output."""

from __future__ import annotations

from typing import Any

import anyio

from ..app import Application
from ..protocol.server import build
from . import process
from .process import Ending
from .standard_input import standard_input
from .unanswered import Reading, Unanswered, Writing


async def serve_stdio(app: Application) -> int:
    """Serve until the client closes its end or a signal comes; the exit code."""
    from mcp.server.stdio import stdio_server

    server, ending, unanswered = build(app), Ending(), Unanswered()
    process.done()
    async with app.running(), anyio.create_task_group() as group:
        group.start_soon(ending.on_signal, group.cancel_scope.cancel)
        async with standard_input() as lines:
            reader: Any = lines  # the SDK wants a file and only ever iterates over its lines
            async with stdio_server(stdin=reader) as (reading, writing):
                said, told = Reading(reading, unanswered), Writing(writing, unanswered)
                await server.run(said, told, server.create_initialization_options())
        group.cancel_scope.cancel()
    return ending.code
