"""Reading a list to its end, or saying that it is too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.catalog import operation
from ..runtime import Runtime

PAGE_SIZE = 100


class TooMany(Exception):
    """More pages than are read: nothing can be said about the whole."""


async def all_rows(
    runtime: Runtime, lister: str, args: Mapping[str, Any], rows: str, region: str, *, most_pages: int
) -> list[Mapping[str, Any]]:
    """The rows of every page. A service may give shorter pages than were asked for; its total decides.

    Raises:
        CloudFailure: a page cannot be read.
        TooMany: there are more than ``most_pages``.
    """
    declared = operation(lister)
    paged = "page_number" in declared.fields
    found: list[Mapping[str, Any]] = []
    for page in range(1, most_pages + 1):
        places = {"PageNumber": page, "PageSize": PAGE_SIZE} if paged else {}
        reply = await runtime.cloud.send(declared, {**args, **places}, region)
        batch, total = reply.data.get(rows), reply.data.get("TotalCount")
        fresh = [row for row in batch if isinstance(row, Mapping)] if isinstance(batch, list) else []
        found += fresh
        whole = len(found) >= total if isinstance(total, int) else len(fresh) < PAGE_SIZE
        if not fresh or whole or not paged:
            return found
    raise TooMany
