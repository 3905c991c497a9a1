"""The emulator with 100,000 jobs: how long it takes to start and to list jobs by state, beside a world of few jobs.

``python -m evals.benchmarks.run large_world``. Goals: a start of at most 1 s, a list by state of at most 10 ms, and no
longer a list where there are ten times the jobs.
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

SEEDS = ("default", "large", "vast")
STATES = ("Running", "Failed", "Succeeded")
ROUNDS = 30
START_GOAL_S, LIST_GOAL_MS = 1.0, 10.0


def client_of(emulator: Emulator) -> Client:
    """The official SDK, pointed at the emulator."""
    host = emulator.dlc.removeprefix("http://")
    key, secret = emulator.access_key_id, emulator.access_key_secret
    return Client(Config(access_key_id=key, access_key_secret=secret, endpoint=host, protocol="http"))


def listing_ms(emulator: Emulator, state: str) -> tuple[float, int]:
    """Median milliseconds of one list of 20 jobs by state over the socket, and how many jobs have that state."""
    client = client_of(emulator)
    request = ListJobsRequest(status=state, page_size=20, show_own=False, start_time="2018-01-01T00:00:00Z")
    client.list_jobs(request)
    took, total = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        total = client.list_jobs(request).body.total_count
        took.append((time.perf_counter() - began) * 1000)
    return median(took), total


def measure(show: Callable[[str], None]) -> None:
    show(f"{'world':8} {'start s':>8}  " + "  ".join(f"{state:>18}" for state in STATES))
    for seed in SEEDS:
        began = time.perf_counter()
        with started(seed=seed) as emulator:
            start_s = time.perf_counter() - began
            cells = [listing_ms(emulator, state) for state in STATES]
        show(f"{seed:8} {start_s:8.2f}  " + "  ".join(f"{took:6.1f} ms of {total:6}" for took, total in cells))
    show(f"goals for vast: start {START_GOAL_S:g} s, a list {LIST_GOAL_MS:g} ms (client's share included)")


async def main() -> None:
    await anyio.to_thread.run_sync(measure, print)
