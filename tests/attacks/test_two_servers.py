"""Two real server processes over HTTP, one Redis, a balancer that alternates: one memory, and one use of a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from end_to_end.driving import driving
from pai_dlc_emulator.server import Emulator
from support.attack_scene import Scene
from support.server_pair import balancer, call, callers, servers

RACES = 50
"""The state store itself is raced a thousand times in ``tests/state``; these show that a server asks it."""


@pytest.fixture(scope="module")
def ports(
    shared_emulator: Emulator, redis_url: str, keys_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[int]]:
    folder = tmp_path_factory.mktemp("two-servers")
    with servers(shared_emulator, redis_url, keys_file, folder=folder) as listening:
        yield listening


async def test_r31_a_preview_of_one_server_is_acted_upon_by_the_other(scene: Scene, ports: list[int]) -> None:
    job = scene.job()
    async with balancer(ports) as (port, got), callers([port], keep=False) as (client,):
        shown = await call(client, "dlc_stop_job", job_id=job)
        token = shown["error"]["confirmation"]["token"]
        done = await call(client, "dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        again = await call(client, "dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    assert got == [2, 1], "the calls did not alternate"
    assert done["ok"], done
    assert not again["ok"]
    assert scene.writes() == ["StopJob"]


async def test_r02_what_one_server_showed_the_other_lets_a_create_name(scene: Scene, ports: list[int]) -> None:
    async with callers(ports, keep=True) as (first, second):
        workspaces = await call(first, "aiworkspace_list_workspaces")
        images = await call(first, "aiworkspace_list_images", view="full")
        specs = await call(first, "dlc_list_ecs_specs", accelerator_type="CPU")
        spec = {
            "Type": "Worker",
            "PodCount": 1,
            "Image": images["data"]["Images"][0]["ImageUri"],
            "EcsSpec": next(one for one in specs["data"]["EcsSpecs"] if one.get("IsAvailable"))["InstanceType"],
        }
        made = await call(
            second,
            "dlc_create_job",
            display_name="balanced",
            job_type="PyTorchJob",
            workspace_id=workspaces["data"]["Workspaces"][0]["WorkspaceId"],
            job_specs=[spec],
            user_command="true",
        )
    assert made["ok"], made


async def test_r31_in_fifty_races_a_token_is_used_once(scene: Scene, ports: list[int]) -> None:
    """The job is described as running throughout, so that nothing but the token's record decides a race."""
    job = scene.job()
    async with driving(scene.emulator) as driver:
        await scene.freeze(driver, job)
    async with callers(ports, keep=True) as clients:
        for race in range(RACES):
            before = len(scene.writes("StopJob"))
            shown = await call(clients[race % 2], "dlc_stop_job", job_id=job)
            await both(clients, job, shown["error"]["confirmation"]["token"])
            acts = len(scene.writes("StopJob")) - before
            assert acts == 1, f"{acts} acts in race {race}"


async def both(clients: list[httpx.AsyncClient], job: str, token: str) -> None:
    """The same confirmation to both servers at once."""
    given = {"job_id": job, "confirmation_token": token, "wait_seconds": 0}

    async def confirm(client: httpx.AsyncClient) -> None:
        await call(client, "dlc_stop_job", **given)

    async with anyio.create_task_group() as group:
        for client in clients:
            group.start_soon(confirm, client)
