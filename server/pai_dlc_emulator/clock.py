"""The emulator's clock: real time, hurried by a factor, pushed forward on request."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

_EVENT_ZONE = timezone(timedelta(hours=8))
LATEST_S = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""Far enough from the last year that can be written for whatever is planned from now on."""


class Clock:
    """Seconds since the epoch as the emulated service sees them.

    ``speed`` is how many emulated seconds pass in one real second (:meth:`run_at` changes it); :meth:`advance` skips
    ahead.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._real = time.monotonic()
        self._start = time.time()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._real) * self._speed

    def run_at(self, speed: float) -> None:
        """Go on from here as fast as this."""
        self._start, self._real, self._speed = self.now(), time.monotonic(), speed

    def advance(self, seconds: float) -> None:
        if not 0 <= seconds <= LATEST_S - self.now():
            raise ValueError("the clock only goes forward, and not beyond the year 9000")
        self._start += seconds


def iso(seconds: float) -> str:
    """UTC, to the second, as the service writes it: ``2026-01-31T08:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_ms(seconds: float) -> str:
    """UTC, to the millisecond, as most of AIWorkSpace writes it: ``2026-01-31T08:00:00.000Z``."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def local_time(seconds: float) -> str:
    """China's local time without a zone, as pai-dlc begins the lines of events: ``2026-01-31 16:00:00``."""
    return datetime.fromtimestamp(seconds, _EVENT_ZONE).strftime("%Y-%m-%d %H:%M:%S")
