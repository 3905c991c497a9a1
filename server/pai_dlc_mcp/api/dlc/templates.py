"""Job templates: stored CreateJob arguments with versions and constraints."""

from __future__ import annotations

from typing import Any, Literal

from ...operation import ADMIT, CREATE, DELETE, DLC, READ, WRITE, FieldRisk, Find, Reveals, Target, card, rows
from ...shapes import Input, Shape, may, need, with_fields_of
from ..kinds import TemplateId, WorkspaceId
from .jobs import CreateJob
from .shapes import Order


@with_fields_of(CreateJob)
class JobContent(Shape):
    """The arguments of CreateJob by API name; travels as one JSON text (R51)."""


CONTENT = 'CreateJob\'s arguments by API name: {"JobType": ..., "JobSpecs": [...], "UserCommand": ...}.'
Constraint = Literal["locked", "overridable", "required"]


@DLC.post(
    "/api/v1/jobtemplates",
    CREATE,
    "paidlc:CreateJobTemplate",
    "templates",
    rules="R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R13 R14 R15 R16 R17 R18 R19 R20 R21 R23 R24 R25 R27 R28 R50 R51 R54",
    example={
        "workspace_id": "123456",
        "template_name": "resnet-base",
        "content": {"JobType": "PyTorchJob", "UserCommand": "torchrun train.py"},
        "constraints": {"JobType": "locked", "UserCommand": "overridable"},
    },
    presets="default",
    find=Find("ListJobTemplates", "JobTemplates", "TemplateId", "TemplateName", is_checked_before=True),
    action_confidence="conflict",
)
class CreateJobTemplate(Input):
    """Store the arguments of a job for reuse; dlc_create_job takes it as template_id. Ids and images in content
    follow the same rules as in dlc_create_job."""

    constraints: dict[str, Constraint] | None = may(
        "Field path, as JobSpecs[0].Image, to locked, overridable or required.", rule="R50", hint=True
    )
    content: JobContent = need(CONTENT, json_text=True)
    description: str | None = may("Free text.")
    metadata: dict[str, Any] | None = may("Your own key-value pairs.")
    template_name: str = need("Name of the template.")
    workspace_id: WorkspaceId = need("Workspace it belongs to.")


@DLC.get(
    "/api/v1/jobtemplates/{TemplateId}",
    READ,
    "paidlc:GetJobTemplate",
    "templates",
    example={"template_id": "tpl-abc123", "version": "all"},
    view=card(
        "TemplateId TemplateName WorkspaceId UserId OwnerName IsYours DefaultVersion Description GmtModifyTime Versions"
    ),
    reveals=Reveals("template", "", "TemplateId", ("Versions",)),
    rules="R26 R51 R52",
    presets="default",
    action_confidence="conflict",
)
class GetJobTemplate(Input):
    """A template's content and constraints: the default version, one version, or all. Needed before a job is made
    from it."""

    template_id: TemplateId = need("Template to read.")
    version: str | None = may("A number, or all; the default version otherwise.", hint=True)


@DLC.get(
    "/api/v1/jobtemplates",
    READ,
    "paidlc:ListJobTemplates",
    "templates",
    example={"workspace_id": "123456"},
    view=rows(
        "JobTemplates",
        "TemplateId TemplateName DefaultVersion Description UserId OwnerName GmtCreateTime GmtModifyTime LastUsedTime",
    ),
    rules="R53",
    presets="default",
    action_confidence="conflict",
)
class ListJobTemplates(Input):
    """Find the templates of a workspace, without their content."""

    description: str | None = may("Part of the description.", searches="Description")
    order: Order | None = may("Direction of sort_by.")
    page_number: int | None = may("From 1.", ge=1, sent_default=1)
    page_size: int | None = may("Templates a page.", ge=1, sent_default=20)
    sort_by: str | None = may("GmtCreateTime; others are not documented (R53).")
    template_id: str | None = may("This template only.")
    template_name: str | None = may("Part of the name.", searches="TemplateName")
    user_id: str | None = may("Only templates of this user id.")
    workspace_id: WorkspaceId = need("Workspace to look in.")


@DLC.put(
    "/api/v1/jobtemplates/{TemplateId}",
    WRITE,
    "paidlc:UpdateJobTemplate",
    "templates",
    example={"template_id": "tpl-abc123", "content": {"UserCommand": "torchrun train.py"}, "set_as_default": True},
    rules="R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R13 R14 R15 R16 R17 R18 R19 R20 R21 R23 R27 R28 R50 R51 R52 R54",
    presets="default",
    target=Target("GetJobTemplate"),
    adds=True,
    action_confidence="conflict",
)
class UpdateJobTemplate(Input):
    """Change a template. New content makes a new version, which set_as_default promotes; constraints only together
    with content."""

    template_id: TemplateId = need("Template to change.")
    constraints: dict[str, Constraint] | None = may(
        "Field path to locked, overridable or required; never without content.", rule="R50"
    )
    content: JobContent | None = may("The whole new content, as in dlc_create_job_template.", json_text=True)
    description: str | None = may("New description.")
    metadata: dict[str, Any] | None = may("Your own key-value pairs.")
    set_as_default: bool | None = may(
        "Make the new version the default one.", risk=FieldRisk(ADMIT, lambda value, target: value is True)
    )
    template_name: str | None = may("New name.")


@DLC.put(
    "/api/v1/jobtemplates/{TemplateId}/defaultversion",
    WRITE,
    "paidlc:SetJobTemplateDefaultVersion",
    "templates",
    example={"template_id": "tpl-abc123", "version": 2},
    rules="R52",
    presets="default",
    target=Target("GetJobTemplate"),
    action_confidence="conflict",
    risks=(ADMIT,),
)
class SetJobTemplateDefaultVersion(Input):
    """Choose the version that jobs from this template get unless they name one."""

    template_id: TemplateId = need("Template to change.")
    version: int = need("One of its versions; dlc_get_job_template with version all shows them.")


@DLC.delete(
    "/api/v1/jobtemplates/{TemplateId}",
    DELETE,
    "paidlc:DeleteJobTemplate",
    "templates",
    example={"template_id": "tpl-abc123"},
    rules="R30 R31 R34 R35",
    presets="default",
    target=Target("GetJobTemplate", is_whole=True),
    lost="the template with all its versions",
    also_reads="ListJobs",
    action_confidence="secondary",
)
class DeleteJobTemplate(Input):
    """Erase a template with all its versions. Refused while a job refers to it. Needs a confirmation."""

    template_id: TemplateId = need("Template to erase.")
