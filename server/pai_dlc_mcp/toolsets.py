"""Which tools an operator enabled: presets, toolsets and single tools, resolved to one ordered list.

What is not in the list is neither listed nor callable; ``read_only`` leaves the reads alone in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .api import catalog
from .composites.catalog import COMPOSITES
from .errors import InvalidArguments
from .operation import Effect, Tool

ALWAYS = "always"
"""The preset of what is offered whatever is selected."""


def names() -> list[str]:
    """The presets and toolsets that ``--toolsets`` takes; besides, it takes the names of tools."""
    return ["default", "lean", "all", *catalog.MODULES, "discovery", "composites"]


def unknown(selection: Iterable[str]) -> list[str]:
    """Those of a selection that are no preset, toolset or tool."""
    return [name for name in selection if name not in names() and toolset_of(name) is None]


def enabled(selection: Iterable[str], *, read_only: bool = False) -> dict[str, Tool]:
    """The tools of a selection of presets, toolsets and tools, by name, in a fixed order.

    Raises:
        InvalidArguments: a name that is none.
    """
    chosen = frozenset(selection)
    if wrong := unknown(chosen):
        raise InvalidArguments(
            f"There is no toolset or tool {wrong[0][:40]!r}; toolsets are {', '.join(names())}.", field="toolsets"
        )
    of_tools = {toolset_of(name) for name in chosen.difference(names())}
    toolsets = [name for name in catalog.MODULES if name in of_tools or _may_hold(name, chosen)]
    tools = [tool for tool in [*catalog.operations(toolsets), *composites()] if _is_wanted(tool, chosen)]
    return {tool.name: tool for tool in tools if not (read_only and tool.effect is not Effect.READ)}


def _may_hold(toolset: str, chosen: frozenset[str]) -> bool:
    """Whether a toolset has tools of the selection, so that its declarations must be loaded."""
    presets = catalog.PRESETS.get(toolset, ())
    return bool(chosen & {"all", toolset, *presets})


def _is_wanted(tool: Tool, chosen: frozenset[str]) -> bool:
    return bool(chosen & {"all", tool.name, tool.toolset, *tool.presets}) or ALWAYS in tool.presets


def toolset_of(name: str) -> str | None:
    """The toolset of a tool, enabled or not; ``None`` for a name that is no tool's."""
    if any(tool.name == name for tool in composites()):
        return "composites"
    return next((tool.toolset for tool in catalog.operations() if tool.name == name), None)


def composites() -> list[Tool]:
    """The composite tools."""
    return list(COMPOSITES)
