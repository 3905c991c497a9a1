"""Quotas: what an account has bought, and how much of it jobs use right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .nouns import Record
from .paging import containing
from .store import view

if TYPE_CHECKING:
    from ..world import World


@handles("ListQuotas")
def list_quotas(world: World, received: Received) -> dict[str, Any]:
    found = containing(list(world.quotas.values()), ("Name", "DisplayName"), received.args.get("Name"))
    shown = [view(_with_use(world, quota), "ListQuotasResponseBodyQuotas") for quota in found]
    return {"Quotas": shown, "TotalCount": len(found)}


def _with_use(world: World, quota: Record) -> Record:
    """The quota with what its jobs take, beside what it has."""
    from ..dlc import quota_use

    use = quota_use(world, quota["QuotaId"])
    used = [{"Name": f"Used{name}", "Type": "", "Value": _amount(name, value)} for name, value in use.items()]
    return quota | {"Specs": quota["Specs"] + used}


def _amount(name: str, value: float) -> str:
    return f"{value:g}Gi" if name == "Memory" else f"{value:g}"
