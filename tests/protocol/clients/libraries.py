"""Libraries that speak MCP, each run by the Python of an environment of its own; the matrix says what they call.

    python libraries.py NAME GIVEN     GIVEN is JSON: command, environment, person, model (the address of the stub)

A client library gets its calls as lines of JSON and answers each with what its user would be shown; an agent library
gets them from its model. All imports of a library stand in its own function: the others are not installed there.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

Json = dict[str, Any]
KEY, WORDS, TURNS = "a-key-of-nobody", "Go on.", 40
START_S, ANSWER_S = 60.0, 30.0
"""What is set where a library gives up sooner: every call of the server ends within 25 seconds."""


async def serve(hello: Json, call: Callable[[str, Json], Awaitable[str]]) -> None:
    """Say hello, then make the calls that standard input asks for, one a line."""
    print(json.dumps(hello), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        wanted = json.loads(line)
        try:
            shown = await call(wanted["tool"], wanted["arguments"])
        except Exception as failure:  # noqa: BLE001 - what its user would see, whatever a library raises
            shown = f"{type(failure).__name__}: {failure}"
        print(json.dumps({"shown": shown}), flush=True)


def text_of(result: Any) -> str:
    return "\n".join(getattr(part, "text", "") for part in result.content)


def typed(schema: Json, person: str) -> tuple[str, Json | None]:
    """What the person answers: the name that the form asks for, or no."""
    name = schema["properties"]["name"]["title"].removeprefix("Type ").removesuffix(" to go on")
    return ("accept", {"name": name}) if person == "accept" else ("decline", None)


async def python_1(given: Json) -> None:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.types import ElicitResult

    async def ask(context: Any, params: Any) -> Any:
        action, content = typed(params.requestedSchema, given["person"])
        return ElicitResult(action=action, content=content)

    command, *arguments = given["command"]
    server = StdioServerParameters(command=command, args=arguments, env=given["environment"])
    async with stdio_client(server) as (reader, writer), ClientSession(reader, writer, elicitation_callback=ask) as one:
        begun = await one.initialize()
        tools = [tool.name for tool in (await one.list_tools()).tools]
        hello = {"version": version("mcp"), "protocol": begun.protocolVersion, "tools": tools}

        async def call(tool: str, arguments: Json) -> str:
            return text_of(await one.call_tool(tool, arguments))

        await serve(hello, call)


async def python_2(given: Json, mode: str) -> None:
    from mcp import Client, StdioServerParameters
    from mcp_types import ElicitResult

    async def ask(context: Any, params: Any) -> Any:
        action, content = typed(params.requested_schema, given["person"])
        return ElicitResult(action=action, content=content)

    command, *arguments = given["command"]
    server = StdioServerParameters(command=command, args=arguments, env=given["environment"])
    async with Client(server, mode=mode, elicitation_callback=ask) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        hello = {"version": version("mcp"), "protocol": client.protocol_version, "tools": tools}

        async def call(tool: str, arguments: Json) -> str:
            return text_of(await client.call_tool(tool, arguments))

        await serve(hello, call)


async def fastmcp(given: Json) -> None:
    from fastmcp import Client
    from fastmcp.client.elicitation import ElicitResult
    from fastmcp.client.transports import StdioTransport

    async def ask(message: str, response_type: Any, params: Any, context: Any) -> Any:
        schema = getattr(params, "requested_schema", None) or params.requestedSchema
        action, content = typed(schema, given["person"])
        return ElicitResult(action=action, content=content)

    command, *arguments = given["command"]
    transport = StdioTransport(command, arguments, env=given["environment"])
    async with Client(transport, elicitation_handler=ask) as client:
        tools = [tool.name for tool in await client.list_tools()]

        async def call(tool: str, arguments: Json) -> str:
            return text_of(await client.call_tool(tool, arguments, raise_on_error=False))

        await serve({"version": version("fastmcp"), "tools": tools}, call)


async def pydantic_ai(given: Json) -> None:
    """An agent of pydantic-ai; where nothing is set it waits five seconds for the start of a server, and ends the whole
    run at the second refusal of a tool."""
    from fastmcp.client.elicitation import ElicitResult
    from fastmcp.client.transports import StdioTransport
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    async def ask(message: str, response_type: Any, params: Any, context: Any) -> Any:
        action, content = typed(params.requested_schema, given["person"])
        return ElicitResult(action=action, content=content)

    command, *arguments = given["command"]
    transport = StdioTransport(command, arguments, env=given["environment"])
    tools = MCPToolset(transport, elicitation_handler=ask, init_timeout=START_S, tool_error_behavior="failed")
    provider = OpenAIProvider(base_url=f"{given['model']}/v1", api_key=KEY)
    await Agent(OpenAIResponsesModel("stub", provider=provider), toolsets=[tools]).run(WORDS)


async def openai_agents(given: Json) -> None:
    """An agent of openai-agents; its wait for an answer is five seconds where nothing is set."""
    from agents.mcp import MCPServerStdio, MCPServerStdioParams
    from openai import AsyncOpenAI

    from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled

    set_tracing_disabled(True)
    command, *arguments = given["command"]
    server = MCPServerStdioParams(command=command, args=arguments, env=given["environment"])
    model = OpenAIResponsesModel("stub", AsyncOpenAI(base_url=f"{given['model']}/v1", api_key=KEY))
    async with MCPServerStdio(server, client_session_timeout_seconds=ANSWER_S) as tools:
        await Runner.run(Agent(name="matrix", model=model, mcp_servers=[tools]), WORDS, max_turns=TURNS)


async def langchain(given: Json) -> None:
    """An agent of langchain; its adapter starts a server for each call."""
    from langchain.agents import create_agent
    from langchain_mcp_adapters.callbacks import Callbacks
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langchain_openai import ChatOpenAI
    from mcp.types import ElicitResult

    async def ask(mcp_context: Any, params: Any, context: Any) -> Any:
        action, content = typed(params.requestedSchema, given["person"])
        return ElicitResult(action=action, content=content)

    command, *arguments = given["command"]
    server = {"transport": "stdio", "command": command, "args": arguments, "env": given["environment"]}
    client = MultiServerMCPClient({"pai": server}, callbacks=Callbacks(on_elicitation=ask))
    model = ChatOpenAI(model="stub", base_url=f"{given['model']}/v1", api_key=KEY, use_responses_api=True)
    agent = create_agent(model, await client.get_tools())
    await agent.ainvoke({"messages": [("user", WORDS)]}, {"recursion_limit": 2 * TURNS})


RUN: dict[str, Callable[[Json], Awaitable[None]]] = {
    "python-1": python_1,
    "python-2-2025": lambda given: python_2(given, "legacy"),
    "python-2-2026": lambda given: python_2(given, "2026-07-28"),
    "fastmcp": fastmcp,
    "pydantic-ai": pydantic_ai,
    "openai-agents": openai_agents,
    "langchain": langchain,
}

if __name__ == "__main__":
    asyncio.run(RUN[sys.argv[1]](json.loads(sys.argv[2])))
