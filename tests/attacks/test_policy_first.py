"""What the operator forbids is not read on the way to its refusal: by validation, by composites, by a late answer."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.errors import Unavailable, UnknownOutcome
from pai_dlc_mcp.guards.creates.send_once import late
from pai_dlc_mcp.protocol import call_tool
from pai_dlc_mcp.runtime import Sent
from pai_dlc_mcp.shapes import Kind, kind_of
from support.attack_scene import Scene
from support.every_tool import there

HERE = "cn-hangzhou"


def workspaces(scene: Scene) -> tuple[str, str]:
    """The one that the server may touch, and one that it may not."""
    mine, theirs, *_ = scene.emulator.world.catalogue.workspaces
    return str(mine), str(theirs)


async def made_foreign(scene: Scene, theirs: str) -> dict[str, Any]:
    """Ids of things, all of them in the other workspace."""
    job = scene.job("theirs", WorkspaceId=theirs)
    async with scene.server(toolsets=("all",)) as before:
        content = {"JobType": "PyTorchJob", "UserCommand": "python train.py"}
        made = {"template_name": "theirs", "workspace_id": theirs, "content": content}
        template = (await before.data("dlc_create_job_template", **made))["TemplateId"]
    for rows in scene.emulator.world.catalogue.tables.values():
        for row in rows.values():
            row.update({"WorkspaceId": theirs} if "WorkspaceId" in row else {})
    return there(scene.emulator.world, job) | {
        "template_id": template,
        "workspace_id": theirs,
        "job_ids": [job, "dlc0"],
    }


def is_of(kind: Kind | None, names: tuple[str, ...]) -> bool:
    return kind is not None and kind.name in names


@pytest.mark.parametrize("tool", [one.name for one in COMPOSITES])
async def test_a_composite_reads_of_a_forbidden_workspace_at_most_where_the_named_thing_is(
    scene: Scene, tool: str
) -> None:
    declared = next(one for one in COMPOSITES if one.name == tool)
    mine, theirs = workspaces(scene)
    ids = await made_foreign(scene, theirs)
    own = {"job_id": scene.job("ours", WorkspaceId=mine)} if "job_id" in declared.example else {}
    kinds = ("job", "template", "workspace")
    named = {name: info for name, info in declared.inputs.model_fields.items() if is_of(kind_of(info), kinds)}
    async with scene.server(toolsets=("all",), workspaces=(mine,)) as driver:
        for name, info in named.items():
            before = len(scene.requests())
            example = {**declared.example, **(own if name == "workspace_id" else {}), name: ids[name]}
            if name == "template_id":
                example.pop("job_id", None)
            result = await driver.raw(tool, **example)
            assert result.structured_content["error"]["code"] == "policy_denied", (name, result.structured_content)
            kind = kind_of(info)
            allowed = {kind.reader} if kind is not None and name != "workspace_id" else set()
            allowed |= {"GetJob"} if name == "workspace_id" and own else set()
            assert {one["operation"] for one in scene.requests()[before:]} <= allowed, name


@pytest.mark.parametrize("where", ["workspace_id", "region", "settings"])
async def test_validation_reads_nothing_for_a_job_in_a_forbidden_place(scene: Scene, where: str) -> None:
    mine, theirs = workspaces(scene)
    outside = {
        "workspace_id": {"workspace_id": theirs},
        "region": {"region": "cn-shanghai"},
        "settings": {"settings": {"AdvancedSettings": {"workspaceId": theirs}}},
    }
    async with scene.server(toolsets=("all",), state=scene.state_file) as before_limits:
        await before_limits.discover()
    limits = {"workspaces": (mine,), "regions": (HERE,), "state": scene.state_file}
    for malformed in ({}, {"priority": "high"}):
        async with scene.server(toolsets=("all",), **limits) as driver:
            job = before_limits.job("elsewhere", workspace_id=mine, resource_id="quota-1", template_id=None)
            job = {name: value for name, value in job.items() if value is not None}
            before = len(scene.requests())
            result = await driver.raw("dlc_validate_job", job=job | outside[where] | malformed)
            assert len(scene.requests()) == before
        said = result.structured_content
        faults = said["data"]["faults"] if said["ok"] else [said["error"]]
        assert [one["code"] for one in faults] == ["policy_denied"]


async def test_r25_a_create_whose_guards_take_too_long_says_that_nothing_was_done(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_tool, "CALL_S", 2.0)
    async with scene.server(toolsets=("all",)) as driver:
        await driver.discover()
        scene.fault({"operation": "ListJobs", "kind": "delay", "seconds": 60, "times": 9})
        error = await driver.error("dlc_create_job", **driver.job("late"))
        assert error["code"] == "unavailable"
        assert "nothing was done" in error["message"]
        assert scene.writes("CreateJob") == []


def test_r25_only_what_may_have_left_can_have_been_done() -> None:
    assert isinstance(late(Sent(is_write_sent=True)), UnknownOutcome)
    assert isinstance(late(Sent()), Unavailable)


async def test_r77_a_ledger_of_many_long_ids_makes_a_refusal_neither_late_nor_unknown(scene: Scene) -> None:
    rows = scene.emulator.world.catalogue.tables["images"]
    model = dict(next(iter(rows.values())))
    uri = "registry-vpc.cn-hangzhou.aliyuncs.com/pai-dlc/" + "pytorch-training-" * 30
    for number in range(1_000):
        rows[f"image-{number:016}"] = {**model, "ImageId": f"image-{number:016}", "ImageUri": f"{uri}:{number}"}
    async with scene.server(toolsets=("all",), state=scene.state_file) as driver:
        await driver.discover()
        for page in range(1, 11):
            await driver.raw("aiworkspace_list_images", page_number=page, page_size=100)
        job = driver.job("guessed")
        spec = job["job_specs"][0]
        job["job_specs"] = [{**spec, "Image": f"{uri}:guess-{number}"} for number in range(60)]
        error = await driver.error("dlc_create_job", **job)
        assert error["code"] in ("discovery_required", "invalid_arguments")
