"""The two variants that are compared: our server, and the same operations with nothing around them.

Both run in process behind a real MCP client and speak to the emulator over real sockets. The server lives by the
emulator's clock: what it would sleep, the emulated world moves on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from anyio.lowlevel import checkpoint
from mcp import Client
from mcp.shared.exceptions import MCPError

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Caller, Runtime

from . import raw
from .environment import Environment, credentials, endpoints
from .scenario import Scenario
from .simulated_user import asked
from .transcript import Entry, Transcript

VARIANTS = ("server", "raw")


@dataclass
class Connection:
    """What an agent holds: the tools, and a way to call them that is written down."""

    client: Client
    tools: list[Any]
    transcript: Transcript
    moved: Callable[[], None]

    @property
    def instructions(self) -> str:
        """What the server tells every model at first; the raw variant has nothing to say."""
        return self.client.instructions or ""

    def refused(self, tool: str, why: str) -> Entry:
        """A call that could not even be made, written down like the others."""
        entry = Entry(tool, {}, {"ok": False, "error": {"code": "protocol", "message": why}}, why)
        self.transcript.entries.append(entry)
        return entry

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Entry:
        """One call; the emulated clock moves on with it. An error of the protocol counts as an error of the tool."""
        self.moved()
        try:
            result = await self.client.call_tool(tool, dict(arguments))
        except MCPError as error:
            return self.refused(tool, str(error))
        text = "\n".join(part.text for part in result.content if part.type == "text")
        entry = Entry(tool, arguments, result.structured_content or {}, text)
        self.transcript.entries.append(entry)
        return entry


class EmulatedTime(Application):
    """Our server with the emulator's clock in the place of the wall's."""

    environment: Environment

    async def _build(self) -> Runtime:
        return replace(await super()._build(), now=self.environment.now, sleep=hurried(self.environment))


def hurried(environment: Environment) -> Callable[[float], Awaitable[None]]:
    async def sleep(seconds: float) -> None:
        environment.advance(seconds)
        await checkpoint()

    return sleep


@asynccontextmanager
async def connected(variant: str, scenario: Scenario, environment: Environment) -> AsyncIterator[Connection]:
    """A variant in front of a environment that has been set."""
    ways = (
        {"elicitation_callback": asked(scenario.simulated_user, environment.advance)} if scenario.simulated_user else {}
    )
    async with _server(variant, scenario, environment) as server, Client(server, **ways) as client:
        tools = (await client.list_tools()).tools
        yield Connection(client, tools, Transcript(), lambda: environment.advance(scenario.pace))


@asynccontextmanager
async def _server(variant: str, scenario: Scenario, environment: Environment) -> AsyncIterator[Any]:
    settings = settings_of(scenario, environment)
    if variant == "raw":
        async with raw.server(settings, credentials()) as server:
            yield server
        return
    app = EmulatedTime(settings, credentials=credentials())
    app.environment = environment
    async with app.running():
        yield build(app, caller=lambda context: Caller("os:agent"))


def settings_of(scenario: Scenario, environment: Environment) -> Settings:
    """The scenario's settings; ``$world...`` in them is read from the start state."""
    from .references import resolve

    given = resolve(scenario.server, environment.facts)
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return Settings(**(endpoints(environment.emulator) | lists))
