"""Identifiers that are the same in every run of a seed, so that tests and transcripts can name them."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter


class Ids:
    """Makes ids from the seed's name, a prefix and a count."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._counts: Counter[str] = Counter()

    def next(self, prefix: str, length: int = 16) -> str:
        """The next id of a kind: the prefix and ``length`` lower-case letters and digits."""
        digest = self._digest(prefix)
        return prefix + base64.b32encode(digest).decode().lower()[:length]

    def number(self, kind: str, digits: int = 6) -> str:
        """The next numeric id of a kind, never with a leading zero."""
        low = 10 ** (digits - 1)
        return str(low + int.from_bytes(self._digest(kind)[:12], "big") % (9 * low))

    def _digest(self, kind: str) -> bytes:
        self._counts[kind] += 1
        return hashlib.sha256(f"{self._seed}/{kind}/{self._counts[kind]}".encode()).digest()
