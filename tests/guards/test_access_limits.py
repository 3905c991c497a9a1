"""How much: GPUs a job, jobs and GPUs at once over all pages, a time limit, and what cannot be counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest
from guards.fakes import Answer, FakeCloud, call_of, runtime_of

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PolicyDenied, Unavailable
from pai_dlc_mcp.guards.creates import send_once
from pai_dlc_mcp.guards.policy import access, capacity
from pai_dlc_mcp.runtime import Call, Runtime
from pai_dlc_mcp.state.memory import MemoryState

SPECS = {"ListEcsSpecs": {"EcsSpecs": [{"InstanceType": "ecs.8gpu", "Gpu": 8}, {"InstanceType": "ecs.cpu", "Gpu": 0}]}}
NONE: dict[str, Any] = {"Jobs": [], "TotalCount": 0}


def server(answers: dict[str, Any] | None = None, **settings: Any) -> tuple[Runtime, FakeCloud]:
    given: dict[str, Answer | list[Answer]] = {"ListJobs": NONE, **SPECS, **(answers or {})}
    runtime, cloud, _ = runtime_of(given, settings=Settings(**settings))
    return runtime, cloud


def create(*specs: dict[str, Any], name: str = "new", **more: Any) -> Call:
    return call_of("CreateJob", {"DisplayName": name, "WorkspaceId": "1", "JobSpecs": list(specs), **more})


async def refusal(call: Call, runtime: Runtime) -> PolicyDenied:
    with pytest.raises(PolicyDenied) as refused:
        await access.check(call, runtime)
    return refused.value


def beside(sidecar: str, init: str) -> dict[str, Any]:
    """Two more containers of a pod, with these GPUs."""
    limits = [{"Name": "c", "Resources": {"Limits": {"nvidia.com/gpu": gpus, "cpu": "9"}}} for gpus in (sidecar, init)]
    return {"SideCarContainers": limits[:1], "InitContainers": limits[1:]}


GPU8, CPU = {"EcsSpec": "ecs.8gpu", "PodCount": 1}, {"EcsSpec": "ecs.cpu", "PodCount": 4}


@pytest.mark.parametrize(
    ("specs", "count"),
    [
        ((GPU8,), 8),
        ((GPU8 | {"PodCount": 3},), 24),
        (({"EcsSpec": "ecs.8gpu"},), 8),
        ((CPU,), 0),
        ((GPU8, CPU), 8),
        (({"ResourceConfig": {"GPU": "2", "CPU": "8"}, "PodCount": 2},), 4),
        (({"ResourceConfig": {"CPU": "8"}, "PodCount": 2},), 0),
        ((GPU8 | {"AutoScalingSpec": {"MinReplicas": 1, "MaxReplicas": 5}},), 40),
        ((CPU | {"ElasticSpotSpecs": [{"InstanceType": "ecs.cpu"}, {"InstanceType": "ecs.8gpu"}]},), 32),
        ((GPU8 | {"ResourceConfig": {"CPU": "8"}},), 8),
        (({"ResourceConfig": {"GPU": "1"}, "ExtraPodSpec": beside("2", "3"), "PodCount": 2},), 12),
        ((CPU | {"ExtraPodSpec": beside("2", "3")},), 0),
    ],
)
async def test_the_gpus_of_a_job_are_counted_over_all_pods(specs: tuple[dict[str, Any], ...], count: int) -> None:
    runtime, _ = server(max_gpus_per_job=count)
    await access.check(create(*specs), runtime)
    if count:
        runtime, _ = server(max_gpus_per_job=count - 1)
        assert f"{count} GPUs" in (await refusal(create(*specs), runtime)).message


@pytest.mark.parametrize(
    "specs",
    [
        (),
        ({"EcsSpec": "ecs.unheard"},),
        ({"PodCount": 2},),
        ({"ResourceConfig": {"GPU": "many"}},),
        ({"ResourceConfig": {"GPU": "-8"}},),
        ({"ResourceConfig": {"GPU": "nan"}},),
        ({"ResourceConfig": {"GPU": "inf"}},),
        ("not a spec",),
        (CPU | {"ElasticSpotSpecs": [{"InstanceType": "ecs.unheard"}]},),
        ({"ElasticSpotSpecs": [{"InstanceType": "ecs.cpu"}]},),
        ({"ResourceConfig": {"GPU": "1"}, "ExtraPodSpec": beside("many", "0")},),
    ],
)
async def test_gpus_that_cannot_be_counted_refuse(specs: tuple[Any, ...]) -> None:
    runtime, _ = server(max_gpus_per_job=1_000)
    assert "cannot be counted" in (await refusal(create(*specs), runtime)).message


@pytest.mark.parametrize(("asked", "fits"), [(True, False), (False, True), (None, True)])
async def test_a_job_that_the_service_sizes_by_an_estimate_cannot_be_counted(asked: Any, fits: bool) -> None:
    call = create(CPU, Settings={"DataJuicerConfig": {"EnableResourceEstimation": asked}})
    runtime, _ = server(max_gpus_per_job=1_000)
    if fits:
        await access.check(call, runtime)
    else:
        assert "cannot be counted" in (await refusal(call, runtime)).message


async def test_gpus_refuse_when_the_instance_types_cannot_be_listed() -> None:
    runtime, _ = server({"ListEcsSpecs": Unavailable("down")}, max_gpus_per_job=1_000)
    await refusal(create(GPU8), runtime)


async def test_a_change_of_a_jobs_specs_is_held_to_the_same_limit() -> None:
    runtime, _ = server(max_gpus_per_job=8)
    update = call_of("UpdateJob", {"JobId": "dlc1", "JobSpecs": [GPU8 | {"PodCount": 2}]})
    assert (await refusal(update, runtime)).field == "JobSpecs"
    await access.check(call_of("UpdateJob", {"JobId": "dlc1", "Priority": 3}), runtime)


def rows(*jobs: dict[str, Any]) -> Any:
    """Jobs by status, a hundred a page."""

    def page(args: Any) -> dict[str, Any]:
        fit = [job for job in jobs if job["Status"] == args["Status"]]
        start = (args["PageNumber"] - 1) * args["PageSize"]
        return {"Jobs": fit[start : start + args["PageSize"]], "TotalCount": len(fit)}

    return page


def job(number: int, status: str = "Running", gpus: float = 8) -> dict[str, Any]:
    return {"JobId": f"dlc{number}", "DisplayName": f"job-{number}", "Status": status, "RequestGPU": gpus}


async def test_jobs_under_way_are_counted_over_all_states_and_pages() -> None:
    running = [job(number) for number in range(250)]
    others = [job(1_000 + place, status) for place, status in enumerate(capacity.UNDER_WAY)]
    runtime, cloud = server({"ListJobs": rows(*running, *others)}, max_running_jobs=261)
    await access.check(create(CPU), runtime)
    runtime, _ = server({"ListJobs": rows(*running, *others)}, max_running_jobs=260)
    assert "261 jobs" in (await refusal(create(CPU), runtime)).message
    first = cloud.sent[0][1]
    assert first["StartTime"] == capacity.LONG_AGO
    assert (first["ShowOwn"], first["FromAllWorkspaces"]) == (True, True)


async def test_jobs_that_have_ended_do_not_count() -> None:
    ended = [job(number, status) for number, status in enumerate(("Succeeded", "Failed", "Stopped") * 5)]
    runtime, _ = server({"ListJobs": rows(*ended)}, max_running_jobs=1)
    await access.check(create(CPU), runtime)


async def test_gpus_at_once_count_what_runs_and_what_is_asked_for() -> None:
    listed = rows(job(1), job(2, gpus=4), {"JobId": "dlc3", "Status": "Queuing", "JobSpecs": [GPU8]})
    runtime, _ = server({"ListJobs": listed}, max_running_gpus=28)
    await access.check(create(GPU8), runtime)
    runtime, _ = server({"ListJobs": listed}, max_running_gpus=27)
    assert "28 GPUs" in (await refusal(create(GPU8), runtime)).message


@pytest.mark.parametrize("listed", [Unavailable("down"), {"Jobs": [{"JobId": "x"}] * 100, "TotalCount": 10**9}])
async def test_what_is_under_way_and_cannot_be_counted_refuses(listed: Any) -> None:
    runtime, _ = server({"ListJobs": listed}, max_running_jobs=10**6)
    with pytest.raises((PolicyDenied, Unavailable)):
        await access.check(create(CPU), runtime)


async def test_a_running_job_whose_gpus_are_not_told_refuses() -> None:
    runtime, _ = server({"ListJobs": rows({"JobId": "dlc1", "Status": "Running"})}, max_running_gpus=10**6)
    assert "cannot be counted" in (await refusal(create(CPU), runtime)).message


@pytest.mark.parametrize("limit", [{"max_running_jobs": 1}, {"max_running_gpus": 8}])
async def test_of_creates_at_once_on_two_servers_together_over_a_limit_none_slips_through(limit: Any) -> None:
    state, sent, refused = MemoryState(), list[str](), list[str]()
    made = {"CreateJob": {"JobId": "dlc9"}}
    servers = [replace(server(made, **limit)[0], state=state) for _ in range(2)]

    async def run(runtime: Runtime, name: str) -> None:
        call = create(GPU8, name=name)
        await access.check(call, runtime)
        try:
            await send_once.send_once(call, runtime)
            sent.append(name)
        except PolicyDenied:
            refused.append(name)

    async with anyio.create_task_group() as group:
        for number, runtime in enumerate(servers):
            group.start_soon(run, runtime, f"job-{number}")
    assert len(sent) <= 1
    assert len(refused) >= 1


async def test_a_create_that_the_list_shows_already_is_not_counted_twice() -> None:
    state = MemoryState()
    first, _ = server({"CreateJob": {"JobId": "dlc1"}}, max_running_jobs=2)
    first = replace(first, state=state)
    call = create(GPU8, name="job-1")
    await access.check(call, first)
    await send_once.send_once(call, first)
    second, _ = server({"CreateJob": {"JobId": "dlc2"}, "ListJobs": rows(job(1))}, max_running_jobs=2)
    second = replace(second, state=state)
    call = create(GPU8, name="job-2")
    await access.check(call, second)
    await send_once.send_once(call, second)


async def test_a_change_of_a_jobs_specs_counts_with_what_else_runs_and_in_place_of_what_it_held() -> None:
    update = {"JobId": "dlc1", "JobSpecs": [GPU8 | {"PodCount": 2}]}
    for most, fits in ((20, True), (19, False)):
        runtime, _ = server({"ListJobs": rows(job(1), job(2, gpus=4))}, max_running_gpus=most, max_running_jobs=2)
        if fits:
            await access.check(call_of("UpdateJob", update), runtime)
        else:
            assert "20 GPUs" in (await refusal(call_of("UpdateJob", update), runtime)).message
    runtime, cloud = server(max_running_jobs=0)
    await access.check(call_of("UpdateJob", update), runtime)
    assert cloud.sent == []


async def test_a_change_of_specs_is_announced_to_others_until_the_list_must_show_it() -> None:
    runtime, _ = server({"ListJobs": rows(job(1, gpus=0)), "UpdateJob": {"JobId": "dlc1"}}, max_running_gpus=8)
    update = call_of("UpdateJob", {"JobId": "dlc1", "JobSpecs": [GPU8]})
    await access.check(update, runtime)
    await send_once.send_once(update, runtime)
    call = create(GPU8)
    await access.check(call, runtime)
    with pytest.raises(PolicyDenied, match="16 GPUs"):
        await send_once.send_once(call, runtime)


async def test_a_time_limit_that_the_operator_wants_must_be_set() -> None:
    runtime, _ = server(require_max_running_time=True)
    for missing in ({}, {"JobMaxRunningTimeMinutes": 0}, {"JobMaxRunningTimeMinutes": -5}):
        error = await refusal(create(CPU, **missing), runtime)
        assert error.field == "job_max_running_time_minutes"
    await access.check(create(CPU, JobMaxRunningTimeMinutes=60), runtime)


async def test_what_a_template_gives_is_counted_as_the_jobs_own() -> None:
    content = {"JobSpecs": [GPU8 | {"PodCount": 4}], "JobMaxRunningTimeMinutes": 30}
    template = {"TemplateId": "tpl", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    bare = {"DisplayName": "new", "WorkspaceId": "1", "TemplateId": "tpl"}
    runtime, _ = server({"GetJobTemplate": template}, max_gpus_per_job=31, require_max_running_time=True)
    assert "32 GPUs" in (await refusal(call_of("CreateJob", bare), runtime)).message
    runtime, _ = server({"GetJobTemplate": template}, max_gpus_per_job=32, require_max_running_time=True)
    await access.check(call_of("CreateJob", bare), runtime)


async def test_what_a_template_locks_is_counted_though_the_call_leaves_it_out() -> None:
    version = {"Version": 1, "Content": {"JobSpecs": [GPU8 | {"PodCount": 64}]}}
    locked = version | {"Constraints": {"JobSpecs[0].PodCount": "locked"}}
    for versions, count in (([locked], 512), ([version], 8)):
        runtime, _ = server({"GetJobTemplate": {"TemplateId": "tpl", "Versions": versions}}, max_gpus_per_job=count)
        await access.check(create({"EcsSpec": "ecs.8gpu"}, TemplateId="tpl"), runtime)
        runtime, _ = server({"GetJobTemplate": {"TemplateId": "tpl", "Versions": versions}}, max_gpus_per_job=count - 1)
        refused = await refusal(create({"EcsSpec": "ecs.8gpu"}, TemplateId="tpl"), runtime)
        assert f"{count} GPUs" in refused.message


async def test_without_limits_nothing_is_counted_or_asked() -> None:
    runtime, cloud = server()
    await access.check(create(GPU8), runtime)
    assert cloud.sent == []


async def test_a_limit_of_zero_is_a_limit() -> None:
    for limit in ("max_gpus_per_job", "max_running_jobs", "max_running_gpus", "max_creates_per_hour"):
        runtime, _ = server(**{limit: 0})
        with pytest.raises(PolicyDenied, match=limit):
            await access.check(create(GPU8), runtime)
