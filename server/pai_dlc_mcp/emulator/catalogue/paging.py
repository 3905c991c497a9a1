"""Filtering, sorting and cutting into pages, the same for every list of the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .store import Record, invalid


def among(rows: list[Record], field: str, wanted: str | None) -> list[Record]:
    """Rows whose field is one of a comma-separated list; all where nothing was asked."""
    if not wanted:
        return rows
    values = {value.strip() for value in wanted.split(",")}
    return [row for row in rows if str(row.get(field, "")) in values]


def containing(rows: list[Record], fields: Collection[str], text: str | None) -> list[Record]:
    """Rows that have the text in one of the fields, whatever its case."""
    if not text:
        return rows
    wanted = text.lower()
    return [row for row in rows if any(wanted in str(row.get(field) or "").lower() for field in fields)]


def labelled(rows: list[Record], conditions: str | None) -> list[Record]:
    """Rows that carry every label of ``Key=Value,Key=Value``; a bare key asks for any value."""
    for condition in filter(None, (conditions or "").split(",")):
        key, equals, value = condition.strip().partition("=")
        rows = [row for row in rows if any(_matches(label, key, value if equals else None) for label in labels(row))]
    return rows


def labels(row: Record) -> list[Record]:
    return list(row.get("Labels") or [])


def _matches(label: Record, key: str, value: str | None) -> bool:
    return label["Key"] == key and (value is None or label.get("Value") == value)


def ordered(
    rows: list[Record], args: Record, allowed: Collection[str], order: str = "ASC", by: str = "GmtCreateTime"
) -> list[Record]:
    """Sorted by ``SortBy`` and ``Order`` as sent, in exact case; ties keep the order of creation."""
    field, direction = args.get("SortBy") or by, args.get("Order") or order
    if field not in allowed:
        raise invalid("SortBy", f"{field} is not one of {', '.join(allowed)}")
    if direction not in ("ASC", "DESC"):
        raise invalid("Order", f"{direction} is not ASC or DESC")
    return sorted(rows, key=lambda row: _sortable(row.get(field)), reverse=direction == "DESC")


def _sortable(value: Any) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value or ""))


def number(args: Record, name: str, default: int, least: int = 1) -> int:
    """A count or page, which some operations send as text."""
    try:
        value = int(args.get(name, default))
    except ValueError:
        raise invalid(name, "a whole number is expected") from None
    if value < least:
        raise invalid(name, f"it must be at least {least}")
    return value


def page(rows: list[Record], args: Record, size: int = 20) -> list[Record]:
    """The page that ``PageNumber`` and ``PageSize`` ask for; one past the end is empty."""
    length = number(args, "PageSize", size)
    first = (number(args, "PageNumber", 1) - 1) * length
    return rows[first : first + length]


def token_page(rows: list[Record], args: Record, size: int = 10) -> tuple[list[Record], int | None]:
    """The page from ``PageToken`` on, and the token of the next one where there is more."""
    length = number(args, "MaxResults", number(args, "PageSize", size))
    first = number(args, "PageToken", (number(args, "PageNumber", 1) - 1) * length, least=0)
    following = first + length
    return rows[first:following], following if following < len(rows) else None
