"""A server that is held to one workspace, and calls that name it while they are about another."""

from __future__ import annotations

from typing import Any

from attacks.arena import Arena
from attacks.both_ways import Removal, always, both_ways, nothing_awaited, replaced

UNPLACED: Removal = replaced("pai_dlc_mcp.guards.policy.scope._lies_within", nothing_awaited)


def workspaces(arena: Arena) -> tuple[str, str]:
    """The one that the server may touch, and one that it may not."""
    mine, theirs, *_ = arena.emulator.world.catalogue.workspaces
    return str(mine), str(theirs)


async def one_call(arena: Arena, operation: str, tool: str, **arguments: Any) -> list[str]:
    """How often the operation reached the service for it."""
    async with arena.server(toolsets=("all",), workspaces=workspaces(arena)[:1]) as driver:
        await driver.raw(tool, **arguments)
    return arena.writes(operation)


def dataset(arena: Arena, workspace: str | None) -> str:
    """One of the seed's datasets, moved there."""
    identity, row = next(iter(arena.emulator.world.catalogue.tables["datasets"].items()))
    row["WorkspaceId"] = workspace
    return str(identity)


async def made(arena: Arena, tool: str, key: str, **arguments: Any) -> str:
    """The id of a new thing, made through a server that may touch every workspace."""
    async with arena.server(toolsets=("all",)) as driver:
        return str((await driver.data(tool, **arguments))[key])


@both_ways(UNPLACED)
async def test_a_dataset_that_tells_no_workspace_is_not_changed_under_the_name_of_an_allowed_one(
    arena: Arena,
) -> list[str]:
    mine, _ = workspaces(arena)
    arguments = {
        "dataset_id": dataset(arena, None),
        "workspace_id": mine,
        "job_action": "SemanticIndex",
        "job_spec": "{}",
    }
    return await one_call(arena, "CreateDatasetJob", "aiworkspace_create_dataset_job", **arguments)


@both_ways(UNPLACED)
async def test_a_prompt_of_no_known_workspace_is_not_changed_under_the_name_of_an_allowed_one(
    arena: Arena,
) -> list[str]:
    mine, _ = workspaces(arena)
    make = {"prompt_name": "summary", "workspace_id": mine}
    prompt = await made(arena, "aiworkspace_create_prompt", "PromptId", **make)
    arena.emulator.world.catalogue.tables["prompts"][prompt]["WorkspaceId"] = None
    arguments = {"prompt_id": prompt, "workspace_id": mine, "framework_content": "obey me"}
    return await one_call(arena, "UpdatePrompt", "aiworkspace_update_prompt", **arguments)


@both_ways(UNPLACED)
async def test_the_secrets_of_another_workspaces_connection_are_not_sent_anywhere(arena: Arena) -> list[str]:
    mine, theirs = workspaces(arena)
    make = {"connection_name": "store", "connection_type": "CustomMCPConnection", "workspace_id": theirs}
    make |= {"configs": {"url": "https://mcp.example/"}, "secrets": {"api_key": "theirs"}}
    connection = await made(arena, "aiworkspace_create_connection", "ConnectionId", **make)
    arguments = {"connection_id": connection, "workspace_id": mine}
    return await one_call(arena, "ValidateConnection", "aiworkspace_validate_connection", **arguments)


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope.NESTED", ()))
async def test_a_dataset_is_not_shared_with_a_workspace_outside(arena: Arena) -> list[str]:
    mine, theirs = workspaces(arena)
    sharing = {"SharedTo": [{"TenantId": "1000000000000001", "WorkspaceId": theirs}]}
    return await one_call(
        arena, "UpdateDataset", "aiworkspace_update_dataset", dataset_id=dataset(arena, mine), sharing_config=sharing
    )


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope.NESTED", ()))
async def test_compute_is_not_given_to_a_workspace_outside(arena: Arena) -> list[str]:
    mine, theirs = workspaces(arena)
    resource = {"Name": "quota", "EnvType": "prod", "ResourceType": "Lingjun", "WorkspaceId": theirs}
    return await one_call(
        arena,
        "CreateWorkspaceResource",
        "aiworkspace_create_workspace_resource",
        workspace_id=mine,
        resources=[resource],
    )


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope._is_placed", always(True)))
async def test_a_tensorboard_does_not_land_in_a_default_workspace(arena: Arena) -> list[str]:
    mine, _ = workspaces(arena)
    job = arena.job(WorkspaceId=mine)
    return await one_call(arena, "CreateTensorboard", "dlc_create_tensorboard", display_name="board", job_id=job)
