"""How a job looks in an answer: the whole of GetJob, and the shorter item of ListJobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..accounts import name_of
from ..clock import iso
from ..world import World
from . import timeline
from .behaviour import Mark, within
from .creation import is_spot
from .output import fill, job_values, pod_values
from .pods import Pod, Replica, attempts, history, pod_at, pod_count, replicas
from .reasons import reason_of
from .resources import job_demand
from .state import Job

_ENDS = {"Succeeded": "GmtSuccessedTime", "Failed": "GmtFailedTime", "Stopped": "GmtStoppedTime"}
_KEPT = (
    "Accessibility", "CredentialConfig", "DisplayName", "Envs", "JobType", "SchedulingStrategy", "ThirdpartyLibs",
    "UserCommand", "WorkspaceId",
)  # fmt: skip
_NO_ELASTIC = {"AIMasterType": "", "EnableElasticTraining": False, "MaxParallelism": 0, "MinParallelism": 0}
_NO_NODES = {"EnableAssignNode": False, "NodeNames": ""}
_UNSET_AMOUNTS = {"CPU": "", "GPU": "", "GPUType": "", "Memory": "", "SharedMemory": ""}
_UNSET_SETTINGS = {
    "BusinessUserId": "", "Caller": "", "EnableErrorMonitoringInAIMaster": False, "EnableTideResource": False,
    "ErrorMonitoringArgs": "", "PipelineId": "",
}  # fmt: skip
"""How recorded answers write what was not set: empty texts, zeros and false, not absent fields."""


def job_detail(world: World, job: Job, need_detail: bool) -> dict[str, Any]:
    """The body of GetJob. Without detail: no pods and no history."""
    now = world.clock.now()
    demand = job_demand(job.args)
    body = _common(world, job, now) | {
        "CustomEnvs": job.args.get("CustomEnvs") or [],
        "Description": job.args.get("Description"),
        "RequestCPU": int(demand.cpu),
        "RequestGPU": demand.gpu,
        "RequestMemory": demand.memory,
        "RestartRecord": _restarts(job, now),
        "UserVpc": _vpc(job),
        "DataSources": _sources(job, ("DataSourceId", "MountPath", "Uri")),
    }
    if need_detail:
        body["Pods"] = [_pod(job, replica, now) for replica in replicas(job)] if attempts(job, now) else []
        body["StatusHistory"] = [_transition(job, mark, now) for mark in timeline.past(job, now)]
    return {key: value for key, value in body.items() if value is not None}


def job_item(world: World, job: Job) -> dict[str, Any]:
    """One line of ListJobs."""
    now = world.clock.now()
    demand = job_demand(job.args)
    body = _common(world, job, now) | {
        "EnablePreemptibleJob": is_spot(job.args),
        "GmtModifiedTime": iso(max(job.modified, timeline.current(job, now).start)),
        "IsDeleted": False,
        "NodeCount": str(pod_count(job)),
        "RequestCPU": int(demand.cpu),
        "RequestGPU": f"{demand.gpu:g}",
        "RequestMemory": f"{demand.memory:g}Gi",
        "ResourceQuotaName": _quota(world, job).get("Name"),
        "ResourceName": _quota(world, job).get("Name"),
        "TemplateName": getattr(world.training.templates.get(str(job.args.get("TemplateId"))), "name", None),
        "Username": name_of(job.user_id),
        "UserVpc": _vpc(job),
        "DataSources": _sources(job, ("DataSourceId", "MountPath")),
    }
    return {key: value for key, value in body.items() if value is not None}


def resource_type(world: World, job: Job) -> str:
    return str(_quota(world, job).get("ResourceType") or "ECS")


def _common(world: World, job: Job, now: float) -> dict[str, Any]:
    mark = timeline.current(job, now)
    code, message = reason_of(job, mark)
    body = {key: job.args[key] for key in _KEPT if job.args.get(key) is not None}
    return body | _times(job, now) | {
        "ClusterId": f"asi_{world.region}_pai_g01" if job.quota_id else "",
        "CodeSource": {"CodeSourceId": "", "MountPath": ""} | (job.args.get("CodeSource") or {}),
        "Duration": _duration(job, now),
        "ElasticSpec": _NO_ELASTIC | (job.args.get("ElasticSpec") or {}),
        "EnabledDebugger": False,
        "JobId": job.id,
        "JobMaxRunningTimeMinutes": job.args.get("JobMaxRunningTimeMinutes") or 0,
        "JobReplicaStatuses": _replicas(job, mark),
        "JobSpecs": [_spec(spec) for spec in job.args["JobSpecs"]],
        "Priority": job.priority(now),
        "ReasonCode": code,
        "ReasonMessage": message,
        "ResourceId": job.quota_id,
        "ResourceLevel": "L0",
        "ResourceType": resource_type(world, job),
        "RestartTimes": str(sum(one.status == "Restarting" for one in timeline.past(job, now))),
        "Settings": _settings(job),
        "Status": mark.status,
        "SubStatus": mark.sub_status,
        "TemplateId": job.args.get("TemplateId"),
        "TenantId": job.account_id,
        "ThirdpartyLibDir": job.args.get("ThirdpartyLibDir") or "",
        "UserId": job.user_id,
        "WorkspaceName": world.catalogue.workspaces.get(job.args["WorkspaceId"], {}).get("WorkspaceName", ""),
        "supportedProfilingTypes": "",
    }  # fmt: skip


def _times(job: Job, now: float) -> dict[str, str]:
    """The moments already passed; a moment to come has no field."""
    seen = timeline.past(job, now)
    found = {"GmtCreateTime": iso(job.created)}
    submitted = timeline.marks(job)[0].end
    if submitted is not None and submitted <= now:
        found["GmtSubmittedTime"] = iso(submitted)
    running = next((mark.start for mark in seen if mark.status == "Running"), None)
    if running is not None:
        found["GmtRunningTime"] = iso(running)
    if seen[-1].status in _ENDS:
        found |= {"GmtFinishTime": iso(seen[-1].start), _ENDS[seen[-1].status]: iso(seen[-1].start)}
    return found


def _duration(job: Job, now: float) -> int:
    """Seconds since the job was created, until now or its end (recorded: not since it began to run)."""
    end = timeline.end_time(job)
    return int((now if end is None or end > now else end) - job.created)


def _replicas(job: Job, mark: Mark) -> list[dict[str, Any]]:
    waiting = mark.status in ("Creating", "Queuing", "Bidding")
    active = mark.status in ("Running", "EnvPreparing", "SanityChecking", "Restarting")
    return [
        {"Type": spec.get("Type") or "Worker", "Active": count if active else 0, "Queuing": count if waiting else 0}
        for spec in job.args["JobSpecs"]
        for count in [int(spec.get("PodCount") or 1)]
    ]


def _settings(job: Job) -> dict[str, Any]:
    settings = _UNSET_SETTINGS | (job.args.get("Settings") or {})
    return settings | ({"Tags": dict(job.tags)} if job.tags else {})


def _spec(spec: dict[str, Any]) -> dict[str, Any]:
    unset: dict[str, Any] = {"EcsSpec": "", "UseSpotInstance": False}
    if spec.get("ResourceConfig"):
        unset["AssignNodeSpec"] = _NO_NODES
        return unset | spec | {"ResourceConfig": _UNSET_AMOUNTS | spec["ResourceConfig"]}
    return unset | spec


def _sources(job: Job, names: Iterable[str]) -> list[dict[str, Any]]:
    every = job.args.get("DataSources") or []
    return [
        {"MountPath": source.get("MountPath") or ""} | {name: source[name] for name in names if source.get(name)}
        for source in every
    ]


def _vpc(job: Job) -> dict[str, Any] | None:
    """The answer writes ExtendedCIDRs in another case than the request."""
    vpc = job.args.get("UserVpc")
    return {("ExtendedCidrs" if key == "ExtendedCIDRs" else key): vpc[key] for key in vpc} if vpc else None


def _quota(world: World, job: Job) -> dict[str, Any]:
    return world.catalogue.quotas.get(job.quota_id) or {}


def _transition(job: Job, mark: Mark, now: float) -> dict[str, Any]:
    ended = {"EndTime": iso(mark.end)} if mark.end is not None and mark.end <= now else {}
    return ended | {
        "Status": mark.status,
        "StartTime": iso(mark.start),
        "ReasonCode": reason_of(job, mark)[0],
        "ReasonMessage": reason_of(job, mark)[1],
    }


def _restarts(job: Job, now: float) -> list[dict[str, Any]]:
    """The scripted records whose time has come."""
    found = []
    for count, raw in enumerate(job.behaviour.restarts, 1):
        at = within(raw["at"], timeline.marks(job))
        if at is not None and at <= now:
            found.append(_restart(job, raw, count, at, now))
    return found


def _restart(job: Job, raw: dict[str, Any], count: int, at: float, now: float) -> dict[str, Any]:
    every = replicas(job)
    replica = every[int(raw["rank"]) % len(every)]
    values = job_values(job) | pod_values(job, pod_at(job, replica, 1, now))
    error = {key: fill(text, values) if isinstance(text, str) else text for key, text in raw.get("error", {}).items()}
    return {
        "JobRestartCount": count,
        "OccurTime": iso(at),
        "OccurPhase": raw.get("phase", "Running"),
        "Reason": fill(raw["reason"], values),
        "RestartStatus": raw.get("status", "Succeeded"),
        "RestartFailReason": fill(raw.get("fail_reason", ""), values),
        "RestartLevelType": raw.get("level", "Job"),
        "RestartDurationInSec": raw.get("seconds", 30),
        "TriggerID": f"{job.id}-restart-{count}",
        "DetailErrorInfoList": [error | {"Pod": values["pod"], "Node": values["node"], "TriggerRestart": True}],
    }


def _pod(job: Job, replica: Replica, now: float) -> dict[str, Any]:
    body = _one(pod_at(job, replica, attempts(job, now), now), now)
    return body | {"HistoryPods": [_one(old, now) for old in history(job, replica, now)]}


def _one(pod: Pod, now: float) -> dict[str, Any]:
    body: dict[str, Any] = {
        "PodId": pod.id,
        "PodUid": pod.uid,
        "ResourceType": "Normal",
        "Type": pod.role.lower(),
        "Status": pod.status,
        "SubStatus": pod.sub_status,
        "GmtCreateTime": iso(pod.created),
        "Ip": pod.ip,
        "PodIps": [{"InterfaceName": "eth0", "Ip": pod.ip}],
        "NodeName": pod.node,
        "supportedProfilingTypes": "",
    }
    body["Duration"] = int((pod.ended or now) - pod.created)
    if pod.began is not None:
        body["GmtStartTime"] = iso(pod.began)
    return body | ({"GmtFinishTime": iso(pod.ended)} if pod.ended is not None else {})
