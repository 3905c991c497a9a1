"""Cutting log lines that are too many or too long, and saying which call gets the rest (R60). Pure; counts characters.

A Chinese character counts as one character, as in the limits of the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import ne
from typing import Any

from ...runtime import MOST_CHARS

LINE_CHARS = 2_000
"""Longest line that is shown."""

LIKELY_TEXT = "error"
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
    shortened = sum(map(ne, lines[omitted:], kept))
    if not omitted and not shortened:
        return None
    return {"lines_shown": len(kept), "earlier_lines_omitted": omitted, "lines_shortened": shortened}


def more(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The call that gets the rest."""
    return {"tool": tool, "arguments": {name: value for name, value in arguments.items() if value is not None}}


def rest_of_lines(tool: str, arguments: Mapping[str, Any], shown: Sequence[str], max_chars: int) -> dict[str, Any]:
    """The call that gets the earlier lines: those up to the first shown one where that tells its time, else a larger
    answer, else a search for what is mostly looked for."""
    stamp = _STAMP.match(shown[0]) if shown else None
    if stamp is not None:
        return more(tool, {**arguments, "end_time": f"{stamp[1]}Z"})
    if max_chars < MOST_CHARS:
        return more(tool, {**arguments, "max_chars": MOST_CHARS})
    kept = {name: arguments.get(name) for name in ("region", "job_id", "pod_id")}
    return more("dlc_search_logs", {**kept, "text": LIKELY_TEXT})
