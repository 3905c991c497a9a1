"""What options name outside the settings (files, servers, toolsets), checked before anything is served.

Every check takes the option's value and returns the value to use, or raises :class:`ValueError` with words that follow
the option's name.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import toolsets
from ..cloud.endpoints import checked
from ..state import StateUnavailable
from ..state.keys import read_keys

SQLITE_HEADER = b"SQLite format 3\0"
TOKEN_LINE = re.compile(r"([A-Za-z0-9_.@-]{1,64})\s*[:=]\s*(?:sha256:)?([0-9a-f]{64})")
EMPTY_TOKEN_HASH = hashlib.sha256(b"").digest()
"""What hashing a variable that was not set gives: as a caller's hash it would let in who brings no token."""


def readable_file(path: Path) -> Path:
    """A file that exists and can be read."""
    path = path.expanduser()
    if not path.is_file():
        raise ValueError("names a file that does not exist")
    if not os.access(path, os.R_OK):
        raise ValueError("names a file that cannot be read")
    return path


def private_file(path: Path) -> Path:
    """A file that can be read, and by nobody but its owner."""
    path = readable_file(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ValueError("names a file that others can read; set its mode to 0600")
    return path


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


def read_tokens(path: Path) -> Mapping[str, bytes]:
    """Names and token hashes of a private file with a line ``name: sha256-hex-of-the-token`` each.

    Raises:
        ValueError: the file cannot be read, can be read by others, has a line of another form, names a caller twice,
            or lets in somebody without a token. No line of it is repeated in the message.
    """
    path = private_file(path)
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as wrong:
        raise ValueError(f"names a file that cannot be read ({type(wrong).__name__})") from None
    matches = [TOKEN_LINE.fullmatch(line) for line in lines if line and not line.startswith("#")]
    if None in matches or not matches:
        raise ValueError("names a file that needs lines of the form 'name: sha256 hex of the token'")
    pairs = [(match[1], bytes.fromhex(match[2])) for match in matches if match]
    if EMPTY_TOKEN_HASH in dict(pairs).values():
        raise ValueError("names a file that has the hash of an empty token")
    if len({name for name, _ in pairs}) < len(pairs) or len({known for _, known in pairs}) < len(pairs):
        raise ValueError("names a file that has a name or a token twice; each token has one name")
    return dict(pairs)


def tokens_file(path: Path) -> Path:
    """A private, well-formed file of bearer tokens."""
    read_tokens(path)
    return path.expanduser()


def known_toolsets(names: tuple[str, ...]) -> tuple[str, ...]:
    """Presets, toolsets and tools that exist."""
    known = toolsets.names()
    if wrong := [name for name in names if name not in known]:
        raise ValueError(f"takes {', '.join(known)}, not {', '.join(wrong)}")
    return names


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "toolsets": known_toolsets,
    "state": state_store,
    "keys": keys_file,
    "tokens": tokens_file,
    "audit_log": writable_file,
    "dlc_endpoint": checked,
    "aiworkspace_endpoint": checked,
    "studio_endpoint": checked,
}
"""The check of each field of the settings that names something; a test holds that none is missing."""
