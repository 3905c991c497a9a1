"""A token that has served once, given again: at once, after a restart, and to another server on the same state."""

from __future__ import annotations

from pathlib import Path

from support.attack_scene import Scene, previewed
from support.guard_removal import both_ways
from support.weak_stores import entries_are_never_taken


@both_ways(entries_are_never_taken)
async def test_r31_a_token_serves_once(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        await scene.freeze(driver, job)
        token = await previewed(driver, job_id=job)
        await driver.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes("StopJob")[1:]


@both_ways(entries_are_never_taken)
async def test_r31_a_used_token_is_of_no_use_after_a_restart(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(state=scene.state_file) as driver:
        await scene.freeze(driver, job)
        token = await previewed(driver, job_id=job)
        await driver.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    async with scene.server(state=scene.state_file) as driver:
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes("StopJob")[1:]


@both_ways(entries_are_never_taken)
async def test_r31_a_used_token_is_of_no_use_to_another_server_on_the_same_redis(
    scene: Scene, redis_url: str, keys_file: Path
) -> list[str]:
    job = scene.job()
    shared = {"state": redis_url, "keys": keys_file}
    async with scene.server(**shared) as first, scene.server(**shared) as second:
        await scene.freeze(first, job)
        token = await previewed(first, job_id=job)
        await second.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        await first.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes("StopJob")[1:]
