"""The emulator with 100,000 jobs: how long it takes to start and to list jobs by state, beside a world of few jobs.

``python -m evals.benchmarks.run large_world``. Goals: a start of at most 1 s, a list by state of at most 10 ms, and no
longer a list where there are ten times the jobs. Each figure stands twice: by the clock, and as processor time of the
client and the emulator, which other programs on the machine do not lengthen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import anyio.to_thread
from alibabacloud_pai_dlc20201203.client import Client
from alibabacloud_pai_dlc20201203.models import ListJobsRequest
from alibabacloud_tea_openapi.models import Config

from pai_dlc_emulator.server import Emulator, started

from .figures import Figure, note

SEEDS = ("default", "large", "vast")
STATES = ("Running", "Failed", "Succeeded")
ROUNDS = 30
START_GOAL_S, LIST_GOAL_MS = 1.0, 10.0


def client_of(emulator: Emulator) -> Client:
    """The official SDK, pointed at the emulator."""
    host = emulator.dlc.removeprefix("http://")
    key, secret = emulator.access_key_id, emulator.access_key_secret
    return Client(Config(access_key_id=key, access_key_secret=secret, endpoint=host, protocol="http"))


def listing_ms(emulator: Emulator, state: str) -> tuple[float, float, int]:
    """Milliseconds of one list of 20 jobs by state over the socket, the median by the clock and the mean of the
    processor, and how many jobs have that state."""
    client = client_of(emulator)
    request = ListJobsRequest(status=state, page_size=20, show_own=False, start_time="2018-01-01T00:00:00Z")
    client.list_jobs(request)
    took, total, cpu = [], 0, time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        total = client.list_jobs(request).body.total_count
        took.append((time.perf_counter() - began) * 1000)
    return median(took), (time.process_time() - cpu) * 1000 / ROUNDS, total


def measure(show: Callable[[str], None]) -> None:
    show(f"{'world':8} {'start s (cpu)':>14}  " + "  ".join(f"{state + ' ms (cpu)':>24}" for state in STATES))
    for seed in SEEDS:
        began, cpu = time.perf_counter(), time.process_time()
        with started(seed=seed) as emulator:
            start_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
            cells = [listing_ms(emulator, state) for state in STATES]
        row = "  ".join(f"{took:6.1f} ({used:4.1f}) of {total:6}" for took, used, total in cells)
        if seed == SEEDS[-1]:
            note(Figure("the emulator's start with 100,000 jobs, processor time", cpu_s, "s", START_GOAL_S))
            slowest = max(used for _, used, _ in cells)
            note(Figure("ListJobs by state among 100,000 jobs, processor time", slowest, "ms", LIST_GOAL_MS))
        show(f"{seed:8} {start_s:6.2f} ({cpu_s:4.2f})  {row}")


async def main() -> None:
    await anyio.to_thread.run_sync(measure, print)
