"""What the run proves for each of the operations, counted for its last lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Proved = Callable[[str, Iterable[str]], None]
Noted = Callable[[str], None]
"""Takes a line for the end of the run: a figure that is no count of operations."""
OPERATIONS = 170
