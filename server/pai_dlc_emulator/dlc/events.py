"""What the scheduler and the machines report about a job and its pods: lines of events, and health checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from ..clock import iso, local_time
from ..world import World
from . import queueing, timeline
from .behaviour import Mark, within
from .output import container_name, fill, job_values, pod_values
from .pods import Pod, current_pods
from .reasons import SIGTERM_EXIT, summary_of
from .state import Job

Event = tuple[float, str]
_MOST_REPEATS = 5000
_POD_MOMENTS = {"PodCreated": "created", "PodBegan": "began", "PodEnded": "ended"}


def job_events(world: World, job: Job, start: float, end: float, most: int) -> list[str]:
    """The newest ``most`` events of the job in that window, oldest first."""
    now = world.clock.now()
    events = [*_states(job), *_scripted(job), *_queue_report(world, job, now)]
    if timeline.past(job, now)[-1].status != "Queuing":
        events += _created_pods(job, now)
    return _newest(events, start, min(end, now), most)


def pod_events(job: Job, pod: Pod, start: float, end: float, now: float, most: int) -> list[str]:
    return _newest([*_pod_scripted(job, pod), *_ending(job, pod)], start, min(end, now), most)


def _newest(events: Iterable[Event], start: float, end: float, most: int) -> list[str]:
    inside = sorted((one for one in events if start <= one[0] <= end), key=itemgetter(0))
    return [f"{local_time(at)} {text}" for at, text in inside[-most:]] if most else []


def _states(job: Job) -> Iterator[Event]:
    for mark in timeline.marks(job):
        yield mark.start, summary_of(job, mark)


def _created_pods(job: Job, now: float) -> Iterator[Event]:
    for pod in current_pods(job, now):
        yield pod.created, f"Created pod: {pod.id}"


def _queue_report(world: World, job: Job, now: float) -> Iterator[Event]:
    """Why a quota job waits: what it asks, and what is free in the quota, or in one above it, that is too full."""
    ready, text = queueing.ready_at(job), queueing.shortage(world, job, now)
    if ready is not None and text:
        yield ready, f"QuotaNotEnough: {text}"


def _scripted(job: Job) -> Iterator[Event]:
    marks = timeline.marks(job)
    for event in job.behaviour.events:
        yield from _repeated(event, job_values(job), lambda text: within(text, marks), timeline.end_time(job))


def _pod_scripted(job: Job, pod: Pod) -> Iterator[Event]:
    def when(text: str) -> float | None:
        name = text.rstrip("0123456789.").rstrip("+-")
        if name not in _POD_MOMENTS:
            return within(text, timeline.marks(job))
        at: float | None = getattr(pod, _POD_MOMENTS[name])
        return None if at is None else at + float(text[len(name) :] or 0)

    for rule in pod.rules:
        for event in rule.events:
            yield from _repeated(event, pod_values(job, pod), when, pod.ended)


def _repeated(
    event: dict[str, Any], values: dict[str, Any], when: Callable[[str], float | None], over: float | None
) -> Iterator[Event]:
    """An event once, or ``count`` times ``every`` seconds while its object lives."""
    at = when(event["at"])
    if at is None:
        return
    text = fill(event["message"], values)
    for number in range(min(int(event.get("count", 1)), _MOST_REPEATS)):
        moment = at + number * float(event.get("every", 0))
        if number and over is not None and moment > over:
            return
        yield moment, text


def _ending(job: Job, pod: Pod) -> Iterator[Event]:
    if pod.ended is None or pod.began is None:
        return
    name = container_name(job)
    if pod.exit_code == SIGTERM_EXIT:
        yield pod.ended, f"Stopping container {name}"
    else:
        yield pod.ended, f"Container {name} exited with code {pod.exit_code}: {pod.exit_reason}"


SANITY_PHASES = ("CheckInit", "DeviceCheck", "SingleNodeCommCheck", "TwoNodeCommCheck", "AllNodeCommCheck")
_FINE: tuple[dict[str, Any], ...] = tuple(
    {"phase": phase, "status": "Succeeded", "seconds": 4, "message": "All nodes passed."} for phase in SANITY_PHASES
)


def sanity_checks(job: Job, now: float) -> list[list[dict[str, Any]]]:
    """All checks so far, oldest first, each as its phases."""
    marks = [mark for mark in timeline.past(job, now) if mark.status == "SanityChecking"]
    return [_one_check(job, number, mark, now) for number, mark in enumerate(marks, 1)]


def _one_check(job: Job, number: int, mark: Mark, now: float) -> list[dict[str, Any]]:
    scripts = job.behaviour.sanity
    script = scripts[min(number, len(scripts)) - 1] if scripts else _FINE
    at, found = mark.start, []
    for phase in script:
        over = at + phase["seconds"]
        if at > now or (mark.end is not None and at >= mark.end):
            break
        found.append(_check_item(job, number, phase, at, over, over <= now))
        at = over
    return found


def _check_item(job: Job, number: int, phase: dict[str, Any], start: float, end: float, over: bool) -> dict[str, Any]:
    item = {
        "CheckNumber": number,
        "Phase": phase["phase"],
        "StartedAt": iso(start),
        "Status": phase["status"] if over else "Running",
        "Message": fill(phase["message"], job_values(job)) if over else "",
    }
    return item | ({"FinishedAt": iso(end)} if over else {})
