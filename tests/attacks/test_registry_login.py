"""The login of a registry that a job or a template keeps, and a call that names another registry for it (R38)."""

from __future__ import annotations

from typing import Any

import pytest

from end_to_end.driving import Driver
from support.attack_scene import Scene
from support.guard_removal import both_ways, nothing_awaited, replaced

ANYWHERE = (
    replaced("pai_dlc_mcp.guards.validation.templates.r38", lambda *_: None),
    replaced("pai_dlc_mcp.guards.discovery.check.r38", lambda *_: None),
    replaced("pai_dlc_mcp.guards.confirmation.check.needed_for", nothing_awaited),
)
OWN, OTHER = "registry.cn-hangzhou.aliyuncs.com", "registry.evil.example"
LOGIN = {"Auth": "c3RvcmVkOmxvZ2lu", "DockerRegistry": OWN}


def with_login(driver: Driver, login: dict[str, Any]) -> list[dict[str, Any]]:
    return [driver.job()["job_specs"][0] | {"ImageConfig": login}]


async def from_template(driver: Driver, kept: dict[str, Any], given: dict[str, Any]) -> Any:
    """A create from a template that keeps a login, with another one over it."""
    await driver.discover()
    workspace = driver.seen["workspace"]
    content = {"JobType": "PyTorchJob", "JobSpecs": with_login(driver, kept), "UserCommand": "true"}
    made = {"template_name": "kept", "workspace_id": workspace, "content": content}
    template = (await driver.data("dlc_create_job_template", **made))["TemplateId"]
    await driver.ok("dlc_get_job_template", template_id=template)
    more = {"display_name": "over", "workspace_id": workspace, "template_id": template}
    return await driver.raw("dlc_create_job", **more, job_specs=with_login(driver, given))


async def changed(driver: Driver, kept: dict[str, Any], given: dict[str, Any]) -> Any:
    """A change of a job that keeps a login."""
    await driver.discover()
    job = await driver.create("kept", job_specs=with_login(driver, kept))
    return await driver.raw("dlc_update_job", job_id=job, job_specs=with_login(driver, given))


@both_ways(*ANYWHERE)
@pytest.mark.parametrize("way", [from_template, changed])
@pytest.mark.parametrize("given", [{"DockerRegistry": OTHER}, {"DockerRegistry": OTHER, "Username": "u", "Auth": " "}])
async def test_r38_a_stored_login_does_not_go_to_another_registry(
    scene: Scene, way: Any, given: dict[str, Any]
) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        result = await way(driver, LOGIN, given)
    if result.is_error:
        error = result.structured_content["error"]
        assert (error["rule"], error["field"]) == ("R38", "JobSpecs[0].ImageConfig.DockerRegistry")
        return []
    return [way.__name__]


@pytest.mark.parametrize("way", [from_template, changed])
@pytest.mark.parametrize(
    ("kept", "given"),
    [
        (LOGIN, {"DockerRegistry": OTHER, "Auth": "bmV3OmxvZ2lu"}),
        (LOGIN, {"DockerRegistry": OTHER, "Username": "u", "Password": "new"}),
        (LOGIN, {"DockerRegistry": OWN}),
        (LOGIN, {}),
        ({}, {"DockerRegistry": OTHER}),
    ],
)
async def test_r38_another_registry_with_its_own_login_the_same_one_and_the_first_one_pass(
    scene: Scene, way: Any, kept: dict[str, Any], given: dict[str, Any]
) -> None:
    async with scene.server(toolsets=("all",)) as driver:
        result = await way(driver, kept, given)
    assert not result.is_error or result.structured_content["error"]["code"] == "confirmation_required"
