"""From the operator's ``--state`` to a keeper."""

from __future__ import annotations

from pathlib import Path

from . import State


async def open_state(spec: str) -> State:
    """``memory``, a ``redis://`` or ``rediss://`` address, or the path of a SQLite file.

    Raises:
        StateUnavailable: the keeper cannot be opened or reached.
    """
    if spec == "memory":
        from .memory import MemoryState

        return MemoryState()
    if spec.startswith(("redis://", "rediss://")):
        from .redis import RedisState

        return await RedisState.open(spec)
    from .sqlite import SqliteState

    return await SqliteState.open(Path(spec))
