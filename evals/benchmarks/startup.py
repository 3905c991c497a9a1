"""From spawning the server to the answer of ``tools/list``, and to the first call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread

from .figures import Figure, note
from .pairs import ratio

BAREST = Path(__file__).with_name("barest.py")
VERSION = "2025-11-25"
WITHOUT_SNAPSHOT = {"XDG_CACHE_HOME": os.devnull}
SETTLED_S = 2.0
"""How long a client that has its list leaves the server alone before it calls."""


class Spawned:
    """A server on stdio, spoken to line by line: nothing of a client's own start is measured."""

    def __init__(self, *arguments: str, program: str = sys.executable, **environment: str) -> None:
        self._number = 0
        self._began = time.perf_counter()
        self.process = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **environment}, stderr=None if program == sys.executable else subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, method: str, params: Any) -> Any:
        """Send a request and give its result."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            answer = json.loads(line)
            if answer.get("id") == self._number:
                return answer["result"]
        raise RuntimeError(f"{self.process.args!r} ended before it answered {method}")

    def list_tools(self) -> float:
        """Seconds from the spawn to the list."""
        greeting = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "benchmark", "version": "1"}}
        self.ask("initialize", greeting)
        assert self.ask("tools/list", {})["tools"]
        return time.perf_counter() - self._began

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def until_listed(*arguments: str, program: str = sys.executable, **environment: str) -> float:
    server = Spawned(*arguments, program=program, **environment)
    try:
        return server.list_tools()
    finally:
        server.end()


def memory_at_rest(*arguments: str, program: str = sys.executable, **environment: str) -> float:
    """Resident megabytes of a server whose client has had its list for a while."""
    server = Spawned(*arguments, program=program, **environment)
    try:
        server.list_tools()
        time.sleep(SETTLED_S)
        pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    finally:
        server.end()


def first_call(name: str, *arguments: str, **environment: str) -> float:
    """Seconds of the first call of a client that has had its list for a while."""
    server = Spawned(*arguments, **environment)
    try:
        server.list_tools()
        time.sleep(SETTLED_S)
        began = time.perf_counter()
        server.ask("tools/call", {"name": name, "arguments": {}})
        return time.perf_counter() - began
    finally:
        server.end()


async def main(pairs: int = 15) -> None:
    serve = ("-m", "pai_dlc_mcp", "serve", "--state", "memory")

    async def ours() -> float:
        return await anyio.to_thread.run_sync(until_listed, *serve)

    async def ours_lean() -> float:
        return await anyio.to_thread.run_sync(until_listed, *serve, "--toolsets", "lean")

    async def barest() -> float:
        return await anyio.to_thread.run_sync(until_listed, str(BAREST))

    for way in (ours, ours_lean):  # the first start of all records what the next ones answer from
        await way()
    await ratio("spawn to tools/list, beside the barest server", ours, barest, pairs=pairs, goal=0.15)
    await ratio("spawn to tools/list, lean beside default", ours_lean, ours, pairs=pairs, goal=1.05)

    async def call_behind_the_front() -> float:
        return await anyio.to_thread.run_sync(first_call, "pai_status", *serve)

    async def call_without() -> float:
        return await anyio.to_thread.run_sync(partial(first_call, "pai_status", *serve, **WITHOUT_SNAPSHOT))

    name = "first call two seconds after the list, with a snapshot beside without"
    await ratio(name, call_behind_the_front, call_without, pairs=max(pairs // 2, 1), goal=1.05)
    resident = await anyio.to_thread.run_sync(memory_at_rest, *serve)
    note(Figure("memory at rest, two seconds after the list", resident, "MB", 60))
    spent = [await ours() for _ in range(pairs)]
    note(Figure("spawn to tools/list, the fastest", min(spent) * 1e3, "ms", 60, beside=f"of {pairs}"))
