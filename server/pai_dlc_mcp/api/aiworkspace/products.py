"""Products: what the account has bought or switched on, orders, and messages from DataWorks."""

from __future__ import annotations

from typing import Any, Literal

from ...operation import AIWORKSPACE, READ, SPEND, WRITE, Precondition, card
from ...shapes import Input, Shape, may


@AIWORKSPACE.get(
    "/api/v1/products",
    READ,
    "pai:ListProducts",
    "admin",
    example={"product_codes": "PAI_share,OSS_share", "verbose": True},
    view=card("Products Services"),
    is_account_wide=True,
)
class ListProducts(Input):
    """List cloud products and services with whether the account has them and where to get them."""

    product_codes: str | None = may("Only these products, comma-separated, such as PAI_share.")
    service_codes: str | None = may("Only these services, comma-separated.")
    verbose: bool | None = may("Whether to answer in detail; not documented further.")


@AIWORKSPACE.get(
    "/api/v1/features",
    READ,
    "pai:ListFeatures",
    "admin",
    example={"names": "DLC,DSW"},
    view=card("Features TotalCount"),
    is_account_wide=True,
    action_confidence="secondary",
)
class ListFeatures(Input):
    """List which features are switched on for the account."""

    names: str | None = may("Features to ask about, comma-separated.")


class InstanceProperty(Shape):
    """A property that a product asks for in its order."""

    Code: str | None = may("Property, such as region or ord_time.", hint=True)
    Name: str | None = may("Name of the value that people see.")
    Value: str | None = may("Its value, such as cn-hangzhou or 1:Hour.", hint=True)


class ProductOrder(Shape):
    """One product to order."""

    AutoRenew: bool | None = may("Whether it renews itself when the term ends.")
    ChargeType: str | None = may("Way of paying; only POSTPAY is taken.", hint=True)
    Duration: int | None = may("Number of pricing cycles; only 1 is taken.", hint=True, ge=1)
    InstanceProperties: list[InstanceProperty] | None = may(
        "What the product asks for: DataWorks_share region; OSS_share commodity_type, ord_time; MaxCompute_share "
        "region, ord_time (in China also odps_specification_type); PAI_share nothing.",
        hint=True,
    )
    OrderType: str | None = may("Kind of order; only BUY is taken.", hint=True)
    PricingCycle: Literal["Month", "Hour"] | None = may(
        "Month for DataWorks_share; Hour for OSS_share and MaxCompute_share.", hint=True
    )
    ProductCode: Literal["DataWorks_share", "MaxCompute_share", "PAI_share", "OSS_share"] | None = may(
        "Product, in its pay-as-you-go form.", hint=True
    )


@AIWORKSPACE.post(
    "/api/v1/productorders",
    SPEND,
    "pai:CreateOrder",
    "admin",
    example={
        "auto_pay": False,
        "products": [
            {
                "ChargeType": "POSTPAY",
                "Duration": 1,
                "InstanceProperties": [{"Code": "region", "Value": "cn-shanghai"}],
                "OrderType": "BUY",
                "PricingCycle": "Month",
                "ProductCode": "DataWorks_share",
            }
        ],
    },
    rules="R30",
    lost="money: the order is binding",
)
class CreateProductOrders(Input):
    """Order cloud products for the account, which costs money. Only when the user asked for exactly this."""

    auto_pay: bool | None = may("true pays the whole order at once.", hint=True)
    products: list[ProductOrder] | None = may("What to order.", hint=True)


@AIWORKSPACE.post(
    "/api/v1/workspaces/action/acceptdataworksevent",
    WRITE,
    "paiworkspace:AcceptDataworksEvent",
    "admin",
    example={"message_id": "b1c2d3e4-0000-4000-8000-000000000000", "data": {"eventCode": "delete-project"}},
    action_confidence="secondary",
    rules="R48",
    precondition=Precondition(is_for_service=True),
)
class AcceptDataworksEvent(Input):
    """Acknowledge an event that DataWorks sent to an extension."""

    data: dict[str, Any] | None = may("Content of the event.")
    message_id: str | None = may("Id that the event's message carries.", hint=True)
