"""Calls a second of ``dlc_get_job`` with 1, 8 and 64 in flight, beside the bare tool with httpx."""

from __future__ import annotations

import time

import anyio
import httpx
from mcp import Client

from pai_dlc_emulator.server import started

from .one_call import a_job, bare, calling, ours, with_httpx


async def rate(client: Client, job: str, flying: int, calls: int) -> float:
    """Calls a second with ``flying`` of them in flight at once."""
    call, left = calling(client, job), iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await call()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(flying):
            group.start_soon(worker)
    return calls / (time.perf_counter() - began)


async def main(calls: int = 400) -> None:
    with started() as emulator:
        async with httpx.AsyncClient() as http, ours(emulator) as mine, bare(with_httpx(emulator, http)) as plain:
            job = await a_job(mine)
            await rate(mine, job, 1, 20)
            await rate(plain, job, 1, 20)
            for flying in (1, 8, 64):
                us, them = await rate(mine, job, flying, calls), await rate(plain, job, flying, calls)
                print(f"{flying:2} in flight: {us:.0f} calls/s beside {them:.0f} ({us / them:.2f}x)", flush=True)
