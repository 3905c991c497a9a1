"""Times of the service as seconds since the epoch, and back."""

from __future__ import annotations

from datetime import UTC, datetime


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
