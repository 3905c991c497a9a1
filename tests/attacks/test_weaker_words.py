"""Doing by another operation, or by an argument, what has to be confirmed under its own name; and hiding what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attacks.test_foreign_workspace import dataset, workspaces
from pai_dlc_emulator.accounts import ALICE
from support.attack_scene import Scene, everything, previewed
from support.guard_removal import always_awaited, both_ways, nothing_awaited, replaced

EXPOSE = {"toolsets": ("all",), "confirm": frozenset({"expose"})}
UNCONFIRMED = replaced("pai_dlc_mcp.guards.confirmation.check.needed_for", nothing_awaited)
BY_EFFECT_ALONE = replaced(
    "pai_dlc_mcp.operation.Operation.risks_of", lambda operation, *_: frozenset({operation.effect.value})
)
ANYBODYS = replaced("pai_dlc_mcp.guards.confirmation.check.is_foreign", always_awaited(False))


@both_ways(UNCONFIRMED)
async def test_r30_a_job_is_not_ended_by_a_signal_without_a_confirmation(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(toolsets=("all",)) as driver:
        await driver.raw("dlc_create_signal", job_id=job, signal="SIGKILL")
    return scene.writes("CreateSignal")


@both_ways(BY_EFFECT_ALONE, ANYBODYS)
async def test_r30_a_tensorboard_is_not_stopped_by_a_time_limit_without_a_confirmation(scene: Scene) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        given = {"display_name": "board", "job_id": scene.job(), "workspace_id": workspaces(scene)[0]}
        board = (await driver.data("dlc_create_tensorboard", **given))["TensorboardId"]
        await driver.raw("dlc_update_tensorboard", tensorboard_id=board, max_running_time_minutes=1)
    return scene.writes("UpdateTensorboard")


SHARED = {"SharedTo": [{"TenantId": "1000000000000001", "WorkspaceId": "1"}]}
SHOWN: list[tuple[str, str, dict[str, Any]]] = [
    ("UpdateDataset", "aiworkspace_update_dataset", {"sharing_config": SHARED}),
    ("UpdateDataset", "aiworkspace_update_dataset", {"mount_access_read_write_role_id_list": ["*"]}),
    ("UpdateDataset", "aiworkspace_update_dataset",
     {"accessibility": "ROLE_PUBLIC", "accessible_role_id_list": ["PAI.AlgoDeveloper"]}),
]  # fmt: skip


@both_ways(BY_EFFECT_ALONE, ANYBODYS)
@pytest.mark.parametrize(("operation", "tool", "given"), SHOWN)
async def test_r30_with_expose_a_dataset_is_not_shown_to_others_by_an_update(
    scene: Scene, operation: str, tool: str, given: dict[str, Any]
) -> list[str]:
    mine, _ = workspaces(scene)
    async with scene.server(**EXPOSE) as driver:
        await driver.raw(tool, dataset_id=dataset(scene, mine), **given)
    return scene.writes(operation)


@both_ways(BY_EFFECT_ALONE, ANYBODYS)
async def test_r30_with_expose_a_job_is_not_shown_to_others_by_an_update_or_a_create(scene: Scene) -> list[str]:
    job = scene.job(Accessibility="PRIVATE")
    async with scene.server(**EXPOSE) as driver:
        await driver.raw("dlc_update_job", job_id=job, accessibility="PUBLIC")
        await driver.discover()
        await driver.raw("dlc_create_job", **driver.job(accessibility="PUBLIC"))
        await driver.raw("dlc_clone_job", job_id=job, changes={"accessibility": "PUBLIC"}, submit=True)
    return scene.writes("UpdateJob", "CreateJob")


@both_ways(BY_EFFECT_ALONE, ANYBODYS)
async def test_r30_with_expose_a_template_does_not_show_a_job_to_others_in_the_calls_place(scene: Scene) -> list[str]:
    """Somebody made the template at a server that asks nobody."""
    place = {"workspace_id": workspaces(scene)[0]}
    async with scene.server(toolsets=("all",), state=scene.state_file) as lax:
        await lax.discover()
        job = lax.job()
        content = {"JobType": "PyTorchJob", "JobSpecs": job["job_specs"], "UserCommand": "true"}
        given = {"template_name": "t", "content": content | {"Accessibility": "PUBLIC"}} | place
        template = {"template_id": (await lax.data("dlc_create_job_template", **given))["TemplateId"]}
    async with scene.server(**EXPOSE, state=scene.state_file) as driver:
        await driver.ok("dlc_get_job_template", **template)
        await driver.raw("dlc_create_job", display_name="from-template", **template, **place)
    return scene.writes("CreateJob")


@both_ways(UNCONFIRMED)
async def test_r30_with_expose_nothing_is_published(scene: Scene) -> list[str]:
    mine, _ = workspaces(scene)
    async with scene.server(**EXPOSE) as driver:
        await driver.raw("aiworkspace_publish_dataset", dataset_id=dataset(scene, mine))
    return scene.writes("PublishDataset")


@both_ways(BY_EFFECT_ALONE, ANYBODYS)
async def test_r30_with_expose_nobody_gets_a_role_unconfirmed(scene: Scene) -> list[str]:
    mine, _ = workspaces(scene)
    members = [{"UserId": ALICE.user_id, "Roles": ["PAI.WorkspaceAdmin"]}]
    async with scene.server(**EXPOSE) as driver:
        await driver.raw("aiworkspace_create_member", workspace_id=mine, members=members)
    return scene.writes("CreateMember")


async def test_r30_what_only_sounds_like_it_needs_no_confirmation_and_what_needs_one_takes_it(scene: Scene) -> None:
    job = scene.job(Accessibility="PRIVATE")
    async with scene.server(**EXPOSE) as driver:
        await driver.ok("dlc_update_job", job_id=job, description="quiet")
        given = {"job_id": job, "accessibility": "PUBLIC"}
        token = await previewed(driver, "dlc_update_job", **given)
        await driver.ok("dlc_update_job", **given, confirmation_token=token)
        await driver.discover()
        private = driver.job("private", accessibility="PRIVATE")
        await driver.ok("dlc_create_job", **private)
        clone = {"job_id": job, "changes": {"accessibility": "PUBLIC"}, "submit": True}
        clone["changes"] |= {"job_specs": private["job_specs"], "workspace_id": private["workspace_id"]}
        clone["changes"] |= {"job_type": "PyTorchJob", "user_command": "true"}
        token = await previewed(driver, "dlc_clone_job", **clone)
        await driver.ok("dlc_clone_job", **clone, confirmation_token=token)
    assert scene.writes("CreateJob", "UpdateJob") == ["UpdateJob", "UpdateJob", "CreateJob", "CreateJob"]


async def preview(scene: Scene, tool: str, **given: Any) -> dict[str, Any]:
    """All pages of it, as far as the token."""
    shown: dict[str, Any] = {}
    async with scene.server(toolsets=("all",), confirm=frozenset({"create", "expose"})) as driver:
        error = await driver.error(tool, **given)
        shown |= error["confirmation"]["preview"]
        while "token" not in error["confirmation"]:
            page = error["next"][0]["arguments"]["preview_page"]
            error = await driver.error(tool, **given, preview_page=page)
            shown |= error["confirmation"]["preview"]
    return shown


def whole(shown: dict[str, Any], name: str) -> str:
    """A fact that may go on over several pages."""
    return "".join(str(value) for label, value in shown.items() if label == name or label.startswith(f"{name} ("))


async def test_r36_an_order_is_shown_before_it_is_agreed_to(scene: Scene) -> None:
    product = {"ProductCode": "MaxCompute_share", "ChargeType": "POSTPAY", "OrderType": "BUY", "Duration": 1}
    products = [product | {"PricingCycle": "Hour"}]
    shown = await preview(scene, "aiworkspace_create_product_orders", auto_pay=True, products=products)
    assert "MaxCompute_share" in shown["argument Products"]
    assert shown["argument AutoPay"] is True


@pytest.mark.parametrize("joined", [True, False])
async def test_r36_the_last_of_many_is_not_removed_behind_the_first_without_a_word(scene: Scene, joined: bool) -> None:
    mine, _ = workspaces(scene)
    if joined:
        members = ",".join(f"{mine}-2000000000{number:06d}" for number in range(30))
        shown = await preview(scene, "aiworkspace_delete_members", workspace_id=mine, member_ids=members)
        assert whole(shown, "argument MemberIds") == f"30 in all: {members}"
        return
    names = [f"role-{number:04d}-{'x' * 20}" for number in range(30)]
    given = {"dataset_id": dataset(scene, mine), "mount_access_read_write_role_id_list": names}
    shown = await preview(scene, "aiworkspace_update_dataset", **given)
    assert whole(shown, "argument MountAccessReadWriteRoleIdList") == f"30 in all: {', '.join(names)}"


async def test_r36_no_argument_hides_behind_others(scene: Scene) -> None:
    """With whom a dataset is shared is its last argument, and an object."""
    mine, _ = workspaces(scene)
    given = {"description": "d", "edition": "ADVANCED", "name": "n", "options": "{}", "accessibility": "ROLE_PUBLIC",
             "accessible_role_id_list": ["a"], "mount_access_read_write_role_id_list": ["b"]}  # fmt: skip
    shown = await preview(
        scene, "aiworkspace_update_dataset", dataset_id=dataset(scene, mine), sharing_config=SHARED, **given
    )
    assert "1000000000000001" in whole(shown, "argument SharingConfig")


async def test_r67_a_preview_shows_no_value_of_a_templates_environment(scene: Scene) -> None:
    content = {"Envs": {"PLAIN": "canary-plain-value"}, "JobType": "PyTorchJob", "UserCommand": "true"}
    async with scene.server(toolsets=("all",), confirm=frozenset({"create"})) as driver:
        given = {"template_name": "t", "workspace_id": workspaces(scene)[0], "content": content}
        result = await driver.raw("dlc_create_job_template", **given)
    assert "argument Content" in json.dumps(result.structured_content)
    assert "canary-plain-value" not in everything(result)
