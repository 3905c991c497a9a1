"""Logs read back in time: the service gives the end of a window, so the next window ends where this one began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from ..timestamps import iso, seconds_of
from .diagnose.reader import MOST_REQUESTS, Reader, Want
from .diagnose.stamps import LEADING, seconds_in
from .diagnose.subject import Pod, Subject

PAGE_LINES = 2_000
"""R60: the most that one read asks for."""
PAGE_BYTES = 4_194_304
MOST_LINES, MOST_PAGES = 40_000, 12


@dataclass
class Window:
    """The newest lines of one pod, as far back as was read; ``whole`` says that there are no earlier ones.

    ``reached`` is the time up to which earlier lines can be asked for, where the lines tell their time in UTC.
    """

    pod: str
    lines: list[str] = field(default_factory=list)
    whole: bool = False
    reached: str = ""
    pages: int = 0

    def described(self) -> str:
        kind = "the whole log" if self.whole else "the newest lines"
        return f"{self.pod}: {len(self.lines)} lines, {kind}" + (f", back to {self.reached}" if self.reached else "")


async def read_logs(reader: Reader, subject: Subject, pods: Sequence[Pod], start: str, end: str) -> list[Window]:
    """A page of each pod, then, as far as the budget goes, earlier pages of those that have more."""
    windows = [Window(pod.id) for pod in pods]
    unfinished = list(windows)
    ends = {pod.id: end for pod in pods}
    while unfinished and reader.requests < MOST_REQUESTS:
        wants = {window.pod: _want(subject, window.pod, start, ends[window.pod]) for window in unfinished}
        allowed = dict(list(wants.items())[: MOST_REQUESTS - reader.requests])
        answers = await reader.read(allowed)
        for window in unfinished:
            if window.pod in answers:
                _add(window, answers[window.pod], subject.pod(window.pod), subject.now, start)
                ends[window.pod] = window.reached
        unfinished = [window for window in unfinished if window.pod in answers and _goes_on(window)]
    return windows


def _want(subject: Subject, pod: str, start: str, end: str) -> Want:
    args: dict[str, Any] = {"JobId": subject.id, "PodId": pod, "MaxLines": PAGE_LINES}
    args |= {"StartTime": start} if start else {}
    args |= {"EndTime": end} if end else {}
    return Want("GetPodLogs", args, f"log of {pod}", PAGE_BYTES)


def _goes_on(window: Window) -> bool:
    return not window.whole and bool(window.reached) and window.pages < MOST_PAGES and len(window.lines) < MOST_LINES


def _add(window: Window, answer: dict[str, Any], pod: Pod | None, now: float, start: str) -> None:
    """Put an earlier page before what is there, without the lines that both hold."""
    page = list(answer.get("Logs") or [])
    window.pages += 1
    window.whole = "Logs" in answer and len(page) < PAGE_LINES
    fresh = page[: len(page) - overlap(page, window.lines)]
    if window.lines and not fresh:
        window.reached = ""
        return
    window.lines = fresh + window.lines
    window.reached = "" if window.whole else first_time(page, pod, now, start)


def overlap(earlier: Sequence[str], later: Sequence[str]) -> int:
    """How many lines at the end of one page are those at the beginning of the next."""
    for size in range(min(len(earlier), len(later)), 0, -1):
        if earlier[-size] == later[0] and list(earlier[-size:]) == list(later[:size]):
            return size
    return 0


def first_time(page: Sequence[str], pod: Pod | None, now: float, start: str) -> str:
    """The first line's time, rounded up to a second; empty where it tells none that fits the pod's life in UTC."""
    at = next((found for line in page[:20] if (found := _time_of(line)) is not None), None)
    low = (pod.started if pod is not None else None) or seconds_of(start) or 0.0
    high = (pod.finished if pod is not None else None) or now
    return iso(ceil(at)) if at is not None and low - 60 <= at <= high + 60 else ""


def _time_of(line: str) -> float | None:
    found = LEADING.match(line)
    at = seconds_in(found[0]) if found else None
    return at if at is None or at > 0 else None
