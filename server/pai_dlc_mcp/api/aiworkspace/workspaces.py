"""Workspaces: the rooms in which jobs, images, datasets and people of a region are kept apart."""

from __future__ import annotations

from typing import Literal

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, READ, WRITE, Find, Reveals, Target, card, rows
from ...shapes import Input, may, need
from ..kinds import WorkspaceId
from .shapes_common import Environment, Order

_CARD = "WorkspaceId WorkspaceName DisplayName Status EnvTypes Description Creator GmtCreateTime"


@AIWORKSPACE.get(
    "/api/v1/workspaces",
    READ,
    "paiworkspace:ListWorkspaces",
    "workspaces",
    example={"page_size": 20, "status": "ENABLED"},
    view=rows("Workspaces", "WorkspaceId WorkspaceName DisplayName Status EnvTypes IsDefault Creator GmtCreateTime"),
    reveals=Reveals("workspace", "Workspaces", "WorkspaceId", ("WorkspaceName", "DisplayName")),
    rules="R01",
    presets="default lean discovery",
    is_account_wide=True,
)
class ListWorkspaces(Input):
    """List the region's workspaces. Start here: a job needs a WorkspaceId from here, and the user chooses which."""

    fields: str | None = may("Properties to answer with, comma-separated; only Id is known.")
    module_list: str | None = may("Products whose workspaces count, comma-separated (default PAI).")
    option: Literal["GetWorkspaces", "GetResourceLimits", "CheckWorkspaceExists"] | None = may(
        "GetWorkspaces (default) answers the workspaces; GetResourceLimits the limits on their resources; "
        "CheckWorkspaceExists whether a name is taken."
    )
    order: Order | None = may("Direction of sort_by (default ASC).")
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Workspaces on one page (default 20).", ge=1, sent_default=20)
    resource_group_id: str | None = may("Only workspaces billed to this Alibaba Cloud resource group.")
    sort_by: Literal["GmtCreateTime", "GmtModifiedTime"] | None = may("Time to sort by (default GmtCreateTime).")
    status: Literal["ENABLED", "INITIALIZING", "FAILURE", "DISABLED", "FROZEN", "UPDATING"] | None = may(
        "Only workspaces in this state; jobs run in ENABLED ones. FROZEN means that a bill is overdue."
    )
    user_id: str | None = may("Only workspaces of this account's user.")
    verbose: bool | None = may("Add administrators and further details (default false).")
    workspace_ids: WorkspaceId | None = may("Only these workspaces, comma-separated.")
    workspace_name: str | None = may("Only workspaces of this name.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}",
    READ,
    "paiworkspace:GetWorkspace",
    "workspaces",
    example={"workspace_id": "123456"},
    view=card(f"{_CARD} IsDefault Owner.UserName"),
    reveals=Reveals("workspace", "", "WorkspaceId", ("WorkspaceName", "DisplayName")),
    rules="R01",
    presets="discovery",
)
class GetWorkspace(Input):
    """Read one workspace by its id: state, environments, owner."""

    workspace_id: WorkspaceId = need("Workspace to read.")
    verbose: bool | None = may("Add the owner and further details (default false).")


@AIWORKSPACE.get(
    "/api/v1/defaultWorkspaces",
    READ,
    "paiworkspace:GetDefaultWorkspace",
    "workspaces",
    example={"verbose": True},
    view=card(f"{_CARD} Owner.UserName"),
    reveals=Reveals("workspace", "", "WorkspaceId", ("WorkspaceName", "DisplayName")),
    rules="R01",
    is_account_wide=True,
)
class GetDefaultWorkspace(Input):
    """Read the caller's default workspace, where the service puts jobs that name none."""

    verbose: bool | None = may("Add the conditions of the workspace (default false).")


@AIWORKSPACE.post(
    "/api/v1/workspaces",
    CREATE,
    "paiworkspace:CreateWorkspace",
    "workspaces",
    example={"description": "Ranking models", "env_types": ["prod"], "workspace_name": "ranking"},
    find=Find("ListWorkspaces", "Workspaces", "WorkspaceId", "WorkspaceName"),
)
class CreateWorkspace(Input):
    """Make a workspace in the region. It has no compute yet: attach some with aiworkspace_create_workspace_resource."""

    description: str = need("What the workspace is for, up to 80 characters.", max_length=80)
    display_name: str | None = may("Name that people see (default workspace_name).")
    env_types: list[Environment] = need('["prod"] for the simple kind, ["dev", "prod"] for the standard kind.')
    resource_group_id: str | None = may("Alibaba Cloud resource group that is billed.")
    workspace_name: str = need(
        "3 to 23 letters, digits or underscores, a letter first; free in the region.",
        min_length=3,
        max_length=23,
        pattern="^[A-Za-z][A-Za-z0-9_]*$",
    )


@AIWORKSPACE.put(
    "/api/v1/workspaces/{WorkspaceId}",
    WRITE,
    "paiworkspace:UpdateWorkspace",
    "workspaces",
    example={"workspace_id": "123456", "description": "Ranking and retrieval models"},
    target=Target("GetWorkspace"),
)
class UpdateWorkspace(Input):
    """Change the description or the display name of a workspace; its name and environments stay."""

    workspace_id: WorkspaceId = need("Workspace to change.")
    description: str | None = may("New description.")
    display_name: str | None = may("New display name, 3 to 23 characters.", min_length=3, max_length=23)


@AIWORKSPACE.put(
    "/api/v1/defaultWorkspaces",
    WRITE,
    "paiworkspace:UpdateDefaultWorkspace",
    "workspaces",
    example={"workspace_id": "123456"},
    risks=(ADMIT,),
)
class UpdateDefaultWorkspace(Input):
    """Choose the workspace that the service takes when a request names none."""

    workspace_id: WorkspaceId | None = may("Workspace that becomes the default.", hint=True)


@AIWORKSPACE.delete(
    "/api/v1/workspaces/{WorkspaceId}",
    DELETE,
    "paiworkspace:DeleteWorkspace",
    "workspaces",
    example={"workspace_id": "123456"},
    rules="R30",
    target=Target("GetWorkspace", is_whole=True),
    lost="the workspace with its members, roles and settings",
    touches_any_job=True,
)
class DeleteWorkspace(Input):
    """Delete a workspace for good."""

    workspace_id: WorkspaceId = need("Workspace to delete.")
