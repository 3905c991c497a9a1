"""Filling in the templates of logs and events, and plausible figures for them.

Every figure is a function of the job, the pod and the line's number: the same line reads the same at every look.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .pods import Pod, pod_id, size
from .state import Job

_FIELD = re.compile(r"\{(\w+)\}")
_NAMED_PODS = 16
_MIX = 0x9E3779B97F4A7C15


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put in the fields that are known; other braces stay as they are."""
    return _FIELD.sub(lambda found: str(values.get(found[1], found[0])), template)


def noise(*parts: int) -> float:
    """A repeatable figure between -1 and 1."""
    mixed = 0
    for part in parts:
        mixed = ((mixed ^ (part & 0xFFFFFFFFFFFFFFFF)) * _MIX + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 29
    return (mixed >> 11) / 2**52 - 1.0


def of_job(job: Job) -> dict[str, Any]:
    specs = job.args.get("JobSpecs") or [{}]
    return (
        job.facts
        | _pod_ids(job)
        | {
            "job": job.id,
            "name": job.args.get("DisplayName", ""),
            "world_size": size(job),
            "last_rank": size(job) - 1,
            "image": specs[0].get("Image", ""),
            "spec": specs[0].get("EcsSpec", ""),
            "command": job.args.get("UserCommand", ""),
            "quota": job.quota_id,
            "user": job.user_id,
            "priority": job.args.get("Priority", 1),
            "master": f"{job.id}-{str(specs[0].get('Type') or 'Worker').lower()}-0",
            "mount": ((job.args.get("DataSources") or [{}])[0]).get("MountPath") or "/mnt/data",
            "source": _source(job),
            "limit": job.args.get("JobMaxRunningTimeMinutes", ""),
        }
    )


def of_pod(job: Job, pod: Pod) -> dict[str, Any]:
    return of_job(job) | {
        "pod": pod.id,
        "rank": pod.rank,
        "local_rank": pod.rank % 8,
        "node": pod.node,
        "ip": pod.ip,
        "gpus": int(pod.demand.gpu),
        "attempt": pod.attempt,
        "memory": f"{pod.demand.memory:g}Gi",
        "memory_kb": int(pod.demand.memory * 2**20),
    }


def of_line(number: int, at: float, rank: int, first: int, stride: int) -> dict[str, Any]:
    """The figures of one training step."""
    step = first + number * stride
    wobble = noise(step, rank)
    when = datetime.fromtimestamp(at, UTC)
    return {
        "n": number,
        "step": step,
        "loss": f"{2.1 * math.exp(-step / 900) + 0.35 + 0.04 * wobble:.4f}",
        "grad_norm": f"{1.1 + 0.3 * noise(step, rank, 1):.3f}",
        "lr": f"{3e-4 * min(1.0, (step + 1) / 200):.2e}",
        "tput": f"{2480 + 60 * wobble:.1f}",
        "ms": f"{412 + 9 * wobble:.1f}",
        "slow_ms": f"{1310 + 40 * wobble:.1f}",
        "slow_tput": f"{790 + 20 * wobble:.1f}",
        "mfu": f"{41.5 + 0.8 * wobble:.1f}",
        "time": when.strftime("%Y-%m-%d %H:%M:%S,") + f"{when.microsecond // 1000:03d}",
        "clock": when.strftime("%H:%M:%S"),
        "iso": when.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def _pod_ids(job: Job) -> dict[str, str]:
    """``pod_0`` to ``pod_15``, wrapping around as the rules for pods do."""
    count = size(job)
    return {f"pod_{number}": pod_id(job, number % count) for number in range(_NAMED_PODS)}


def _source(job: Job) -> str:
    first = (job.args.get("DataSources") or [{}])[0]
    return str(first.get("Uri") or first.get("DataSourceId") or "oss://training-data/corpus/")
