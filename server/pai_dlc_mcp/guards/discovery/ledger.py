"""The ledger: what reads have shown, by caller, region and kind, with the time and the tool that showed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...operation import Reveals
from ...runtime import Call, Caller, Reply, Runtime
from ...state import entry, key_of

MOST_LEARNT_ROWS = 10_000
"""Rows of one answer that are remembered."""
LONGEST_ID_CHARS = 1_024
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


def shown_entries(call: Call, reply: Reply, runtime: Runtime, reveals: Reveals) -> list[Seen]:
    """What an answer shows of one kind, each id once."""
    found: dict[str, Seen] = {}
    for row in _rows(reply.data, reveals.path)[:MOST_LEARNT_ROWS]:
        about = _about(row, reveals, call)
        id = _id(reveals.kind, row.get(reveals.key), about)
        if id:
            found[id] = Seen(id, about, runtime.now(), call.tool.name)
    return list(found.values())


def _rows(data: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    """The objects at this dotted path of an answer, through lists; without a path the answer itself."""
    rows: list[Any] = [data]
    for step in path.split(".") if path else ():
        found = [row.get(step) for row in rows if isinstance(row, Mapping)]
        rows = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return [row for row in rows if isinstance(row, Mapping)]


def _about(row: Mapping[str, Any], reveals: Reveals, call: Call) -> dict[str, Any]:
    """What is remembered beside the id. The answer about one thing leaves out the id it was asked by."""
    kept = {name: row[name] for name in reveals.about if isinstance(row.get(name), (str, int, float, bool))}
    if not reveals.path:
        kept |= {name: call.args[name] for name in call.operation.path_names if name in call.args and name not in row}
    return {name: value[:LONGEST_ID_CHARS] if isinstance(value, str) else value for name, value in kept.items()}


def _id(kind: str, value: Any, about: Mapping[str, Any]) -> str | None:
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not 0 < len(str(value)) <= LONGEST_ID_CHARS:
        return None
    # A label is the pair (R46): one key has many values.
    return f"{value}={about.get('Value', '')}" if kind == "image_label" else str(value)
