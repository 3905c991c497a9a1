"""The state store of one process: its ends and its bounds."""

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


async def test_at_its_very_end_an_entry_is_gone_for_every_question() -> None:
    for ask in ("get", "take", "scan", "add"):
        clock = Ticks()
        state = MemoryState(clock)
        await state.put({"a": "x"}, 10)
        clock.at = 110.0
        if ask == "add":
            assert await state.add("a", "y", 10)
            assert await state.get("a") == "y"
        else:
            assert not await getattr(state, ask)("a")


@pytest.mark.parametrize("question", ["put", "add"])
async def test_room_is_made_of_what_has_ended_by_then_and_no_more_is_taken_than_fits(
    question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MAX_ENTRIES", 2)
    clock = Ticks()
    state = MemoryState(clock)
    await state.put({"a": "x"}, 10)
    await state.put({"b": "x"}, 20)
    clock.at = 110.0
    await (state.put({"c": "x"}, 10) if question == "put" else state.add("c", "x", 10))
    assert await state.scan("") == {"c": "x", "b": "x"}
    with pytest.raises(StateUnavailable, match="full"):
        await (state.put({"d": "x"}, 10) if question == "put" else state.add("d", "x", 10))
    assert await state.scan("") == {"c": "x", "b": "x"}


async def test_a_closed_memory_has_forgotten() -> None:
    state = MemoryState()
    await state.put({"a": "x"}, 60)
    await state.close()
    assert await state.get("a") is None
    assert memory.MAX_ENTRIES == 200_000
