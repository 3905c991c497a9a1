"""What to call next: the list in which a missing id would stand, and whether this server offers a call at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..api.catalog import operation
from ..arguments import nearest
from ..errors import NextStep, PaiError, PolicyDenied, Refusal
from ..operation import Operation, Tool
from ..runtime import Call
from ..toolsets import toolset_of

WORKSPACES, STATUS = "aiworkspace_list_workspaces", "pai_status"


def where_to_look(tools: Mapping[str, Tool], call: Call) -> list[NextStep]:
    """The nearest enabled list above what the call named, with the arguments that it shares with the call.

    A composite tool is about a job. A list that wants a workspace, where the call named none, comes after the list of
    workspaces.
    """
    path = call.tool.path if isinstance(call.tool, Operation) else operation("GetJob").path
    lists = {
        tool.path.rstrip("/"): tool for tool in tools.values() if isinstance(tool, Operation) and _fits(tool, call)
    }
    for above in _upwards(path):
        found = lists.get(above)
        if found is not None and found.name != call.tool.name:
            return _steps(tools, call, found)
    return []


def way_on(call: Call, error: PaiError) -> list[NextStep]:
    """Where a refusal names no call: what the operator allows and what of it is used, or the target as it stands."""
    if isinstance(error, PolicyDenied):
        return [NextStep(STATUS, {"region": call.region}, "Shows what this server allows, and what of it is used.")]
    target = call.tool.target if isinstance(call.tool, Operation) else None
    if not isinstance(error, Refusal) or target is None:
        return []
    reader = operation(target.reader)
    ids = {
        name: call.args.get(target.id_from or api) for name, (api, _, place) in reader.fields.items() if place == "path"
    }
    known = {name: str(value) for name, value in ids.items() if value not in (None, "")}
    return (
        [NextStep(reader.name, {"region": call.region, **known}, "Shows how it stands.")]
        if len(known) == len(ids)
        else []
    )


def within_reach(error: PaiError, tools: Mapping[str, Tool]) -> PaiError:
    """The same error; steps that name a tool which this server does not offer say so, and what would offer it."""
    error.next = [step if step.tool in tools else _out_of_reach(step, tools) for step in error.next]
    return error


def _out_of_reach(step: NextStep, tools: Mapping[str, Tool]) -> NextStep:
    way = _withheld(step.tool, tools) or "no toolset has it"
    return replace(step, why=f"{step.why} This server does not offer {step.tool}: {way}.")


def hint(name: str, tools: Mapping[str, Tool]) -> str:
    """What to say behind a name that is none of these tools: why it is not, or what was meant; empty where unknown."""
    if way := _withheld(name, tools):
        return f": {way}"
    near = nearest(name, tools)
    return f"; did you mean {', '.join(near)}?" if near else ""


def _withheld(name: str, tools: Mapping[str, Tool]) -> str | None:
    """Why a tool that there is does not stand among these."""
    toolset = toolset_of(name)
    if toolset is None:
        return None
    if any(tool.toolset == toolset for tool in tools.values()):
        return f"it belongs to the toolset {toolset}, of which its operator enables a part"
    return f"it belongs to the toolset {toolset}, which its operator enables"


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
    """The arguments of the list that the call has given: its required ones, and the workspace."""
    needed = {name for name, info in found.inputs.model_fields.items() if info.is_required()} | {"workspace_id"}
    wanted = {name: api for name, (api, _, _) in found.fields.items() if name in needed}
    return {name: str(call.args[api]) for name, api in wanted.items() if api in call.args}
