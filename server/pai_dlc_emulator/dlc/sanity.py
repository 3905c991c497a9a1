"""Health checks of the machines before a job runs: one for each SanityChecking state."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from . import timeline
from .moments import Mark
from .state import Job
from .wording import fill, of_job

PHASES = ("CheckInit", "DeviceCheck", "SingleNodeCommCheck", "TwoNodeCommCheck", "AllNodeCommCheck")
_FINE: tuple[dict[str, Any], ...] = tuple(
    {"phase": phase, "status": "Succeeded", "seconds": 4, "message": "All nodes passed."} for phase in PHASES
)


def checks(job: Job, now: float) -> list[list[dict[str, Any]]]:
    """All checks so far, oldest first, each as its phases."""
    marks = [mark for mark in timeline.past(job, now) if mark.status == "SanityChecking"]
    return [_check(job, number, mark, now) for number, mark in enumerate(marks, 1)]


def _check(job: Job, number: int, mark: Mark, now: float) -> list[dict[str, Any]]:
    scripts = job.behaviour.sanity
    script = scripts[min(number, len(scripts)) - 1] if scripts else _FINE
    at, found = mark.start, []
    for phase in script:
        over = at + phase["seconds"]
        if at > now or (mark.end is not None and at >= mark.end):
            break
        found.append(_item(job, number, phase, at, over, over <= now))
        at = over
    return found


def _item(job: Job, number: int, phase: dict[str, Any], start: float, end: float, over: bool) -> dict[str, Any]:
    item = {
        "CheckNumber": number,
        "Phase": phase["phase"],
        "StartedAt": iso(start),
        "Status": phase["status"] if over else "Running",
        "Message": fill(phase["message"], of_job(job)) if over else "",
    }
    return item | ({"FinishedAt": iso(end)} if over else {})
