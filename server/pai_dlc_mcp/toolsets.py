"""Which tools an operator enabled: toolsets, presets and single names, resolved to one ordered list.

What is not in the list is neither listed nor callable; ``read_only`` leaves the reads alone in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .api import catalog
from .errors import InvalidArguments
from .operation import Effect, Tool

DISCOVERY: Mapping[str, str] = {
    "workspaces": "ListWorkspaces GetWorkspace",
    "images": "ListImageLabels ListImages GetImage",
    "datasets": "ListDatasets GetDataset",
    "codesources": "ListCodeSources GetCodeSource",
    "resources": "ListQuotas",
    "jobs": "ListEcsSpecs",
}
LEAN: Mapping[str, str] = {
    "jobs": "CreateJob GetJob ListJobs UpdateJob StopJob ListEcsSpecs",
    "monitoring": "GetPodLogs GetJobEvents",
    "workspaces": "ListWorkspaces",
    "images": "ListImageLabels ListImages",
    "datasets": "ListDatasets",
    "codesources": "ListCodeSources",
    "resources": "ListQuotas",
    "composites": "dlc_validate_job dlc_wait_for_job dlc_diagnose_job pai_status",
}
DEFAULT: Mapping[str, str] = {
    "jobs": "CreateJob GetJob ListJobs UpdateJob StopJob DeleteJob ListEcsSpecs",
    "monitoring": "GetPodLogs GetPodEvents GetJobEvents GetJobMetrics ListJobSanityCheckResults "
    "GetJobSanityCheckResult",
    "templates": "CreateJobTemplate GetJobTemplate ListJobTemplates UpdateJobTemplate SetJobTemplateDefaultVersion "
    "DeleteJobTemplate",
    "tensorboards": "CreateTensorboard GetTensorboard ListTensorboards StartTensorboard StopTensorboard "
    "UpdateTensorboard GetTensorboardSharedUrl DeleteTensorboard",
    "dashboards": "GetDashboard GetRayDashboard GetWebTerminal GetToken",
    "workspaces": "ListWorkspaces",
    "images": "ListImageLabels ListImages GetImage",
    "datasets": "ListDatasets GetDataset",
    "codesources": "ListCodeSources GetCodeSource",
    "resources": "ListQuotas",
    "composites": "dlc_diagnose_job dlc_wait_for_job dlc_validate_job dlc_search_logs dlc_clone_job pai_status",
}
PRESETS: Mapping[str, Mapping[str, str]] = {"default": DEFAULT, "lean": LEAN, "discovery": DISCOVERY}
"""Preset to toolset to the names in it; ``all`` is every toolset."""

ALWAYS = ("pai_status",)


def names() -> list[str]:
    """Everything that ``--toolsets`` takes."""
    return ["default", "lean", "all", *catalog.MODULES, "discovery", "composites"]


def enabled(selection: Iterable[str], *, read_only: bool = False) -> dict[str, Tool]:
    """The tools of a selection of presets and toolsets, by name, in a fixed order.

    Raises:
        InvalidArguments: a name that is none.
    """
    wanted: set[str] = set(ALWAYS)
    toolsets: set[str] = {"composites"}
    for name in selection:
        chosen = _chosen(name)
        toolsets |= set(chosen)
        wanted |= {tool for toolset, listed in chosen.items() for tool in _tool_names(toolset, listed)}
    tools = [*catalog.operations([name for name in catalog.MODULES if name in toolsets]), *composites()]
    return {
        tool.name: tool for tool in tools if tool.name in wanted and not (read_only and tool.effect is not Effect.READ)
    }


def toolset_of(name: str) -> str | None:
    """The toolset of a tool, enabled or not; ``None`` for a name that is no tool's."""
    if any(tool.name == name for tool in composites()):
        return "composites"
    return next((tool.toolset for tool in catalog.operations() if tool.name == name), None)


def composites() -> list[Tool]:
    """The composite tools."""
    from .composites.catalog import COMPOSITES

    return list(COMPOSITES)


def _chosen(name: str) -> Mapping[str, str]:
    if name == "all":
        return dict.fromkeys([*catalog.MODULES, "composites"], "*")
    if name in PRESETS:
        return PRESETS[name]
    if name in catalog.MODULES or name == "composites":
        return {name: "*"}
    raise InvalidArguments(f"There is no toolset {name[:40]!r}; there are {', '.join(names())}.", field="toolsets")


def _tool_names(toolset: str, listed: str) -> list[str]:
    if toolset == "composites":
        return [tool.name for tool in composites()] if listed == "*" else listed.split()
    declared = catalog.operations([toolset])
    return [op.name for op in declared if listed == "*" or op.action_name in listed.split()]
