"""A tool as clients see it in ``tools/list``: name, description, schema, four honest hints."""

from __future__ import annotations

from typing import Any

from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ..arguments import controls_of, taken
from ..config.settings import Settings
from ..operation import Effect, Operation, Tool
from ..schema import object_schema

REPEATABLE = (Effect.READ, Effect.WRITE, Effect.DELETE, Effect.STOP)
"""Effects that, done twice, leave the world as once; creating, spending and handing out do not."""


def definition(tool: Tool, settings: Settings, meta: dict[str, Any] | None = None) -> McpTool:
    """The MCP definition. Output has no schema: a write's odd answer must never become a client's error."""
    return McpTool(
        name=tool.name,
        description=tool.description,
        input_schema=input_schema(tool, settings),
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.effect is Effect.READ,
            destructive_hint=tool.may_destroy,
            idempotent_hint=tool.effect in REPEATABLE and not (isinstance(tool, Operation) and tool.adds),
            open_world_hint=True,
        ),
        meta=meta,
    )


def input_schema(tool: Tool, settings: Settings, *, full: bool = False) -> dict[str, Any]:
    """The advertised schema: the operation's fields, then ours."""
    fields = dict(tool.inputs.model_fields)
    for name in taken(tool, settings):
        fields.setdefault(name, controls_of(tool).model_fields[name])
    return object_schema(fields, full=full)
