"""The MCP server: the SDK's low-level server with our own listing, validation and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..app import Application, local_caller
from ..operation import Tool
from ..runtime import Caller, Person
from .calls import Peer, Progress, call_tool
from .definitions import definition

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp_types import (
        CallToolRequestParams,
        CallToolResult,
        InputRequiredResult,
        ListToolsResult,
        PaginatedRequestParams,
    )

Context = Any
LIST_FRESH_MS = 3_600_000
"""The lists only change with the process: clients may keep them for an hour."""


def build(app: Application, *, caller: Callable[[Any], Caller] | None = None) -> Server[Any]:
    """The server of an application. ``caller`` names who made a request; on stdio it is the user of the system."""
    from mcp.server.caching import CacheHint
    from mcp.server.lowlevel import Server

    from .instructions import INSTRUCTIONS
    from .prompts import get_prompt, list_prompts
    from .resources import Resources

    name_of = caller or _local()
    resources = Resources(app, name_of)
    hint = CacheHint(ttl_ms=LIST_FRESH_MS, scope="public")
    return Server(
        "pai-dlc-mcp",
        version=__version__,
        title="Alibaba Cloud PAI-DLC",
        instructions=INSTRUCTIONS,
        cache_hints={
            "tools/list": hint,
            "prompts/list": hint,
            "resources/list": hint,
            "resources/templates/list": hint,
        },
        on_list_tools=_lister(app),
        on_call_tool=_caller(app, name_of),
        on_list_resources=resources.listing,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
        on_completion=resources.complete,
    )


def _local() -> Callable[[Any], Caller]:
    caller = local_caller()
    return lambda context: caller


def _lister(app: Application) -> Callable[..., Any]:
    made: list[Any] = []

    async def list_tools(
        context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        from mcp_types import ListToolsResult

        if not made:
            made.extend(definition(tool, app.settings) for tool in app.tools.values())
        return ListToolsResult(tools=made)

    return list_tools


def _caller(app: Application, name_of: Callable[[Any], Caller]) -> Callable[..., Any]:
    async def on_call_tool(
        context: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        from .elicitation import InputNeeded

        tool = known(app, params.name)
        peer = Peer(name_of(context), _asker(context, params), _progress(context))
        try:
            answer = await call_tool(app, tool, params.arguments or {}, peer)
        except InputNeeded as needed:
            return needed.result()
        return _result(answer)

    return on_call_tool


def _asker(context: Any, params: Any) -> Callable[[Tool, Mapping[str, Any]], Person | None]:
    def asker(tool: Tool, given: Mapping[str, Any]) -> Person | None:
        from .elicitation import person

        return person(context, params)

    return asker


def known(app: Application, name: str) -> Tool:
    """The enabled tool of that name; a name that is none is an error of the protocol, not of a tool."""
    tool = app.tools.get(name)
    if tool is None:
        from mcp.shared.exceptions import MCPError
        from mcp_types import INVALID_PARAMS

        from ..arguments import nearest

        near = nearest(name, app.tools)
        raise MCPError(
            INVALID_PARAMS, f"Unknown tool {name[:60]!r}" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    return tool


def _progress(context: Any) -> Progress:
    async def report(progress: float, total: float | None, message: str) -> None:
        await context.session.report_progress(progress, total, message)

    return report


def _result(answer: Any) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent

    return CallToolResult(
        content=[TextContent(text=answer.text)], structured_content=answer.structured, is_error=answer.is_error
    )
