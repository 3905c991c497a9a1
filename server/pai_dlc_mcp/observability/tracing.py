"""OpenTelemetry spans, where the environment says where to send them and the extra is installed.

The SDK of the protocol makes one span for each message, by the conventions for MCP; here a child of it is made for each
request to the cloud. No span holds an argument's value.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from .. import __version__
from ..errors import PaiError
from ..operation import Operation

log = logging.getLogger(__name__)


def start_tracing() -> bool:
    """Send spans as the environment says; false, with a line in the log, where the extra is missing."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # start-up: saves 500 ms
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # start-up: saves 15 ms
        from opentelemetry.sdk.trace import TracerProvider  # start-up: saves 60 ms
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # start-up: saves 2 ms
    except ImportError:
        log.warning("spans are asked for and need the extra: pip install 'pai-dlc-mcp[otel]'")
        return False
    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes first.
    named = {"service.name": "pai-dlc-mcp", "service.version": __version__}
    said = Resource.create().merge(Resource(named)).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=said)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


@contextmanager
def cloud_span(operation: Operation, region: str) -> Iterator[Span]:
    """A span around one request to the cloud with all its attempts."""
    attributes = {
        "http.request.method": operation.method,
        "url.template": operation.path,
        "rpc.system.name": "aliyun",
        "rpc.method": f"{operation.service.key}/{operation.action_name}",
        "cloud.provider": "alibaba_cloud",
        "cloud.region": region,
    }
    tracer = trace.get_tracer("pai_dlc_mcp", __version__)
    with tracer.start_as_current_span(
        f"{operation.method} {operation.action_name}", kind=SpanKind.CLIENT, attributes=attributes,
        record_exception=False, set_status_on_exception=False,
    ) as span:  # fmt: skip
        try:
            yield span
        except PaiError as error:
            span.set_attribute("error.type", error.code)
            span.set_status(StatusCode.ERROR)
            raise
