"""A thousand people on one account: what the service sees of them with and without sharing reads and a budget.

``python -m evals.benchmarks.fleet [--hours N] [--callers N] [--replicas N]``. Time is simulated (an event loop whose
clock jumps to the next timer), the service is a model: it answers GetJob after 80 ms, and refuses what is more than a
hundred requests in the last second. The hour is the worst of a day: everybody looks all the time. Everything between
them is the product: ``dlc_wait_for_job`` called again when it says so, the client with its repeats, the budget that
four replicas divide through one state. People look after three hundred jobs that end and are followed by others;
several watch one job, each through any replica. ``alone`` is the same client with neither shared reads nor a budget.
Printed for each: requests a second (mean and most), requests that the service refused, waits that ended in an error,
and the 99th percentile of the time that one read took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import selectors
import statistics
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread

from pai_dlc_mcp.cloud.answers import Failure, judge
from pai_dlc_mcp.cloud.client import SERVICE_REQUESTS_PER_S, CloudClient, Traffic
from pai_dlc_mcp.cloud.credentials import Credential, StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.request import Exchange
from pai_dlc_mcp.composites import catalog
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import DELAYS, Call, Caller, Composite, Reply, Runtime
from pai_dlc_mcp.state.memory import MemoryState

REGION = "cn-hangzhou"
LATENCY_S, JOBS = 0.08, 300
JOB_S = (300.0, 5400.0)


class _Jump(selectors.DefaultSelector):
    """Waits for nothing: what would have been waited is added to the clock."""

    ahead_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.ahead_s += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in which an hour passes as fast as what happens in it can be computed."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.ahead_s


@dataclass
class Service:
    """The model: jobs that run and end, and a limit of requests a second."""

    rng: random.Random
    ends: dict[str, float] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    _second: deque[float] = field(default_factory=deque)

    async def answer(self, x: Exchange, job: str) -> None:
        now = anyio.current_time()
        while self._second and self._second[0] <= now - 1:
            self._second.popleft()
        self._second.append(now)
        self.seen[int(now)] += 1
        await anyio.sleep(LATENCY_S * self.rng.uniform(0.7, 1.3))
        x.sent = True
        if len(self._second) > SERVICE_REQUESTS_PER_S:
            self.refused += 1
            x.status, body = 429, {"Code": "Throttling.User", "Message": "flow control"}
        else:
            status = "Succeeded" if now >= self.ends[job] else "Running"
            x.status, body = 200, {"JobId": job, "Status": status, "DisplayName": job}
        x.body = bytearray(json.dumps(body).encode())


class SharedClient(CloudClient):
    """The product's client before the model instead of the network."""

    service: Service
    took: list[float]

    async def _once(self, x: Exchange, credential: Credential) -> Reply | Failure:
        await self.service.answer(x, x.request.target.rpartition("/")[2].partition("?")[0])
        return judge(x)

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        began = anyio.current_time()
        try:
            return await super().send(operation, args, region, max_bytes=max_bytes)
        finally:
            self.took.append(anyio.current_time() - began)


class LoneClient(SharedClient):
    """The same, every read a request of its own."""

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        began = anyio.current_time()
        try:
            return await self.request(operation, args, region, max_bytes)
        finally:
            self.took.append(anyio.current_time() - began)


@dataclass
class Fleet:
    """The replicas, and what their callers met with."""

    service: Service
    replicas: list[Runtime]
    took: list[float]
    failures: Counter[str] = field(default_factory=Counter)
    waits: int = 0

    @classmethod
    def of(cls, kind: type[SharedClient], number: int, seed: int) -> Fleet:
        service, state, took = Service(random.Random(seed)), MemoryState(anyio.current_time), list[float]()
        replicas = []
        for _ in range(number):
            traffic = Traffic(SERVICE_REQUESTS_PER_S if kind is SharedClient else None, state)
            client = kind(
                Endpoints({"pai-dlc": "http://127.0.0.1:9"}), StaticCredentials("LTAIfleet", "x"), traffic=traffic
            )
            client.service, client.took = service, took
            replicas.append(Runtime(Settings(region=REGION), client, state, anyio.current_time, anyio.sleep))
        return cls(service, replicas, took)

    async def person(self, number: int, until: float) -> None:
        """Watches a job until it ends, then another; each call goes to whichever replica comes next."""
        rng = random.Random(number)
        tool = next(one for one in catalog.COMPOSITES if one.name == "dlc_wait_for_job")
        await anyio.sleep(rng.uniform(0, 60))
        while (now := anyio.current_time()) < until:
            job = f"dlc{rng.randrange(JOBS)}"
            if now >= self.service.ends.get(job, 0.0):
                self.service.ends[job] = now + rng.uniform(*JOB_S)
            pause: float | None = 0.0
            while pause is not None and anyio.current_time() < until:
                await anyio.sleep(pause)
                pause = await self._waited(tool, job, rng)

    async def _waited(self, tool: Composite, job: str, rng: random.Random) -> float | None:
        """One call; the seconds after which it says to call again, ``None`` where the job has ended."""
        call = Call(tool, tool.inputs(job_id=job), {"job_id": job}, REGION, Caller("person"))
        DELAYS.set([])
        self.waits += 1
        try:
            data = (await tool.run(call, rng.choice(self.replicas))).data
        except PaiError as error:
            self.failures[error.code] += 1
            return 10.0
        return None if data["ended"] else float(data["ask_again_after_seconds"])


async def _simulated(kind: type[SharedClient], callers: int, replicas: int, hours: float) -> str:
    fleet, until = Fleet.of(kind, replicas, seed=1), hours * 3600
    async with anyio.create_task_group() as group:
        for number in range(callers):
            group.start_soon(fleet.person, number, until)
    full = [fleet.service.seen[second] for second in range(120, int(until))]
    p99 = statistics.quantiles(fleet.took, n=100)[98]
    return (
        f"{statistics.mean(full):6.1f} a second, at most {max(full):4d}; {fleet.service.refused:7d} refused; "
        f"{sum(fleet.failures.values()):6d} of {fleet.waits} waits failed; p99 of a read {p99:6.2f} s"
    )


def run(callers: int, replicas: int, hours: float) -> None:
    """Simulate and print both ways."""
    print(f"{callers} people, {replicas} replicas, {hours:g} h, {JOBS} jobs at once; the service allows 100 a second")
    for name, kind in (("shared", SharedClient), ("alone", LoneClient)):
        began = time.process_time()
        line = anyio.run(_simulated, kind, callers, replicas, hours, backend_options={"loop_factory": _Loop})
        print(f"{name:7} {line}  ({time.process_time() - began:.0f} s of processor)", flush=True)


async def main() -> None:
    """An hour, as ``python -m evals.benchmarks.run fleet`` runs it."""
    await anyio.to_thread.run_sync(run, 1000, 4, 1.0)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--callers", type=int, default=1000)
    parser.add_argument("--replicas", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    given = _given()
    run(given.callers, given.replicas, given.hours)
