"""What goes to stderr: one line a record, of bounded length, and of one kind only so many a minute.

What strangers send must not fill a disk with the lines that it causes: of each place in the code that warns, ten
records a minute are written, and the next one says how many were not.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal

from .timestamps import iso

MAX_LINES_PER_MINUTE = 10
MAX_CHARS = 1_000
MAX_TRACE_CHARS = 8_000
MAX_PLACES = 1_000
CALL_ID: ContextVar[str | None] = ContextVar("call_id", default=None)
"""The id of the call that is being run: it stands in its log lines, its audit line and its answer."""


TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(level: str, form: Literal["text", "json"] = "text") -> None:
    """Log to stderr; stdout belongs to the protocol."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else BoundedFormatter(TEXT))
    handler.addFilter(BoundedRate())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    limit_library_logs()


def limit_library_logs() -> None:
    """Libraries only warn: at lower levels they write whole addresses and messages, and with them arguments (R65)."""
    for name in ("httpx", "httpcore", "mcp", "sse_starlette", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


class BoundedRate(logging.Filter):
    """Passes ``MAX_LINES_PER_MINUTE`` records of each place that logs; the first of a new minute has the number lost.

    A place is a file and a line, not a text: texts hold what strangers sent.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._places: dict[tuple[str, int], tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True  # only an operator who looks for something asks for these
        place, minute = (record.pathname, record.lineno), int(self._now() // 60)
        if place not in self._places and len(self._places) >= MAX_PLACES:
            self._places.clear()
        before, count = self._places.get(place, (minute, 0))
        if before != minute:
            lost, count = max(0, count - MAX_LINES_PER_MINUTE), 0
            if lost:
                record.msg, record.args = f"{record.getMessage()} ({lost:,} more like this were not logged)", ()
        self._places[place] = (minute, count + 1)
        return count < MAX_LINES_PER_MINUTE


class BoundedFormatter(logging.Formatter):
    """One line of at most ``MAX_CHARS`` without control characters; a traceback of ours follows, bounded too."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        line = super().formatMessage(record)
        safe = "".join(char if char.isprintable() else repr(char)[1:-1] for char in line[: MAX_CHARS + 1])
        return _shortened(safe, MAX_CHARS)

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return super().formatException(ei)[-MAX_TRACE_CHARS:]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: when, level, logger, message, the call's id, and a traceback of ours."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "when": iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _shortened(record.getMessage(), MAX_CHARS),
        }
        if (call_id := CALL_ID.get()) is not None:
            entry["call_id"] = call_id
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)[-MAX_TRACE_CHARS:]
        return json.dumps(entry, ensure_ascii=False)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
