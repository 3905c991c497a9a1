"""Checks of files that options name: that they can be read, and that nobody else can read what is secret."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def readable_file(path: Path) -> Path:
    """A file that exists and can be read.

    Raises:
        ValueError: it does not, or cannot.
    """
    path = path.expanduser()
    if not path.is_file():
        raise ValueError("names a file that does not exist")
    if not os.access(path, os.R_OK):
        raise ValueError("names a file that cannot be read")
    return path


def private_file(path: Path) -> Path:
    """A file that can be read, and by nobody but its owner.

    Raises:
        ValueError: it cannot, or others can.
    """
    path = readable_file(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ValueError("names a file that others can read; set its mode to 0600")
    return path
