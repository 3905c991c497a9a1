"""``dlc_wait_for_job``: wait for a status, a change or the end, never longer than a client waits for a call."""

from __future__ import annotations

from typing import Any, Literal

from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, may, need
from .jobs import ENDED, read_job

LONGEST = 22
FIRST_PAUSE, SLOWEST_PAUSE = 1.0, 4.0
WATCHED = ("Status", "ReasonCode", "Priority", "RestartTimes")
"""Fields of a job whose change is worth telling, beside its pods' states."""


class WaitForJob(Input):
    """Wait until a job changes, runs or ends, at most 22 seconds a call; says what changed and when to ask again.
    Use it instead of asking dlc_get_job over and over."""

    job_id: str = need("Job to wait for.")
    until: Literal["change", "running", "end"] | None = may(
        "What to wait for; running also ends with the job.", hint=True
    )
    max_seconds: int | None = may("Longest wait in seconds (default 20).", ge=0, le=LONGEST)


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Poll with growing pauses; reaching the time is an answer, not an error."""
    inputs = call.inputs
    assert isinstance(inputs, WaitForJob)  # noqa: S101 - the catalogue pairs them
    until, limit = inputs.until or "end", 20 if inputs.max_seconds is None else inputs.max_seconds
    began = runtime.now()
    first = last = await read_job(call, runtime, inputs.job_id)
    pause = FIRST_PAUSE
    while not _reached(until, first, last) and (left := limit - (runtime.now() - began)) > 0:
        await _tell(call, last, runtime.now() - began, limit)
        await runtime.sleep(min(pause, left))
        pause = min(pause * 1.5, SLOWEST_PAUSE)
        last = await read_job(call, runtime, inputs.job_id)
    return Outcome(_told(until, first, last, runtime.now() - began))


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
    found += [f"pod {pod}: {before.get(pod)} -> {after[pod]}" for pod in after if before.get(pod) != after[pod]]
    return found


def _pods(job: dict[str, Any]) -> dict[str, str]:
    return {str(pod.get("PodId")): str(pod.get("Status")) for pod in job.get("Pods") or []}


async def _tell(call: Call, job: dict[str, Any], elapsed: float, limit: float) -> None:
    if call.progress is not None:
        await call.progress(round(elapsed, 1), float(limit), f"{job.get('Status')}, {elapsed:.0f} s waited")


def _told(until: str, first: dict[str, Any], last: dict[str, Any], elapsed: float) -> dict[str, Any]:
    reached = _reached(until, first, last)
    pods = list(_pods(last).values())
    data: dict[str, Any] = {
        "JobId": last.get("JobId"),
        "DisplayName": last.get("DisplayName"),
        "Status": last.get("Status"),
        "reached": reached and (until != "running" or last.get("Status") == "Running"),
        "ended": last.get("Status") in ENDED,
        "waited_seconds": round(elapsed, 1),
        "changed": changes(first, last)[:20],
        "pods": {status: pods.count(status) for status in sorted(set(pods))},
    }
    data |= {name: last[name] for name in ("ReasonCode", "ReasonMessage") if last.get(name)}
    if not data["ended"] and not data["reached"]:
        data["ask_again_after_seconds"] = 30 if last.get("Status") == "Running" else 10
    return data
