"""Names of accounts: the members of a workspace by user id, read once in a while and never a reason for a read to fail.

A name is other people's text: it is cleaned and short, and the id stands beside it wherever it decides something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import anyio

from ..api.catalog import MEMBERS_READER, NAME_COLUMNS, operation
from ..errors import CloudFailure, PaiError, PermissionDenied
from ..runtime import Call, Runtime
from ..state import entry, key_of

KEPT_S, KEPT_UNREAD_S = 900.0, 60.0
"""How long names are kept, and that they could not be read; that they may not be read is kept as long as names."""
READ_S = 2.0
"""How long an answer waits for names."""
PAGES, PAGE_SIZE, WORKSPACES = 3, 100, 6
"""The most that is read: pages of members, members on one, workspaces of one answer."""
NAME_CHARS = 60
OWNER_FIELDS = ("UserId", "OwnerId", "Creator")
"""Fields that hold the id of the account that owns something, the specific ones first."""


def owner_of(data: Mapping[str, Any]) -> str | None:
    """The account id of the owner, where the answer tells it."""
    owner = data.get("Owner")
    nested = owner.get("UserId") if isinstance(owner, Mapping) else None
    found = next((data[name] for name in OWNER_FIELDS if data.get(name)), nested)
    return str(found) if found else None


def name_in(data: Mapping[str, Any]) -> str | None:
    """The name of the owner that stands beside the id, where one does."""
    owner = data.get("Owner")
    nested = owner.get("UserName") if isinstance(owner, Mapping) else None
    found = next((data[name] for name in (*NAME_COLUMNS, "UserName") if data.get(name)), nested)
    return _tidy(found) if found else None


async def with_names(
    call: Call,
    runtime: Runtime,
    rows: Iterable[Mapping[str, Any]],
    column: str = "Username",
    *,
    only_kept: bool = False,
) -> list[Mapping[str, Any]]:
    """The rows, with the owner's name in ``column`` where only an id stood there and the workspace's members tell it.

    A row's own ``WorkspaceId`` says whose members, else the call's. What cannot be read, or not within ``READ_S``,
    leaves the row as it is. ``only_kept``: names that were read lately and are kept; nothing is read.
    """
    listed = list(rows)
    wanted = {place: (str(row.get("WorkspaceId") or call.args.get("WorkspaceId") or ""), owner)
              for place, row in enumerate(listed) if (owner := owner_of(row)) and not name_in(row)}  # fmt: skip
    names: dict[str, Mapping[str, str]] = {}
    with anyio.move_on_after(READ_S), suppress(PaiError):
        for workspace in list(dict.fromkeys(workspace for workspace, _ in wanted.values() if workspace))[:WORKSPACES]:
            names[workspace] = await _members(call, runtime, workspace, only_kept)
    for place, (workspace, owner) in wanted.items():
        if name := names.get(workspace, {}).get(owner):
            listed[place] = {**listed[place], column: name}
    return listed


async def described_owner(call: Call, runtime: Runtime, data: Mapping[str, Any]) -> str:
    """``"ada" (20001)``, the name quoted since somebody else wrote it; the id alone without a name, else empty."""
    owner = owner_of(data)
    if owner is None or not re.fullmatch(r"[\w.@-]{1,64}", owner):
        return ""
    (named,) = await with_names(call, runtime, [data], "OwnerName")
    name = name_in(named)
    return f"{json.dumps(name, ensure_ascii=False)} ({owner})" if name else owner


async def _members(call: Call, runtime: Runtime, workspace: str, only_kept: bool) -> dict[str, str]:
    """Names by user id, as they were read lately or are read now; empty where this server may not read them, or
    none are kept and ``only_kept``.

    Raises:
        PaiError: the state store or the credentials cannot be used.
    """
    if runtime.settings.workspaces and workspace not in runtime.settings.workspaces:
        return {}
    key = key_of("members", await runtime.cloud.identity(), call.region, workspace)
    stored = await runtime.state.get(key)
    if stored is not None:
        found = entry(stored, "names")["names"]
        return found if isinstance(found, dict) else {}
    if only_kept:
        return {}
    names, kept_s = {}, KEPT_S
    try:
        names = await _read_members(call, runtime, workspace)
    except PermissionDenied:
        pass
    except CloudFailure:
        kept_s = KEPT_UNREAD_S
    await runtime.state.put({key: json.dumps({"names": names})}, kept_s)
    return names


async def _read_members(call: Call, runtime: Runtime, workspace: str) -> dict[str, str]:
    """Names by user id, of the first members.

    Raises:
        CloudFailure: they cannot be read.
    """
    names: dict[str, str] = {}
    for page in range(1, PAGES + 1):
        args = {"WorkspaceId": workspace, "PageNumber": page, "PageSize": PAGE_SIZE}
        data = (await runtime.cloud.send(operation(MEMBERS_READER), args, call.region)).data
        rows = data.get("Members")
        members = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        for row in members:
            name = _tidy(row.get("MemberName") or row.get("DisplayName"))
            if row.get("UserId") and name:
                names[str(row["UserId"])] = name
        total = data.get("TotalCount")
        if not members or (isinstance(total, int) and page * PAGE_SIZE >= total) or len(members) < PAGE_SIZE:
            break
    return names


def _tidy(name: Any) -> str:
    """A name on one short line."""
    from ..redaction.engine import clean_text  # start-up: saves 5 ms, the patterns of secrets

    return " ".join(clean_text(str(name or "")).split())[:NAME_CHARS]
