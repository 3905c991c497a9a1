"""The file: its rights, its damage, its clocks, and many processes on it."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.sqlite import BUSY_S, Instant, SqliteState, host_clock


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


async def test_what_has_ended_stays_until_the_sweep_is_due(
    state: SqliteState, clock: SettableClock, path: Path
) -> None:
    """By the clock since boot where the boot is the same, by the wall clock otherwise."""

    def rows() -> list[str]:
        with closing(sqlite3.connect(path)) as looked_at:
            return [key for (key,) in looked_at.execute("SELECT key FROM entries ORDER BY key")]

    await state.put({"before/ends": "x"}, 10)
    await state.put({"before/lives": "x"}, 1_000)
    clock.move(boot="second", since_boot=-400)
    await state.put({"now/ends": "x"}, 15)
    await state.put({"now/lives": "x"}, 16)
    clock.move(wall=9, since_boot=15)
    assert await state.add("new", "x", 1_000)
    clock.move(wall=1)
    for _ in range(250):
        await state.put({"new": "x"}, 1_000)
    assert rows() == ["before/ends", "before/lives", "new", "now/ends", "now/lives"]
    await state.put({"new": "x"}, 1_000)
    assert rows() == ["before/lives", "new", "now/lives"]


@pytest.mark.parametrize(("back_s", "lives"), [(-5.0, True), (-5.01, False)])
async def test_a_clock_that_was_corrected_by_five_seconds_ends_nothing(
    back_s: float, lives: bool, state: SqliteState, clock: SettableClock
) -> None:
    await state.put({"a": "x"}, 300)
    clock.move(wall=back_s, boot="second")
    assert (await state.get("a") == "x") is lives


async def test_where_no_boot_has_a_name_the_wall_clock_decides_alone(state: SqliteState, clock: SettableClock) -> None:
    clock.move(boot="")
    await state.put({"a": "x"}, 300)
    clock.move(wall=299.9, since_boot=400)
    assert await state.get("a") == "x"
    clock.move(wall=0.1, since_boot=-600)
    assert await state.get("a") is None


async def test_at_its_very_end_an_entry_is_gone_by_either_clock(state: SqliteState, clock: SettableClock) -> None:
    await state.put({"a": "x"}, 300)
    clock.move(since_boot=300)
    assert await state.get("a") is None
    clock.move(boot="second", wall=300)
    assert await state.get("a") is None


@pytest.mark.skipif(sys.platform != "linux", reason="the clock and the name of a boot are Linux's")
def test_the_hosts_clock_names_its_boot_and_counts_since_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = host_clock()
    before = (time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))
    now = clock()
    after = (time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))
    assert before[0] <= now.wall <= after[0]
    assert before[1] <= now.since_boot <= after[1]
    assert now.boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip() != ""
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    monkeypatch.setattr(time, "monotonic", lambda: 12.5)
    assert host_clock()().since_boot == 12.5


def test_a_host_whose_boots_have_no_name_has_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(self: Path, encoding: str | None = None) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert host_clock()().boot == ""


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_delete, "was deleted"),
        (_replace, "was replaced"),
        (_empty, "is damaged"),
        (_overwrite, "is damaged"),
        (_delete_log, "was deleted"),
    ],
)
async def test_what_became_of_the_file_is_said_and_who_mends_it(
    damage: Callable[[Path], None], words: str, state: SqliteState, path: Path
) -> None:
    damage(path)
    said = f"The state file {words}; what rests on it is refused until the operator restarts the server."
    for _ in range(2):
        with pytest.raises(StateUnavailable) as caught:
            await state.get("a")
        assert caught.value.message == said


async def test_a_page_that_is_spoilt_within_the_file_refuses_for_good(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = await SqliteState.open(path)
    await first.put({"a": "x" * 9_000}, 60)
    await first.close()
    whole = path.read_bytes()
    again = await SqliteState.open(path)
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with pytest.raises(StateUnavailable, match=r"The state file is damaged \(DatabaseError\)\."):
        await again.get("a")
    path.write_bytes(whole)
    with pytest.raises(StateUnavailable, match="is damaged; what rests on it is refused until"):
        await again.get("a")
    await again.close()


async def test_a_write_that_fails_half_way_is_undone_and_holds_nobody_up(
    state: SqliteState, clock: SettableClock, path: Path
) -> None:
    await state.put({"a": "x"}, 60)
    still = clock.instant
    clock.instant = None  # type: ignore[assignment]  # the clock fails after the write lock was taken
    with pytest.raises(AttributeError):
        await state.put({"b": "y"}, 60)
    clock.instant = still
    other = await SqliteState.open(path, clock)
    await other.put({"c": "z"}, 60)
    assert await state.scan("") == {"c": "z", "a": "x"}
    await other.close()


async def test_a_closed_store_says_so_and_may_be_closed_again(state: SqliteState) -> None:
    await state.close()
    await state.close()
    with pytest.raises(StateUnavailable, match=r"^The state file is closed\.$"):
        await state.get("a")


async def test_a_path_that_cannot_be_a_file_says_why_without_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnavailable) as caught:
        await SqliteState.open(tmp_path / "file" / "state.db")
    assert str(tmp_path) not in caught.value.message
    assert caught.value.message.startswith("The state file cannot be opened (")


async def test_home_is_found_in_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    state = await SqliteState.open(Path("~/a/state.db"))
    await state.put({"a": "x"}, 60)
    assert (tmp_path / "a/state.db").exists()
    await state.close()


def test_a_locked_file_is_waited_for_five_seconds() -> None:
    assert BUSY_S == 5.0
