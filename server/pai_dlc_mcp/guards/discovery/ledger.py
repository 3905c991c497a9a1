"""The ledger: what reads have shown, by caller, region and kind, with the time and the tool that showed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...runtime import Caller, Runtime
from ...state import entry, key_of

REMEMBERED_S = 24 * 3600.0
"""Seconds after which what was shown has to be read again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One id that a read showed: what was remembered about it, when (seconds since the epoch) and by which tool."""

    id: str
    about: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
    by: str = ""


def _place(caller: Caller, region: str, kind: str) -> tuple[str, ...]:
    return ("ledger", caller.name, region, kind)


async def remember(runtime: Runtime, caller: Caller, region: str, kind: str, found: list[Seen]) -> None:
    """Store what a read showed.

    Raises:
        StateUnavailable: the state store cannot store it.
    """
    place = _place(caller, region, kind)
    if found:
        await runtime.state.put({key_of(*place, item.id): _packed(item) for item in found}, REMEMBERED_S)


async def seen(runtime: Runtime, caller: Caller, region: str, kind: str) -> list[Seen]:
    """Everything of a kind that this caller's reads showed in this region, newest first."""
    stored = await runtime.state.scan(key_of(*_place(caller, region, kind)) + "/")
    return [_unpacked(text) for text in stored.values()]


async def find(runtime: Runtime, caller: Caller, region: str, kind: str, id: str) -> Seen | None:
    """The entry of exactly this id, character for character."""
    text = await runtime.state.get(key_of(*_place(caller, region, kind), id))
    return None if text is None else _unpacked(text)


def _packed(item: Seen) -> str:
    return json.dumps({"id": item.id, "about": item.about, "at": item.at, "by": item.by})


def _unpacked(text: str) -> Seen:
    stored = entry(text, "id", "about", "at", "by")
    return Seen(stored["id"], stored["about"], stored["at"], stored["by"])
