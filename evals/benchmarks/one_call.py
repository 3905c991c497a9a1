"""One ``dlc_get_job`` beside a bare tool with plain httpx, beside the official SDK, and beside a new process a call."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
from mcp import Client
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool

from pai_dlc_emulator.server import Emulator, started
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import Credential, StaticCredentials
from pai_dlc_mcp.cloud.transport import Acs3
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build

from .pairs import ratio

Read = Callable[[str], Awaitable[Any]]


def settings(emulator: Emulator) -> Settings:
    return Settings(region="cn-hangzhou", dlc_endpoint=emulator.dlc, aiworkspace_endpoint=emulator.aiworkspace)


@asynccontextmanager
async def ours(emulator: Emulator) -> AsyncIterator[Client]:
    credentials = StaticCredentials(emulator.access_key_id, emulator.access_key_secret)
    app = Application(settings(emulator), credentials=credentials)
    async with app.running(), Client(build(app)) as client:
        yield client


@asynccontextmanager
async def bare(read: Read) -> AsyncIterator[Client]:
    """A server whose one tool hands back what ``read`` gives."""

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        data = await read(params.arguments["job_id"])
        return CallToolResult(content=[TextContent(text=str(data)[:8000])], structured_content=data)

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        """The client asks once: a structured result is held against the tool's output schema."""
        return ListToolsResult(tools=[Tool(name="dlc_get_job", input_schema={"type": "object", "properties": {}})])

    async with Client(Server("bare", on_call_tool=call_tool, on_list_tools=list_tools)) as client:
        yield client


def with_httpx(emulator: Emulator, client: httpx.AsyncClient) -> Read:
    """The same request, signed by the same code, with nothing around it."""
    auth = Acs3(Credential("static_ak", emulator.access_key_id, emulator.access_key_secret))
    headers = {"accept": "application/json", "x-acs-action": "GetJob", "x-acs-version": "2020-12-03"}

    async def read(job_id: str) -> Any:
        answer = await client.get(f"{emulator.dlc}/api/v1/jobs/{job_id}", auth=auth, headers=headers)
        return answer.raise_for_status().json()

    return read


def with_sdk(emulator: Emulator) -> Read:
    """The official SDK's asynchronous call."""
    from alibabacloud_pai_dlc20201203.client import Client as SdkClient
    from alibabacloud_pai_dlc20201203.models import GetJobRequest
    from alibabacloud_tea_openapi.utils_models import Config

    config = Config(
        access_key_id=emulator.access_key_id,
        access_key_secret=emulator.access_key_secret,
        endpoint=emulator.dlc.removeprefix("http://"),
        protocol="http",
    )
    client = SdkClient(config)

    async def read(job_id: str) -> Any:
        return (await client.get_job_async(job_id, GetJobRequest())).body.to_map()

    return read


async def a_job(client: Client) -> str:
    listed = await client.call_tool("dlc_list_jobs", {})
    return str(listed.structured_content["data"]["Jobs"][0]["JobId"])


def calling(client: Client, job: str) -> Callable[[], Awaitable[None]]:
    async def call() -> None:
        result = await client.call_tool("dlc_get_job", {"job_id": job})
        assert not result.is_error, result.content

    return call


async def main(pairs: int = 200) -> None:
    with started() as emulator:
        async with (
            httpx.AsyncClient() as http,
            ours(emulator) as mine,
            bare(with_httpx(emulator, http)) as plain,
            bare(with_sdk(emulator)) as official,
        ):
            job = await a_job(mine)
            call, other, sdk = calling(mine, job), calling(plain, job), calling(official, job)
            for way in (call, other, sdk):
                await way()
            await ratio("one dlc_get_job, beside a bare tool with httpx", call, other, pairs=pairs, goal="1.5x")
            await ratio("one dlc_get_job, beside the official SDK in a bare tool", call, sdk, pairs=pairs)
            await ratio("one dlc_get_job, beside a new process a call", call, process(emulator, job), pairs=7)


def process(emulator: Emulator, job: str) -> Callable[[], Awaitable[None]]:
    """What a command line costs: ``pai-dlc-mcp call`` in a process of its own."""
    arguments = [
        sys.executable, "-m", "pai_dlc_mcp", "call", "--state", "memory", "--region", "cn-hangzhou",
        "--dlc-endpoint", emulator.dlc, "--aiworkspace-endpoint", emulator.aiworkspace,
        "dlc_get_job", f'{{"job_id": "{job}"}}',
    ]  # fmt: skip
    key = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
    }

    async def call() -> None:
        import os

        await anyio.run_process(arguments, env=os.environ | key)

    return call
