"""Reading what a request says: times, pages, sort keys; and the errors the service gives for bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..wire import ServiceError

T = TypeVar("T")

DEFAULT_WINDOW_S = 7 * 86_400.0
"""Logs, events and job lists cover the last seven days unless a start is given (R66)."""


def bad(message: str, code: str = "BadRequest") -> ServiceError:
    return ServiceError(400, code, message)


def missing(kind: str, name: str) -> ServiceError:
    return ServiceError(404, f"{kind}NotFound", f"{kind} {name} does not exist.")


def seconds(value: Any, field: str) -> float | None:
    """An ISO 8601 time, with or without seconds and fractions, as epoch seconds; UTC unless it says otherwise."""
    if value in (None, ""):
        return None
    try:
        parsed = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise bad(f"{field} is not a time: {value}.", "InvalidParameter") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def minute(at: float) -> str:
    """UTC to the minute, as templates have it: ``2026-01-31T08:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")


def window(args: dict[str, Any], now: float) -> tuple[float, float]:
    """The asked StartTime and EndTime, both inside; by default the last seven days."""
    end = seconds(args.get("EndTime"), "EndTime")
    start = seconds(args.get("StartTime"), "StartTime")
    end = now if end is None else end
    return (min(end, now) - DEFAULT_WINDOW_S if start is None else start), end


def whole(args: dict[str, Any], name: str, default: int, low: int = 1, high: int | None = None) -> int:
    """A whole number in its bounds, also where it travels as text."""
    value = args.get(name)
    try:
        found = default if value in (None, "") else int(str(value))
    except ValueError:
        raise bad(f"{name} must be a whole number.", "InvalidParameter") from None
    if found < low or (high is not None and found > high):
        raise bad(f"{name} is out of range.", "InvalidParameter")
    return found


def page(items: Sequence[T], args: dict[str, Any], size: int = 10) -> list[T]:
    number, count = whole(args, "PageNumber", 1), whole(args, "PageSize", size)
    return list(items[(number - 1) * count : number * count])


def one_of(args: dict[str, Any], name: str, allowed: Iterable[str], default: str = "") -> str:
    """A value of an enumeration, its case included; the service refuses all others."""
    value = str(args.get(name) or default)
    legal = list(allowed)
    if value and value not in legal:
        raise bad(f"{name} must be one of {', '.join(legal)}.")
    return value


def ordered(
    items: Iterable[T], args: dict[str, Any], keys: Mapping[str, Callable[[T], Any]], default: str, order: str = "desc"
) -> list[T]:
    """Sorted by SortBy and Order; ``keys`` says which sort keys there are."""
    key = one_of(args, "SortBy", keys, default)
    descending = one_of(args, "Order", ("asc", "desc"), order) == "desc"
    return sorted(items, key=keys[key], reverse=descending)


def listed(value: Any) -> set[str]:
    """Comma-separated text as a set."""
    return {part.strip() for part in str(value or "").split(",") if part.strip()}
