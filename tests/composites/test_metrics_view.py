"""dlc_get_job_metrics as figures, as a text curve and as a picture (R62)."""

from __future__ import annotations

import base64
import builtins
import struct
from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.protocol.metrics_chart import chart
from pai_dlc_mcp.protocol.metrics_view import MOST_POINTS, curve, summarised, thinned
from pai_dlc_mcp.timestamps import iso, seconds_of

from .conftest import World, pod_of_rank, post


def answer(**pods: list[float]) -> dict[str, Any]:
    metrics = {
        pod: [{"Time": 1000 * n, "Value": value} for n, value in enumerate(values)] for pod, values in pods.items()
    }
    return {"JobId": "dlc1", "PodMetrics": [{"PodId": pod, "Metrics": points} for pod, points in metrics.items()]}


async def test_r62_each_pod_has_its_figures(world: World, mcp: Driver) -> None:
    job = world("failures")["straggler"]
    created = seconds_of((await mcp.data("dlc_get_job", job_id=job, view="full"))["GmtCreateTime"]) or 0.0
    window = {"start_time": iso(created + 120), "end_time": iso(created + 3000)}
    call = {"job_id": job, "metric_type": "GpuCoreUsage", **window}
    data = await mcp.data("dlc_get_job_metrics", **call)
    rows = {row["PodId"]: row for row in data["pods"]}
    assert len(rows) == 8
    assert rows[pod_of_rank(job, 5)]["min"] > 90 > rows[pod_of_rank(job, 0)]["max"]
    assert set(rows[pod_of_rank(job, 0)]) == {"PodId", "samples", "min", "mean", "max", "last", "curve"}
    full = await mcp.data("dlc_get_job_metrics", **call, view="full")
    raw = next(pod for pod in full["PodMetrics"] if pod["PodId"] == pod_of_rank(job, 0))
    values = [point["Value"] for point in raw["Metrics"]]
    assert rows[pod_of_rank(job, 0)]["mean"] == pytest.approx(sum(values) / len(values), abs=0.01)


async def on_a_quota(emulator: Emulator, mcp: Driver) -> str:
    """A job of two GPUs that has run on a quota for more than two minutes."""
    quotas = {one["QuotaName"]: one["QuotaId"] for one in emulator.world.catalogue.quotas.values()}
    await mcp.discover()
    spec = {"Type": "Worker", "PodCount": 2, "Image": mcp.seen["image"], "ResourceConfig": {"GPU": "1", "CPU": "8"}}
    job = await mcp.create("monitored", resource_id=quotas["vision-a10"], job_specs=[spec])
    post(emulator, "clock", {"advance_s": 165})
    return job


async def test_r62_a_job_on_a_quota_gets_its_samples_from_cloud_monitor_and_the_answer_says_so(
    emulator: Emulator, mcp: Driver, requests: Callable[[], list[dict[str, Any]]]
) -> None:
    job = await on_a_quota(emulator, mcp)
    data = await mcp.data("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage")
    assert data["source"] == "CloudMonitor through GetMetrics"
    assert data["cloud_monitor"] == "JOB_GPU_ACCELERATOR_DUTTY_UTIL"
    assert [row["PodId"] for row in data["pods"]] == ["(whole job)"]
    assert 0 < data["pods"][0]["mean"] <= 100
    assert not [one for one in requests() if one["operation"] == "GetJobMetrics"]
    cards = await mcp.data("dlc_get_job_metrics", job_id=job, metric_type="GpuMemoryUsage")
    assert {row["PodId"] for row in cards["pods"]} == {pod_of_rank(job, 0), pod_of_rank(job, 1)}
    assert "not how full" in cards["meaning"]
    full = await mcp.data("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage", view="full")
    assert full["Source"] == "CloudMonitor through GetMetrics"


async def test_r62_a_job_that_is_paid_as_it_goes_gets_its_samples_from_the_service_itself(
    world: World, mcp: Driver, requests: Callable[[], list[dict[str, Any]]]
) -> None:
    job = world("failures")["straggler"]
    data = await mcp.data("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage")
    assert data["source"] == "GetJobMetrics"
    assert len(data["pods"]) == 8
    assert not [one for one in requests() if one["operation"] == "GetMetrics"]


async def test_r62_where_both_are_empty_both_were_asked_and_the_console_is_named(
    emulator: Emulator, mcp: Driver, requests: Callable[[], list[dict[str, Any]]]
) -> None:
    job = await on_a_quota(emulator, mcp)
    result = await mcp.ok("dlc_get_job_metrics", job_id=job, metric_type="CpuCoreUsage")
    assert result["data"]["source"] == "none"
    text = " ".join(one["message"] for one in result["notices"] if one["rule"] == "R62")
    assert f"#/dlc/jobs/{job}/monitor" in text
    assert "dlc_get_metrics takes any" in text
    early = await mcp.ok(
        "dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage",
        start_time="2020-01-01T00:00:00Z", end_time="2020-01-02T00:00:00Z",
    )  # fmt: skip
    assert early["data"]["source"] == "none"
    assert [one["operation"] for one in requests()][-2:] == ["GetMetrics", "GetJobMetrics"]


async def test_r62_a_failure_of_the_second_source_is_no_error_of_the_first(emulator: Emulator, mcp: Driver) -> None:
    job = await on_a_quota(emulator, mcp)
    post(emulator, "faults", [{"operation": "GetJobMetrics", "kind": "status", "status": 403, "code": "NoPermission"}])
    result = await mcp.ok(
        "dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage",
        start_time="2020-01-01T00:00:00Z", end_time="2020-01-02T00:00:00Z",
    )  # fmt: skip
    assert any("other source" in one["message"] for one in result["notices"])
    post(emulator, "faults", [{"operation": "GetMetrics", "kind": "status", "status": 403, "code": "NoPermission"}])
    error = await mcp.error("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage")
    assert error["code"] == "permission_denied"


async def test_r62_a_diagnosis_of_a_job_on_a_quota_uses_cloud_monitor_and_rests_no_verdict_on_missing_samples(
    emulator: Emulator, mcp: Driver
) -> None:
    job = await on_a_quota(emulator, mcp)
    data = await mcp.data("dlc_diagnose_job", job_id=job)
    assert data["usage"]["source"] == "CloudMonitor, the whole job"
    assert data["cause"] == "healthy"
    post(emulator, "faults", [{"operation": "GetMetrics", "kind": "answer", "body": {"DataPoints": "[]"}}])
    without = await mcp.data("dlc_diagnose_job", job_id=job)
    assert (without["cause"], without["usage"]["samples"]) == ("healthy", "none")


async def test_no_samples_is_told_apart_from_zero(world: World, mcp: Driver) -> None:
    job = world("failures")["queue-full"]
    data = await mcp.data("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage")
    assert "not the same as zero" in data["samples"]
    mixed = summarised(answer(idle=[0.0, 0.0], silent=[]), "GpuCoreUsage")
    assert mixed["no_samples"] == ["silent"]
    assert mixed["pods"][0]["max"] == 0


async def test_a_chart_is_a_png_without_structure(world: World, mcp: Driver) -> None:
    pytest.importorskip("matplotlib")
    job = world("failures")["straggler"]
    result = await mcp.raw("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage", view="chart")
    assert result.structured_content is None
    text, picture = result.content
    assert "GpuCoreUsage" in text.text
    assert picture.mime_type == "image/png"
    png = base64.b64decode(picture.data)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (800, 400)


Drawn = dict[str, list[tuple[float, float]]]


def drawn(data: dict[str, Any], metric: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Drawn, Any]:
    """The lines of the picture by their names, as seconds and values, and the axes that they stand on."""
    figure = pytest.importorskip("matplotlib.figure")
    figures: list[Any] = []
    real = figure.Figure.savefig

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        figures.append(self)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(figure.Figure, "savefig", noted)
    assert chart(data, metric).startswith(b"\x89PNG")
    [axes] = figures[0].axes
    lines = {
        line.get_label(): [
            (at.timestamp(), value) for at, value in zip(line.get_xdata(), map(float, line.get_ydata()), strict=True)
        ]
        for line in axes.get_lines()
    }
    return lines, axes


def test_a_chart_draws_each_pods_samples_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, axes = drawn(answer(a=[5.0, 80.0], b=[7.0], silent=[]), "GpuCoreUsage", monkeypatch)
    assert lines == {"a": [(0.0, 5.0), (1.0, 80.0)], "b": [(0.0, 7.0)]}
    assert axes.get_title() == "GpuCoreUsage of dlc1"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("percent", "time, UTC")
    assert axes.get_ylim()[0] == 0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_chart_of_many_pods_draws_the_lowest_the_mean_and_the_highest_of_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = {f"p{number}": [1.0] for number in range(12)}
    assert list(drawn(answer(**few), "MemoryUsage", monkeypatch)[0]) == list(few)
    many = {f"p{number}": [float(number), 20.0 - number] for number in range(13)}
    lines, axes = drawn(answer(**many), "NetworkInputRate", monkeypatch)
    assert lines == {
        "lowest of 13 pods": [(0.0, 0.0), (1.0, 8.0)],
        "mean": [(0.0, 6.0), (1.0, 14.0)],
        "highest": [(0.0, 12.0), (1.0, 20.0)],
    }
    assert axes.get_ylabel() == "bytes a second"


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidArguments, match="no samples in this window") as caught:
        chart(answer(silent=[]), "GpuCoreUsage")
    assert caught.value.field == "view"


async def test_without_the_extra_a_chart_is_refused_with_its_name(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world("failures")["straggler"]
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    error = await mcp.error("dlc_get_job_metrics", job_id=job, metric_type="GpuCoreUsage", view="chart")
    assert (error["code"], error["field"]) == ("invalid_arguments", "view")
    assert "pai-dlc-mcp[charts]" in error["message"]


async def test_only_metrics_can_be_drawn(world: World, mcp: Driver) -> None:
    job = world("failures")["straggler"]
    assert (await mcp.error("dlc_get_job", job_id=job, view="chart"))["field"] == "view"


def test_r62_a_curve_keeps_its_peaks_in_sixty_points() -> None:
    points = [(float(n), 100.0 if n == 777 else 1.0) for n in range(1440)]
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert max(kept, key=lambda point: point[1]) == (777.0, 100.0)
    assert kept == sorted(kept)


def test_a_text_curve_goes_from_zero_to_its_top() -> None:
    assert curve([(0, 0), (1, 50), (2, 100)], 100) == "▁▅█"
    assert len(curve([(float(n), 1.0) for n in range(500)], 1.0)) == 40


def test_of_many_pods_the_lowest_and_the_highest_are_shown() -> None:
    data = summarised(answer(**{f"p{n}": [float(n)] for n in range(100)}), "GpuCoreUsage")
    shown = [row["PodId"] for row in data["pods"]]
    assert len(shown) == 24
    assert {"p0", "p99"} <= set(shown)
    assert data["pods_left_out"].startswith("76 ")
    assert data["all_pods"]["mean"] == 49.5


def test_r62_an_answer_as_a_whole() -> None:
    data = answer(a=[0.0, 50.0, 100.0], b=[10.0, 20.006], silent=[])
    data["PodMetrics"][1]["Metrics"] += [{"Time": None, "Value": 1}, {"Time": 9_000, "Value": "x"}, "odd"]
    assert summarised(data, "GpuCoreUsage") == {
        "JobId": "dlc1",
        "MetricType": "GpuCoreUsage",
        "unit": "percent",
        "from": "1970-01-01T00:00:00Z",
        "to": "1970-01-01T00:00:02Z",
        "all_pods": {"samples": 5, "min": 0.0, "mean": 36.0, "max": 100.0, "last": 100.0},
        "pods": [
            {"PodId": "a", "samples": 3, "min": 0.0, "mean": 50.0, "max": 100.0, "last": 100.0, "curve": "▁▅█"},
            {"PodId": "b", "samples": 2, "min": 10.0, "mean": 15.0, "max": 20.01, "last": 20.01, "curve": "▂▂"},
        ],
        "no_samples": ["silent"],
        "points": {
            "a": [["1970-01-01T00:00:00Z", 0.0], ["1970-01-01T00:00:01Z", 50.0], ["1970-01-01T00:00:02Z", 100.0]],
            "b": [["1970-01-01T00:00:00Z", 10.0], ["1970-01-01T00:00:01Z", 20.006]],
        },
    }


def test_r62_samples_count_in_the_order_of_time_whatever_order_they_come_in() -> None:
    data = {"PodMetrics": [{"PodId": "a", "Metrics": [{"Time": 2000, "Value": 1}, {"Time": 1000, "Value": 8}]}]}
    told = summarised(data, "DiskReadRate")
    assert (told["pods"][0]["last"], told["pods"][0]["curve"], told["unit"]) == (1.0, "█▂", "bytes a second")
    assert "all_pods" not in told
    assert "JobId" not in told


@pytest.mark.parametrize(
    ("metric", "values", "line"),
    [
        ("GpuCoreUsage", [0.0, 200.0], "▁█"),
        ("GpuCoreUsage", [50.0], "▅"),
        ("NetworkInputRate", [0.0, 0.0], "▁▁"),
        ("NetworkInputRate", [5.0, 10.0], "▅█"),
    ],
)
def test_the_height_of_a_curve_is_a_hundred_percent_or_the_highest_rate(
    metric: str, values: list[float], line: str
) -> None:
    assert summarised(answer(a=values), metric)["pods"][0]["curve"] == line


@pytest.mark.parametrize(("pods", "has_points"), [(4, True), (5, False)])
def test_points_stand_beside_the_curves_of_up_to_four_pods(pods: int, has_points: bool) -> None:
    told = summarised(answer(**{f"p{number}": [1.0] for number in range(pods)}), "MemoryUsage")
    assert ("points" in told) is has_points


@pytest.mark.parametrize(("pods", "left_out"), [(24, None), (25, "1 between the lowest and the highest means shown")])
def test_more_than_twenty_four_pods_are_shown_by_their_ends(pods: int, left_out: str | None) -> None:
    told = summarised(answer(**{f"p{number}": [float(-number)] for number in range(pods)}), "MemoryUsage")
    shown = [row["PodId"] for row in told["pods"]]
    assert told.get("pods_left_out") == left_out
    if left_out:
        assert shown == [f"p{number}" for number in range(24, 12, -1)] + [f"p{number}" for number in range(11, -1, -1)]
    else:
        assert shown == [f"p{number}" for number in range(24)]


@pytest.mark.parametrize(("count", "last"), [(24, "s23"), (26, "and 2 more")])
def test_pods_without_samples_are_named_as_far_as_twenty_four(count: int, last: str) -> None:
    told = summarised(answer(**{f"s{number}": [] for number in range(count)}), "MemoryUsage")["no_samples"]
    assert (told[:24], told[-1]) == ([f"s{number}" for number in range(24)], last)


def test_r62_of_each_stretch_the_lowest_and_the_highest_are_kept() -> None:
    points = [(float(number), float(number % 4)) for number in range(120)]
    assert thinned(points) == [point for point in points if point[1] in (0.0, 3.0)]
    assert thinned(points[:60]) == points[:60]
    assert len(thinned([(float(number), 1.0) for number in range(61)])) == 30


def test_a_long_curve_shows_the_mean_of_each_stretch() -> None:
    points = [(float(number), 100.0 * (number % 2)) for number in range(80)]
    assert curve(points, 100.0) == "▅" * 40
    assert curve(points[:40], 100.0) == "▁█" * 20
    assert curve([(0, 300), (1, -5)], 100) == "█▁"
