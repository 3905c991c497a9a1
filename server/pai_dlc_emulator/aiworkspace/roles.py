"""Custom roles of a workspace. A change takes a few seconds; an instance job shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, ServiceError, handles
from .nouns import Noun, Record, invalid, not_found
from .paging import Listing
from .store import create, find, moment, rows, shown, update
from .workspaces import WORKSPACE

if TYPE_CHECKING:
    from ..world import World

CHANGE_S = 5.0
"""How long a change of a role is under way, in emulated seconds."""
ROLE = Noun(
    "Role",
    "roles",
    "RoleId",
    "role-",
    unique="RoleName",
    pattern="[A-Za-z0-9_-]{1,64}",
    enums={"RoleType": ("custom",)},
)
LISTING = Listing(
    exact={"RoleIds": "RoleId", "Status": "Status", "RoleType": "RoleType"},
    fuzzy={"RoleName": ("RoleName",)},
    sortable=("GmtCreateTime", "GmtModifiedTime"),
)
_ENDED = {"Creating": "Succeeded", "Updating": "Succeeded"}
_PERMISSION_TYPES = ("ReadOnly", "ReadWrite", "FullAccess", "NoPrivilege", "CustomPermissions")


def _start(world: World, role: Record, status: str) -> Record:
    """Begin a change and return the job that shows it."""
    role["Status"], role["_until"] = status, world.clock.now() + CHANGE_S
    verb = {"Creating": "Create", "Updating": "Update", "Deleting": "Delete"}[status]
    job = {
        "InstanceJobId": world.ids.next("job-"), "InstanceId": role["RoleId"], "GmtCreateTime": moment(world),
        "WorkspaceId": role["WorkspaceId"], "Type": f"{verb}WorkspaceCustomRole", "Status": status,
        "_until": role["_until"],
    }  # fmt: skip
    world.tables["instance_jobs"][job["InstanceJobId"]] = job
    return job


def _settle(world: World) -> None:
    """Finish the changes whose time has come."""
    now = world.clock.now()
    for job in world.tables["instance_jobs"].values():
        if job["_until"] <= now:
            job["Status"] = "Successful"
    for key, role in list(world.tables["roles"].items()):
        if role["_until"] <= now and role["Status"] == "Deleting":
            del world.tables["roles"][key]
        elif role["_until"] <= now:
            role["Status"] = _ENDED.get(role["Status"], role["Status"])


def _check(modules: list[Record]) -> None:
    for module in modules:
        kind = module.get("PermissionType")
        if kind not in _PERMISSION_TYPES:
            raise invalid("ModulePermissions", f"PermissionType is one of {', '.join(_PERMISSION_TYPES)}")
        if (kind == "CustomPermissions") != bool(module.get("Permissions")):
            raise invalid("ModulePermissions", "Permissions belong to CustomPermissions, and to nothing else")


@handles("CreateWorkspaceRole")
def create_workspace_role(world: World, received: Received) -> dict[str, Any]:
    _settle(world)
    _check(received.args["ModulePermissions"])
    role = create(world, ROLE, received, RoleType=received.args.get("RoleType", "custom"))
    return shown(_start(world, role, "Creating"), "CreateWorkspaceRole")


@handles("UpdateWorkspaceRole")
def update_workspace_role(world: World, received: Received) -> dict[str, Any]:
    role = _steady(world, received, received.args["RoleId"])
    _check(received.args.get("ModulePermissions") or [])
    update(world, ROLE, received)
    return shown(_start(world, role, "Updating"), "UpdateWorkspaceRole")


@handles("DeleteWorkspaceRoles")
def delete_workspace_roles(world: World, received: Received) -> dict[str, Any]:
    chosen = [_steady(world, received, key) for key in received.args.get("RoleIds") or []]
    if not chosen:
        raise invalid("RoleIds", "it is empty")
    held = {role for member in world.tables["members"].values() for role in member["Roles"]}
    if held & {role["RoleId"] for role in chosen}:
        raise ServiceError(400, "RoleInUse", "A role that a member has cannot be deleted.")
    for role in chosen:
        _start(world, role, "Deleting")
    return {}


def _steady(world: World, received: Received, key: str) -> Record:
    """A role that is not being changed already."""
    _settle(world)
    role = find(world, ROLE, received, key)
    if role["Status"] != "Succeeded":
        raise ServiceError(409, "RoleStatusConflict", f"The role {key} is {role['Status']}.")
    return role


@handles("GetWorkspaceRole")
def get_workspace_role(world: World, received: Received) -> dict[str, Any]:
    _settle(world)
    return shown(find(world, ROLE, received), "GetWorkspaceRole")


@handles("ListWorkspaceRoles")
def list_workspace_roles(world: World, received: Received) -> dict[str, Any]:
    _settle(world)
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    found = [role for role in rows(world, ROLE, received) if role["WorkspaceId"] == workspace]
    verbose = "ModulePermissions" in received.args.get("VerboseFields", "ModulePermissions")
    return LISTING.answer(received, found, lambda role: role if verbose else role | {"ModulePermissions": None})


@handles("GetInstanceJob")
def get_instance_job(world: World, received: Received) -> dict[str, Any]:
    _settle(world)
    job = world.tables["instance_jobs"].get(received.args["InstanceJobId"])
    if job is None:
        raise not_found("InstanceJob", received.args["InstanceJobId"])
    return shown(job, "GetInstanceJob")
