"""Defaults and caps of reads."""

from __future__ import annotations

from ..runtime import Call, Reply, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Fill in the defaults that a rule names and refuse what is over a cap."""


def settle(call: Call, reply: Reply) -> Reply:
    """Say what an answer does not say by itself."""
    return reply
