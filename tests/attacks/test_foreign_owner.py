"""A server that may change one person's jobs, and ways to another's that do not lead through the job."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_emulator import accounts
from support.attack_scene import Scene
from support.guard_removal import both_ways, nothing_awaited, replaced, without

UNOWNED = replaced("pai_dlc_mcp.guards.policy.scope._check_owner", nothing_awaited)
MINE = (accounts.ALICE.user_id,)


def workspace(scene: Scene) -> str:
    return str(next(iter(scene.emulator.world.catalogue.workspaces)))


async def board(scene: Scene) -> str:
    """A TensorBoard of Bob's, not shown to others."""
    async with scene.server(toolsets=("all",)) as driver:
        made = {"display_name": "curves", "workspace_id": workspace(scene), "accessibility": "PRIVATE"}
        identity = (await driver.data("dlc_create_tensorboard", job_id=scene.job(), **made))["TensorboardId"]
    scene.emulator.world.training.tensorboards[identity].user_id = accounts.BOB.user_id
    return str(identity)


async def one_call(scene: Scene, operation: str, tool: str, **arguments: Any) -> list[Any]:
    """What reached the service of it."""
    async with scene.server(toolsets=("all",), owners=MINE) as driver:
        await driver.raw(tool, **arguments)
    return list(scene.requests(operation))


@both_ways(UNOWNED, without("confirmation"))
async def test_anothers_tensorboard_is_not_shown_to_all(scene: Scene) -> list[Any]:
    arguments = {"tensorboard_id": await board(scene), "accessibility": "PUBLIC"}
    return await one_call(scene, "UpdateTensorboard", "dlc_update_tensorboard", **arguments)


@both_ways(UNOWNED, without("confirmation"))
async def test_no_link_is_made_to_anothers_tensorboard(scene: Scene) -> list[Any]:
    arguments = {"tensorboard_id": await board(scene)}
    return await one_call(scene, "GetTensorboardSharedUrl", "dlc_get_tensorboard_shared_url", **arguments)


@pytest.mark.parametrize("kind", [{"target_type": "tensorboard"}, {}])
@both_ways(UNOWNED, without("confirmation"))
async def test_no_token_is_made_for_anothers_tensorboard(scene: Scene, kind: dict[str, str]) -> list[Any]:
    return await one_call(scene, "GetToken", "dlc_get_token", target_id=await board(scene), **kind)


@both_ways(UNOWNED, without("confirmation"))
async def test_jobs_of_a_whole_workspace_are_not_ended_by_a_limit_on_how_long_they_run(scene: Scene) -> list[Any]:
    limit = {"CategoryName": "QuotaMaximumDuration", "ConfigKey": "quotaMaximumDuration", "ConfigValue": "1"}
    arguments = {"workspace_id": workspace(scene), "configs": [limit]}
    return await one_call(scene, "UpdateConfigs", "aiworkspace_update_configs", **arguments)
