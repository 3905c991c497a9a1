"""R24 duplicate-create: the service has no client token, so the name is looked up before a create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...api.catalog import operation
from ...cloud.reads import TooMany, all_rows
from ...errors import CloudFailure, Duplicate, NextStep
from ...operation import Find, snake
from ...runtime import Call, Runtime
from ...timestamps import iso, seconds_of

RECENT_S = 600.0
"""How far back something of the same name counts as the same wish."""
WAY_ON = "If a second one is really wanted, give another name, or allow_duplicate: true."


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse a create of a name that was just used. What was there before is kept for the look after a lost answer.

    Raises:
        Duplicate: one is there, or there are too many to tell.
        CloudFailure: it cannot be looked up.
    """
    find = find_of(call)
    if find is None or not find.is_checked_before:
        return
    try:
        found = await same_name(call, runtime, find, runtime.now() - RECENT_S)
    except TooMany:
        if call.controls.allow_duplicate:
            return
        message = f"Too many rows match this name to tell whether it was just used. {WAY_ON}"
        raise Duplicate(message, rule="R24", field=snake(find.name)) from None
    except CloudFailure as failure:
        if call.controls.allow_duplicate:
            return
        raise _not_looked_up(failure) from None
    call.known.same_name = frozenset(item.id for item in found)
    if found and not call.controls.allow_duplicate:
        raise _duplicate(call, find, found)


def _duplicate(call: Call, find: Find, found: list[Found]) -> Duplicate:
    tool, arguments = list_call(call, find)
    latest = max(found, key=lambda item: item.created_at or 0.0)
    when = f" at {iso(latest.created_at)}" if latest.created_at is not None else ""
    status = f", {latest.status}" if latest.status else ""
    return Duplicate(
        f"{call.args[find.name]!r} was just created{when}: {find.id} {latest.id}{status}. {WAY_ON}",
        rule="R24",
        field=snake(find.name),
        next=[NextStep(tool, arguments, "Shows what is there under this name.")],
    )


def _not_looked_up(failure: CloudFailure) -> CloudFailure:
    """The failure of the look, worded as what it keeps from happening."""
    refusal = type(failure)(
        f"Nothing was created: whether the name was just used could not be looked up. {failure.message}",
        rule=failure.rule or "R24",
        request_id=failure.request_id,
        next=failure.next,
    )
    refusal.service_code, refusal.status = failure.service_code, failure.status
    return refusal


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
