"""R47: a list that the service refuses to sort is read to its end and sorted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...cloud.reads import PAGE_SIZE
from ...errors import InvalidArguments
from ...operation import Sorting
from ...runtime import Call, Reply, Runtime

MOST_PAGES = 20
_OWN = ("SortBy", "Order", "PageNumber", "PageSize")
"""Arguments that count for the sorted list, not for the pages that are read."""


async def read_sorted(call: Call, runtime: Runtime) -> Reply:
    """The page that was asked for of the whole list in its order; without a page size all of it.

    Raises:
        CloudFailure: a page cannot be read.
        InvalidArguments: the list is longer than is read.
    """
    sorting = call.operation.sorting
    if sorting is None:
        raise TypeError(f"{call.tool.name} is not sorted here")
    asked = {name: value for name, value in call.args.items() if name not in _OWN}
    rows: list[Mapping[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        paging = {"PageNumber": page, "PageSize": PAGE_SIZE}
        reply = await runtime.cloud.send(call.operation, asked | paging, call.region)
        batch, total = reply.data.get(sorting.rows), reply.data.get("TotalCount")
        fresh = [row for row in batch if isinstance(row, Mapping)] if isinstance(batch, list) else []
        rows += fresh
        if not fresh or (len(rows) >= total if isinstance(total, int) else len(fresh) < PAGE_SIZE):
            return replace(reply, data={**reply.data, **_page_of(sort(rows, sorting, call.args), sorting, call.args)})
    message = f"There are more than {MOST_PAGES * PAGE_SIZE:,} rows to sort; narrow the list, or leave sort_by out."
    raise InvalidArguments(message, rule="R47", field="sort_by")


def sort(rows: list[Mapping[str, Any]], sorting: Sorting, args: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rows by the field that was asked for, largest first unless ``asc``; those without a value come last."""
    field = sorting.fields[args["SortBy"]]
    known = [row for row in rows if row.get(field) is not None]
    unknown = [row for row in rows if row.get(field) is None]
    return sorted(known, key=lambda row: _rank(row[field]), reverse=args.get("Order") != "asc") + unknown


def _rank(value: Any) -> tuple[bool, Any]:
    """Numbers by size, also where they come as text; below them times and names by their letters."""
    try:
        return True, float(value)
    except (TypeError, ValueError):
        return False, str(value)


def _page_of(rows: list[Mapping[str, Any]], sorting: Sorting, args: Mapping[str, Any]) -> dict[str, Any]:
    size = int(args.get("PageSize") or len(rows))
    start = (int(args.get("PageNumber") or 1) - 1) * size
    return {sorting.rows: rows[start : start + size], "TotalCount": len(rows)}
