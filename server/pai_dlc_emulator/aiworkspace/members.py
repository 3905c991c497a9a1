"""Who may do what in a workspace: members, custom roles, and the permissions that follow from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..accounts import USERS, name_of
from ..contract import products
from ..listing import Listing, answer, containing, view_as
from ..wire import Received, Record, ServiceError, invalid
from ..world import World, handles
from .nouns import Noun, not_found
from .store import ADMINS, as_answer, create_record, find_record, now_text, update_record, visible_records
from .workspaces import WORKSPACE, enroll

MEMBER = Noun("Member", "members", "MemberId")
MEMBER_LISTING = Listing(fuzzy={"MemberName": ("MemberName",)}, exact={"UserId": "UserId"})
BASIC_ROLES = tuple(
    f"PAI.{role}"
    for role in (
        "AlgoDeveloper", "AlgoOperator", "LabelManager", "MaxComputeDeveloper",
        "WorkspaceAdmin", "WorkspaceGuest", "WorkspaceOwner",
    )
)  # fmt: skip


def _check_role_name(world: World, workspace: str, role: str) -> None:
    custom = world.catalogue.tables["roles"].get(role)
    if role not in BASIC_ROLES and (custom is None or custom["WorkspaceId"] != workspace):
        raise invalid("Roles", f"{role} is neither a basic role nor a custom role of the workspace")


def _manage(world: World, received: Received) -> str:
    """The workspace of the request, if the caller may manage its members."""
    workspace = str(find_record(world, WORKSPACE, received)["WorkspaceId"])
    member = world.catalogue.tables["members"].get(f"{workspace}-{received.caller.user_id}", {"Roles": []})
    if not ADMINS & set(member["Roles"]):
        raise ServiceError(403, "Forbidden", "Only owners and administrators manage the members of a workspace.")
    return workspace


@handles("CreateMember")
def create_member(world: World, received: Received) -> dict[str, Any]:
    workspace = _manage(world, received)
    pairs = [(user, m) for m in received.args["Members"] for user in str(m.get("UserId", "")).split(",")]
    for user, member in pairs:
        if user not in {known.user_id for known in USERS}:
            raise invalid("Members", f"there is no user {user}")
        if f"{workspace}-{user}" in world.catalogue.tables["members"]:
            raise ServiceError(409, "MemberAlreadyExists", f"The user {user} is a member already.")
        for role in member.get("Roles") or [""]:
            _check_role_name(world, workspace, role)
    enrolled = [enroll(world, workspace, user, list(member["Roles"])) for user, member in pairs]
    return {"Members": [view_as(record, "CreateMemberResponseBodyMembers") for record in enrolled]}


@handles("ListMembers")
def list_members(world: World, received: Received) -> dict[str, Any]:
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    found = [row for row in visible_records(world, MEMBER, received) if row["WorkspaceId"] == workspace]
    wanted = {role for role in received.args.get("Roles", "").split(",") if role}
    found = [row for row in found if not wanted or wanted & set(row["Roles"])]
    return MEMBER_LISTING.answer(received, found)


@handles("GetMember")
def get_member(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if bool(args.get("MemberId")) == bool(args.get("UserId")):
        raise invalid("MemberId", "exactly one of MemberId and UserId is expected")
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    return as_answer(_member(world, workspace, args.get("MemberId") or f"{workspace}-{args['UserId']}"), "GetMember")


def _member(world: World, workspace: str, identity: str) -> Record:
    record = world.catalogue.tables["members"].get(identity)
    if record is None or record["WorkspaceId"] != workspace:
        raise not_found("Member", identity)
    return record


@handles("DeleteMembers")
def delete_members(world: World, received: Received) -> dict[str, Any]:
    workspace = _manage(world, received)
    members = [_member(world, workspace, identity) for identity in received.args["MemberIds"].split(",")]
    if any("PAI.WorkspaceOwner" in member["Roles"] for member in members):
        raise ServiceError(400, "OwnerCannotBeRemoved", "The owner of a workspace cannot be removed from it.")
    for member in members:
        del world.catalogue.tables["members"][member["MemberId"]]
    return {}


@handles("AddMemberRole")
def add_member_role(world: World, received: Received) -> dict[str, Any]:
    workspace, role = _manage(world, received), received.args["RoleName"]
    member = _member(world, workspace, received.args["MemberId"])
    _check_role_name(world, workspace, role)
    if role in member["Roles"]:
        raise ServiceError(409, "RoleAlreadyGranted", f"The member has the role {role} already.")
    member["Roles"].append(role)
    return {}


@handles("RemoveMemberRole")
def remove_member_role(world: World, received: Received) -> dict[str, Any]:
    workspace, role = _manage(world, received), received.args["RoleName"]
    member = _member(world, workspace, received.args["MemberId"])
    if role not in member["Roles"]:
        raise not_found("Role", role)
    if member["Roles"] == [role]:
        raise ServiceError(400, "LastRole", "A member keeps at least one role.")
    member["Roles"].remove(role)
    return {}


@handles("ListWorkspaceUsers")
def list_workspace_users(world: World, received: Received) -> dict[str, Any]:
    """The users of the account that are not members yet."""
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    outside = [user.user_id for user in USERS if f"{workspace}-{user.user_id}" not in world.catalogue.tables["members"]]
    found = [{"UserId": user, "UserName": name_of(user)} for user in outside]
    found = containing(found, ("UserName",), received.args.get("UserName"))
    found = containing(found, ("UserId",), received.args.get("UserId"))
    return answer("ListWorkspaceUsers", found, TotalCount=len(found))


CHANGE_S = 5.0
"""How long a change of a role takes, in emulated seconds."""
ROLE = Noun(
    "Role",
    "roles",
    "RoleId",
    "role-",
    unique="RoleName",
    pattern="[A-Za-z0-9_-]{1,64}",
    enums={"RoleType": ("custom",)},
)
ROLE_LISTING = Listing(
    exact={"RoleIds": "RoleId", "Status": "Status", "RoleType": "RoleType"},
    fuzzy={"RoleName": ("RoleName",)},
    sortable=("GmtCreateTime", "GmtModifiedTime"),
)
_ENDED = {"Creating": "Succeeded", "Updating": "Succeeded"}
_PERMISSION_TYPES = ("ReadOnly", "ReadWrite", "FullAccess", "NoPrivilege", "CustomPermissions")


def _start_change(world: World, role: Record, status: str) -> Record:
    """Begin a change and return the job that shows it."""
    role["Status"], role["_until"] = status, world.clock.now() + CHANGE_S
    verb = {"Creating": "Create", "Updating": "Update", "Deleting": "Delete"}[status]
    job = {
        "InstanceJobId": world.ids.next("job-"), "InstanceId": role["RoleId"], "GmtCreateTime": now_text(world),
        "WorkspaceId": role["WorkspaceId"], "Type": f"{verb}WorkspaceCustomRole", "Status": status,
        "_until": role["_until"],
    }  # fmt: skip
    world.catalogue.tables["instance_jobs"][job["InstanceJobId"]] = job
    return job


def _finish_due(world: World) -> None:
    """Finish the changes whose time has come."""
    now = world.clock.now()
    for job in world.catalogue.tables["instance_jobs"].values():
        if job["_until"] <= now:
            job["Status"] = "Successful"
    for key, role in list(world.catalogue.tables["roles"].items()):
        if role["_until"] <= now and role["Status"] == "Deleting":
            del world.catalogue.tables["roles"][key]
        elif role["_until"] <= now:
            role["Status"] = _ENDED.get(role["Status"], role["Status"])


def _check_modules(modules: list[Record]) -> None:
    for module in modules:
        kind = module.get("PermissionType")
        if kind not in _PERMISSION_TYPES:
            raise invalid("ModulePermissions", f"PermissionType is one of {', '.join(_PERMISSION_TYPES)}")
        if (kind == "CustomPermissions") != bool(module.get("Permissions")):
            raise invalid("ModulePermissions", "Permissions belong to CustomPermissions, and to nothing else")


@handles("CreateWorkspaceRole")
def create_workspace_role(world: World, received: Received) -> dict[str, Any]:
    _finish_due(world)
    _check_modules(received.args["ModulePermissions"])
    role = create_record(world, ROLE, received, RoleType=received.args.get("RoleType", "custom"))
    return as_answer(_start_change(world, role, "Creating"), "CreateWorkspaceRole")


@handles("UpdateWorkspaceRole")
def update_workspace_role(world: World, received: Received) -> dict[str, Any]:
    role = _steady(world, received, received.args["RoleId"])
    _check_modules(received.args.get("ModulePermissions") or [])
    update_record(world, ROLE, received)
    return as_answer(_start_change(world, role, "Updating"), "UpdateWorkspaceRole")


@handles("DeleteWorkspaceRoles")
def delete_workspace_roles(world: World, received: Received) -> dict[str, Any]:
    chosen = [_steady(world, received, key) for key in received.args.get("RoleIds") or []]
    if not chosen:
        raise invalid("RoleIds", "it is empty")
    held = {role for member in world.catalogue.tables["members"].values() for role in member["Roles"]}
    if held & {role["RoleId"] for role in chosen}:
        raise ServiceError(400, "RoleInUse", "A role that a member has cannot be deleted.")
    for role in chosen:
        _start_change(world, role, "Deleting")
    return {}


def _steady(world: World, received: Received, key: str) -> Record:
    """A role that is not being changed already."""
    _finish_due(world)
    role = find_record(world, ROLE, received, key)
    if role["Status"] != "Succeeded":
        raise ServiceError(409, "RoleStatusConflict", f"The role {key} is {role['Status']}.")
    return role


@handles("GetWorkspaceRole")
def get_workspace_role(world: World, received: Received) -> dict[str, Any]:
    _finish_due(world)
    return as_answer(find_record(world, ROLE, received), "GetWorkspaceRole")


@handles("ListWorkspaceRoles")
def list_workspace_roles(world: World, received: Received) -> dict[str, Any]:
    _finish_due(world)
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    found = [role for role in visible_records(world, ROLE, received) if role["WorkspaceId"] == workspace]
    verbose = "ModulePermissions" in received.args.get("VerboseFields", "ModulePermissions")
    return ROLE_LISTING.answer(received, found, lambda role: role if verbose else role | {"ModulePermissions": None})


@handles("GetInstanceJob")
def get_instance_job(world: World, received: Received) -> dict[str, Any]:
    _finish_due(world)
    job = world.catalogue.tables["instance_jobs"].get(received.args["InstanceJobId"])
    if job is None:
        raise not_found("InstanceJob", received.args["InstanceJobId"])
    return as_answer(job, "GetInstanceJob")


_SPACES = {"pai-dlc": "PaiDLC", "aiworkspace": "PaiWorkspace"}
_MODULES = {"DLC": "PaiDLC:", "PaiWorkspace@@Workspace": "PaiWorkspace:"}
_ALL = [{"Accessibility": "ANY", "EntityAccessType": "ANY"}]
_OWN = [
    {"Accessibility": "PUBLIC", "EntityAccessType": "ANY"},
    {"Accessibility": "PRIVATE", "EntityAccessType": "CREATOR"},
]
_PUBLIC = [{"Accessibility": "PUBLIC", "EntityAccessType": "ANY"}]
_READERS = frozenset({"PAI.WorkspaceGuest", "PAI.LabelManager"})


def permission_codes() -> list[str]:
    """A permission for every operation of both products."""
    return [f"{_SPACES[name]}:{operation}" for name, product in products().items() for operation in product.operations]


def _reads(code: str) -> bool:
    return code.split(":")[1].startswith(("Get", "List"))


def _of_basic(role: str) -> Iterator[tuple[str, list[Record]]]:
    for code in permission_codes():
        if role in ADMINS:
            yield code, _ALL
        elif role not in _READERS:
            yield code, _OWN
        elif _reads(code):
            yield code, _PUBLIC


def _of_custom(role: Record) -> Iterator[tuple[str, list[Record]]]:
    for module in role["ModulePermissions"]:
        kind, prefix = module["PermissionType"], _MODULES.get(module.get("ModuleName", ""), "Pai")
        for permission in module.get("Permissions") or []:
            rules = permission.get("PermissionRules") or _OWN
            yield from ((code, rules) for code in permission.get("PermissionCodes") or [])
        for code in permission_codes():
            allowed = kind in ("ReadWrite", "FullAccess") or (kind == "ReadOnly" and _reads(code))
            if allowed and code.startswith(prefix):
                yield code, _ALL if kind == "FullAccess" else _OWN


def granted_permissions(world: World, workspace: str, user_id: str) -> dict[str, list[Record]]:
    """Permission codes of a member with the rules under which they hold; the widest role wins."""
    member = world.catalogue.tables[MEMBER.table].get(f"{workspace}-{user_id}", {"Roles": []})
    found: dict[str, list[Record]] = {}
    for role in member["Roles"]:
        custom = world.catalogue.tables["roles"].get(role)
        for code, rules in _of_custom(custom) if custom else _of_basic(role):
            if found.get(code) != _ALL:
                found[code] = rules
    return found


@handles("ListPermissions")
def list_permissions(world: World, received: Received) -> dict[str, Any]:
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    found = granted_permissions(world, workspace, received.caller.user_id)
    rows = [{"PermissionCode": code, "PermissionRules": rules} for code, rules in sorted(found.items())]
    return answer("ListPermissions", rows, TotalCount=len(rows))


@handles("GetPermission")
def get_permission(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    workspace, code = find_record(world, WORKSPACE, received)["WorkspaceId"], args["PermissionCode"]
    if code not in permission_codes():
        raise not_found("Permission", code)
    rules = granted_permissions(world, workspace, args.get("CallerUid") or received.caller.user_id).get(code)
    if rules is None or not _holds(rules, args, received):
        raise ServiceError(403, "PermissionDenied", f"The permission {code} is not granted in this workspace.")
    return as_answer({"PermissionCode": code, "PermissionRules": rules}, "GetPermission")


def _holds(rules: list[Record], args: Record, received: Received) -> bool:
    """Whether one of the rules fits the entity that the caller describes, if there is one."""
    if not args.get("Accessibility"):
        return True
    own = args.get("Creator", received.caller.user_id) == received.caller.user_id
    fitting = [rule for rule in rules if rule["Accessibility"] in ("ANY", args["Accessibility"])]
    return any(rule.get("EntityAccessType") in (None, "ANY") or own for rule in fitting)
