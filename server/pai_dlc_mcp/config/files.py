"""Options that name files and servers, looked at before anything is served: a wrong one is told at the start."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

SQLITE_HEADER = b"SQLite format 3\0"


def readable(text: str) -> Path:
    """A file that is there and can be read."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError("names a file that is not there")
    if not os.access(path, os.R_OK):
        raise ValueError("names a file that cannot be read")
    return path


def writable(text: str) -> Path:
    """A file that can be written or made, with the folders above it."""
    path = Path(text).expanduser()
    if path.exists():
        if not path.is_file() or not os.access(path, os.W_OK):
            raise ValueError("names something that is no file, or that cannot be written")
        return path
    above = next((folder for folder in path.absolute().parents if folder.exists()), None)
    if above is None or not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise ValueError("names a file in a folder that cannot be written")
    return path


def state_file(text: str) -> Path:
    """A SQLite file, or one that can be made: a file of something else is never written over."""
    path = writable(text)
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                raise ValueError("names a file that is not SQLite's")
    return path


def redis_address(text: str) -> str:
    """An address for which the client library is installed; the server itself is reached when it is needed."""
    if find_spec("redis") is None:
        raise ValueError("needs the extra: pip install 'pai-dlc-mcp[redis]'")
    return text


def keys(text: str) -> Path:
    """A file of keys, all of them usable, that nobody else can read: who has a key can seal what was never shown."""
    from ..state import StateUnavailable
    from ..state.keys import keys_of
    from .settings import Settings

    path = readable(text)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ValueError("names a file that others can read; set its mode to 0600")
    try:
        keys_of(Settings(keys=path))
    except StateUnavailable as wrong:
        raise ValueError(f"does not serve: {wrong.message}") from None
    return path


def tokens(text: str) -> Path:
    """A file of bearer tokens, private and well formed."""
    from ..transports.auth import read_tokens

    path = readable(text)
    read_tokens(path)
    return path
