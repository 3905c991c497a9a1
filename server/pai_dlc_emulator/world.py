"""One emulated account: its clock, its ids, its keys and the state of each product; and who handles which operation.

A world imports the state of the products, and the handlers import the world. The service (``service.py``) brings both
together: it imports the handlers, which register themselves here, and fills a new world with its seeds.
"""

from __future__ import annotations

import hashlib
import string
from collections import Counter
from collections.abc import Callable
from typing import Any

from .accounts import KEYS
from .aiworkspace.nouns import Catalogue
from .clock import Clock
from .dlc.job_store import Training
from .wire import Received

_DIGITS = string.digits + string.ascii_lowercase
REGIONS = ("cn-hangzhou", "cn-shanghai")
"""Each region has a world of its own; the first is the one that tests and tools see unless they name another."""
SEEDS = ("default", "large", "vast", "empty", "failures", "huge")


class Ids:
    """Identifiers that are the same in every run of a seed, so that tests and transcripts can name them."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._counts: Counter[str] = Counter()

    def next(self, prefix: str, length: int = 13) -> str:
        """The next id of a kind: the prefix and ``length`` lower-case letters and digits."""
        number = int.from_bytes(self._digest(prefix), "big")
        digits = []
        for _ in range(length):
            number, digit = divmod(number, len(_DIGITS))
            digits.append(_DIGITS[digit])
        return prefix + "".join(digits)

    def number(self, kind: str, digits: int = 6) -> str:
        """The next numeric id of a kind, never with a leading zero."""
        low = 10 ** (digits - 1)
        return str(low + int.from_bytes(self._digest(kind)[:12], "big") % (9 * low))

    def _digest(self, kind: str) -> bytes:
        self._counts[kind] += 1
        return hashlib.sha256(f"{self._seed}/{kind}/{self._counts[kind]}".encode()).digest()


class World:
    """All state of the services, in memory: ``catalogue`` is AIWorkSpace's, ``training`` pai-dlc's.

    Raises:
        ValueError: there is no seed of that name.
    """

    def __init__(self, seed: str = "default", clock: Clock | None = None, region: str = REGIONS[0]) -> None:
        if seed not in SEEDS:
            raise ValueError(f"no world is called {seed!r}; there are {', '.join(SEEDS)}")
        self.seed, self.region = seed, region
        self.address = ""
        """Where pai-dlc of this region listens; empty in a world that nothing serves."""
        self.clock = clock or Clock()
        self.ids = Ids(seed if region == REGIONS[0] else f"{seed}/{region}")
        self.keys = dict(KEYS)
        self.catalogue = Catalogue()
        self.training = Training()

    def close(self) -> None:
        """End every process of every job."""
        if self.training.runner is not None:
            self.training.runner.close()


Handler = Callable[[World, Received], dict[str, Any]]
HANDLERS: dict[str, Handler] = {}


def handles(operation: str) -> Callable[[Handler], Handler]:
    """Register the handler of one operation; a second one for the same operation is a mistake."""

    def register(handler: Handler) -> Handler:
        if operation in HANDLERS:
            raise ValueError(f"{operation} has two handlers")
        HANDLERS[operation] = handler
        return handler

    return register
