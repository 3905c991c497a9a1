"""The types of the page: the arguments of the tools that it calls, in TypeScript, from the tools' own schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.definitions import input_schema

from .tables import every_tool

PATH = "server/pai_dlc_mcp/web/src/generated/tools.ts"
TOOLS = frozenset(
    ("dlc_compare_jobs", "dlc_diagnose_job", "dlc_get_job", "dlc_get_job_events", "dlc_get_job_metrics",
     "dlc_get_pod_logs", "dlc_list_jobs", "dlc_quota_status", "dlc_search_logs", "dlc_survey_jobs")
)  # fmt: skip
"""What the page reads. A call of another tool is a type error there."""
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def page_types() -> str:
    """The whole file."""
    schemas = {tool.name: input_schema(tool, Settings(), full=True) for tool in every_tool() if tool.name in TOOLS}
    lines = [
        "// Made by `make docs` from the tools' schemas; not to be edited by hand.",
        "",
        "export interface ToolArguments {",
    ]
    for name in sorted(schemas):
        lines += [f"  {name}: {{", *(f"    {field}" for field in _fields(schemas[name])), "  };"]
    return "\n".join([*lines, "}", "", "export type ToolName = keyof ToolArguments;", ""])


def _fields(schema: Mapping[str, Any]) -> list[str]:
    required = schema.get("required", [])
    return [
        f"{name}{'' if name in required else '?'}: {_type(one)};" for name, one in sorted(schema["properties"].items())
    ]


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"({_type(schema.get('items', {}))})[]"
    return SCALARS.get(schema.get("type", ""), "unknown")
