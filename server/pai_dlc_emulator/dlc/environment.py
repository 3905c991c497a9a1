"""The environment of a pod: what the platform sets for its job type and its machines, and what the job itself asks for.

Names and values are those of the documentation; the master's address is the one thing that a process on this machine
could not use, so the runner puts its own in its place.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from .pods import Replica, replicas
from .resources import SPECS, pod_demand
from .state import Job

_MASTER_PORT, _TF_PORT = "23456", 2222
_LINGJUN = {
    "NCCL_IB_TC": "136", "NCCL_IB_SL": "5", "NCCL_IB_GID_INDEX": "3", "NCCL_SOCKET_IFNAME": "eth", "NCCL_DEBUG": "INFO",
    "NCCL_IB_HCA": "mlx5", "NCCL_IB_TIMEOUT": "22", "NCCL_IB_QPS_PER_CONNECTION": "8", "NCCL_NET_PLUGIN": "none",
}  # fmt: skip
"""Preset on Lingjun machines, with which RDMA is on by default."""


def pod_environment(job: Job, replica: Replica) -> dict[str, str]:
    """All variables of one pod; the job's own win over the platform's but for its ranks and addresses."""
    every = replicas(job)
    values = {"JOB_NAME": job.id, "POD_NAME": replica.pod_id(job), "HOSTNAME": replica.pod_id(job)}
    if _is_lingjun(job, replica):
        values |= _LINGJUN
    values |= {str(key): str(value) for key, value in (job.args.get("Envs") or {}).items()}
    if job.args["JobType"] == "TFJob":
        return values | {"TF_CONFIG": json.dumps(_tf_config(job, replica, every))}
    return values | {
        "MASTER_ADDR": every[0].pod_id(job),
        "MASTER_PORT": _MASTER_PORT,
        "WORLD_SIZE": str(len(every)),
        "RANK": str(replica.rank),
        "NPROC_PER_NODE": str(max(1, int(pod_demand(replica.spec).gpu))),
    }


def _tf_config(job: Job, replica: Replica, every: list[Replica]) -> dict[str, Any]:
    cluster: dict[str, list[str]] = defaultdict(list)
    for one in every:
        cluster[one.role.lower()].append(f"{one.pod_id(job)}.t{job.account_id}.svc:{_TF_PORT}")
    task = {"type": replica.role.lower(), "index": replica.in_role}
    return {"cluster": dict(cluster), "task": task, "environment": "cloud"}


def _is_lingjun(job: Job, replica: Replica) -> bool:
    public = SPECS.get(str(replica.spec.get("EcsSpec") or ""), {}).get("ResourceType") == "Lingjun"
    return public or bool(job.facts.get("lingjun"))
