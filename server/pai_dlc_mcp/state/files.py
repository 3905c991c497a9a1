"""Where state files are, how they are kept private to their owner, and how a changed one is noticed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def state_folder() -> Path:
    """The user's state folder for this product (not created here).

    Raises:
        RuntimeError: the user has no home folder.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "pai-dlc-mcp"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "pai-dlc-mcp"


def default_state_file() -> Path:
    """The SQLite file that a server uses when nothing else was chosen."""
    return state_folder() / "state.sqlite"


def create_private_folder(folder: Path) -> None:
    """Create the folder, mode 0700; one that exists keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def create_private_file(path: Path) -> None:
    """Create an empty file, mode 0600; one that exists is made private.

    Raises:
        OSError: it cannot be created, is a link, or belongs to somebody else.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        handle = os.open(path, flags)
    try:
        make_private(handle)
    finally:
        os.close(handle)


def make_private(handle: int) -> None:
    """Take every permission from everybody but the owner.

    Raises:
        PermissionError: it is not a regular file of this user.
    """
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise PermissionError("not a regular file")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise PermissionError("the file belongs to somebody else")
    if found.st_mode & 0o077 and hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)


class WatchedFile:
    """A file that is kept open and compared, on demand, with what its path names now.

    The handle stays open as long as the database does: closing any handle of a file drops SQLite's locks on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))

    def fault(self, *, header: bytes = b"") -> str | None:
        """What is wrong with it, in words that follow "the file"; ``header`` is how it must begin."""
        try:
            current = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return "was deleted"
        opened = os.fstat(self._handle)
        if (current.st_dev, current.st_ino) != (opened.st_dev, opened.st_ino):
            return "was replaced"
        if header and os.pread(self._handle, len(header), 0) != header:
            return "is damaged"
        return None

    def close(self) -> None:
        os.close(self._handle)
