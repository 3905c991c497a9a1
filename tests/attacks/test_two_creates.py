"""Two creates of one wish at the same moment, on two servers: one job, not two (R24)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator import accounts
from pai_dlc_emulator.dlc import timeline
from pai_dlc_mcp.guards.effects.job_states import FINAL
from support.attack_scene import Scene
from support.guard_removal import always_awaited, both_ways, replaced

UNHELD = replaced("pai_dlc_mcp.guards.creates.reservations._reserve_name", always_awaited(()))
AT_ONCE = 6


async def wish(driver: Driver, name: str) -> None:
    await driver.raw("dlc_create_job", **driver.job(name))


async def creates_beyond_the_first(scene: Scene, shared: dict[str, Any]) -> list[str]:
    """Every look for an earlier job of that name ends before any create begins, so that only the slot is left."""
    async with scene.server(**shared) as first, scene.server(**shared) as second:
        await first.discover()
        await second.discover()
        scene.fault({"operation": "ListJobs", "kind": "delay", "seconds": 0.3, "times": AT_ONCE})
        async with anyio.create_task_group() as group:
            for number in range(AT_ONCE):
                driver = (first, second)[number % 2]
                group.start_soon(wish, driver, "one-wish")
    made = scene.writes("CreateJob")
    assert made, "nothing was created at all"
    return made[1:]


@both_ways(UNHELD)
async def test_r24_two_servers_on_one_file_create_one_job(scene: Scene) -> list[str]:
    return await creates_beyond_the_first(scene, {"state": scene.state_file})


@both_ways(UNHELD)
async def test_r24_two_servers_on_one_redis_create_one_job(scene: Scene, redis_url: str, keys_file: Path) -> list[str]:
    return await creates_beyond_the_first(scene, {"state": redis_url, "keys": keys_file})


@both_ways(replaced("pai_dlc_mcp.guards.creates.reservations._reserve_share", always_awaited(())))
async def test_creates_at_once_do_not_hide_behind_the_name_of_a_job_that_runs(scene: Scene) -> list[str]:
    """One job runs; the operator allows one more; four are wished for under the name of the first."""
    scene.job("veteran")
    async with scene.server(state=scene.state_file) as driver:
        await driver.discover()
        seen = driver.seen
    async with scene.server(state=scene.state_file, max_running_jobs=jobs_under_way(scene) + 1) as driver:
        driver.seen = seen
        scene.fault({"operation": "ListJobs", "kind": "delay", "seconds": 0.05, "times": 1000})
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(partial(driver.raw, "dlc_create_job", **driver.job("veteran", allow_duplicate=True)))
    return scene.writes("CreateJob")[1:]


def jobs_under_way(scene: Scene) -> int:
    """Jobs of Alice that have not ended."""
    world = scene.emulator.world
    jobs = [job for job in world.training.jobs.values() if job.user_id == accounts.ALICE.user_id]
    return sum(timeline.current(job, world.clock.now()).status not in FINAL for job in jobs)


@pytest.mark.parametrize("limit", ["max_running_jobs", "max_creates_per_hour"])
@both_ways(
    replaced("pai_dlc_mcp.guards.creates.reservations._reserve_share", always_awaited(())),
    replaced("pai_dlc_mcp.guards.creates.reservations._reserve_hourly", always_awaited(())),
)
async def test_creates_at_once_do_not_slip_over_a_limit(scene: Scene, limit: str) -> list[str]:
    """Four wishes of four names; the operator allows one job."""
    limited: dict[str, Any] = {"state": scene.state_file, limit: 1}
    async with scene.server(**limited) as first, scene.server(**limited) as second:
        await first.discover()
        await second.discover()
        scene.fault({"operation": "ListJobs", "kind": "delay", "seconds": 0.05, "times": 1000})
        async with anyio.create_task_group() as group:
            for number in range(4):
                driver = (first, second)[number % 2]
                group.start_soon(wish, driver, f"wish-{number}")
    return scene.writes("CreateJob")[1:]
