"""How much: GPUs a job, jobs and GPUs at once, creates an hour, a time limit that must be set."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_args

import anyio

from ...api.dlc.jobs import Status
from ...api.kinds import INSTANCE_TYPE
from ...cloud.reads import EARLIEST, TooMany, all_rows
from ...config.settings import Settings
from ...errors import NextStep, PaiError, PolicyDenied
from ...operation import CREATE, snake
from ...runtime import ActiveJobs, Call, Runtime
from ...shapes import values_under, walk
from ..creates import reservations
from ..effects.job_states import FINAL
from ..validation.rule import is_given
from ..validation.templates import whole_job
from . import gpu_count, scope

ACTIVE: tuple[str, ...] = tuple(status for status in get_args(Status) if status not in FINAL)
"""States of a job that has not ended; each is listed by itself, so that old jobs that have ended cost nothing."""
MOST_PAGES = 50
MOST_AT_ONCE = 12
"""Lists of jobs that are read side by side."""
TIME_LIMITS = ("JobMaxRunningTimeMinutes", "MaxRunningTimeMinutes", "MaxRuntimeMinutes")
"""Arguments that end what a call starts."""
HELD = (
    ("JobReservedMinutes", re.compile("jobreservedminutes$"), 1.0),
    ("TerminationGracePeriodSeconds", re.compile("terminationgraceperiodseconds$"), 1 / 60),
)
"""What keeps a job's pods beyond its end, wherever it stands, and how many minutes one of it is. A pod's time to end,
some seconds as a rule, is looked at by itself."""
ESTIMATED = "Settings.DataJuicerConfig.EnableResourceEstimation"
"""Where a job asks the service to size it by an estimate, whatever its specs say."""


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a create that would go over a limit.

    Raises:
        PolicyDenied: it would, or it cannot be counted.
        CloudFailure: the active jobs cannot be read.
    """
    _check_time_limits(call, runtime)
    if CREATE in (call.tool.effect, *call.operation.risks):
        await reservations.check_hourly(runtime)
    if call.operation.starts == "job":
        job = await whole_job(call, runtime) if _counts(runtime.settings) else call.args
        _check_time_limit(call, runtime, job)
        await _check_one_job(call, runtime, job)
        await _check_all_jobs(call, runtime)
    elif call.operation.starts == "change" and is_given(call.args.get("JobSpecs")):
        await _check_one_job(call, runtime, call.args)
        if runtime.settings.max_running_gpus is not None:
            await _check_all_jobs(call, runtime)
    elif call.operation.starts == "instance":
        await _check_instance(call, runtime)


def _check_time_limits(call: Call, runtime: Runtime) -> None:
    """No time limit is longer than the operator's longest."""
    longest = runtime.settings.max_running_time_minutes
    for name in TIME_LIMITS if longest is not None else ():
        asked = gpu_count.number(call.args.get(name))
        if asked is not None and longest is not None and asked > longest:
            raise PolicyDenied(
                f"{snake(name)} is {asked:g}; the longest that this server lets a call ask for is {longest} "
                "(max_running_time_minutes).",
                field=snake(name),
                next=[NextStep(call.tool.name, {snake(name): longest}, "The longest limit, with the other arguments.")],
            )


async def _check_instance(call: Call, runtime: Runtime) -> None:
    """Machines beside jobs: image builds, history servers, TensorBoards."""
    limits = runtime.settings
    has_limit = next((name for name in TIME_LIMITS if snake(name) in call.operation.fields), None)
    if limits.require_max_running_time and has_limit is not None and not gpu_count.number(call.args.get(has_limit)):
        raise PolicyDenied(
            f"This server wants a running-time limit (require_max_running_time): give {snake(has_limit)}.",
            field=snake(has_limit),
        )
    if limits.max_gpus_per_job is None and limits.max_running_gpus is None:
        return
    types = [str(value) for leaf in call.operation.leaves if leaf.kind is INSTANCE_TYPE
             for _, value in walk(call.args, leaf.path) if value]  # fmt: skip
    counts = [await gpu_count.of_instance(call, runtime, instance) for instance in types]
    if any(count is None for count in counts):
        raise PolicyDenied("The GPUs of this instance cannot be counted (max_gpus_per_job, max_running_gpus).")
    gpus = sum(count for count in counts if count is not None)
    if limits.max_gpus_per_job is not None and gpus > limits.max_gpus_per_job:
        raise PolicyDenied(f"This asks for {gpus:g} GPUs; the limit is {limits.max_gpus_per_job} (max_gpus_per_job).")
    if gpus and limits.max_running_gpus is not None:
        active = await active_jobs(call, runtime)
        reservations.check_limits(runtime, active.jobs, active.gpus + gpus)


def _counts(limits: Settings) -> bool:
    """Whether a limit looks into the job, so that its template has to be read."""
    counted = limits.max_gpus_per_job is not None or limits.max_running_gpus is not None
    return counted or limits.require_max_running_time or limits.max_running_time_minutes is not None


def _check_time_limit(call: Call, runtime: Runtime, job: Mapping[str, Any]) -> None:
    """A job has a time limit where the operator wants one, and none that is longer than theirs."""
    limit, longest = job.get("JobMaxRunningTimeMinutes"), runtime.settings.max_running_time_minutes
    minutes = gpu_count.number(limit)  # a template may hold it as text
    if longest is not None and minutes is not None and minutes > longest:
        raise PolicyDenied(
            f"The template's time limit is {minutes:g} minutes; this server allows {longest} "
            "(max_running_time_minutes).",
            field="job_max_running_time_minutes",
        )
    if longest is not None:
        _check_held(call, job, minutes or 0.0, longest)
    if runtime.settings.require_max_running_time and not (isinstance(limit, int) and limit > 0):
        raise PolicyDenied(
            "This server wants a running-time limit on every job (require_max_running_time).",
            rule="R22",
            field="job_max_running_time_minutes",
        )


def _check_held(call: Call, job: Mapping[str, Any], minutes: float, longest: int) -> None:
    """What keeps a job's pods after its end keeps its machines: it counts like time that the job runs, and so does
    the time that a pod is given to end."""
    for name, spelled, unit in HELD:
        found = [gpu_count.number(value) for value in values_under(job, spelled, scope.opaque_fields(call.tool))]
        held = max([unit * one for one in found if one is not None], default=0.0)
        if held and (minutes if unit == 1 else 0.0) + held > longest:
            raise PolicyDenied(
                f"{name} keeps the job's machines for {held:g} minutes more, beside {minutes:g} of running; the "
                f"longest that this server allows is {longest} in all (max_running_time_minutes).",
                field=f"settings.{name}",
            )


async def _check_one_job(call: Call, runtime: Runtime, job: Mapping[str, Any]) -> None:
    most = runtime.settings.max_gpus_per_job
    if most is None and runtime.settings.max_running_gpus is None:
        return
    ((_, is_estimated),) = walk(job, ESTIMATED)
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
    regions = await reservations.counted_regions(call, runtime)
    found: dict[str, Mapping[str, Any]] = {}
    limiter, is_too_many = anyio.CapacityLimiter(MOST_AT_ONCE), []

    async def count(status: str, region: str) -> None:
        args = {"Status": status, "StartTime": EARLIEST, "ShowOwn": True, "FromAllWorkspaces": True}
        async with limiter:
            try:
                rows = await all_rows(runtime, "ListJobs", args, "Jobs", region, most_pages=MOST_PAGES)
            except TooMany:
                is_too_many.append(status)
                return
        found.update({str(row.get("JobId")): row for row in rows})

    await _side_by_side(count, [(status, region) for region in regions for status in ACTIVE])
    if is_too_many:
        raise PolicyDenied("More jobs are active than can be counted (max_running_jobs, max_running_gpus).")
    if "JobId" in call.args:
        found.pop(str(call.args["JobId"]), None)
    return ActiveJobs(len(found), await _gpus_held(call, runtime, list(found.values())), frozenset(found))


async def _side_by_side(count: Callable[[str, str], Awaitable[None]], asked: list[tuple[str, str]]) -> None:
    """All counts at once; of several failures the first is raised as itself.

    Raises:
        PaiError: a list cannot be read.
    """
    failures: list[PaiError] = []

    async def one(status: str, region: str) -> None:
        try:
            await count(status, region)
        except PaiError as failure:
            failures.append(failure)

    async with anyio.create_task_group() as group:
        for status, region in asked:
            group.start_soon(one, status, region)
    if failures:
        raise failures[0]


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
