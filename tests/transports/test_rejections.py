"""What the audit is told of credentials that are no good: each one counted once, in a bounded number of lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.transports import auth
from pai_dlc_mcp.transports.auth import MAX_LINES_PER_MINUTE, Rejections


async def test_r78_each_rejected_credential_is_counted_in_one_line_of_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, int]] = []

    async def note(path: Path, *, client: str, count: int, now: float) -> None:
        written.append((client, count))

    minutes = [0.0]
    monkeypatch.setattr(auth, "note_rejected", note)
    monkeypatch.setattr(Rejections, "_delay_s", lambda *_: 0.0)
    rejections = Rejections(tmp_path / "audit", now=lambda: minutes[0] * 60)
    scope: dict[str, Any] = {"client": ("10.0.0.9", 1)}
    for _ in range(MAX_LINES_PER_MINUTE + 3):
        assert await rejections.delay(scope)
    assert written == [("10.0.0.9", 1)] * MAX_LINES_PER_MINUTE
    minutes[0] = 1.0
    for _ in range(MAX_LINES_PER_MINUTE + 1):
        assert await rejections.delay(scope)
    later = written[MAX_LINES_PER_MINUTE:]
    assert later == [("10.0.0.9", 4)] + [("10.0.0.9", 1)] * (MAX_LINES_PER_MINUTE - 1), "three had no line before"
    assert rejections.total == 2 * MAX_LINES_PER_MINUTE + 4
