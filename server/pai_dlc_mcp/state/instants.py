"""When an entry of a file ends, in two clocks, so that setting the host's clock back lengthens no life.

Within one boot of the host the clock that counts since boot decides: nobody can set it. After a reboot only the wall
clock is left, and an entry that seems to come from the future counts as ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SLACK = 5.0
"""Seconds that a corrected wall clock may jump back before entries of an earlier boot are given up."""


@dataclass(frozen=True, slots=True)
class Instant:
    """``wall`` in seconds since the epoch, ``since_boot`` in seconds, ``boot`` the host's name for this boot."""

    wall: float
    since_boot: float
    boot: str


Clock = Callable[[], Instant]


def _boot_name() -> str:
    """Linux names each boot; elsewhere the empty text, and the wall clock decides alone."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def host_clock() -> Clock:
    """The clock of this host, the same for all its processes; time asleep counts."""
    boot = _boot_name()
    since_boot = getattr(time, "CLOCK_BOOTTIME", None)

    def now() -> Instant:
        counted = time.clock_gettime(since_boot) if since_boot is not None else time.monotonic()
        return Instant(time.time(), counted, boot)

    return now
