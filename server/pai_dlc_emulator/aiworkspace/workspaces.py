"""Workspaces: where everything else lives, and which one is whose default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..accounts import ACCOUNT_ID, name_of
from ..wire import Received, ServiceError, handles
from .nouns import Noun, Record, invalid, not_found
from .paging import Listing
from .store import create, crud, find, moment, owned, rows, shown, touch

if TYPE_CHECKING:
    from ..world import World

WORKSPACE = Noun(
    "Workspace",
    "workspaces",
    "WorkspaceId",
    unique="WorkspaceName",
    pattern="[A-Za-z][A-Za-z0-9_]{2,22}",
    scope="_account",
    defaults={"_account": ACCOUNT_ID, "Status": "ENABLED", "ResourceGroupId": "rg-emulator", "AdminNames": []},
)
LISTING = Listing(
    exact={"WorkspaceIds": "WorkspaceId", "Status": "Status", "ResourceGroupId": "ResourceGroupId"},
    fuzzy={"WorkspaceName": ("WorkspaceName",)},
    sortable=("GmtCreateTime", "GmtModifiedTime"),
)
MOST_WORKSPACES = 20
_ENVIRONMENTS = (["prod"], ["dev", "prod"])
crud(WORKSPACE, update_="UpdateWorkspace")


def enroll(world: World, workspace: str, user_id: str, roles: list[str]) -> Record:
    """Make a user a member of a workspace."""
    identity, name = f"{workspace}-{user_id}", name_of(user_id)
    names = {"MemberName": name, "DisplayName": name, "AccountName": name, "AccountType": "5"}
    times = {"GmtCreateTime": moment(world)}
    record = {"MemberId": identity, "WorkspaceId": workspace, "UserId": user_id, "Roles": roles, **names, **times}
    world.tables["members"][identity] = record
    return record


@handles("CreateWorkspace")
def create_workspace(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if sorted(args["EnvTypes"]) not in _ENVIRONMENTS:
        raise invalid("EnvTypes", "it is prod, or dev and prod")
    if len(args["Description"]) > 80:
        raise invalid("Description", "it has at most 80 characters")
    if len(world.workspaces) >= MOST_WORKSPACES:
        raise ServiceError(400, "WorkspaceLimitExceeded", f"An account has at most {MOST_WORKSPACES} workspaces.")
    extra = {
        "DisplayName": args.get("DisplayName") or args["WorkspaceName"],
        "WorkspaceId": world.ids.number("workspace"),
    }
    record = create(world, WORKSPACE, received, ExtraInfos={"TenantId": ACCOUNT_ID}, **extra)
    record["AdminNames"] = [name_of(received.caller.user_id)]
    enroll(world, record["WorkspaceId"], received.caller.user_id, ["PAI.WorkspaceOwner"])
    return shown(record, "CreateWorkspace")


@handles("DeleteWorkspace")
def delete_workspace(world: World, received: Received) -> dict[str, Any]:
    """Erase a workspace with all that belongs to it; who had it as default is back to the first one."""
    record = owned(world, WORKSPACE, received)
    identity = record["WorkspaceId"]
    for table in world.tables.values():
        for key in [key for key, row in table.items() if row.get("WorkspaceId") == identity]:
            del table[key]
    world.defaults = {user: workspace for user, workspace in world.defaults.items() if workspace != identity}
    return {}


@handles("ListWorkspaces")
def list_workspaces(world: World, received: Received) -> dict[str, Any]:
    if received.args.get("Option") == "GetResourceLimits":
        limits = {"WorkspaceCount": MOST_WORKSPACES, "UsedWorkspaceCount": len(world.workspaces)}
        return {"ResourceLimits": limits, "TotalCount": 0, "Workspaces": []}
    found = rows(world, WORKSPACE, received)
    user = received.args.get("UserId")
    if user:
        found = [row for row in found if f"{row['WorkspaceId']}-{user}" in world.tables["members"]]
    return LISTING.answer(received, found, lambda row: _listed(world, received, row))


def _listed(world: World, received: Received, record: Record) -> Record:
    if received.args.get("Fields") == "Id":
        return {"WorkspaceId": record["WorkspaceId"]}
    details = {} if received.args.get("Verbose") else {"AdminNames": None, "ExtraInfos": None}
    return _dressed(world, received, record) | {"resourceGroupId": record["ResourceGroupId"]} | details


def _dressed(world: World, received: Received, record: Record) -> Record:
    """The workspace with its owner, and whether it is the caller's default one."""
    creator, name = record["Creator"], name_of(record["Creator"])
    owner = {"UserId": creator, "UserKp": creator, "UserName": name, "DisplayName": name}
    return record | {
        "Owner": owner,
        "IsDefault": world.default_workspace(received.caller.user_id) == record["WorkspaceId"],
    }


@handles("GetWorkspace")
def get_workspace(world: World, received: Received) -> dict[str, Any]:
    return shown(_dressed(world, received, find(world, WORKSPACE, received)), "GetWorkspace")


@handles("GetDefaultWorkspace")
def get_default_workspace(world: World, received: Received) -> dict[str, Any]:
    identity = world.default_workspace(received.caller.user_id)
    record = _dressed(world, received, find(world, WORKSPACE, received, identity))
    steps = ("CREATING", "WORKSPACE_CREATED", "MEMBERS_ADDED", "ENABLED")
    conditions = [{"Type": step, "Code": 200, "Message": "done"} for step in steps]
    return shown(record | ({"Conditions": conditions} if received.args.get("Verbose") else {}), "GetDefaultWorkspace")


@handles("UpdateDefaultWorkspace")
def update_default_workspace(world: World, received: Received) -> dict[str, Any]:
    identity = received.args.get("WorkspaceId", "")
    world.defaults[received.caller.user_id] = find(world, WORKSPACE, received, identity)["WorkspaceId"]
    return {}


@handles("ChangeResourceGroup")
def change_resource_group(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if args.get("ResourceType", "").lower() != "workspace":
        raise invalid("ResourceType", "only a workspace can be moved")
    if not args.get("NewResourceGroupId"):
        raise invalid("NewResourceGroupId", "it is empty")
    record = world.workspaces.get(args.get("ResourceId", ""))
    if record is None:
        raise not_found("Workspace", args.get("ResourceId", ""))
    record["ResourceGroupId"] = args["NewResourceGroupId"]
    touch(world, WORKSPACE, record)
    return {}
