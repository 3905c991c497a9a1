"""The MCP server: the SDK's low-level server with our own listing, validation and results."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ImageContent,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

from .. import __version__
from ..app import Application, local_caller
from ..errors import InvalidArguments
from ..logs import CALL_ID
from ..operation import Tool
from ..redaction.engine import clean_text
from ..runtime import Caller, InputNeeded, Person
from . import apps, skills
from .call_tool import Peer, Progress, call_tool, note_refusal
from .definitions import definition, input_schema
from .elicitation import input_required, person
from .instructions import INSTRUCTIONS
from .next_calls import hint
from .prompts import get_prompt, list_prompts
from .resources import Resources
from .sealed_state import SealedState

NAME = "pai-dlc-mcp"
CALL_ID_KEY = "pai-dlc-mcp/call-id"
"""Where an answer's ``_meta`` has the id that its log lines and its audit line have too."""
LIST_FRESH_MS = 3_600_000
"""The lists only change with the process: clients may keep them for an hour."""


def build(
    app: Application,
    *,
    caller: Callable[[Any], Caller] | None = None,
    application: Callable[[Any], Application] | None = None,
) -> Server[Any]:
    """The server of an application. ``caller`` names who made a request; on stdio it is the user of the system.

    ``application`` is the one that a request's caller uses, where callers may use different ones.
    """
    name_of, app_of = caller or _local(), application or (lambda context: app)
    resources = Resources(app_of, name_of)
    hint = CacheHint(ttl_ms=LIST_FRESH_MS, scope="public" if application is None else "private")
    server: Server[Any] = Server(
        NAME,
        version=__version__,
        title="Alibaba Cloud PAI-DLC",
        instructions=INSTRUCTIONS,
        cache_hints={
            "tools/list": hint,
            "prompts/list": hint,
            "resources/list": hint,
            "resources/templates/list": hint,
        },
        get_tool_input_schema=lambda name: _schema(app, name),
        on_list_tools=_lister(app_of),
        on_call_tool=_caller(app_of, name_of),
        on_list_resources=resources.listing,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
        on_completion=resources.complete,
    )
    if apps.resources():
        server.extensions[apps.EXTENSION] = {}
    skills.add_to(server)
    server.middleware.append(SealedState(app.settings, name_of, NAME))
    return server


def _local() -> Callable[[Any], Caller]:
    caller = local_caller()
    return lambda context: caller


def _schema(app: Application, name: str) -> Mapping[str, Any] | None:
    """The advertised schema of one tool, for the SDK's check of HTTP headers against arguments."""
    tool = app.tools.get(name)
    return input_schema(tool, app.settings) if tool is not None else None


def _lister(app_of: Callable[[Any], Application]) -> Callable[..., Any]:
    async def list_tools(
        context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        app = app_of(context)
        shows_views = apps.is_declared(context.session.client_capabilities)
        tools: list[Any] = app.listed.setdefault(shows_views, [])
        if not tools:
            for tool in app.tools.values():
                tools.append(definition(tool, app.settings, apps.meta_of(tool) if shows_views else None))
        return ListToolsResult(tools=tools)

    return list_tools


def _caller(app_of: Callable[[Any], Application], name_of: Callable[[Any], Caller]) -> Callable[..., Any]:
    async def on_call_tool(
        context: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        caller, app = name_of(context), app_of(context)
        tool = app.tools.get(params.name)
        if tool is None:
            raise await _unknown(app, params.name, caller)
        peer, started = Peer(caller, _asker(context, params), _progress(context)), time.perf_counter()
        try:
            answer = await call_tool(app, tool, params.arguments or {}, peer)
        except InputNeeded as needed:
            if app.metrics is not None:
                app.metrics.count_paused(tool.name, time.perf_counter() - started)
            return input_required(needed)
        if app.metrics is not None:
            app.metrics.count_call(tool.name, answer.structured, time.perf_counter() - started)
        return _result(answer)

    return on_call_tool


def _asker(context: Any, params: Any) -> Callable[[Tool, Mapping[str, Any]], Person | None]:
    def asker(tool: Tool, given: Mapping[str, Any]) -> Person | None:
        return person(context, params)

    return asker


async def _unknown(app: Application, name: str, caller: Caller) -> MCPError:
    """A name that is no enabled tool is an error of the protocol, not of a tool."""
    await note_refusal(app, clean_text(name), caller, InvalidArguments("Unknown tool."))
    return MCPError(INVALID_PARAMS, f"Unknown tool {clean_text(name[:60])!r}{hint(name, app.tools)}")


def _progress(context: Any) -> Progress:
    """Progress only ever grows, as the protocol wants it, even where a clock was set back."""
    reported = -1.0

    async def report(progress: float, total: float | None, message: str) -> None:
        nonlocal reported
        if progress > reported:
            reported = progress
            await context.session.report_progress(progress, total, message)

    return report


def _result(answer: Any) -> CallToolResult:
    if answer.image is not None:
        return _pictured(answer)
    return CallToolResult(
        content=[TextContent(text=answer.text)], structured_content=answer.structured, is_error=answer.is_error,
        meta={CALL_ID_KEY: CALL_ID.get()},
    )  # fmt: skip


def _pictured(answer: Any) -> CallToolResult:
    """A picture beside its text and without structure: clients drop one where there is the other."""
    picture = ImageContent(data=b64encode(answer.image).decode(), mime_type="image/png")
    return CallToolResult(content=[TextContent(text=answer.text), picture], meta={CALL_ID_KEY: CALL_ID.get()})
