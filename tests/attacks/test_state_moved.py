"""What was shown is not what would be hit: the target moves between the preview and the act."""

from __future__ import annotations

from typing import Any

import pytest

from end_to_end.driving import Driver
from support.attack_scene import Scene, previewed
from support.guard_removal import always, both_ways, nothing_awaited, replaced

BLIND = replaced("pai_dlc_mcp.guards.confirmation.snapshot.digest_of", always("the same"))


async def job_now(scene: Scene, driver: Driver, job: str, **changes: Any) -> None:
    """The service describes the job with these changes."""
    scene.fault()
    seen = await driver.data("dlc_get_job", job_id=job, view="full")
    scene.fault({"operation": "GetJob", "kind": "answer", "body": seen | changes, "times": 1000})


CHANGES: list[dict[str, Any]] = [
    {"Status": "Queuing"},
    {"UserId": "2000000000000099"},
    {"DisplayName": "another"},
    {"WorkspaceId": "99"},
    {"ResourceId": "quota-other"},
    {"RequestGPU": 512},
    {"GmtCreateTime": "2031-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
@both_ways(BLIND)
async def test_r31_a_job_that_has_changed_since_its_preview_is_not_stopped(
    scene: Scene, change: dict[str, Any]
) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        token = await previewed(driver, job_id=job)
        await job_now(scene, driver, job, **change)
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.guards.confirmation.elicit._check_unmoved", nothing_awaited))
async def test_r31_a_job_that_changes_while_the_person_types_is_not_stopped(scene: Scene) -> list[str]:
    job = scene.job()
    driver: Driver

    async def slow_person(context: Any, params: Any) -> Any:
        from mcp_types import ElicitResult

        await job_now(scene, driver, job, RequestGPU=512)
        return ElicitResult(action="accept", content={"name": "victim"})

    client = {"elicitation_callback": slow_person, "mode": "legacy"}
    async with scene.server(client=client) as driver:
        await driver.raw("dlc_stop_job", job_id=job, wait_seconds=0)
    return scene.writes()


@both_ways(BLIND)
async def test_r31_a_thing_made_anew_under_the_old_name_is_not_deleted(scene: Scene) -> list[str]:
    """The token is for what was shown; a template changed in between is another thing."""
    async with scene.server(toolsets=("all",)) as driver:
        workspaces = await driver.data("aiworkspace_list_workspaces")
        workspace = workspaces["Workspaces"][0]["WorkspaceId"]
        made = await driver.data("aiworkspace_create_model", model_name="first", workspace_id=workspace)
        token = await previewed(driver, "aiworkspace_delete_model", model_id=made["ModelId"])
        await driver.ok("aiworkspace_update_model", model_id=made["ModelId"], model_name="the-one-in-production")
        await driver.raw("aiworkspace_delete_model", model_id=made["ModelId"], confirmation_token=token)
    return scene.writes("DeleteModel")
