"""Logs, events, metrics, health checks and lists under a standing clock."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from emulator.training.scene import START, Scene
from pai_dlc_emulator.wire import ServiceError


def at(seconds: float) -> str:
    return datetime.fromtimestamp(START + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_last_lines_of_a_window_are_given_and_always_the_same() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(100)
    whole = scene.logs(job)
    assert scene.logs(job, MaxLines=3) == whole[-3:]
    assert scene.logs(job, MaxLines=0) == []
    early = scene.logs(job, StartTime=at(15), EndTime=at(40))
    assert early == whole[: len(early)]
    assert 3 < len(early) < len(whole)
    scene.clock.advance(20)
    assert scene.logs(job)[: len(whole)] == whole


def test_cloud_monitor_looks_back_an_hour_page_by_page_and_knows_its_periods() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(7_300)
    asked = {"MetricName": "GPU_UTIL", "Dimensions": json.dumps([{"jobId": job}]), "JobId": job}

    def times(**more: object) -> list[int]:
        return sorted(
            {point["timestamp"] for point in json.loads(scene.call("GetMetrics", **asked, **more)["DataPoints"])}
        )

    if found := times():
        assert found[-1] - found[0] <= 3_600_000
        assert len(scene.call("GetMetrics", **asked, Length=1)["NextToken"]) == 1
    for odd in ({"Period": 61}, {"Dimensions": "[1]"}, {"Dimensions": '"job"'}, {"Dimensions": "job"}):
        with pytest.raises(ServiceError) as refused:
            scene.call("GetMetrics", **asked | odd)
        assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
    with pytest.raises(ServiceError, match="StartTime "):
        scene.call("GetMetrics", **asked, StartTime="yesterday")
    with pytest.raises(ServiceError, match="EndTime "):
        scene.call("GetMetrics", **asked, EndTime="tomorrow")


def test_the_end_of_ten_million_lines_costs_no_more_than_of_ten() -> None:
    scene = Scene("empty")
    job = scene.create("long-log")
    scene.clock.advance(101_000)
    begun = time.process_time()
    lines = scene.logs(job, MaxLines=100)
    assert time.process_time() - begun < 5  # all of them would take minutes
    assert len(lines) == 100
    assert any("sample 10000000 " in line or "sample 9999999 " in line for line in lines)


def test_r66_an_old_job_has_no_logs_or_events_in_the_default_window() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(8 * 86_400)
    assert scene.logs(job) == []
    assert scene.call("GetJobEvents", JobId=job)["Events"] == []
    assert scene.logs(job, StartTime=at(0)) != []
    assert scene.call("GetJobEvents", JobId=job, StartTime=at(0))["Events"] != []
    (first,) = scene.call("GetJobEvents", JobId=job, StartTime=at(0), EndTime=at(0))["Events"]
    assert first.endswith(f"{job} is Creating.")
    assert scene.call("ListJobs")["TotalCount"] == 0
    assert scene.call("ListJobs", StartTime=at(-1))["TotalCount"] == 1


def test_events_are_capped_to_the_newest() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(400)
    whole = scene.call("GetPodEvents", JobId=job, PodId=scene.pod(job))["Events"]
    assert scene.call("GetPodEvents", JobId=job, PodId=scene.pod(job), MaxEventsNum=2)["Events"] == whole[-2:]
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d Successfully assigned t\d{{16}}/{scene.pod(job)} to cn-hangzhou\.[\d.]+",
        whole[0],
    )
    assert "exited with code 0" in whole[-1]


def test_an_unknown_pod_is_not_found() -> None:
    scene = Scene("empty")
    job = scene.create()
    scene.clock.advance(60)
    with pytest.raises(ServiceError) as unknown:
        scene.logs(job, rank=7)
    assert unknown.value.status == 404


def test_r62_metrics_are_five_minutes_apart_over_the_last_hour_unless_asked() -> None:
    scene = Scene("empty")
    job = scene.create("hang", pods=4)
    scene.clock.advance(3000)
    usual = scene.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage")["PodMetrics"]
    points = [one["Time"] for one in usual[0]["Metrics"]]
    assert {later - sooner for sooner, later in pairwise(points)} == {300_000}
    fine = scene.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage", TimeStep="15s", StartTime=at(2000))
    last = [pod["Metrics"][-1]["Value"] for pod in fine["PodMetrics"]]
    assert last[2] < 5
    assert min(last[0], last[1], last[3]) > 95
    with pytest.raises(ServiceError):
        scene.call("GetJobMetrics", JobId=job, MetricType="gpu")


def test_a_job_without_gpus_has_no_gpu_samples() -> None:
    scene = Scene("empty")
    job = scene.create(JobSpecs=[{"Type": "Worker", "PodCount": 1, "Image": "i", "EcsSpec": "ecs.g6.large"}])
    scene.clock.advance(190)
    answer = scene.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage", TimeStep="30s")
    assert answer["PodMetrics"] == [{"PodId": scene.pod(job), "Metrics": []}]


def test_a_health_check_is_listed_phase_by_phase() -> None:
    scene = Scene("empty")
    job = scene.create(pods=2, Settings={"EnableSanityCheck": True})
    scene.clock.advance(22)
    assert scene.status(job) == "SanityChecking"
    one = scene.call("GetJobSanityCheckResult", JobId=job, SanityCheckNumber=1)["SanityCheckResult"]
    assert [phase["Status"] for phase in one] == ["Succeeded", "Running"]
    scene.clock.advance(60)
    answer = scene.call("ListJobSanityCheckResults", JobId=job)
    assert answer["TotalCount"] == 1
    assert [phase["Phase"] for phase in answer["SanityCheckResults"][0]][-1] == "AllNodeCommCheck"


def test_a_scripted_outlier_fails_its_phase_and_the_job() -> None:
    scene = Scene("empty")
    job = scene.create("sanity-outlier", pods=4)
    scene.clock.advance(200)
    phases = scene.call("ListJobSanityCheckResults", JobId=job)["SanityCheckResults"][0]
    assert phases[-1]["Status"] == "Failed"
    assert scene.pod(job, 1) in phases[-1]["Message"]
    assert scene.job(job)["ReasonCode"] == "JobFailed"


def test_jobs_are_found_by_what_they_are() -> None:
    scene = Scene("empty")
    first = scene.create(DisplayName="ResNet-night", Settings={"Tags": {"team": "vision"}})
    second = scene.create(DisplayName="bert", JobMaxRunningTimeMinutes=1, pods=4)
    scene.clock.advance(100)

    def found(**args: object) -> list[str]:
        return [job["JobId"] for job in scene.call("ListJobs", **args)["Jobs"]]

    assert found(DisplayName="resnet") == [first]
    assert found(Status="Running") == [first]
    assert found(Tags={"team": "vision"}) == [first]
    assert found(JobIds=f"{first}, {second}", SortBy="DisplayName", Order="asc") == [first, second]
    assert found(NumericRangeField="RequestGPU", NumericRangeMin=3) == [second]
    assert found(ReasonSearch="limit of 1 minutes") == [second]
    assert found(ShowOwn=True, Username="bob") == []
    assert found(PaymentType="PrePaid") == []


def test_the_large_world_pages_to_its_end_without_gap_or_double() -> None:
    scene = Scene("large")
    seen: list[str] = []
    number = 1
    while page := scene.call("ListJobs", PageNumber=number, PageSize=100, ShowOwn=False, StartTime=at(-40 * 86_400))[
        "Jobs"
    ]:
        seen += [job["JobId"] for job in page]
        number += 1
    assert len(seen) == len(set(seen)) == 10_000


@pytest.mark.parametrize(
    "args",
    [
        {"SortBy": "CPU"},
        {"SortBy": "GmtCreateTime"},
        {"PageSize": 101},
        {"Order": "newest"},
        {"PageNumber": 0},
        {"AcceleratorType": "gpu"},
    ],
)
def test_r47_a_sort_key_of_instance_types_is_refused_as_bad_bounds_are(args: dict[str, object]) -> None:
    with pytest.raises(ServiceError) as refused:
        Scene("empty").call("ListEcsSpecs", **args)
    assert refused.value.status == 400


def test_instance_types_are_filtered_and_paged() -> None:
    scene = Scene("empty")
    answer = scene.call("ListEcsSpecs", AcceleratorType="GPU", PageSize=100)
    assert all(spec["Gpu"] for spec in answer["EcsSpecs"])
    assert {spec["IsAvailable"] for spec in answer["EcsSpecs"]} == {True, False}
    assert len(scene.call("ListEcsSpecs", PageSize=5, PageNumber=2)["EcsSpecs"]) == 5
