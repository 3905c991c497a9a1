"""A server that may change one person's jobs, and roads to another's that do not lead through the job."""

from __future__ import annotations

from typing import Any

import pytest

from attacks.arena import Arena
from attacks.both_ways import both_ways, nothing_awaited, replaced
from pai_dlc_emulator import accounts

UNOWNED = replaced("pai_dlc_mcp.guards.policy.scope.owners", nothing_awaited)
MINE = (accounts.ALICE.user_id,)


def workspace(arena: Arena) -> str:
    return str(next(iter(arena.emulator.world.catalogue.workspaces)))


async def board(arena: Arena) -> str:
    """A TensorBoard of Bob's, not shown to others."""
    async with arena.server(toolsets=("all",)) as driver:
        made = {"display_name": "curves", "workspace_id": workspace(arena), "accessibility": "PRIVATE"}
        identity = (await driver.data("dlc_create_tensorboard", job_id=arena.job(), **made))["TensorboardId"]
    arena.emulator.world.training.tensorboards[identity].user_id = accounts.BOB.user_id
    return str(identity)


async def one_call(arena: Arena, operation: str, tool: str, **arguments: Any) -> list[Any]:
    """What reached the service of it."""
    async with arena.server(toolsets=("all",), owners=MINE) as driver:
        await driver.raw(tool, **arguments)
    return list(arena.requests(operation))


@both_ways(UNOWNED)
async def test_anothers_tensorboard_is_not_shown_to_all(arena: Arena) -> list[Any]:
    arguments = {"tensorboard_id": await board(arena), "accessibility": "PUBLIC"}
    return await one_call(arena, "UpdateTensorboard", "dlc_update_tensorboard", **arguments)


@both_ways(UNOWNED)
async def test_no_link_is_made_to_anothers_tensorboard(arena: Arena) -> list[Any]:
    arguments = {"tensorboard_id": await board(arena)}
    return await one_call(arena, "GetTensorboardSharedUrl", "dlc_get_tensorboard_shared_url", **arguments)


@pytest.mark.parametrize("kind", [{"target_type": "tensorboard"}, {}])
@both_ways(UNOWNED)
async def test_no_token_is_made_for_anothers_tensorboard(arena: Arena, kind: dict[str, str]) -> list[Any]:
    return await one_call(arena, "GetToken", "dlc_get_token", target_id=await board(arena), **kind)


@both_ways(UNOWNED)
async def test_jobs_of_a_whole_workspace_are_not_ended_by_a_limit_on_how_long_they_run(arena: Arena) -> list[Any]:
    limit = {"CategoryName": "QuotaMaximumDuration", "ConfigKey": "quotaMaximumDuration", "ConfigValue": "1"}
    arguments = {"workspace_id": workspace(arena), "configs": [limit]}
    return await one_call(arena, "UpdateConfigs", "aiworkspace_update_configs", **arguments)
