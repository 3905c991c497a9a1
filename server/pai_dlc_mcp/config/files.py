"""What options name outside the settings (files, servers, toolsets), checked before anything is served.

Every check takes the option's value and returns the value to use, or raises :class:`ValueError` with words that follow
the option's name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import toolsets
from ..cloud.endpoints import checked
from ..state import StateUnavailable
from ..state.keys import read_keys
from .private_files import private_file, readable_file
from .tokens import tokens_file

SQLITE_HEADER = b"SQLite format 3\0"


def writable_file(path: Path) -> Path:
    """A file that can be written, or created with the folders above it."""
    path = path.expanduser()
    if path.exists():
        if not path.is_file() or not os.access(path, os.W_OK):
            raise ValueError("names something that is no file, or that cannot be written")
        return path
    above = next((folder for folder in path.absolute().parents if folder.exists()), None)
    if above is None or not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise ValueError("names a file in a folder that cannot be written")
    return path


def state_store(where: str) -> str:
    """``memory``, a Redis address, or a SQLite file; a file of anything else is never overwritten."""
    if where == "memory":
        return where
    if where.startswith(("redis://", "rediss://")):
        # The server itself is reached when it is needed.
        if find_spec("redis") is None:
            raise ValueError("needs the extra: pip install 'pai-dlc-mcp[redis]'")
        return where
    if "\0" in where or "://" in where:
        raise ValueError("takes memory, a file path or redis://host:port/db")
    path = writable_file(Path(where))
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                raise ValueError("names a file that is not a SQLite database")
    return str(path)


def keys_file(path: Path) -> Path:
    """A private file of usable keys: who has a key can seal tokens for previews that nobody saw."""
    path = private_file(path)
    try:
        read_keys(path)
    except StateUnavailable as wrong:
        raise ValueError(f"is not usable: {wrong.message}") from None
    return path


def secure_url(value: str) -> str:
    """An https address without query and fragment as it is; http only on this very machine.

    Raises:
        ValueError: it is none.
    """
    try:
        place = urlsplit(value)
        host, _ = place.hostname or "", place.port
    except ValueError:
        host = ""
    is_secure = place.scheme == "https" or (place.scheme == "http" and host in ("127.0.0.1", "localhost", "::1"))
    if not host or not is_secure or place.query or place.fragment or "@" in place.netloc:
        raise ValueError("takes an https address, or an http one on loopback, without query and fragment")
    return value


def known_toolsets(names: tuple[str, ...]) -> tuple[str, ...]:
    """Presets, toolsets and tools that exist."""
    if wrong := toolsets.unknown(names):
        raise ValueError(f"takes {', '.join(toolsets.names())} and names of tools, not {', '.join(wrong)}")
    return names


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "toolsets": known_toolsets,
    "state": state_store,
    "keys": keys_file,
    "tokens": tokens_file,
    "oauth_issuer": secure_url,
    "callers": private_file,
    "public_url": secure_url,
    "tls_cert": readable_file,
    "tls_key": private_file,
    "audit_log": writable_file,
    "dlc_endpoint": checked,
    "aiworkspace_endpoint": checked,
    "studio_endpoint": checked,
}
"""The check of each field of the settings that names something; a test holds that none is missing."""
