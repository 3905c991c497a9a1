"""Members: who works in a workspace, and in which roles."""

from __future__ import annotations

from ...operation import ADMIT, AIWORKSPACE, CREATE, DELETE, EXPOSE, READ, WRITE, Target, card, rows
from ...shapes import Input, Shape, may, need
from ..kinds import WorkspaceId

_ROLES = (
    "PAI.WorkspaceOwner, PAI.WorkspaceAdmin, PAI.AlgoDeveloper, PAI.AlgoOperator, PAI.LabelManager, "
    "PAI.MaxComputeDeveloper, PAI.WorkspaceGuest"
)


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/members",
    READ,
    "paiworkspace:ListMembers",
    "admin",
    example={"workspace_id": "123456", "roles": "PAI.AlgoDeveloper"},
    view=rows("Members", "MemberId UserId MemberName DisplayName AccountType Roles GmtCreateTime"),
)
class ListMembers(Input):
    """List the members of a workspace with their roles."""

    workspace_id: WorkspaceId = need("Workspace whose members are wanted.")
    member_name: str | None = may("Part of the name.")
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Members on one page (default 20).", ge=1, sent_default=20)
    roles: str | None = may(f"Only members with these roles, comma-separated: {_ROLES}, or ids of custom roles.")
    user_id: str | None = may("Only the member with this account.")


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/member",
    READ,
    "paiworkspace:GetMember",
    "admin",
    example={"workspace_id": "123456", "user_id": "200123456789012345"},
    view=card("MemberId UserId MemberName DisplayName AccountType Roles GmtCreateTime"),
)
class GetMember(Input):
    """Read one member of a workspace, by member_id or by user_id: give exactly one."""

    workspace_id: WorkspaceId = need("Workspace to look in.")
    member_id: str | None = may("Member, from aiworkspace_list_members.", hint=True)
    user_id: str | None = may("Account of the member.", hint=True)


@AIWORKSPACE.get(
    "/api/v1/workspaces/{WorkspaceId}/users",
    READ,
    "paiworkspace:ListWorkspaceUsers",
    "admin",
    example={"workspace_id": "123456", "user_name": "lin"},
    view=rows("Users", "UserId UserName"),
)
class ListWorkspaceUsers(Input):
    """List the accounts that could still be added to a workspace. For those in it, use aiworkspace_list_members."""

    workspace_id: WorkspaceId = need("Workspace to add to.")
    user_id: str | None = may("Only this account.")
    user_name: str | None = may("Only accounts with this display name.")


class NewMember(Shape):
    """Accounts that join a workspace with the same roles."""

    Roles: list[str] = need(f"Roles they get: {_ROLES}, or ids of custom roles (role-…).")
    UserId: str = need("Account; several with commas between.")


@AIWORKSPACE.post(
    "/api/v1/workspaces/{WorkspaceId}/members",
    CREATE,
    "paiworkspace:CreateMember",
    "admin",
    example={
        "workspace_id": "123456",
        "members": [{"Roles": ["PAI.AlgoDeveloper"], "UserId": "200123456789012345"}],
    },
    target=Target("GetWorkspace"),
    risks=(EXPOSE, ADMIT),
)
class CreateMember(Input):
    """Add accounts to a workspace and give them roles there."""

    workspace_id: WorkspaceId = need("Workspace to add to.")
    members: list[NewMember] = need("Accounts with their roles.")


@AIWORKSPACE.delete(
    "/api/v1/workspaces/{WorkspaceId}/members",
    DELETE,
    "paiworkspace:DeleteMembers",
    "admin",
    example={"workspace_id": "123456", "member_ids": "123456-200123456789012345"},
    rules="R30",
    target=Target("GetWorkspace"),
)
class DeleteMembers(Input):
    """Remove members from a workspace; their accounts stay."""

    workspace_id: WorkspaceId = need("Workspace to remove from.")
    member_ids: str = need("Members, comma-separated, from aiworkspace_list_members.")


@AIWORKSPACE.post(
    "/api/v1/workspaces/{WorkspaceId}/members/{MemberId}/roles/{RoleName}",
    WRITE,
    "paiworkspace:AddMemberRole",
    "admin",
    example={"workspace_id": "123456", "member_id": "123456-200123456789012345", "role_name": "PAI.AlgoOperator"},
    target=Target("GetWorkspace"),
    risks=(EXPOSE, ADMIT),
)
class AddMemberRole(Input):
    """Give a member of a workspace one more role."""

    workspace_id: WorkspaceId = need("Workspace of the member.")
    member_id: str = need("Member, from aiworkspace_list_members.")
    role_name: str = need(f"Role to give: {_ROLES}, or the id of a custom role.")


@AIWORKSPACE.delete(
    "/api/v1/workspaces/{WorkspaceId}/members/{MemberId}/roles/{RoleName}",
    DELETE,
    "paiworkspace:RemoveMemberRole",
    "admin",
    example={"workspace_id": "123456", "member_id": "123456-200123456789012345", "role_name": "PAI.AlgoOperator"},
    rules="R30",
    target=Target("GetWorkspace"),
)
class RemoveMemberRole(Input):
    """Take one role from a member of a workspace."""

    workspace_id: WorkspaceId = need("Workspace of the member.")
    member_id: str = need("Member, from aiworkspace_list_members.")
    role_name: str = need("Role to take, as the member's Roles show it.")
