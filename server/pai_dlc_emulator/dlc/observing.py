"""Logs, events, metrics and health checks of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received
from . import events, logs, metrics, sanity
from .params import bad, missing, one_of, seconds, whole, window
from .pods import present
from .serving import job_of, pod_of, serves

if TYPE_CHECKING:
    from ..world import World

_MOST = 2000
"""Lines or events in one answer, unless asked otherwise."""
_HOUR = 3600.0


@serves("GetPodLogs")
def get_pod_logs(world: World, received: Received) -> dict[str, Any]:
    """The last MaxLines of the window."""
    args, now = received.args, world.clock.now()
    job, pod = pod_of(world, received)
    start, end = window(args, now)
    most = min(whole(args, "MaxLines", _MOST, 0), logs.MOST_LINES)
    return {
        "JobId": job.id,
        "PodId": pod.id,
        "PodUid": pod.uid,
        "Containers": "main",
        "ContainerInfo": {"MainContainer": "main", "SidecarContainers": []},
        "Logs": logs.tail(job, pod, start, min(end, now), most),
    }


@serves("GetPodEvents")
def get_pod_events(world: World, received: Received) -> dict[str, Any]:
    job, pod = pod_of(world, received)
    start, end = window(received.args, world.clock.now())
    most = whole(received.args, "MaxEventsNum", _MOST, 0)
    told = events.of_a_pod(job, pod, start, end, world.clock.now(), most)
    return {"JobId": job.id, "PodId": pod.id, "PodUid": pod.uid, "Events": told}


@serves("GetJobEvents")
def get_job_events(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    start, end = window(received.args, world.clock.now())
    most = whole(received.args, "MaxEventsNum", _MOST, 0)
    return {"JobId": job.id, "Events": events.of_a_job(world, job, start, end, most)}


@serves("GetJobMetrics")
def get_job_metrics(world: World, received: Received) -> dict[str, Any]:
    """One hour and a point every five minutes unless asked otherwise (R62)."""
    job, args, now = job_of(world, received), received.args, world.clock.now()
    kind = one_of(args, "MetricType", metrics.TYPES)
    if not kind:
        raise bad("MetricType is required.", "MissingParameter")
    end = min(seconds(args.get("EndTime"), "EndTime") or now, now)
    start = seconds(args.get("StartTime"), "StartTime") or end - _HOUR
    step = metrics.step_seconds(args.get("TimeStep"))
    found = [
        {"PodId": pod.id, "Metrics": metrics.samples(job, pod, kind, start, end, step)} for pod in present(job, now)
    ]
    return {"JobId": job.id, "PodMetrics": found}


@serves("ListJobSanityCheckResults")
def list_job_sanity_check_results(world: World, received: Received) -> dict[str, Any]:
    found = sanity.checks(job_of(world, received), world.clock.now())
    if one_of(received.args, "Order", ("asc", "desc"), "desc") == "desc":
        found.reverse()
    return {"SanityCheckResults": found, "TotalCount": len(found)}


@serves("GetJobSanityCheckResult")
def get_job_sanity_check_result(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    found = sanity.checks(job, world.clock.now())
    number = whole(received.args, "SanityCheckNumber", 1)
    if number > len(found):
        raise missing("SanityCheck", str(number))
    phase = one_of(received.args, "SanityCheckPhase", sanity.PHASES)
    return {"JobId": job.id, "SanityCheckResult": [one for one in found[number - 1] if phase in ("", one["Phase"])]}
