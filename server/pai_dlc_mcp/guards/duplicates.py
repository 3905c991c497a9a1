"""No client token: look before a create and after a lost answer (R24, R25)."""

from __future__ import annotations

from ..runtime import Call, Reply, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a second create of the same name."""


async def send_once(call: Call, runtime: Runtime) -> Reply:
    """Send the request; never twice."""
    return await runtime.cloud.send(call.operation, call.args, call.region, max_bytes=call.facts.get("max_bytes"))
