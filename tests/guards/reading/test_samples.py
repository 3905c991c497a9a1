"""R62: which source a job's samples come from, and what is said where neither has any."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.cloud.metrics import MONITOR
from pai_dlc_mcp.errors import PermissionDenied, Unavailable
from pai_dlc_mcp.guards.reading.samples import read_samples
from pai_dlc_mcp.operation import Samples
from pai_dlc_mcp.runtime import Call
from support.fake_cloud import FakeCloud, call_of, runtime_of

SOME = {"PodMetrics": [{"PodId": "p", "Metrics": [{"Time": 1, "Value": 2.0}]}]}
NONE: dict[str, Any] = {"PodMetrics": []}
ON_A_QUOTA = {"JobId": "dlc1", "ResourceId": "q1", "UserId": "20001", "WorkspaceId": "11001"}
PUBLIC = {"JobId": "dlc1", "JobSpecs": [{"EcsSpec": "ecs.g6.large"}]}
STATED = {
    "Source": MONITOR, "MetricName": "JOB_GPU_ACCELERATOR_DUTTY_UTIL", "Unit": "percent",
    "Meaning": "the job's mean, not pod by pod",
}  # fmt: skip


def points(*times: int, token: str = "") -> dict[str, Any]:
    found = {"DataPoints": json.dumps([{"timestamp": at, "Value": 2, "pod": "p"} for at in times])}
    return found | ({"NextToken": token} if token else {})


async def read(job: Any, direct: Any, monitored: Any, metric: str = "GpuCoreUsage") -> tuple[Any, Call, FakeCloud]:
    runtime, cloud, _ = runtime_of({"GetJob": job, "GetJobMetrics": direct, "GetMetrics": monitored})
    call = call_of("GetJobMetrics", {"JobId": "dlc1", "MetricType": metric})
    view = operation("GetJobMetrics").view
    assert isinstance(view, Samples)
    return (await read_samples(call, runtime, view)).data, call, cloud


async def test_r62_the_source_that_serves_the_job_is_asked_and_no_other_where_it_has_samples() -> None:
    data, call, cloud = await read(ON_A_QUOTA, NONE, points(1))
    assert data == {"JobId": "dlc1", **SOME, **STATED}
    assert (cloud.actions, call.notices) == (["GetJob", "GetMetrics"], [])
    for job in (PUBLIC, PermissionDenied("no")):
        data, call, cloud = await read(job, SOME, points(1))
        assert data == {**SOME, "Source": "GetJobMetrics"}
        assert (cloud.actions, call.notices) == (["GetJob", "GetJobMetrics"], [])


async def test_r62_the_other_source_is_asked_where_the_first_has_none() -> None:
    data, call, _ = await read(ON_A_QUOTA, SOME, points())
    assert (data, call.notices) == ({**SOME, "Source": "GetJobMetrics"}, [])
    data, call, _ = await read(PUBLIC, NONE, points(1))
    assert (data, call.notices) == ({"JobId": "dlc1", **SOME, **STATED}, [])
    data, call, _ = await read(ON_A_QUOTA, SOME, points(1), "CpuCoreUsage")
    assert (data, call.notices) == ({**SOME, "Source": "GetJobMetrics"}, [])


@pytest.mark.parametrize(
    ("job", "metric", "why"),
    [
        (ON_A_QUOTA, "GpuCoreUsage", ""),
        (PUBLIC, "GpuCoreUsage", ""),
        (ON_A_QUOTA, "CpuCoreUsage",
         "; CloudMonitor's name of this metric is not known here, dlc_get_metrics takes any"),
    ],
)  # fmt: skip
async def test_r62_where_neither_has_samples_the_console_is_named(job: Any, metric: str, why: str) -> None:
    data, call, _ = await read(job, NONE, points(), metric)
    assert (data["PodMetrics"], data["Source"]) == ([], "none")
    assert ("MetricName" in data) is (job is ON_A_QUOTA and not why)
    (notice,) = call.notices
    said = f"Neither GetJobMetrics nor CloudMonitor gave samples{why}. The console: https://"
    assert (notice.rule, notice.message.startswith(said), "dlc1" in notice.message) == ("R62", True, True)


async def test_r62_a_source_that_fails_beside_one_without_samples_is_said_to_have_failed() -> None:
    data, call, _ = await read(PUBLIC, NONE, Unavailable("down"))
    assert data == {"PodMetrics": [], "Source": "none"}
    said = [(notice.rule, notice.message) for notice in call.notices]
    assert said[0] == ("R62", f"The other source of metrics was not read: {Unavailable('down').code}.")
    assert len(said) == 2
    with pytest.raises(Unavailable):
        await read(PUBLIC, Unavailable("down"), points(1))


async def test_r62_the_failure_of_the_only_source_that_has_such_a_metric_is_the_answer() -> None:
    with pytest.raises(Unavailable):
        await read(ON_A_QUOTA, Unavailable("down"), points(1), "CpuCoreUsage")


@pytest.mark.parametrize(("pages", "reads", "noticed"), [(2, 2, 0), (5, 5, 0), (6, 5, 1)])
async def test_r62_five_pages_of_points_are_read(pages: int, reads: int, noticed: int) -> None:
    answers = [points(number, token="" if number == pages else f"t{number}") for number in range(1, pages + 1)]
    data, call, cloud = await read(ON_A_QUOTA, NONE, answers)
    assert [one["Time"] for one in data["PodMetrics"][0]["Metrics"]] == list(range(1, reads + 1))
    tokens = [args.get("NextToken") for action, args in cloud.sent if action == "GetMetrics"]
    assert tokens == [None, *(f"t{number}" for number in range(1, reads))]
    said = "CloudMonitor has more points in this window than were read; take a shorter one."
    assert [(notice.rule, notice.message) for notice in call.notices] == [("R62", said)] * noticed
