"""``serve``: what it hands to the transport, and that nothing is counted or traced unless somebody asked for it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.commands import serve
from pai_dlc_mcp.commands.startup import embedded_emulator
from pai_dlc_mcp.observability import tracing
from pai_dlc_mcp.observability.metrics import Metrics
from pai_dlc_mcp.transports import http

Handed = list[tuple[Application, Any]]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """What stdio or HTTP is given instead of serving; both end with 7."""
    found: Handed = []

    async def on_stdio(app: Application, started: object) -> int:
        found.append((app, "stdio"))
        return 7

    async def on_http(app: Application, *address: object) -> int:
        found.append((app, address))
        return 7

    monkeypatch.setattr(serve, "serve_stdio", on_stdio)
    monkeypatch.setattr(http, "serve_http", on_http)
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_options_emulator_and_address_reach_the_transport(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[tuple[str, str]] = []
    before = sys.getswitchinterval()
    monkeypatch.setattr(serve, "configure_logging", lambda level, form: logged.append((level, form)))
    options = ["--emulator", "--log-level", "debug", "--log-format", "json", "--toolsets", "lean"]
    assert cli.main(["serve", *options]) == 7
    assert sys.getswitchinterval() == before
    assert cli.main(["serve", *options, "--http", "[::1]:8080"]) == 7
    assert sys.getswitchinterval() == pytest.approx(serve.SWITCH_S)
    sys.setswitchinterval(before)
    assert [where for _, where in handed] == ["stdio", ("::1", 8080)]
    for app, _ in handed:
        assert (app.settings.toolsets, app.settings.state, app.metrics) == (("lean",), "memory", None)
        assert app.emulate is embedded_emulator
    assert logged == [("debug", "json")] * 2


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_spans_begin_where_their_collector_is_named(handed: Handed, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(tracing, "start_tracing", lambda: begun.append(True))
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert cli.main(["serve", "--emulator"]) == 7
    assert begun == [True]
    assert isinstance(handed[0][0].metrics, Metrics)
