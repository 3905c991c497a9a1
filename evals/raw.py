"""The variant without us: one tool for each operation of the default toolsets, sent as it comes, answered as it comes.

No guard, no view, no cap, no composite tool; names, hints and signing are the same, so only what the server adds makes
the difference.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, ListToolsResult, TextContent
from mcp_types import Tool as McpTool

from pai_dlc_mcp.arguments import validate
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import CloudFailure, InvalidArguments, PaiError
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.protocol.definitions import definition
from pai_dlc_mcp.schema import object_schema
from pai_dlc_mcp.toolsets import enabled

OURS = ("region", "view", "max_chars", "confirmation_token", "allow_duplicate", "wait_seconds")
"""Arguments of our server that this one does not know; taken off, so that one script serves both."""


@asynccontextmanager
async def server(settings: Settings, credentials: StaticCredentials) -> AsyncIterator[Server[Any]]:
    cloud = CloudClient.of(settings, credentials)
    tools = {name: tool for name, tool in enabled(("default",)).items() if isinstance(tool, Operation)}

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[_definition(tool, settings) for tool in tools.values()])

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            return _failed({"code": "unknown_tool", "message": f"there is no tool {params.name}"})
        return await _answered(cloud, tool, params.arguments or {}, str(settings.region))

    try:
        yield Server("raw", on_list_tools=list_tools, on_call_tool=call_tool)
    finally:
        await cloud.close()


async def _answered(cloud: CloudClient, tool: Operation, given: Mapping[str, Any], region: str) -> CallToolResult:
    own = {name: value for name, value in given.items() if name not in OURS}
    try:
        inputs = validate(tool.inputs, own, tool=tool.name)
        reply = await cloud.send(tool, tool.wire_arguments(inputs), region)
    except (InvalidArguments, CloudFailure) as error:
        return _failed(_plain(error))
    return _result({"ok": True, "data": reply.data}, reply.data)


def _plain(error: PaiError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message}


def _failed(error: Mapping[str, Any]) -> CallToolResult:
    return _result({"ok": False, "error": error}, error, failed=True)


def _result(structured: dict[str, Any], shown: Mapping[str, Any], *, failed: bool = False) -> CallToolResult:
    text = json.dumps(shown, ensure_ascii=False)
    return CallToolResult(content=[TextContent(text=text)], structured_content=structured, is_error=failed)


def _definition(tool: Operation, settings: Settings) -> McpTool:
    """As our server lists it, with every field's description in the schema and without our arguments."""
    schema = object_schema(dict(tool.inputs.model_fields), full=True)
    return definition(tool, settings).model_copy(update={"input_schema": schema})
