"""Moments of a job's life written as text: ``EnvPreparing+3``, ``Running#2+60``, ``Running.end-2``, ``Created+1``.

The name is a state, ``#n`` its n-th occurrence, ``.end`` its end instead of its start, then seconds more or less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOMENT = re.compile(r"([A-Z]\w*)(?:#(\d+))?(\.end)?([+-]\d+(?:\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a job's life in one state; ``end`` None when nothing planned ends it. Seconds since the epoch."""

    status: str
    start: float
    end: float | None
    sub_status: str = ""
    reason_code: str = ""
    reason_message: str = ""


def moment(text: str, marks: tuple[Mark, ...]) -> float | None:
    """When that is, or None where the job never gets there."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a moment: {text!r}")
    status, nth, at_end, shift = found.groups()
    if status == "Created":
        return marks[0].start + float(shift or 0)
    same = [mark for mark in marks if mark.status == status]
    if len(same) < int(nth or 1):
        return None
    mark = same[int(nth or 1) - 1]
    base = mark.end if at_end else mark.start
    return None if base is None else base + float(shift or 0)


def within(text: str, marks: tuple[Mark, ...]) -> float | None:
    """As :func:`moment`, but None also where the state was left before that moment came (a stop, a time limit)."""
    at = moment(text, marks)
    last = marks[-1].start
    return None if at is None or (marks[-1].status == "Stopped" and at > last) else at
