"""Counters and latencies of one process, in the text format of Prometheus (version 0.0.4).

Labels are names of tools, operations, codes and rules alone: no caller, no id and no argument's value is among them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .. import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
Labels = tuple[str, ...]


class Latency:
    """A histogram over ``BUCKETS_S``."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.sum_s += seconds


class Metrics:
    """What one server counts. ``gauges`` give the values of the moment: in flight, open, limits."""

    def __init__(self) -> None:
        self._calls: Counter[Labels] = Counter()
        self._refusals: Counter[Labels] = Counter()
        self._confirmations: Counter[Labels] = Counter()
        self._cloud_errors: Counter[Labels] = Counter()
        self._call_s: dict[Labels, Latency] = {}
        self._cloud_s: dict[Labels, Latency] = {}
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self.totals: dict[str, tuple[str, Callable[[], float]]] = {}

    def count_call(self, tool: str, structured: Mapping[str, Any], seconds: float) -> None:
        """One tool call by the structure of its answer."""
        error = structured.get("error")
        code = str(error.get("code")) if isinstance(error, Mapping) else "ok"
        self._calls[tool, code] += 1
        self._call_s.setdefault((tool,), Latency()).add(seconds)
        if isinstance(error, Mapping) and error.get("rule"):
            self._refusals[str(error["rule"]), code] += 1
        if code in ("confirmation_required", "confirmation_invalid"):
            self._confirmations[code.removeprefix("confirmation_"),] += 1
        elif structured.get("confirmed_by"):
            self._confirmations[str(structured["confirmed_by"]),] += 1

    def count_paused(self, tool: str, seconds: float) -> None:
        """One call that ended with a question to the person."""
        self._calls[tool, "paused"] += 1
        self._confirmations["asked",] += 1
        self._call_s.setdefault((tool,), Latency()).add(seconds)

    def count_cloud(self, operation: str, seconds: float, error_code: str | None) -> None:
        """One request to the cloud with all its attempts."""
        self._cloud_s.setdefault((operation,), Latency()).add(seconds)
        if error_code is not None:
            self._cloud_errors[operation, error_code] += 1

    def text(self) -> str:
        """All of it as Prometheus reads it."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        yield from _head("info", "gauge", "The version that runs.")
        yield f"pai_dlc_mcp_info{_labels(('version',), (__version__,))} 1"
        yield from _counter("calls_total", "Tool calls by outcome.", ("tool", "outcome"), self._calls)
        yield from _histogram("call_duration_seconds", "Time of a tool call.", ("tool",), self._call_s)
        yield from _counter("refusals_total", "Refused calls by rule.", ("rule", "code"), self._refusals)
        yield from _counter("confirmations_total", "Confirmations by result.", ("result",), self._confirmations)
        yield from _histogram("cloud_request_duration_seconds", "Time of a request.", ("operation",), self._cloud_s)
        yield from _counter("cloud_errors_total", "Failed requests.", ("operation", "code"), self._cloud_errors)
        for kind, values in (("gauge", self.gauges), ("counter", self.totals)):
            for name, (help_text, value) in values.items():
                yield from _head(name, kind, help_text)
                yield f"pai_dlc_mcp_{name} {value():g}"


def _head(name: str, kind: str, help_text: str) -> list[str]:
    return [f"# HELP pai_dlc_mcp_{name} {help_text}", f"# TYPE pai_dlc_mcp_{name} {kind}"]


def _counter(name: str, help_text: str, names: Sequence[str], values: Mapping[Labels, int]) -> Iterator[str]:
    yield from _head(name, "counter", help_text)
    for labels, value in sorted(values.items()):
        yield f"pai_dlc_mcp_{name}{_labels(names, labels)} {value}"


def _histogram(name: str, help_text: str, names: Sequence[str], values: Mapping[Labels, Latency]) -> Iterator[str]:
    yield from _head(name, "histogram", help_text)
    for labels, latency in sorted(values.items()):
        total = 0
        for bound, count in zip([*map(str, BUCKETS_S), "+Inf"], latency.counts, strict=True):
            total += count
            yield f"pai_dlc_mcp_{name}_bucket{_labels((*names, 'le'), (*labels, bound))} {total}"
        yield f"pai_dlc_mcp_{name}_sum{_labels(names, labels)} {latency.sum_s:.6f}"
        yield f"pai_dlc_mcp_{name}_count{_labels(names, labels)} {total}"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
