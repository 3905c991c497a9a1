"""Calls a second of ``dlc_get_job`` over HTTP with 1, 8 and 64 in flight, beside the bare server that sends the same
request; each server in a process of its own, the clients in this one."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client

from pai_dlc_emulator.server import Emulator, started

from .figures import Figure, note
from .hostile import free_port, running, running_module, until_listening, until_ready
from .one_call import a_job, environment_of

GOALS = {1: None, 8: None, 64: 0.95}
ROUNDS = 5
Way = Callable[[], Awaitable[Any]]


async def rate(call: Way, flying: int, calls: int) -> float:
    """Calls a second with ``flying`` of them in flight at once."""
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await call()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(flying):
            group.start_soon(worker)
    return calls / (time.perf_counter() - began)


@asynccontextmanager
async def both(emulator: Emulator) -> AsyncIterator[tuple[Client, Client]]:
    """A client of the product and one of the bare server."""
    port, other = free_port(), free_port()
    serve = ("serve", "--http", f"127.0.0.1:{port}", "--no-auth", "--state", "memory", "--region", "cn-hangzhou")
    bare = ("evals.benchmarks.bare_server", str(other), emulator.dlc, emulator.access_key_id)
    with (
        running(*serve, environment=environment_of(emulator)),
        running_module(*bare, emulator.access_key_secret),
    ):
        await until_ready(f"http://127.0.0.1:{port}")
        await until_listening(other)
        async with (
            Client(f"http://127.0.0.1:{port}/mcp") as mine,
            Client(f"http://127.0.0.1:{other}/mcp") as plain,
        ):
            yield mine, plain


async def main(calls: int = 400) -> None:
    with started() as emulator:
        async with both(emulator) as (mine, plain):
            job = await a_job(mine)
            asked = {"path": f"/api/v1/jobs/{job}", "query": {}}
            ways: tuple[Way, Way] = (
                lambda: mine.call_tool("dlc_get_job", {"job_id": job}),
                lambda: plain.call_tool("GetJob", asked),
            )
            for way in ways:
                assert not (await way()).is_error
                await rate(way, 8, 40)
            for flying, goal in GOALS.items():
                found = [[await rate(way, flying, calls) for way in ways] for _ in range(ROUNDS)]
                us, them = (statistics.median(column) for column in zip(*found, strict=True))
                beside = f"{us:.0f} calls a second beside {them:.0f}, {ROUNDS} rounds"
                name = f"dlc_get_job over HTTP, {flying} in flight, calls a second beside the bare server"
                note(Figure(name, round(us / them, 3), "x", goal, is_least=True, beside=beside))
