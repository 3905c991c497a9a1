"""Making an answer fit its size without hiding that it was cut. Pure.

A list keeps as many rows as fit and names the call that continues exactly there; anything else is cut at its longest
strings and lists, and the paths that were cut are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .text import compact

STEPS = ((200, 2000), (100, 1000), (50, 500), (20, 250), (10, 120), (5, 80), (3, 50), (1, 30))
"""Tried in turn: at most so many items in a list, so many characters in a string."""


def bounded(data: Any, budget: int) -> tuple[Any, list[str]]:
    """``data`` within ``budget`` characters of JSON, and the paths of what was cut (at most 20 of them)."""
    if len(compact(data)) <= budget:
        return data, []
    for items, chars in STEPS:
        paths: list[str] = []
        small = _trimmed(data, items, chars, "", paths)
        if len(compact(small)) <= budget:
            return small, paths[:20]
    return _identity(data, budget), ["everything but the first scalars"]


def _trimmed(value: Any, items: int, chars: int, path: str, cut: list[str]) -> Any:
    if isinstance(value, str) and len(value) > chars:
        cut.append(path)
        return value[:chars] + f"… ({len(value) - chars} more characters)"
    if isinstance(value, list):
        if len(value) > items:
            cut.append(f"{path} ({len(value) - items} of {len(value)} items)")
        return [_trimmed(item, items, chars, f"{path}[{at}]", cut) for at, item in enumerate(value[:items])]
    if isinstance(value, dict):
        return {
            name: _trimmed(item, items, chars, f"{path}.{name}" if path else name, cut) for name, item in value.items()
        }
    return value


def _identity(data: Any, budget: int) -> dict[str, Any]:
    """The last resort: the short scalars, in order, as far as they go."""
    kept: dict[str, Any] = {}
    for name, value in data.items() if isinstance(data, Mapping) else ():
        if (
            isinstance(value, (str, int, float, bool))
            and len(compact(kept)) + len(compact(value)) + len(name) + 8 < budget
        ):
            kept[name] = value[:200] if isinstance(value, str) else value
    return kept


def rows_that_fit(rows: list[Any], budget: int) -> int:
    """How many rows from the front stay within ``budget`` characters of JSON."""
    used = 2
    for count, row in enumerate(rows):
        used += len(compact(row)) + 1
        if used > budget:
            return count
    return len(rows)


def aligned(fitting: int, start: int) -> int:
    """Of the rows that fit, how many to keep so that a page of that size continues exactly behind them.

    ``start`` is the offset of the first row in the whole list. The next page then is
    ``PageSize=kept, PageNumber=(start + kept) / kept + 1``, so ``kept`` must divide ``start``.
    """
    return next((kept for kept in range(fitting, 0, -1) if start % kept == 0), 1)
