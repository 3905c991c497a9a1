"""``dlc_compare_jobs``: what differs between jobs in what they were given, how they ran and why they ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from statistics import mean
from typing import Any

import anyio

from ..api.dlc.shapes import without_unset
from ..api.kinds import JobId
from ..errors import InvalidArguments, NotFound
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, need
from ..timestamps import iso, seconds_of
from .diagnose.facts import gpu_hours_of
from .diagnose.material import Material, want_metric
from .diagnose.reader import Reader, Want
from .diagnose.restarts import restart_facts
from .diagnose.subject import Subject, subject_of
from .differences import alike, differing, shown

SETUP = (
    "JobType", "JobSpecs", "UserCommand", "CodeSource", "DataSources", "Envs", "CustomEnvs", "Settings", "Priority",
    "ResourceId", "WorkspaceId", "UserId", "ThirdpartyLibs", "ThirdpartyLibDir", "UserVpc", "SchedulingStrategy",
    "CredentialConfig",
)  # fmt: skip
"""What a job was given; everything else of GetJob is its fate."""
MOST_ROWS = 40
METRICS = {"GpuCoreUsage": "gpu_percent", "MemoryUsage": "memory_percent"}
PACE = ("step", "of", "loss", "seconds_per_step", "throughput")
FATE_S, REQUESTS_PER_JOB, POINTS = 15.0, 9, 120
"""Seconds for all causes and metrics together, reads for those of one job, and points of a curve."""


class CompareJobs(Input):
    """What differs between two to five jobs: setup, seconds in each phase, restarts, GPU hours, use of GPUs and memory,
    pace, and why they ended; what is alike is only named."""

    job_ids: list[JobId] = need("Two to five jobs; the first is what the others are compared with.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the jobs side by side and show the rows that are not alike."""
    from ..redaction.engine import secret_values_off_loop  # start-up: saves 5 ms, the patterns of secrets

    inputs = call.inputs_as(CompareJobs)
    ids = list(dict.fromkeys(inputs.job_ids))
    if not 2 <= len(ids) <= 5:
        raise InvalidArguments("Give two to five different jobs.", field="job_ids")
    reader = Reader(call, runtime, requests=0)
    wants = {("job", one): Want("GetJob", {"JobId": one}, f"job {one}") for one in ids}
    wants |= {("listed", one): Want("ListJobs", {"JobId": one, "PageSize": 1}, f"limit of {one}") for one in ids}
    answers = await reader.read(wants)
    jobs = [answers.get(("job", one)) or {} for one in ids]
    if not all(jobs):
        raise NotFound(f"Not all jobs could be read: {'; '.join(reader.missed)[:400]}", field="job_ids")
    call.known.job = {"Jobs": jobs}
    facts = [_facts(job, answers.get(("listed", one)) or {}, runtime.now()) for one, job in zip(ids, jobs, strict=True)]
    missed: list[str] = []

    async def look(place: int) -> None:
        facts[place] |= await _fate(call, runtime, jobs[place], missed)

    with anyio.move_on_after(FATE_S) as limit:
        async with anyio.create_task_group() as group:
            for place in range(len(jobs)):
                group.start_soon(look, place)
    missed += ["causes and metrics of some jobs: not read in time"] if limit.cancelled_caught else []
    secrets = await secret_values_off_loop(call.known.job)
    return Outcome(_described(ids, facts, secrets) | ({"not_read": missed[:4]} if missed else {}))


async def _fate(call: Call, runtime: Runtime, job: Mapping[str, Any], missed: list[str]) -> dict[str, Any]:
    """Why a job that did not succeed ended or how it does, by the code of the diagnosis; its use of the machines."""
    from ..redaction.engine import secret_values  # start-up: saves 5 ms, the patterns of secrets
    from .diagnose.examine import examine  # start-up: saves 150 ms, the tables of causes

    subject = subject_of(job, runtime.now())
    secrets = frozenset(secret_values(job))
    reader = Reader(call, runtime, secrets, requests=0, seconds=FATE_S, most_requests=REQUESTS_PER_JOB)
    facts: dict[str, Any] = {}
    material = Material(subject)
    material.take(await reader.read(_over_its_run(subject, call.region)))
    for kind, name in METRICS.items():
        values = [value for points in material.metrics.get(kind, {}).values() for _, value in points]
        facts |= {f"{name}_mean": round(mean(values), 1), f"{name}_most": round(max(values), 1)} if values else {}
    verdict = await examine(reader, subject)
    facts |= {"cause": verdict.cause, "causal_pod": verdict.pod}
    pace = verdict.facts.get("progress") or verdict.facts.get("last_metrics") or {}
    facts |= {name: pace[name] for name in PACE if isinstance(pace, Mapping) and name in pace}
    missed += [line for line in reader.missed if line not in missed]
    return facts


def _over_its_run(subject: Subject, region: str) -> dict[tuple[str, str], Want]:
    """The metrics from the job's start to its end, in at most ``POINTS`` steps."""
    start = seconds_of(subject.job.get("GmtRunningTime"))
    if start is None:
        return {}
    end = seconds_of(subject.job.get("GmtFinishTime")) or subject.now
    step = f"{max(60, int((end - start) / POINTS))}s"
    each = [want_metric(subject, kind, iso(start), iso(end), step, region) for kind in METRICS]
    return {key: want for wants in each for key, want in wants.items()}


def _facts(job: Mapping[str, Any], listed: Mapping[str, Any], now: float) -> dict[str, Any]:
    """One job as what it was given, then what became of it."""
    subject = subject_of(job, now)
    row: Mapping[str, Any] = without_unset(next(iter(listed.get("Jobs") or []), {}))
    given = without_unset(job)
    facts = {name: given[name] for name in SETUP if name in given}
    facts = {"DisplayName": job.get("DisplayName")} | facts
    facts |= {"JobMaxRunningTimeMinutes": row.get("JobMaxRunningTimeMinutes"), "Status": subject.status}
    facts |= {"ReasonCode": job.get("ReasonCode"), "ReasonMessage": overview_of(job.get("ReasonMessage"))}
    facts |= {"seconds_in": _phases(job, now), "restarts": restart_facts(subject)[0].get("count", 0)}
    facts |= {"gpu_hours": gpu_hours_of(subject), "pods": len(subject.pods)}
    return facts


def overview_of(reason: Any) -> Any:
    """The overview of a reason that is written as JSON; any other as it is."""
    try:
        return json.loads(str(reason))["overview"]
    except (ValueError, TypeError, KeyError):
        return reason


def _phases(job: Mapping[str, Any], now: float) -> dict[str, int]:
    """Seconds in each state, over all times that the job was in it; final states take none."""
    total: dict[str, int] = {}
    for one in job.get("StatusHistory") or []:
        start, end = seconds_of(one.get("StartTime")), seconds_of(one.get("EndTime"))
        status = str(one.get("Status"))
        if start is not None and status not in ("Succeeded", "Failed", "Stopped"):
            total[status] = total.get(status, 0) + int((end or now) - start)
    return total


def _described(ids: list[str], facts: list[dict[str, Any]], secrets: frozenset[str]) -> dict[str, Any]:
    rows = differing(facts)
    rows_shown = [{"field": path, **dict(zip(ids, shown(path, values, secrets), strict=True))} for path, values in rows]
    data: dict[str, Any] = {"differs": rows_shown[:MOST_ROWS], "alike": ", ".join(alike(facts))}
    if len(rows_shown) > MOST_ROWS:
        data["left_out"] = f"{len(rows_shown) - MOST_ROWS} more fields differ"
    return data
