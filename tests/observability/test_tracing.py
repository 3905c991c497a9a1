"""Spans: one a request to the cloud, by the conventions, and no value in it."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from pai_dlc_mcp import __version__
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.errors import NotFound
from pai_dlc_mcp.observability import tracing

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra otel is not installed")


def test_a_request_to_the_cloud_is_a_client_span_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with tracing.cloud_span(operation("GetJob"), "cn-hangzhou"):
        pass
    with pytest.raises(NotFound), tracing.cloud_span(operation("StopJob"), "cn-beijing"):
        raise NotFound("There is no job dlc-secret.")
    done, failed = exporter.get_finished_spans()
    assert (done.name, done.kind) == ("GET GetJob", SpanKind.CLIENT)
    assert dict(done.attributes) == {
        "http.request.method": "GET", "url.template": operation("GetJob").path, "rpc.system.name": "aliyun",
        "rpc.method": "pai-dlc/GetJob", "cloud.provider": "alibaba_cloud", "cloud.region": "cn-hangzhou",
    }  # fmt: skip
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes["error.type"] == "not_found"
    assert "dlc-secret" not in failed.to_json()
    provider.shutdown()


def test_spans_bear_the_name_and_version_of_the_service_unless_the_operator_gives_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra otel is not installed")
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    for given, name in ((None, "pai-dlc-mcp"), ("mine", "mine")):
        if given is not None:
            monkeypatch.setenv("OTEL_SERVICE_NAME", given)
        made = []
        monkeypatch.setattr(trace, "set_tracer_provider", made.append)
        assert tracing.start_tracing()
        assert made[0].resource.attributes["service.name"] == name
        assert made[0].resource.attributes["service.version"] == __version__
        (sent_by,) = made[0]._active_span_processor._span_processors
        assert isinstance(sent_by, BatchSpanProcessor), "spans are gathered and sent beside the calls"
        made[0].shutdown()


def test_without_the_extra_a_line_says_so_and_the_server_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert not tracing.start_tracing()
    assert "pai-dlc-mcp[otel]" in caplog.text
