"""Taking two ways of doing a thing in turn, and the ratio of their medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable

from .figures import Figure, note

Way = Callable[[], Awaitable[object]]


async def seconds(way: Way) -> float:
    """How long it took; a way that gives a float has measured a part of it itself."""
    began = time.perf_counter()
    measured = await way()
    return measured if isinstance(measured, float) else time.perf_counter() - began


async def ratio(name: str, ours: Way, other: Way, *, pairs: int, goal: float | None = None) -> float:
    """Note and return how many times as long ours takes; the order within a pair alternates."""
    mine, theirs = [], []
    for number in range(pairs):
        for way, taken in ((ours, mine), (other, theirs)) if number % 2 else ((other, theirs), (ours, mine)):
            taken.append(await seconds(way))
    found = statistics.median(mine) / statistics.median(theirs)
    spread = f"{statistics.median(mine) * 1e3:.1f} ms beside {statistics.median(theirs) * 1e3:.1f} ms, {pairs} pairs"
    note(Figure(name, round(found, 3), "x", goal, beside=spread))
    return found
