"""Calls the service would swallow, and what became of those that were sent."""

from __future__ import annotations

from ..runtime import Call, Reply, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what the service would answer with 200 and not do."""


async def settle(call: Call, reply: Reply, runtime: Runtime) -> Reply:
    """What became of the act."""
    return reply
