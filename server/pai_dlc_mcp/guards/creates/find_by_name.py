"""How a thing that was just made is found again by its name (R24, R25): one table, and the look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...api.catalog import operation
from ...cloud.reads import all_rows
from ...operation import snake
from ...runtime import Call, Runtime
from ...timestamps import iso, seconds_of

MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Lookup:
    """``lister`` gives ``rows``; ``name`` is the create's argument, the lister's filter and the row's field alike.

    ``since`` is the lister's argument for a start time, ``extra`` what else it is sent. ``guarded`` says that R24 asks
    for a look before the create, too.
    """

    lister: str
    rows: str
    id: str
    name: str
    since: str | None = None
    guarded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


OWN = {"ShowOwn": True}
LOOKUPS: Mapping[str, Lookup] = {
    "CreateJob": Lookup("ListJobs", "Jobs", "JobId", "DisplayName", "StartTime", True, OWN),
    "CreateJobTemplate": Lookup("ListJobTemplates", "JobTemplates", "TemplateId", "TemplateName", guarded=True),
    "CreateTensorboard": Lookup(
        "ListTensorboards", "Tensorboards", "TensorboardId", "DisplayName", "StartTime", True, OWN
    ),
    "CreateRayHistoryServer": Lookup(
        "ListRayHistoryServers", "RayHistoryServers", "RayHistoryServerId", "DisplayName", "StartTime", False, OWN
    ),
    "CreateDataset": Lookup("ListDatasets", "Datasets", "DatasetId", "Name"),
    "CreateCodeSource": Lookup("ListCodeSources", "CodeSources", "CodeSourceId", "DisplayName"),
    "AddImage": Lookup("ListImages", "Images", "ImageId", "Name"),
    "CreateModel": Lookup("ListModels", "Models", "ModelId", "ModelName"),
    "CreateExperiment": Lookup("ListExperiment", "Experiments", "ExperimentId", "Name"),
    "CreateWorkspace": Lookup("ListWorkspaces", "Workspaces", "WorkspaceId", "WorkspaceName"),
    "CreateConnection": Lookup("ListConnections", "Connections", "ConnectionId", "ConnectionName"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A thing of that name: its id, its status where it has one, and when it was made (seconds since the epoch)."""

    id: str
    status: str | None
    made: float | None


def lookup_of(call: Call) -> Lookup | None:
    """How this create is found again; ``None`` where it has no name to be found by."""
    lookup = LOOKUPS.get(call.operation.action_name)
    return lookup if lookup and isinstance(call.args.get(lookup.name), str) and call.args[lookup.name] else None


async def same_name(call: Call, runtime: Runtime, lookup: Lookup, since: float) -> list[Found]:
    """Things of exactly this name made since then (seconds since the epoch), or at a time that is not told.

    Raises:
        CloudFailure: the list cannot be read.
        TooMany: the list is too long to be read whole.
    """
    rows = await all_rows(
        runtime, lookup.lister, _args(call, lookup, since), lookup.rows, call.region, most_pages=MOST_PAGES
    )
    found = [_found(row, lookup) for row in rows if row.get(lookup.name) == call.args[lookup.name]]
    once = {item.id: item for item in found if item.id and (item.made is None or item.made >= since)}
    return list(once.values())


def _args(call: Call, lookup: Lookup, since: float) -> dict[str, Any]:
    args: dict[str, Any] = {lookup.name: call.args[lookup.name], **lookup.extra}
    if lookup.since:
        args[lookup.since] = iso(since)
    if call.args.get("WorkspaceId") and "workspace_id" in operation(lookup.lister).fields:
        args["WorkspaceId"] = call.args["WorkspaceId"]
    return args


def _found(row: Mapping[str, Any], lookup: Lookup) -> Found:
    status = row.get("Status")
    return Found(
        str(row.get(lookup.id) or "")[:80], str(status)[:40] if status else None, seconds_of(row.get("GmtCreateTime"))
    )


def list_call(call: Call, lookup: Lookup) -> tuple[str, dict[str, Any]]:
    """The tool, with its arguments, that shows a caller the things of this name."""
    lister = operation(lookup.lister)
    arguments: dict[str, Any] = {"region": call.region, snake(lookup.name): call.args[lookup.name]}
    if call.args.get("WorkspaceId") and "workspace_id" in lister.fields:
        arguments["workspace_id"] = call.args["WorkspaceId"]
    return lister.name, arguments
