"""The least server that sends the same reads: the MCP SDK, plain httpx, and nothing around them. On stdio, or HTTP at a
port that it prints. Its tools take the path and the query of a request and give back the service's answer."""

from __future__ import annotations

import json
import sys
from typing import Any

import anyio
import httpx
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool

from pai_dlc_mcp.cloud.credentials import Credential
from pai_dlc_mcp.cloud.transport import Acs3

TOOLS = ("GetJob", "ListJobs", "GetPodLogs")


def server(base: str, key: str, secret: str, http: httpx.AsyncClient) -> Server[Any]:
    """A server whose tools are named as the operations; the product's own code signs."""
    auth = Acs3(Credential("static_ak", key, secret))

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        headers = {"accept": "application/json", "x-acs-action": params.name, "x-acs-version": "2020-12-03"}
        asked = params.arguments
        answer = await http.get(base + asked["path"], params=asked["query"], auth=auth, headers=headers)
        data = answer.raise_for_status().json()
        return CallToolResult(content=[TextContent(text=json.dumps(data)[:8000])], structured_content=data)

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        form = {"type": "object", "properties": {}}
        return ListToolsResult(tools=[Tool(name=name, input_schema=form) for name in TOOLS])

    return Server("bare", on_call_tool=call_tool, on_list_tools=list_tools)


async def main(way: str, base: str, key: str, secret: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        made = server(base, key, secret, http)
        if way == "stdio":
            async with stdio_server() as (reading, writing):
                await made.run(reading, writing, made.create_initialization_options())
        else:
            app = made.streamable_http_app(stateless_http=True)
            config = uvicorn.Config(app, port=int(way), log_level="error", access_log=False)
            await uvicorn.Server(config).serve()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
