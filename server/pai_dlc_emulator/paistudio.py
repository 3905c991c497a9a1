"""PAI Studio (2022-01-12) as far as pai-dlc's clients read it: quotas, what waits in them, and why it waits.

Not frozen from an SDK but written from the official metadata; the diagnosis, which is in none, from a published
sample. Of the amounts only those are given that the emulator really knows.
"""

from __future__ import annotations

from typing import Any

from .accounts import name_of
from .clock import iso
from .contract import Product, make_product
from .dlc import queueing, timeline
from .dlc.requests import dlc_handler, parse_time
from .dlc.resources import Demand, job_demand
from .dlc.state import Job
from .listing import among, containing, one_of, page, sort_rows, whole_number
from .wire import Received, Record, ServiceError
from .world import World

NAME = "paistudio"
_QUERIES = {
    "GetQuota": {"Verbose": "boolean", "WithNodeMeta": "boolean"},
    "ListQuotas": {
        "QuotaName": "string", "ResourceType": "string", "LayoutMode": "string", "ParentQuotaId": "string",
        "QuotaIds": "string", "WorkspaceIds": "string", "Statuses": "string", "PageNumber": "integer",
        "PageSize": "integer", "SortBy": "string", "Order": "string", "Labels": "string", "Verbose": "boolean",
        "WorkspaceName": "string", "HasResource": "string", "Versions": "string", "ClusterType": "string",
    },
    "ListQuotaWorkloads": {
        "WorkspaceIds": "string", "WorkloadType": "string", "WorkloadIds": "string", "BeforeWorkloadId": "string",
        "PageNumber": "integer", "PageSize": "integer", "SortBy": "string", "Order": "string", "Status": "string",
        "ShowOwn": "boolean", "SubQuotaIds": "string", "UserIds": "string",
    },
    "GetQuotaWorkloadDiagnosis": {},
}  # fmt: skip
_PATHS = {
    "GetQuota": "/api/v1/quotas/{QuotaId}",
    "ListQuotas": "/api/v1/quotas/",
    "ListQuotaWorkloads": "/api/v1/quotas/{QuotaId}/workloads",
    "GetQuotaWorkloadDiagnosis": "/api/v1/quotas/{QuotaId}/workloads/{WorkloadId}/diagnosis",
}
_STATUS = "Ready"
_STRATEGY = "PaiStrategyIntelligent"
_NODE_GPUS = 8
"""GPUs of a machine in a quota, for the count of nodes."""


def _operation(name: str) -> Record:
    path = [
        {"name": part[1:-1], "in": "path", "type": "string", "required": True}
        for part in _PATHS[name].split("/")
        if part.startswith("{")
    ]
    query = [{"name": one, "in": "query", "type": kind} for one, kind in _QUERIES[name].items()]
    return {"method": "GET", "path": _PATHS[name], "params": [*path, *query], "response": "Answer"}


PRODUCT: Product = make_product(
    NAME,
    {
        "version": "2022-01-12",
        "operations": {name: _operation(name) for name in _PATHS},
        "models": {"Answer": [{"name": "RequestId", "type": "string"}]},
    },
)


@dlc_handler(f"{NAME}:GetQuota")
def get_quota(world: World, received: Received) -> Record:
    return _quota(world, _find(world, received), bool(received.args.get("WithNodeMeta")))


@dlc_handler(f"{NAME}:ListQuotas")
def list_quotas(world: World, received: Received) -> Record:
    args = received.args
    found = among(list(world.catalogue.quotas.values()), "QuotaId", args.get("QuotaIds"))
    for argument in ("ResourceType", "ParentQuotaId"):
        found = among(found, argument, args.get(argument))
    found = containing(found, ("QuotaName",), args.get("QuotaName"))
    wanted = {one for one in str(args.get("WorkspaceIds") or "").split(",") if one}
    found = [row for row in found if not wanted or wanted & set(row["WorkspaceIds"])]
    if args.get("Statuses") and _STATUS not in str(args["Statuses"]).split(","):
        found = []
    keys = {
        "QuotaName": lambda row: row["QuotaName"],
        "Status": lambda row: _STATUS,
        "GmtCreatedTime": lambda row: row["GmtCreateTime"],
        "GmtModifiedTime": lambda row: row["GmtCreateTime"],
        "CPU": lambda row: _total(world, row).cpu,
        "Memory": lambda row: _total(world, row).memory,
        "GPU": lambda row: _total(world, row).gpu,
    }
    found = sort_rows(found, args, keys, "GmtCreatedTime", "desc")
    return {"Quotas": [_quota(world, row, False) for row in page(found, args, 20)], "TotalCount": len(found)}


@dlc_handler(f"{NAME}:ListQuotaWorkloads")
def list_quota_workloads(world: World, received: Received) -> Record:
    """Jobs that wait in the quota (Enqueued, the default) or have left its queue (Dequeued) and still run."""
    quota, args = _find(world, received), received.args
    status = one_of(args, "Status", ("Enqueued", "Dequeued"), "Enqueued")
    queue = [job for job in world.training.queue if _waits(world, job)]
    jobs = queue if status == "Enqueued" else list(world.training.admitted)
    inside = {quota["QuotaId"], *str(args.get("SubQuotaIds") or "").split(",")}
    own = args.get("ShowOwn") is not False
    users = {one for one in str(args.get("UserIds") or "").split(",") if one}
    jobs = [
        job
        for job in jobs
        if job.quota_id in inside
        and (not own or job.user_id == received.caller.user_id)
        and (not users or job.user_id in users)
    ]
    rows = [_workload(world, job, status, _position(world, queue, job)) for job in jobs]
    rows = among(among(rows, "WorkloadId", args.get("WorkloadIds")), "WorkspaceId", args.get("WorkspaceIds"))
    keys = {name: (lambda row, name=name: row[name]) for name in ("GmtCreatedTime", "GmtEnqueuedTime", "Priority")}
    rows = sort_rows(rows, args, keys, "GmtCreatedTime", "desc")
    whole_number(args, "PageSize", 10, most=100)
    return {"Workloads": page(rows, args, 10), "TotalCount": len(rows)}


@dlc_handler(f"{NAME}:GetQuotaWorkloadDiagnosis")
def get_quota_workload_diagnosis(world: World, received: Received) -> Record:
    """Why a job waits in its quota; for a job that no longer does, 400."""
    quota, job = _find(world, received), world.training.jobs.get(received.args["WorkloadId"])
    if job is None or job.quota_id != quota["QuotaId"]:
        raise ServiceError(404, "WorkloadNotFound", f"Workload {received.args['WorkloadId']} is not in the quota.")
    if not _waits(world, job):
        raise ServiceError(400, "BadRequest", f"Workload {job.id} is not queuing.")
    scripted: Record = job.behaviour.setting.get("diagnosis") or {}
    passed = {"Status": "Succeeded"}
    above = queueing.chain(world, job.quota_id)[1:]
    checks = {
        "SelfQuotaLimit": _limit(world, job.quota_id, job),
        "AncestorQuotaLimit": next((one for key in above if (one := _limit(world, key, job)) != passed), passed),
        "UserLimit": passed,
        "QueueStrategyLimit": passed,
    }
    scheduling = {
        "Status": "Succeeded", "TaskNum": sum(int(spec.get("PodCount") or 1) for spec in job.args["JobSpecs"]),
        "SchedulableNum": 0, "AvailableNodeNames": [], "TotalNodes": [], "UnschedulableNodes": [],
        "TotalHyperNodes": [],
    }  # fmt: skip
    diagnosis = {
        "WorkloadId": job.id,
        "QuotaId": job.quota_id,
        "QueueStrategy": _STRATEGY,
        "ResourceDiagnosis": checks | scripted.get("ResourceDiagnosis", {}),
        "SchedulingDiagnosis": scheduling | scripted.get("SchedulingDiagnosis", {}),
    }
    return {"Diagnosis": diagnosis}


def _find(world: World, received: Received) -> Record:
    key = str(received.args["QuotaId"])
    if key not in world.catalogue.quotas:
        raise ServiceError(404, "QuotaNotFound", f"Quota {key} does not exist.")
    return world.catalogue.quotas[key]


def _total(world: World, row: Record) -> Demand:
    return queueing.total(world, row["QuotaId"]) or Demand()


def _amount(demand: Demand, gpu_type: str) -> Record:
    return {
        "CPU": f"{demand.cpu:g}", "Memory": f"{demand.memory:g}Gi", "GPU": f"{demand.gpu:g}", "GPUType": gpu_type
    }  # fmt: skip


def _quota(world: World, row: Record, with_nodes: bool) -> Record:
    total, used, kind = _total(world, row), queueing.usage(world, row["QuotaId"]), row["GpuType"]
    key = row["QuotaId"]
    waiting, own = Demand(), Demand()
    for job in world.training.queue:
        if key in queueing.chain(world, job.quota_id) and _waits(world, job):
            waiting += job_demand(job.args)
    for job in world.training.admitted:
        own += job_demand(job.args) if job.quota_id == key else Demand()
    details = {
        "DesiredMinQuota": _amount(total, kind),
        "ActualMinQuota": _amount(total, kind),
        "RequestedQuota": _amount(used + waiting, kind),
        "UsedQuota": _amount(used, kind),
        "AllocatableQuota": _amount(total, kind),
        "AllocatedQuota": _amount(used, kind),
        "SelfSubmittedQuota": _amount(own, kind),
    }
    if with_nodes:
        nodes, busy = int(total.gpu // _NODE_GPUS), -(-int(used.gpu) // _NODE_GPUS)
        details["NodeStatistics"] = {
            "ActualMinNodeNum": nodes, "AllocatedNodeNum": busy, "EmptyNodeNum": max(0, nodes - busy)
        }  # fmt: skip
    created = iso(parse_time(row["GmtCreateTime"], "GmtCreateTime") or 0.0)
    quotas = world.catalogue.quotas.values()
    return {
        "QuotaId": key,
        "QuotaName": row["QuotaName"],
        "ResourceType": row["ResourceType"],
        "ParentQuotaId": row.get("ParentQuotaId") or "",
        "ResourceGroupIds": [],
        "AllocateStrategy": "ByNodeSpec",
        "Min": {"NodeSpecs": []},
        "Description": row["DisplayName"],
        "Labels": [],
        "Status": _STATUS,
        "ReasonCode": "",
        "ReasonMessage": "",
        "GmtCreatedTime": created,
        "GmtModifiedTime": created,
        "QuotaDetails": details,
        "QuotaConfig": {"SupportRDMA": row["ResourceType"] == "Lingjun", "EnableSubQuotaPreemption": False},
        "Workspaces": [{"WorkspaceId": workspace} for workspace in row["WorkspaceIds"]],
        "SubQuotas": [
            {"QuotaId": one["QuotaId"], "QuotaName": one["QuotaName"]}
            for one in quotas
            if one.get("ParentQuotaId") == key
        ],
        "QueueStrategy": _STRATEGY,
        "Version": "1.0",
        "HyperZones": [],
    }


def _waits(world: World, job: Job) -> bool:
    return timeline.current(job, world.clock.now()).status == "Queuing"


def _position(world: World, queue: list[Job], job: Job) -> int:
    """The place in the queue of its quota, by priority and age, from 1; 0 for a job that has left it."""
    now = world.clock.now()
    mine = [one for one in queue if one.quota_id == job.quota_id]
    mine.sort(key=lambda one: (-one.priority(now), one.created))
    return mine.index(job) + 1 if job in mine else 0


def _workload(world: World, job: Job, status: str, position: int) -> Record:
    enqueued = timeline.first_start(job, "Queuing") or job.created
    left = {"GmtDequeuedTime": iso(job.admitted)} if job.admitted is not None and status == "Dequeued" else {}
    return left | {
        "Status": status,
        "QuotaId": job.quota_id,
        "UserId": job.user_id,
        "UserName": name_of(job.user_id),
        "WorkloadId": job.id,
        "WorkloadName": job.args["DisplayName"],
        "WorkloadType": "dlc",
        "WorkloadStatus": timeline.current(job, world.clock.now()).status,
        "WorkspaceId": str(job.args["WorkspaceId"]),
        "Position": position,
        "Priority": job.priority(world.clock.now()),
        "GmtCreatedTime": iso(job.created),
        "GmtEnqueuedTime": iso(enqueued),
        "Resource": _amount(job_demand(job.args), ""),
        "QueueStrategy": _STRATEGY,
    }


def _limit(world: World, quota_id: str, job: Job) -> Record:
    """Whether the job fits into what a quota has left, with use and limit where it does not."""
    total, asked = queueing.total(world, quota_id), job_demand(job.args)
    if total is None:
        return {"Status": "Succeeded"}
    used = queueing.usage(world, quota_id)
    short = [
        name
        for name, need, has in (
            ("GPU", asked.gpu, total.gpu - used.gpu),
            ("CPU", asked.cpu, total.cpu - used.cpu),
            ("Memory", asked.memory, total.memory - used.memory),
        )
        if need > has
    ]
    if not short:
        return {"Status": "Succeeded"}

    def amounts(demand: Demand) -> dict[str, Any]:
        return {"GPU": f"{demand.gpu:g}", "CPU": f"{demand.cpu:g}", "Memory": f"{demand.memory:g}Gi"}

    return {"Status": "Failed", "ExceedResources": short, "Used": amounts(used), "Limit": amounts(total)}
