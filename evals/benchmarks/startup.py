"""From spawning the server to the answer of ``tools/list``, beside the barest server."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters

from .pairs import ratio

BAREST = Path(__file__).with_name("barest.py")


async def listed(*arguments: str) -> None:
    server = StdioServerParameters(command=sys.executable, args=list(arguments), env=dict(os.environ))
    async with Client(server) as client:
        assert (await client.list_tools()).tools


async def main(pairs: int = 15) -> None:
    async def ours() -> None:
        await listed("-m", "pai_dlc_mcp", "serve", "--state", "memory")

    async def barest() -> None:
        await listed(str(BAREST))

    await ratio("spawn to tools/list, beside the barest server", ours, barest, pairs=pairs, goal="1.10x")
