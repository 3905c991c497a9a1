"""``dlc_compare_jobs``: what differs between jobs, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.dlc.shapes import without_unset
from ..api.kinds import JobId
from ..errors import InvalidArguments, NotFound
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, need
from ..timestamps import seconds_of
from .diagnose.facts import gpu_hours_of
from .diagnose.reader import Reader, Want
from .diagnose.restarts import restart_facts
from .diagnose.subject import subject_of
from .differences import alike, differing, shown

SETUP = (
    "JobType", "JobSpecs", "UserCommand", "CodeSource", "DataSources", "Envs", "CustomEnvs", "Settings", "Priority",
    "ResourceId", "WorkspaceId", "UserId", "ThirdpartyLibs", "ThirdpartyLibDir", "UserVpc", "SchedulingStrategy",
    "CredentialConfig",
)  # fmt: skip
"""What a job was given; everything else of GetJob is its fate."""
MOST_ROWS = 40


class CompareJobs(Input):
    """What differs between two to five jobs: image, command, resources, code, data, settings, seconds in each phase,
    restarts, GPU hours and how they ended; what is alike is only named. Environment values are compared, not shown."""

    job_ids: list[JobId] = need("Two to five jobs; the first is what the others are compared with.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the jobs side by side and show the rows that are not alike."""
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
    return Outcome(_described(ids, facts))


def _facts(job: Mapping[str, Any], listed: Mapping[str, Any], now: float) -> dict[str, Any]:
    """One job as what it was given, then what became of it."""
    subject = subject_of(job, now)
    row: Mapping[str, Any] = without_unset(next(iter(listed.get("Jobs") or []), {}))
    given = without_unset(job)
    facts = {name: given[name] for name in SETUP if name in given}
    facts |= {"JobMaxRunningTimeMinutes": row.get("JobMaxRunningTimeMinutes"), "Status": subject.status}
    facts |= {"ReasonCode": job.get("ReasonCode"), "ReasonMessage": job.get("ReasonMessage")}
    facts |= {"seconds_in": _phases(job, now), "restarts": restart_facts(subject)[0].get("count", 0)}
    facts |= {"gpu_hours": gpu_hours_of(subject), "pods": len(subject.pods)}
    return facts


def _phases(job: Mapping[str, Any], now: float) -> dict[str, int]:
    """Seconds in each state, over all times that the job was in it; final states take none."""
    total: dict[str, int] = {}
    for one in job.get("StatusHistory") or []:
        start, end = seconds_of(one.get("StartTime")), seconds_of(one.get("EndTime"))
        status = str(one.get("Status"))
        if start is not None and status not in ("Succeeded", "Failed", "Stopped"):
            total[status] = total.get(status, 0) + int((end or now) - start)
    return total


def _described(ids: list[str], facts: list[dict[str, Any]]) -> dict[str, Any]:
    rows = differing(facts)
    rows_shown = [{"field": path, **dict(zip(ids, shown(path, values), strict=True))} for path, values in rows]
    data: dict[str, Any] = {"differs": rows_shown[:MOST_ROWS], "alike": ", ".join(alike(facts))}
    if len(rows_shown) > MOST_ROWS:
        data["left_out"] = f"{len(rows_shown) - MOST_ROWS} more fields differ"
    return data
