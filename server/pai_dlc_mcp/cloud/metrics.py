"""Metrics by kind of resource (R62): which of the two sources serves a job, CloudMonitor's names, and its points. Pure.

``GetJobMetrics`` serves pay-as-you-go jobs on general-purpose machines; the samples of all others (on a quota, on
Lingjun) are CloudMonitor's, which ``GetMetrics`` asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .endpoints import console_link

MONITOR = "CloudMonitor through GetMetrics"
WHOLE_JOB = "(whole job)"
"""Stands for a pod where CloudMonitor tells of all pods together."""
_NAMESPACE, _POINTS_A_PAGE = "acs_pai_dlc", "1000"
_PERIODS_S = (15, 60, 900, 3600)
_STEP = re.compile(r"\s*(\d+)\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class MonitorName:
    """A metric of CloudMonitor: its name, and what its values are where that is not what was asked for."""

    name: str
    unit: str
    meaning: str = ""


MONITOR_NAMES: Mapping[str, MonitorName] = {
    "GpuCoreUsage": MonitorName("JOB_GPU_ACCELERATOR_DUTTY_UTIL", "percent", "the job's mean, not pod by pod"),
    "GpuMemoryUsage": MonitorName(
        "CARD_GPU_DRAM_ACTIVE_UTIL", "percent", "how busy the memory of the GPUs is, not how full; a pod's mean"
    ),
    "MemoryUsage": MonitorName("JOB_MEMORY_FREE", "as CloudMonitor counts", "the job's free memory, not the used"),
}
"""Names that clients of the service are known to use; for other kinds of metric none is known."""


def is_monitored(job: Mapping[str, Any]) -> bool | None:
    """Whether CloudMonitor has the job's samples; ``None`` where its record does not tell where it runs."""
    listed = job.get("JobSpecs")
    specs = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    types = [str(one.get("EcsSpec") or "") for one in specs]
    if job.get("ResourceId"):
        return True
    if str(job.get("ResourceType") or "ECS") != "ECS" or any(name.startswith("ml.") for name in types):
        return True
    return False if any(types) else None


def monitor_args(job: Mapping[str, Any], asked: Mapping[str, Any], region: str) -> dict[str, Any] | None:
    """The arguments of GetMetrics for what was asked of GetJobMetrics; ``None`` where no name is known."""
    known = MONITOR_NAMES.get(str(asked.get("MetricType")))
    job_id = str(asked.get("JobId"))
    if known is None:
        return None
    named = {"jobId": job_id, "regionId": region, "userId": job.get("UserId"), "workspaceId": job.get("WorkspaceId")}
    dimensions = [{name: str(value) for name, value in named.items() if value}]
    return {
        "Dimensions": json.dumps(dimensions, separators=(",", ":")),
        "JobId": job_id,
        "MetricName": known.name,
        "Namespace": _NAMESPACE,
        "Length": _POINTS_A_PAGE,
        "Period": str(_period_s(asked.get("TimeStep"))),
        **{name: asked[name] for name in ("StartTime", "EndTime", "Token") if asked.get(name)},
    }


def _period_s(step: Any) -> int:
    """CloudMonitor's longest period that is not longer than the step; its shortest for shorter ones."""
    found = _STEP.match(str(step or "5m"))
    wanted = int(found[1]) * _SECONDS[found[2]] if found else 300
    return max((one for one in _PERIODS_S if one <= wanted), default=_PERIODS_S[0])


def data_points(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The points of one answer of GetMetrics, which stand there as JSON text."""
    try:
        found = json.loads(str(answer.get("DataPoints") or "[]"))
    except ValueError:
        return []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def by_pod(points: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Points as GetJobMetrics gives them: by pod, in the order of time, the mean where a pod has several cards."""
    values: dict[str, dict[int, list[float]]] = {}
    for one in points:
        at, value = _number(one.get("timestamp")), _number(one.get("Value"))
        if at is not None and value is not None:
            values.setdefault(str(one.get("pod") or WHOLE_JOB), {}).setdefault(int(at), []).append(value)
    return [
        {
            "PodId": pod,
            "Metrics": [
                {"Time": at, "Value": round(sum(found) / len(found), 4)} for at, found in sorted(stated.items())
            ],
        }
        for pod, stated in values.items()
    ]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def has_points(answer: Mapping[str, Any]) -> bool:
    pods = answer.get("PodMetrics")
    return any(isinstance(pod, Mapping) and pod.get("Metrics") for pod in (pods if isinstance(pods, list) else []))


def monitor_page(job: Mapping[str, Any], job_id: str, region: str) -> str:
    """Where the console shows the job's metrics."""
    return console_link(region, str(job.get("WorkspaceId") or ""), job_id, "monitor")
