"""What the server remembers between calls: one small protocol with three stores (memory, SQLite, Redis).

Keys are text with ``/`` between their parts, values are JSON text. Every entry has a time to live in seconds. A store
that cannot answer raises :class:`StateUnavailable`; guards then refuse the call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ..errors import Unavailable

SCAN_LIMIT = 10_000
"""The most entries that a scan gives when nobody says otherwise."""


class StateUnavailable(Unavailable):
    """The state store is gone, damaged or locked. A guard that needs it refuses."""


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
    raise StateUnavailable("The stored state is damaged; nothing that depends on it is done.")


class StateStore(Protocol):
    """A store of entries with a time to live. Every method raises :class:`StateUnavailable` where it cannot answer."""

    async def get(self, key: str) -> str | None:
        """The value, or ``None`` where there is none or it has ended."""

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        """Store entries for ``ttl`` seconds, replacing what was there."""

    async def add(self, key: str, value: str, ttl: float) -> bool:
        """Store unless the key has a value; atomic over all processes. Whether it was stored."""

    async def take(self, key: str) -> str | None:
        """Remove and return; of any number of callers at once, over all processes, one gets the value."""

    async def scan(self, prefix: str, *, limit: int = SCAN_LIMIT) -> dict[str, str]:
        """Entries whose key starts with ``prefix``, newest first, at most ``limit``."""

    async def close(self) -> None:
        """Close files and connections."""


State = StateStore
"""The name by which the other rooms import it."""
