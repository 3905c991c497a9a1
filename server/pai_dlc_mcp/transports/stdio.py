"""Serving one client on standard input and output."""

from __future__ import annotations

from ..app import Application
from ..protocol.server import build


async def serve_stdio(app: Application) -> None:
    """Serve until the client closes its end."""
    from mcp.server.stdio import stdio_server

    server = build(app)
    async with app.running(), stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
