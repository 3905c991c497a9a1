"""Times of the service as seconds since the epoch, and back; and what callers write for a time (R69)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EXAMPLES = "2026-01-31T08:00:00Z, 2026-01-31, -2h or yesterday"
_WIRE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?Z")
_ISO = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9:.,]+ ?(Z|[+-][0-9:]+)?)?", re.IGNORECASE)
_UNIT = r"(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_RELATIVE = re.compile(rf"([+-]) ?([0-9]{{1,6}}) ?{_UNIT}|([0-9]{{1,6}}) ?{_UNIT} ago", re.IGNORECASE)
_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def seconds_of(text: object) -> float | None:
    """ISO 8601 with or without seconds and fractions, UTC where no zone stands; ``None`` where it is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def iso(seconds: float) -> str:
    """``2026-01-31T08:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_text(given: object, now: float) -> str:
    """What a caller wrote for a time, in UTC with Z as it travels: ISO 8601 with or without zone (then UTC) or time
    (then midnight), or relative to ``now`` (seconds since the epoch): ``-2h``, ``3 days ago``, ``now``, ``today``,
    ``yesterday``. Fractions of a second are kept to the millisecond.

    Raises:
        ValueError: anything else, or a moment outside the years 1 to 9999.
    """
    text = given.strip() if isinstance(given, str) else f"{given!r}"
    try:
        moment = _relative(text.lower(), datetime.fromtimestamp(now, UTC)) or _absolute(text)
        written = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:60]!r} is no time") from None
    if _WIRE.fullmatch(text):
        return text
    fraction = f".{written.microsecond // 1000:03d}" if written.microsecond else ""
    return written.replace(microsecond=0, tzinfo=None).isoformat() + f"{fraction}Z"


def _relative(text: str, now: datetime) -> datetime | None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    words = {"now": now.replace(microsecond=0), "today": midnight, "yesterday": midnight - timedelta(days=1)}
    if text in words:
        return words[text]
    found = _RELATIVE.fullmatch(text)
    if found is None:
        return None
    count, unit = (found[2], found[3]) if found[1] else (found[4], found[5])
    seconds = int(count) * _UNITS_S[unit[0]] * (1 if found[1] == "+" else -1)
    return now.replace(microsecond=0) + timedelta(seconds=seconds)


def _absolute(text: str) -> datetime:
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
