"""An ordinary client beside hostile ones for half a minute: its slowest calls in a hundred stay under the goal (R77).

``python -m evals.benchmarks.run hostile``, part of ``make soak``. Over HTTP, each side in a process of its own: some
clients read, search and diagnose a job whose log is made to be slow, others open connections and never finish a
request. One client makes ordinary calls, one after the other, alone first and then beside them.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import httpx
from mcp import Client

from .masking import HOSTILE

SECONDS, ALONE_S, GOAL_MS = 30.0, 5.0, 100.0
HOSTILE_CLIENTS, HALF_CONNECTIONS, LINE_CHARS = 4, 200, 800_000
START_S = 60.0


@contextmanager
def running(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pai_dlc_mcp", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | (environment or {}),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def until_ready(url: str) -> None:
    """Raises: TimeoutError: the server does not listen in time."""
    with anyio.fail_after(START_S):
        async with httpx.AsyncClient() as http:
            while True:
                with suppress(httpx.HTTPError):
                    if (await http.get(f"{url}/readyz")).is_success:
                        return
                await anyio.sleep(0.1)


async def seconds_of_calls(client: Client, until: float) -> list[float]:
    """How long ordinary calls took, one after the other."""
    taken = []
    while time.monotonic() < until:
        began = time.perf_counter()
        await client.call_tool("dlc_list_jobs", {"page_size": 5})
        taken.append(time.perf_counter() - began)
    return taken


def report(name: str, taken: list[float]) -> float:
    """Print the median and the 99th of a hundred, and return the latter in milliseconds."""
    worst = statistics.quantiles(taken, n=100)[98] * 1e3
    print(f"{name}: {len(taken)} calls, median {statistics.median(taken) * 1e3:.0f} ms, p99 {worst:.0f} ms", flush=True)
    return worst


async def attack(url: str, calls: list[tuple[str, dict[str, Any]]], until: float, done: list[int]) -> None:
    """The hostile calls in turn, again and again."""
    async with Client(f"{url}/mcp") as client:
        while time.monotonic() < until:
            for tool, arguments in calls:
                if time.monotonic() < until:
                    await client.call_tool(tool, arguments)
                    done[0] += 1


async def half_open(port: int, until: float) -> None:
    """A request that begins and never ends, opened again whenever the server closes it."""
    while time.monotonic() < until:
        with suppress(OSError, anyio.EndOfStream, anyio.BrokenResourceError):
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                await stream.send(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n{")
                with anyio.move_on_after(max(0.0, until - time.monotonic())):
                    await stream.receive()
        await anyio.sleep(0.1)


def poison(admin: str) -> None:
    """Every log that is read from now on is one hostile line of each kind."""
    lines = [make(LINE_CHARS // len(HOSTILE)) for make in HOSTILE.values()]
    fault = {"operation": "GetPodLogs", "kind": "answer", "body": {"Logs": lines}, "times": 1_000_000}
    httpx.post(f"{admin}/faults", json=[fault], timeout=60).raise_for_status()


async def main() -> None:
    with running("emulator", "--port", "0") as emulator:
        assert emulator.stdout is not None
        at = json.loads(emulator.stdout.readline())
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            "PAI_DLC_MCP_DLC_ENDPOINT": at["dlc"],
            "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": at["aiworkspace"],
            "ALIBABA_CLOUD_ACCESS_KEY_ID": at["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": at["access_key_secret"],
        }
        serve = ("serve", "--http", f"127.0.0.1:{port}", "--no-auth", "--state", "memory", "--region", "cn-hangzhou")
        with running(*serve, environment=environment):
            await until_ready(url)
            async with Client(f"{url}/mcp") as client:
                await measure(client, url, port, at["admin"])


async def measure(client: Client, url: str, port: int, admin: str) -> None:
    listed = (await client.call_tool("dlc_list_jobs", {"status": "Running"})).structured_content["data"]["Jobs"]
    job = (await client.call_tool("dlc_get_job", {"job_id": listed[0]["JobId"]})).structured_content["data"]
    pod = {"job_id": job["JobId"], "pod_id": job["Pods"][0]["PodId"]}
    report("alone", await seconds_of_calls(client, time.monotonic() + ALONE_S))
    poison(admin)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("dlc_get_pod_logs", pod),
        ("dlc_search_logs", {**pod, "text": "(a+)+$"}),
        ("dlc_diagnose_job", {"job_id": job["JobId"]}),
    ]
    until, done = time.monotonic() + SECONDS, [0]
    async with anyio.create_task_group() as group:
        for _ in range(HOSTILE_CLIENTS):
            group.start_soon(attack, url, calls, until, done)
        for _ in range(HALF_CONNECTIONS):
            group.start_soon(half_open, port, until)
        taken = await seconds_of_calls(client, until)
        group.cancel_scope.cancel()
    worst = report(f"beside {HOSTILE_CLIENTS} hostile clients and {HALF_CONNECTIONS} half connections", taken)
    print(f"hostile calls answered: {done[0]}; goal p99 < {GOAL_MS:.0f} ms: {'met' if worst < GOAL_MS else 'missed'}")
