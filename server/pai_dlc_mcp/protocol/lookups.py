"""Where to look when a thing was not found: the list in which its id would stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import NextStep
from ..operation import Operation, Tool
from ..runtime import Call

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def where_to_look(tools: Mapping[str, Tool], call: Call) -> list[NextStep]:
    """The nearest enabled list above what the call named, with the ids of the path that it shares with the call.

    A composite tool is about a job. Its own list comes first for what stands at the top, such as a job; for a pod of a
    job the job's own list comes last, when nothing nearer is enabled.
    """
    path = call.tool.path if isinstance(call.tool, Operation) else "/api/v1/jobs/{JobId}"
    lists = {
        tool.path.rstrip("/"): tool for tool in tools.values() if isinstance(tool, Operation) and _fits(tool, call)
    }
    while "/" in path:
        path = path.rpartition("/")[0]
        found = lists.get(path)
        if found is not None and found.name != call.tool.name:
            return [NextStep(found.name, _arguments(found, call), "Lists what there is.")]
    return []


def _fits(tool: Operation, call: Call) -> bool:
    """Whether this is a list of the same product."""
    if tool.method != "GET" or not tool.action_name.startswith("List"):
        return False
    return not isinstance(call.tool, Operation) or tool.service == call.tool.service


def _arguments(found: Operation, call: Call) -> dict[str, str]:
    shared = {name: api for name, (api, _, place) in found.fields.items() if place == "path" and api in call.args}
    return {"region": call.region, **{name: str(call.args[api]) for name, api in shared.items()}}
