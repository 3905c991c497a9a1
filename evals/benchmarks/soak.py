"""Hours in minutes: many calls of every kind at once, and whether the server's memory and open files stay level.

``python -m evals.benchmarks.run soak``. Samples memory after a warm-up and prints the growth in a thousand calls.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from pai_dlc_emulator.server import started

from .one_call import serving

SECONDS, FLYING, WARM = 120.0, 8, 400
PAGE = os.sysconf("SC_PAGE_SIZE")


def child() -> Path:
    """``/proc`` folder of the server that this process started."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [pid for children in listed for pid in children.read_text().split()]
    return next(Path("/proc") / pid for pid in pids if b"serve" in (Path("/proc") / pid / "cmdline").read_bytes())


def measured(process: Path) -> tuple[float, int]:
    """Resident memory in MB, and open files."""
    resident = int((process / "statm").read_text().split()[1]) * PAGE
    return resident / 1e6, len(list((process / "fd").iterdir()))


def calls(job: str, pod: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("dlc_list_jobs", {"page_size": 50}),
        ("dlc_get_job", {"job_id": job}),
        ("dlc_get_pod_logs", {"job_id": job, "pod_id": pod}),
        ("dlc_get_job_events", {"job_id": job}),
        ("dlc_diagnose_job", {"job_id": job}),
        ("aiworkspace_list_images", {}),
        ("aiworkspace_list_datasets", {"page_size": 20}),
        ("dlc_stop_job", {"job_id": job}),
        ("dlc_get_job", {"job_id": "no-such-job"}),
        ("dlc_create_job", {"display_name": "bad name"}),
        ("pai_status", {}),
    ]


async def main() -> None:
    with started() as emulator:
        async with Client(serving(emulator, "memory")) as client:
            listed = (await client.call_tool("dlc_list_jobs", {})).structured_content["data"]["Jobs"]
            job = (await client.call_tool("dlc_get_job", {"job_id": listed[0]["JobId"]})).structured_content["data"]
            await soak(client, calls(job["JobId"], job["Pods"][0]["PodId"]))


async def soak(client: Client, mix: list[tuple[str, dict[str, Any]]]) -> None:
    """Keep ``FLYING`` calls in flight for ``SECONDS``; print what grew since the warm-up."""
    draw, done, ends = random.Random(7), 0, time.monotonic() + SECONDS
    process, warm = child(), (0.0, 0)

    async def worker() -> None:
        nonlocal done, warm
        while time.monotonic() < ends:
            tool, arguments = draw.choice(mix)
            await client.call_tool(tool, arguments)
            done += 1
            if done == WARM:
                warm = measured(process)

    async with anyio.create_task_group() as group:
        for _ in range(FLYING):
            group.start_soon(worker)
    memory, files = measured(process)
    grown = (memory - warm[0]) / max(done - WARM, 1) * 1000
    print(f"{done} calls in {SECONDS:.0f} s; memory {warm[0]:.0f} -> {memory:.0f} MB ({grown:+.2f} MB in 1,000 calls)")
    print(f"open files {warm[1]} -> {files}")
