"""What the run proves, of each of the operations or of another whole, counted for its last lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

OPERATIONS = 170


class Proved(Protocol):
    """Counts names for which something holds, of so many in all."""

    def __call__(self, what: str, names: Iterable[str], of: int = OPERATIONS) -> None: ...


Noted = Callable[[str], None]
"""Takes a line for the end of the run: a figure that is no count of names."""
