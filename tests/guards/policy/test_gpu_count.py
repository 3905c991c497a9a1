"""How many GPUs a job asks for, over all pods and whatever ways of running it the specs name."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import (
    PolicyDenied,
    Unavailable,
)
from pai_dlc_mcp.guards.policy import access, gpu_count
from pai_dlc_mcp.runtime import Call, Runtime
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


SPEC = {"Type": "Worker", "PodCount": 1, "EcsSpec": "ecs.8gpu", "Image": "i"}


def job_of_8_gpus(**more: Any) -> Call:
    return call_of("CreateJob", {"DisplayName": "new", "WorkspaceId": "1", "JobSpecs": [SPEC], **more})


def listing(jobs: Any, **settings: Any) -> Runtime:
    specs = {"EcsSpecs": [{"InstanceType": "ecs.8gpu", "Gpu": 8}]}
    runtime, _, _ = runtime_of({"ListJobs": jobs, "ListEcsSpecs": specs}, settings=Settings(**settings))
    return runtime


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({}, 1),
        ({"PodCount": 1}, 1),
        ({"PodCount": 3}, 3),
        ({"PodCount": 0}, 1),
        ({"PodCount": "3"}, 3),
        ({"PodCount": 2.5}, 3),
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
    call = job_of_8_gpus(JobSpecs=[SPEC, SPEC])
    runtime = listing({"Jobs": []}, max_gpus_per_job=99)
    await access.check(call, runtime)
    assert cloud_of(runtime).sent == [("ListEcsSpecs", {"InstanceTypes": "ecs.8gpu"})]


async def test_gpus_that_a_listing_showed_are_not_asked_for_again() -> None:
    from pai_dlc_mcp.guards.discovery.ledger import Seen, remember

    call, runtime = job_of_8_gpus(), listing({"Jobs": []}, max_gpus_per_job=4)
    found = [Seen("ecs.8gpu", {"Gpu": 4}, 0.0, "dlc_list_ecs_specs")]
    await remember(runtime, call.caller, call.region, "ecs_spec", found)
    await access.check(call, runtime)
    assert cloud_of(runtime).sent == []


@pytest.mark.parametrize(
    "spec", [{"ResourceConfig": {}}, {"ResourceConfig": "8 GPUs"}, {"EcsSpec": ""}, {"EcsSpec": 5}, {}, "no spec"]
)
async def test_a_spec_that_names_no_resources_cannot_be_counted(spec: Any) -> None:
    assert await gpu_count.of_specs(job_of_8_gpus(), listing({"Jobs": []}), [spec]) is None


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
