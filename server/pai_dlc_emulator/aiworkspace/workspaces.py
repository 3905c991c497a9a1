"""Workspaces, which one is whose default, and the settings of workspaces and users."""

from __future__ import annotations

from typing import Any

from ..accounts import ACCOUNT_ID, name_of
from ..dlc import limits
from ..listing import Listing, among, answer, labelled
from ..wire import Received, Record, ServiceError, invalid
from ..world import World, handles
from .nouns import Noun, check_labels, not_found
from .store import as_answer, create_record, find_owned, find_record, now_text, register_crud, touch, visible_records

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
register_crud(WORKSPACE, update_="UpdateWorkspace")


def enroll(world: World, workspace: str, user_id: str, roles: list[str]) -> Record:
    """Make a user a member of a workspace."""
    identity, name = f"{workspace}-{user_id}", name_of(user_id)
    names = {"MemberName": name, "DisplayName": name, "AccountName": name, "AccountType": "5"}
    times = {"GmtCreateTime": now_text(world)}
    record = {"MemberId": identity, "WorkspaceId": workspace, "UserId": user_id, "Roles": roles, **names, **times}
    world.catalogue.tables["members"][identity] = record
    return record


@handles("CreateWorkspace")
def create_workspace(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if sorted(args["EnvTypes"]) not in _ENVIRONMENTS:
        raise invalid("EnvTypes", "it is prod, or dev and prod")
    if len(args["Description"]) > 80:
        raise invalid("Description", "it has at most 80 characters")
    if len(world.catalogue.workspaces) >= MOST_WORKSPACES:
        raise ServiceError(400, "WorkspaceLimitExceeded", f"An account has at most {MOST_WORKSPACES} workspaces.")
    extra = {
        "DisplayName": args.get("DisplayName") or args["WorkspaceName"],
        "WorkspaceId": world.ids.number("workspace"),
    }
    record = create_record(world, WORKSPACE, received, ExtraInfos={"TenantId": ACCOUNT_ID}, **extra)
    record["AdminNames"] = [name_of(received.caller.user_id)]
    enroll(world, record["WorkspaceId"], received.caller.user_id, ["PAI.WorkspaceOwner"])
    return as_answer(record, "CreateWorkspace")


@handles("DeleteWorkspace")
def delete_workspace(world: World, received: Received) -> dict[str, Any]:
    """Erase a workspace with all that belongs to it; who had it as default is back to the first one."""
    record = find_owned(world, WORKSPACE, received)
    identity = record["WorkspaceId"]
    for table in world.catalogue.tables.values():
        for key in [key for key, row in table.items() if row.get("WorkspaceId") == identity]:
            del table[key]
    world.catalogue.defaults = {
        user: workspace for user, workspace in world.catalogue.defaults.items() if workspace != identity
    }
    return {}


@handles("ListWorkspaces")
def list_workspaces(world: World, received: Received) -> dict[str, Any]:
    if received.args.get("Option") == "GetResourceLimits":
        limits = {"WorkspaceCount": MOST_WORKSPACES, "UsedWorkspaceCount": len(world.catalogue.workspaces)}
        return {"ResourceLimits": limits, "TotalCount": 0, "Workspaces": []}
    found = visible_records(world, WORKSPACE, received)
    user = received.args.get("UserId")
    if user:
        found = [row for row in found if f"{row['WorkspaceId']}-{user}" in world.catalogue.tables["members"]]
    return LISTING.answer(received, found, lambda row: _list_item(world, received, row))


def _list_item(world: World, received: Received, record: Record) -> Record:
    if received.args.get("Fields") == "Id":
        return {"WorkspaceId": record["WorkspaceId"]}
    details = {} if received.args.get("Verbose") else {"AdminNames": None, "ExtraInfos": None}
    return _with_owner(world, received, record) | {"resourceGroupId": record["ResourceGroupId"]} | details


def _with_owner(world: World, received: Received, record: Record) -> Record:
    """The workspace with its owner, and whether it is the caller's default one."""
    creator, name = record["Creator"], name_of(record["Creator"])
    owner = {"UserId": creator, "UserKp": creator, "UserName": name, "DisplayName": name}
    return record | {
        "Owner": owner,
        "IsDefault": world.catalogue.default_workspace(received.caller.user_id) == record["WorkspaceId"],
    }


@handles("GetWorkspace")
def get_workspace(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_with_owner(world, received, find_record(world, WORKSPACE, received)), "GetWorkspace")


@handles("GetDefaultWorkspace")
def get_default_workspace(world: World, received: Received) -> dict[str, Any]:
    identity = world.catalogue.default_workspace(received.caller.user_id)
    record = _with_owner(world, received, find_record(world, WORKSPACE, received, identity))
    steps = ("CREATING", "WORKSPACE_CREATED", "MEMBERS_ADDED", "ENABLED")
    conditions = [{"Type": step, "Code": 200, "Message": "done"} for step in steps]
    return as_answer(
        record | ({"Conditions": conditions} if received.args.get("Verbose") else {}), "GetDefaultWorkspace"
    )


@handles("UpdateDefaultWorkspace")
def update_default_workspace(world: World, received: Received) -> dict[str, Any]:
    identity = received.args.get("WorkspaceId", "")
    world.catalogue.defaults[received.caller.user_id] = find_record(world, WORKSPACE, received, identity)["WorkspaceId"]
    return {}


@handles("ChangeResourceGroup")
def change_resource_group(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    if args.get("ResourceType", "").lower() != "workspace":
        raise invalid("ResourceType", "only a workspace can be moved")
    if not args.get("NewResourceGroupId"):
        raise invalid("NewResourceGroupId", "it is empty")
    record = world.catalogue.workspaces.get(args.get("ResourceId", ""))
    if record is None:
        raise not_found("Workspace", args.get("ResourceId", ""))
    record["ResourceGroupId"] = args["NewResourceGroupId"]
    touch(world, WORKSPACE, record)
    return {}


CONFIG_KEYS = {
    "CommonResourceConfig": ("tempStoragePath", "tempTableLifecycle", "modelExportPath"),
    "DLCAutoRecycle": ("isAutoRecycle",),
    "DLCPriorityConfig": ("priorityConfig",),
    "DSWPriorityConfig": ("priorityConfig",),
    "QuotaMaximumDuration": ("quotaMaximumDuration",),
    "CommonTagConfig": ("predefinedTags",),
}
"""Categories and the keys of each. The PAI SDK writes keys of the first without naming it."""
_PERMANENT = "CommonResourceConfig"
_USER_KEY = ("DataPrivacyConfig", "customizePAIAssumedRole")
_USER_SCOPES = ("subUser", "owner")


def _write_config(world: World, workspace: str, sent: Record) -> None:
    category, key = sent.get("CategoryName") or _PERMANENT, sent.get("ConfigKey", "")
    if key not in CONFIG_KEYS.get(category, ()):
        raise invalid("ConfigKey", f"{key!r} is not a setting of {category!r}")
    labels = sent.get("Labels") or []
    check_labels(labels)
    suffix = ",".join(sorted(f"{label['Key']}={label.get('Value', '')}" for label in labels))
    place, now = f"{workspace}/{category}/{key}/{suffix}", now_text(world)
    old = world.catalogue.tables["configs"].get(place) or {"ConfigId": world.ids.next("config-"), "GmtCreateTime": now}
    fixed = {"WorkspaceId": workspace, "CategoryName": category, "ConfigKey": key, "Labels": labels}
    world.catalogue.tables["configs"][place] = {
        **old,
        **fixed,
        "ConfigValue": sent.get("ConfigValue", ""),
        "GmtModifiedTime": now,
    }
    if category == limits.CATEGORY:
        limits.apply_settings(world, workspace)


def _wanted_configs(world: World, received: Received) -> list[Record]:
    """The settings of the workspace that the category, the keys and the labels of the request leave."""
    args, workspace = received.args, find_record(world, WORKSPACE, received)["WorkspaceId"]
    found = [row for row in world.catalogue.tables["configs"].values() if row["WorkspaceId"] == workspace]
    found = among(found, "CategoryName", args.get("CategoryName"))
    found = among(found, "ConfigKey", args.get("ConfigKeys") or args.get("ConfigKey"))
    return labelled(found, args.get("Labels"))


@handles("UpdateConfig")
def update_config(world: World, received: Received) -> dict[str, Any]:
    _write_config(world, find_record(world, WORKSPACE, received)["WorkspaceId"], received.args)
    return {}


@handles("UpdateConfigs")
def update_configs(world: World, received: Received) -> dict[str, Any]:
    workspace = find_record(world, WORKSPACE, received)["WorkspaceId"]
    for config in received.args.get("Configs") or []:
        _write_config(world, workspace, config)
    return {}


@handles("GetConfig")
def get_config(world: World, received: Received) -> dict[str, Any]:
    found = _wanted_configs(world, received)
    if not found:
        raise not_found("Config", received.args.get("ConfigKey", ""))
    return as_answer(found[0], "GetConfig")


@handles("ListConfigs")
def list_configs(world: World, received: Received) -> dict[str, Any]:
    found = _wanted_configs(world, received)
    return answer("ListConfigs", found, TotalCount=len(found))


@handles("DeleteConfig")
def delete_config(world: World, received: Received) -> dict[str, Any]:
    found = _wanted_configs(world, received)
    if received.args.get("CategoryName") == _PERMANENT:
        raise invalid("CategoryName", f"{_PERMANENT} cannot be deleted")
    if not found:
        raise not_found("Config", received.args["ConfigKey"])
    _forget(world.catalogue.tables["configs"], found)
    limits.apply_settings(world, found[0]["WorkspaceId"])
    return {}


def _forget(table: dict[str, Record], gone: list[Record]) -> None:
    for key in [key for key, row in table.items() if any(row is one for one in gone)]:
        del table[key]


def _own_user_configs(world: World, received: Received) -> list[Record]:
    return [row for row in world.catalogue.tables["user_configs"].values() if row["UserId"] == received.caller.user_id]


@handles("SetUserConfigs")
def set_user_configs(world: World, received: Received) -> dict[str, Any]:
    sent = received.args.get("Configs") or []
    for config in sent:
        if (config.get("CategoryName"), config.get("ConfigKey")) != _USER_KEY:
            raise invalid("Configs", f"the only user setting is {'/'.join(_USER_KEY)}")
        if config.get("Scope") not in _USER_SCOPES:
            raise invalid("Configs", f"Scope is one of {', '.join(_USER_SCOPES)}")
    for config in sent:
        user = received.caller.user_id
        world.catalogue.tables["user_configs"][f"{user}/{config['Scope']}"] = {**config, "UserId": user}
    return {}


@handles("ListUserConfigs")
def list_user_configs(world: World, received: Received) -> dict[str, Any]:
    found = among(_own_user_configs(world, received), "CategoryName", received.args.get("CategoryNames"))
    found = among(found, "ConfigKey", received.args.get("ConfigKeys"))
    return answer("ListUserConfigs", found, TotalCount=len(found))


@handles("DeleteUserConfig")
def delete_user_config(world: World, received: Received) -> dict[str, Any]:
    found = among(_own_user_configs(world, received), "CategoryName", received.args["CategoryName"])
    found = among(found, "ConfigKey", received.args.get("ConfigKey"))
    found = among(found, "Scope", received.args.get("Scope"))
    if not found:
        raise not_found("UserConfig", received.args["CategoryName"])
    _forget(world.catalogue.tables["user_configs"], found)
    return {}
