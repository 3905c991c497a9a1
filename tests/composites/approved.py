"""Approved answers: files under ``tests/snapshots`` that hold what somebody read and found right.

A test compares what it gets with its file. Where they differ, read the difference; if the new answer is the better one,
``make approve`` writes the files anew, and the commit shows the difference to whoever reviews it.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "snapshots"
MOST_LINES = 60
"""Of a difference so many lines are shown."""


def check(name: str, text: str) -> None:
    """Compare ``text`` with the approved file of this name below the folder; where ``APPROVE`` is set, write it.

    Raises:
        AssertionError: they differ; with the lines that do.
    """
    place = FOLDER / name
    approved = place.read_text(encoding="utf-8") if place.is_file() else ""
    if approved == text:
        return
    if os.environ.get("APPROVE"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return
    lines = list(difflib.unified_diff(approved.splitlines(), text.splitlines(), "approved", "now", n=1, lineterm=""))
    rest = f"\n… and {len(lines) - MOST_LINES} lines more" if len(lines) > MOST_LINES else ""
    shown = "\n".join(lines[:MOST_LINES])
    raise AssertionError(f"{name} is not what was approved. Read this; if it is right: make approve\n{shown}{rest}")
