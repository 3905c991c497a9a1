"""The host's clock is set back so that an old token lives again, or forward so that old things count as new."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from end_to_end.driving import Driver
from pai_dlc_mcp.state import State
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.state.sqlite import Instant, SqliteState
from support.attack_scene import Scene, previewed
from support.guard_removal import both_ways, nothing, replaced
from support.weak_stores import entries_never_expire


@dataclass
class Host:
    """``wall`` is the clock that can be set; ``counted`` counts since boot and cannot."""

    wall: float = 1_800_000_000.0
    counted: float = 5_000.0
    boot: str = "boot-1"

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.counted += seconds

    def instant(self) -> Instant:
        return Instant(self.wall, self.counted, self.boot)


OpenStore = Callable[[Host, Path], Awaitable[State]]


async def in_memory(host: Host, folder: Path) -> State:
    return MemoryState(lambda: host.counted)


async def in_a_file(host: Host, folder: Path) -> State:
    return await SqliteState.open(folder / "clock.db", host.instant)


async def on(host: Host, driver: Driver, open_store: OpenStore, folder: Path) -> None:
    """Put the server on this host's clocks."""
    runtime = await driver.app.runtime()
    driver.app._runtime = replace(runtime, state=await open_store(host, folder), now=lambda: host.wall)


@pytest.mark.parametrize("open_store", [in_memory, in_a_file])
@both_ways(entries_never_expire)
async def test_r31_setting_the_clock_back_makes_no_token_live_longer(scene: Scene, open_store: OpenStore) -> list[str]:
    job, host = scene.job(), Host()
    async with scene.server() as driver:
        await on(host, driver, open_store, scene.folder)
        token = await previewed(driver, job_id=job)
        host.passes(301)
        host.wall -= 290
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(entries_never_expire, replaced("pai_dlc_mcp.guards.confirmation.tokens._in_time", nothing))
async def test_r31_a_token_is_too_old_after_five_minutes(scene: Scene) -> list[str]:
    job, host = scene.job(), Host()
    async with scene.server() as driver:
        await on(host, driver, in_memory, scene.folder)
        token = await previewed(driver, job_id=job)
        host.passes(301)
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@pytest.mark.parametrize("back", [31.0, 3_600.0])
@both_ways(replaced("pai_dlc_mcp.guards.confirmation.tokens._in_time", nothing))
async def test_r31_a_token_from_the_future_is_refused(scene: Scene, back: float) -> list[str]:
    job, host = scene.job(), Host()
    async with scene.server() as driver:
        await on(host, driver, in_memory, scene.folder)
        token = await previewed(driver, job_id=job)
        host.wall -= back
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(entries_never_expire, replaced("pai_dlc_mcp.guards.confirmation.tokens._in_time", nothing))
async def test_r31_a_reboot_with_the_clock_set_back_revives_no_token(scene: Scene) -> list[str]:
    """After a reboot only the wall clock is left: what seems to come from the future has ended."""
    job, host = scene.job(), Host()
    async with scene.server() as driver:
        await on(host, driver, in_a_file, scene.folder)
        token = await previewed(driver, job_id=job)
        host.passes(3_600)
        host.boot, host.counted, host.wall = "boot-2", 10.0, host.wall - 3_650
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(entries_never_expire)
async def test_r35_an_approval_does_not_outlive_its_time_when_the_clock_is_set_back(scene: Scene) -> list[str]:
    from pai_dlc_mcp.guards.confirmation import approvals
    from pai_dlc_mcp.state.keys import keys_of

    job, host = scene.job(), Host()
    async with scene.server(confirm_by="human", state=scene.state_file) as driver:
        await on(host, driver, in_a_file, scene.folder)
        await driver.error("dlc_stop_job", job_id=job)
        runtime = await driver.app.runtime()
        keys = keys_of(runtime.settings)
        (request,) = await approvals.open_requests(runtime.state, keys)
        assert await approvals.decide(runtime.state, keys, request.id, approved=True)
        host.passes(301)
        host.wall -= 300
        await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
    return scene.writes()
