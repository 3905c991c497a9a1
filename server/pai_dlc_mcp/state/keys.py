"""The keys that seal tokens and decisions.

On one host a key is created once and stored beside the SQLite file (mode 0600); with state in memory it lives as long
as the process; servers that share a Redis share the key that the first of them stored there. An operator who wants the
keys apart from the state names a file with one key a line. The first key seals, all of them verify: to rotate, add a
new first line and keep the old one below it until its tokens have expired.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..config.settings import Settings
from . import StateUnavailable, canonical, entry
from .files import make_private

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
        """Keys for another mechanism, derived from these, the sealing one first, each once."""
        derived = [hmac.digest(key, b"derived/" + purpose, hashlib.sha256) for key in self.secrets]
        return list(dict.fromkeys(derived))

    def fits(self, data: bytes, seal: bytes) -> bool:
        """Whether any key gives this seal; all keys are tried, in constant time."""
        is_sealed = False
        for key in self.secrets:
            is_sealed |= hmac.compare_digest(hmac.digest(key, data, hashlib.sha256), seal)
        return is_sealed

    def sealed(self, kind: str, content: Mapping[str, Any]) -> str:
        """An object as the state stores it, with the seal of its kind: what one kind says counts for no other."""
        return json.dumps({"content": content, "seal": self.seal(kind.encode() + canonical(content)).hex()})

    def opened(self, kind: str, stored: str | None) -> dict[str, Any] | None:
        """What was stored under a seal of ours and of this kind; ``None`` for anything else."""
        if stored is None:
            return None
        try:
            held = entry(stored, "content", "seal")
            content, seal = held["content"], bytes.fromhex(held["seal"])
        except (StateUnavailable, ValueError, TypeError):
            return None
        return content if isinstance(content, dict) and self.fits(kind.encode() + canonical(content), seal) else None


def keys_of(settings: Settings) -> Keys:
    """The keys of a server with these settings, read or created once a process.

    Raises:
        StateUnavailable: they cannot be read or created.
    """
    if settings.keys is not None:
        return read_keys(settings.keys.expanduser())
    if settings.state == "memory":
        return _process_keys()
    if "://" in settings.state:
        return _redis_keys(settings.state)
    return _stored_keys(Path(settings.state).expanduser())


@lru_cache(maxsize=1)
def _process_keys() -> Keys:
    return Keys((secrets.token_bytes(KEY_BYTES),))


@lru_cache(maxsize=64)
def read_keys(path: Path) -> Keys:
    """The keys of an operator's file: one a line in hexadecimal, 64 digits or more; ``#`` begins a comment.

    Raises:
        StateUnavailable: the file cannot be read, or a line is no key.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        found = tuple(bytes.fromhex(line.strip()) for line in lines if line.strip() and not line.startswith("#"))
    except (OSError, ValueError):
        raise StateUnavailable("The file of keys cannot be read; it holds one key a line in hexadecimal.") from None
    if not found or any(len(key) < KEY_BYTES for key in found):
        raise StateUnavailable(f"The file of keys needs keys of at least {KEY_BYTES} bytes (64 hexadecimal digits).")
    return Keys(found)


def reload_keys(path: Path) -> None:
    """Read an operator's file again; one that is not usable changes nothing.

    Raises:
        StateUnavailable: it is not.
    """
    read_keys.__wrapped__(path)
    read_keys.cache_clear()


@lru_cache(maxsize=8)
def _redis_keys(url: str) -> Keys:
    """The key of all servers on one Redis, created by the first of them. Who can write there can seal too."""
    from .redis import shared_key  # start-up: saves 2 ms

    try:
        key = bytes.fromhex(shared_key(url, secrets.token_hex(KEY_BYTES)))
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise StateUnavailable("The sealing key in Redis is damaged.")
    return Keys((key,))


@lru_cache(maxsize=64)
def _stored_keys(state: Path) -> Keys:
    """The key beside a SQLite file, created by the first process."""
    path = state.with_name(state.name + SUFFIX)
    try:
        _create_key(path)
        return Keys((_read_key(path),))
    except (OSError, binascii.Error):
        raise StateUnavailable("The key beside the state file cannot be read or created.") from None


def _create_key(path: Path) -> None:
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


def _read_key(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        make_private(handle)
        key = binascii.unhexlify(os.read(handle, 4_096).strip())
    finally:
        os.close(handle)
    if len(key) < KEY_BYTES:
        raise OSError("the key is too short")
    return key
