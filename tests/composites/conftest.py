from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator

World = Callable[[str], dict[str, str]]


def pod_of_rank(job: str, rank: int) -> str:
    """The pod of a rank in a PyTorchJob of workers, whose first the service makes the master."""
    return f"{job}-worker-{rank - 1}" if rank else f"{job}-master-0"


def post(emulator: Emulator, name: str, body: Any) -> None:
    """An admin call: ``clock``, ``faults``, ``policy``."""
    httpx.post(f"{emulator.admin}/{name}", json=body).raise_for_status()


@pytest.fixture
def world(shared_emulator: Emulator) -> World:
    """Resets to a seed and gives the job of each behaviour, the scripted one before those of the usual world."""

    def of(seed: str) -> dict[str, str]:
        httpx.post(f"{shared_emulator.admin}/reset", json={"seed": seed}).raise_for_status()
        jobs = httpx.get(f"{shared_emulator.admin}/state", timeout=60).json()["jobs"]
        return {job["Behaviour"]: job["JobId"] for job in jobs}

    return of


@pytest.fixture
async def mcp(shared_emulator: Emulator) -> AsyncIterator[Driver]:
    async with driving(shared_emulator, toolsets=("all",)) as driver:
        yield driver


@pytest.fixture
def requests(shared_emulator: Emulator) -> Callable[[], list[dict[str, Any]]]:
    """The journal: every request that reached the emulator."""
    return lambda: list(httpx.get(f"{shared_emulator.admin}/journal", timeout=60).json())
