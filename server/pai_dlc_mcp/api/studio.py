"""Reads of PAI Studio (2022-01-12), a third product: they are no tools, other tools make them on the way."""

from __future__ import annotations

from typing import Literal

from ..operation import READ, STUDIO
from ..shapes import Input, may, need


@STUDIO.get(
    "/api/v1/quotas/{QuotaId}",
    READ,
    "pai:GetQuota",
    "composites",
    example={"quota_id": "quota1abcd2345"},
)
class GetQuota(Input):
    """One quota: what it has, what is used of it, its parent and its workspaces."""

    quota_id: str = need("Quota to read.")
    verbose: bool | None = may("With amounts.", sent_default=True)


@STUDIO.get(
    "/api/v1/quotas/",
    READ,
    "pai:ListQuotas",
    "composites",
    example={"workspace_ids": "123456"},
)
class ListQuotas(Input):
    """Quotas with what they have and what is used of them."""

    page_number: int | None = may("From 1.", ge=1, sent_default=1)
    page_size: int | None = may("Quotas a page.", ge=1, sent_default=100)
    quota_ids: str | None = may("These quotas only, comma-separated.")
    verbose: bool | None = may("With amounts.", sent_default=True)
    workspace_ids: str | None = may("Only quotas of these workspaces, comma-separated.")


@STUDIO.get(
    "/api/v1/quotas/{QuotaId}/workloads",
    READ,
    "pai:ListQuotaWorkloads",
    "composites",
    action_confidence="secondary",
    example={"quota_id": "quota1abcd2345"},
)
class ListQuotaWorkloads(Input):
    """What waits in a quota, or has left its queue, with its place and what holds it back."""

    quota_id: str = need("Quota of the workloads.")
    page_number: int | None = may("From 1.", ge=1, sent_default=1)
    page_size: int | None = may("Workloads a page.", ge=1, sent_default=100, le=100)
    show_own: bool | None = may("Only the caller's own.", sent_default=False)
    status: Literal["Enqueued", "Dequeued"] | None = may("Waiting, or past the queue.", sent_default="Enqueued")


@STUDIO.get(
    "/api/v1/quotas/{QuotaId}/workloads/{WorkloadId}/diagnosis",
    READ,
    "paistudio:GetQuotaWorkloadDiagnosis",
    "composites",
    action_confidence="conflict",
    example={"quota_id": "quota1abcd2345", "workload_id": "dlc1abcd2345"},
)
class GetQuotaWorkloadDiagnosis(Input):
    """What keeps a workload from starting in its quota."""

    quota_id: str = need("Quota of the workload.")
    workload_id: str = need("The job's id.")
