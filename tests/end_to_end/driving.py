"""A real MCP client on the real server, in front of an emulator over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio.lowlevel
from mcp import Client
from mcp_types import CallToolResult

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Caller

ALICE, BOB = "EMULATORKEYALICE0000", "EMULATORKEYBOB000000"
WORKSPACE_KINDS = ("aiworkspace_list_workspaces", "aiworkspace_list_images", "dlc_list_ecs_specs")


class Driver:
    """Calls tools and takes their results apart."""

    def __init__(self, client: Client, app: Application, emulator: Emulator) -> None:
        self.client, self.app, self.emulator = client, app, emulator
        self.seen: dict[str, Any] = {}

    async def live_by_the_emulated_clock(self) -> None:
        """From now on what the server waits between two requests passes on the emulator's clock and takes no time."""
        clock = self.emulator.world.clock

        async def sleep(seconds: float) -> None:
            clock.advance(seconds)
            await anyio.lowlevel.checkpoint()

        runtime = await self.app.runtime()
        runtime.cloud._sleep = sleep
        self.app._runtime = replace(runtime, now=clock.now, sleep=sleep)

    async def raw(self, tool: str, **arguments: Any) -> CallToolResult:
        return await self.client.call_tool(tool, arguments)

    async def ok(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The whole structured result of a call that must be done."""
        result = await self.raw(tool, **arguments)
        assert result.structured_content["ok"], result.structured_content
        assert not result.is_error
        return dict(result.structured_content)

    async def data(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return dict((await self.ok(tool, **arguments))["data"])

    async def error(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The error object of a call that must be refused or fail."""
        result = await self.raw(tool, **arguments)
        assert result.is_error, result.structured_content
        assert not result.structured_content["ok"]
        error = dict(result.structured_content["error"])
        text = result.content[0].text
        assert error["code"] in text
        assert len(text) <= 2_000
        return error

    async def discover(self) -> dict[str, Any]:
        """The ids that a create needs, as the listings show them."""
        workspaces = await self.data("aiworkspace_list_workspaces")
        images = await self.data("aiworkspace_list_images", view="full")
        specs = await self.data("dlc_list_ecs_specs", accelerator_type="CPU")
        bound = await self.data("aiworkspace_list_resources", option="ListResource", page_size=50, view="full")
        quotas = {quota["Id"]: quota for row in bound["Resources"] for quota in row["Quotas"]}
        available = [spec for spec in specs["EcsSpecs"] if spec.get("IsAvailable")]
        self.seen = {
            "workspace": workspaces["Workspaces"][0]["WorkspaceId"],
            "image": images["Images"][0]["ImageUri"],
            "spec": available[0]["InstanceType"],
            "quotas": list(quotas.values()),
        }
        return self.seen

    def job(self, name: str = "tests-job", **more: Any) -> dict[str, Any]:
        """Arguments of a create that the guards let pass after :meth:`discover`."""
        spec = {"Type": "Worker", "PodCount": 1, "Image": self.seen["image"], "EcsSpec": self.seen["spec"]}
        return {
            "display_name": name,
            "job_type": "PyTorchJob",
            "workspace_id": self.seen["workspace"],
            "job_specs": [spec],
            "user_command": "python train.py",
        } | more

    async def create(self, name: str = "tests-job", **more: Any) -> str:
        if not self.seen:
            await self.discover()
        return str((await self.data("dlc_create_job", **self.job(name, **more)))["JobId"])


@asynccontextmanager
async def driving(
    emulator: Emulator,
    *,
    key: str = ALICE,
    caller: str = "os:tests",
    client: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Driver]:
    """A driver whose server signs with ``key`` and calls itself ``caller``."""
    given: dict[str, Any] = {
        "region": "cn-hangzhou",
        "dlc_endpoint": emulator.dlc,
        "aiworkspace_endpoint": emulator.aiworkspace,
        "studio_endpoint": emulator.paistudio,
    }
    credentials = StaticCredentials(key, KEYS[key].secret)
    app = Application(Settings(**(given | settings)), credentials=credentials)
    server = build(app, caller=lambda context: Caller(caller))
    async with app.running(), Client(server, **(client or {})) as connected:
        yield Driver(connected, app, emulator)
