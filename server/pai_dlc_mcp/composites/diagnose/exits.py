"""What an exit code says alone, and beside what the log says of the end. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from .causes import BARE, GENERIC, KIND, Cause, lessened, signal_of
from .findings import Finding, LogReading, explains
from .tables import EVENTS, PROGRAM

DEATH_LINES = 20
"""A process that was killed so few records after an exception that nothing caught ended of that."""
_BY_SIGNAL = {9: "killed", 11: "segmentation_fault", 7: "shared_memory", 6: "aborted", 4: "wrong_architecture",
              2: "interrupted"}  # fmt: skip
_BY_CODE = {124: "time_limit", 126: "file_permission", 127: "command_not_found", 128: "container_start"}
_EXIT = re.compile(r"exit(?:ed with)?(?: code|code)?\s*[:=]?\s*(?:code )?(-?\d{1,3})\b", re.IGNORECASE)


@lru_cache(maxsize=32)
def _dead(signal: int) -> Cause | None:
    """The cause that a death by this signal names, by itself a kind of failure and no more."""
    code = _BY_SIGNAL.get(signal)
    known = next((one for one in PROGRAM.causes if one.code == code), None)
    if known is None:
        return None
    return replace(known, weight={6: BARE, 2: GENERIC}.get(signal, KIND))


def death(code: int | None, source: str, text: str, pod: str | None = None, line: int = 0) -> Finding | None:
    """What an exit code alone says: a death by signal, a command that is not there or may not be run."""
    signal = signal_of(code)
    if signal is not None:
        cause = _dead(signal)
        return Finding(cause, source, text, pod, line, True) if cause is not None else None
    by_code = _BY_CODE.get(code or 0)
    known = next((one for one in (*PROGRAM.causes, *EVENTS.causes) if one.code == by_code), None)
    return Finding(replace(known, weight=KIND), source, text, pod, line, True) if known is not None else None


def after_exception(finding: Finding, reading: LogReading) -> Finding:
    """A death by signal that came after an exception that nothing caught explains no more than that: programs kill what
    is left of them, or crash on their way out."""
    last = reading.uncaught[-1] if reading.uncaught else None
    is_after = last is not None and explains(last) and last.line >= finding.line - DEATH_LINES
    return replace(finding, cause=lessened(finding.cause, GENERIC)) if is_after else finding


def exit_code(lines: Iterable[str]) -> int | None:
    """The first non-zero exit code that the lines name."""
    codes = [int(found[1]) for line in lines for found in _EXIT.finditer(line)]
    return next((code for code in codes if code), codes[0] if codes else None)
