"""What the account has bought or can buy, which features it has, and events of a neighbouring product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import invalid
from .paging import among
from .store import moment

if TYPE_CHECKING:
    from ..world import World

PRODUCTS = {"DataWorks_share": "Month", "MaxCompute_share": "Hour", "OSS_share": "Hour", "PAI_share": "Hour"}
"""Products by code with the pricing cycle that an order gives."""
BOUGHT = ("PAI_share", "OSS_share")
"""What every account has from the start."""
SERVICES = ("FNFDefaultRole", "OSS", "PAI", "SLS")
FEATURES = ("DatasetVersion", "JobTemplate", "RayHistoryServer", "ResourceQuota", "SanityCheck")


def _bought(world: World) -> set[str]:
    paid = [order for order in world.tables["orders"].values() if order["Paid"]]
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
    order = {"OrderId": key, "ProductCodes": codes, "GmtCreateTime": moment(world), "Paid": paid}
    world.tables["orders"][key] = order
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
    event = {"MessageId": message, "Data": received.args.get("Data") or {}, "GmtCreateTime": moment(world)}
    world.tables["dataworks_events"][message] = event
    return {}
