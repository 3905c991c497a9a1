"""Ten confirmations of one token at the same moment: on one server, on two of one file, on two of one Redis."""

from __future__ import annotations

from pathlib import Path

import anyio

from end_to_end.driving import Driver
from support.attack_scene import Scene, previewed
from support.guard_removal import both_ways
from support.weak_stores import entries_are_never_taken

AT_ONCE = 10


async def stop(driver: Driver, job: str, token: str) -> None:
    await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)


async def acts_beyond_the_first(scene: Scene, servers: list[Driver], job: str) -> list[str]:
    """The preview is the first server's; all of them are then told to act with it."""
    await scene.freeze(servers[0], job)
    token = await previewed(servers[0], job_id=job)
    async with anyio.create_task_group() as group:
        for number in range(AT_ONCE):
            driver = servers[number % len(servers)]
            group.start_soon(stop, driver, job, token)
    acts = scene.writes("StopJob")
    assert acts, "nobody was let through"
    return acts[1:]


@both_ways(entries_are_never_taken)
async def test_r31_of_many_confirmations_at_once_one_acts(scene: Scene) -> list[str]:
    async with scene.server() as driver:
        return await acts_beyond_the_first(scene, [driver], scene.job())


@both_ways(entries_are_never_taken)
async def test_r31_of_many_confirmations_at_once_on_two_servers_of_one_file_one_acts(scene: Scene) -> list[str]:
    state = {"state": scene.state_file}
    async with scene.server(**state) as first, scene.server(**state) as second:
        return await acts_beyond_the_first(scene, [first, second], scene.job())


@both_ways(entries_are_never_taken)
async def test_r31_of_many_confirmations_at_once_on_two_servers_of_one_redis_one_acts(
    scene: Scene, redis_url: str, keys_file: Path
) -> list[str]:
    shared = {"state": redis_url, "keys": keys_file}
    async with scene.server(**shared) as first, scene.server(**shared) as second:
        return await acts_beyond_the_first(scene, [first, second], scene.job())
