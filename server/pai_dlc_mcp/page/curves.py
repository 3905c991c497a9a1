"""Loss and throughput of a whole run, for the curves of the page: one pod's log, read once and then added to.

A short log is read whole. Of a long one the last lines are read, and a few at ``PLACES`` places over the pod's time: as
many requests however long the job runs. What was read is kept, so that later only new lines are asked for, and it is
said how much lies between.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..composites.diagnose.progress import Step, step_of
from ..composites.diagnose.stamps import dated, shift_to_utc
from ..off_loop import checked, in_thread
from ..timestamps import iso, seconds_of

TAIL_LINES = 2_000
"""R60: the most that one read gives."""
PLACES, PLACE_LINES, PLACES_AT_ONCE = 24, 60, 4
"""Where between the beginning and the last lines a long log is looked at, how many lines each, and how many places are
read before what is known so far is shown."""
OVERLAP_S = 60.0
"""So much of what was read before is read again with the new lines: some arrive late."""
MOST_POINTS = 2_000
"""As many points are shown; of more every second, third … one."""
KEPT_POINTS = 12_000
"""As many points are kept of one pod; of more every second one."""
NEW_S, MORE_S, ENDED_S = 10.0, 0.5, 60.0
"""When it is read again: for new lines, for more places, and where nothing more will come."""
MOST_RUNS = 50
"""Pods whose curves are kept; the one that nobody has looked at for longest makes room."""

Point = tuple[float, int | None, float | None, float | None, str]
"""Seconds since the epoch as they were written, step, loss, throughput and its unit."""


class Reading(Protocol):
    """Who reads for the page: the answers of tools, and the time."""

    async def read(self, name: str, **given: Any) -> dict[str, Any] | None:
        """A tool's answer; ``None`` where the caller has no such tool."""

    async def now(self) -> float:
        """Seconds since the epoch."""


class ReadFailed(Exception):
    """A tool refused or could not be had: its error, as the page shows it."""

    def __init__(self, answer: Mapping[str, Any] | None) -> None:
        self.error = (answer or {}).get("error") or {"code": "not_allowed", "message": "This caller may not read it."}


class Runs:
    """The curves that are kept while and after somebody looks at them."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Hashable, RunCurves] = OrderedDict()

    def of(self, key: Hashable, job_id: str, pod_id: str) -> RunCurves:
        """The curves of a pod, new or as far as they are known."""
        run = self._runs.pop(key, None) or RunCurves(job_id, pod_id)
        self._runs[key] = run
        if len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)
        return run


@dataclass(slots=True)
class RunCurves:
    """What is known of one pod's run."""

    job_id: str
    pod_id: str
    points: dict[float, Point] = field(default_factory=dict)
    is_whole: bool | None = None
    """Whether every line was read; ``None`` before the first read."""
    places: list[tuple[float, float]] = field(default_factory=list)
    """The windows that are still to be looked at."""
    looked: int = 0
    tail_from: float = math.inf
    """From when on, as it was written, the last lines tell everything."""
    shift_s: float | None = None
    """Seconds to be added to the log's times; ``None`` until it is known."""
    read_to: float | None = None
    began: float = field(init=False)
    ended: float = field(init=False)
    is_over: bool = field(init=False)

    async def read(self, reading: Reading) -> tuple[Mapping[str, Any], float]:
        """The curves as far as they are known, and after how many seconds to read on.

        ``{"pod", "points": [[seconds, step, loss, throughput], …], "unit", "values", "is_whole", "places": {"looked",
        "of"}}``, or ``{"error": …}`` of a read that failed.
        """
        try:
            if self.places:
                await self._look_between(reading)
            elif self.is_whole is None or not self.is_over:
                await self._read_new(reading)
        except ReadFailed as failed:
            return {"error": failed.error}, NEW_S
        return self._shown(), MORE_S if self.places else ENDED_S if self.is_over else NEW_S

    async def _read_new(self, reading: Reading) -> None:
        job = await reading.read("dlc_get_job", job_id=self.job_id, view="full")
        if job is None or not job.get("ok"):
            raise ReadFailed(job)
        now = await reading.now()
        self._take_times(job["data"], now)
        start = self.began if self.read_to is None else max(self.began, self.read_to - OVERLAP_S)
        found, count = await self._points(reading, self.ended, max_lines=TAIL_LINES, start_time=iso(start))
        is_first, is_cut = self.read_to is None, count >= TAIL_LINES
        self.read_to = now
        self.is_whole = not is_cut and self.is_whole is not False
        if not is_first:
            return
        if is_cut:
            width = (self.ended - self.began) / PLACES
            self.places = [(self.began + width * at, self.began + width * (at + 1)) for at in range(PLACES)]
            self.tail_from = min((at for at, *_ in found), default=math.inf)
        else:
            self.shift_s = _shift(found, self.began, self.ended)

    async def _look_between(self, reading: Reading) -> None:
        """A few lines at the next places; left out is what the last lines reach, and all where no value was found."""
        for start, end in self.places[:PLACES_AT_ONCE]:
            if self.shift_s is not None and start >= self.tail_from + self.shift_s:
                self.places = []
                return
            window = {"start_time": iso(start), "end_time": iso(math.ceil(end))}
            found, _ = await self._points(reading, end, max_lines=PLACE_LINES, **window)
            self.looked += 1
            del self.places[0]
            if self.shift_s is None:
                self.shift_s = _shift(found, start, end)
        if not self.points:
            self.places = []

    async def _points(self, reading: Reading, near: float, **window: Any) -> tuple[list[Point], int]:
        """What the lines of a window tell, which is kept, and how many lines there were."""
        answer = await reading.read("dlc_get_pod_logs", job_id=self.job_id, pod_id=self.pod_id, **window)
        if answer is None or not answer.get("ok"):
            raise ReadFailed(answer)
        lines = [str(line) for line in answer["data"].get("untrusted_log_lines") or ()]
        found = await in_thread(_points_in, lines, near)
        self.points |= {point[0]: point for point in found}
        if len(self.points) > KEPT_POINTS:
            self.points = dict(sorted(self.points.items())[::2])
        return found, len(lines)

    def _take_times(self, job: Mapping[str, Any], now: float) -> None:
        """From when to when the pod's lines can be, and whether all of them have come."""
        pods = [pod for pod in job.get("Pods") or () if isinstance(pod, Mapping) and pod.get("PodId") == self.pod_id]
        pod = pods[0] if pods else {}
        starts = (pod.get("GmtStartTime"), job.get("GmtRunningTime"), job.get("GmtCreateTime"))
        ends = (pod.get("GmtFinishTime"), job.get("GmtFinishTime"))
        ended = next((at for text in ends if (at := seconds_of(text)) is not None), None)
        self.ended = now if ended is None else ended
        self.began = min(next((at for text in starts if (at := seconds_of(text)) is not None), now), self.ended)
        self.is_over = ended is not None and now > ended + OVERLAP_S

    def _shown(self) -> dict[str, Any]:
        points = [self.points[at] for at in sorted(self.points)]
        units = [unit for *_, unit in points if unit]
        unit = max(dict.fromkeys(units), key=units.count) if units else ""
        every = max(1, math.ceil(len(points) / MOST_POINTS))
        shown = points[::-1][::every][::-1]  # the newest is always there, and the first
        shown = shown if shown[:1] == points[:1] else [*points[:1], *shown]
        shift = self.shift_s or 0.0
        return {
            "pod": self.pod_id,
            "points": [
                [round(at + shift, 3), step, loss, rate if own == unit else None] for at, step, loss, rate, own in shown
            ],
            "unit": unit,
            "values": len(points),
            "is_whole": self.is_whole,
            "places": {"looked": self.looked, "of": self.looked + len(self.places)},
        }


def _shift(points: Sequence[Point], began: float, ended: float) -> float | None:
    """Seconds to be added to times that lie in this window; ``None`` where there are none."""
    times = [at for at, *_ in points]
    return shift_to_utc(times, times, began, ended) if times else None


def _points_in(lines: Sequence[str], near: float) -> list[Point]:
    """What lines tell, in their order; ``near`` is in the year of times that name none."""
    steps = (step_of(line) for line in checked(lines))
    return [point for step in steps if step is not None and (point := _point(step, near)) is not None]


def _point(step: Step, near: float) -> Point | None:
    """What a line tells, where it bears a time and a number."""
    loss, (rate, unit) = _number(step.loss)[0], _number(step.rate)
    if step.at is None or (loss is None and rate is None):
        return None
    return dated(step.at, near), step.step, loss, rate, unit


def _number(text: str | None) -> tuple[float | None, str]:
    """A finite number and the unit behind it; none where there is no such number."""
    value, _, unit = (text or " ").partition(" ")
    try:
        number = float(value)
    except ValueError:
        return None, ""
    return (number, unit.lower()) if math.isfinite(number) else (None, "")
