"""Files that only their owner may read, and the watch over one that must stay what it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Make the folder, mode 0700; one that is there already keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(path: Path) -> bool:
    """Make an empty file, mode 0600, unless it is there; whether it was made.

    Raises:
        OSError: it cannot be made, is a link, or belongs to somebody else.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle, made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600), True
    except FileExistsError:
        handle, made = os.open(path, flags), False
    try:
        tighten(handle)
    finally:
        os.close(handle)
    return made


def tighten(handle: int) -> None:
    """Take every right from everybody but the owner.

    Raises:
        PermissionError: it is not a regular file of ours.
    """
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise PermissionError("not a regular file")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise PermissionError("the file belongs to somebody else")
    if found.st_mode & 0o077 and hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)


class WatchedFile:
    """A file held open, compared on demand with what stands under its name.

    The handle stays open as long as the database does: closing any handle of a file drops SQLite's locks on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))

    def fault(self, *, magic: bytes = b"") -> str | None:
        """What is wrong with it, in words that follow "the file"; ``magic`` is how it must begin."""
        try:
            there = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return "was deleted"
        held = os.fstat(self._handle)
        if (there.st_dev, there.st_ino) != (held.st_dev, held.st_ino):
            return "was replaced"
        if magic and os.pread(self._handle, len(magic), 0) != magic:
            return "is damaged"
        return None

    def close(self) -> None:
        os.close(self._handle)
