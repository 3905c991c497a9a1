"""State stores with a guard taken out: entries that are never used up, and entries that never end."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.state.redis import RedisState
from pai_dlc_mcp.state.sqlite import SqliteState


def entries_are_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for store in (MemoryState, SqliteState, RedisState):
        monkeypatch.setattr(store, "take", store.get)


def entries_never_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pai_dlc_mcp.state.sqlite._is_alive", lambda row, now: True)
    monkeypatch.setattr(MemoryState, "_alive", lambda self, key: self._entries.get(key))
