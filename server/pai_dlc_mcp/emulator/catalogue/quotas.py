"""Quotas: what an account has bought, and how much of it jobs use right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .paging import containing
from .store import view

if TYPE_CHECKING:
    from ..world import World


@handles("ListQuotas")
def list_quotas(world: World, received: Received) -> dict[str, Any]:
    found = containing(list(world.quotas.values()), ("Name", "DisplayName"), received.args.get("Name"))
    return {"Quotas": [view(quota, "ListQuotasResponseBodyQuotas") for quota in found], "TotalCount": len(found)}
