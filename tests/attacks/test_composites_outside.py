"""Ways past the operator's lists: composite tools, which read for themselves, and things named beside the target."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from end_to_end.driving import Driver
from support.attack_scene import Scene
from support.guard_removal import ANY_REGION, always, both_ways, nothing, nothing_awaited, replaced

UNFENCED = replaced("pai_dlc_mcp.guards.policy.access.check_composite", nothing_awaited)
COMPOSITES: dict[str, dict[str, Any]] = {
    "dlc_diagnose_job": {},
    "dlc_search_logs": {"text": "epoch"},
    "dlc_wait_for_job": {"max_seconds": 1},
    "dlc_clone_job": {},
}


def workspaces(scene: Scene) -> tuple[str, str]:
    """The one that the server may touch, and one that it may not."""
    mine, theirs, *_ = scene.emulator.world.catalogue.workspaces
    return str(mine), str(theirs)


async def told(driver: Driver, tool: str, **arguments: Any) -> list[Any]:
    """What the tool tells, nothing where it is refused."""
    result = await driver.raw(tool, **arguments)
    return [result.structured_content["data"]] if result.structured_content["ok"] else []


@pytest.mark.parametrize("tool", list(COMPOSITES))
@both_ways(UNFENCED)
async def test_a_composite_tells_nothing_of_a_job_in_another_workspace(scene: Scene, tool: str) -> list[Any]:
    mine, theirs = workspaces(scene)
    job = scene.job(WorkspaceId=theirs)
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        return await told(driver, tool, job_id=job, **COMPOSITES[tool])


@both_ways(UNFENCED)
async def test_of_two_jobs_to_compare_both_are_in_allowed_workspaces(scene: Scene) -> list[Any]:
    mine, theirs = workspaces(scene)
    jobs = [scene.job("ours", WorkspaceId=mine), scene.job("theirs", WorkspaceId=theirs)]
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        return await told(driver, "dlc_compare_jobs", job_ids=jobs)


async def test_a_composite_tells_of_jobs_in_an_allowed_workspace(scene: Scene) -> None:
    mine, _ = workspaces(scene)
    jobs = [scene.job("one", WorkspaceId=mine), scene.job("two", WorkspaceId=mine)]
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        assert await told(driver, "dlc_diagnose_job", job_id=jobs[0])
        assert await told(driver, "dlc_compare_jobs", job_ids=jobs)


@pytest.mark.parametrize("tool", list(COMPOSITES))
@both_ways(UNFENCED, ANY_REGION)
async def test_a_composite_tells_nothing_of_another_region(scene: Scene, tool: str) -> list[Any]:
    job = scene.job()
    async with scene.server(toolsets=("all",), regions=("cn-hangzhou",)) as driver:
        return await told(driver, tool, job_id=job, region="cn-shanghai", **COMPOSITES[tool])


@both_ways(replaced("pai_dlc_mcp.guards.policy.access._check_settings", nothing))
async def test_jobs_of_another_region_are_not_tagged_from_an_allowed_one(scene: Scene) -> list[str]:
    arguments = {"resource_type": "Job", "resource_id": [scene.job()], "tag": [{"Key": "team", "Value": "x"}]}
    async with scene.server(toolsets=("all",), regions=("cn-hangzhou",)) as driver:
        await driver.raw("dlc_tag_resources", region_id="cn-shanghai", **arguments)
    return scene.writes("TagResources")


@both_ways(replaced("pai_dlc_mcp.guards.policy.scope._named_subjects", always(())))
async def test_a_template_read_before_the_limit_was_set_is_not_brought_in_from_outside(scene: Scene) -> list[str]:
    """The ledger in the state file outlives the server that had no limit."""
    mine, theirs = workspaces(scene)
    async with scene.server(toolsets=("all",), state=scene.state_file) as before:
        await before.discover()
        content = before.job("from-template", workspace_id=None)
        spec, command = content["job_specs"], content["user_command"]
        inside = {"JobType": "PyTorchJob", "JobSpecs": spec, "UserCommand": command}
        made = {"template_name": "theirs", "workspace_id": theirs, "content": inside}
        template = (await before.data("dlc_create_job_template", **made))["TemplateId"]
        await before.data("dlc_get_job_template", template_id=template)
    async with scene.server(toolsets=("all",), state=scene.state_file, workspaces=(mine,)) as driver:
        await driver.raw("dlc_create_job", display_name="copy", workspace_id=mine, template_id=template)
    return scene.writes("CreateJob")


async def no_sources(*_: Any) -> AsyncIterator[Any]:
    """What a TensorBoard shows is not looked at."""
    nothing: tuple[Any, ...] = ()
    for source in nothing:
        yield source


SHOWN: dict[str, Callable[[str], dict[str, Any]]] = {
    "by source": lambda job: {"source_type": "job", "source_id": job},
    "among the sources": lambda job: {"tensorboard_data_sources": [{"SourceType": "dlcjob", "Id": job}]},
    "of a kind of its own": lambda job: {"source_type": "Job", "source_id": job},
    "of no kind": lambda job: {"tensorboard_data_sources": [{"Id": job}]},
}


@pytest.mark.parametrize("way", list(SHOWN))
@both_ways(replaced("pai_dlc_mcp.guards.policy.scope._sources_of", no_sources))
async def test_a_tensorboard_does_not_show_a_job_of_another_workspace(scene: Scene, way: str) -> list[str]:
    mine, theirs = workspaces(scene)
    shown = SHOWN[way](scene.job(WorkspaceId=theirs))
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        await driver.raw("dlc_create_tensorboard", display_name="board", workspace_id=mine, **shown)
    return scene.writes("CreateTensorboard")


async def test_a_tensorboard_shows_jobs_and_datasets_of_its_own_workspace(scene: Scene) -> None:
    mine, _ = workspaces(scene)
    dataset, row = next(iter(scene.emulator.world.catalogue.tables["datasets"].items()))
    row["WorkspaceId"] = mine
    sources = [{"SourceType": "dlcjob", "Id": scene.job(WorkspaceId=mine)}, {"SourceType": "datasource", "Id": dataset}]
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        made = {"display_name": "board", "workspace_id": mine, "tensorboard_data_sources": sources}
        await driver.data("dlc_create_tensorboard", **made)
