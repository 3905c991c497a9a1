"""How far a call walks through the house: the files it enters, and the calls that lead from one file into another.

Only functions of ``server/pai_dlc_mcp`` count. A coroutine that goes on after waiting is the same call, not another.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from architecture.plan import SERVER

ROOT = str(SERVER / "pai_dlc_mcp")


@dataclass
class Walk:
    """``files`` that were entered, ``hops`` from one file of the package, or from outside, into another."""

    files: set[str] = field(default_factory=set)
    hops: int = 0
    _seen: set[FrameType] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(ROOT) or frame in self._seen or frame.f_code.co_name == "<module>":
            return
        self._seen.add(frame)  # kept: no other frame can take its place in memory
        self.files.add(name.removeprefix(ROOT + "/"))
        caller = frame.f_back.f_code.co_filename if frame.f_back else ""
        self.hops += caller != name


@contextmanager
def walked() -> Iterator[Walk]:
    """Counts what is called within, in every thread that begins there."""
    walk, before = Walk(), sys.getprofile()
    sys.setprofile(walk)
    threading.setprofile(walk)
    try:
        yield walk
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
