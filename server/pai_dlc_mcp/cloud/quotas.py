"""Quotas as PAI Studio tells of them, and which of them a workspace can use by its resources (R05).

AIWorkSpace's own ListQuotas is the list of older quotas: it is never asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import amounts
from ..amounts import Amounts
from ..errors import PaiError
from ..operation import STUDIO
from ..runtime import Call, Runtime
from .reads import read

GET_QUOTA, LIST_QUOTAS, LIST_WORKLOADS = (
    f"{STUDIO.key}:{name}" for name in ("GetQuota", "ListQuotas", "ListQuotaWorkloads")
)
"""Operations of PAI Studio by their whole names: AIWorkSpace has one of the same action name."""

KINDS = "ECS,Lingjun,ACS"
"""Kinds of resources that are quotas of training jobs."""


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota. Amounts are empty where the answer does not tell; ``parent`` and ``gpu_type`` may be empty."""

    id: str
    name: str
    kind: str
    status: str
    parent: str
    children: tuple[str, ...]
    workspaces: tuple[str, ...]
    strategy: str
    gpu_type: str
    total: Amounts
    used: Amounts
    allocatable: Amounts

    @property
    def free(self) -> Amounts:
        """What the next job can get: of what can be allocated where that is stated, else of the total."""
        return amounts.minus(self.allocatable or self.total, self.used) if self.used else {}


def quota_from(row: Mapping[str, Any]) -> Quota:
    """A row of ListQuotas, or the answer of GetQuota."""
    details = row.get("QuotaDetails")
    stated = details if isinstance(details, Mapping) else {}
    total = _first(stated, *_TOTALS)
    return Quota(
        id=str(row.get("QuotaId") or ""),
        name=str(row.get("QuotaName") or ""),
        kind=str(row.get("ResourceType") or ""),
        status=str(row.get("Status") or ""),
        parent=str(row.get("ParentQuotaId") or ""),
        children=tuple(_ids(row.get("SubQuotas"), "QuotaId")),
        workspaces=tuple(_ids(row.get("Workspaces"), "WorkspaceId")),
        strategy=str(row.get("QueueStrategy") or ""),
        gpu_type=next((kind for name in _TOTALS if (kind := _gpu_type(stated.get(name)))), ""),
        total=total,
        used=_first(stated, "AllocatedQuota", "UsedQuota"),
        allocatable=_first(stated, "AllocatableQuota"),
    )


_TOTALS = ("ActualMinQuota", "DesiredMinQuota")


def _gpu_type(amount: Any) -> str:
    """The GPUs' type by name; some answers say no more than that they are GPUs."""
    named = str(amount.get("GPUType") or "") if isinstance(amount, Mapping) else ""
    return "" if named == "GPU" else named


def _first(details: Mapping[str, Any], *names: str) -> Amounts:
    """The first of these amounts that is stated, as numbers; zero is an amount."""
    return next((stated for name in names if (stated := amounts.of_answer(details.get(name)))), {})


def _ids(rows: Any, name: str) -> Iterator[str]:
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and row.get(name):
            yield str(row[name])


def usable(answer: Mapping[str, Any]) -> dict[str, str]:
    """Quotas that an answer of ListResources names, id to name: in ``Quotas``, or as ``resourceId`` of its ``Spec``."""
    found: dict[str, str] = {}
    rows = answer.get("Resources")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, Mapping):
            continue
        spec, name = row.get("Spec"), str(row.get("Name") or "")
        if isinstance(spec, Mapping) and spec.get("resourceId"):
            found[str(spec["resourceId"])] = str(spec.get("resourceName") or name)
        quotas = row.get("Quotas")
        for quota in quotas if isinstance(quotas, list) else []:
            if isinstance(quota, Mapping) and quota.get("Id"):
                found[str(quota["Id"])] = str(quota.get("DisplayName") or quota.get("Name") or name)
    return found


def is_reachable(runtime: Runtime) -> bool:
    """Whether asking PAI Studio would go to the cloud, or to an endpoint that was meant for it."""
    endpoints = getattr(runtime.cloud, "endpoints", None)
    return endpoints is not None and bool(endpoints.is_reachable(STUDIO.key))


def figures(quota: Quota) -> str:
    """Total, used and free in one line of ours, as far as they are stated."""
    stated = (("total", quota.total), ("used", quota.used), ("free", quota.free))
    return "; ".join(f"{name} {amounts.describe(known)}" for name, known in stated if known)


async def find_quota(call: Call, runtime: Runtime, quota_id: str) -> Quota | None:
    """The quota as PAI Studio shows it to this caller, read once a call; ``None`` where it does not, for any reason."""
    if not is_reachable(runtime):
        return None
    try:
        found = quota_from(await read(call, runtime, GET_QUOTA, {"QuotaId": quota_id}))
    except PaiError:
        return None
    return found if found.id == quota_id else None
