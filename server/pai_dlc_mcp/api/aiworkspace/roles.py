"""Custom roles of a workspace, and what the caller may do there. Changes of roles run on after the answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, EXPOSE, READ, WRITE, Target, card, rows
from ...shapes import Input, Known, Shape, may, need
from ..kinds import WorkspaceId
from .shapes_common import Order

Module = Annotated[
    str,
    Known(
        "PaiDesigner",
        "Paiflow",
        "DSW",
        "DLC",
        "Dataset",
        "Model",
        "Image",
        "CodeSource",
        "PaiWorkspace@@Workspace",
        "PaiWorkspace@@MemberRole",
        "PaiWorkspace@@Resource",
        "PaiWorkspace@@Config",
        "ArtLab",
    ),
]
_NAME = "Up to 64 letters, digits, _ or -; free in the workspace."
_NAME_PATTERN = "^[A-Za-z0-9_-]+$"


class PermissionRule(Shape):
    """On whose things a permission holds."""

    Accessibility: Literal["PUBLIC", "PRIVATE", "ANY"] | None = may(
        "Visibility of the things: PUBLIC those of the whole workspace, PRIVATE unpublished ones, ANY both.", hint=True
    )
    EntityAccessType: Literal["CREATOR", "ANY"] | None = may(
        "With PRIVATE: CREATOR only on one's own things, ANY also on those of others.", hint=True
    )


class CustomPermission(Shape):
    """Permissions that share their rules."""

    PermissionCodes: list[str] | None = may("Codes such as PaiDLC:StopJob.", hint=True)
    PermissionRules: list[PermissionRule] | None = may("On whose things they hold.", hint=True)


class ModulePermission(Shape):
    """What a role may do in one module."""

    ModuleName: Module | None = may("Part of the product; those with @@ are parts of the workspace itself.", hint=True)
    PermissionType: Literal["ReadOnly", "ReadWrite", "FullAccess", "NoPrivilege", "CustomPermissions"] | None = may(
        "How much; ReadWrite may edit and run. CustomPermissions needs Permissions.", hint=True
    )
    Permissions: list[CustomPermission] | None = may("The single permissions of CustomPermissions.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/roles",
    READ,
    "paiworkspace:ListWorkspaceRoles",
    "admin",
    example={"workspace_id": "123456"},
    view=rows("Roles", "RoleId RoleName Creator OwnerName GmtCreateTime GmtModifiedTime ModulePermissions.ModuleName"),
)
class ListWorkspaceRoles(Input):
    """List the custom roles of a workspace."""

    workspace_id: WorkspaceId = need("Workspace whose roles are wanted.")
    order: Order | None = may("Direction of sort_by (default ASC).")
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Roles on one page (default 20).", ge=1, sent_default=20)
    role_ids: str | None = may("Only these roles, comma-separated.")
    role_name: str | None = may("Only the role of this name.")
    role_type: str | None = may("Kind of role; only custom is known.")
    sort_by: Literal["GmtCreateTime", "GmtModifiedTime"] | None = may("Time to sort by (default GmtCreateTime).")
    status: Annotated[str, Known("Creating", "Updating", "Deleting", "Succeeded", "Failed")] | None = may(
        "Only roles whose last change stands so."
    )
    verbose_fields: str | None = may("ModulePermissions adds what each role may do.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/roles/{RoleId}",
    READ,
    "paiworkspace:GetWorkspaceRole",
    "admin",
    example={"workspace_id": "123456", "role_id": "role-abcd1234"},
    view=card("RoleId RoleName Status ModulePermissions Creator OwnerName GmtCreateTime GmtModifiedTime"),
)
class GetWorkspaceRole(Input):
    """Read a custom role and what it may do in each module."""

    workspace_id: WorkspaceId = need("Workspace of the role.")
    role_id: str = need("Role to read.")


@AIWORKSPACE.post(
    "/api/v1/workspaces/{WorkspaceId}/roles",
    CREATE,
    "paiworkspace:AddWorkspaceRole",
    "admin",
    example={
        "workspace_id": "123456",
        "module_permissions": [{"ModuleName": "DLC", "PermissionType": "ReadOnly"}],
        "role_name": "auditor",
    },
    target=Target("GetWorkspace"),
    risks=(ADMIT,),
)
class CreateWorkspaceRole(Input):
    """Define a custom role in a workspace. The answer's InstanceJobId says by aiworkspace_get_instance_job when it is
    ready."""

    workspace_id: WorkspaceId = need("Workspace that gets the role.")
    module_permissions: list[ModulePermission] = need("What the role may do, module by module.")
    role_name: str = need(_NAME, max_length=64, pattern=_NAME_PATTERN)
    role_type: str | None = may("Kind of role; only custom (the default) can be made.")
    user_id: str | None = may("Account in whose name the role is made.")


@AIWORKSPACE.put(
    "/api/v1/workspaces/{WorkspaceId}/roles/{RoleId}",
    WRITE,
    "paiworkspace:UpdateWorkspaceRole",
    "admin",
    example={
        "workspace_id": "123456",
        "role_id": "role-abcd1234",
        "module_permissions": [{"ModuleName": "DLC", "PermissionType": "ReadWrite"}],
    },
    target=Target("GetWorkspaceRole"),
    risks=(EXPOSE, ADMIT),
)
class UpdateWorkspaceRole(Input):
    """Change a custom role, for everybody who has it. Follow the change with aiworkspace_get_instance_job."""

    workspace_id: WorkspaceId = need("Workspace of the role.")
    role_id: str = need("Role to change.")
    module_permissions: list[ModulePermission] | None = may("What the role may do from now on.", hint=True)
    role_name: str | None = may(_NAME, max_length=64, pattern=_NAME_PATTERN)


@AIWORKSPACE.post(
    "/api/v1/workspaces/{WorkspaceId}/roles/action/delete",
    DELETE,
    "paiworkspace:RemoveWorkspaceRole",
    "admin",
    example={"workspace_id": "123456", "role_ids": ["role-abcd1234"]},
    rules="R30",
    target=Target("GetWorkspace"),
)
class DeleteWorkspaceRoles(Input):
    """Delete custom roles of a workspace; members lose what the roles gave them."""

    workspace_id: WorkspaceId = need("Workspace of the roles.")
    role_ids: list[str] | None = may("Roles to delete.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/instancejobs/{InstanceJobId}",
    READ,
    "paiworkspace:GetInstanceJob",
    "admin",
    example={"instance_job_id": "job-abcd1234"},
    view=card("InstanceJobId Type Status ReasonMessage InstanceId GmtCreateTime"),
    is_account_wide=True,
)
class GetInstanceJob(Input):
    """Read how far a change of a custom role is: Creating, Updating, Deleting, Successful or Failed. Not a training
    job."""

    instance_job_id: str = need("InstanceJobId from the answer that started the change.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/permissions",
    READ,
    "paiworkspace:ListPermissions",
    "admin",
    example={"workspace_id": "123456"},
    view=rows("Permissions", "PermissionCode PermissionRules"),
)
class ListPermissions(Input):
    """List what the caller may do in a workspace."""

    workspace_id: WorkspaceId = need("Workspace to look in.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/permissions/{PermissionCode}",
    READ,
    "paiworkspace:GetPermission",
    "admin",
    example={"workspace_id": "123456", "permission_code": "PaiDLC:StopJob"},
    view=card("PermissionCode PermissionRules"),
    action_confidence="secondary",
)
class GetPermission(Input):
    """Ask whether one permission is granted in a workspace, and on whose things."""

    workspace_id: WorkspaceId = need("Workspace to look in.")
    permission_code: str = need("Permission, such as PaiDLC:StopJob.")
    accessibility: Literal["PUBLIC", "PRIVATE", "ANY"] | None = may("Visibility of the thing that is asked about.")
    caller_type: str | None = may("Kind of the account that is asked about; its values are not documented.")
    caller_uid: str | None = may("Account that is asked about, where it is not the caller.")
    creator: str | None = may("Account that made the thing.")
    labels: dict[str, Any] | None = may("Labels of the thing.", style="json")
    option: str | None = may("ResourceEmpty, DisableRam (leaves RAM policies out), comma-separated.")
    resource: str | None = may("The thing that is asked about.")
