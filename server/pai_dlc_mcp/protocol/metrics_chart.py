"""A job's metric as a picture, drawn by matplotlib where the extra ``charts`` is installed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from ..errors import InvalidArguments, NextStep
from .metrics_view import curves, thinned, unit

MOST_LINES = 12
"""Pods with a colour and a name of their own; of more the lowest, the mean and the highest are drawn."""
INCHES, DOTS = (8.0, 4.0), 100


def chart(data: Mapping[str, Any], metric: str) -> bytes:
    """A PNG of 800 by 400 dots.

    Raises:
        InvalidArguments: matplotlib is not installed, or there is nothing to draw.
    """
    sampled = {pod: thinned(points) for pod, points in curves(data).items() if points}
    if not sampled:
        raise InvalidArguments("There are no samples in this window, so there is nothing to draw.", field="view")
    figure = _figure()
    axes = figure.subplots()
    for label, points in (sampled if len(sampled) <= MOST_LINES else _band(sampled)).items():
        axes.plot([datetime.fromtimestamp(at, UTC) for at, _ in points], [value for _, value in points], label=label)
    axes.set_title(f"{metric} of {data.get('JobId')}")
    axes.set_ylabel(unit(metric))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time, UTC")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small", loc="best")
    figure.autofmt_xdate()
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()


def _figure() -> Any:
    """A figure of its own, without matplotlib's global state or a display."""
    try:
        from matplotlib.figure import Figure  # start-up: saves 300 ms, and is an extra
    except ImportError:
        raise InvalidArguments(
            "Charts need the extra that draws them: pip install 'pai-dlc-mcp[charts]'. The concise view has the same "
            "curves as text.",
            field="view",
            next=[NextStep("dlc_get_job_metrics", {"view": "concise"}, "The figures and curves as text.")],
        ) from None
    return Figure(figsize=INCHES, dpi=DOTS, layout="constrained")


def _band(sampled: Mapping[str, list[tuple[float, float]]]) -> dict[str, list[tuple[float, float]]]:
    """Lowest, mean and highest over all pods at each time."""
    by_time: dict[float, list[float]] = {}
    for points in sampled.values():
        for at, value in points:
            by_time.setdefault(at, []).append(value)
    every = sorted(by_time.items())
    count = len(sampled)
    return {
        f"lowest of {count} pods": [(at, min(values)) for at, values in every],
        "mean": [(at, sum(values) / len(values)) for at, values in every],
        "highest": [(at, max(values)) for at, values in every],
    }
