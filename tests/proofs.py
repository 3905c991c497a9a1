"""What the run proves for each of the operations, counted for its last lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Proved = Callable[[str, Iterable[str]], None]
OPERATIONS = 170
