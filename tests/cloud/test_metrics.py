"""Which source has a job's samples, how CloudMonitor is asked, and what its points come to (R62)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.cloud.metrics import MONITOR_NAMES, WHOLE_JOB, by_pod, data_points, is_monitored, monitor_args


@pytest.mark.parametrize(
    ("job", "answer"),
    [
        ({"ResourceId": "", "ResourceType": "ECS", "JobSpecs": [{"EcsSpec": "ecs.gn7i-c8g1.2xlarge"}]}, False),
        ({"JobSpecs": [{"EcsSpec": "ecs.g6.large"}]}, False),
        ({"ResourceId": "quota1", "JobSpecs": [{"ResourceConfig": {}}]}, True),
        ({"ResourceType": "Lingjun", "JobSpecs": [{"EcsSpec": "ecs.x"}]}, True),
        ({"ResourceType": "ACS"}, True),
        ({"JobSpecs": [{"EcsSpec": "ecs.x"}, {"EcsSpec": "ml.gu7ef.8xlarge-gu100"}]}, True),
        ({}, None),
        ({"JobSpecs": [None, "odd"]}, None),
    ],
)
def test_r62_the_kind_of_resource_tells_the_source(job: dict[str, Any], answer: bool | None) -> None:
    assert is_monitored(job) is answer


def test_r62_cloud_monitor_is_asked_by_its_own_names_about_this_job_in_its_window() -> None:
    asked = {
        "JobId": "dlc1", "MetricType": "GpuCoreUsage", "TimeStep": "5m",
        "StartTime": "2026-01-01T00:00:00Z", "EndTime": "2026-01-01T01:00:00Z",
    }  # fmt: skip
    args = monitor_args({"UserId": "11", "WorkspaceId": "22"}, asked, "cn-hangzhou")
    assert args is not None
    assert json.loads(args["Dimensions"]) == [
        {"jobId": "dlc1", "regionId": "cn-hangzhou", "userId": "11", "workspaceId": "22"}
    ]
    assert (args["MetricName"], args["Namespace"]) == ("JOB_GPU_ACCELERATOR_DUTTY_UTIL", "acs_pai_dlc")
    assert (args["StartTime"], args["EndTime"]) == (asked["StartTime"], asked["EndTime"])
    assert "Token" not in args


@pytest.mark.parametrize(
    ("step", "period"),
    [
        ("5m", "60"), (None, "60"), ("15s", "15"), ("1s", "15"), ("1h", "3600"), ("2h", "3600"), ("900", "900"),
        ("odd", "60"),
    ],
)  # fmt: skip
def test_r62_the_period_is_the_longest_that_is_no_longer_than_the_step(step: str | None, period: str) -> None:
    args = monitor_args({}, {"JobId": "dlc1", "MetricType": "MemoryUsage", "TimeStep": step}, "cn-hangzhou")
    assert args is not None
    assert args["Period"] == period


def test_r62_a_metric_of_which_no_name_is_known_is_not_asked_under_an_invented_one() -> None:
    for kind in ("CpuCoreUsage", "NetworkInputRate", "NetworkOutputRate", "DiskReadRate", "DiskWriteRate"):
        assert kind not in MONITOR_NAMES
        assert monitor_args({}, {"JobId": "dlc1", "MetricType": kind}, "cn-hangzhou") is None


def test_points_of_cards_are_the_pods_mean_and_points_without_a_pod_are_the_whole_jobs() -> None:
    points = [
        {"timestamp": 2000, "pod": "a", "gpu": "0", "Value": 10},
        {"timestamp": 2000, "pod": "a", "gpu": "1", "Value": "30"},
        {"timestamp": 1000, "pod": "a", "gpu": "0", "Value": 0},
        {"timestamp": "1000", "Value": 7.5},
        {"timestamp": None, "pod": "a", "Value": 1},
        {"timestamp": 3000, "pod": "a", "Value": True},
        {"timestamp": 3000, "pod": "a", "Value": "many"},
    ]
    assert by_pod(points) == [
        {"PodId": "a", "Metrics": [{"Time": 1000, "Value": 0}, {"Time": 2000, "Value": 20}]},
        {"PodId": WHOLE_JOB, "Metrics": [{"Time": 1000, "Value": 7.5}]},
    ]


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "not json", "[1, null]", 7])
def test_data_points_that_are_none_are_none(text: Any) -> None:
    assert data_points({"DataPoints": text}) == []
