"""Who may work in a workspace, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..accounts import USERS, name_of
from ..wire import Received, ServiceError, handles
from .nouns import Noun, Record, invalid, not_found
from .paging import Listing, answer, containing
from .store import ADMINS, find, rows, shown, view
from .workspaces import WORKSPACE, enroll

if TYPE_CHECKING:
    from ..world import World

MEMBER = Noun("Member", "members", "MemberId")
LISTING = Listing(fuzzy={"MemberName": ("MemberName",)}, exact={"UserId": "UserId"})
BASIC_ROLES = tuple(
    f"PAI.{role}"
    for role in (
        "AlgoDeveloper", "AlgoOperator", "LabelManager", "MaxComputeDeveloper",
        "WorkspaceAdmin", "WorkspaceGuest", "WorkspaceOwner",
    )
)  # fmt: skip


def _check_role(world: World, workspace: str, role: str) -> None:
    custom = world.tables["roles"].get(role)
    if role not in BASIC_ROLES and (custom is None or custom["WorkspaceId"] != workspace):
        raise invalid("Roles", f"{role} is neither a basic role nor a custom role of the workspace")


def _manage(world: World, received: Received) -> str:
    """The workspace of the request, if the caller may manage its members."""
    workspace = str(find(world, WORKSPACE, received)["WorkspaceId"])
    member = world.tables["members"].get(f"{workspace}-{received.caller.user_id}", {"Roles": []})
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
        if f"{workspace}-{user}" in world.tables["members"]:
            raise ServiceError(409, "MemberAlreadyExists", f"The user {user} is a member already.")
        for role in member.get("Roles") or [""]:
            _check_role(world, workspace, role)
    made = [enroll(world, workspace, user, list(member["Roles"])) for user, member in pairs]
    return {"Members": [view(record, "CreateMemberResponseBodyMembers") for record in made]}


@handles("ListMembers")
def list_members(world: World, received: Received) -> dict[str, Any]:
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    found = [row for row in rows(world, MEMBER, received) if row["WorkspaceId"] == workspace]
    wanted = {role for role in received.args.get("Roles", "").split(",") if role}
    found = [row for row in found if not wanted or wanted & set(row["Roles"])]
    return LISTING.answer(received, found)


@handles("GetMember")
def get_member(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if bool(args.get("MemberId")) == bool(args.get("UserId")):
        raise invalid("MemberId", "exactly one of MemberId and UserId is expected")
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    return shown(_member(world, workspace, args.get("MemberId") or f"{workspace}-{args['UserId']}"), "GetMember")


def _member(world: World, workspace: str, identity: str) -> Record:
    record = world.tables["members"].get(identity)
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
        del world.tables["members"][member["MemberId"]]
    return {}


@handles("AddMemberRole")
def add_member_role(world: World, received: Received) -> dict[str, Any]:
    workspace, role = _manage(world, received), received.args["RoleName"]
    member = _member(world, workspace, received.args["MemberId"])
    _check_role(world, workspace, role)
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
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    outside = [user.user_id for user in USERS if f"{workspace}-{user.user_id}" not in world.tables["members"]]
    found = [{"UserId": user, "UserName": name_of(user)} for user in outside]
    found = containing(found, ("UserName",), received.args.get("UserName"))
    found = containing(found, ("UserId",), received.args.get("UserId"))
    return answer("ListWorkspaceUsers", found, TotalCount=len(found))
