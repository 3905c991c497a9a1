"""``dlc_wait_for_job``: wait for a status, a change or the end, never longer than a client waits for a call."""

from __future__ import annotations

import zlib
from typing import Any, Literal

import anyio

from ..api.kinds import JobId
from ..errors import PaiError, Throttled, Unavailable
from ..runtime import DELAYS, Call, Outcome, Runtime
from ..shapes import Input, may, need
from ..timestamps import seconds_of
from .jobs import ENDED, read_job

LONGEST = 22
FIRST_PAUSE, SLOWEST_PAUSE, BUSY_PAUSE = 1.0, 4.0, 16.0
"""Seconds between two looks: at first, later, and where a look had to wait for its turn in the account's budget. Each
divides the next, so that all who wait for a job look at the same moments."""
LAST_READ_S = 2.0
"""What the last look at the job gets, though the time is over: the call ends within 25 s all the same."""
WATCHED = ("Status", "SubStatus", "ReasonCode", "Priority", "RestartTimes")
"""Fields of a job whose change is worth telling, beside its pods' states."""
MOST_CHANGES, MOST_PHASES = 20, 12


class WaitForJob(Input):
    """Wait until a job changes, runs or ends, at most 22 seconds a call; says what changed, how long each phase took
    and when to ask again. Use it instead of repeating dlc_get_job."""

    job_id: JobId = need("Job to wait for.")
    until: Literal["change", "running", "end"] | None = may(
        "What to wait for; running also ends with the job.", hint=True
    )
    max_seconds: int | None = may("Longest wait in seconds (default 20).", ge=0, le=LONGEST)


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Poll with growing pauses; reaching the time is an answer, not an error."""
    inputs = call.inputs_as(WaitForJob)
    until, limit = inputs.until or "end", 20 if inputs.max_seconds is None else inputs.max_seconds
    began = runtime.now()
    first = last = await read_job(call, runtime, inputs.job_id)
    seen: list[str] = []
    pause = FIRST_PAUSE
    while not _reached(until, first, last) and (left := limit - (runtime.now() - began)) > 0:
        await _tell(call, last, runtime.now(), runtime.now() - began, limit)
        await runtime.sleep(min(_until_turn(inputs.job_id, runtime.now(), pause), left))
        delayed = sum(DELAYS.get() or ())
        left = limit - (runtime.now() - began)
        later = await _again(call, runtime, inputs.job_id, min(max(left, LAST_READ_S), limit))
        pause = BUSY_PAUSE if sum(DELAYS.get() or ()) > delayed else min(pause * 2, SLOWEST_PAUSE)
        seen += changes(last, later or last)
        last = later or last
    return Outcome(_described(until, first, last, seen, runtime.now() - began, runtime.now()))


def _until_turn(job_id: str, now: float, pause: float) -> float:
    """Seconds to a job's next turn: everybody who waits for one job looks at the same moments, so that all of them
    share one request, and different jobs have different moments. At least a quarter of the pause."""
    left = pause - (now - zlib.crc32(job_id.encode()) % 1000 * BUSY_PAUSE / 1000) % pause
    return left if left >= pause / 4 else left + pause


async def _again(call: Call, runtime: Runtime, job_id: str, seconds: float) -> dict[str, Any] | None:
    """The job once more; a service that is busy for a moment, or takes too long, does not end the wait.

    Raises:
        PaiError: any failure that waiting does not mend.
    """
    failure: PaiError = Unavailable("The service did not answer in time.")
    try:
        with anyio.move_on_after(seconds):
            return await read_job(call, runtime, job_id)
    except (Throttled, Unavailable) as error:
        failure = error
    _note(call, failure)
    return None


def _note(call: Call, error: PaiError) -> None:
    if not call.notices:
        call.notice("R72", f"While waiting, a read failed and was made again: {error.message[:160]}")


def _reached(until: str, first: dict[str, Any], last: dict[str, Any]) -> bool:
    if last.get("Status") in ENDED:
        return True
    if until == "running":
        return last.get("Status") == "Running"
    return until == "change" and bool(changes(first, last))


def changes(first: dict[str, Any], last: dict[str, Any]) -> list[str]:
    """What differs between two readings of a job, in words."""
    found = [f"{name}: {first.get(name)} -> {last.get(name)}" for name in WATCHED if first.get(name) != last.get(name)]
    before, after = _pods(first), _pods(last)
    moved: dict[tuple[str | None, str], list[str]] = {}
    for pod, status in after.items():
        if before.get(pod) != status:
            moved.setdefault((before.get(pod), status), []).append(pod)
    return found + [f"{_named(pods)}: {old or 'new'} -> {new}" for (old, new), pods in moved.items()]


def _named(pods: list[str]) -> str:
    return f"pod {pods[0]}" if len(pods) == 1 else f"{len(pods)} pods, {pods[0]} first"


def _pods(job: dict[str, Any]) -> dict[str, str]:
    return {str(pod.get("PodId")): str(pod.get("Status")) for pod in job.get("Pods") or []}


async def _tell(call: Call, job: dict[str, Any], now: float, elapsed: float, limit: float) -> None:
    if call.progress is not None:
        inside = _since(job, now)
        lasts = f" for {inside:.0f} s" if inside is not None else ""
        message = f"{job.get('Status')}{lasts}, {elapsed:.0f} of {limit:.0f} s waited"
        await call.progress(round(elapsed, 1), float(limit), message)


def _since(job: dict[str, Any], now: float) -> float | None:
    """Seconds that the job has been in its state."""
    history = job.get("StatusHistory") or []
    start = seconds_of(history[-1].get("StartTime")) if history else None
    return max(0.0, now - start) if start is not None else None


def phases(job: dict[str, Any], now: float) -> list[str]:
    """The states so far with their seconds; the last one ``so far`` where it lasts."""
    found = []
    for one in (job.get("StatusHistory") or [])[-MOST_PHASES:]:
        start, end = seconds_of(one.get("StartTime")), seconds_of(one.get("EndTime"))
        if start is not None and one.get("Status") not in ENDED:
            lasted_s = max(0.0, (end or now) - start)  # the service's clock may be ahead of ours
            found.append(f"{one.get('Status')} {lasted_s:.0f} s" + ("" if end else " so far"))
    return found


def _described(
    until: str, first: dict[str, Any], last: dict[str, Any], seen: list[str], elapsed: float, now: float
) -> dict[str, Any]:
    reached = _reached(until, first, last)
    pods = list(_pods(last).values())
    data: dict[str, Any] = {
        "JobId": last.get("JobId"),
        "DisplayName": last.get("DisplayName"),
        "Status": last.get("Status"),
        "reached": reached and (until != "running" or last.get("Status") == "Running"),
        "ended": last.get("Status") in ENDED,
        "waited_seconds": round(elapsed, 1),
        "changed": seen[:MOST_CHANGES],
        "phases": phases(last, now),
        "pods": {status: pods.count(status) for status in sorted(set(pods))},
    }
    data |= {name: last[name] for name in ("ReasonCode", "ReasonMessage") if last.get(name)}
    if not data["ended"] and not data["reached"]:
        data["ask_again_after_seconds"] = 30 if last.get("Status") == "Running" else 10
    return data
