"""Filtering, sorting and paging for the lists of all products."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .contract import check_type, products
from .wire import Received, Record, ServiceError, invalid

T = TypeVar("T")
SortKeys = Mapping[str, Callable[[T], Any]]
CREATION = ("GmtCreateTime",)


def whole_number(args: Record, name: str, default: int, least: int = 1, most: int | None = None) -> int:
    """A whole number within bounds; some operations send theirs as text. Raises 400 ``InvalidParameter``."""
    value = args.get(name)
    try:
        found = default if value in (None, "") else int(str(value))
    except ValueError:
        raise invalid(name, "a whole number is expected") from None
    if found < least or (most is not None and found > most):
        raise invalid(name, f"it must be at least {least}" + (f" and at most {most}" if most else ""))
    return found


def one_of(args: Record, name: str, allowed: Iterable[str], default: str = "") -> str:
    """A value of an enumeration in exact case, or the default. Raises 400 ``InvalidParameter``."""
    value, legal = str(args.get(name) or default), list(allowed)
    if value and value not in legal:
        raise invalid(name, f"{value} is not one of {', '.join(legal)}")
    return value


def split_list(value: Any) -> set[str]:
    """Comma-separated text as a set."""
    return {part.strip() for part in str(value or "").split(",") if part.strip()}


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


def naming(rows: list[Record], names: Collection[str], text: str | None) -> list[Record]:
    """Rows whose field is the text in double quotes, or holds a text without them."""
    if text and len(text) > 2 and text[0] == text[-1] == '"':
        return [row for row in rows if any(row.get(name) == text[1:-1] for name in names)]
    return containing(rows, names, text)


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


def by_fields(names: Iterable[str]) -> SortKeys[Record]:
    """Sort keys of records: numbers as numbers, everything else as text."""

    def reader(name: str) -> Callable[[Record], Any]:
        return lambda row: _sortable(row.get(name))

    return {name: reader(name) for name in names}


def _sortable(value: Any) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value or ""))


def sort_rows(rows: Iterable[T], args: Record, keys: SortKeys[T], by: str, order: str) -> list[T]:
    """Sorted by ``SortBy`` and ``Order``; ties keep their order.

    ``by`` and ``order`` are the operation's defaults.
    """
    key = one_of(args, "SortBy", keys, by)
    return sorted(rows, key=keys[key], reverse=is_descending(args, order))


def is_descending(args: Record, default: str) -> bool:
    """Which way ``Order`` sorts, in either case: pages list ASC and DESC beside examples that say desc."""
    given = str(args.get("Order") or default)
    if given not in ("ASC", "DESC", "asc", "desc"):
        raise invalid("Order", f"{given} is not one of ASC, DESC")
    return given.lower() == "desc"


MOST_A_PAGE, MOST_PAGES = 100, 1000
"""Bounds of pai-dlc's pages. AIWorkSpace's metadata names none."""


def page(rows: Sequence[T], args: Record, size: int, most: int | None = None) -> list[T]:
    """The page that ``PageNumber`` and ``PageSize`` ask for; one past the end is empty.

    With ``most``, PageSize may be no more than that, and PageNumber no more than 1000.
    """
    length = whole_number(args, "PageSize", size, most=most)
    first = (whole_number(args, "PageNumber", 1, most=MOST_PAGES if most else None) - 1) * length
    return list(rows[first : first + length])


def token_page(rows: list[Record], args: Record, size: int = 10) -> tuple[list[Record], Record]:
    """The page from ``PageToken`` on, and ``NextPageToken`` where there is more."""
    length = whole_number(args, "MaxResults", whole_number(args, "PageSize", size))
    first = whole_number(args, "PageToken", (whole_number(args, "PageNumber", 1) - 1) * length, least=0)
    following = first + length
    return rows[first:following], {"NextPageToken": following} if following < len(rows) else {}


def next_page(rows: list[Record], args: Record, size: int = 10, most: int = 100) -> tuple[list[Record], Record]:
    """The page from ``NextToken`` on, and the next token (empty at the end)."""
    length = whole_number(args, "MaxResults", size, most=most)
    first = whole_number({"NextToken": args.get("NextToken") or 0}, "NextToken", 0, least=0)
    following = first + length
    return rows[first:following], {"NextToken": str(following) if following < len(rows) else "", "MaxResults": length}


def view_as(record: Record, model: str) -> Record:
    """The record as a model of AIWorkSpace's contract: what the model does not name stays inside.

    Raises:
        TypeError: a value has another type than the contract says, which is a mistake in the emulator.
    """
    try:
        view: Record = check_type(products()["aiworkspace"], model, record, model)
    except ServiceError as error:
        raise TypeError(f"a record does not fit the contract: {error.message}") from error
    return view


def answer(operation: str, rows: list[Record], **more: Any) -> Record:
    """The rows as the list of an operation's answer, each in the list's own model."""
    product = products()["aiworkspace"]
    name, kind = next(
        (f.name, f.type[5:-1])
        for f in product.models[product.operations[operation].response]
        if f.type.startswith("list[") and f.type[5:-1] in product.models
    )
    return {name: [view_as(row, kind) for row in rows], **more}


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list operation of AIWorkSpace can filter, sort and page by.

    ``exact`` and ``fuzzy`` map an argument to the fields it is compared with, ``quoted`` one that double quotes make
    exact; ``label`` names the argument with ``Key=Value`` conditions.
    """

    exact: Mapping[str, str] = field(default_factory=dict)
    fuzzy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quoted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
        for argument, names in self.quoted.items():
            rows = naming(rows, names, args.get(argument))
        rows = labelled(rows, args.get(self.label))
        return sort_rows(rows, args, by_fields(self.sortable), self.by, self.order)

    def answer(self, received: Received, rows: list[Record], dress: Callable[[Record], Record] = dict) -> Record:
        """One page; ``dress`` adds what only shows in answers, to the rows of that page."""
        found = self.select(rows, received.args)
        view = [dress(row) for row in page(found, received.args, self.size)]
        return answer(received.operation, view, TotalCount=len(found))
