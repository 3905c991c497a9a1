"""The arguments of composite tools, declared apart from what runs them: a list of tools needs the one only."""

from __future__ import annotations

from typing import Any

from ..api.kinds import JobId, TemplateId
from ..shapes import Input, may, need


class CloneJob(Input):
    """Make a job again from a job or a template, with changes. Without submit: shows what differs, GPU hours, what has
    to be discovered first and which secrets were left out; creates nothing. With submit: true it creates the job
    through the same checks as dlc_create_job."""

    job_id: JobId | None = may("Job to copy; or give template_id.", hint=True)
    template_id: TemplateId | None = may("Job template to start from.", hint=True)
    display_name: str | None = may("Name of the new job; otherwise the old one with -clone.", hint=True)
    changes: dict[str, Any] | None = may(
        "Arguments of dlc_create_job that replace the copied ones; null removes, envs are added.", hint=True
    )
    image: str | None = may("ImageUri for all pods.", hint=True)
    ecs_spec: str | None = may("Instance type for all pods.")
    leave_out_secrets: bool | None = may("Go on without the secrets that were not copied.")
    submit: bool | None = may("true creates the job; false by default.", hint=True)
    allow_duplicate: bool | None = may("Create although one of that name was just made.")


class ValidateJob(Input):
    """Check a job without creating it: the same rules as dlc_create_job, all faults at once, with GPU hours and the
    calls that would mend each fault."""

    job: dict[str, Any] = need("The arguments that dlc_create_job would get.")
