"""The ledger of what reads have shown, by caller, region and kind, and what a create needs of it (R02-R05, R21, R26)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..runtime import Call, Caller, Reply, Runtime


@dataclass(frozen=True, slots=True)
class Seen:
    """One id that a read showed: what was remembered about it, when (seconds since the epoch) and by which tool."""

    id: str
    about: Mapping[str, Any]
    at: float
    by: str


async def seen(runtime: Runtime, caller: Caller, region: str, kind: str) -> list[Seen]:
    """Everything of a kind that this caller's reads showed in this region."""
    return []


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse ids that no read has shown."""


async def learn(call: Call, reply: Reply, runtime: Runtime) -> None:
    """Store what an answer teaches."""
