"""R37 foreign: whose something is, by the service's word; what cannot be determined counts as another person's."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from typing import Any

import anyio

from ...api.catalog import NAME_COLUMNS, OWN_READER
from ...api.kinds import JOB
from ...cloud.people import owner_of, with_names
from ...cloud.reads import EARLIEST, own_user_id, read
from ...errors import CloudFailure, PaiError
from ...operation import Rows
from ...runtime import Call, Runtime
from ...shapes import walk


async def is_foreign(call: Call, runtime: Runtime, target: Mapping[str, Any]) -> bool:
    """Whether a write is to something that is, or may be, another person's."""
    if not call.operation.may_be_foreign:
        return False
    own = await own_user_id(call, runtime)
    if own is None:
        return True
    if target:
        return owner_of(target) != own
    return not await _owns_jobs(call, runtime)


async def mark_owner(call: Call, runtime: Runtime, data: dict[str, Any]) -> dict[str, Any]:
    """The answer of a read with ``IsYours`` and the owner's name, where its view shows them and they can be determined;
    never an error."""
    view = call.operation.view
    names = view.shown if view is not None and call.controls.view == "concise" else ()
    column = next((name for name in NAME_COLUMNS if name in names), None)
    if isinstance(view, Rows):
        return await _with_names(call, runtime, data, view.path, column) if column else data
    owner = owner_of(data)
    if owner is None or column is None:
        return data
    marks: dict[str, Any] = {}

    async def name() -> None:
        (named,) = await with_names(call, runtime, [data], column)
        if found := named.get(column):
            marks[column] = found

    async def whose() -> None:
        with suppress(PaiError):
            if (own := await own_user_id(call, runtime)) is not None:
                marks[IS_YOURS] = owner == own

    with anyio.move_on_after(MARK_S):
        async with anyio.create_task_group() as group:
            group.start_soon(name)
            if IS_YOURS in names:
                group.start_soon(whose)
    return {**data, **marks}


async def _with_names(call: Call, runtime: Runtime, data: dict[str, Any], path: str, column: str) -> dict[str, Any]:
    """The answer of a list with the names of its rows' owners."""
    rows = data.get(path)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return data
    return {**data, path: await with_names(call, runtime, rows, column)}


IS_YOURS = "IsYours"
"""A field of ours in cards that name the owner: whether that is the account that asks."""
MARK_S = 3.0
"""How long a read may take longer for those; ids and names are remembered for minutes."""


async def _owns_jobs(call: Call, runtime: Runtime) -> bool:
    """Whether every job that the call names in a list is the caller's own; a call that names none tells nothing."""
    ids = named_jobs(call)
    try:
        rows = await rows_of_jobs(call, runtime, ids, own=True) if ids else {}
    except CloudFailure:
        return False
    return bool(ids) and ids <= rows.keys()


def named_jobs(call: Call) -> set[str]:
    """The ids of the jobs that a call names beside its path."""
    paths = [
        leaf.path for leaf in call.operation.leaves if leaf.kind is JOB and leaf.path not in call.operation.path_names
    ]
    return {str(value) for path in paths for _, value in walk(call.args, path) if value}


async def rows_of_jobs(
    call: Call, runtime: Runtime, ids: Set[str], *, own: bool = False
) -> dict[str, Mapping[str, Any]]:
    """The rows of these jobs by id, as far as the list shows them; with ``own`` those of the account alone.

    Raises:
        CloudFailure: they cannot be listed.
    """
    args = {
        "JobIds": ",".join(sorted(ids)),
        "PageNumber": 1,
        "PageSize": 100,
        "ShowOwn": own,
        "StartTime": EARLIEST,
    }
    rows = (await read(call, runtime, OWN_READER, args)).get("Jobs")
    listed = rows if isinstance(rows, list) else []
    return {str(row.get("JobId")): row for row in listed if isinstance(row, Mapping) and str(row.get("JobId")) in ids}
