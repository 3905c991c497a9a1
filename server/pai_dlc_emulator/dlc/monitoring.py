"""The operations that look at a job from outside: logs, events, metrics, health checks; and the instance types."""

from __future__ import annotations

import json
from typing import Any

from ..contract import parse_json
from ..listing import MOST_A_PAGE, SortKeys, is_descending, one_of, page, sort_rows, split_list, whole_number
from ..wire import Received
from ..world import World, handles
from . import events, output
from .dashboards import check_token
from .pods import current_pods
from .requests import bad_request, dlc_handler, job_of, not_found, parse_time, pod_of, time_window
from .resources import SPECS

_DEFAULT_LINES = 2000
"""Lines or events in one answer, unless asked otherwise."""
_DEFAULT_JOB_EVENTS, _MOST_JOB_EVENTS = 1, 10_000
"""As the schema of GetJobEvents has them; its text says 2000 by default."""
_HOUR_S = 3600.0


@dlc_handler("GetPodLogs")
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
        "Containers": output.container_name(job),
        "ContainerInfo": {"MainContainer": output.container_name(job), "SidecarContainers": []},
        "Logs": output.tail_log(job, pod, start, min(end, now), most),
    }


@dlc_handler("GetPodEvents")
def get_pod_events(world: World, received: Received) -> dict[str, Any]:
    job, pod = pod_of(world, received)
    start, end = time_window(received.args, world.clock.now())
    most = whole_number(received.args, "MaxEventsNum", _DEFAULT_LINES, 0)
    lines = events.pod_events(job, pod, start, end, world.clock.now(), most)
    return {"JobId": job.id, "PodId": pod.id, "PodUid": pod.uid, "Events": lines}


@dlc_handler("GetJobEvents")
def get_job_events(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    start, end = time_window(received.args, world.clock.now())
    most = whole_number(received.args, "MaxEventsNum", _DEFAULT_JOB_EVENTS, 1, _MOST_JOB_EVENTS)
    return {"JobId": job.id, "Events": events.job_events(world, job, start, end, most)}


@dlc_handler("GetJobMetrics")
def get_job_metrics(world: World, received: Received) -> dict[str, Any]:
    """One hour and a point every five minutes unless asked otherwise; pay-as-you-go general jobs only (R62)."""
    job, args, now = job_of(world, received), received.args, world.clock.now()
    kind = one_of(args, "MetricType", output.METRIC_TYPES)
    if not kind:
        raise bad_request("MetricType is required.", "MissingParameter")
    end = min(parse_time(args.get("EndTime"), "EndTime") or now, now)
    start = parse_time(args.get("StartTime"), "StartTime") or end - _HOUR_S
    step = output.step_seconds(args.get("TimeStep"))
    pods = current_pods(job, now) if output.has_own_metrics(job) else []
    found = [{"PodId": pod.id, "Metrics": output.sample_metrics(job, pod, kind, start, end, step)} for pod in pods]
    return {"JobId": job.id, "PodMetrics": found}


@dlc_handler("ListJobSanityCheckResults")
def list_job_sanity_check_results(world: World, received: Received) -> dict[str, Any]:
    found = events.sanity_checks(job_of(world, received), world.clock.now())
    if is_descending(received.args, "desc"):
        found.reverse()
    return {"SanityCheckResults": found, "TotalCount": len(found)}


@dlc_handler("GetJobSanityCheckResult")
def get_job_sanity_check_result(world: World, received: Received) -> dict[str, Any]:
    job = job_of(world, received)
    found = events.sanity_checks(job, world.clock.now())
    number = whole_number(received.args, "SanityCheckNumber", 1)
    if number > len(found):
        raise not_found("SanityCheck", str(number))
    phase = one_of(received.args, "SanityCheckPhase", events.SANITY_PHASES)
    return {"JobId": job.id, "SanityCheckResult": [one for one in found[number - 1] if phase in ("", one["Phase"])]}


_PERIODS = (15, 60, 900, 3600)


@dlc_handler("GetMetrics")
def get_metrics(world: World, received: Received) -> dict[str, Any]:
    """CloudMonitor's samples of a job on a quota or on Lingjun; for others none (R62), as for an unknown metric.

    The job is the one that JobId or Dimensions names; NextToken counts the points already given.
    """
    args = received.args
    wanted = _parse_dimensions(args["Dimensions"])
    job_id = args.get("JobId") or next((one["jobId"] for one in wanted if one.get("jobId")), None)
    job = job_of(world, Received(received.operation, args | {"JobId": job_id}, received.caller, received.request_id))
    check_token(world, args.get("Token"), "job", job.id)
    period, length = whole_number(args, "Period", 60), whole_number(args, "Length", 1000)
    if period not in _PERIODS:
        raise bad_request(f"Period must be one of {_PERIODS}.", "InvalidParameter")
    now = world.clock.now()
    end = min(parse_time(args.get("EndTime"), "EndTime") or now, now)
    start = parse_time(args.get("StartTime"), "StartTime") or end - _HOUR_S
    pods = [] if output.has_own_metrics(job) else current_pods(job, now)
    names = {one["pod"] for one in wanted if one.get("pod")}
    pods = [pod for pod in pods if not names or pod.id in names]
    points = output.cloud_monitor_points(job, pods, str(args.get("MetricName") or ""), start, end, float(period))
    first = whole_number(args, "NextToken", 0, 0)
    rest = {"NextToken": str(first + length)} if len(points) > first + length else {}
    shown = json.dumps(points[first : first + length], separators=(",", ":"))
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


_SPEC_KEYS: SortKeys[dict[str, Any]] = {"GmtCreateTime": lambda spec: (spec["GmtCreateTime"], spec["InstanceType"])}


@handles("ListEcsSpecs")
def list_ecs_specs(world: World, received: Received) -> dict[str, Any]:
    """SortBy is refused, whatever its page says (R47)."""
    args = received.args
    if args.get("SortBy"):
        raise bad_request("SortBy is not supported.")
    found = sort_rows(
        (spec for spec in SPECS.values() if _is_wanted_spec(spec, args)), args, _SPEC_KEYS, "GmtCreateTime", "desc"
    )
    shown = [
        {key: value for key, value in spec.items() if key != "GmtCreateTime"}
        for spec in page(found, args, 10, MOST_A_PAGE)
    ]
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
