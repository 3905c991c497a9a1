"""From a job's plan to its states in time: pure, so that any moment can be asked for without a background task."""

from __future__ import annotations

from collections.abc import Iterator

from .behaviour import FINAL, Mark, Phase
from .state import STOPPING_SECONDS, Job

KILL_S = 1.0
"""How long after a deadly signal its job has failed."""


def marks(job: Job) -> tuple[Mark, ...]:
    """The job's whole life as planned now; what lies in the future may still change."""
    ended = job.run.ended if job.run else None
    key = (job.admitted, job.stop_asked, job.killed, job.longest, ended, job.run is None, job.phases)
    if job.memo is None or job.memo[0] != key:
        job.memo = (key, _cut(job, tuple(_planned(job))))
    return job.memo[1]


def past(job: Job, now: float) -> tuple[Mark, ...]:
    """The states reached by ``now``, the present one last."""
    whole = marks(job)
    return tuple(mark for mark in whole if mark.start <= now) or whole[:1]


def current(job: Job, now: float) -> Mark:
    found = marks(job)[0]
    for mark in marks(job):
        if mark.start <= now:
            found = mark
    return found


def finished(job: Job, now: float) -> bool:
    return current(job, now).status in FINAL


def first_start(job: Job, status: str) -> float | None:
    return next((mark.start for mark in marks(job) if mark.status == status), None)


def end_time(job: Job) -> float | None:
    """When the job reaches a final state, as far as is known."""
    last = marks(job)[-1]
    return last.start if last.status in FINAL else None


def _planned(job: Job) -> Iterator[Mark]:
    at = job.created
    for phase in job.phases:
        if job.run is not None and phase.status == "Running":
            yield from _really_run(job, phase, at)
            return
        end = _end(job, phase, at)
        yield Mark(phase.status, at, end, phase.sub_status, phase.reason_code, phase.reason_message)
        if end is None:
            return
        at = end


def _end(job: Job, phase: Phase, start: float) -> float | None:
    if phase.status in FINAL or phase.seconds is None:
        return None
    if phase.needs_room and job.quota_id:
        return job.admitted
    return start + phase.seconds


def _really_run(job: Job, phase: Phase, planned: float) -> Iterator[Mark]:
    """With a real run behind it, the processes say when Running ends and how."""
    run = job.run
    if run is None:
        return
    ended = None if run.ended is None else max(run.ended, planned)
    yield Mark("Running", planned, ended)
    if ended is not None:
        yield Mark(run.status, ended, None)


def _cut(job: Job, planned: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """End the plan where a time limit, a stop or a signal, whichever is first, comes before its own end."""
    limit, asked, killed = _limit(job, planned), job.stop_asked, job.killed
    over = planned[-1].start if planned[-1].status in FINAL else None
    cuts = [
        at for at in (limit, asked, killed.at if killed else None) if at is not None and (over is None or at < over)
    ]
    if not cuts:
        return planned
    first = min(cuts)
    if killed is not None and first == killed.at:
        return (*_before(planned, first + KILL_S), Mark("Failed", first + KILL_S, None))
    code, message = "JobStoppedByUser", "Job is stopped by user."
    if first == limit:
        code, message = "JobMaxRunningTimeExceeded", f"The job ran for its limit of {_minutes(job):g} minutes."
    gone = first + STOPPING_SECONDS
    ending = (Mark("Stopping", first, gone, "", code, message), Mark("Stopped", gone, None, "", code, message))
    return (*_before(planned, first), *ending)


def _minutes(job: Job) -> float:
    """The shorter of the job's own limit and the one of its workspace; 0 where there is none."""
    limits = (job.args.get("JobMaxRunningTimeMinutes"), job.longest[0] if job.longest else None)
    return min((float(one) for one in limits if one), default=0.0)


def _limit(job: Job, planned: tuple[Mark, ...]) -> float | None:
    """When a limit ends the job. One that was set when its time was already over ends it at that moment."""
    start = next((mark.start for mark in planned if mark.status == "Running"), None)
    minutes = _minutes(job)
    if not minutes or start is None:
        return None
    due = start + 60.0 * minutes
    return max(due, job.longest[1]) if job.longest and job.longest[0] == minutes else due


def _before(planned: tuple[Mark, ...], at: float) -> tuple[Mark, ...]:
    """The plan up to a moment, its last state ending there."""
    kept = [mark for mark in planned if mark.start < at or mark is planned[0]]
    last = kept.pop()
    return (*kept, Mark(last.status, last.start, at, last.sub_status, last.reason_code, last.reason_message))
