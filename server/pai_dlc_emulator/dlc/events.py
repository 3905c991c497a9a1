"""What the scheduler and the machines report about a job and its pods, as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..clock import iso
from . import queueing, timeline
from .moments import within
from .pods import Pod, present
from .state import Job
from .wording import fill, of_job, of_pod

if TYPE_CHECKING:
    from ..world import World

Told = tuple[float, str]
_MOST_REPEATS = 5000
_POD_MOMENTS = ("Made", "Began", "Ended")


def of_a_job(world: World, job: Job, start: float, end: float, most: int) -> list[str]:
    """The newest ``most`` events of the job in that window, oldest first."""
    now = world.clock.now()
    told = [*_states(job), *_scripted(job), *_queue_report(world, job, now)]
    if timeline.past(job, now)[-1].status != "Queuing":
        told += _made_pods(job, now)
    return _newest(told, start, min(end, now), most)


def of_a_pod(job: Job, pod: Pod, start: float, end: float, now: float, most: int) -> list[str]:
    return _newest([*_pod_scripted(job, pod), *_ending(pod)], start, min(end, now), most)


def _newest(told: Iterable[Told], start: float, end: float, most: int) -> list[str]:
    inside = sorted(one for one in told if start <= one[0] <= end)
    return [f"{iso(at)} {text}" for at, text in inside[-most:]] if most else []


def _states(job: Job) -> Iterator[Told]:
    for mark in timeline.marks(job):
        kind = "Warning" if mark.status == "Failed" else "Normal"
        message = mark.reason_message or f"The job is {mark.status}."
        yield mark.start, f"{kind} Job{mark.status} {fill(message, of_job(job))}"


def _made_pods(job: Job, now: float) -> Iterator[Told]:
    pods = present(job, now)
    if pods:
        yield pods[0].made, f"Normal PodsCreated Created {len(pods)} pod(s), the first is {pods[0].id}."


def _queue_report(world: World, job: Job, now: float) -> Iterator[Told]:
    """Why a quota job waits: what it asks, and what is free in the quota, or in one above it, that is too full."""
    ready, text = queueing.ready(job), queueing.shortage(world, job, now)
    if ready is not None and text:
        yield ready, f"Warning QuotaNotEnough {text}"


def _scripted(job: Job) -> Iterator[Told]:
    marks = timeline.marks(job)
    for event in job.behaviour.events:
        yield from _repeated(event, of_job(job), lambda text: within(text, marks), timeline.end_time(job))


def _pod_scripted(job: Job, pod: Pod) -> Iterator[Told]:
    def when(text: str) -> float | None:
        name = text.rstrip("0123456789.").rstrip("+-")
        if name not in _POD_MOMENTS:
            return within(text, timeline.marks(job))
        at: float | None = getattr(pod, name.lower())
        return None if at is None else at + float(text[len(name) :] or 0)

    for rule in pod.rules:
        for event in rule.events:
            yield from _repeated(event, of_pod(job, pod), when, pod.ended)


def _repeated(
    event: dict[str, Any], values: dict[str, Any], when: Callable[[str], float | None], over: float | None
) -> Iterator[Told]:
    """An event once, or ``count`` times ``every`` seconds while its object lives."""
    at = when(event["at"])
    if at is None:
        return
    text = f"{event.get('type', 'Normal')} {event['reason']} {fill(event['message'], values)}"
    for number in range(min(int(event.get("count", 1)), _MOST_REPEATS)):
        moment = at + number * float(event.get("every", 0))
        if number and over is not None and moment > over:
            return
        yield moment, text


def _ending(pod: Pod) -> Iterator[Told]:
    if pod.ended is None or pod.began is None:
        return
    if pod.exit_code == 143:
        yield pod.ended, "Normal Killing Stopping container main."
    else:
        kind = "Normal" if pod.exit_code == 0 else "Warning"
        yield pod.ended, f"{kind} ContainerExited Container main exited with code {pod.exit_code}: {pod.exit_reason}."
