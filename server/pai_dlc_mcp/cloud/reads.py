"""Reading a list to its end, or saying that it is too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.catalog import operation
from ..runtime import Call, Runtime

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


async def job_of(call: Call, runtime: Runtime) -> dict[str, Any]:
    """The job that the call is about (the answer of GetJob), read once a call.

    Raises:
        NotFound: there is no such job.
    """
    if "job" not in call.facts:
        reply = await runtime.cloud.send(operation("GetJob"), {"JobId": call.args["JobId"]}, call.region)
        call.facts["job"] = reply.data
    job: dict[str, Any] = call.facts["job"]
    return job


async def template_of(call: Call, runtime: Runtime) -> dict[str, Any]:
    """The template that a create names, in the version it names (the answer of GetJobTemplate), read once a call.

    Raises:
        CloudFailure: there is no such template or version, or it may not be read.
    """
    if "template" not in call.facts:
        args: dict[str, Any] = {"TemplateId": call.args["TemplateId"]}
        if call.args.get("TemplateVersion") is not None:
            args["Version"] = str(call.args["TemplateVersion"])
        reply = await runtime.cloud.send(operation("GetJobTemplate"), args, call.region)
        call.facts["template"] = reply.data
    template: dict[str, Any] = call.facts["template"]
    return template
