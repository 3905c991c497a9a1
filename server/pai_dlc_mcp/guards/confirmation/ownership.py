"""R37 foreign: whose something is, by the service's word; what cannot be determined counts as another person's."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from typing import Any

import anyio

from ...api.catalog import OWN_READER
from ...api.kinds import JOB
from ...cloud.reads import EARLIEST, own_user_id, read
from ...errors import CloudFailure, PaiError
from ...operation import Card
from ...runtime import Call, Runtime
from ...shapes import walk

OWNER_FIELDS = ("UserId", "OwnerId", "Creator")
"""Fields that hold the id of the account that owns something, the specific ones first."""


def owner_of(data: Mapping[str, Any]) -> str | None:
    """The account id of the owner, where the answer tells it."""
    owner = data.get("Owner")
    nested = owner.get("UserId") if isinstance(owner, Mapping) else None
    found = next((data[name] for name in OWNER_FIELDS if data.get(name)), nested)
    return str(found) if found else None


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


async def mark_own(call: Call, runtime: Runtime, data: dict[str, Any]) -> dict[str, Any]:
    """The answer of a read with ``IsYours``, where its card shows that and it can be determined; never an error."""
    view = call.operation.view
    owner = owner_of(data)
    if not isinstance(view, Card) or IS_YOURS not in view.fields or owner is None or call.controls.view != "concise":
        return data
    own = None
    with anyio.move_on_after(MARK_S), suppress(PaiError):
        own = await own_user_id(call, runtime)
    return data if own is None else {**data, IS_YOURS: owner == own}


IS_YOURS = "IsYours"
"""A field of ours in cards: whether the owner is the account that asks."""
MARK_S = 3.0
"""How long a read may take longer for that mark; the account's id is remembered for minutes."""


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
    found = [value for path in paths for _, value in walk(call.args, path) if value]
    return {str(one) for value in found for one in (value if isinstance(value, list) else [value])}


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
