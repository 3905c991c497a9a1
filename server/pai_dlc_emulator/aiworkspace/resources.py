"""What the account has: compute attached to workspaces, quotas, products, features."""

from __future__ import annotations

from typing import Any

from ..listing import Listing, among, containing, labelled, view_as
from ..wire import Received, Record, invalid
from ..world import World, handles
from .nouns import Noun, not_found
from .store import find_record, now_text, visible_records
from .workspaces import WORKSPACE

RESOURCE_TYPES = (
    "MaxCompute", "ECS", "Lingjun", "ACS", "Flink", "SelfManagedAckPro", "SelfManagedAckLingjun", "SelfManagedASI",
)  # fmt: skip
RESOURCE = Noun("Resource", "resources", "Id", "resource-", 12)
_RETIRED = {
    "Id": "1828233", "Name": "default_pai_share_quota", "DisplayName": "Default pay-as-you-go quota", "Mode": "share",
    "ProductCode": "PAI_share", "QuotaType": "PAI", "Specs": [{"Name": "cu", "Type": "string", "Value": "11500"}],
}  # fmt: skip
"""What ListQuotas still shows, in the form of its published example."""
RESOURCE_LISTING = Listing(exact={"GroupName": "GroupName"}, fuzzy={"ResourceName": ("Name",)})
_ATTACH = ("CreateAndAttach", "Attach")
_DETACH = ("DetachAndDelete", "Detach")


@handles("CreateWorkspaceResource")
def create_workspace_resource(world: World, received: Received) -> dict[str, Any]:
    args, workspace = received.args, find_record(world, WORKSPACE, received)["WorkspaceId"]
    option = args.get("Option", "CreateAndAttach")
    if option not in _ATTACH:
        raise invalid("Option", f"it is one of {', '.join(_ATTACH)}")
    for sent in args["Resources"]:
        _check(world, sent, workspace, option)
    attached = [_attach(world, received, sent) for sent in args["Resources"]]
    return {
        "Resources": [view_as(row, "CreateWorkspaceResourceResponseBodyResources") for row in attached],
        "TotalCount": len(attached),
    }


def _check(world: World, sent: Record, workspace: str, option: str) -> None:
    kind = sent.get("ResourceType") or sent.get("ProductType")
    if kind not in RESOURCE_TYPES:
        raise invalid("Resources", f"ResourceType is one of {', '.join(RESOURCE_TYPES)}")
    if kind == "MaxCompute" and option != "Attach":
        raise invalid("Option", "MaxCompute can only be attached")
    if not 3 <= len(sent.get("Name", "")) <= 28 or sent.get("EnvType") not in ("dev", "prod"):
        raise invalid("Resources", "a resource has a Name of 3 to 28 characters and an EnvType of dev or prod")
    if sent.get("WorkspaceId") != workspace:
        raise invalid("Resources", "WorkspaceId is not that of the path")
    for quota in sent.get("Quotas") or []:
        if quota.get("Id") not in world.catalogue.quotas:
            raise not_found("Quota", quota.get("Id", ""))


def _attach(world: World, received: Received, sent: Record) -> Record:
    key, kind = world.ids.next(RESOURCE.prefix, RESOURCE.length), sent.get("ResourceType") or sent["ProductType"]
    basics = {"IsDefault": False, "Labels": [], "Spec": {}, "GroupName": sent["Name"]}
    quotas = [world.catalogue.quotas[quota["Id"]] for quota in sent.get("Quotas") or []]
    who = {"Executor": {"OwnerId": received.caller.account_id}, "Encryption": {"Enabled": False}}
    kinds = {"ResourceType": kind, "ProductType": kind, "Quotas": quotas, "GmtCreateTime": now_text(world)}
    record = {**basics, **sent, **who, **kinds, "Id": key}
    world.catalogue.tables["resources"][key] = record
    return record


@handles("ListResources")
def list_resources(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, visible_records(world, RESOURCE, received)
    if args.get("Option", "ListResourceByWorkspace") == "ListResourceByWorkspace":
        if not args.get("WorkspaceId"):
            raise invalid("WorkspaceId", "it is needed to list by workspace")
        found = [row for row in found if row.get("WorkspaceId") == args["WorkspaceId"]]
    found = among(found, "ResourceType", args.get("ResourceTypes") or args.get("ProductTypes"))
    wanted = {quota for quota in args.get("QuotaIds", "").split(",") if quota}
    found = [row for row in found if not wanted or wanted & {quota["Id"] for quota in row["Quotas"]}]
    terse = args.get("Verbose") is False
    return RESOURCE_LISTING.answer(received, found, lambda row: row | {"Quotas": None, "Spec": None} if terse else row)


def _chosen(world: World, received: Received) -> list[Record]:
    """The resources of the workspace that the request names by group, ids or type."""
    args, workspace = received.args, find_record(world, WORKSPACE, received)["WorkspaceId"]
    if not args.get("GroupName") and not args.get("ResourceIds"):
        raise invalid("ResourceIds", "GroupName or ResourceIds is needed")
    found = [row for row in visible_records(world, RESOURCE, received) if row.get("WorkspaceId") == workspace]
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
        for row in world.catalogue.tables["resources"].values():
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
            del world.catalogue.tables["resources"][row["Id"]]
    return {"ResourceIds": [row["Id"] for row in found]}


@handles("ListQuotas")
def list_quotas(world: World, received: Received) -> dict[str, Any]:
    """The list of the former MaxCompute-style quotas. It is to be discontinued, and has none of those that jobs use."""
    found = containing([_RETIRED], ("Name", "DisplayName"), received.args.get("Name"))
    return {"Quotas": [view_as(quota, "ListQuotasResponseBodyQuotas") for quota in found], "TotalCount": len(found)}


PRODUCTS = {"DataWorks_share": "Month", "MaxCompute_share": "Hour", "OSS_share": "Hour", "PAI_share": "Hour"}
"""Products by code with the pricing cycle that an order gives."""
BOUGHT = ("PAI_share", "OSS_share")
"""What every account has from the start."""
SERVICES = ("FNFDefaultRole", "OSS", "PAI", "SLS")
FEATURES = ("DatasetVersion", "JobTemplate", "RayHistoryServer", "ResourceQuota", "SanityCheck")


def _bought(world: World) -> set[str]:
    paid = [order for order in world.catalogue.tables["orders"].values() if order["Paid"]]
    return set(BOUGHT) | {code for order in paid for code in order["ProductCodes"]}


@handles("ListProducts")
def list_products(world: World, received: Received) -> dict[str, Any]:
    bought = _bought(world)
    products = [
        {
            "ProductCode": code, "ProductId": f"product-{code}", "IsPurchased": code in bought,
            "HasPermissionToPurchase": True, "PurchaseUrl": f"https://purchase.example.com/{code}",
        }
        for code in PRODUCTS
    ]  # fmt: skip
    services = [
        {"ServiceCode": code, "IsOpen": True, "OpenUrl": f"https://open.example.com/{code}"} for code in SERVICES
    ]
    asked = received.args
    return {
        "Products": among(products, "ProductCode", asked.get("ProductCodes")),
        "Services": among(services, "ServiceCode", asked.get("ServiceCodes")),
    }


@handles("CreateProductOrders")
def create_product_orders(world: World, received: Received) -> dict[str, Any]:
    """Order products; they are bought once the order is paid, which ``AutoPay`` does at once."""
    sent = received.args.get("Products") or []
    if not sent:
        raise invalid("Products", "it is empty")
    for product in sent:
        code = product.get("ProductCode", "")
        if code not in PRODUCTS:
            raise invalid("Products", f"ProductCode is one of {', '.join(PRODUCTS)}")
        if product.get("OrderType", "BUY") != "BUY" or product.get("ChargeType", "POSTPAY") != "POSTPAY":
            raise invalid("Products", "OrderType is BUY and ChargeType POSTPAY")
    codes = [product["ProductCode"] for product in sent]
    key, paid = world.ids.number("order", 15), bool(received.args.get("AutoPay"))
    order = {"OrderId": key, "ProductCodes": codes, "GmtCreateTime": now_text(world), "Paid": paid}
    world.catalogue.tables["orders"][key] = order
    ids = [f"product-{code}" for code in codes]
    return {
        "OrderId": key,
        "ProductIds": ids,
        "BuyProductRequestId": received.request_id,
        "Message": "ordered",
    }


@handles("ListFeatures")
def list_features(world: World, received: Received) -> dict[str, Any]:
    names = {name for name in received.args.get("Names", "").split(",") if name}
    found = [feature for feature in FEATURES if not names or feature in names]
    return {"Features": found, "TotalCount": len(found)}


@handles("AcceptDataworksEvent")
def accept_dataworks_event(world: World, received: Received) -> dict[str, Any]:
    message = received.args.get("MessageId")
    if not message:
        raise invalid("MessageId", "it is missing")
    event = {"MessageId": message, "Data": received.args.get("Data") or {}, "GmtCreateTime": now_text(world)}
    world.catalogue.tables["dataworks_events"][message] = event
    return {}
