"""The operations that look at a job from outside: logs, events, metrics, health checks; and the instance types."""

from __future__ import annotations

import json
from typing import Any

from ..contract import parse_json
from ..listing import one_of, page, sort_rows, split_list, whole_number
from ..wire import Received
from ..world import World, handles
from . import events, output
from .dashboards import check_token
from .pods import current_pods
from .requests import bad_request, job_of, not_found, parse_time, pod_of, serves, time_window
from .resources import SPECS
from .state import Job

_DEFAULT_LINES = 2000
"""Lines or events in one answer, unless asked otherwise."""
_HOUR_S = 3600.0


@serves("GetPodLogs")
def get_pod_logs(world: World, received: Received) -> dict[str, Any]:
    """The last MaxLines of the window."""
    args, now = received.args, world.clock.now()
    job, pod = pod_of(world, received)
    start, end = time_window(args, now)
    most = min(whole_number(args, "MaxLines", _DEFAULT_LINES, 0), output.MOST_LINES)
    return {
        "JobId": job.id,
        "PodId": pod.id,
        "PodUid": pod.uid,
        "Containers": "main",
        "ContainerInfo": {"MainContainer": "main", "SidecarContainers": []},
        "Logs": output.tail_log(job, pod, start, min(end, now), most),
    }


@serves("GetPodEvents")
def get_pod_events(world: World, received: Received) -> dict[str, Any]:
    job, pod = pod_of(world, received)
    start, end = time_window(received.args, world.clock.now())
    most = whole_number(received.args, "MaxEventsNum", _DEFAULT_LINES, 0)
    lines = events.pod_events(job, pod, start, end, world.clock.now(), most)
    return {"JobId": job.id, "PodId": pod.id, "PodUid": pod.uid, "Events": lines}


@serves("GetJobEvents")
def get_job_events(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    start, end = time_window(received.args, world.clock.now())
    most = whole_number(received.args, "MaxEventsNum", _DEFAULT_LINES, 0)
    return {"JobId": job.id, "Events": events.job_events(world, job, start, end, most)}


@serves("GetJobMetrics")
def get_job_metrics(world: World, received: Received) -> dict[str, Any]:
    """One hour and a point every five minutes unless asked otherwise (R62)."""
    job, args, now = job_of(world, received), received.args, world.clock.now()
    kind = one_of(args, "MetricType", output.METRIC_TYPES)
    if not kind:
        raise bad_request("MetricType is required.", "MissingParameter")
    end = min(parse_time(args.get("EndTime"), "EndTime") or now, now)
    start = parse_time(args.get("StartTime"), "StartTime") or end - _HOUR_S
    step = output.step_seconds(args.get("TimeStep"))
    found = [
        {"PodId": pod.id, "Metrics": output.sample_metrics(job, pod, kind, start, end, step)}
        for pod in current_pods(job, now)
    ]
    return {"JobId": job.id, "PodMetrics": found}


@serves("ListJobSanityCheckResults")
def list_job_sanity_check_results(world: World, received: Received) -> dict[str, Any]:
    found = events.sanity_checks(job_of(world, received), world.clock.now())
    if one_of(received.args, "Order", ("asc", "desc"), "desc") == "desc":
        found.reverse()
    return {"SanityCheckResults": found, "TotalCount": len(found)}


@serves("GetJobSanityCheckResult")
def get_job_sanity_check_result(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    found = events.sanity_checks(job, world.clock.now())
    number = whole_number(received.args, "SanityCheckNumber", 1)
    if number > len(found):
        raise not_found("SanityCheck", str(number))
    phase = one_of(received.args, "SanityCheckPhase", events.SANITY_PHASES)
    return {"JobId": job.id, "SanityCheckResult": [one for one in found[number - 1] if phase in ("", one["Phase"])]}


_PERIODS = (15, 60, 900, 3600)


@serves("GetMetrics")
def get_metrics(world: World, received: Received) -> dict[str, Any]:
    """Points of all pods of the job that JobId or Dimensions names; NextToken counts the points already given."""
    args = received.args
    wanted = _parse_dimensions(args["Dimensions"])
    job_id = args.get("JobId") or next((one["jobId"] for one in wanted if one.get("jobId")), None)
    job = job_of(world, Received(received.operation, args | {"JobId": job_id}, received.caller, received.request_id))
    check_token(world, args.get("Token"), "job", job.id)
    period, length = whole_number(args, "Period", 60), whole_number(args, "Length", 1000)
    if period not in _PERIODS:
        raise bad_request(f"Period must be one of {_PERIODS}.", "InvalidParameter")
    kind = args.get("MetricName") if args.get("MetricName") in output.METRIC_TYPES else "GpuCoreUsage"
    points = _cms_points(world, job, str(kind), args, float(period))
    chosen = [one for one in points if _is_wanted_pod(one, wanted)]
    first = whole_number(args, "NextToken", 0, 0)
    rest = {"NextToken": str(first + length)} if len(chosen) > first + length else {}
    shown = json.dumps(chosen[first : first + length], separators=(",", ":"))
    return rest | {"Code": "200", "Message": "", "Success": True, "Period": str(period), "DataPoints": shown}


def _parse_dimensions(text: Any) -> list[dict[str, str]]:
    try:
        found = parse_json(str(text))
    except ValueError:
        raise bad_request("Dimensions is not JSON.", "InvalidParameter") from None
    found = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in found):
        raise bad_request("Dimensions must be objects.", "InvalidParameter")
    return found


def _cms_points(world: World, job: Job, kind: str, args: dict[str, Any], period: float) -> list[dict[str, Any]]:
    now = world.clock.now()
    end = min(parse_time(args.get("EndTime"), "EndTime") or now, now)
    start = parse_time(args.get("StartTime"), "StartTime") or end - _HOUR_S
    return [
        {"timestamp": one["Time"], "jobId": job.id, "podId": pod.id, "Average": one["Value"]}
        for pod in current_pods(job, now)
        for one in output.sample_metrics(job, pod, kind, start, end, period)
    ]


def _is_wanted_pod(point: dict[str, Any], wanted: list[dict[str, str]]) -> bool:
    pods = [one["podId"] for one in wanted if one.get("podId")]
    return not pods or point["podId"] in pods


_SPEC_KEYS = {
    "CPU": lambda spec: (spec["Cpu"], spec["InstanceType"]),
    "GPU": lambda spec: (spec["Gpu"], spec["InstanceType"]),
    "Memory": lambda spec: (spec["Memory"], spec["InstanceType"]),
    "GmtCreateTime": lambda spec: (spec["GmtCreateTime"], spec["InstanceType"]),
}


@handles("ListEcsSpecs")
def list_ecs_specs(world: World, received: Received) -> dict[str, Any]:
    """Sort keys are case-exact (R47)."""
    args = received.args
    found = sort_rows(
        (spec for spec in SPECS.values() if _is_wanted_spec(spec, args)), args, _SPEC_KEYS, "GmtCreateTime", "desc"
    )
    shown = [{key: value for key, value in spec.items() if key != "GmtCreateTime"} for spec in page(found, args, 10)]
    return {"EcsSpecs": shown, "TotalCount": len(found)}


def _is_wanted_spec(spec: dict[str, Any], args: dict[str, Any]) -> bool:
    accelerator = one_of(args, "AcceleratorType", ("CPU", "GPU"))
    resource = one_of(args, "ResourceType", ("ECS", "Lingjun"))
    names = split_list(args.get("InstanceTypes"))
    return (
        accelerator in ("", spec["AcceleratorType"])
        and resource in ("", spec["ResourceType"])
        and (not names or spec["InstanceType"] in names)
    )
