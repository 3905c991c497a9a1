"""Settings of a workspace and of a user: written over, read, erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import Record, check_labels, invalid, not_found
from .paging import among, answer, labelled
from .store import find, moment, shown
from .workspaces import WORKSPACE

if TYPE_CHECKING:
    from ..world import World

KEYS = {
    "CommonResourceConfig": "tempStoragePath",
    "DLCAutoRecycle": "isAutoRecycle",
    "DLCPriorityConfig": "priorityConfig",
    "DSWPriorityConfig": "priorityConfig",
    "QuotaMaximumDuration": "quotaMaximumDuration",
    "CommonTagConfig": "predefinedTags",
}
"""Categories and the one key that each has."""
_PERMANENT = "CommonResourceConfig"
_USER_KEY = ("DataPrivacyConfig", "customizePAIAssumedRole")
_SCOPES = ("subUser", "owner")


def _write(world: World, workspace: str, sent: Record) -> None:
    category, key = sent.get("CategoryName", ""), sent.get("ConfigKey", "")
    if KEYS.get(category) != key:
        raise invalid("ConfigKey", f"{key!r} is not a setting of {category!r}")
    labels = sent.get("Labels") or []
    check_labels(labels)
    suffix = ",".join(sorted(f"{label['Key']}={label.get('Value', '')}" for label in labels))
    place, now = f"{workspace}/{category}/{key}/{suffix}", moment(world)
    old = world.tables["configs"].get(place) or {"ConfigId": world.ids.next("config-"), "GmtCreateTime": now}
    fixed = {"WorkspaceId": workspace, "CategoryName": category, "ConfigKey": key, "Labels": labels}
    world.tables["configs"][place] = {
        **old,
        **fixed,
        "ConfigValue": sent.get("ConfigValue", ""),
        "GmtModifiedTime": now,
    }


def _of(world: World, received: Received) -> list[Record]:
    """The settings of the workspace that the category, the keys and the labels of the request leave."""
    args, workspace = received.args, find(world, WORKSPACE, received)["WorkspaceId"]
    found = [row for row in world.tables["configs"].values() if row["WorkspaceId"] == workspace]
    found = among(found, "CategoryName", args.get("CategoryName"))
    found = among(found, "ConfigKey", args.get("ConfigKeys") or args.get("ConfigKey"))
    return labelled(found, args.get("Labels"))


@handles("UpdateConfig")
def update_config(world: World, received: Received) -> dict[str, Any]:
    _write(world, find(world, WORKSPACE, received)["WorkspaceId"], received.args)
    return {}


@handles("UpdateConfigs")
def update_configs(world: World, received: Received) -> dict[str, Any]:
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    for config in received.args.get("Configs") or []:
        _write(world, workspace, config)
    return {}


@handles("GetConfig")
def get_config(world: World, received: Received) -> dict[str, Any]:
    found = _of(world, received)
    if not found:
        raise not_found("Config", received.args.get("ConfigKey", ""))
    return shown(found[0], "GetConfig")


@handles("ListConfigs")
def list_configs(world: World, received: Received) -> dict[str, Any]:
    found = _of(world, received)
    return answer("ListConfigs", found, TotalCount=len(found))


@handles("DeleteConfig")
def delete_config(world: World, received: Received) -> dict[str, Any]:
    found = _of(world, received)
    if received.args.get("CategoryName") == _PERMANENT:
        raise invalid("CategoryName", f"{_PERMANENT} cannot be deleted")
    if not found:
        raise not_found("Config", received.args["ConfigKey"])
    _forget(world.tables["configs"], found)
    return {}


def _forget(table: dict[str, Record], gone: list[Record]) -> None:
    for key in [key for key, row in table.items() if any(row is one for one in gone)]:
        del table[key]


def _own(world: World, received: Received) -> list[Record]:
    return [row for row in world.tables["user_configs"].values() if row["UserId"] == received.caller.user_id]


@handles("SetUserConfigs")
def set_user_configs(world: World, received: Received) -> dict[str, Any]:
    sent = received.args.get("Configs") or []
    for config in sent:
        if (config.get("CategoryName"), config.get("ConfigKey")) != _USER_KEY:
            raise invalid("Configs", f"the only user setting is {'/'.join(_USER_KEY)}")
        if config.get("Scope") not in _SCOPES:
            raise invalid("Configs", f"Scope is one of {', '.join(_SCOPES)}")
    for config in sent:
        user = received.caller.user_id
        world.tables["user_configs"][f"{user}/{config['Scope']}"] = {**config, "UserId": user}
    return {}


@handles("ListUserConfigs")
def list_user_configs(world: World, received: Received) -> dict[str, Any]:
    found = among(_own(world, received), "CategoryName", received.args.get("CategoryNames"))
    found = among(found, "ConfigKey", received.args.get("ConfigKeys"))
    return answer("ListUserConfigs", found, TotalCount=len(found))


@handles("DeleteUserConfig")
def delete_user_config(world: World, received: Received) -> dict[str, Any]:
    found = among(_own(world, received), "CategoryName", received.args["CategoryName"])
    found = among(found, "ConfigKey", received.args.get("ConfigKey"))
    found = among(found, "Scope", received.args.get("Scope"))
    if not found:
        raise not_found("UserConfig", received.args["CategoryName"])
    _forget(world.tables["user_configs"], found)
    return {}
