from __future__ import annotations

import pytest

from pai_dlc_mcp.state import StateUnavailable, memory
from pai_dlc_mcp.state.memory import MemoryState


class Ticks:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


async def test_an_entry_ends_exactly_when_its_time_is_up() -> None:
    clock = Ticks()
    state = MemoryState(clock)
    await state.put({"a": "x"}, 10)
    clock.at = 109.99
    assert await state.get("a") == "x"
    clock.at = 110.0
    assert await state.get("a") is None


async def test_a_full_memory_drops_what_has_ended_and_refuses_rather_than_forget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "MAX_ENTRIES", 3)
    clock = Ticks()
    state = MemoryState(clock)
    await state.put({"old": "x"}, 1)
    await state.put({"b": "x", "c": "x"}, 100)
    clock.at += 2
    await state.put({"d": "x"}, 100)
    with pytest.raises(StateUnavailable, match="full"):
        await state.put({"e": "x"}, 100)
    assert set(await state.scan("")) == {"b", "c", "d"}
