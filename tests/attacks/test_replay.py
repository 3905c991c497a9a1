"""A token that has served once, given again: at once, after a restart, and to another server on the same state."""

from __future__ import annotations

from pathlib import Path

from attacks.arena import Arena, previewed
from attacks.both_ways import both_ways
from attacks.weakened_stores import never_used_up


@both_ways(never_used_up)
async def test_r31_a_token_serves_once(arena: Arena) -> list[str]:
    job = arena.job()
    async with arena.server() as driver:
        await arena.freeze(driver, job)
        token = await previewed(driver, job_id=job)
        await driver.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return arena.writes("StopJob")[1:]


@both_ways(never_used_up)
async def test_r31_a_used_token_is_of_no_use_after_a_restart(arena: Arena) -> list[str]:
    job = arena.job()
    async with arena.server(state=arena.state_file) as driver:
        await arena.freeze(driver, job)
        token = await previewed(driver, job_id=job)
        await driver.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    async with arena.server(state=arena.state_file) as driver:
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return arena.writes("StopJob")[1:]


@both_ways(never_used_up)
async def test_r31_a_used_token_is_of_no_use_to_another_server_on_the_same_redis(
    arena: Arena, redis_url: str, keys_file: Path
) -> list[str]:
    job = arena.job()
    shared = {"state": redis_url, "keys": keys_file}
    async with arena.server(**shared) as first, arena.server(**shared) as second:
        await arena.freeze(first, job)
        token = await previewed(first, job_id=job)
        await second.ok("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        await first.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return arena.writes("StopJob")[1:]
