"""The operator's limits: jobs and GPUs at once, creates an hour, a time limit; what cannot be counted refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    PolicyDenied,
    Unavailable,
)
from pai_dlc_mcp.guards.creates import send_once
from pai_dlc_mcp.guards.policy import access, capacity
from pai_dlc_mcp.runtime import ActiveJobs, Call, Reply, Runtime
from pai_dlc_mcp.state.memory import MemoryState
from support.creates import NONE
from support.fake_cloud import Answer, FakeCloud, call_of, cloud_of, runtime_of

SPECS = {"ListEcsSpecs": {"EcsSpecs": [{"InstanceType": "ecs.8gpu", "Gpu": 8}, {"InstanceType": "ecs.cpu", "Gpu": 0}]}}


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


GPU8, CPU = {"EcsSpec": "ecs.8gpu", "PodCount": 1}, {"EcsSpec": "ecs.cpu", "PodCount": 4}


async def test_a_change_of_a_jobs_specs_is_bound_to_the_same_limit() -> None:
    runtime, _ = server(max_gpus_per_job=8)
    update = call_of("UpdateJob", {"JobId": "dlc1", "JobSpecs": [GPU8 | {"PodCount": 2}]})
    assert (await refusal(update, runtime)).field == "JobSpecs"
    await access.check(call_of("UpdateJob", {"JobId": "dlc1", "Priority": 3}), runtime)


async def test_a_job_that_grows_is_counted_with_the_others_but_not_beside_itself() -> None:
    listed = {"ListJobs": rows(job(1), job(2))}
    grown = {"JobId": "dlc1", "JobSpecs": [GPU8 | {"PodCount": 2}]}
    runtime, _ = server(listed, max_running_gpus=24)
    await access.check(call_of("UpdateJob", grown), runtime)
    runtime, _ = server(listed, max_running_gpus=23)
    assert "24 GPUs would be held" in (await refusal(call_of("UpdateJob", grown), runtime)).message
    runtime, cloud = server(listed, max_running_jobs=0)
    await access.check(call_of("UpdateJob", grown), runtime)
    assert cloud.sent == [], "a job that grows is no job more"


async def test_a_job_that_is_not_among_the_active_ones_of_the_account_grows_beside_them() -> None:
    grown = call_of("UpdateJob", {"JobId": "dlc9", "JobSpecs": [GPU8]})
    runtime, _ = server({"ListJobs": rows(job(1))}, max_running_gpus=16)
    await access.check(grown, runtime)
    runtime, _ = server({"ListJobs": rows(job(1))}, max_running_gpus=15)
    assert "16 GPUs would be held" in (await refusal(grown, runtime)).message


async def test_a_list_that_fails_for_one_state_refuses_as_that_list_did() -> None:
    def listed(args: Any) -> dict[str, Any]:
        if args["Status"] == "Running":
            raise Unavailable("down")
        return {"Jobs": [], "TotalCount": 0}

    runtime, _ = server({"ListJobs": listed}, max_running_jobs=5)
    with pytest.raises(Unavailable, match="down"):
        await access.check(create(CPU), runtime)


def rows(*jobs: dict[str, Any]) -> Any:
    """Jobs by status, a hundred a page."""

    def page(args: Any) -> dict[str, Any]:
        fit = [job for job in jobs if job["Status"] == args["Status"]]
        start = (args["PageNumber"] - 1) * args["PageSize"]
        return {"Jobs": fit[start : start + args["PageSize"]], "TotalCount": len(fit)}

    return page


def job(number: int, status: str = "Running", gpus: float = 8) -> dict[str, Any]:
    return {"JobId": f"dlc{number}", "DisplayName": f"job-{number}", "Status": status, "RequestGPU": gpus}


async def test_jobs_active_are_counted_over_all_states_and_pages() -> None:
    running = [job(number) for number in range(250)]
    others = [job(1_000 + place, status) for place, status in enumerate(capacity.ACTIVE)]
    runtime, cloud = server({"ListJobs": rows(*running, *others)}, max_running_jobs=261)
    await access.check(create(CPU), runtime)
    runtime, _ = server({"ListJobs": rows(*running, *others)}, max_running_jobs=260)
    assert "261 jobs" in (await refusal(create(CPU), runtime)).message
    first = cloud.sent[0][1]
    assert first["StartTime"] == capacity.EARLIEST
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
async def test_what_is_active_and_cannot_be_counted_refuses(listed: Any) -> None:
    runtime, _ = server({"ListJobs": listed}, max_running_jobs=10**6)
    with pytest.raises((PolicyDenied, Unavailable)):
        await access.check(create(CPU), runtime)


async def test_a_running_job_whose_gpus_are_not_given_refuses() -> None:
    runtime, _ = server({"ListJobs": rows({"JobId": "dlc1", "Status": "Running"})}, max_running_gpus=10**6)
    assert "cannot be counted" in (await refusal(create(CPU), runtime)).message


@pytest.mark.parametrize("limit", [{"max_running_jobs": 1}, {"max_running_gpus": 8}])
async def test_of_creates_at_once_on_two_servers_together_over_a_limit_none_slips_through(limit: Any) -> None:
    state, sent, refused = MemoryState(), list[str](), list[str]()
    created = {"CreateJob": {"JobId": "dlc9"}}
    servers = [replace(server(created, **limit)[0], state=state) for _ in range(2)]

    async def run(runtime: Runtime, name: str) -> None:
        call = create(GPU8, name=name)
        await access.check(call, runtime)
        try:
            await send_once.send(call, runtime)
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
    await send_once.send(call, first)
    second, _ = server({"CreateJob": {"JobId": "dlc2"}, "ListJobs": rows(job(1))}, max_running_jobs=2)
    second = replace(second, state=state)
    call = create(GPU8, name="job-2")
    await access.check(call, second)
    await send_once.send(call, second)


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
    await send_once.send(update, runtime)
    call = create(GPU8)
    await access.check(call, runtime)
    with pytest.raises(PolicyDenied, match="16 GPUs"):
        await send_once.send(call, runtime)


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


@pytest.mark.parametrize(("minutes", "fits"), [("61", False), (61, False), (61.5, False), ("60", True), (60, True)])
async def test_r68_a_templates_time_limit_is_held_in_whatever_form_it_stands(minutes: Any, fits: bool) -> None:
    content = {"JobSpecs": [GPU8], "JobMaxRunningTimeMinutes": minutes}
    template = {"TemplateId": "tpl", "DefaultVersion": 1, "Versions": [{"Version": 1, "Content": content}]}
    limits: tuple[dict[str, Any], ...] = ({}, {"max_gpus_per_job": 8})
    for other in limits:
        call = call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1", "TemplateId": "tpl"})
        runtime, _ = server({"GetJobTemplate": template}, max_running_time_minutes=60, **other)
        if fits:
            await access.check(call, runtime)
        else:
            assert (await refusal(call, runtime)).rule == "R68"


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


SPEC = {"Type": "Worker", "PodCount": 1, "EcsSpec": "ecs.8gpu", "Image": "i"}


def job_of_8_gpus(**more: Any) -> Call:
    return call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1", "JobSpecs": [SPEC], **more})


def listing(jobs: Any, **settings: Any) -> Runtime:
    specs = {"EcsSpecs": [{"InstanceType": "ecs.8gpu", "Gpu": 8}]}
    runtime, _, _ = runtime_of({"ListJobs": jobs, "ListEcsSpecs": specs}, settings=Settings(**settings))
    return runtime


STATES = ("Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting", "Stopping",
          "SucceededReserving", "FailedReserving")  # fmt: skip


@pytest.mark.parametrize("state", STATES)
async def test_a_job_counts_in_every_state_before_its_end(state: str) -> None:
    def jobs(args: Any) -> Any:
        here = [{"JobId": "j", "DisplayName": "other"}] if args["Status"] == state else []
        return {"Jobs": here, "TotalCount": len(here)}

    with pytest.raises(PolicyDenied, match="2 jobs would be active"):
        await access.check(job_of_8_gpus(), listing(jobs, max_running_jobs=1))


@pytest.mark.parametrize("odd", [{}, {"JobId": ""}, {"JobId": None}])
async def test_a_job_without_an_id_counts_too(odd: dict[str, Any]) -> None:
    with pytest.raises(PolicyDenied, match="2 jobs would be active"):
        await access.check(job_of_8_gpus(), listing({"Jobs": [odd], "TotalCount": 1}, max_running_jobs=1))


async def test_jobs_are_counted_since_the_first_one_of_all_workspaces_and_only_the_accounts_own() -> None:
    asked: list[Any] = []

    def jobs(args: Any) -> Any:
        asked.append(dict(args))
        return {"Jobs": [], "TotalCount": 0}

    await access.check(job_of_8_gpus(), listing(jobs, max_running_jobs=1))
    assert {one["Status"] for one in asked} == set(STATES)
    for one in asked:
        assert one["StartTime"] == "2018-01-01T00:00:00Z"
        assert (one["ShowOwn"], one["FromAllWorkspaces"]) == (True, True)


async def test_jobs_of_every_region_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = listing({"Jobs": []}, max_running_jobs=2, max_running_gpus=100, regions=("cn-hangzhou", "cn-shanghai"))
    send = runtime.cloud.send

    async def by_region(operation: Any, args: Any, region: str, **more: Any) -> Reply:
        if operation.action_name != "ListJobs":
            return await send(operation, args, region, **more)
        rows = [{"JobId": region, "RequestGPU": "8"}] if args["Status"] == "Running" else []
        return Reply({"Jobs": rows, "TotalCount": len(rows)})

    monkeypatch.setattr(runtime.cloud, "send", by_region)
    now = await capacity.active_jobs(job_of_8_gpus(), runtime)
    assert (now.jobs, now.gpus) == (2, 16.0)
    with pytest.raises(PolicyDenied, match="3 jobs would be active"):
        await access.check(job_of_8_gpus(), runtime)


async def test_gpus_in_use_are_added_up_job_by_job() -> None:
    def jobs(args: Any) -> Any:
        rows = {"Running": [{"JobId": "a", "RequestGPU": "4"}, {"JobId": "b", "JobSpecs": [SPEC]}]}
        return {"Jobs": rows.get(args["Status"], []), "TotalCount": len(rows.get(args["Status"], []))}

    await access.check(job_of_8_gpus(), listing(jobs, max_running_gpus=20))
    with pytest.raises(PolicyDenied, match="20 GPUs would be held; the limit is 19"):
        await access.check(job_of_8_gpus(), listing(jobs, max_running_gpus=19))


async def test_a_limit_of_jobs_alone_counts_no_gpus() -> None:
    call = job_of_8_gpus()
    await access.check(call, listing({"Jobs": [], "TotalCount": 0}, max_running_jobs=1))
    assert call.known.active == ActiveJobs(0, 0.0, frozenset())
    assert call.known.job_gpus == 0.0


async def test_the_ids_of_jobs_active_tell_a_listed_create_from_one_that_is_not() -> None:
    def jobs(args: Any) -> Any:
        rows = [{"JobId": "a", "DisplayName": "seen", "RequestGPU": "1"}] if args["Status"] == "Running" else []
        return {"Jobs": rows, "TotalCount": len(rows)}

    call = job_of_8_gpus()
    runtime = listing(jobs, max_running_jobs=5, max_running_gpus=100)
    await access.check(call, runtime)
    assert call.known.active.ids == {"a"}
    assert call.known.job_gpus == 8.0
    assert call.known.counted_at == runtime.now()


@pytest.mark.parametrize(("minutes", "fits"), [(1, True), (0, False), (-1, False), (None, False), ("60", False)])
async def test_r22_a_time_limit_is_a_whole_number_of_at_least_one_minute(minutes: Any, fits: bool) -> None:
    call = job_of_8_gpus(JobMaxRunningTimeMinutes=minutes)
    runtime = listing({"Jobs": []}, require_max_running_time=True)
    if fits:
        await access.check(call, runtime)
        return
    with pytest.raises(PolicyDenied) as refused:
        await access.check(call, runtime)
    assert (refused.value.rule, refused.value.field) == ("R22", "job_max_running_time_minutes")


async def test_a_job_whose_gpus_cannot_be_counted_names_its_field() -> None:
    call = job_of_8_gpus(JobSpecs=[{"Type": "Worker", "EcsSpec": "ecs.unknown"}])
    with pytest.raises(PolicyDenied) as refused:
        await access.check(call, listing({"Jobs": []}, max_gpus_per_job=8))
    assert refused.value.field == "JobSpecs"
    assert "cannot be counted" in refused.value.message


async def test_more_pages_than_are_read_cannot_be_counted() -> None:
    full = [{"JobId": str(number)} for number in range(100)]
    runtime = listing({"Jobs": full, "TotalCount": 1_000_000}, max_running_jobs=10**9)
    with pytest.raises(PolicyDenied, match="More jobs are active than can be counted"):
        await capacity.active_jobs(job_of_8_gpus(), runtime)
    assert len(cloud_of(runtime).sent) == 50 * len(capacity.ACTIVE)


async def test_without_a_limit_of_gpus_a_template_is_not_read() -> None:
    call = job_of_8_gpus(TemplateId="tpl-1")
    runtime = listing({"Jobs": []}, max_running_jobs=5)
    await access.check(call, runtime)
    assert {action for action, _ in cloud_of(runtime).sent} == {"ListJobs"}


@pytest.mark.parametrize("limits", [{"max_gpus_per_job": 9}, {"max_running_gpus": 9}])
async def test_with_a_limit_of_gpus_a_template_is_read_once(limits: dict[str, Any]) -> None:
    content = {"JobSpecs": [SPEC], "JobType": "PyTorchJob"}
    call = job_of_8_gpus(TemplateId="tpl-1")
    del call.args["JobSpecs"]
    runtime = listing({"Jobs": []}, **limits)
    cloud_of(runtime).answers["GetJobTemplate"] = {"Versions": [{"Content": content}]}
    await access.check(call, runtime)
    await access.check(call, runtime)
    asked = [action for action, _ in cloud_of(runtime).sent]
    assert asked.count("GetJobTemplate") == 1
    assert call.known.job_gpus == 8.0
