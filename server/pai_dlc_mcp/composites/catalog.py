"""The composite tools, one list. Their classes declare arguments and texts as operations do; ``run`` does the work."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from ..api.catalog import operation
from ..operation import CREATE, READ, Effect
from ..runtime import Call, Composite, Outcome, Run, Runtime
from ..shapes import Input
from . import compare, quota_status, search, survey, wait
from .diagnose import tool as diagnose
from .inputs import CloneJob, Status, TemplateFromJob, ValidateJob


def _composite(
    name: str,
    inputs: type[Input],
    run: Any,
    *,
    example: Mapping[str, Any],
    effect: Effect = READ,
    uses: str = "",
    presets: str = "",
    needs_region: bool = True,
    app_view: str = "",
) -> Composite:
    return Composite(
        name,
        effect,
        "composites",
        inputs,
        example,
        run=run,
        resolve=operation,
        used_names=tuple(uses.split()),
        presets=tuple(presets.split()),
        needs_region=needs_region,
        app_view=app_view,
    )


def _later(module: str) -> Run:
    """What runs a composite, imported at its first call: start-up saves the guards that it needs."""

    async def run(call: Call, runtime: Runtime) -> Outcome:
        loaded = import_module(f"{__package__}.{module}")
        return cast(Outcome, await loaded.run(call, runtime))

    return run


COMPOSITES: tuple[Composite, ...] = (
    _composite(
        "pai_status",
        Status,
        _later("status"),
        example={},
        presets="always default lean discovery",
        uses="ListJobs",
        needs_region=False,
    ),
    _composite(
        "dlc_validate_job",
        ValidateJob,
        _later("validate"),
        example={"display_name": "mnist", "job_type": "PyTorchJob"},
        presets="default lean",
        uses="ListJobs ListEcsSpecs GetJobTemplate",
    ),
    _composite(
        "dlc_diagnose_job",
        diagnose.DiagnoseJob,
        diagnose.run,
        app_view="diagnosis",
        example={"job_id": "dlc1abcd2345"},
        presets="default lean",
        uses="GetJob GetJobEvents GetPodLogs GetPodEvents GetJobMetrics GetMetrics ListJobSanityCheckResults "
        "ListJobs ListEcsSpecs pai:GetQuota GetQuotaWorkloadDiagnosis",
    ),
    _composite(
        "dlc_survey_jobs",
        survey.SurveyJobs,
        survey.run,
        app_view="survey",
        example={"status": "active"},
        presets="default",
        uses="ListJobs GetJob GetJobEvents GetPodLogs GetPodEvents GetJobMetrics GetMetrics ListJobSanityCheckResults "
        "ListEcsSpecs ListMembers pai:GetQuota GetQuotaWorkloadDiagnosis",
    ),
    _composite(
        "dlc_quota_status",
        quota_status.QuotaStatus,
        quota_status.run,
        app_view="quota",
        example={"workspace_id": "123456"},
        presets="default",
        uses="ListResources pai:ListQuotas pai:GetQuota pai:ListQuotaWorkloads ListJobs ListMembers",
    ),
    _composite(
        "dlc_wait_for_job",
        wait.WaitForJob,
        wait.run,
        example={"job_id": "dlc1abcd2345", "until": "end"},
        presets="default lean",
        uses="GetJob",
    ),
    _composite(
        "dlc_search_logs",
        search.SearchLogs,
        search.run,
        example={"job_id": "dlc1abcd2345", "text": "CUDA error"},
        presets="default",
        uses="GetJob GetPodLogs",
    ),
    _composite(
        "dlc_compare_jobs",
        compare.CompareJobs,
        compare.run,
        example={"job_ids": ["dlc1abcd2345", "dlc9wxyz6789"]},
        presets="default",
        uses="GetJob ListJobs GetJobEvents GetPodLogs GetPodEvents GetJobMetrics GetMetrics ListJobSanityCheckResults "
        "ListEcsSpecs pai:GetQuota GetQuotaWorkloadDiagnosis",
    ),
    _composite(
        "dlc_template_from_job",
        TemplateFromJob,
        _later("template_from_job"),
        example={"job_id": "dlc1abcd2345", "template_name": "mnist-base"},
        effect=CREATE,
        uses="GetJob CreateJobTemplate ListJobTemplates ListImages GetDataset ListDatasets GetCodeSource "
        "ListCodeSources ListEcsSpecs",
    ),
    _composite(
        "dlc_clone_job",
        CloneJob,
        _later("clone"),
        example={"job_id": "dlc1abcd2345", "changes": {"job_max_running_time_minutes": 240}},
        effect=CREATE,
        presets="default",
        uses="GetJob ListJobs ListEcsSpecs GetJobTemplate CreateJob ListImages GetDataset ListDatasets GetCodeSource "
        "ListCodeSources",
    ),
)
