"""Other people's words truncated so that what decides stays: quotes around a match, repeats folded. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .stamps import LEADING

QUOTE_CHARS, BEGINNING_CHARS, AFTER_CHARS, LINE_CHARS, SLACK_CHARS = 400, 90, 120, 200, 24
"""No text is cut for the sake of the last few characters."""
FRONT_CHARS, BACK_CHARS = 300, 200
"""So much of a line's beginning and of its end is searched for words that say what the line is."""
EVENTS_SHOWN = 6
"""Of events the last ones are shown."""


def quoted(text: str, start: int = 0, end: int = 0, most: int = QUOTE_CHARS) -> str:
    """A text on one line, cut around the words that decide (``start`` to ``end``), its beginning kept."""
    line = re.sub(r"\s*\n\s*", " ⏎ ", text.strip())
    shift = text[:start].count("\n") * 2
    start, end = start + shift, end + shift
    if len(line) <= most + SLACK_CHARS:
        return line
    if end <= most - AFTER_CHARS:
        return f"{line[:most]}… ({len(line) - most} more characters)"
    room = most - BEGINNING_CHARS
    first = max(BEGINNING_CHARS, min(start - room // 3, len(line) - room))
    last = min(len(line), first + room)
    return f"{line[:BEGINNING_CHARS]} … {line[first:last]}" + (
        f"… ({len(line) - last} more characters)" if last < len(line) else ""
    )


def short(line: str, chars: int = LINE_CHARS) -> str:
    """The beginning of a line, with how much was left out."""
    return line if len(line) <= chars else f"{line[:chars]}… ({len(line) - chars} more characters)"


def plain(line: str) -> str:
    """A line without its time, by which repeats are known."""
    return LEADING.sub("", line, count=1)


def folded(lines: Sequence[str], chars: int = LINE_CHARS) -> list[str]:
    """Lines with repeats shown once: those that differ only in their time, with how often and when last."""
    seen: dict[str, list[str]] = {}
    for line in lines:
        seen.setdefault(plain(line), []).append(line)
    return [short(same[0], chars) + (f" (x{len(same)}, last {_when(same[-1])})" if len(same) > 1 else "")
            for same in seen.values()]  # fmt: skip


def _when(line: str) -> str:
    found = LEADING.match(line)
    return found[0].strip(" []") if found else "?"
