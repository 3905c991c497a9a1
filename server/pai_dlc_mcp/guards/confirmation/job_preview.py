"""The preview of a job: what it is, what it has used, and whether the end of its log speaks of a checkpoint (R36)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import anyio

from ...api.catalog import operation
from ...cloud.people import described_owner
from ...cloud.quotas import figures, find_quota
from ...errors import CloudFailure
from ...runtime import Call, Runtime
from ...timestamps import iso, seconds_of
from ..effects.job_states import pods_of, running_seconds
from ..policy import gpu_count
from ..validation.rule import Case
from ..validation.templates import whole_job

LOG_LINES = 100
LOG_BYTES = 262_144
LOG_S = 4.0
CHECKPOINT = re.compile(r"check[ _-]?point|\bckpt\b|\.ckpt\b|sav(?:ed|ing) (?:the )?(?:model|state|weights)", re.I)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")
LONGEST_LINE_CHARS = 4_000
"""Characters of a line that are looked at."""


async def of_job(call: Call, runtime: Runtime, job: Mapping[str, Any]) -> dict[str, Any]:
    specs = job.get("JobSpecs")
    held = gpu_count.number(job.get("RequestGPU"))
    count = held if held is not None else await gpu_count.of_specs(call, runtime, specs)
    seconds = running_seconds(job, runtime.now())
    return {
        "job_id": call.args["JobId"],
        "owner": await described_owner(call, runtime, job),
        "workspace": f"{job.get('WorkspaceName') or 'unnamed'} ({job.get('WorkspaceId')})",
        "state": job.get("Status"),
        "running_time": duration_text(seconds),
        "pods": gpu_count.all_pods(specs) or len(list(pods_of(job))),
        "gpus": "unknown" if count is None else whole_if_whole(count),
        "gpu_hours": "unknown" if count is None else whole_if_whole(round(count * seconds / 3600, 1)),
        "checkpoint": await checkpoint(call, runtime, job),
    }


async def of_new(call: Call, runtime: Runtime) -> dict[str, Any]:
    """A job that is to be created, with what its template gives."""
    job = await whole_job(call, runtime)
    specs = job.get("JobSpecs")
    count = await gpu_count.of_specs(call, runtime, specs)
    images = {str(spec["Image"]) for _, spec in Case(job).objects("JobSpecs") if spec.get("Image")}
    limit, quota = job.get("JobMaxRunningTimeMinutes"), str(job.get("ResourceId") or "")
    found = await find_quota(call, runtime, quota) if quota else None
    return {
        "workspace": job.get("WorkspaceId"),
        "job_type": job.get("JobType"),
        "template": job.get("TemplateId"),
        "quota": quota or "none: public resources, pay as you go",
        "quota_now": figures(found) if found is not None else "",
        "pods": gpu_count.all_pods(specs) or None,
        "gpus": "unknown" if count is None else whole_if_whole(count),
        "images": ", ".join(sorted(images)),
        "time_limit": f"{limit} minutes" if limit else "none",
    }


def duration_text(seconds: float) -> str:
    """``2 h 5 min``."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{int(seconds)} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def whole_if_whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


async def checkpoint(call: Call, runtime: Runtime, job: Mapping[str, Any]) -> str:
    """Whether the last lines of the first pod's log speak of a checkpoint: a fact of ours, no word of the log."""
    pod = next((pod for pod in pods_of(job) if pod.get("PodId")), None)
    if pod is None:
        return "no pod, so no log"
    args = {"JobId": call.args["JobId"], "PodId": pod["PodId"], "MaxLines": LOG_LINES}
    if job.get("GmtCreateTime"):
        args["StartTime"] = job["GmtCreateTime"]
    with anyio.move_on_after(LOG_S), suppress(CloudFailure):
        reply = await runtime.cloud.send(operation("GetPodLogs"), args, call.region, max_bytes=LOG_BYTES)
        if isinstance(reply.data.get("Logs"), list):
            return mentioned(reply.data["Logs"])
    return "the log could not be read"


def mentioned(lines: list[Any]) -> str:
    """What the lines say of checkpoints, in words that hold nothing of theirs but a time."""
    starts = [line[:LONGEST_LINE_CHARS] for line in lines if isinstance(line, str)]
    found = [line for line in starts if CHECKPOINT.search(line)]
    if not found:
        return f"not mentioned in the last {len(lines)} log lines"
    written = MOMENT.search(found[-1])
    moment = seconds_of(written.group(0)) if written else None
    when = f"last at {iso(moment)}" if moment is not None else "at a time that the line does not tell"
    return f"mentioned in the last {len(lines)} log lines, {when}"
