"""Compute that is attached to workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import Noun, Record, invalid, not_found
from .paging import Listing, among, labelled
from .store import find, moment, rows, view
from .workspaces import WORKSPACE

if TYPE_CHECKING:
    from ..world import World

TYPES = (
    "MaxCompute", "ECS", "Lingjun", "ACS", "Flink", "SelfManagedAckPro", "SelfManagedAckLingjun", "SelfManagedASI",
)  # fmt: skip
RESOURCE = Noun("Resource", "resources", "Id", "resource-", 12)
LISTING = Listing(exact={"GroupName": "GroupName"}, fuzzy={"ResourceName": ("Name",)})
_ATTACH = ("CreateAndAttach", "Attach")
_DETACH = ("DetachAndDelete", "Detach")


@handles("CreateWorkspaceResource")
def create_workspace_resource(world: World, received: Received) -> dict[str, Any]:
    args, workspace = received.args, find(world, WORKSPACE, received)["WorkspaceId"]
    option = args.get("Option", "CreateAndAttach")
    if option not in _ATTACH:
        raise invalid("Option", f"it is one of {', '.join(_ATTACH)}")
    for sent in args["Resources"]:
        _check(world, sent, workspace, option)
    made = [_make(world, received, sent) for sent in args["Resources"]]
    return {
        "Resources": [view(row, "CreateWorkspaceResourceResponseBodyResources") for row in made],
        "TotalCount": len(made),
    }


def _check(world: World, sent: Record, workspace: str, option: str) -> None:
    kind = sent.get("ResourceType") or sent.get("ProductType")
    if kind not in TYPES:
        raise invalid("Resources", f"ResourceType is one of {', '.join(TYPES)}")
    if kind == "MaxCompute" and option != "Attach":
        raise invalid("Option", "MaxCompute can only be attached")
    if not 3 <= len(sent.get("Name", "")) <= 28 or sent.get("EnvType") not in ("dev", "prod"):
        raise invalid("Resources", "a resource has a Name of 3 to 28 characters and an EnvType of dev or prod")
    if sent.get("WorkspaceId") != workspace:
        raise invalid("Resources", "WorkspaceId is not that of the path")
    for quota in sent.get("Quotas") or []:
        if quota.get("Id") not in world.quotas:
            raise not_found("Quota", quota.get("Id", ""))


def _make(world: World, received: Received, sent: Record) -> Record:
    key, kind = world.ids.next(RESOURCE.prefix, RESOURCE.length), sent.get("ResourceType") or sent["ProductType"]
    basics = {"IsDefault": False, "Labels": [], "Spec": {}, "GroupName": sent["Name"]}
    quotas = [world.quotas[quota["Id"]] for quota in sent.get("Quotas") or []]
    who = {"Executor": {"OwnerId": received.caller.account_id}, "Encryption": {"Enabled": False}}
    kinds = {"ResourceType": kind, "ProductType": kind, "Quotas": quotas, "GmtCreateTime": moment(world)}
    record = {**basics, **sent, **who, **kinds, "Id": key}
    world.tables["resources"][key] = record
    return record


@handles("ListResources")
def list_resources(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, rows(world, RESOURCE, received)
    if args.get("Option", "ListResourceByWorkspace") == "ListResourceByWorkspace":
        if not args.get("WorkspaceId"):
            raise invalid("WorkspaceId", "it is needed to list by workspace")
        found = [row for row in found if row.get("WorkspaceId") == args["WorkspaceId"]]
    found = among(found, "ResourceType", args.get("ResourceTypes") or args.get("ProductTypes"))
    wanted = {quota for quota in args.get("QuotaIds", "").split(",") if quota}
    found = [row for row in found if not wanted or wanted & {quota["Id"] for quota in row["Quotas"]}]
    terse = args.get("Verbose") is False
    return LISTING.answer(received, found, lambda row: row | {"Quotas": None, "Spec": None} if terse else row)


def _chosen(world: World, received: Received) -> list[Record]:
    """The resources of the workspace that the request names by group, ids or type."""
    args, workspace = received.args, find(world, WORKSPACE, received)["WorkspaceId"]
    if not args.get("GroupName") and not args.get("ResourceIds"):
        raise invalid("ResourceIds", "GroupName or ResourceIds is needed")
    found = [row for row in rows(world, RESOURCE, received) if row.get("WorkspaceId") == workspace]
    found = among(among(found, "GroupName", args.get("GroupName")), "Id", args.get("ResourceIds"))
    return among(found, "ResourceType", args.get("ResourceType") or args.get("ProductType"))


@handles("UpdateWorkspaceResource")
def update_workspace_resource(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, _chosen(world, received)
    if args.get("IsDefault") is False:
        raise invalid("IsDefault", "it can only be set to true")
    if not found:
        raise not_found("Resource", str(args.get("ResourceIds") or args.get("GroupName")))
    if args.get("IsDefault"):
        for row in world.tables["resources"].values():
            row["IsDefault"] = row["IsDefault"] and row["WorkspaceId"] != found[0]["WorkspaceId"]
    for row in found:
        row.update({name: args[name] for name in ("IsDefault", "Labels", "Spec") if name in args})
    return {"ResourceIds": [row["Id"] for row in found]}


@handles("DeleteWorkspaceResource")
def delete_workspace_resource(world: World, received: Received) -> dict[str, Any]:
    """Detached resources stay with the account; by default they are deleted as well."""
    args = received.args
    found, option = labelled(_chosen(world, received), args.get("Labels")), args.get("Option", "DetachAndDelete")
    if option not in _DETACH:
        raise invalid("Option", f"it is one of {', '.join(_DETACH)}")
    if option == "DetachAndDelete" and any(row["ResourceType"] == "MaxCompute" for row in found):
        raise invalid("Option", "MaxCompute can only be detached")
    if not found:
        raise not_found("Resource", str(args.get("ResourceIds") or args.get("GroupName")))
    for row in found:
        row["WorkspaceId"] = None
        if option == "DetachAndDelete":
            del world.tables["resources"][row["Id"]]
    return {"ResourceIds": [row["Id"] for row in found]}
