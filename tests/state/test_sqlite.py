"""The file: its rights, its damage, its clocks, and many processes on it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.sqlite import Instant, SqliteState


class SettableClock:
    """A clock that only moves when the test moves it."""

    def __init__(self) -> None:
        self.instant = Instant(wall=1_000_000.0, since_boot=500.0, boot="first")

    def __call__(self) -> Instant:
        return self.instant

    def move(self, *, wall: float = 0.0, since_boot: float = 0.0, boot: str | None = None) -> None:
        now = self.instant
        self.instant = Instant(now.wall + wall, now.since_boot + since_boot, now.boot if boot is None else boot)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def state(tmp_path: Path, clock: SettableClock) -> AsyncIterator[SqliteState]:
    opened = await SqliteState.open(tmp_path / "new" / "state.db", clock)
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "state.db"


async def test_the_file_is_its_owners_alone_and_so_is_a_folder_made_for_it(state: SqliteState, path: Path) -> None:
    await state.put({"a": "x"}, 60)
    files = list(path.parent.iterdir())
    assert path in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch(mode=0o644)
    path.chmod(0o644)
    opened = await SqliteState.open(path)
    await opened.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_entries_outlive_the_process(state: SqliteState, path: Path, clock: SettableClock) -> None:
    await state.put({"a": "x"}, 60)
    await state.close()
    again = await SqliteState.open(path, clock)
    assert await again.get("a") == "x"
    await again.close()


async def test_setting_the_clock_back_lengthens_no_life(state: SqliteState, clock: SettableClock) -> None:
    await state.put({"a": "x"}, 300)
    clock.move(wall=-86_400, since_boot=299)
    assert await state.get("a") == "x"
    clock.move(since_boot=1)
    assert await state.get("a") is None


async def test_setting_the_clock_forward_takes_no_life_within_a_boot(state: SqliteState, clock: SettableClock) -> None:
    await state.put({"a": "x"}, 300)
    clock.move(wall=86_400, since_boot=10)
    assert await state.get("a") == "x"


async def test_after_a_reboot_the_wall_clock_decides_and_the_future_counts_as_ended(
    state: SqliteState, clock: SettableClock
) -> None:
    await state.put({"a": "x"}, 300)
    clock.move(wall=100, since_boot=-450, boot="second")
    assert await state.get("a") == "x"
    clock.move(wall=-200)
    assert await state.get("a") is None
    clock.move(wall=401)
    assert await state.get("a") is None


async def test_what_has_ended_is_swept_out_in_time(state: SqliteState, clock: SettableClock, path: Path) -> None:
    await state.put({f"old/{number}": "x" for number in range(50)}, 10)
    clock.move(wall=20, since_boot=20)
    for number in range(300):
        await state.put({"new": str(number)}, 10)
    with sqlite3.connect(path) as looked_at:
        assert looked_at.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    looked_at.close()


def _exists(path: Path) -> bool:
    return path.exists()


def _delete(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    path.rename(path.with_name("aside.db"))
    path.touch(mode=0o600)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\0" * 4096)


def _there(path: Path) -> bool:
    return _exists(path)


def _delete_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


@pytest.mark.parametrize("damage", [_delete, _replace, _empty, _overwrite, _delete_log])
async def test_a_file_that_is_harmed_under_the_running_server_refuses_for_good_and_is_not_made_anew(
    state: SqliteState, path: Path, damage: Callable[[Path], None]
) -> None:
    await state.put({"token": "x"}, 60)
    damage(path)
    was_there = _exists(path)
    for _ in range(2):
        with pytest.raises(StateUnavailable):
            await state.get("token")
        with pytest.raises(StateUnavailable):
            await state.take("token")
        with pytest.raises(StateUnavailable):
            await state.add("token", "y", 60)
    assert _exists(path) == was_there


async def test_a_file_put_back_after_it_was_gone_does_not_make_it_trusted_again(state: SqliteState, path: Path) -> None:
    aside = path.with_name("aside.db")
    os.rename(path, aside)
    with pytest.raises(StateUnavailable):
        await state.get("a")
    os.rename(aside, path)
    with pytest.raises(StateUnavailable):
        await state.get("a")


@pytest.mark.parametrize("content", [b"this is no database" * 400, b"SQLite format 3\0" + b"\xff" * 4096])
async def test_a_file_that_is_something_else_is_not_opened_and_not_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(StateUnavailable):
        await SqliteState.open(path)
    assert path.read_bytes() == content
    assert not _handles_on(path)


def _handles_on(path: Path) -> list[str]:
    """This process's open files on that path or beside it, where the system tells (Linux)."""
    links = [os.path.realpath(link) for link in Path("/proc/self/fd").glob("*")]
    return [link for link in links if link.startswith(str(path))]


async def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (tmp_path / "state.db").symlink_to(elsewhere)
    with pytest.raises(StateUnavailable):
        await SqliteState.open(tmp_path / "state.db")
    assert elsewhere.read_bytes() == b""


async def test_a_locked_file_refuses_in_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pai_dlc_mcp.state.sqlite.BUSY_S", 0.1)
    path = tmp_path / "state.db"
    state = await SqliteState.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateUnavailable, match="locked"):
        await state.take("a")
    other.execute("ROLLBACK")
    other.close()
    assert await state.take("a") is None
    await state.close()
