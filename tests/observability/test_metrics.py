"""The text of the metrics, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.observability.metrics import BUCKETS_S, Metrics
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
