"""GetMetrics: the cloud monitor's way of asking for the same samples, as JSON inside a string."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..jsontext import parse
from ..wire import Received
from . import metrics
from .params import bad, seconds, whole
from .pods import present
from .serving import job_of, serves
from .state import Job
from .tokens import check_token

if TYPE_CHECKING:
    from ..world import World

_PERIODS = (15, 60, 900, 3600)
_HOUR = 3600.0


@serves("GetMetrics")
def get_metrics(world: World, received: Received) -> dict[str, Any]:
    """Points of all pods of the job that JobId or Dimensions names; NextToken counts the points already given."""
    args = received.args
    wanted = _dimensions(args["Dimensions"])
    job_id = args.get("JobId") or next((one["jobId"] for one in wanted if one.get("jobId")), None)
    job = job_of(world, Received(received.operation, args | {"JobId": job_id}, received.caller, received.request_id))
    check_token(world, args.get("Token"), "job", job.id)
    period, length = whole(args, "Period", 60), whole(args, "Length", 1000)
    if period not in _PERIODS:
        raise bad(f"Period must be one of {_PERIODS}.", "InvalidParameter")
    kind = args.get("MetricName") if args.get("MetricName") in metrics.TYPES else "GpuCoreUsage"
    points = _points(world, job, str(kind), args, float(period))
    chosen = [one for one in points if _matches(one, wanted)]
    first = whole(args, "NextToken", 0, 0)
    rest = {"NextToken": str(first + length)} if len(chosen) > first + length else {}
    shown = json.dumps(chosen[first : first + length], separators=(",", ":"))
    return rest | {"Code": "200", "Message": "", "Success": True, "Period": str(period), "DataPoints": shown}


def _dimensions(text: Any) -> list[dict[str, str]]:
    try:
        found = parse(str(text))
    except ValueError:
        raise bad("Dimensions is not JSON.", "InvalidParameter") from None
    found = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in found):
        raise bad("Dimensions must be objects.", "InvalidParameter")
    return found


def _points(world: World, job: Job, kind: str, args: dict[str, Any], period: float) -> list[dict[str, Any]]:
    now = world.clock.now()
    end = min(seconds(args.get("EndTime"), "EndTime") or now, now)
    start = seconds(args.get("StartTime"), "StartTime") or end - _HOUR
    return [
        {"timestamp": one["Time"], "jobId": job.id, "podId": pod.id, "Average": one["Value"]}
        for pod in present(job, now)
        for one in metrics.samples(job, pod, kind, start, end, period)
    ]


def _matches(point: dict[str, Any], wanted: list[dict[str, str]]) -> bool:
    pods = [one["podId"] for one in wanted if one.get("podId")]
    return not pods or point["podId"] in pods
