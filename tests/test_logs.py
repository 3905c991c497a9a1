"""What goes to stderr: bounded in length and in number, one line a record, with the id of the call."""

from __future__ import annotations

import json
import logging
import sys

from pai_dlc_mcp.logs import (
    CALL_ID,
    MAX_CHARS,
    MAX_LINES_PER_MINUTE,
    MAX_TRACE_CHARS,
    TEXT,
    BoundedFormatter,
    BoundedRate,
    JsonFormatter,
)


def record(message: str, *, level: int = logging.WARNING, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("mcp.server", level, "/somewhere.py", line, message, (), None)


def test_r78_of_one_place_so_many_lines_a_minute_are_written_and_then_their_number() -> None:
    now = 0.0
    rate = BoundedRate(lambda: now)
    passed = [rate.filter(record(f"Invalid Host header: {number}")) for number in range(1_000)]
    assert passed == [True] * MAX_LINES_PER_MINUTE + [False] * (1_000 - MAX_LINES_PER_MINUTE)
    assert rate.filter(record("of another place", line=2)), "one flood does not drown the others"
    now = 60.0
    later = record("Invalid Host header: x")
    assert rate.filter(later)
    assert f"{1_000 - MAX_LINES_PER_MINUTE:,} more" in later.getMessage()
    following = record("Invalid Host header: y")
    assert rate.filter(following)
    assert "more" not in following.getMessage()


def test_what_an_operator_asks_for_is_not_counted() -> None:
    rate = BoundedRate(lambda: 0.0)
    assert all(rate.filter(record("x", level=logging.DEBUG)) for _ in range(100))


def test_r78_a_line_is_one_line_of_bounded_length() -> None:
    line = BoundedFormatter(TEXT).format(record("a\nb\x1b[31m" + "x" * 100_000))
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) <= MAX_CHARS + 1


def test_a_json_line_has_the_calls_id_and_a_bounded_traceback() -> None:
    token = CALL_ID.set("0123456789abcdef")
    try:
        int("x" * 3_000)
    except ValueError:
        failed = record("a\nb" + "x" * 100_000)
        failed.exc_info = sys.exc_info()
        text = JsonFormatter().format(failed)
    finally:
        CALL_ID.reset(token)
    entry = json.loads(text)
    assert "\n" not in text
    assert entry["call_id"] == "0123456789abcdef"
    assert (entry["level"], entry["logger"]) == ("warning", "mcp.server")
    assert len(entry["message"]) <= MAX_CHARS + 1
    assert entry["traceback"].startswith("Traceback")
    assert len(entry["traceback"]) <= MAX_TRACE_CHARS
    assert "call_id" not in json.loads(JsonFormatter().format(record("outside of a call")))
