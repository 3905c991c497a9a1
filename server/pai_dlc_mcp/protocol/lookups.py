"""Where to look when a thing was not found: the list in which its id would stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import NextStep
from ..operation import Operation, Tool
from ..runtime import Call

JOB = "/api/v1/jobs/{JobId}"
WORKSPACES = "aiworkspace_list_workspaces"


def where_to_look(tools: Mapping[str, Tool], call: Call) -> list[NextStep]:
    """The nearest enabled list above what the call named, with the arguments that it shares with the call.

    A composite tool is about a job. A list that wants a workspace, where the call named none, comes after the list of
    workspaces.
    """
    path = call.tool.path if isinstance(call.tool, Operation) else JOB
    lists = {
        tool.path.rstrip("/"): tool for tool in tools.values() if isinstance(tool, Operation) and _fits(tool, call)
    }
    for above in _upwards(path):
        found = lists.get(above)
        if found is not None and found.name != call.tool.name:
            return _steps(tools, call, found)
    return []


def _upwards(path: str) -> Iterator[str]:
    """``/jobs/{JobId}/result``: the plural beside it, then every folder above."""
    yield f"{path}s"
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _steps(tools: Mapping[str, Tool], call: Call, found: Operation) -> list[NextStep]:
    missing = {name for name, info in found.inputs.model_fields.items() if info.is_required()} - set(
        _shared(found, call)
    )
    if not missing:
        return [NextStep(found.name, {"region": call.region, **_shared(found, call)}, "Lists what there is.")]
    if missing == {"workspace_id"} and WORKSPACES in tools:
        return [NextStep(WORKSPACES, {"region": call.region}, f"Gives the workspace_id that {found.name} needs.")]
    return []


def _fits(tool: Operation, call: Call) -> bool:
    """Whether this is a list of the same product."""
    if tool.method != "GET" or not tool.action_name.startswith("List"):
        return False
    return not isinstance(call.tool, Operation) or tool.service == call.tool.service


def _shared(found: Operation, call: Call) -> dict[str, str]:
    """The required arguments of the list that the call has given."""
    wanted = {name: api for name, (api, _, _) in found.fields.items() if found.inputs.model_fields[name].is_required()}
    return {name: str(call.args[api]) for name, api in wanted.items() if api in call.args}
