"""dlc_wait_for_job: bounded, telling what changed, never taking an unknown state for an end."""

from __future__ import annotations

import itertools
from typing import Any

import anyio
import pytest

from end_to_end.driving import Driver
from pai_dlc_mcp.composites import catalog
from pai_dlc_mcp.composites.wait import BUSY_PAUSE, SLOWEST_PAUSE, changes, phases
from pai_dlc_mcp.runtime import DELAYS, Call, Caller
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import REGION, runtime_of

from .building import NOW, pod, pod_id
from .conftest import World, post


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


async def test_who_waits_looks_less_often_while_looks_have_to_wait_for_their_turn() -> None:
    tool = next(one for one in catalog.COMPOSITES if one.name == "dlc_wait_for_job")
    reads = 0

    def answer(args: Any) -> dict[str, Any]:
        nonlocal reads
        reads += 1
        if reads == 2:
            delays.append(0.3)
        return {"JobId": "dlc1", "Status": "Running"}

    for busy in (False, True):
        delays: list[float] = []
        reads = 0 if busy else 10
        DELAYS.set(delays)
        runtime, _, clock = runtime_of({"GetJob": answer})
        call = Call(tool, tool.inputs(job_id="dlc1", max_seconds=22), {"job_id": "dlc1"}, REGION, Caller("ada"))
        await tool.run(call, runtime)
        assert sum(clock.slept) == pytest.approx(22)
        assert (max(clock.slept) >= BUSY_PAUSE / 4 + SLOWEST_PAUSE) == busy
        assert (len(clock.slept) <= 5) == busy


async def test_different_jobs_are_looked_at_in_different_moments_and_one_job_always_in_its_own() -> None:
    tool = next(one for one in catalog.COMPOSITES if one.name == "dlc_wait_for_job")
    moments: dict[str, set[float]] = {}
    for job in ("dlc1", "dlc2"):
        for start in (0.0, 7.3):
            runtime, _, clock = runtime_of({"GetJob": {"JobId": job, "Status": "Running"}})
            clock.at += start
            call = Call(tool, tool.inputs(job_id=job, max_seconds=20), {"job_id": job}, REGION, Caller("ada"))
            await tool.run(call, runtime)
            ends = itertools.accumulate(clock.slept[:-1], initial=1_800_000_000.0 + start)
            moments.setdefault(job, set()).update(round(at % 1, 6) for at in list(ends)[1:])
    assert [len(found) for found in moments.values()] == [1, 1]
    assert moments["dlc1"] != moments["dlc2"]


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_what_has_ended_lasts_no_longer(status: str) -> None:
    history = [{"Status": "Running", "StartTime": iso(NOW - 9), "EndTime": iso(NOW - 5)}]
    assert phases({"StatusHistory": [*history, {"Status": status, "StartTime": iso(NOW - 5)}]}, NOW) == ["Running 4 s"]
