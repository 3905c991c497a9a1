"""Read-only mode and regions: no call loosens what the operator set."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    PaiError,
    PolicyDenied,
)
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.runtime import Call, Caller, Composite
from support.fake_cloud import REGION, Answer, FakeCloud, call_of, runtime_of

EVERY = catalog.operations()


WRITES = [op for op in EVERY if op.effect is not READ]


async def outcome(
    action: str, args: dict[str, Any], answers: dict[str, Answer | list[Answer]] | None = None, **settings: Any
) -> tuple[PaiError | None, FakeCloud]:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(**settings))
    try:
        await access.check(call_of(action, args), runtime)
    except PaiError as error:
        return error, cloud
    return None, cloud


async def denied(setting: str, action: str, args: dict[str, Any], answers: Any = None, **settings: Any) -> FakeCloud:
    error, cloud = await outcome(action, args, answers, **settings)
    assert isinstance(error, PolicyDenied), error
    assert f"({setting})" in error.message
    assert "--" not in error.message
    return cloud


async def allowed(action: str, args: dict[str, Any], answers: Any = None, **settings: Any) -> FakeCloud:
    error, cloud = await outcome(action, args, answers, **settings)
    assert error is None
    return cloud


@pytest.mark.parametrize("op", WRITES, ids=lambda op: op.action_name)
async def test_read_only_refuses_everything_that_is_not_a_read_without_asking_the_cloud(op: Operation) -> None:
    assert (await denied("read_only", op.action_name, {}, read_only=True)).sent == []


@pytest.mark.parametrize("op", [op for op in EVERY if op.effect is READ], ids=lambda op: op.action_name)
async def test_read_only_lets_every_read_pass_and_no_setting_means_no_question(op: Operation) -> None:
    assert (await allowed(op.action_name, {}, read_only=True)).sent == []


async def test_a_region_outside_the_list_is_refused_for_reads_too() -> None:
    for action in ("ListJobs", "CreateJob"):
        await denied("regions", action, {}, regions=("cn-shanghai",))
        await allowed(action, {}, regions=("cn-shanghai", "cn-hangzhou"))
    error, _ = await outcome("CreateJob", {}, regions=("cn-shanghai",))
    assert (error and error.field) == "region"
    error, _ = await outcome("TagResources", {"RegionId": "r" * 41}, regions=("cn-hangzhou",))
    said = f"Region {'r' * 40} is not one that this server may use (regions)."
    assert (error and error.message) == said


@pytest.mark.parametrize("tool", COMPOSITES, ids=lambda tool: tool.name)
async def test_a_composite_is_held_to_the_regions_too_unless_it_answers_anywhere(tool: Composite) -> None:
    call = Call(tool, tool.inputs.model_construct(), {}, REGION, Caller("ada"))
    for regions, is_refused in (((REGION,), False), (("cn-shanghai",), tool.name != "pai_status")):
        runtime, cloud, _ = runtime_of({}, settings=Settings(regions=regions))
        with pytest.raises(PolicyDenied, match="regions") if is_refused else nullcontext():
            await access.check_composite(call, runtime)
        assert cloud.sent == []


@pytest.mark.parametrize(
    ("action", "within"),
    [
        ("TagResources", lambda region: {"RegionId": region}),
        ("CreateImageBuild", lambda region: {"RegionId": region}),
        ("ListImageLabels", lambda region: {"Region": region}),
        (
            "CreateProductOrders",
            lambda region: {"Products": [{"InstanceProperties": [{"Code": "region", "Value": region}]}]},
        ),
    ],
)
async def test_a_region_that_is_named_beside_the_calls_own_is_held_to_the_list_too(action: str, within: Any) -> None:
    for one in ("cn-hangzhou", "", None):
        await allowed(action, within(one), regions=("cn-hangzhou",))
    await allowed(action, within("cn-shanghai"))
    cloud = await denied("regions", action, within("cn-shanghai"), regions=("cn-hangzhou",))
    assert cloud.sent == []
