"""``pai-dlc-mcp tools``: the catalogue of tools, as a table or as JSON, with the size of ``tools/list``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from mcp_types import ListToolsResult

from ..config.settings import OPTIONS, Settings
from ..config.sources import add_flag, settings_from
from ..operation import Operation, Tool
from ..protocol.definitions import definition
from ..protocol.result_size import compact
from ..toolsets import enabled

MOST_ACTIONS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document, with the schemas")
    add_tool_flags(parser)


def add_tool_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that choose tools."""
    for option in OPTIONS:
        if option.name in ("toolsets", "read-only"):
            add_flag(parser, option)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags)
    tools = list(enabled(settings.toolsets, read_only=settings.read_only).values())
    if flags.json:
        print(json.dumps([entry(tool, settings) for tool in tools], ensure_ascii=False, indent=1))
        return 0
    print(as_table([row(tool) | {"ram_action": _some(tool.actions)} for tool in tools]))
    size = list_bytes(tools, settings)
    print(f"\n{len(tools)} tools; tools/list is {size:,} bytes, about {size // 4:,} tokens.")
    return 0


def _some(actions: Sequence[str]) -> str:
    """RAM actions for a line of a terminal; ``--json`` and ``policy`` have all."""
    rest = len(actions) - MOST_ACTIONS
    return ", ".join(actions[:MOST_ACTIONS]) + (f" and {rest} more" if rest > 0 else "") or "-"


def row(tool: Tool) -> dict[str, str]:
    """A tool's line in the catalogue."""
    action = tool.action_name if isinstance(tool, Operation) else "(composite)"
    return {
        "tool": tool.name,
        "operation": action,
        "risk": tool.risk_text,
        "toolset": tool.toolset,
    }


def entry(tool: Tool, settings: Settings) -> dict[str, Any]:
    """The same line for programs: one word or ``null`` a field, then the MCP definition."""
    plain = {
        "operation": tool.action_name if isinstance(tool, Operation) else None,
        "risk": tool.effect.value,
        "ram_action": ", ".join(tool.actions) or None,
        "confirmed": tool.guarded,
    }
    return row(tool) | plain | definition(tool, settings).model_dump(by_alias=True, exclude_none=True, mode="json")


def list_bytes(tools: list[Tool], settings: Settings) -> int:
    """UTF-8 bytes of the ``tools/list`` result."""
    result = ListToolsResult(tools=[definition(tool, settings) for tool in tools])
    data = result.model_dump(by_alias=True, exclude_none=True, mode="json")
    return len(compact(data).encode())


def as_table(rows: list[dict[str, str]]) -> str:
    """Rows in columns as wide as their widest cell."""
    columns = list(rows[0])
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in columns}
    lines = ["  ".join(name.ljust(widths[name]) for name in columns).rstrip()]
    lines += ["  ".join("-" * widths[name] for name in columns)]
    lines += ["  ".join(row[name].ljust(widths[name]) for name in columns).rstrip() for row in rows]
    return "\n".join(lines)
