"""The state store of one host: a SQLite file that several processes share.

The file must stay what it was when it was opened. Deleted, replaced, truncated or overwritten under the running
server, it is never created again: everything that needs it is refused until the server restarts. Calls run in one
worker thread at a time.

An entry's end is stored in two clocks, so that setting the host's clock back lengthens no entry's life. Within one boot
of the host the clock that counts since boot decides: nobody can set it. After a reboot only the wall clock is left, and
an entry that seems to come from the future counts as ended.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import anyio

from . import SCAN_LIMIT, StateUnavailable
from .files import WatchedFile, create_private_file, create_private_folder

BUSY_S = 5.0
SWEEP_EVERY_WRITES = 256
"""Writes between two removals of what has ended."""
CLOCK_SLACK_S = 5.0
"""How far a corrected wall clock may jump back before entries of an earlier boot count as ended."""
HEADER = b"SQLite format 3\0"

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL,
  boot TEXT NOT NULL, wall REAL NOT NULL, ends REAL NOT NULL, ends_since_boot REAL NOT NULL)
"""
ONE = "SELECT value, boot, wall, ends, ends_since_boot FROM entries WHERE key = ?"
UNDER = "SELECT value, boot, wall, ends, ends_since_boot, key FROM entries WHERE key >= ? AND key < ? ORDER BY seq DESC"
ENDED = "DELETE FROM entries WHERE CASE WHEN boot = ? THEN ends_since_boot <= ? ELSE ends <= ? END"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Instant:
    """``wall`` in seconds since the epoch, ``since_boot`` in seconds, ``boot`` the host's id of this boot."""

    wall: float
    since_boot: float
    boot: str


Clock = Callable[[], Instant]


def host_clock() -> Clock:
    """The clock of this host, the same for all its processes; time asleep counts."""
    boot = _boot_id()
    since_boot = getattr(time, "CLOCK_BOOTTIME", None)

    def now() -> Instant:
        counted = time.clock_gettime(since_boot) if since_boot is not None else time.monotonic()
        return Instant(time.time(), counted, boot)

    return now


def _boot_id() -> str:
    """Linux has one for each boot; elsewhere it is empty, and the wall clock decides alone."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class SqliteState:
    """See :class:`StateStore`; created by :meth:`open`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._lock = threading.Lock()
        self._writes = 0
        self._closed = False
        self._broken: str | None = None

    @classmethod
    async def open(cls, path: Path, clock: Clock | None = None) -> SqliteState:
        """Open or create the file (mode 0600, its folder 0700).

        Raises:
            StateUnavailable: the path cannot be used, or names something else.
        """
        state = cls(path, clock or host_clock())
        await anyio.to_thread.run_sync(state._open)
        return state

    def _open(self) -> None:
        try:
            self._path = self._path.expanduser()
            create_private_folder(self._path.parent)
            create_private_file(self._path)
            with ExitStack() as opened:
                self._open_files(opened)
                self._opened = opened.pop_all()
        except (OSError, sqlite3.Error) as failure:
            raise StateUnavailable(f"The state file cannot be opened ({type(failure).__name__}).") from None

    def _open_files(self, opened: ExitStack) -> None:
        """Open everything; a failure half-way closes what came before."""
        self._file = opened.enter_context(closing(WatchedFile(self._path)))
        self._db = opened.enter_context(
            closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False))
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(SCHEMA)
        self._log = opened.enter_context(closing(WatchedFile(Path(f"{self._path}-wal"))))

    async def get(self, key: str) -> str | None:
        return await self._run(lambda db: self._value_of(db, key))

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        def write(db: sqlite3.Connection) -> None:
            # What reads have shown can be read again: a loss of power may lose it, so the disk is not waited for.
            db.execute("PRAGMA synchronous=NORMAL")
            try:
                _in_transaction(db, lambda: self._store(db, entries, ttl))
            finally:
                db.execute("PRAGMA synchronous=FULL")

        await self._run(write)

    async def add(self, key: str, value: str, ttl: float) -> bool:
        def write(db: sqlite3.Connection) -> bool:
            if self._value_of(db, key) is not None:
                return False
            self._store(db, {key: value}, ttl)
            return True

        return await self._run(lambda db: _in_transaction(db, lambda: write(db)))

    async def take(self, key: str) -> str | None:
        def remove(db: sqlite3.Connection) -> str | None:
            value = self._value_of(db, key)
            db.execute("DELETE FROM entries WHERE key = ?", (key,))
            return value

        return await self._run(lambda db: _in_transaction(db, lambda: remove(db)))

    async def scan(self, prefix: str, *, limit: int = SCAN_LIMIT) -> dict[str, str]:
        def read(db: sqlite3.Connection) -> dict[str, str]:
            now = self._clock()
            rows = db.execute(UNDER, (prefix, prefix + "\U0010ffff"))
            return {row[5]: row[0] for row in islice((row for row in rows if _is_alive(row, now)), limit)}

        return await self._run(read)

    async def close(self) -> None:
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._opened.close()

    def _store(self, db: sqlite3.Connection, entries: Mapping[str, str], ttl: float) -> None:
        now = self._clock()
        db.executemany(
            "INSERT OR REPLACE INTO entries (key, value, boot, wall, ends, ends_since_boot) VALUES (?, ?, ?, ?, ?, ?)",
            [(k, v, now.boot, now.wall, now.wall + ttl, now.since_boot + ttl) for k, v in entries.items()],
        )
        self._writes += 1
        if self._writes % SWEEP_EVERY_WRITES == 0:
            db.execute(ENDED, (now.boot, now.since_boot, now.wall))

    def _value_of(self, db: sqlite3.Connection, key: str) -> str | None:
        row = db.execute(ONE, (key,)).fetchone()
        return str(row[0]) if row and _is_alive(row, self._clock()) else None

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run in a worker thread; not abandoned when the call is cancelled, so a take is never half done."""
        return await anyio.to_thread.run_sync(self._run_locked, work)

    def _run_locked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._closed:
                raise StateUnavailable("The state file is closed.")
            self._check_files()
            try:
                return work(self._db)
            except sqlite3.OperationalError as failure:
                raise StateUnavailable(f"The state file cannot be used now ({_reason(failure)}).") from None
            except sqlite3.Error as failure:
                self._broken = "is damaged"
                raise StateUnavailable(f"The state file is damaged ({type(failure).__name__}).") from None

    def _check_files(self) -> None:
        """Refuse for good once the file is not the one that was opened."""
        self._broken = self._broken or self._file.fault(header=HEADER) or self._log.fault()
        if self._broken:
            raise StateUnavailable(
                f"The state file {self._broken}; what rests on it is refused until the operator restarts the server."
            )


def _is_alive(row: tuple[Any, ...], now: Instant) -> bool:
    """Whether an entry has not ended; see the module's docstring for which clock decides."""
    _, boot, wall, ends, ends_since_boot, *_ = row
    if boot and boot == now.boot:
        return bool(ends_since_boot > now.since_boot)
    return bool(wall <= now.wall + CLOCK_SLACK_S and ends > now.wall)


def _in_transaction(db: sqlite3.Connection, work: Callable[[], T]) -> T:
    """All or nothing, and alone: the write lock is taken before the first look."""
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        db.execute("COMMIT")
    except BaseException:  # whatever ends the work, an interrupt too, leaves no lock behind
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result


def _reason(failure: sqlite3.OperationalError) -> str:
    name = str(getattr(failure, "sqlite_errorname", type(failure).__name__))
    return "locked by another process" if name in ("SQLITE_BUSY", "SQLITE_LOCKED") else name
