"""What the server remembers between calls: one small protocol and its keepers (memory, SQLite, Redis).

Keys are text with ``/`` between their parts, values are JSON text. Every entry has a time to live in seconds. A keeper
that cannot answer raises :class:`StateUnavailable`; callers that guard something then refuse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ..errors import Unavailable


class StateUnavailable(Unavailable):
    """The keeper is gone, damaged or locked. A guard that needs it refuses."""


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def digest_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def key_of(*parts: str) -> str:
    """A state key of these parts, whatever characters they hold."""
    return "/".join(quote(part, safe="") for part in parts)


def entry(text: str, *names: str) -> dict[str, Any]:
    """A stored value as an object with at least these fields.

    Raises:
        StateUnavailable: it is damaged, or somebody else wrote it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and found.keys() >= set(names):
        return found
    raise StateUnavailable("What the server remembers is damaged; nothing that rests on it is done.")


class State(Protocol):
    async def get(self, key: str) -> str | None:
        """The value, or ``None`` where there is none or its time is up."""

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        """Store entries for ``ttl`` seconds, replacing what was there."""

    async def add(self, key: str, value: str, ttl: float) -> bool:
        """Store only where nothing is stored; atomic over all processes. Whether it was stored."""

    async def take(self, key: str) -> str | None:
        """Remove and return; of any number of takers at once, over all processes, one gets the value."""

    async def scan(self, prefix: str, *, limit: int = 10_000) -> dict[str, str]:
        """Entries whose key starts with ``prefix``, newest first, at most ``limit``."""

    async def close(self) -> None:
        """Let go of files and connections."""
