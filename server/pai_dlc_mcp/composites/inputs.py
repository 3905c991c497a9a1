"""The arguments of composite tools, declared apart from what runs them: a list of tools needs the one only."""

from __future__ import annotations

from typing import Any, ClassVar

from ..api.dlc.templates import Constraint
from ..api.kinds import JobId, TemplateId, WorkspaceId
from ..shapes import Input, may, need


class Status(Input):
    """This server's state: credentials (never a key), region, toolsets, limits and their use, how this client
    confirms, what was seen."""


class CloneJob(Input):
    """Make a job again from a job or a template, with changes. Without submit it shows what differs, GPU hours, faults
    and secrets left out, and creates nothing; with submit: true it creates, checked like dlc_create_job."""

    job_id: JobId | None = may("Job to copy; or give template_id.", hint=True)
    template_id: TemplateId | None = may("Job template to start from.")
    display_name: str | None = may("Name of the new job; otherwise the old one with -clone.")
    changes: dict[str, Any] | None = may(
        'dlc_create_job arguments, whole or by path ({"JobSpecs[0].ResourceConfig.GPU": "1"}); null removes.',
        hint=True,
    )
    image: str | None = may("ImageUri for all pods.")
    ecs_spec: str | None = may("Instance type for all pods.")
    leave_out_secrets: bool | None = may("Go on without the secrets that were not copied.")
    submit: bool | None = may("true creates the job; false by default.", hint=True)
    allow_duplicate: bool | None = may("Create although one of that name was just made.")


class ValidateJob(Input):
    """Check a job without creating it: takes dlc_create_job's arguments, applies its rules, and gives all faults at
    once with the calls that mend them, GPU hours and policy."""

    gathers: ClassVar[str] = "job"

    job: dict[str, Any] | None = may("The same arguments as one object.", hint=True)


class TemplateFromJob(Input):
    """Make a job template from a job: its spec without name and secrets. Without submit it shows the content and
    faults; with submit: true it creates, checked like dlc_create_job_template."""

    job_id: JobId = need("Job to take the content from.")
    template_name: str | None = may("By default the job's name with -template.")
    constraints: dict[str, Constraint] | None = may("Field path to locked, overridable or required.", rule="R50")
    description: str | None = may("Free text.")
    workspace_id: WorkspaceId | None = may("The job's own by default.")
    submit: bool | None = may("true creates the template.")
