"""The file of the audit: one line at a time, to the disk where it must be, to a new file when it is full."""

from __future__ import annotations

import os
import threading
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]  # Windows has no such module

from ..state.files import create_private_folder, make_private

FULL = 10_000_000
"""Bytes after which the file is put aside."""
KEPT = 5
"""Files put aside: audit.log.1 is the newest."""
ROOM = 1_000_000
"""Bytes that must be free on the disk before an act."""


class AuditFile:
    """Safe for many threads and many processes. Blocking: called from a worker thread.

    A write that failed makes the file unfit until one succeeds again.
    """

    def __init__(self, path: Path, *, full: int = FULL, kept: int = KEPT) -> None:
        self._path, self._full, self._kept = path, full, kept
        self._one, self._failed, self._torn = threading.Lock(), False, False

    def fit(self) -> None:
        """Look whether a line could be written now.

        Raises:
            OSError: it could not.
        """
        with self._one:
            if self._failed:
                raise OSError("the last line could not be written")
            handle = self._open()
            try:
                free = os.fstatvfs(handle) if hasattr(os, "fstatvfs") else None
                if free is not None and free.f_bavail * free.f_frsize < ROOM:
                    raise OSError("the disk is full")
            finally:
                os.close(handle)

    def write(self, line: bytes, *, sync: bool) -> None:
        """Append one line, after one that was cut on a new line; with ``sync`` it is on the disk before this returns.

        Raises:
            OSError: it was not written.
        """
        with self._one:
            self._failed = True
            handle = self._locked()
            try:
                if os.write(handle, b"\n" + line if self._torn else line) < len(line):
                    self._torn = True
                    raise OSError("the line was cut")
                self._torn = False
                if sync:
                    os.fsync(handle)
            finally:
                os.close(handle)
            self._failed = False

    def _locked(self) -> int:
        """The current file, locked; put aside first where it is full. Another process may have been faster."""
        while True:
            handle = self._open()
            try:
                _lock(handle)
                if not self._is_current(handle):
                    os.close(handle)
                    continue
                if os.fstat(handle).st_size < self._full:
                    return handle
                self._put_aside()
            except OSError:
                os.close(handle)
                raise
            os.close(handle)

    def _open(self) -> int:
        create_private_folder(self._path.parent)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        # Without blocking: what stands there may be a pipe that nobody reads.
        handle = os.open(self._path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
        try:
            make_private(handle)
        except OSError:
            os.close(handle)
            raise
        return handle

    def _is_current(self, handle: int) -> bool:
        try:
            there = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        held = os.fstat(handle)
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)

    def _put_aside(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = self._aside(number)
            if older.exists():
                os.replace(older, self._aside(number + 1))
        os.replace(self._path, self._aside(1))

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def _lock(handle: int) -> None:
    """Keep other processes out until the handle is closed, where the system has such locks."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX)
