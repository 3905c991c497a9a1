"""An ordinary client beside hostile ones for half a minute: its slowest calls in a hundred stay under the goal (R77).

``python -m evals.benchmarks.run hostile``, part of ``make soak``. Over HTTP, each side in a process of its own, so that
the figure is the server's: some clients read, search and diagnose a job whose log is made to be slow, others open
connections and never finish a request. One client makes ordinary calls, one after the other, alone first and then
beside them.
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
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import anyio
import httpx
from mcp import Client

from .figures import Figure, note
from .masking import HOSTILE

SECONDS, ALONE_S, GOAL_MS = 30.0, 5.0, 100.0
HOSTILE_CLIENTS, HALF_CONNECTIONS, LINE_CHARS = 4, 200, 800_000
START_S = 60.0


def running(
    *arguments: str, environment: dict[str, str] | None = None
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A command of the product."""
    return running_module("pai_dlc_mcp", *arguments, environment=environment)


@contextmanager
def running_module(
    module: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A module as a program; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
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


async def until_listening(port: int) -> None:
    """Raises: TimeoutError: nobody listens in time."""
    with anyio.fail_after(START_S):
        while True:
            with suppress(OSError):
                async with await anyio.connect_tcp("127.0.0.1", port):
                    return
            await anyio.sleep(0.1)


async def seconds_of_calls(client: Client, until: float) -> dict[str, list[float]]:
    """How long ordinary calls took, in turn: one that reads from the service, and one that the server answers alone.
    What the first takes longer than the second is the emulator's, which the hostile calls keep busy too."""
    taken: dict[str, list[float]] = {"dlc_list_jobs": [], "pai_status": []}
    while time.monotonic() < until:
        for tool, times in taken.items():
            began = time.perf_counter()
            await client.call_tool(tool, {})
            times.append(time.perf_counter() - began)
    return taken


def report(name: str, taken: dict[str, list[float]]) -> float:
    """Print the median and the 99th of a hundred of each kind of call, and return the worst of the latter in
    milliseconds."""
    found = 0.0
    for tool, times in taken.items():
        worst, median = statistics.quantiles(times, n=100)[98] * 1e3, statistics.median(times) * 1e3
        print(f"{tool}, {name}: {len(times)} calls, median {median:.0f} ms, p99 {worst:.0f} ms", flush=True)
        found = max(found, worst)
    return found


async def attackers(port: int, given: str) -> None:
    """Everything hostile, until the given time; prints how many calls were answered."""
    url, aim = f"http://127.0.0.1:{port}", json.loads(given)
    done, until = [0], time.monotonic() + aim["seconds"]
    async with anyio.create_task_group() as group:
        for _ in range(HOSTILE_CLIENTS):
            group.start_soon(attack, url, aim["calls"], until, done)
        for _ in range(HALF_CONNECTIONS):
            group.start_soon(half_open, port, until)
        await anyio.sleep(aim["seconds"])
        group.cancel_scope.cancel()
    print(done[0], flush=True)


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
    """Every log that is read from now on is one hostile line of each kind: a text that is ready, in the place of a log
    that the emulator would make first, up to fifty milliseconds in which it answers nobody else."""
    body = json.dumps({"RequestId": "HOSTILE", "Logs": [make(LINE_CHARS // len(HOSTILE)) for make in HOSTILE.values()]})
    fault = {"operation": "GetPodLogs", "kind": "status", "status": 200, "times": 1_000_000}
    fault |= {"body": body, "content_type": "application/json"}
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
    aim = json.dumps({"calls": calls, "seconds": SECONDS})
    command = [sys.executable, "-c", f"import anyio, {__name__} as m; anyio.run(m.attackers, {port}, {aim!r})"]
    async with await anyio.open_process(command, stderr=None) as hostile:
        taken = await seconds_of_calls(client, time.monotonic() + SECONDS)
        assert hostile.stdout is not None
        done = int(b"".join([part async for part in hostile.stdout]))
    load = os.getloadavg()[0]
    worst = report(f"beside {HOSTILE_CLIENTS} hostile clients and {HALF_CONNECTIONS} half connections", taken)
    print(f"load of the machine at the end: {load:.1f}, all of this included")
    name = "p99 of ordinary calls beside hostile logs and half connections"
    note(Figure(name, worst, "ms", GOAL_MS, beside=f"{done} hostile calls answered"))
