"""``dlc_survey_jobs``: many jobs, a line each: who, where, state, and the cause or the last sign of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import anyio

from ..api.kinds import Timestamp
from ..cloud.people import with_names
from ..errors import PaiError, PolicyDenied
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, may
from ..timestamps import iso, seconds_of
from .diagnose.reader import Reader, Want
from .diagnose.subject import Subject, subject_of
from .diagnose.text import short

if TYPE_CHECKING:
    from .diagnose.verdict import Verdict

SURVEY_S = 15.0
"""For the diagnoses together; a job that is not done by then is shown without one."""
AT_ONCE, REQUESTS_PER_JOB = 4, 9
MOST_JOBS, DEFAULT_JOBS, MOST_WORKSPACES = 20, 10, 6
LISTED_DAYS = 30
FINISHED = ("Failed", "Succeeded", "Stopped")
ACTIVE = ("Running", "Queuing", "EnvPreparing", "Creating", "Restarting", "Bidding", "SanityChecking", "Stopping")
GROUPS: Mapping[str, tuple[str, ...]] = {"finished": FINISHED, "active": ACTIVE, "failed": ("Failed",), "": ("",)}
ENDED = ("finished", "failed")
"""Groups that are asked for by when the jobs ended."""
WHAT_CHARS = 110


class SurveyJobs(Input):
    """Many jobs, a line each: owner, workspace, state, since when, GPUs, and the cause of a failure, what it waits for,
    or last step and GPU use. At most 20, newest first."""

    workspace_id: str | None = may("Only jobs of this workspace.")
    status: Literal["active", "finished", "failed"] | None = may("Only such jobs; all by default.")
    order_by: Literal["created", "ended"] | None = may(
        "Newest by creation, or by end (default for jobs that have ended)."
    )
    display_name: str | None = may("Part of the name.")
    resource_id: str | None = may("Only jobs of this quota.")
    only_mine: bool | None = may("Only the caller's own jobs.")
    since: Timestamp | None = may("Created since; of finished or failed jobs: ended since.")
    max_jobs: int | None = may("Most jobs (default 10).", ge=1, le=MOST_JOBS)


@dataclass(frozen=True, slots=True)
class _Line:
    row: Mapping[str, Any]
    verdict: Verdict | None = None
    note: str = ""


async def run(call: Call, runtime: Runtime) -> Outcome:
    """List, take the newest, diagnose them side by side within the time, and show a line each.

    Raises:
        PolicyDenied: a workspace that this server may not touch.
        PaiError: no list could be read.
    """
    inputs = call.inputs_as(SurveyJobs)
    reader = Reader(call, runtime, requests=0)
    rows = await _listed(reader, runtime, inputs)
    chosen = rows[: inputs.max_jobs or DEFAULT_JOBS]
    lines: list[_Line] = [_Line(row, note="not diagnosed in time") for row in chosen]
    gate = anyio.Semaphore(AT_ONCE)

    async def one(place: int, row: Mapping[str, Any]) -> None:
        async with gate:
            lines[place] = await _line(call, runtime, row)

    with anyio.move_on_after(SURVEY_S):
        async with anyio.create_task_group() as group:
            for place, row in enumerate(chosen):
                group.start_soon(one, place, row)
    named = await with_names(call, runtime, [line.row for line in lines])
    lines = [replace(line, row=row) for line, row in zip(lines, named, strict=True)]
    data: dict[str, Any] = {"jobs": [_shown(line, runtime.now()) for line in lines], "not_read": reader.missed[:3]}
    data = {name: value for name, value in data.items() if value or name == "jobs"}
    left = len(rows) - len(chosen)
    return Outcome(data, truncated=_left(call, inputs, left) if left > 0 else None)


def _left(call: Call, inputs: SurveyJobs, left: int) -> dict[str, Any]:
    """How many jobs are not shown, and the call that shows more of them, as far as one call shows any."""
    given = {name: value for name, value in inputs.model_dump(exclude_none=True).items() if name != "max_jobs"}
    if inputs.max_jobs == MOST_JOBS:
        return {"jobs_left": left, "hint": f"one call shows {MOST_JOBS}: narrow it by status, name, workspace or since"}
    more = {"tool": call.tool.name, "arguments": {"region": call.region, **given, "max_jobs": MOST_JOBS}}
    return {"jobs_left": left, "more": more}


async def _listed(reader: Reader, runtime: Runtime, inputs: SurveyJobs) -> list[Mapping[str, Any]]:
    """The rows of ListJobs that are asked for, the newest first."""
    by_end = (inputs.order_by or ("ended" if inputs.status in ENDED else "created")) == "ended"
    field = "GmtFinishTime" if by_end else "GmtCreateTime"
    args: dict[str, Any] = {"SortBy": field, "Order": "desc", "PageNumber": 1, "PageSize": 2 * MOST_JOBS}
    oldest = iso(runtime.now() - LISTED_DAYS * 86_400)
    started = inputs.since if inputs.since and not by_end else min(inputs.since or oldest, oldest)
    args |= {"ShowOwn": bool(inputs.only_mine), "StartTime": started}
    args |= {"DisplayName": inputs.display_name} if inputs.display_name else {}
    args |= {"ResourceId": inputs.resource_id} if inputs.resource_id else {}
    allowed = runtime.settings.workspaces
    wants = {
        (workspace, status): Want(
            "ListJobs", args | _given(workspace, status), f"jobs of {workspace or 'all workspaces'}"
        )
        for workspace in _workspaces(inputs.workspace_id, allowed)
        for status in GROUPS[inputs.status or ""]
    }
    answers = await reader.read(wants)
    found = {str(row.get("JobId")): row for answer in answers.values() for row in _rows(answer)}
    rows = [row for row in found.values() if not allowed or str(row.get("WorkspaceId")) in allowed]
    least = seconds_of(inputs.since) or 0.0
    rows = [row for row in rows if (seconds_of(row.get(field)) or (0.0 if inputs.since else 1.0)) >= least]
    return sorted(rows, key=lambda row: str(row.get(field) or row.get("GmtCreateTime") or ""), reverse=True)


def _given(workspace: str, status: str) -> dict[str, str]:
    return {name: value for name, value in (("WorkspaceId", workspace), ("Status", status)) if value}


def _workspaces(named: str | None, allowed: tuple[str, ...]) -> list[str]:
    """The workspaces to list; the operator's, where there is a list of them."""
    if named is not None and allowed and named not in allowed:
        raise PolicyDenied(f"This server may not touch workspace {named[:40]} (workspaces).", field="workspace_id")
    if named is not None:
        return [named]
    return list(allowed[:MOST_WORKSPACES]) or [""]


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = answer.get("Jobs")
    return [row for row in rows if isinstance(row, Mapping) and row.get("JobId")] if isinstance(rows, list) else []


async def _line(call: Call, runtime: Runtime, row: Mapping[str, Any]) -> _Line:
    """One job, diagnosed by the same code as alone, from fewer reads."""
    from ..redaction.engine import secret_values_off_loop  # start-up: saves 5 ms, the patterns of secrets
    from .diagnose.examine import examine  # start-up: saves 150 ms, the tables of causes

    if str(row.get("Status")) == "Succeeded":
        return _Line(row)
    reader = Reader(call, runtime, requests=0, seconds=SURVEY_S, most_requests=REQUESTS_PER_JOB)
    try:
        answers = await reader.read({"job": Want("GetJob", {"JobId": str(row["JobId"])}, "the job")})
        job = answers.get("job") or {}
        if not job:
            return _Line(row, note="; ".join(reader.missed)[:WHAT_CHARS])
        reader.secrets = await secret_values_off_loop(job)
        subject = subject_of(job, runtime.now())
        return _Line({**row, **job}, await examine(reader, subject))
    except PaiError as error:
        return _Line(row, note=f"{error.code}: {error.message}"[:WHAT_CHARS])


def _shown(line: _Line, now: float) -> dict[str, Any]:
    """One row of the table. What it says of the job is ours: no word of a log stands in it."""
    row = line.row
    subject: Subject = subject_of(row, now)
    shown: dict[str, Any] = {name: row[name] for name in ("JobId", "DisplayName", "Status") if row.get(name)}
    shown["owner"] = row.get("Username") or row.get("UserId")
    shown["workspace"] = row.get("WorkspaceName") or row.get("WorkspaceId")
    at = seconds_of(row.get("GmtFinishTime")) or seconds_of(row.get("GmtRunningTime")) or seconds_of(subject.created)
    shown["since"] = iso(at) if at is not None else None
    gpus = row.get("RequestGPU")
    shown["GPU"] = f"{gpus:g}" if isinstance(gpus, int | float) else gpus
    verdict = line.verdict
    shown["quota"] = row.get("ResourceQuotaName") or row.get("ResourceId")
    shown["what"] = _what(verdict) if verdict is not None else line.note
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _what(verdict: Verdict) -> str:
    """The cause and where, or the last sign of life, in a few words."""
    pod = f" in {verdict.pod.partition('-')[2]}" if verdict.pod else ""
    parts = [f"{verdict.cause}{pod} ({verdict.confidence})"]
    progress, use = verdict.facts.get("progress"), verdict.facts.get("usage")
    if isinstance(progress, Mapping):
        of = f"/{progress['of']}" if progress.get("of") else ""
        parts += [f"step {progress['step']}{of}"] if progress.get("step") is not None else []
    if isinstance(use, Mapping) and use.get("mean") is not None:
        parts.append(f"{'GPU' if str(use.get('metric')).startswith('Gpu') else 'CPU'} {use['mean']:.0f} %")
    if verdict.facts.get("last_line_seconds") is not None:
        parts.append(f"last line {verdict.facts['last_line_seconds']} s ago")
    return short(", ".join(parts), WHAT_CHARS)
