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


def test_r78_each_rejection_of_a_peer_waits_twice_as_long_until_a_minute_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(auth.anyio, "current_time", lambda: now[0])
    rejections = Rejections()
    assert [rejections._delay_s("a") for _ in range(6)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0]
    assert rejections._delay_s("b") == 0.05
    now[0] += auth.FORGET_S
    assert rejections._delay_s("a") == 1.0
    assert rejections._delay_s("b") == 0.1
    now[0] += auth.FORGET_S + 0.1
    assert [rejections._delay_s("a") for _ in range(2)] == [0.05, 0.1]


async def test_r78_a_rejection_is_answered_after_its_delay_and_of_too_many_at_once_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(auth.anyio, "sleep", sleep)
    rejections = Rejections()
    scope: dict[str, Any] = {"client": ("10.0.0.9", 1)}
    assert [await rejections.delay(scope) for _ in range(3)] == [True] * 3
    assert slept == [0.05, 0.1, 0.2]
    rejections._delayed = auth.MAX_DELAYED
    assert await rejections.delay(scope) is False
    rejections._delayed = auth.MAX_DELAYED - 1
    assert await rejections.delay(scope) is True
    assert (slept[3:], rejections._delayed) == ([0.4], auth.MAX_DELAYED - 1)


def test_r78_of_so_many_peers_the_one_heard_of_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth.anyio, "current_time", lambda: 1000.0)
    monkeypatch.setattr(auth, "MAX_PEERS", 3)
    rejections = Rejections()
    for peer in ("a", "b", "c", "a", "d"):
        rejections._delay_s(peer)
    assert list(rejections._peers) == ["c", "a", "d"]


async def test_r78_a_rejection_without_a_peer_is_of_an_unknown_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Rejections, "_delay_s", lambda *_: 0.0)
    with caplog.at_level("WARNING"):
        assert await Rejections().delay({"client": None})
    assert caplog.text.rstrip().endswith("was refused; it came from unknown")
