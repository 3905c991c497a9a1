"""Cutting what is too long, and saying what was cut and which call gets the rest (R60). Pure; counted in characters.

A Chinese character counts as one character, as in the limits of the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

LINE_CHARS = 2_000
"""Longest line that is shown."""

MOST_POINTS = 60
"""Points of a metric's curve that are shown."""

LIKELY_TEXT = "error"
_MOST_CHARS = 20_000
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?Z")
"""Only a stamp in UTC tells a window; a program's own may be of any zone."""


def fit_line(line: str, most: int = LINE_CHARS) -> str:
    """The start of a line, and how many characters it lost."""
    if len(line) <= most:
        return line
    mark = f" … [{len(line) - most:,} characters cut]"
    return line[:most] + mark


def fit_lines(
    lines: Sequence[str], max_chars: int, *, line_chars: int = LINE_CHARS
) -> tuple[list[str], dict[str, int] | None]:
    """The newest lines that fit, each with its line break; and what was cut, ``None`` for nothing.

    The end of a log tells how it ended, so the beginning goes. At least one line stays, shortened to what there is.
    """
    kept: list[str] = []
    room = max_chars
    for line in reversed(lines):
        shown = fit_line(line, line_chars)
        if len(shown) + 1 > room:
            break
        kept.append(shown)
        room -= len(shown) + 1
    if lines and not kept:
        kept.append(fit_line(lines[-1], max(1, min(line_chars, max_chars - 40))))
    kept.reverse()
    return kept, _cut_of(lines, kept)


def _cut_of(lines: Sequence[str], kept: Sequence[str]) -> dict[str, int] | None:
    omitted = len(lines) - len(kept)
    shortened = sum(line != shown for line, shown in zip(lines[omitted:], kept, strict=True))
    if not omitted and not shortened:
        return None
    return {"lines_shown": len(kept), "earlier_lines_omitted": omitted, "lines_shortened": shortened}


def fit_rows(rows: Sequence[Any], max_chars: int) -> tuple[list[Any], dict[str, int] | None]:
    """The first rows that fit, measured as compact JSON; and what was cut. At least one row stays."""
    kept: list[Any] = []
    room = max_chars
    for row in rows:
        room -= size(row) + 1
        if room < 0 and kept:
            break
        kept.append(row)
    if len(kept) == len(rows):
        return kept, None
    return kept, {"rows_shown": len(kept), "rows_omitted": len(rows) - len(kept)}


def size(value: Any) -> int:
    """Characters of a value as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def more(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The call that gets the rest."""
    return {"tool": tool, "arguments": {name: value for name, value in arguments.items() if value is not None}}


def truncated(cut: Mapping[str, Any], tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The ``truncated`` object of a result: what was cut, and the call that gets the rest."""
    return {**cut, "more": more(tool, arguments)}


def rest_of_lines(tool: str, arguments: Mapping[str, Any], shown: Sequence[str], max_chars: int) -> dict[str, Any]:
    """The call that gets the earlier lines: those up to the first shown one where that tells its time, else a larger
    answer, else a search for what is mostly looked for."""
    stamp = _STAMP.match(shown[0]) if shown else None
    if stamp is not None:
        return more(tool, {**arguments, "end_time": f"{stamp[1]}Z"})
    if max_chars < _MOST_CHARS:
        return more(tool, {**arguments, "max_chars": _MOST_CHARS})
    kept = {name: arguments.get(name) for name in ("region", "job_id", "pod_id")}
    return more("dlc_search_logs", {**kept, "text": LIKELY_TEXT})


def decimate(points: Sequence[Mapping[str, Any]], most: int = MOST_POINTS) -> list[Mapping[str, Any]]:
    """At most ``most`` points of a curve, in order: the lowest and highest of each stretch, so no peak is lost."""
    if len(points) <= most:
        return list(points)
    stretches = max(1, most // 2)
    kept: list[Mapping[str, Any]] = []
    for number in range(stretches):
        stretch = range(number * len(points) // stretches, (number + 1) * len(points) // stretches)
        low = min(stretch, key=lambda at: _value(points[at]))
        high = max(stretch, key=lambda at: _value(points[at]))
        kept += [points[at] for at in sorted({low, high})]
    return kept[:most]


def _value(point: Mapping[str, Any]) -> float:
    value = point.get("Value")
    return float(value) if isinstance(value, int | float) else 0.0
