"""Filtering, sorting and cutting into pages, the same for every list of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract import products
from ..wire import Received
from .nouns import Record, invalid
from .store import view

CREATION = ("GmtCreateTime",)


def among(rows: list[Record], name: str, wanted: str | list[str] | None) -> list[Record]:
    """Rows whose field is one of a (comma-separated) list; all where nothing was asked."""
    if not wanted:
        return rows
    values = {value.strip() for value in (wanted.split(",") if isinstance(wanted, str) else wanted)}
    return [row for row in rows if str(row.get(name, "")) in values]


def containing(rows: list[Record], names: Collection[str], text: str | None) -> list[Record]:
    """Rows that have the text in one of the fields, whatever its case."""
    if not text:
        return rows
    wanted = text.lower()
    return [row for row in rows if any(wanted in str(row.get(name) or "").lower() for name in names)]


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
    rows: list[Record],
    args: Record,
    allowed: Collection[str] = CREATION,
    order: str = "ASC",
    by: str = "GmtCreateTime",
) -> list[Record]:
    """Sorted by ``SortBy`` and ``Order`` as sent, in exact case; ties keep the order of creation."""
    name, direction = args.get("SortBy") or by, args.get("Order") or order
    if name not in allowed:
        raise invalid("SortBy", f"{name} is not one of {', '.join(allowed)}")
    if direction not in ("ASC", "DESC"):
        raise invalid("Order", f"{direction} is not ASC or DESC")
    return sorted(rows, key=lambda row: _sortable(row.get(name)), reverse=direction == "DESC")


def _sortable(value: Any) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value or ""))


def number(args: Record, name: str, default: int, least: int = 1, most: int | None = None) -> int:
    """A count or page, which some operations send as text."""
    try:
        value = int(args.get(name, default))
    except ValueError:
        raise invalid(name, "a whole number is expected") from None
    if value < least or (most is not None and value > most):
        raise invalid(name, f"it must be at least {least}" + (f" and at most {most}" if most else ""))
    return value


def page(rows: list[Record], args: Record, size: int = 20) -> list[Record]:
    """The page that ``PageNumber`` and ``PageSize`` ask for; one past the end is empty."""
    length = number(args, "PageSize", size)
    first = (number(args, "PageNumber", 1) - 1) * length
    return rows[first : first + length]


def token_page(rows: list[Record], args: Record, size: int = 10) -> tuple[list[Record], Record]:
    """The page from ``PageToken`` on, and ``NextPageToken`` where there is more."""
    length = number(args, "MaxResults", number(args, "PageSize", size))
    first = number(args, "PageToken", (number(args, "PageNumber", 1) - 1) * length, least=0)
    following = first + length
    return rows[first:following], {"NextPageToken": following} if following < len(rows) else {}


def next_page(rows: list[Record], args: Record, size: int = 10, most: int = 100) -> tuple[list[Record], Record]:
    """The page from ``NextToken`` on, and the next token (empty at the end)."""
    length = number(args, "MaxResults", size, most=most)
    first = number({"NextToken": args.get("NextToken") or 0}, "NextToken", 0, least=0)
    following = first + length
    return rows[first:following], {"NextToken": str(following) if following < len(rows) else "", "MaxResults": length}


def answer(operation: str, rows: list[Record], **more: Any) -> Record:
    """The rows as the list of an operation's answer, each in the list's own model."""
    product = products()["aiworkspace"]
    name, kind = next(
        (f.name, f.type[5:-1])
        for f in product.models[product.operations[operation].response]
        if f.type.startswith("list[") and f.type[5:-1] in product.models
    )
    return {name: [view(row, kind) for row in rows], **more}


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list operation can filter, sort and page by.

    ``exact`` and ``fuzzy`` map an argument to the fields it is held against; ``label`` names the argument with
    ``Key=Value`` conditions.
    """

    exact: Mapping[str, str] = field(default_factory=dict)
    fuzzy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label: str = "Labels"
    sortable: tuple[str, ...] = CREATION
    by: str = "GmtCreateTime"
    order: str = "ASC"
    size: int = 20

    def select(self, rows: list[Record], args: Record) -> list[Record]:
        """The rows asked for, in the order asked for."""
        for argument, name in self.exact.items():
            rows = among(rows, name, args.get(argument))
        for argument, names in self.fuzzy.items():
            rows = containing(rows, names, args.get(argument))
        rows = labelled(rows, args.get(self.label))
        return ordered(rows, args, self.sortable, self.order, self.by)

    def answer(self, received: Received, rows: list[Record], dress: Callable[[Record], Record] = dict) -> Record:
        """One page; ``dress`` adds what only shows in answers, to the rows of that page."""
        found = self.select(rows, received.args)
        shown = [dress(row) for row in page(found, received.args, self.size)]
        return answer(received.operation, shown, TotalCount=len(found))
