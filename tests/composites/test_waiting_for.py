"""dlc_wait_for_job: bounded, telling what changed, never taking an unknown state for an end."""

from __future__ import annotations

from typing import Any

import anyio

from end_to_end.driving import Driver
from pai_dlc_mcp.composites.wait import changes, phases
from pai_dlc_mcp.timestamps import iso

from .building import NOW, pod, pod_id
from .conftest import World, post


async def test_a_wait_ends_in_its_time_and_says_when_to_ask_again(world: World, mcp: Driver) -> None:
    job = world("failures")["queue-full"]
    data = await mcp.data("dlc_wait_for_job", job_id=job, until="running", max_seconds=2)
    assert (data["reached"], data["ended"]) == (False, False)
    assert data["waited_seconds"] >= 2
    assert data["ask_again_after_seconds"] == 10
    assert data["phases"][-1].endswith("so far")


async def test_an_ended_job_is_not_waited_for(world: World, mcp: Driver) -> None:
    job = world("failures")["bad-command"]
    data = await mcp.data("dlc_wait_for_job", job_id=job)
    assert data["ended"]
    assert data["waited_seconds"] < 1
    assert data["phases"] == ["Creating 2 s", "Queuing 3 s", "EnvPreparing 10 s", "Running 4 s"]


async def test_what_changed_while_waiting_is_told(world: World, mcp: Driver) -> None:
    world("default")
    job = await mcp.create("soon")
    async with anyio.create_task_group() as group:
        group.start_soon(_hurry, mcp)
        data = await mcp.data("dlc_wait_for_job", job_id=job, until="running", max_seconds=10)
    assert data["reached"]
    assert any(line.startswith("Status: ") and line.endswith("-> Running") for line in data["changed"])


async def _hurry(mcp: Driver) -> None:
    await anyio.sleep(1.5)
    post(mcp.emulator, "clock", {"advance_s": 60})


async def test_r72_a_service_that_is_busy_for_a_moment_does_not_end_the_wait(world: World, mcp: Driver) -> None:
    job = world("failures")["hang"]
    async with anyio.create_task_group() as group:
        group.start_soon(_break, mcp)
        result = await mcp.ok("dlc_wait_for_job", job_id=job, max_seconds=6)
    assert result["data"]["Status"] == "Running"
    assert [notice["rule"] for notice in result["notices"]] == ["R72"]


async def _break(mcp: Driver) -> None:
    await anyio.sleep(0.5)
    post(mcp.emulator, "faults", [{"operation": "GetJob", "kind": "status", "status": 503, "times": 3}])


def test_many_pods_that_change_alike_are_one_line() -> None:
    before: dict[str, Any] = {"Status": "EnvPreparing", "Pods": [pod(rank, "Pending") for rank in range(500)]}
    after: dict[str, Any] = {"Status": "Running", "Pods": [pod(rank, "Running") for rank in range(500)]}
    assert changes(before, after) == [
        "Status: EnvPreparing -> Running",
        f"500 pods, {pod_id(0)} first: Pending -> Running",
    ]


def test_a_state_that_nobody_knows_is_passed_through() -> None:
    job = {"StatusHistory": [{"Status": "Teleporting", "StartTime": iso(NOW - 5)}]}
    assert phases(job, NOW) == ["Teleporting 5 s so far"]
