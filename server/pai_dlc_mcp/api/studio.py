"""Reads of PAI Studio (2022-01-12), a third product: they are no tools, other tools make them on the way."""

from __future__ import annotations

from ..operation import READ, STUDIO
from ..shapes import Input, need


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
