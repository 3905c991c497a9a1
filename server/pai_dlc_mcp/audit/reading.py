"""Reads the audit log back: its lines and those that were put aside, the newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread

from ..errors import Unavailable
from .file import KEPT

SHOWN = ("caller", "tool", "effect", "region", "target", "outcome", "rule", "confirmed_by", "approved_by")
"""Fields of a line that the page shows as they are."""


def newest_first(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of the file and of those that were put aside; what is no JSON object is left out. Blocking.

    Raises:
        OSError: the file cannot be read.
    """
    for one in [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1))]:
        try:
            lines = one.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            continue
        for line in reversed(lines):
            entry = _parsed(line)
            if entry is not None:
                yield entry


async def newest_acts(path: Path, *, caller: str | None, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Acts, the newest first: those of a caller (``None``: of all), older than the line of this call id.

    Raises:
        Unavailable: the file cannot be read.
    """
    try:
        return await anyio.to_thread.run_sync(_picked, path, caller, before, limit)
    except OSError as wrong:
        raise Unavailable(f"The audit log cannot be read ({wrong.strerror}).") from None


def _picked(path: Path, caller: str | None, before: str | None, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    is_reached = before is None
    for line in newest_first(path):
        if is_reached and line.get("tool") and caller in (None, line.get("caller")):
            found.append(_act(line))
            if len(found) == limit:
                break
        is_reached = is_reached or line.get("call_id") == before
    return found


def _act(line: dict[str, Any]) -> dict[str, Any]:
    shown = {name: line.get(name) for name in SHOWN}
    return {"time": line.get("when"), **shown, "call_id": line.get("call_id"), "request_id": line.get("request_id")}


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
