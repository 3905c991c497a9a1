"""A server that is held to one workspace, and calls that name it while they are about another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.runtime import Call
from support.attack_scene import Scene
from support.guard_removal import Removal, always, both_ways, nothing_awaited, replaced, without


def at_the_top(call: Call) -> list[str]:
    """The workspace that a call names beside its nested objects, and none that stands in them."""
    return [str(call.args["WorkspaceId"])] if call.args.get("WorkspaceId") else []


AT_THE_TOP: Removal = replaced("pai_dlc_mcp.guards.policy.scope._named_workspaces", at_the_top)
AS_DECLARED: Removal = replaced("pai_dlc_mcp.guards.policy.scope._spelled_workspaces", always(()))
UNPLACED: Removal = replaced("pai_dlc_mcp.guards.policy.scope._check_within", nothing_awaited)


def workspaces(scene: Scene) -> tuple[str, str]:
    """The one that the server may touch, and one that it may not."""
    mine, theirs, *_ = scene.emulator.world.catalogue.workspaces
    return str(mine), str(theirs)


async def one_call(scene: Scene, operation: str, tool: str, **arguments: Any) -> list[str]:
    """How often the operation reached the service for it."""
    async with scene.server(toolsets=("all",), workspaces=workspaces(scene)[:1]) as driver:
        await driver.raw(tool, **arguments)
    return scene.writes(operation)


def dataset(scene: Scene, workspace: str | None) -> str:
    """One of the seed's datasets, moved there."""
    identity, row = next(iter(scene.emulator.world.catalogue.tables["datasets"].items()))
    row["WorkspaceId"] = workspace
    return str(identity)


async def made(scene: Scene, tool: str, key: str, **arguments: Any) -> str:
    """The id of a new thing, made through a server that may touch every workspace."""
    async with scene.server(toolsets=("all",)) as driver:
        return str((await driver.data(tool, **arguments))[key])


@both_ways(UNPLACED, without("confirmation"))
async def test_a_dataset_that_tells_no_workspace_is_not_changed_under_the_name_of_an_allowed_one(
    scene: Scene,
) -> list[str]:
    mine, _ = workspaces(scene)
    arguments = {
        "dataset_id": dataset(scene, None),
        "workspace_id": mine,
        "job_action": "SemanticIndex",
        "job_spec": "{}",
    }
    return await one_call(scene, "CreateDatasetJob", "aiworkspace_create_dataset_job", **arguments)


@both_ways(UNPLACED, without("confirmation"))
async def test_a_prompt_of_no_known_workspace_is_not_changed_under_the_name_of_an_allowed_one(
    scene: Scene,
) -> list[str]:
    mine, _ = workspaces(scene)
    make = {"prompt_name": "summary", "workspace_id": mine}
    prompt = await made(scene, "aiworkspace_create_prompt", "PromptId", **make)
    scene.emulator.world.catalogue.tables["prompts"][prompt]["WorkspaceId"] = None
    arguments = {"prompt_id": prompt, "workspace_id": mine, "framework_content": "obey me"}
    return await one_call(scene, "UpdatePrompt", "aiworkspace_update_prompt", **arguments)


@both_ways(UNPLACED, without("confirmation"))
async def test_the_secrets_of_another_workspaces_connection_are_not_sent_anywhere(scene: Scene) -> list[str]:
    mine, theirs = workspaces(scene)
    make = {"connection_name": "store", "connection_type": "CustomMCPConnection", "workspace_id": theirs}
    make |= {"configs": {"url": "https://mcp.example/"}, "secrets": {"api_key": "theirs"}}
    connection = await made(scene, "aiworkspace_create_connection", "ConnectionId", **make)
    arguments = {"connection_id": connection, "workspace_id": mine}
    return await one_call(scene, "ValidateConnection", "aiworkspace_validate_connection", **arguments)


@both_ways(AT_THE_TOP, AS_DECLARED, without("confirmation"))
async def test_a_dataset_is_not_shared_with_a_workspace_outside(scene: Scene) -> list[str]:
    mine, theirs = workspaces(scene)
    sharing = {"SharedTo": [{"TenantId": "1000000000000001", "WorkspaceId": theirs}]}
    return await one_call(
        scene, "UpdateDataset", "aiworkspace_update_dataset", dataset_id=dataset(scene, mine), sharing_config=sharing
    )


@both_ways(AT_THE_TOP, AS_DECLARED, without("confirmation"))
async def test_compute_is_not_given_to_a_workspace_outside(scene: Scene) -> list[str]:
    mine, theirs = workspaces(scene)
    resource = {"Name": "quota", "EnvType": "prod", "ResourceType": "Lingjun", "WorkspaceId": theirs}
    return await one_call(
        scene,
        "CreateWorkspaceResource",
        "aiworkspace_create_workspace_resource",
        workspace_id=mine,
        resources=[resource],
    )


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope._is_placed", always(True)))
async def test_a_tensorboard_does_not_land_in_a_default_workspace(scene: Scene) -> list[str]:
    mine, _ = workspaces(scene)
    job = scene.job(WorkspaceId=mine)
    return await one_call(scene, "CreateTensorboard", "dlc_create_tensorboard", display_name="board", job_id=job)


@both_ways(AS_DECLARED)
@pytest.mark.parametrize(
    "text",
    [
        '{"target": [{"workspaceId": "THEIRS"}]}',
        '{"workspace_id": THEIRS.0}',
        '{"WorkspaceId": "THEIRS", "WorkspaceId": "MINE"}',
        "{workspaceId: 'THEIRS'}",
    ],
    ids=["deep", "a whole float", "given twice", "nearly JSON"],
)
async def test_a_workspace_outside_is_not_named_in_a_free_text_that_the_service_reads(
    scene: Scene, text: str
) -> list[str]:
    mine, theirs = workspaces(scene)
    arguments = {"dataset_id": dataset(scene, mine), "workspace_id": mine, "job_action": "SemanticIndex"}
    spec = {"job_spec": text.replace("THEIRS", theirs).replace("MINE", mine)}
    return await one_call(scene, "CreateDatasetJob", "aiworkspace_create_dataset_job", **arguments, **spec)


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope._names_its_own", always(True)))
async def test_a_workspace_inside_a_body_does_not_say_where_a_tensorboard_lands(scene: Scene) -> list[str]:
    mine, _ = workspaces(scene)
    shown = {"tensorboard_data_sources": [{"SourceType": "dlcjob", "Id": scene.job(WorkspaceId=mine)}]}
    return await one_call(scene, "CreateTensorboard", "dlc_create_tensorboard", display_name="board", **shown)


async def test_a_variable_of_a_job_may_hold_what_it_likes(scene: Scene) -> None:
    mine, theirs = workspaces(scene)
    async with scene.server(toolsets=("all",), state=scene.state_file) as before:
        await before.discover()
    async with scene.server(toolsets=("all",), state=scene.state_file, workspaces=(mine,)) as driver:
        job = before.job("variables", workspace_id=mine, envs={"CONFIG": json.dumps({"workspaceId": theirs})})
        assert (await driver.data("dlc_create_job", **job))["JobId"]
