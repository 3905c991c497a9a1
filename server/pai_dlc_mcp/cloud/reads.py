"""Reads that guards and composites make for a call: each asked once a call, lists to their end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..api.catalog import OWN_READER, OWN_READER_ELSE, operation
from ..errors import CloudFailure
from ..runtime import Call, Runtime
from ..state import canonical, entry, key_of

PAGE_SIZE = 100


class TooMany(Exception):
    """More pages than are read: nothing can be said about the whole."""


async def read(
    call: Call, runtime: Runtime, name: str, args: Mapping[str, Any], *, is_fresh: bool = False
) -> dict[str, Any]:
    """The answer of an operation, asked once a call; ``is_fresh`` asks again whatever was read before.

    Raises:
        CloudFailure: it cannot be read.
    """
    key = f"{name} {canonical(args).decode()}"
    if is_fresh or key not in call.known.answers:
        call.known.answers[key] = await runtime.cloud.send(operation(name), args, call.region)
    return call.known.answers[key].data


async def job_of(call: Call, runtime: Runtime) -> dict[str, Any]:
    """The job that the call is about (the answer of GetJob); from now on its secrets are masked in the result.

    Raises:
        NotFound: there is no such job.
    """
    job = await read(call, runtime, "GetJob", {"JobId": call.args["JobId"]})
    call.known.job = job
    return job


async def template_of(call: Call, runtime: Runtime, *, is_fresh: bool = False) -> dict[str, Any]:
    """The template that a create names, in the version it names (the answer of GetJobTemplate).

    Raises:
        CloudFailure: there is no such template or version, or it may not be read.
    """
    args: dict[str, Any] = {"TemplateId": call.args["TemplateId"]}
    if call.args.get("TemplateVersion") is not None:
        args["Version"] = str(call.args["TemplateVersion"])
    return await read(call, runtime, "GetJobTemplate", args, is_fresh=is_fresh)


async def all_rows(
    runtime: Runtime, lister: str, args: Mapping[str, Any], rows: str, region: str, *, most_pages: int
) -> list[Mapping[str, Any]]:
    """The rows of every page. A service may give shorter pages than were asked for; its total decides.

    Raises:
        CloudFailure: a page cannot be read.
        TooMany: there are more than ``most_pages``.
    """
    declared = operation(lister)
    is_paged = "page_number" in declared.fields
    found: list[Mapping[str, Any]] = []
    for page in range(1, most_pages + 1):
        paging = {"PageNumber": page, "PageSize": PAGE_SIZE} if is_paged else {}
        reply = await runtime.cloud.send(declared, {**args, **paging}, region)
        batch, total = reply.data.get(rows), reply.data.get("TotalCount")
        fresh = [row for row in batch if isinstance(row, Mapping)] if isinstance(batch, list) else []
        found += fresh
        is_complete = len(found) >= total if isinstance(total, int) else len(fresh) < PAGE_SIZE
        if not fresh or is_complete or not is_paged:
            return found
    raise TooMany


EARLIEST = "2018-01-01T00:00:00Z"
"""Before the service's first job: without a start time it lists the last seven days."""
OWN_ID_S = 600.0
"""How long the account's own user id is remembered."""


async def own_user_id(call: Call, runtime: Runtime) -> str | None:
    """The user id of the credentials' account: the owner of a job, or else of a TensorBoard, that the service lists as
    its own.

    ``None`` where it has none, or may not list them.
    """
    key = key_of("own-user", await runtime.cloud.identity(), call.region)
    stored = await runtime.state.get(key)
    if stored is not None:
        return str(entry(stored, "id")["id"])
    for reader, rows in ((OWN_READER, "Jobs"), (OWN_READER_ELSE, "Tensorboards")):
        if found := await _owner_listed(call, runtime, reader, rows):
            await runtime.state.put({key: json.dumps({"id": found})}, OWN_ID_S)
            return found
    return None


async def _owner_listed(call: Call, runtime: Runtime, reader: str, rows: str) -> str | None:
    """The user id in the first row of a list of the account's own things."""
    args = {"PageNumber": 1, "PageSize": 1, "ShowOwn": True, "StartTime": EARLIEST}
    try:
        listed = (await read(call, runtime, reader, args)).get(rows)
    except CloudFailure:
        return None
    first = listed[0] if isinstance(listed, list) and listed else None
    return str(first["UserId"]) if isinstance(first, Mapping) and first.get("UserId") else None
