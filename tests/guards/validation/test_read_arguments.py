"""What reads may be asked for, each rule broken on purpose and each kept."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments
from support.fake_cloud import REGION
from support.job_arguments import (
    client_refusal,
    client_refusal_or_none,
    notices,
    refusal_or_none,
)


async def test_r53_templates_are_sorted_by_creation_time_only() -> None:
    for order in ("gmtcreatetime", "TemplateName"):
        error = await client_refusal("ListJobTemplates", {"workspace_id": "1", "sort_by": order})
        assert isinstance(error, InvalidArguments)
        assert (error.rule, error.field) == ("R53", "sort_by")
        assert "sort_by is GmtCreateTime, exact case" in error.message
    assert await refusal_or_none("ListJobTemplates", {"SortBy": "GmtCreateTime"}) is None


@pytest.mark.parametrize("said", ["CPU", "cpu", "gpu", "Gpu", "memory", "Memory", "GmtCreateTime", "gmtcreatetime"])
async def test_r47_specs_are_sorted_by_four_fields_in_any_case(said: str) -> None:
    assert await client_refusal_or_none("ListEcsSpecs", {"sort_by": said}) is None
    assert await refusal_or_none("ListEcsSpecs", {"SortBy": said}) is None


@pytest.mark.parametrize(("said", "meant"), [("cpus", "CPU"), ("mem", "Memory"), ("price", None)])
async def test_r47_another_order_of_specs_is_refused_with_the_nearest(said: str, meant: str | None) -> None:
    error = await client_refusal("ListEcsSpecs", {"sort_by": said})
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R47", "sort_by")
    assert "CPU, GPU, Memory, GmtCreateTime" in error.message
    assert (f"did you mean {meant}?" in error.message) == (meant is not None)


async def test_r47_a_quota_id_of_specs_is_refused_with_the_reason() -> None:
    error = await client_refusal("ListEcsSpecs", {"quota_id": "quota1"})
    assert (error.rule, error.field) == ("R47", "quota_id")
    assert "allow-listed" in error.message


@pytest.mark.parametrize(
    ("labels", "mended"),
    [
        ({"system.chipType": "GPU"}, "system.chipType=GPU"),
        (["a=b", "c=d"], "a=b,c=d"),
        ('{"a": "b"}', None),
        ("a", None),
        ("a=b,", None),
        ("a b=c", None),
        ("a=b=c", None),
        ("a=[b]", None),
        ([{"Key": "a", "Value": "b"}], None),
    ],
)
async def test_r46_labels_are_pairs_without_json(labels: Any, mended: str | None) -> None:
    error = await client_refusal("ListImages", {"labels": labels})
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R46", "labels")
    assert (f"write {mended}" in error.message) == (mended is not None)
    assert [step.tool for step in error.next] == ["aiworkspace_list_image_labels"]
    assert error.next[0].arguments == {"region": REGION}


@pytest.mark.parametrize(
    "labels",
    ["a=b", "system.chipType=GPU,system.official=true", "k=1.2-x_y/z:3", "", "a=b, c=d", "a=*",
     "system.framework=XGBoost 1.6.0,system.official=true"],
)  # fmt: skip
async def test_r46_pairs_pass_whose_values_may_hold_blanks(labels: str) -> None:
    assert await client_refusal_or_none("ListImages", {"labels": labels}) is None
    assert [rule for rule, _ in await notices("ListImages", {"Labels": labels})] == ["R46"]


async def test_r46_a_listing_without_a_workspace_says_that_it_holds_the_official_images() -> None:
    [(rule, message)] = await notices("ListImages", {})
    assert (rule, "official images" in message, "workspace_id" in message) == ("R46", True, True)


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
    assert await refusal_or_none("GetJobMetrics", {"JobId": "dlc1", "MetricType": metric}) is None
    error = await client_refusal("GetJobMetrics", {"job_id": "dlc1", "metric_type": metric.lower()})
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
    error = await refusal_or_none("GetJobMetrics", {"MetricType": "GpuCoreUsage", "TimeStep": step})
    assert (error is None) == fine
    assert fine or (error is not None and (error.rule, error.field) == ("R62", "time_step"))


@pytest.mark.parametrize(
    ("action", "about", "name", "most"),
    [
        ("GetPodLogs", {"job_id": "dlc1", "pod_id": "p0"}, "max_lines", 2_000),
        ("GetPodEvents", {"job_id": "dlc1", "pod_id": "p0"}, "max_events_num", 500),
        ("GetJobEvents", {"job_id": "dlc1"}, "max_events_num", 500),
    ],
)
async def test_r60_lines_and_events_are_capped(action: str, about: dict[str, str], name: str, most: int) -> None:
    for value in (most + 1, str(most + 1), 0, -1):
        error = await client_refusal(action, about | {name: value})
        said = f"{name} is a number from 1 to {most:,}; {value} was given."
        assert (error.rule, error.field, error.message) == ("R60", name, said)
    for fine in (1, most, str(most)):
        assert await client_refusal_or_none(action, about | {name: fine}) is None
    error = await client_refusal(action, about | {name: "many"})
    assert (error.code, error.field) == ("invalid_arguments", name)


@pytest.mark.parametrize("action", ["ListJobs", "ListDatasets", "ListImages", "ListEcsSpecs", "ListJobTemplates"])
async def test_r60_a_page_is_capped_in_every_list(action: str) -> None:
    error = await refusal_or_none(action, {"PageSize": 1_001})
    assert (error and error.rule, error and error.field) == ("R60", "page_size")
    assert await refusal_or_none(action, {"PageSize": 1_000}) is None


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        ({"a": "b", "c": "d"}, "; write a=b,c=d."),
        ('{"a": "b"}', "no JSON."),
        ("a b=c", "no JSON."),
        ([{"Key": "a", "Value": "b"}], "no JSON."),
        (["a=b", {"Key": "c"}], "no JSON."),
        ("a=b,  c=d", "; write a=b,c=d."),
        ({"a": "b" * 199}, f"; write a={'b' * 198}."),
    ],
)
async def test_r46_pairs_are_proposed_only_where_it_can_be_told_what_was_meant(labels: Any, hint: str) -> None:
    error = await refusal_or_none("ListImages", {"Labels": labels})
    assert error is not None
    assert error.message.endswith(hint)


async def test_r47_and_r53_one_order_is_and_several_are_one_of() -> None:
    specs = await client_refusal("ListEcsSpecs", {"sort_by": "qqq"})
    templates = await client_refusal("ListJobTemplates", {"workspace_id": "1", "sort_by": "qqq"})
    assert specs.message == "sort_by is one of CPU, GPU, Memory, GmtCreateTime."
    assert templates.message == "sort_by is GmtCreateTime, exact case."
