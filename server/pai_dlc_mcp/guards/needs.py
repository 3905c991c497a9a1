"""Which reads the guards of an operation make, so that a least RAM policy leaves none out."""

from __future__ import annotations

from ..api.catalog import operation
from ..operation import CREATE, DELETE, STOP, Operation, Tool

JOB_READS = frozenset(
    {"UpdateJob", "StopJob", "DeleteJob", "GetPodLogs", "GetPodEvents", "GetJobEvents", "GetWebTerminal"}
)
LOOKED_UP = {"CreateJob": "ListJobs", "CreateJobTemplate": "ListJobTemplates", "CreateTensorboard": "ListTensorboards"}


def reads_of(tool: Tool) -> tuple[str, ...]:
    """RAM actions of the reads that this tool's guards make beside its own."""
    if not isinstance(tool, Operation):
        return ()
    names = []
    if tool.action_name in JOB_READS:
        names.append("GetJob")
    if tool.effect is CREATE and tool.action_name in LOOKED_UP:
        names.append(LOOKED_UP[tool.action_name])
    if tool.effect in (STOP, DELETE) and (getter := _getter(tool)):
        names.append(getter)
    return tuple(operation(name).ram_action for name in names)


def _getter(tool: Operation) -> str | None:
    """The Get of the noun that a Stop or Delete is about, where there is one."""
    for prefix in ("Stop", "Delete", "Remove"):
        if tool.action_name.startswith(prefix):
            wanted = "Get" + tool.action_name.removeprefix(prefix)
            return wanted if any(wanted in service.operations for service in (tool.service,)) else None
    return None
