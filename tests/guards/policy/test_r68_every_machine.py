"""R68: the operator's limits hold for whatever starts machines, and count every kind of accelerator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PolicyDenied
from pai_dlc_mcp.guards.policy import access, gpu_count
from pai_dlc_mcp.operation import snake
from support.fake_cloud import FakeCloud, call_of, runtime_of

SPECS = {"EcsSpecs": [{"InstanceType": "ecs.big", "Gpu": 8}, {"InstanceType": "ecs.small", "Gpu": 0}]}
STARTS: list[tuple[str, dict[str, Any]]] = [
    ("CreateTensorboard", {"TensorboardSpec": {"EcsType": "{}"}}),
    ("CreateRayHistoryServer", {"EcsSpec": "{}"}),
    ("CreateImageBuild", {"Resource": {"EcsSpec": "{}"}}),
]


def named(value: Any, instance: str) -> Any:
    if isinstance(value, dict):
        return {name: named(one, instance) for name, one in value.items()}
    return instance


async def outcome(action: str, args: dict[str, Any], **settings: Any) -> tuple[PolicyDenied | None, FakeCloud]:
    runtime, cloud, _ = runtime_of({"ListEcsSpecs": SPECS, "ListJobs": {"Jobs": []}}, settings=Settings(**settings))
    try:
        await access.check(call_of(action, args), runtime)
    except PolicyDenied as denied:
        return denied, cloud
    return None, cloud


@pytest.mark.parametrize(("action", "args"), STARTS, ids=[action for action, _ in STARTS])
async def test_r68_gpus_of_every_instance_count(action: str, args: dict[str, Any]) -> None:
    for setting in ("max_gpus_per_job", "max_running_gpus"):
        assert (await outcome(action, named(args, "ecs.big"), **{setting: 8}))[0] is None
        denied, cloud = await outcome(action, named(args, "ecs.small"), **{setting: 0})
        assert (denied, cloud.actions) == (None, ["ListEcsSpecs"])
        assert (await outcome(action, {}, **{setting: 0}))[0] is None
        for instance, limit in (("ecs.big", 7), ("ecs.unknown", 100)):
            denied, _ = await outcome(action, named(args, instance), **{setting: limit})
            assert denied is not None
            assert (setting in denied.message, denied.rule) == (True, "R68")


@pytest.mark.parametrize("action", ["CreateJob", "CreateTensorboard", "UpdateTensorboard", "StartTensorboard"])
async def test_r68_no_time_limit_is_longer_than_the_operators_and_it_is_refused_before_anything_is_read(
    action: str,
) -> None:
    name = "JobMaxRunningTimeMinutes" if action == "CreateJob" else "MaxRunningTimeMinutes"
    settings = {"max_running_time_minutes": 600, "max_running_jobs": 5, "max_running_gpus": 100}
    denied, cloud = await outcome(action, {name: 601}, **settings)
    assert denied is not None
    field = "job_max_running_time_minutes" if action == "CreateJob" else "max_running_time_minutes"
    longest = f"{field} is 601; the longest that this server lets a call ask for is 600 (max_running_time_minutes)."
    assert (denied.rule, denied.message, denied.field, cloud.sent) == ("R68", longest, field, [])
    assert [dict(step.arguments) for step in denied.next] == [{field: 600}]
    alone, _ = await outcome(action, {name: 601}, max_running_time_minutes=600)
    assert alone is not None, "it holds where no other limit is set"
    assert alone.message == denied.message
    assert (await outcome(action, {name: 600}, max_running_time_minutes=600))[0] is None


@pytest.mark.parametrize("from_template", [False, True])
@pytest.mark.parametrize(
    "place", [lambda name, held: {name: held}, lambda name, held: {"AdvancedSettings": {snake(name): held}}]
)
@pytest.mark.parametrize(
    ("name", "limit", "most"),
    [
        ("JobReservedMinutes", None, 600), ("JobReservedMinutes", 500, 100), ("JobReservedMinutes", 600, 0),
        ("TerminationGracePeriodSeconds", None, 36_000), ("TerminationGracePeriodSeconds", 600, 36_000),
    ],
)  # fmt: skip
async def test_r68_what_keeps_pods_after_the_end_counts_like_running_time(
    name: str, limit: int | None, most: int, from_template: bool, place: Callable[[str, Any], dict[str, Any]]
) -> None:
    for held, is_refused in ((most, False), (most + 1, True), (str(most + 1), True)):
        job = {"Settings": place(name, held), "JobSpecs": [{"EcsSpec": "ecs.small"}]}
        job |= {"JobMaxRunningTimeMinutes": limit} if limit else {}
        template = {"GetJobTemplate": {"Versions": [{"Content": job}]}}
        runtime, _, _ = runtime_of(template, settings=Settings(max_running_time_minutes=600))
        call = call_of("CreateJob", {"TemplateId": "t1"} if from_template else job)
        if not is_refused:
            await access.check(call, runtime)
            continue
        with pytest.raises(PolicyDenied, match=f"{name} keeps the job's machines for .* 600 in all") as denied:
            await access.check(call, runtime)
        assert (denied.value.rule, denied.value.field) == ("R68", f"settings.{name}")


async def test_r68_a_variable_of_that_name_keeps_no_pods() -> None:
    job = {"Envs": {"JOB_RESERVED_MINUTES": "9999"}, "JobSpecs": [{"EcsSpec": "ecs.small"}]}
    runtime, _, _ = runtime_of({}, settings=Settings(max_running_time_minutes=600))
    await access.check(call_of("CreateJob", job), runtime)


@pytest.mark.parametrize("setting", [name for name in Settings.model_fields if name.startswith("max_")])
async def test_r68_every_number_that_the_operator_bounds_starts_with_refuses_a_create_by_itself(setting: str) -> None:
    job = {"WorkspaceId": "1", "JobMaxRunningTimeMinutes": 2, "JobSpecs": [{"EcsSpec": "ecs.large", "PodCount": 2}]}
    types = {"ListEcsSpecs": {"EcsSpecs": [{"InstanceType": "ecs.large", "Gpu": 1}]}, "ListJobs": {"TotalCount": 0}}
    enough = 1 if setting in ("max_running_jobs", "max_creates_per_hour") else 2
    for most in (None, enough):
        runtime, _, _ = runtime_of(types, settings=Settings(**{setting: most}))
        await access.check(call_of("CreateJob", job), runtime)
    every = {name: 99 for name in Settings.model_fields if name.startswith("max_")}
    for others in ({}, every):
        runtime, _, _ = runtime_of(types, settings=Settings(**{**others, setting: enough - 1}))
        with pytest.raises(PolicyDenied, match=setting):
            await access.check(call_of("CreateJob", job), runtime)


@pytest.mark.parametrize("action", ["CreateTensorboard", "CreateRayHistoryServer"])
async def test_r68_a_time_limit_that_the_operator_wants_is_wanted_of_every_machine(action: str) -> None:
    name = "MaxRunningTimeMinutes" if action == "CreateTensorboard" else "MaxRuntimeMinutes"
    denied, _ = await outcome(action, {}, require_max_running_time=True)
    assert denied is not None
    assert (denied.rule, denied.field) == ("R68", snake(name))
    assert (await outcome(action, {name: 60}, require_max_running_time=True))[0] is None


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        ({"Limits": {"nvidia.com/gpu": "2"}}, 2),
        ({"Requests": {"nvidia.com/gpu": 2}}, 2),
        ({"Limits": {"nvidia.com/mig-1g.5gb": "3"}}, 3),
        ({"Limits": {"aliyun.com/ppu": 4}, "Requests": {"aliyun.com/ppu": 2}}, 4),
        ({"Limits": {"alibabacloud.com/gpu-core.percentage": "50"}}, 0.5),
        ({"Limits": {"huawei.com/Ascend910": 1, "nvidia.com/gpu": 1}}, 2),
        (
            {
                "Limits": {
                    "cpu": "4",
                    "memory": "8Gi",
                    "ephemeral-storage": "9Gi",
                    "rdma/hca": 1,
                    "hugepages-2Mi": "1Gi",
                }
            },
            0,
        ),
        ({"Limits": {"cpu": "4", "nvidia.com/gpu": "2"}}, 2),
        ({"Limits": {"somebody.example/chip": "many"}}, None),
        ({"Limits": {"somebody.example/chip": "many"}, "Requests": {"somebody.example/chip": 2}}, None),
        ({"Limits": {"somebody.example/chip": 2}, "Requests": {"somebody.example/chip": "many"}}, None),
        ("odd", 0),
        ({"Limits": "odd"}, 0),
    ],
)
async def test_r68_every_kind_of_accelerator_of_every_container_counts(resources: Any, count: float | None) -> None:
    runtime, _, _ = runtime_of()
    beside = {"InitContainers": [{"Resources": resources}]}
    spec = {"ResourceConfig": {"GPU": "1"}, "ExtraPodSpec": beside}
    found = await gpu_count.of_spec(call_of("CreateJob"), runtime, spec)
    assert found == (None if count is None else 1 + count)


async def test_r68_what_is_started_again_is_one_of_the_hours_creates() -> None:
    denied, _ = await outcome("StartTensorboard", {"TensorboardId": "t"}, max_creates_per_hour=0)
    assert denied is not None
    assert "max_creates_per_hour" in denied.message


@pytest.mark.parametrize(
    ("limits", "minutes", "rule"),
    [
        ({"max_running_time_minutes": 600}, "600", None),
        ({"max_running_time_minutes": 600}, "601", "R68"),
        ({"max_running_time_minutes": 600}, "long", None),
        ({"require_max_running_time": True}, 60, None),
        ({"require_max_running_time": True}, None, "R22"),
    ],
)
async def test_r68_and_r22_the_time_limit_of_a_template_counts(limits: Any, minutes: Any, rule: str | None) -> None:
    content = {"JobMaxRunningTimeMinutes": minutes, "JobSpecs": [{"EcsSpec": "ecs.small"}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": {"Versions": [{"Content": content}]}}, settings=Settings(**limits))
    call = call_of("CreateJob", {"TemplateId": "t1"})
    if rule is None:
        await access.check(call, runtime)
        return
    with pytest.raises(PolicyDenied) as denied:
        await access.check(call, runtime)
    assert (denied.value.rule, denied.value.field) == (rule, "job_max_running_time_minutes")
