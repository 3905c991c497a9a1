"""The emulator's clock: real time, hurried by a factor, pushed forward on request."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch as the emulated service sees them.

    ``speed`` is how many emulated seconds pass in one real second; :meth:`advance` skips ahead.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._real = time.monotonic()
        self._start = time.time()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._real) * self._speed

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._start += seconds


def iso(seconds: float) -> str:
    """UTC, to the second, as the service writes it: ``2026-01-31T08:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
