"""Ten confirmations of one token at the same moment: on one server, on two of one file, on two of one Redis."""

from __future__ import annotations

from pathlib import Path

import anyio

from attacks.arena import Arena, previewed
from attacks.both_ways import both_ways
from attacks.weakened_stores import never_used_up
from end_to_end.driving import Driver

AT_ONCE = 10


async def stop(driver: Driver, job: str, token: str) -> None:
    await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)


async def acts_beyond_the_first(arena: Arena, servers: list[Driver], job: str) -> list[str]:
    """The preview is the first server's; all of them are then told to act with it."""
    await arena.freeze(servers[0], job)
    token = await previewed(servers[0], job_id=job)
    async with anyio.create_task_group() as group:
        for number in range(AT_ONCE):
            driver = servers[number % len(servers)]
            group.start_soon(stop, driver, job, token)
    acts = arena.writes("StopJob")
    assert acts, "nobody was let through"
    return acts[1:]


@both_ways(never_used_up)
async def test_r31_of_many_confirmations_at_once_one_acts(arena: Arena) -> list[str]:
    async with arena.server() as driver:
        return await acts_beyond_the_first(arena, [driver], arena.job())


@both_ways(never_used_up)
async def test_r31_of_many_confirmations_at_once_on_two_servers_of_one_file_one_acts(arena: Arena) -> list[str]:
    state = {"state": arena.state_file}
    async with arena.server(**state) as first, arena.server(**state) as second:
        return await acts_beyond_the_first(arena, [first, second], arena.job())


@both_ways(never_used_up)
async def test_r31_of_many_confirmations_at_once_on_two_servers_of_one_redis_one_acts(
    arena: Arena, redis_url: str, keys_file: Path
) -> list[str]:
    shared = {"state": redis_url, "keys": keys_file}
    async with arena.server(**shared) as first, arena.server(**shared) as second:
        return await acts_beyond_the_first(arena, [first, second], arena.job())
