"""A state store that notes for how long each entry is kept, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping

from pai_dlc_mcp.state.memory import MemoryState


class WatchedState(MemoryState):
    """Notes for how long each entry is kept, and what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, float] = {}
        self.held: dict[str, str] = {}

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        self.kept |= dict.fromkeys(entries, ttl)
        self.held |= entries
        await super().put(entries, ttl)
