"""Code sources: Git repositories that jobs clone before they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .paging import among, containing, ordered, page
from .store import Noun, Record, find, rows, view

if TYPE_CHECKING:
    from ..world import World

CODE_SOURCE = Noun("CodeSource", "code_sources", "CodeSourceId", "code-", 20, "DisplayName", modified="GmtModifyTime")
_SORTABLE = ("GmtCreateTime", "GmtModifyTime", "DisplayName", "CodeSourceId")


def _guarded(record: Record) -> Record:
    """A stored access token is never handed out again: the answer only shows that there is one."""
    return record | {"CodeRepoAccessToken": "******"} if record.get("CodeRepoAccessToken") else record


@handles("ListCodeSources")
def list_code_sources(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = among(rows(world, CODE_SOURCE, received), "WorkspaceId", args.get("WorkspaceId"))
    found = ordered(containing(found, ("DisplayName",), args.get("DisplayName")), args, _SORTABLE)
    shown = [view(_guarded(row), "CodeSourceItem") for row in page(found, args)]
    return {"CodeSources": shown, "TotalCount": len(found)}


@handles("GetCodeSource")
def get_code_source(world: World, received: Received) -> dict[str, Any]:
    return view(_guarded(find(world, CODE_SOURCE, received)), "GetCodeSourceResponseBody")
