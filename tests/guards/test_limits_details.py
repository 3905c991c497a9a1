"""What counts against an operator's limits, state by state and pod by pod."""

from __future__ import annotations

from typing import Any

import pytest
from guards.fakes import call_of, cloud_of, runtime_of

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PolicyDenied
from pai_dlc_mcp.guards.creates import reservations
from pai_dlc_mcp.guards.policy import access, capacity, gpu_count
from pai_dlc_mcp.runtime import Call, Reply, Runtime

SPEC = {"Type": "Worker", "PodCount": 1, "EcsSpec": "ecs.8gpu", "Image": "i"}


def create(**more: Any) -> Call:
    return call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1", "JobSpecs": [SPEC], **more})


def server(jobs: Any, **settings: Any) -> Runtime:
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

    with pytest.raises(PolicyDenied, match="2 jobs would be under way"):
        await access.check(create(), server(jobs, max_running_jobs=1))


async def test_a_job_without_an_id_counts_too() -> None:
    with pytest.raises(PolicyDenied, match="2 jobs would be under way"):
        await access.check(create(), server({"Jobs": [{"DisplayName": "odd"}], "TotalCount": 1}, max_running_jobs=1))


async def test_jobs_are_counted_since_the_first_one_of_all_workspaces_and_only_the_accounts_own() -> None:
    asked: list[Any] = []

    def jobs(args: Any) -> Any:
        asked.append(dict(args))
        return {"Jobs": [], "TotalCount": 0}

    await access.check(create(), server(jobs, max_running_jobs=1))
    assert {one["Status"] for one in asked} == set(STATES)
    for one in asked:
        assert one["StartTime"] == "2018-01-01T00:00:00Z"
        assert (one["ShowOwn"], one["FromAllWorkspaces"]) == (True, True)


async def test_jobs_of_every_region_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = server({"Jobs": []}, max_running_jobs=2, max_running_gpus=100, regions=("cn-hangzhou", "cn-shanghai"))
    send = runtime.cloud.send

    async def by_region(operation: Any, args: Any, region: str, **more: Any) -> Reply:
        if operation.action_name != "ListJobs":
            return await send(operation, args, region, **more)
        rows = [{"JobId": region, "RequestGPU": "8"}] if args["Status"] == "Running" else []
        return Reply({"Jobs": rows, "TotalCount": len(rows)})

    monkeypatch.setattr(runtime.cloud, "send", by_region)
    now = await capacity.under_way(create(), runtime)
    assert (now.jobs, now.gpus) == (2, 16.0)
    with pytest.raises(PolicyDenied, match="3 jobs would be under way"):
        await access.check(create(), runtime)


async def test_gpus_held_are_added_up_job_by_job() -> None:
    def jobs(args: Any) -> Any:
        rows = {"Running": [{"JobId": "a", "RequestGPU": "4"}, {"JobId": "b", "JobSpecs": [SPEC]}]}
        return {"Jobs": rows.get(args["Status"], []), "TotalCount": len(rows.get(args["Status"], []))}

    await access.check(create(), server(jobs, max_running_gpus=20))
    with pytest.raises(PolicyDenied, match="20 GPUs would be held; the limit is 19"):
        await access.check(create(), server(jobs, max_running_gpus=19))


async def test_a_limit_of_jobs_alone_counts_no_gpus() -> None:
    call = create()
    await access.check(call, server({"Jobs": [], "TotalCount": 0}, max_running_jobs=1))
    now = call.facts["under_way"]
    assert (now.jobs, now.gpus, now.ids) == (0, 0.0, frozenset())
    assert "job_gpus" not in call.facts


async def test_the_ids_of_jobs_under_way_tell_a_listed_create_from_one_that_is_not() -> None:
    def jobs(args: Any) -> Any:
        rows = [{"JobId": "a", "DisplayName": "seen", "RequestGPU": "1"}] if args["Status"] == "Running" else []
        return {"Jobs": rows, "TotalCount": len(rows)}

    call = create()
    runtime = server(jobs, max_running_jobs=5, max_running_gpus=100)
    await access.check(call, runtime)
    assert call.facts["under_way"].ids == {"a"}
    assert call.facts["job_gpus"] == 8.0
    assert call.facts["counted_at"] == runtime.now()


@pytest.mark.parametrize(("minutes", "fits"), [(1, True), (0, False), (-1, False), (None, False), ("60", False)])
async def test_r22_a_time_limit_is_a_whole_number_of_at_least_one_minute(minutes: Any, fits: bool) -> None:
    call = create(JobMaxRunningTimeMinutes=minutes)
    runtime = server({"Jobs": []}, require_max_running_time=True)
    if fits:
        await access.check(call, runtime)
        return
    with pytest.raises(PolicyDenied) as refused:
        await access.check(call, runtime)
    assert (refused.value.rule, refused.value.field) == ("R22", "job_max_running_time_minutes")


async def test_a_job_whose_gpus_cannot_be_counted_names_its_field() -> None:
    call = create(JobSpecs=[{"Type": "Worker", "EcsSpec": "ecs.unknown"}])
    with pytest.raises(PolicyDenied) as refused:
        await access.check(call, server({"Jobs": []}, max_gpus_per_job=8))
    assert refused.value.field == "JobSpecs"
    assert "cannot be counted" in refused.value.message


async def test_more_pages_than_are_read_cannot_be_counted() -> None:
    full = [{"JobId": str(number)} for number in range(100)]
    runtime = server({"Jobs": full, "TotalCount": 1_000_000}, max_running_jobs=10**9)
    with pytest.raises(PolicyDenied, match="More jobs are under way than can be counted"):
        await capacity.under_way(create(), runtime)
    assert len(cloud_of(runtime).sent) == 50


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({}, 1),
        ({"PodCount": 1}, 1),
        ({"PodCount": 3}, 3),
        ({"PodCount": 0}, 1),
        ({"PodCount": "3"}, 3),
        ({"PodCount": "many"}, 1),
        ({"PodCount": 2, "AutoScalingSpec": {"MaxReplicas": 1}}, 2),
        ({"AutoScalingSpec": {"MaxReplicas": 7}}, 7),
        ({"PodCount": 2, "AutoScalingSpec": "many"}, 2),
    ],
)
def test_pods_are_counted_at_their_most(spec: dict[str, Any], count: int) -> None:
    assert gpu_count.pod_count(spec) == count
    assert gpu_count.all_pods([spec, "no spec"]) == count


@pytest.mark.parametrize("specs", [None, "no list", {}])
def test_what_is_no_list_of_specs_has_no_pods(specs: Any) -> None:
    assert gpu_count.all_pods(specs) == 0


async def test_gpus_are_asked_of_the_service_once_a_call_and_by_type() -> None:
    call = create(JobSpecs=[SPEC, SPEC])
    runtime = server({"Jobs": []}, max_gpus_per_job=99)
    await access.check(call, runtime)
    assert cloud_of(runtime).sent == [("ListEcsSpecs", {"InstanceTypes": "ecs.8gpu"})]


async def test_gpus_that_a_listing_showed_are_not_asked_for_again() -> None:
    from pai_dlc_mcp.guards.discovery.ledger import Seen, remember

    call, runtime = create(), server({"Jobs": []}, max_gpus_per_job=4)
    found = [Seen("ecs.8gpu", {"Gpu": 4}, 0.0, "dlc_list_ecs_specs")]
    await remember(runtime, call.caller, call.region, "ecs_spec", found)
    await access.check(call, runtime)
    assert cloud_of(runtime).sent == []


@pytest.mark.parametrize(
    "spec", [{"ResourceConfig": {}}, {"ResourceConfig": "8 GPUs"}, {"EcsSpec": ""}, {"EcsSpec": 5}, {}, "no spec"]
)
async def test_a_spec_that_names_no_resources_cannot_be_counted(spec: Any) -> None:
    assert await gpu_count.of_specs(create(), server({"Jobs": []}), [spec]) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (8, 8.0),
        ("0.5", 0.5),
        (0, 0.0),
        (-1, None),
        ("x", None),
        (True, None),
        (None, None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_a_number_is_finite_and_not_negative(value: Any, number: float | None) -> None:
    assert gpu_count.number(value) == number


async def test_creates_an_hour_are_places_that_free_themselves() -> None:
    runtime = server({"Jobs": []}, max_creates_per_hour=2)
    first, second = (
        await reservations.hold(create(), runtime),
        await reservations.hold(create(DisplayName="two"), runtime),
    )
    assert len({*first.keys, *second.keys}) == 4
    with pytest.raises(PolicyDenied, match="may create 2 things an hour"):
        await reservations.hold(create(DisplayName="three"), runtime)
    await reservations.give_back(second, runtime)
    await reservations.hold(create(DisplayName="three"), runtime)


async def test_a_create_that_is_refused_gives_its_name_back() -> None:
    runtime = server({"Jobs": []}, max_creates_per_hour=0)
    with pytest.raises(PolicyDenied):
        await reservations.hold(create(), runtime)
    assert await runtime.state.scan("creating/") == {}


async def test_a_region_that_is_not_allowed_names_its_field() -> None:
    with pytest.raises(PolicyDenied) as refused:
        await access.check(create(), server({"Jobs": []}, regions=("cn-shanghai",)))
    assert refused.value.field == "region"


async def test_without_a_limit_of_gpus_a_template_is_not_read() -> None:
    call = create(TemplateId="tpl-1")
    runtime = server({"Jobs": []}, max_running_jobs=5)
    await access.check(call, runtime)
    assert {action for action, _ in cloud_of(runtime).sent} == {"ListJobs"}


@pytest.mark.parametrize("limits", [{"max_gpus_per_job": 9}, {"max_running_gpus": 9}])
async def test_with_a_limit_of_gpus_a_template_is_read_once(limits: dict[str, Any]) -> None:
    content = {"JobSpecs": [SPEC], "JobType": "PyTorchJob"}
    call = create(TemplateId="tpl-1")
    del call.args["JobSpecs"]
    runtime = server({"Jobs": []}, **limits)
    cloud_of(runtime).answers["GetJobTemplate"] = {"Versions": [{"Content": content}]}
    await access.check(call, runtime)
    await access.check(call, runtime)
    asked = [action for action, _ in cloud_of(runtime).sent]
    assert asked.count("GetJobTemplate") == 1
    assert call.facts["job_gpus"] == 8.0
