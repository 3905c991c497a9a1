"""What is told to SQLite: what waits for the disk, and what a full one does."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.sqlite import SqliteState

Statements = list[str]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """What is told to SQLite, whole."""
    noted: Statements = []
    connect = sqlite3.connect

    def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        made = connect(*args, **kwargs)
        made.set_trace_callback(noted.append)
        return made

    monkeypatch.setattr(sqlite3, "connect", traced)
    return noted


async def test_what_must_not_be_lost_waits_for_the_disk_and_what_was_shown_does_not(
    statements: Statements, tmp_path: Path
) -> None:
    state = await SqliteState.open(tmp_path / "state.db")
    assert statements[:2] == ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"]
    statements.clear()
    await state.put({"a": "x"}, 60)
    kinds = [statement.split()[0] for statement in statements]
    assert (statements[0], statements[-1]) == ("PRAGMA synchronous=NORMAL", "PRAGMA synchronous=FULL")
    assert [kind for kind in kinds if kind not in ("PRAGMA", "--")] == ["BEGIN", "INSERT", "COMMIT"]
    statements.clear()
    assert await state.add("b", "x", 60)
    assert await state.take("b") == "x"
    kinds = [statement.split()[0] for statement in statements]
    assert kinds == ["BEGIN", "SELECT", "INSERT", "COMMIT", "BEGIN", "SELECT", "DELETE", "COMMIT"]
    assert statements.count("BEGIN IMMEDIATE") == 2
    await state.close()


async def test_a_full_disk_is_no_damage(
    statements: Statements, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await SqliteState.open(tmp_path / "state.db")
    await state.put({"a": "x"}, 60)
    await state.close()
    connect = sqlite3.connect

    def small(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        made = connect(*args, **kwargs)
        made.execute("PRAGMA max_page_count = 8")
        return made

    monkeypatch.setattr(sqlite3, "connect", small)
    state = await SqliteState.open(tmp_path / "state.db")
    with pytest.raises(StateUnavailable, match=r"The state file cannot be used now \(SQLITE_FULL\)\."):
        await state.put({"b": "x" * 100_000}, 60)
    assert await state.get("a") == "x"
    assert await state.add("c", "x", 60)
    await state.close()
