"""Workspaces: where everything else lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..accounts import name_of
from ..wire import Received, handles
from .paging import among, containing, ordered, page
from .store import Noun, Record, find, rows, view

if TYPE_CHECKING:
    from ..world import World

WORKSPACE = Noun("Workspace", "workspaces", "WorkspaceId", "", unique="WorkspaceName", scope="_account")
_LIMITS = {"PAI_share": {"MaxGpu": 64}, "WorkspaceCount": 20}


def owner(record: Record) -> Record:
    """Who owns a workspace, as the answers show it."""
    user_id = record["Creator"]
    return {"UserId": user_id, "UserKp": user_id, "UserName": name_of(user_id), "DisplayName": name_of(user_id)}


@handles("ListWorkspaces")
def list_workspaces(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if args.get("Option") == "GetResourceLimits":
        return {"ResourceLimits": _LIMITS, "TotalCount": 0, "Workspaces": []}
    found = containing(rows(world, WORKSPACE, received), ("WorkspaceName",), args.get("WorkspaceName"))
    found = among(among(found, "WorkspaceId", args.get("WorkspaceIds")), "Status", args.get("Status"))
    found = among(found, "ResourceGroupId", args.get("ResourceGroupId"))
    found = ordered(found, args, ("GmtCreateTime", "GmtModifiedTime"))
    model = "ListWorkspacesResponseBodyWorkspaces"
    shown = [view(_with_default(world, received, row, args), model) for row in page(found, args)]
    return {"Workspaces": shown, "TotalCount": len(found)}


def _with_default(world: World, received: Received, record: Record, args: Record) -> Record:
    if args.get("Fields") == "Id":
        return {"WorkspaceId": record["WorkspaceId"]}
    default = world.default_workspace(received.caller.user_id) == record["WorkspaceId"]
    extra = {"IsDefault": default, "resourceGroupId": record.get("ResourceGroupId")}
    return record | extra | ({} if args.get("Verbose") else {"AdminNames": None, "ExtraInfos": None})


@handles("GetWorkspace")
def get_workspace(world: World, received: Received) -> dict[str, Any]:
    record = find(world, WORKSPACE, received)
    default = world.default_workspace(received.caller.user_id) == record["WorkspaceId"]
    shown = record | {"Owner": owner(record), "IsDefault": default}
    return view(shown, "GetWorkspaceResponseBody")
