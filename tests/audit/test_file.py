"""The audit's file: whole lines from many threads and processes, put aside when full, refused where it is not ours."""

from __future__ import annotations

import fcntl
import gc
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pai_dlc_mcp.audit import file as audit_file
from pai_dlc_mcp.audit.file import AuditFile
from support.forked_processes import ran, started


def open_handles() -> int:
    gc.collect()  # what tests before this one left to it
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0


@pytest.fixture(scope="module")
def forking() -> None:
    """The process that forks others runs, and its connection is counted, before a test begins."""
    assert ran([sys.executable, "-c", "pass"], env=os.environ, timeout=60).returncode == 0


@pytest.fixture(autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    before = open_handles()
    yield
    assert open_handles() <= before


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process is writing."""
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def writing_while_locked(file: AuditFile, path: Path) -> Iterator[threading.Thread]:
    """Begins when the writer has the file open and asks for its turn."""
    asks, lock = threading.Event(), audit_file._lock

    def asking(handle: int) -> None:
        asks.set()
        lock(handle)

    with pytest.MonkeyPatch.context() as patch, locked(path):
        patch.setattr(audit_file, "_lock", asking)
        thread = threading.Thread(target=lambda: file.write(b"second\n", sync=False))
        thread.start()
        assert asks.wait(timeout=10)
        yield thread
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_a_writer_waits_for_the_one_before_it(path: Path) -> None:
    file = AuditFile(path)
    file.write(b"first\n", sync=True)
    with writing_while_locked(file, path) as thread:
        thread.join(timeout=0.2)
        assert thread.is_alive(), "it did not wait"
        assert path.read_bytes() == b"first\n"
    assert path.read_bytes() == b"first\nsecond\n"


@pytest.mark.parametrize("moved", [True, False])
def test_a_file_that_was_put_aside_while_waiting_is_left_and_the_new_one_taken(path: Path, moved: bool) -> None:
    file = AuditFile(path)
    file.write(b"first\n", sync=True)
    with writing_while_locked(file, path):
        old = path.with_name("old")
        os.replace(path, old)
        if moved:
            path.touch(0o600)
    assert old.read_bytes() == b"first\n"
    assert path.read_bytes() == b"second\n"


def test_a_file_is_put_aside_when_it_has_reached_its_size(path: Path) -> None:
    file = AuditFile(path, full=12, kept=1)
    for line in (b"one..\n", b"two..\n", b"three\n"):
        file.write(line, sync=False)
    assert path.with_name("audit.log.1").read_bytes() == b"one..\ntwo..\n"
    assert path.read_bytes() == b"three\n"


def test_a_full_file_is_put_aside_and_only_so_many_are_kept(path: Path) -> None:
    folder = path.parent
    file = AuditFile(path, full=100, kept=3)
    for number in range(60):
        file.write(f"{number:04} {'x' * 20}\n".encode(), sync=False)
    names = sorted(item.name for item in folder.iterdir())
    assert names == ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3"]
    kept = [line[:4] for name in reversed(names) for line in (folder / name).read_text().splitlines()]
    assert kept == sorted(kept)
    assert kept[-1] == "0059"
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in names} == {0o600}


WRITER = """
import sys
from pathlib import Path
from pai_dlc_mcp.audit.file import AuditFile
file = AuditFile(Path(sys.argv[1]), full=2_000, kept=500)
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    file.write(f"{sys.argv[2]} {number:03} {'x' * 40}\\n".encode(), sync=False)
"""


@pytest.mark.usefixtures("forking")
def test_threads_and_processes_that_write_and_rotate_together_lose_and_mix_no_line(path: Path) -> None:
    """All begin at the same moment, once every process has started; whoever waits, waits until the others are done."""
    names = ["p0", "p1", "t0", "t1"]
    commands = [[sys.executable, "-c", WRITER, str(path), name] for name in names[:2]]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    others = [started(command, env=os.environ, **pipes) for command in commands]
    assert [other.stdout and other.stdout.readline() for other in others] == ["ready\n", "ready\n"]
    file, start = AuditFile(path, full=2_000, kept=500), threading.Event()

    def write(name: str) -> None:
        start.wait()
        for number in range(200):
            file.write(f"{name} {number:03} {'x' * 40}\n".encode(), sync=False)

    threads = [threading.Thread(target=write, args=(name,)) for name in names[2:]]
    for thread in threads:
        thread.start()
    start.set()
    for other in others:
        other.communicate("go\n")
    for thread in threads:
        thread.join()
    assert [other.returncode for other in others] == [0, 0]
    files = sorted(path.parent.iterdir())
    assert len(files) > 10, "nothing was put aside"
    found = [line for item in files for line in item.read_text().splitlines()]
    assert sorted(found) == sorted(f"{name} {number:03} {'x' * 40}" for name in names for number in range(200))


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.touch(0o644)
    path.chmod(0o644)
    AuditFile(path).write(b"line\n", sync=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = path.with_name("new.log")
    AuditFile(other).write(b"line\n", sync=False)
    assert stat.S_IMODE(other.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_of_ours_is_refused_and_nothing_stays_open(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.with_name("target").touch()
        path.symlink_to("target")
    else:
        os.mkfifo(path)
    file = AuditFile(path)
    with pytest.raises(OSError):
        file.fit()
    with pytest.raises(OSError):
        file.write(b"line\n", sync=False)


def test_a_pipe_that_somebody_reads_is_refused_as_well(path: Path) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(PermissionError):
            AuditFile(path).write(b"line\n", sync=False)
    finally:
        os.close(reader)


def test_a_failure_while_it_is_put_aside_is_told_and_leaves_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AuditFile(path, full=1, kept=1)
    file.write(b"first\n", sync=False)

    def fails(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no room"):
        file.write(b"second\n", sync=False)
    assert path.read_bytes() == b"first\n"


@pytest.mark.parametrize(("free", "fits"), [(audit_file.ROOM, True), (audit_file.ROOM - 1, False), (0, False)])
def test_an_act_needs_room_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch, free: int, fits: bool) -> None:
    monkeypatch.setattr(os, "fstatvfs", lambda handle: SimpleNamespace(f_bavail=free, f_frsize=1))
    if fits:
        AuditFile(path).fit()
    else:
        with pytest.raises(OSError, match="full"):
            AuditFile(path).fit()


def test_after_a_line_that_was_cut_the_next_one_begins_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, write = AuditFile(path), os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    with pytest.raises(OSError, match="cut"):
        file.write(b"first\n", sync=False)
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="last line"):
        file.fit()
    file.write(b"second\n", sync=False)
    file.fit()
    file.write(b"third\n", sync=False)
    assert path.read_bytes() == b"fir\nsecond\nthird\n"


def test_acts_are_synced_and_reads_are_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    file = AuditFile(path)
    file.write(b"read\n", sync=False)
    assert synced == []
    file.write(b"act\n", sync=True)
    assert len(synced) == 1


def test_a_link_to_the_held_file_that_was_put_in_its_place_is_not_followed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = path.with_name("old")

    def swap(handle: int) -> None:
        os.replace(path, old)
        path.symlink_to(old)

    monkeypatch.setattr(audit_file, "_lock", swap)
    with pytest.raises(OSError, match="symbolic link"):
        AuditFile(path).write(b"line\n", sync=False)
    assert old.read_bytes() == b""


def test_a_new_file_is_closed_to_others_from_its_first_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(audit_file, "make_private", lambda handle: modes.append(stat.S_IMODE(os.fstat(handle).st_mode)))
    AuditFile(path).write(b"line\n", sync=False)
    assert modes == [0o600]


def test_a_system_without_these_flags_and_counts_of_blocks_is_written_on_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "fstatvfs"):
        monkeypatch.delattr(os, name)
    file = AuditFile(path)
    file.fit()
    file.write(b"line\n", sync=True)
    assert path.read_bytes() == b"line\n"
