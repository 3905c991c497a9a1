"""The instance types on offer, and the call that lists them."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .params import listed, one_of, ordered, page

if TYPE_CHECKING:
    from ..world import World

SPECS: dict[str, dict[str, Any]] = {
    spec["InstanceType"]: spec for spec in json.loads((resources.files(__package__) / "specs.json").read_text("utf-8"))
}
_KEYS = {
    "CPU": lambda spec: (spec["Cpu"], spec["InstanceType"]),
    "GPU": lambda spec: (spec["Gpu"], spec["InstanceType"]),
    "Memory": lambda spec: (spec["Memory"], spec["InstanceType"]),
    "GmtCreateTime": lambda spec: (spec["GmtCreateTime"], spec["InstanceType"]),
}


@handles("ListEcsSpecs")
def list_ecs_specs(world: World, received: Received) -> dict[str, Any]:
    """Sort keys are case-exact (R47)."""
    args = received.args
    found = ordered((spec for spec in SPECS.values() if _wanted(spec, args)), args, _KEYS, "GmtCreateTime")
    shown = [{key: value for key, value in spec.items() if key != "GmtCreateTime"} for spec in page(found, args)]
    return {"EcsSpecs": shown, "TotalCount": len(found)}


def _wanted(spec: dict[str, Any], args: dict[str, Any]) -> bool:
    accelerator = one_of(args, "AcceleratorType", ("CPU", "GPU"))
    resource = one_of(args, "ResourceType", ("ECS", "Lingjun"))
    names = listed(args.get("InstanceTypes"))
    return (
        accelerator in ("", spec["AcceleratorType"])
        and resource in ("", spec["ResourceType"])
        and (not names or spec["InstanceType"] in names)
    )
