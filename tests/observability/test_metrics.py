"""The text of the metrics, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import NotFound
from pai_dlc_mcp.observability.cloud import MeasuredClient
from pai_dlc_mcp.observability.metrics import BUCKETS_S, Metrics
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.transports.service import build_service

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana-dashboard.json"


def samples(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.text().splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}


def test_a_latency_is_counted_in_every_bucket_above_it() -> None:
    metrics = Metrics()
    for seconds in (0.05, 0.3, 100.0):
        metrics.count_call("a", {"ok": True}, seconds)
    found = samples(metrics)
    counts = [found[f'pai_dlc_mcp_call_duration_seconds_bucket{{tool="a",le="{bound}"}}'] for bound in BUCKETS_S]
    assert counts == [1, 1, 1, 2, 2, 2, 2, 2, 2], "a bound belongs to its own bucket"
    assert found['pai_dlc_mcp_call_duration_seconds_bucket{tool="a",le="+Inf"}'] == 3
    assert found['pai_dlc_mcp_call_duration_seconds_count{tool="a"}'] == 3
    assert found['pai_dlc_mcp_call_duration_seconds_sum{tool="a"}'] == pytest.approx(100.35)


def test_what_becomes_of_confirmations_is_counted_by_result() -> None:
    metrics = Metrics()
    for code in ("confirmation_required", "confirmation_invalid", "policy_denied"):
        metrics.count_call("a", {"ok": False, "error": {"code": code, "rule": "R30"}}, 0.1)
    metrics.count_call("a", {"ok": True, "confirmed_by": "human"}, 0.1)
    metrics.count_call("a", {"ok": True}, 0.1)
    metrics.count_paused("a", 0.1)
    found = {series: value for series, value in samples(metrics).items() if "confirmations" in series}
    names = [f'pai_dlc_mcp_confirmations_total{{result="{one}"}}' for one in ("asked", "human", "invalid", "required")]
    assert found == dict.fromkeys(names, 1)


def test_a_label_cannot_break_its_line() -> None:
    metrics = Metrics()
    metrics.count_cloud('a"\\\nb', 0.1, None)
    assert 'operation="a\\"\\\\\\nb"' in metrics.text()


def test_the_dashboard_shows_what_the_server_counts() -> None:
    app = Application(Settings(no_auth=True))
    build_service(app)
    assert app.metrics is not None
    known = set(re.findall(r"# TYPE (\S+)", app.metrics.text()))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = {
        name.removesuffix("_bucket")
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"pai_dlc_mcp_\w+", target["expr"])
    }
    assert shown <= known
    assert known - shown == {"pai_dlc_mcp_info"}, "what is counted and not shown"


async def test_a_request_to_the_cloud_is_counted_with_the_code_that_it_ended_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[BaseException | None] = [None, NotFound("no such job"), RuntimeError("gone")]

    async def request(*_: object) -> Reply:
        if (end := ends.pop(0)) is not None:
            raise end
        return Reply({})

    monkeypatch.setattr(CloudClient, "request", request)
    client = MeasuredClient.measured_by(Metrics(), Settings(no_auth=True), None, None, None)
    for _ in range(3):
        with suppress(NotFound, RuntimeError):
            await client.request(operation("GetJob"), {}, "cn-hangzhou", 1)
    found = samples(client.metrics)
    assert found['pai_dlc_mcp_cloud_request_duration_seconds_count{operation="GetJob"}'] == 3
    errors = {series: value for series, value in found.items() if "cloud_errors" in series}
    codes = ("broken_off", "not_found")
    assert errors == {f'pai_dlc_mcp_cloud_errors_total{{operation="GetJob",code="{code}"}}': 1 for code in codes}


def test_everything_that_is_counted_stands_in_the_text_under_its_name_and_type() -> None:
    metrics = Metrics()
    metrics.count_call("dlc_get_job", {"ok": True}, 0.1)
    metrics.count_call("dlc_stop_job", {"error": {"code": "confirmation_required", "rule": "R30"}}, 0.2)
    metrics.count_call("dlc_stop_job", {"ok": True, "confirmed_by": "token"}, 0.3)
    metrics.count_call("dlc_stop_job", {"error": {"code": "not_found"}}, 30.0)
    metrics.count_paused("dlc_delete_job", 0.4)
    metrics.count_cloud("GetJob", 0.05, None)
    metrics.count_cloud("GetJob", 0.051, "Throttling")
    metrics.gauges = {"in_flight": ("Calls in flight.", lambda: 2)}
    metrics.totals = {"rejected_total": ("Rejected credentials.", lambda: 7)}
    lines = [line for line in metrics.text().splitlines() if "_bucket" not in line and "_info{" not in line]
    assert [line for line in lines if not line.startswith("# HELP")] == [
        "# TYPE pai_dlc_mcp_info gauge",
        "# TYPE pai_dlc_mcp_calls_total counter",
        'pai_dlc_mcp_calls_total{tool="dlc_delete_job",outcome="paused"} 1',
        'pai_dlc_mcp_calls_total{tool="dlc_get_job",outcome="ok"} 1',
        'pai_dlc_mcp_calls_total{tool="dlc_stop_job",outcome="confirmation_required"} 1',
        'pai_dlc_mcp_calls_total{tool="dlc_stop_job",outcome="not_found"} 1',
        'pai_dlc_mcp_calls_total{tool="dlc_stop_job",outcome="ok"} 1',
        "# TYPE pai_dlc_mcp_call_duration_seconds histogram",
        'pai_dlc_mcp_call_duration_seconds_sum{tool="dlc_delete_job"} 0.400000',
        'pai_dlc_mcp_call_duration_seconds_count{tool="dlc_delete_job"} 1',
        'pai_dlc_mcp_call_duration_seconds_sum{tool="dlc_get_job"} 0.100000',
        'pai_dlc_mcp_call_duration_seconds_count{tool="dlc_get_job"} 1',
        'pai_dlc_mcp_call_duration_seconds_sum{tool="dlc_stop_job"} 30.500000',
        'pai_dlc_mcp_call_duration_seconds_count{tool="dlc_stop_job"} 3',
        "# TYPE pai_dlc_mcp_refusals_total counter",
        'pai_dlc_mcp_refusals_total{rule="R30",code="confirmation_required"} 1',
        "# TYPE pai_dlc_mcp_confirmations_total counter",
        'pai_dlc_mcp_confirmations_total{result="asked"} 1',
        'pai_dlc_mcp_confirmations_total{result="required"} 1',
        'pai_dlc_mcp_confirmations_total{result="token"} 1',
        "# TYPE pai_dlc_mcp_cloud_request_duration_seconds histogram",
        'pai_dlc_mcp_cloud_request_duration_seconds_sum{operation="GetJob"} 0.101000',
        'pai_dlc_mcp_cloud_request_duration_seconds_count{operation="GetJob"} 2',
        "# TYPE pai_dlc_mcp_cloud_errors_total counter",
        'pai_dlc_mcp_cloud_errors_total{operation="GetJob",code="Throttling"} 1',
        "# TYPE pai_dlc_mcp_in_flight gauge",
        "pai_dlc_mcp_in_flight 2",
        "# TYPE pai_dlc_mcp_rejected_total counter",
        "pai_dlc_mcp_rejected_total 7",
    ]
    buckets = [line for line in metrics.text().splitlines() if 'bucket{operation="GetJob"' in line]
    assert [line.rpartition(" ")[2] for line in buckets] == ["1", *["2"] * 9]
