"""The keys that seal tokens and decisions.

On one host they are made once and stand beside the SQLite file (mode 0600); with state in memory they live and die
with the process; servers that share a Redis find one there, made by the first of them. An operator who would rather
keep the keys apart from the state gives a file with a key a line. The first key seals, all of them verify: a new
first line rotates, the old one stays below it for as long as its tokens live.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..config.settings import Settings
from . import StateUnavailable
from .private import tighten

KEY_BYTES = 32
SUFFIX = ".key"


@dataclass(frozen=True)
class Keys:
    """At least one key of 32 bytes or more."""

    secrets: tuple[bytes, ...] = field(repr=False)

    def seal(self, data: bytes) -> bytes:
        """The HMAC-SHA256 of ``data`` under the first key."""
        return hmac.digest(self.secrets[0], data, hashlib.sha256)

    def derived(self, purpose: bytes) -> list[bytes]:
        """Keys for another mechanism, made of these, the sealing one first; equal keys are given once."""
        made = [hmac.digest(key, b"derived/" + purpose, hashlib.sha256) for key in self.secrets]
        return list(dict.fromkeys(made))

    def fits(self, data: bytes, seal: bytes) -> bool:
        """Whether any key made this seal; all keys are tried, in constant time."""
        found = False
        for key in self.secrets:
            found |= hmac.compare_digest(hmac.digest(key, data, hashlib.sha256), seal)
        return found


def keys_of(settings: Settings) -> Keys:
    """The keys of a server with these settings, read or made once a process.

    Raises:
        StateUnavailable: they cannot be read or made.
    """
    if settings.keys is not None:
        return _given(settings.keys.expanduser())
    if settings.state == "memory":
        return _of_process()
    if "://" in settings.state:
        return _shared(settings.state)
    return _beside(Path(settings.state).expanduser())


@lru_cache(maxsize=1)
def _of_process() -> Keys:
    return Keys((secrets.token_bytes(KEY_BYTES),))


@lru_cache(maxsize=64)
def _given(path: Path) -> Keys:
    """A file of the operator: one key a line in hexadecimal, 64 digits or more; ``#`` begins a comment."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        found = tuple(bytes.fromhex(line.strip()) for line in lines if line.strip() and not line.startswith("#"))
    except (OSError, ValueError):
        raise StateUnavailable("The file of keys cannot be read; it holds one key a line in hexadecimal.") from None
    if not found or any(len(key) < KEY_BYTES for key in found):
        raise StateUnavailable(f"The file of keys needs keys of at least {KEY_BYTES} bytes (64 hexadecimal digits).")
    return Keys(found)


@lru_cache(maxsize=8)
def _shared(url: str) -> Keys:
    """The key of all servers on one Redis, made by whichever comes first. Who can write there could seal too."""
    from .redis import shared_key

    key = bytes.fromhex(shared_key(url, secrets.token_hex(KEY_BYTES)))
    if len(key) < KEY_BYTES:
        raise StateUnavailable("The key that is kept in Redis is damaged.")
    return Keys((key,))


@lru_cache(maxsize=64)
def _beside(state: Path) -> Keys:
    """The key beside a SQLite file, made by whichever process comes first."""
    path = state.with_name(state.name + SUFFIX)
    try:
        _make(path)
        return Keys((_read(path),))
    except (OSError, binascii.Error):
        raise StateUnavailable("The key beside the state file cannot be read or made.") from None


def _make(path: Path) -> None:
    """Write a whole new key under another name, then link it into place: no process ever reads half a key."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, binascii.hexlify(secrets.token_bytes(KEY_BYTES)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        tighten(handle)
        key = binascii.unhexlify(os.read(handle, 4_096).strip())
    finally:
        os.close(handle)
    if len(key) < KEY_BYTES:
        raise OSError("the key is too short")
    return key
