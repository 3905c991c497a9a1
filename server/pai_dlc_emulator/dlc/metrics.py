"""Samples of what a pod uses: percent for usage, bytes a second for rates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .params import bad
from .pods import Pod
from .state import Job
from .wording import noise

TYPES = (
    "GpuCoreUsage", "GpuMemoryUsage", "CpuCoreUsage", "MemoryUsage",
    "NetworkInputRate", "NetworkOutputRate", "DiskReadRate", "DiskWriteRate",
)  # fmt: skip
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_MOST_POINTS = 1440


def step_seconds(text: Any) -> float:
    """``5m``, ``300``, ``300s``: the distance of the samples, five minutes by default."""
    found = re.fullmatch(r"\s*(\d+)\s*([smhd]?)\w*\s*", str(text or "300").lower())
    if found is None or int(found[1]) == 0:
        raise bad(f"TimeStep is not a stretch of time: {text}.", "InvalidParameter")
    return float(found[1]) * _UNITS[found[2]]


def samples(job: Job, pod: Pod, kind: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
    """The points while the pod ran. A pod without a GPU has no GPU samples, which is not the same as zero."""
    if pod.began is None or (kind.startswith("Gpu") and not pod.demand.gpu):
        return []
    if job.run is not None:
        return job.run.samples(pod.rank, kind, start, end, step)
    shape = _shape(pod, kind)
    last = min(end, math.inf if pod.ended is None else pod.ended)
    return [] if shape is None else list(_points(shape, pod, max(start, pod.began), last, step))


def _points(shape: dict[str, Any], pod: Pod, start: float, end: float, step: float) -> Iterator[dict[str, Any]]:
    first = math.ceil(start / step)
    count = min(math.floor(end / step) - first + 1, _MOST_POINTS)
    for number in range(first, first + max(count, 0)):
        at = number * step
        value = _along(shape["points"], at - (pod.began or 0.0)) + shape.get("noise", 0) * noise(number, pod.rank, 7)
        top = shape.get("top", 100.0 if max(y for _, y in shape["points"]) <= 100 else math.inf)
        yield {"Time": int(at * 1000), "Value": round(min(max(value, 0.0), top), 2)}


def _shape(pod: Pod, kind: str) -> dict[str, Any] | None:
    said = [rule.metrics[kind] for rule in pod.rules if kind in rule.metrics]
    return said[-1] if said else None


def _along(points: list[list[float]], at: float) -> float:
    """On the line through the points; level before the first and after the last."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * max(0.0, at - x0) / (x1 - x0)
    return points[-1][1]
