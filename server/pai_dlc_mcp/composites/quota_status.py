"""``dlc_quota_status``: what quotas have, what is used and free of it, who holds it and who waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import amounts
from ..amounts import Amounts
from ..api.kinds import QuotaId, WorkspaceId
from ..cloud.people import with_names
from ..cloud.quotas import GET_QUOTA, KINDS, LIST_QUOTAS, LIST_WORKLOADS, Quota, is_reachable, quota_from, usable
from ..errors import NotFound, PolicyDenied
from ..guards.discovery.ledger import Seen, remember
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, may
from ..state import StateUnavailable
from ..timestamps import iso, seconds_of
from .diagnose.reader import Reader, Want

MOST_QUOTAS, MOST_JOBS, MOST_WORKSPACES, LISTED_ROWS = 12, 20, 6, 100
HOLDERS_IN_A_ROW = 3
HOLDING = ("Running", "EnvPreparing", "SanityChecking", "Restarting", "Stopping")
"""States in which a job has its resources."""
EARLIEST = "2018-01-01T00:00:00Z"
"""Before the service's first job: without a start time it lists the last seven days."""


class QuotaStatus(Input):
    """What quotas have in total, used and free, their parent, who holds them (jobs and users) and who waits."""

    quota_id: QuotaId | None = may("One quota, with its jobs and queue; all that can be used by default.", hint=True)
    workspace_id: WorkspaceId | None = may("Quotas that this workspace can use.", hint=True)


@dataclass
class _Found:
    """What was read: quotas by id, names of those that a workspace can use, and the jobs of all of them."""

    quotas: dict[str, Quota] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    holders: list[Mapping[str, Any]] = field(default_factory=list)
    waiting: list[Mapping[str, Any]] = field(default_factory=list)
    workloads: list[Mapping[str, Any]] | None = None

    def within(self, quota_id: str) -> frozenset[str]:
        """A quota and those below it: what they hold, it holds."""
        inside, grown = {quota_id}, True
        while grown:
            below = {one.id for one in self.quotas.values() if one.parent in inside}
            below |= {child for one in inside & self.quotas.keys() for child in self.quotas[one].children}
            grown = not below <= inside
            inside |= below
        return frozenset(inside)


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Which quotas, then what they have, then who holds them.

    Raises:
        PolicyDenied: a quota that no workspace of this server can use.
        NotFound: nothing shows a quota of that id.
    """
    inputs = call.inputs_as(QuotaStatus)
    reader, found = Reader(call, runtime, requests=0), _Found()
    if not is_reachable(runtime):
        reader.missed.append("PAI Studio: not asked, the endpoints are replaced; totals are not known")
    chosen = await _choose(reader, runtime, inputs, found)
    await _read_jobs(reader, inputs, found, chosen)
    await _name_users(call, runtime, found)
    await _remember(call, runtime, found, chosen)
    detail = await _detail(runtime, found, inputs.quota_id) if inputs.quota_id else {}
    data = {"quotas": [_row(found, one) for one in chosen[:MOST_QUOTAS]], **detail, "not_read": reader.missed[:4]}
    left = len(chosen) - MOST_QUOTAS
    return Outcome(
        {name: value for name, value in data.items() if value or name == "quotas"},
        truncated={"quotas_left": left, "hint": "name a workspace_id or a quota_id"} if left > 0 else None,
    )


async def _choose(reader: Reader, runtime: Runtime, inputs: QuotaStatus, found: _Found) -> list[str]:
    """The ids that are shown: the one that is asked for, or what the workspaces can use by their resources."""
    allowed = runtime.settings.workspaces
    workspaces = [inputs.workspace_id] if inputs.workspace_id else list(allowed[:MOST_WORKSPACES])
    answers = await reader.read(_first_wants(runtime, inputs, workspaces))
    for (kind, _), answer in answers.items():
        if kind == "usable":
            found.names |= usable(answer)
        else:
            rows = answer.get("Quotas") if kind == "listed" else [answer]
            parsed = (quota_from(row) for row in _objects(rows))
            found.quotas |= {one.id: one for one in parsed if one.id}
    wanted = inputs.quota_id
    if wanted:
        quota = found.quotas.get(wanted)
        if allowed and wanted not in found.names and not set(quota.workspaces if quota else ()) & set(allowed):
            raise PolicyDenied("No workspace of this server can use that quota (workspaces).", field="quota_id")
        if quota is None and wanted not in found.names and is_reachable(runtime):
            raise NotFound(f"No quota {wanted[:60]!r} is shown: {'; '.join(reader.missed)[:300]}", field="quota_id")
        chosen = [wanted]
    else:
        chosen = list(found.names)
    missing = [one for one in chosen if one not in found.quotas]
    parents = {quota.parent for one in chosen if (quota := found.quotas.get(one))} - found.quotas.keys() - {""}
    await _complete(reader, runtime, found, [*missing, *sorted(parents)][:MOST_QUOTAS])
    return sorted(chosen, key=lambda one: (one not in found.quotas, _name(found, one)))


def _first_wants(runtime: Runtime, inputs: QuotaStatus, workspaces: list[str]) -> dict[tuple[str, str], Want]:
    of = {one: {"WorkspaceId": one, "Option": "ListResourceByWorkspace"} for one in workspaces}
    of = of or {"": {"Option": "ListResource"}}
    more: dict[str, Any] = {"ResourceTypes": KINDS, "PageSize": LISTED_ROWS, "Verbose": True}
    wants = {
        ("usable", one): Want("ListResources", args | more, f"what {one or 'the account'} can use")
        for one, args in of.items()
    }
    if is_reachable(runtime):
        narrow = {"WorkspaceIds": ",".join(workspaces)} if workspaces and not inputs.quota_id else {}
        wants["listed", ""] = Want(LIST_QUOTAS, narrow, "quotas of PAI Studio")
        if inputs.quota_id:
            wants["one", ""] = Want(GET_QUOTA, {"QuotaId": inputs.quota_id}, "the quota")
    return wants


async def _complete(reader: Reader, runtime: Runtime, found: _Found, ids: Iterable[str]) -> None:
    """Quotas that the list did not show, and the parents of those that are shown."""
    if is_reachable(runtime):
        wants = {one: Want(GET_QUOTA, {"QuotaId": one}, f"quota {one[:40]}") for one in ids}
        parsed = (quota_from(answer) for answer in (await reader.read(wants)).values())
        found.quotas |= {one.id: one for one in parsed if one.id}


async def _read_jobs(reader: Reader, inputs: QuotaStatus, found: _Found, chosen: list[str]) -> None:
    """Who holds the chosen quotas, and who waits: of one quota as PAI Studio orders them, else by the list of jobs."""
    if not chosen:
        return
    inside = sorted(frozenset().union(*(found.within(one) for one in chosen[:MOST_QUOTAS])))
    args: dict[str, Any] = {"ResourceIds": ",".join(inside), "StartTime": EARLIEST, "PageSize": LISTED_ROWS}
    args |= {"ShowOwn": False}
    wants = {
        status: Want("ListJobs", args | {"Status": status}, f"{status} jobs of the quotas")
        for status in (*HOLDING, "Queuing")
    }
    if inputs.quota_id and is_reachable(reader.runtime):
        wants["workloads"] = Want(LIST_WORKLOADS, {"QuotaId": inputs.quota_id}, "queue of PAI Studio")
    answers = await reader.read(wants)
    allowed = reader.runtime.settings.workspaces
    for status, answer in answers.items():
        rows = list(_objects(answer.get("Workloads" if status == "workloads" else "Jobs")))
        rows = [row for row in rows if not allowed or str(row.get("WorkspaceId")) in allowed]
        if status == "workloads":
            found.workloads = rows if answer else None
        elif status == "Queuing":
            found.waiting += rows
        else:
            found.holders += rows


def _objects(rows: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _name(found: _Found, quota_id: str) -> str:
    quota = found.quotas.get(quota_id)
    return (quota.name if quota else "") or found.names.get(quota_id, "")


def _of(found: _Found, quota_id: str, jobs: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The jobs in a quota and below it, the largest first."""
    inside = found.within(quota_id)
    mine = [job for job in jobs if str(job.get("ResourceId")) in inside]
    return sorted(mine, key=lambda job: [-(amounts.amount(job.get(f"Request{one}")) or 0.0) for one in amounts.NAMES])


def _row(found: _Found, quota_id: str) -> dict[str, Any]:
    """One quota as a line; what is not known is left out, never shown as zero."""
    quota, holders = found.quotas.get(quota_id), _of(found, quota_id, found.holders)
    row: dict[str, Any] = {"QuotaId": quota_id, "QuotaName": _name(found, quota_id)}
    if quota is not None:
        used = quota.used or amounts.summed(holders)
        free = quota.free or amounts.minus(quota.total, used)
        row |= {"ResourceType": quota.kind, "Status": quota.status, "GPUType": quota.gpu_type}
        row |= {"total": _stated(quota.total)}
        row |= {"used": _stated(used) if quota.total else "", "free": _stated(free), "parent": _parent(found, quota)}
    shown = [
        f"{_asked(job)} {job.get('JobId')} {_quoted(job.get('DisplayName'))} of {_quoted(_user(job))}"
        for job in holders[:HOLDERS_IN_A_ROW]
    ]
    shown += [f"and {len(holders) - HOLDERS_IN_A_ROW} more"] if len(holders) > HOLDERS_IN_A_ROW else []
    row |= {"holders": "; ".join(shown), "waiting": len(_of(found, quota_id, found.waiting))}
    return {name: value for name, value in row.items() if value not in (None, "")}


def _stated(known: Amounts) -> str:
    return amounts.describe(known) if known else ""


def _parent(found: _Found, quota: Quota) -> str:
    above = found.quotas.get(quota.parent)
    free = f" (free {_stated(above.free)})" if above is not None and above.free else ""
    return f"{quota.parent}{free}" if quota.parent else ""


def _asked(job: Mapping[str, Any]) -> str:
    asked = amounts.asked_by(job)
    return amounts.describe({name: asked[name] for name in asked if name != "Memory"} or asked)


def _quoted(name: Any) -> str:
    """A name in a line of ours: somebody else's word."""
    return json.dumps(str(name), ensure_ascii=False)


def _user(job: Mapping[str, Any]) -> str:
    return str(job.get("UserName") or job.get("Username") or job.get("UserId") or "?")


async def _detail(runtime: Runtime, found: _Found, quota_id: str) -> dict[str, Any]:
    """The jobs that hold one quota and those that wait, a line each, and what nobody shown here holds."""
    holders, now = _of(found, quota_id, found.holders), runtime.now()
    detail: dict[str, Any] = {"holders": [_job_row(job, now) for job in holders[:MOST_JOBS]]}
    detail["queue"] = _queue(found, quota_id, now)
    quota = found.quotas.get(quota_id)
    if quota is not None and quota.used:
        rest = amounts.minus(quota.used, amounts.summed(holders))
        rest = {name: value for name, value in rest.items() if value > 0}
        detail["held_by_others"] = (
            _stated(rest) and f"{_stated(rest)}: other kinds of work, or jobs that are not shown here"
        )
        detail["sub_quotas"] = list(quota.children)
        detail["queue_strategy"] = quota.strategy
    return detail


def _job_row(job: Mapping[str, Any], now: float) -> dict[str, Any]:
    began = seconds_of(job.get("GmtRunningTime")) or seconds_of(job.get("GmtCreateTime"))
    row = {"JobId": job.get("JobId"), "DisplayName": job.get("DisplayName"), "user": _user(job)}
    row |= {"holds": amounts.describe(amounts.asked_by(job)), "Status": job.get("Status")}
    row |= {"Priority": job.get("Priority") or None, "ResourceId": job.get("ResourceId")}
    row |= {"hours": round((now - began) / 3600, 1) if began is not None else None}
    return {name: value for name, value in row.items() if value not in (None, "")}


def _queue(found: _Found, quota_id: str, now: float) -> list[dict[str, Any]]:
    """In the order in which they are to start: PAI Studio's positions, or priority and age."""
    if found.workloads is not None:
        ordered = sorted(found.workloads, key=lambda one: int(amounts.amount(one.get("Position")) or 0))
        return [_workload_row(one, now) for one in ordered[:MOST_JOBS]]
    waiting = _of(found, quota_id, found.waiting)
    waiting.sort(key=lambda job: (-int(job.get("Priority") or 1), str(job.get("GmtCreateTime"))))
    return [_job_row(job, now) for job in waiting[:MOST_JOBS]]


def _workload_row(one: Mapping[str, Any], now: float) -> dict[str, Any]:
    resource = one.get("Resource")
    asked = (
        {name: amounts.amount(resource.get(name)) for name in amounts.NAMES} if isinstance(resource, Mapping) else {}
    )
    since = seconds_of(one.get("GmtEnqueuedTime"))
    row = {"position": one.get("Position"), "JobId": one.get("WorkloadId"), "DisplayName": one.get("WorkloadName")}
    row |= {"user": _user(one), "asks": amounts.describe({name: value for name, value in asked.items() if value})}
    row |= {"Priority": one.get("Priority"), "kind": one.get("WorkloadType"), "since": iso(since) if since else None}
    row |= {"hours": round((now - since) / 3600, 1) if since else None, "held_by_rule": one.get("Reason")}
    return {name: value for name, value in row.items() if value not in (None, "")}


async def _name_users(call: Call, runtime: Runtime, found: _Found) -> None:
    """Names beside the ids of those who hold and wait, as far as the members of their workspaces tell them."""
    groups = (found.holders, found.waiting, found.workloads or [])
    named = await with_names(call, runtime, [row for group in groups for row in group])
    for group in groups:
        group[:], named = named[: len(group)], named[len(group) :]


async def _remember(call: Call, runtime: Runtime, found: _Found, chosen: list[str]) -> None:
    """R05: what is shown here confirms a quota id in a later create."""
    known = [one for one in chosen[:MOST_QUOTAS] if one in found.quotas or one in found.names]
    shown = [Seen(one, {"Name": _name(found, one)}, runtime.now(), call.tool.name) for one in known]
    try:
        await remember(runtime, call.caller, call.region, "quota", shown)
    except StateUnavailable as failure:
        call.notice("R05", f"The quotas shown could not be remembered for later creates: {failure.message}")
