"""Compute: the quotas that the account holds and what is attached to a workspace."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, READ, SPEND, STOP, WRITE, FieldRisk, Reveals, Target, rows
from ...shapes import Input, Known, Shape, may, need
from .. import kinds
from ..kinds import WorkspaceId
from .shapes_common import Environment, Label

ComputeKind = Annotated[
    str,
    Known(
        "MaxCompute",
        "ECS",
        "Lingjun",
        "ACS",
        "Flink",
        "FLINK",
        "DLC",
        "SelfManagedAckPro",
        "SelfManagedAckLingjun",
        "SelfManagedASI",
    ),
]
"""The SDK writes Flink, the metadata FLINK; DLC is what older records call ECS and Lingjun."""


@AIWORKSPACE.get(
    "/api/v1/quotas",
    READ,
    "pai:ListQuotas",
    "resources",
    example={"name": "train"},
    view=rows("Quotas", "Id Name DisplayName QuotaType Mode ProductCode Specs"),
    is_account_wide=True,
)
class ListQuotas(Input):
    """List the quotas of the older kind (MaxCompute and its like). Those of DLC jobs are not among them:
    aiworkspace_list_resources shows what a workspace can use."""

    name: str | None = may("Part of the name.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/resources",
    READ,
    "paiworkspace:ListResources",
    "resources",
    example={"workspace_id": "123456", "resource_types": "Lingjun"},
    view=rows("Resources", "Id Name ResourceType GroupName EnvType IsDefault Quotas.Id WorkspaceId GmtCreateTime"),
    reveals=(
        Reveals("quota", "Resources", "Id", ("Name", "ResourceType")),
        Reveals("quota", "Resources.Quotas", "Id", ("Name", "DisplayName")),
    ),
    rules="R05",
    presets="default lean discovery",
)
class ListResources(Input):
    """List the compute and quotas that a workspace can use; confirms a quota id that the user gave. Never pick one
    yourself."""

    group_name: str | None = may("Only this group of resources.")
    labels: str | None = may("Labels that all must be there, comma-separated; works for ACS only.")
    option: Literal["ListResourceByWorkspace", "ListResource"] | None = may(
        "ListResourceByWorkspace (default) needs workspace_id; ListResource lists the caller's own."
    )
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Resources on one page (default 20).", ge=1, sent_default=20)
    quota_ids: str | None = may("Quotas that all must be behind it, comma-separated; works for ACS only.")
    resource_name: str | None = may("Only the resource of this name, 3 to 28 characters.", min_length=3, max_length=28)
    resource_types: str | None = may(
        "Only these kinds: MaxCompute, ECS, Lingjun, ACS, Flink, SelfManagedAckPro, SelfManagedAckLingjun, "
        "SelfManagedASI."
    )
    verbose: bool | None = may("Whether to add details such as quotas (default true).")
    verbose_fields: str | None = may("Which details: Quota, Label, IsDefault, comma-separated.")
    workspace_id: WorkspaceId | None = may("Workspace to list; needed unless option is ListResource.")


class ResourceQuota(Shape):
    Id: str | None = may("Quota of a MaxCompute project; other kinds name theirs in Spec.", hint=True)


class NewResource(Shape):
    """Compute to attach to a workspace."""

    EnvType: Environment = need("Environment that gets it.")
    GroupName: str | None = may("Group that the resource belongs to; needed with option Attach.", hint=True)
    IsDefault: bool | None = may("Whether it becomes the default of its kind, of which there is one (default false).")
    Labels: list[Label] | None = may("Labels of the resource.")
    Name: str = need(
        "3 to 28 letters, digits or underscores, a letter first, free in the region; for an attached MaxCompute the "
        "name of its project.",
        min_length=3,
        max_length=28,
    )
    Quotas: list[ResourceQuota] | None = may("Quotas, for MaxCompute only.")
    ResourceType: ComputeKind | None = may("Kind of compute.", hint=True)
    Spec: dict[str, Any] | None = may(
        "For ECS and Lingjun: clusterType (share, private or FullyManaged), resourceId (the quota), resourceName.",
        hint=True,
    )
    WorkspaceId: kinds.WorkspaceId = need("Workspace that gets it, the same as in workspace_id.")


@AIWORKSPACE.post(
    "/api/v1/workspaces/{WorkspaceId}/resources",
    CREATE,
    "paiworkspace:CreateWorkspaceResource",
    "resources",
    example={
        "workspace_id": "123456",
        "option": "CreateAndAttach",
        "resources": [
            {
                "EnvType": "prod",
                "Name": "train_quota",
                "ResourceType": "Lingjun",
                "Spec": {"clusterType": "private", "resourceId": "quota1abcd2345", "resourceName": "train"},
                "WorkspaceId": "123456",
            }
        ],
    },
    target=Target("GetWorkspace"),
    risks=(SPEND,),
)
class CreateWorkspaceResource(Input):
    """Attach compute to a workspace: existing compute (Attach), or compute made for it (CreateAndAttach, which may
    cost)."""

    workspace_id: WorkspaceId = need("Workspace that gets the compute.")
    option: Literal["CreateAndAttach", "Attach"] | None = may(
        "CreateAndAttach makes the resource first; Attach takes one that exists, the only way for MaxCompute.",
        hint=True,
    )
    resources: list[NewResource] = need("What to attach.")


@AIWORKSPACE.put(
    "/api/v1/workspaces/{WorkspaceId}/resources",
    WRITE,
    "paiworkspace:UpdateWorkspaceResource",
    "resources",
    example={"workspace_id": "123456", "resource_ids": ["resource-abcd1234"], "is_default": True},
    target=Target("GetWorkspace"),
)
class UpdateWorkspaceResource(Input):
    """Change the default flag, labels or specification of attached compute. Needs group_name or resource_ids."""

    workspace_id: WorkspaceId = need("Workspace that has the compute.")
    group_name: str | None = may("Group to change; with resource_ids it must be theirs.")
    is_default: bool | None = may(
        "true makes it the default; false is not taken.", risk=FieldRisk(ADMIT, lambda value, target: value is True)
    )
    labels: list[Label] | None = may("Only resources that carry all of these labels are changed.")
    resource_ids: list[str] | None = may("Resources to change.", hint=True)
    resource_type: ComputeKind | None = may("Kind of compute.")
    spec: dict[str, Any] | None = may(
        "New specification, in the form that aiworkspace_create_workspace_resource takes.",
        risk=FieldRisk(STOP),
    )


@AIWORKSPACE.delete(
    "/api/v1/workspaces/{WorkspaceId}/resources",
    DELETE,
    "paiworkspace:DeleteWorkspaceResource",
    "resources",
    example={"workspace_id": "123456", "resource_ids": "resource-abcd1234", "option": "Detach"},
    rules="R30",
    target=Target("GetWorkspace"),
    lost="the resources: unless Option is Detach, they are deleted, not only taken out",
)
class DeleteWorkspaceResource(Input):
    """Detach compute from a workspace, and delete it too unless option is Detach. Needs group_name or resource_ids."""

    workspace_id: WorkspaceId = need("Workspace that has the compute.")
    group_name: str | None = may("Group to detach.")
    labels: str | None = may("Labels that narrow what is detached, comma-separated.")
    option: Literal["DetachAndDelete", "Detach"] | None = may(
        "DetachAndDelete (the service's default!) destroys the resource; Detach only takes it out, the only way for "
        "MaxCompute.",
        hint=True,
    )
    resource_ids: str | None = may("Resources to detach, comma-separated, all of one group.", hint=True)
    resource_type: ComputeKind | None = may("Kind of compute.")
