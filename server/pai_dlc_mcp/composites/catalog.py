"""The composite tools, one list. Their classes declare arguments and texts as operations do; ``run`` does the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..operation import CREATE, READ, Effect
from ..runtime import Composite
from ..shapes import Input
from . import clone, compare, search, status, survey, validate, wait
from .diagnose import tool as diagnose


def _composite(
    name: str, inputs: type[Input], run: Any, *, example: Mapping[str, Any], effect: Effect = READ, uses: str = ""
) -> Composite:
    return Composite(name, effect, "composites", inputs, example, run=run, uses=tuple(uses.split()))


COMPOSITES: tuple[Composite, ...] = (
    _composite("pai_status", status.Status, status.run, example={}, uses=""),
    _composite(
        "dlc_validate_job",
        validate.ValidateJob,
        validate.run,
        example={"job": {"display_name": "mnist", "job_type": "PyTorchJob"}},
        uses="ListJobs ListEcsSpecs GetJobTemplate",
    ),
    _composite(
        "dlc_diagnose_job",
        diagnose.DiagnoseJob,
        diagnose.run,
        example={"job_id": "dlc1abcd2345"},
        uses="GetJob GetJobEvents GetPodLogs GetPodEvents GetJobMetrics ListJobSanityCheckResults ListJobs "
        "ListEcsSpecs ListQuotas",
    ),
    _composite(
        "dlc_survey_jobs",
        survey.SurveyJobs,
        survey.run,
        example={"status": "active"},
        uses="ListJobs GetJob GetJobEvents GetPodLogs GetPodEvents GetJobMetrics ListJobSanityCheckResults "
        "ListEcsSpecs ListQuotas",
    ),
    _composite(
        "dlc_wait_for_job", wait.WaitForJob, wait.run, example={"job_id": "dlc1abcd2345", "until": "end"}, uses="GetJob"
    ),
    _composite(
        "dlc_search_logs",
        search.SearchLogs,
        search.run,
        example={"job_id": "dlc1abcd2345", "text": "CUDA error"},
        uses="GetJob GetPodLogs",
    ),
    _composite(
        "dlc_compare_jobs",
        compare.CompareJobs,
        compare.run,
        example={"job_ids": ["dlc1abcd2345", "dlc9wxyz6789"]},
        uses="GetJob ListJobs",
    ),
    _composite(
        "dlc_clone_job",
        clone.CloneJob,
        clone.run,
        example={"job_id": "dlc1abcd2345", "changes": {"job_max_running_time_minutes": 240}},
        effect=CREATE,
        uses="GetJob ListJobs ListEcsSpecs GetJobTemplate CreateJob",
    ),
)
