"""A job's metric as a person reads it (R62): by pod lowest, mean, highest, last, and the curve as text. Pure.

A pod without samples is named as such; its use is unknown, which is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import mean
from typing import Any

MOST_PODS, MOST_POINTS, CURVED = 24, 60, 4
"""Pods in one answer, points of one curve, and up to how many pods get their points beside the text curve."""
UNITS = {"Usage": "percent", "Rate": "bytes a second"}
_BARS = "▁▂▃▄▅▆▇█"

Points = list[tuple[float, float]]


def curves(data: Mapping[str, Any]) -> dict[str, Points]:
    """Points by pod in the order of time: seconds since the epoch, and the value."""
    found: dict[str, Points] = {}
    for pod in data.get("PodMetrics") or []:
        points = [_point(one) for one in pod.get("Metrics") or [] if isinstance(one, Mapping)]
        found[str(pod.get("PodId"))] = sorted(point for point in points if point is not None)
    return found


def _point(one: Mapping[str, Any]) -> tuple[float, float] | None:
    at, value = one.get("Time"), one.get("Value")
    return (at / 1000, float(value)) if isinstance(at, int | float) and isinstance(value, int | float) else None


def summarised(data: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """The whole answer: a row for each pod, or for the pods that stand out where there are many."""
    every = curves(data)
    sampled = {pod: points for pod, points in every.items() if points}
    missing = [pod for pod in every if pod not in sampled]
    answer: dict[str, Any] = {
        "JobId": data.get("JobId"),
        "MetricType": metric,
        "unit": data.get("Unit") or unit(metric),
    }
    named = {"source": "Source", "cloud_monitor": "MetricName", "meaning": "Meaning"}
    answer |= {name: data[field] for name, field in named.items() if data.get(field)}
    answer |= _window(sampled)
    if len(sampled) > 1:
        answer["all_pods"] = _figures([point for points in sampled.values() for point in points])
    shown, top = _outstanding(sampled), _top(metric, sampled)
    answer["pods"] = [{"PodId": pod, **_figures(sampled[pod]), "curve": curve(sampled[pod], top)} for pod in shown]
    if len(shown) < len(sampled):
        answer["pods_left_out"] = f"{len(sampled) - len(shown)} between the lowest and the highest means shown"
    if missing:
        answer["no_samples"] = missing[:MOST_PODS] + (
            [f"and {len(missing) - MOST_PODS} more"] * (len(missing) > MOST_PODS)
        )
    if len(shown) <= CURVED and shown:
        answer["points"] = {pod: [[_clock(at), value] for at, value in thinned(sampled[pod])] for pod in shown}
    return {name: value for name, value in answer.items() if value not in (None, {}, [])}


def unit(metric: str) -> str:
    return next((text for ending, text in UNITS.items() if metric.endswith(ending)), "")


def _window(sampled: Mapping[str, Points]) -> dict[str, str]:
    if not sampled:
        return {"samples": "none in this window; that is not the same as zero"}
    first = min(points[0][0] for points in sampled.values())
    last = max(points[-1][0] for points in sampled.values())
    return {"from": _clock(first), "to": _clock(last)}


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _figures(points: Points) -> dict[str, Any]:
    values = [value for _, value in points]
    last = max(points)[1]
    figures = {"min": min(values), "mean": mean(values), "max": max(values), "last": last}
    return {"samples": len(values)} | {name: round(value, 2) for name, value in figures.items()}


def _outstanding(sampled: Mapping[str, Points]) -> list[str]:
    """All pods of a small job; of a large one those of the lowest and of the highest means."""
    if len(sampled) <= MOST_PODS:
        return list(sampled)
    ordered = sorted(sampled, key=lambda pod: mean(value for _, value in sampled[pod]))
    return ordered[: MOST_PODS // 2] + ordered[-MOST_PODS // 2 :]


def thinned(points: Points, most: int = MOST_POINTS) -> Points:
    """At most so many points: the lowest and highest of each stretch, so that no peak is lost."""
    if len(points) <= most:
        return points
    kept: Points = []
    stretches = most // 2
    for number in range(stretches):
        part = points[number * len(points) // stretches : (number + 1) * len(points) // stretches]
        kept += sorted({min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])})
    return kept[:most]


def curve(points: Sequence[tuple[float, float]], top: float, width: int = 40) -> str:
    """The values as a line of bars, from zero to ``top``."""
    values = _means([value for _, value in points], width)
    steps = len(_BARS) - 1
    return "".join(_BARS[min(steps, max(0, round(value / top * steps)))] for value in values)


def _top(metric: str, sampled: Mapping[str, Points]) -> float:
    """The height of all curves: 100 for percent, else the highest value, so that pods can be compared."""
    highest = max((value for points in sampled.values() for _, value in points), default=0.0)
    return max(highest, 100.0) if metric.endswith("Usage") else highest or 1.0


def _means(values: list[float], width: int) -> list[float]:
    if len(values) <= width:
        return values
    return [mean(values[n * len(values) // width : (n + 1) * len(values) // width]) for n in range(width)]
