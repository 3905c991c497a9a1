"""How much: GPUs a job, jobs and GPUs at once, creates an hour, a time limit that must be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ...api.dlc.jobs import Status
from ...cloud.reads import TooMany, all_rows
from ...config.settings import Settings
from ...errors import PolicyDenied
from ...operation import CREATE
from ...runtime import ActiveJobs, Call, Runtime
from ...shapes import walk
from ..creates import reservations
from ..effects.job_states import FINAL
from ..validation.rule import is_given
from ..validation.templates import whole_job
from . import gpu_count

ACTIVE: tuple[str, ...] = tuple(status for status in get_args(Status) if status not in FINAL)
"""States of a job that has not ended; each is listed by itself, so that old jobs that have ended cost nothing."""
EARLIEST = "2018-01-01T00:00:00Z"
"""Before the service's first job: without a start time it lists the last seven days."""
MOST_PAGES = 50
ESTIMATED = "Settings.DataJuicerConfig.EnableResourceEstimation"
"""Where a job asks the service to size it by an estimate, whatever its specs say."""


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a create that would go over a limit.

    Raises:
        PolicyDenied: it would, or it cannot be counted.
        CloudFailure: the active jobs cannot be read.
    """
    if call.tool.effect is CREATE:
        await reservations.check_hourly(runtime)
    if call.operation.starts == "job":
        job = await whole_job(call, runtime) if _counts(runtime.settings) else call.args
        _check_time_limit(runtime, job)
        await _check_one_job(call, runtime, job)
        await _check_all_jobs(call, runtime)
    elif call.operation.starts == "change" and is_given(call.args.get("JobSpecs")):
        await _check_one_job(call, runtime, call.args)
        if runtime.settings.max_running_gpus is not None:
            await _check_all_jobs(call, runtime)


def _counts(limits: Settings) -> bool:
    """Whether a limit looks into the job, so that its template has to be read."""
    counted = limits.max_gpus_per_job is not None or limits.max_running_gpus is not None
    return counted or limits.require_max_running_time


def _check_time_limit(runtime: Runtime, job: Mapping[str, Any]) -> None:
    limit = job.get("JobMaxRunningTimeMinutes")
    if runtime.settings.require_max_running_time and not (isinstance(limit, int) and limit > 0):
        raise PolicyDenied(
            "This server wants a running-time limit on every job (require_max_running_time).",
            rule="R22",
            field="job_max_running_time_minutes",
        )


async def _check_one_job(call: Call, runtime: Runtime, job: Mapping[str, Any]) -> None:
    most = runtime.settings.max_gpus_per_job
    if most is None and runtime.settings.max_running_gpus is None:
        return
    is_estimated = any(value for _, value in walk(job, ESTIMATED))
    count = None if is_estimated else await gpu_count.of_specs(call, runtime, job.get("JobSpecs"))
    if count is None:
        raise PolicyDenied(
            "The GPUs of this job cannot be counted, and this server limits them (max_gpus_per_job, max_running_gpus).",
            field="JobSpecs",
        )
    call.known.job_gpus = count
    if most is not None and count > most:
        raise PolicyDenied(
            f"The job asks for {count:g} GPUs; the limit is {most} (max_gpus_per_job).", field="JobSpecs"
        )


async def _check_all_jobs(call: Call, runtime: Runtime) -> None:
    limits = runtime.settings
    if limits.max_running_jobs is None and limits.max_running_gpus is None:
        return
    call.known.counted_at = runtime.now()
    call.known.active = active = await active_jobs(call, runtime)
    reservations.check_limits(runtime, active.jobs + 1, active.gpus + call.known.job_gpus)


async def active_jobs(call: Call, runtime: Runtime) -> ActiveJobs:
    """Count the account's own jobs that have not ended, over all pages, workspaces and regions; but for the one to
    change."""
    found: dict[str, Mapping[str, Any]] = {}

    async def count(status: str, region: str) -> None:
        args = {"Status": status, "StartTime": EARLIEST, "ShowOwn": True, "FromAllWorkspaces": True}
        for row in await all_rows(runtime, "ListJobs", args, "Jobs", region, most_pages=MOST_PAGES):
            found[str(row.get("JobId"))] = row

    try:
        for region in await reservations.counted_regions(call, runtime):
            for status in ACTIVE:
                await count(status, region)
    except TooMany:
        raise PolicyDenied("More jobs are active than can be counted (max_running_jobs, max_running_gpus).") from None
    found.pop(str(call.args.get("JobId", "")), None)
    return ActiveJobs(len(found), await _gpus_held(call, runtime, list(found.values())), frozenset(found))


async def _gpus_held(call: Call, runtime: Runtime, jobs: list[Mapping[str, Any]]) -> float:
    if runtime.settings.max_running_gpus is None:
        return 0.0
    total = 0.0
    for job in jobs:
        asked = gpu_count.number(job.get("RequestGPU"))
        count = asked if asked is not None else await gpu_count.of_specs(call, runtime, job.get("JobSpecs"))
        if count is None:
            raise PolicyDenied("The GPUs of an active job cannot be counted (max_running_gpus).")
        total += count
    return total
