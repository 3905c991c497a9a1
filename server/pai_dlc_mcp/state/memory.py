"""The state store of one process: a dictionary that forgets on time and never grows without bound."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import SCAN_LIMIT, StateUnavailable

MAX_ENTRIES = 200_000
"""More than this and new entries are refused: a caller must not be able to fill the host's memory."""


@dataclass(frozen=True, slots=True)
class _Entry:
    value: str
    ends: float


class MemoryState:
    """Time is the monotonic clock, so setting the host's clock back lengthens no entry's life."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    async def get(self, key: str) -> str | None:
        entry = self._alive(key)
        return entry.value if entry else None

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        self._make_room(len(entries))
        ends = self._clock() + ttl
        for key, value in entries.items():
            self._entries.pop(key, None)
            self._entries[key] = _Entry(value, ends)

    async def add(self, key: str, value: str, ttl: float) -> bool:
        if self._alive(key):
            return False
        await self.put({key: value}, ttl)
        return True

    async def take(self, key: str) -> str | None:
        entry = self._alive(key)
        self._entries.pop(key, None)
        return entry.value if entry else None

    async def scan(self, prefix: str, *, limit: int = SCAN_LIMIT) -> dict[str, str]:
        found: dict[str, str] = {}
        for key in reversed(self._entries):
            if len(found) >= limit:
                break
            if key.startswith(prefix) and self._entries[key].ends > self._clock():
                found[key] = self._entries[key].value
        return found

    async def close(self) -> None:
        self._entries.clear()

    def _alive(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        return entry if entry and entry.ends > self._clock() else None

    def _make_room(self, coming: int) -> None:
        """Drop what has ended once the store is full; what is alive is never dropped for something new."""
        if len(self._entries) + coming <= MAX_ENTRIES:
            return
        now = self._clock()
        self._entries = {key: entry for key, entry in self._entries.items() if entry.ends > now}
        if len(self._entries) + coming > MAX_ENTRIES:
            raise StateUnavailable("The server's memory of earlier calls is full; try again later.")
