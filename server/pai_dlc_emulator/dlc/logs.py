"""A pod's log, made line by line only where somebody looks.

A log is a few parts. A part is one line (or some) at a time, or a pattern that repeats: its n-th line and that
line's time can be told without the ones before, so the end of ten million lines costs no more than of ten.

In a behaviour file a part is ``{"at": s, "line" or "lines": …}`` (seconds after the pod's start),
``{"before_end": s, …}`` (before its end, unless a stop came first), or ``{"from": s, "every": s, "line": …}``, which
repeats until ``to``, for ``count`` lines, or until ``spare`` seconds before the pod's end; ``first`` and ``stride``
number its steps.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import timeline
from .pods import Pod, cut_short
from .state import Job
from .wording import fill, of_line, of_pod

MOST_LINES = 200_000
"""What one answer holds at most, however many lines are asked for."""

_ENDLESS = 1e12


@dataclass(frozen=True, slots=True)
class Part:
    """``count`` lines, the first at ``begins`` (epoch seconds), ``every`` seconds apart."""

    begins: float
    every: float
    count: int
    templates: tuple[str, ...]
    first: int = 1
    stride: int = 1

    def between(self, start: float, end: float) -> range:
        """The numbers of the lines whose time lies in start..end."""
        if self.every <= 0:
            return range(self.count if start <= self.begins <= end else 0)
        low = max(0, math.ceil((start - self.begins) / self.every - 1e-9))
        high = min(self.count, math.floor((end - self.begins) / self.every + 1e-9) + 1)
        return range(low, max(low, high))

    def at(self, number: int) -> float:
        return self.begins + number * self.every


def tail(job: Job, pod: Pod, start: float, end: float, most: int) -> list[str]:
    """The last ``most`` lines of that stretch of time, oldest first."""
    end = min(end, pod.ended if pod.ended is not None else end)
    if job.run is not None:
        return job.run.tail(pod.rank, start, end, most)
    values = of_pod(job, pod)
    every = parts(job, pod)
    chosen = [_last_lines(part, order, start, end, most) for order, part in enumerate(every)]
    newest = sorted(heapq.nlargest(most, (key for keys in chosen for key in keys)))
    return [_line(every[order], number, pod.rank, values) for _, order, number in newest]


def total(job: Job, pod: Pod, start: float, end: float) -> int:
    end = min(end, pod.ended if pod.ended is not None else end)
    return sum(len(part.between(start, end)) for part in parts(job, pod))


def parts(job: Job, pod: Pod) -> list[Part]:
    """The parts of this pod's log, from its rules: ``logs`` replaces what was before, ``more_logs`` adds."""
    if pod.began is None:
        return []
    raw: list[dict[str, Any]] = []
    for rule in pod.rules:
        raw = (raw if rule.logs is None else list(rule.logs)) + list(rule.more_logs)
    cut = cut_short(pod, timeline.marks(job))
    return [_part(one, pod) for one in raw if "before_end" not in one or (pod.ended is not None and not cut)]


def _part(raw: dict[str, Any], pod: Pod) -> Part:
    began = pod.began or 0.0
    lines = tuple(raw.get("lines") or [raw["line"]])
    if "before_end" in raw:
        return Part((pod.ended or 0.0) - raw["before_end"], 0.0, len(lines), lines)
    if "at" in raw:
        return Part(began + raw["at"], 0.0, len(lines), lines)
    every = float(raw["every"])
    last = min(raw.get("to", math.inf), math.inf if pod.due is None else pod.due - began - raw.get("spare", 0.0))
    count = min(raw.get("count", math.inf), max(0.0, (last - raw["from"]) / every), _ENDLESS)
    return Part(began + raw["from"], every, int(count), lines, raw.get("first", 1), raw.get("stride", 1))


def _last_lines(part: Part, order: int, start: float, end: float, most: int) -> Iterator[tuple[float, int, int]]:
    """Sort keys (time, part, number) of the part's last lines there."""
    numbers = part.between(start, end)
    return ((part.at(number), order, number) for number in numbers[-most:])


def _line(part: Part, number: int, rank: int, values: dict[str, Any]) -> str:
    template = part.templates[number % len(part.templates)]
    return fill(template, values | of_line(number, part.at(number), rank, part.first, part.stride))
