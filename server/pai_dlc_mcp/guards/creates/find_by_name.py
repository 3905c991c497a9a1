"""How something that was just created is found again by its name (R24, R25), as its declaration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...api.catalog import operation
from ...cloud.reads import all_rows
from ...operation import Find, snake
from ...runtime import Call, Runtime
from ...timestamps import iso, seconds_of

MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A row of that name: its id, its status where it has one, and when it was created (seconds since the epoch)."""

    id: str
    status: str | None
    created_at: float | None


def find_of(call: Call) -> Find | None:
    """How this create is found again; ``None`` where it gives no name to be found by."""
    find = call.operation.find
    return find if find and isinstance(call.args.get(find.name), str) and call.args[find.name] else None


async def same_name(call: Call, runtime: Runtime, find: Find, since: float) -> list[Found]:
    """Rows of exactly this name created since then (seconds since the epoch), or at a time that is not given.

    Raises:
        CloudFailure: the list cannot be read.
        TooMany: the list is too long to be read whole.
    """
    args = _list_args(call, find, since)
    rows = await all_rows(runtime, find.lister, args, find.rows, call.region, most_pages=MOST_PAGES)
    found = [_found(row, find) for row in rows if row.get(find.name) == call.args[find.name]]
    once = {item.id: item for item in found if item.id and (item.created_at is None or item.created_at >= since)}
    return list(once.values())


def _list_args(call: Call, find: Find, since: float) -> dict[str, Any]:
    args: dict[str, Any] = {find.name: call.args[find.name]}
    if find.own:
        args["ShowOwn"] = True
    if find.since:
        args[find.since] = iso(since)
    if call.args.get("WorkspaceId") and "workspace_id" in operation(find.lister).fields:
        args["WorkspaceId"] = call.args["WorkspaceId"]
    return args


def _found(row: Mapping[str, Any], find: Find) -> Found:
    status = row.get("Status")
    created_at = seconds_of(row.get("GmtCreateTime"))
    return Found(str(row.get(find.id) or "")[:80], str(status)[:40] if status else None, created_at)


def list_call(call: Call, find: Find) -> tuple[str, dict[str, Any]]:
    """The tool, with its arguments, that shows a caller what there is of this name."""
    lister = operation(find.lister)
    arguments: dict[str, Any] = {"region": call.region, snake(find.name): call.args[find.name]}
    if call.args.get("WorkspaceId") and "workspace_id" in lister.fields:
        arguments["workspace_id"] = call.args["WorkspaceId"]
    return lister.name, arguments
