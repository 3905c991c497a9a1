"""The keeper of one host: a SQLite file that several processes share.

The file must stay what it was when it was opened. Deleted, replaced, cut short or overwritten under the running
server, it is never made anew: everything that needs it is refused until the server starts again. Calls run in one
worker thread at a time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import anyio

from . import StateUnavailable
from .instants import SLACK, Clock, Instant, host_clock
from .private import WatchedFile, private_file, private_folder

BUSY_SECONDS = 5.0
SWEEP_EVERY = 256
"""Writes between two removals of what has ended."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL,
  boot TEXT NOT NULL, wall REAL NOT NULL, ends REAL NOT NULL, ends_since_boot REAL NOT NULL)
"""
ONE = "SELECT value, boot, wall, ends, ends_since_boot FROM entries WHERE key = ?"
UNDER = "SELECT value, boot, wall, ends, ends_since_boot, key FROM entries WHERE key >= ? AND key < ? ORDER BY seq DESC"
ENDED = "DELETE FROM entries WHERE CASE WHEN boot = ? THEN ends_since_boot <= ? ELSE ends <= ? END"
T = TypeVar("T")


class SqliteState:
    """See :class:`State`. Made by :meth:`open`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._one = threading.Lock()
        self._writes = 0
        self._closed = False
        self._broken: str | None = None

    @classmethod
    async def open(cls, path: Path, clock: Clock | None = None) -> SqliteState:
        """Open or make the file (mode 0600, its folder 0700).

        Raises:
            StateUnavailable: the place cannot be used, or holds something else.
        """
        state = cls(path, clock or host_clock())
        await anyio.to_thread.run_sync(state._open)
        return state

    def _open(self) -> None:
        try:
            self._path = self._path.expanduser()
            private_folder(self._path.parent)
            private_file(self._path)
            with ExitStack() as held:
                self._hold(held)
                self._held = held.pop_all()
        except (OSError, sqlite3.Error) as failure:
            raise StateUnavailable(f"The state file cannot be opened ({type(failure).__name__}).") from None

    def _hold(self, held: ExitStack) -> None:
        """Open everything; what fails half-way lets go of what came before."""
        self._file = held.enter_context(closing(WatchedFile(self._path)))
        self._db = held.enter_context(
            closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False))
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(SCHEMA)
        self._log = held.enter_context(closing(WatchedFile(Path(f"{self._path}-wal"))))

    async def get(self, key: str) -> str | None:
        return await self._run(lambda db: self._one_value(db, key))

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
            if self._one_value(db, key) is not None:
                return False
            self._store(db, {key: value}, ttl)
            return True

        return await self._run(lambda db: _in_transaction(db, lambda: write(db)))

    async def take(self, key: str) -> str | None:
        def remove(db: sqlite3.Connection) -> str | None:
            value = self._one_value(db, key)
            db.execute("DELETE FROM entries WHERE key = ?", (key,))
            return value

        return await self._run(lambda db: _in_transaction(db, lambda: remove(db)))

    async def scan(self, prefix: str, *, limit: int = 10_000) -> dict[str, str]:
        def read(db: sqlite3.Connection) -> dict[str, str]:
            now = self._clock()
            rows = db.execute(UNDER, (prefix, prefix + "\U0010ffff"))
            return {row[5]: row[0] for row in islice((row for row in rows if _alive(row, now)), limit)}

        return await self._run(read)

    async def close(self) -> None:
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        with self._one:
            if not self._closed:
                self._closed = True
                self._held.close()

    def _store(self, db: sqlite3.Connection, entries: Mapping[str, str], ttl: float) -> None:
        now = self._clock()
        db.executemany(
            "INSERT OR REPLACE INTO entries (key, value, boot, wall, ends, ends_since_boot) VALUES (?, ?, ?, ?, ?, ?)",
            [(k, v, now.boot, now.wall, now.wall + ttl, now.since_boot + ttl) for k, v in entries.items()],
        )
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            db.execute(ENDED, (now.boot, now.since_boot, now.wall))

    def _one_value(self, db: sqlite3.Connection, key: str) -> str | None:
        row = db.execute(ONE, (key,)).fetchone()
        return str(row[0]) if row and _alive(row, self._clock()) else None

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run in a worker thread; not abandoned when the call is cancelled, so a take is never half done."""
        return await anyio.to_thread.run_sync(self._guarded, work)

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._one:
            if self._closed:
                raise StateUnavailable("The state file is closed.")
            self._whole()
            try:
                return work(self._db)
            except sqlite3.OperationalError as failure:
                raise StateUnavailable(f"The state file cannot be used now ({_reason(failure)}).") from None
            except sqlite3.Error as failure:
                self._broken = "is damaged"
                raise StateUnavailable(f"The state file is damaged ({type(failure).__name__}).") from None

    def _whole(self) -> None:
        """Refuse for good once the file is not the one that was opened."""
        self._broken = self._broken or self._file.fault(magic=b"SQLite format 3\0") or self._log.fault()
        if self._broken:
            raise StateUnavailable(
                f"The state file {self._broken}; acts are refused until the operator restarts the server."
            )


def _alive(row: tuple[Any, ...], now: Instant) -> bool:
    """Whether an entry's time is not up; see :mod:`.instants` for which clock decides."""
    _, boot, wall, ends, ends_since_boot, *_ = row
    if boot and boot == now.boot:
        return bool(ends_since_boot > now.since_boot)
    return bool(wall <= now.wall + SLACK and ends > now.wall)


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
    name = getattr(failure, "sqlite_errorname", "") or type(failure).__name__
    return "locked by another process" if name in ("SQLITE_BUSY", "SQLITE_LOCKED") else str(name)
