"""Jobs as GetJob answers them, and what was read of them, for judging without a network."""

from __future__ import annotations

from typing import Any

from pai_dlc_mcp.composites.diagnose.material import Material
from pai_dlc_mcp.composites.diagnose.subject import Subject, subject_of
from pai_dlc_mcp.timestamps import iso

JOB = "dlc0000000000001"
START, NOW = 1_800_000_000.0, 1_800_003_600.0


def pod_id(rank: int) -> str:
    return f"{JOB}-worker-{rank}"


def pod(
    rank: int, status: str = "Failed", ended: float | None = None, began: bool = True, **more: Any
) -> dict[str, Any]:
    """A pod that began with the job; ``ended`` in seconds after that."""
    made = {
        "PodId": pod_id(rank),
        "PodUid": f"uid-{rank}",
        "Type": "Worker",
        "Status": status,
        "NodeName": f"node-{rank}",
    }
    made |= {"GmtStartTime": iso(START)} if began else {}
    made |= {"GmtFinishTime": iso(START + ended)} if ended is not None else {}
    return made | more


def job(status: str, pods: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    made = {
        "JobId": JOB,
        "Status": status,
        "GmtCreateTime": iso(START - 60),
        "GmtRunningTime": iso(START),
        "Pods": pods or [],
        "RequestGPU": 8,
        "UserId": "1001",
        "JobSpecs": [{"Type": "Worker", "PodCount": len(pods or [1]), "EcsSpec": "ecs.gpu"}],
    }
    return made | more


def subject(status: str, pods: list[dict[str, Any]] | None = None, **more: Any) -> Subject:
    return subject_of(job(status, pods, **more), NOW)


def failed(
    logs: dict[int, list[str]],
    events: dict[int, list[str]] | None = None,
    *,
    ended: dict[int, float] | None = None,
    began: bool = True,
    **more: Any,
) -> Material:
    """A failed job whose pods ended in the order of their ranks, unless ``ended`` says otherwise."""
    ranks = sorted({*logs, *(events or {})})
    pods = [pod(rank, ended=(ended or {}).get(rank, 100.0 + rank), began=began) for rank in ranks]
    found = Material(subject("Failed", pods, **more))
    found.logs = {pod_id(rank): lines for rank, lines in logs.items()}
    found.pod_events = {pod_id(rank): lines for rank, lines in (events or {}).items()}
    return found
