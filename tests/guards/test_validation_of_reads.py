"""What reads may be asked for, each rule broken on purpose and each kept."""

from __future__ import annotations

from typing import Any

import pytest
from guards.fakes import REGION
from guards.judging import checked, notices, refused
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments


async def test_r53_templates_are_sorted_by_creation_time_only() -> None:
    for error in (
        refused("dlc_list_job_templates", sort_by="gmtcreatetime"),
        await checked("ListJobTemplates", {"SortBy": "TemplateName"}),
    ):
        assert isinstance(error, InvalidArguments)
        assert (error.rule, error.field) == ("R53", "sort_by")
        assert "sort_by is GmtCreateTime, exact case" in error.message
    assert await checked("ListJobTemplates", {"SortBy": "GmtCreateTime"}) is None


@pytest.mark.parametrize(("said", "meant"), [("cpu", "CPU"), ("gpu", "GPU"), ("memory", "Memory"), ("Gpu", "GPU")])
async def test_r47_specs_are_sorted_by_four_fields_exact_case(said: str, meant: str) -> None:
    error = refused("dlc_list_ecs_specs", sort_by=said)
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R47", "sort_by")
    assert "CPU, GPU, Memory, GmtCreateTime" in error.message
    assert f"did you mean {meant}?" in error.message
    assert await checked("ListEcsSpecs", {"SortBy": meant}) is None
    assert await checked("ListEcsSpecs", {"SortBy": "GmtCreateTime"}) is None


def test_r47_a_quota_id_of_specs_is_refused_with_the_reason() -> None:
    error = refused("dlc_list_ecs_specs", quota_id="quota1")
    assert (error.rule, error.field) == ("R47", "quota_id")
    assert "allow-listed" in error.message


@pytest.mark.parametrize(
    ("labels", "mended"),
    [
        ({"system.chipType": "GPU"}, "system.chipType=GPU"),
        (["a=b", "c=d"], "a=b,c=d"),
        ("a=b, c=d", "a=b,c=d"),
        ('{"a": "b"}', None),
        ("a", None),
        ("a=b,", None),
        ("a=b c", None),
        ("a=[b]", None),
        ([{"Key": "a", "Value": "b"}], None),
    ],
)
async def test_r46_labels_are_pairs_without_json_or_blanks(labels: Any, mended: str | None) -> None:
    error = refused("aiworkspace_list_images", labels=labels)
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R46", "labels")
    assert (f"write {mended}" in error.message) == (mended is not None)
    assert [step.tool for step in error.next] == ["aiworkspace_list_image_labels"]
    if isinstance(labels, str):
        again = await checked("ListImages", {"Labels": labels})
        assert again is not None
        assert again.next[0].arguments == {"region": REGION}


@pytest.mark.parametrize("labels", ["a=b", "system.chipType=GPU,system.official=true", "k=1.2-x_y/z:3", ""])
async def test_r46_pairs_pass(labels: str) -> None:
    special_refusals("aiworkspace_list_images", {"labels": labels})
    assert await notices("ListImages", {"Labels": labels}) == []


async def test_r46_a_workspace_hides_the_official_images() -> None:
    [(rule, message)] = await notices("ListImages", {"WorkspaceId": "1", "Labels": "a=b,system.official=true"})
    assert (rule, "leave workspace_id out" in message) == ("R46", True)
    [(rule, message)] = await notices("ListImages", {"WorkspaceId": "1"})
    assert (rule, "not the official ones" in message) == ("R46", True)


METRICS = [
    "GpuCoreUsage",
    "GpuMemoryUsage",
    "CpuCoreUsage",
    "MemoryUsage",
    "NetworkInputRate",
    "NetworkOutputRate",
    "DiskReadRate",
    "DiskWriteRate",
]


@pytest.mark.parametrize("metric", METRICS)
async def test_r62_eight_metrics_pass_and_another_case_does_not(metric: str) -> None:
    assert await checked("GetJobMetrics", {"JobId": "dlc1", "MetricType": metric}) is None
    error = refused("dlc_get_job_metrics", metric_type=metric.lower())
    assert (error.rule, error.field) == ("R62", "metric_type")
    assert f"did you mean {metric}?" in error.message


@pytest.mark.parametrize(
    ("step", "fine"),
    [
        ("5m", True), ("60s", True), ("1h", True), ("300", True),
        ("0", False), ("five", False), ("5 m", False), ("-5m", False), ("5min", False),
    ],
)  # fmt: skip
async def test_r62_a_step_is_a_number_and_a_unit(step: str, fine: bool) -> None:
    error = await checked("GetJobMetrics", {"MetricType": "GpuCoreUsage", "TimeStep": step})
    assert (error is None) == fine
    assert fine or (error is not None and (error.rule, error.field) == ("R62", "time_step"))


@pytest.mark.parametrize(
    ("tool", "action", "name", "most"),
    [
        ("dlc_get_pod_logs", "GetPodLogs", "MaxLines", 2_000),
        ("dlc_get_pod_events", "GetPodEvents", "MaxEventsNum", 500),
        ("dlc_get_job_events", "GetJobEvents", "MaxEventsNum", 500),
    ],
)
async def test_r60_lines_and_events_are_capped(tool: str, action: str, name: str, most: int) -> None:
    for value in (most + 1, str(most + 1), 0, -1, "9" * 5_000):
        error = refused(tool, **{name: value})
        assert (error.rule, error.field) == ("R60", {"MaxLines": "max_lines"}.get(name, "max_events_num"))
        assert f"{most:,}" in error.message
    for value in (1, most, str(most)):
        special_refusals(tool, {name: value})
        assert await checked(action, {name: value}) is None
    assert (await checked(action, {name: most + 1})) is not None
    special_refusals(tool, {name: "many"})


@pytest.mark.parametrize("action", ["ListJobs", "ListDatasets", "ListImages", "ListEcsSpecs", "ListJobTemplates"])
async def test_r60_a_page_is_capped_in_every_list(action: str) -> None:
    error = await checked(action, {"PageSize": 1_001})
    assert (error and error.rule, error and error.field) == ("R60", "page_size")
    assert await checked(action, {"PageSize": 1_000}) is None
