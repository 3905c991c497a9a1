"""Two server processes on one Redis, and a balancer in front that gives every connection to the next of them."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.abc import SocketStream

from pai_dlc_emulator.server import Emulator

from .forked_processes import started

LISTENS = re.compile(rb"http://127\.0\.0\.1:(\d+)/mcp")
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "balanced", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@contextmanager
def servers(
    emulator: Emulator, redis: str, keys: Path, *, count: int = 2, folder: Path, callers: Sequence[str] = ("--no-auth",)
) -> Iterator[list[int]]:
    """The ports of real processes; they end with the block. ``callers`` are the options that say who calls."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
    environment |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "HOME": str(folder),
    }
    options = ["--http", "127.0.0.1:0", *callers, "--region", "cn-hangzhou", "--state", redis, "--keys", str(keys)]
    command = [sys.executable, "-m", "pai_dlc_mcp", "serve", *options]
    servers = [started(command, env=environment, stderr=subprocess.PIPE) for _ in range(count)]
    try:
        yield [_port(process) for process in servers]
    finally:
        for process in servers:
            process.terminate()
        for process in servers:
            process.communicate(timeout=60)


def _port(process: subprocess.Popen[bytes]) -> int:
    """What the server says once it listens; its end, if it ends, says why."""
    assert process.stderr is not None
    lines: list[bytes] = []
    for line in process.stderr:
        lines.append(line)
        if found := LISTENS.search(line):
            return int(found[1])
    raise AssertionError(f"the server did not start: {b''.join(lines).decode()}")


@asynccontextmanager
async def balancer(ports: list[int]) -> AsyncIterator[tuple[int, list[int]]]:
    """Its port, and the count of connections that each server got."""
    turns, got = itertools.cycle(range(len(ports))), [0] * len(ports)

    async def serve(client: SocketStream) -> None:
        turn = next(turns)
        got[turn] += 1
        there = await anyio.connect_tcp("127.0.0.1", ports[turn])
        async with client, there, anyio.create_task_group() as group:
            group.start_soon(_pump, client, there)
            await _pump(there, client)
            group.cancel_scope.cancel()

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        yield listener.extra(anyio.abc.SocketAttribute.local_port), got
        group.cancel_scope.cancel()


async def _pump(source: SocketStream, sink: SocketStream) -> None:
    """Bytes one way, until one end closes."""
    try:
        async for data in source:
            await sink.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


@asynccontextmanager
async def callers(ports: list[int], *, keep: bool) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client for each port; without ``keep`` every call is a connection of its own."""
    limits = httpx.Limits(max_keepalive_connections=20 if keep else 0)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, trust_env=False, timeout=30)
            )
            for port in ports
        ]


async def call(client: httpx.AsyncClient, tool: str, **arguments: Any) -> dict[str, Any]:
    """One stateless call; its structured result."""
    params = {"name": tool, "arguments": arguments, "_meta": META}
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": VERSION,
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return result_of(await client.post("/mcp", json=body, headers=headers))


def result_of(response: httpx.Response) -> dict[str, Any]:
    """The structured result in a JSON or an event-stream answer."""
    import json

    text = response.text
    assert response.status_code == 200, text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = next(line[6:] for line in text.splitlines() if line.startswith("data: "))
    return dict(json.loads(text)["result"]["structuredContent"])
