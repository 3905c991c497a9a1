"""A read beside a bare server that sends the same request, beside the official SDK, and beside a new process a call."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import httpx
from mcp import Client, StdioServerParameters
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


READS = {"dlc_get_job": 1.2, "dlc_list_jobs": 1.3, "dlc_get_pod_logs": 2.0}
"""The tools that are measured, and how many times as long as the bare one they may take."""
LINES = 2_000


async def main(pairs: int = 200) -> None:
    with started() as emulator:
        await on_stdio(emulator, pairs)
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
            await ratio("one dlc_get_job in this process, beside a bare tool", call, other, pairs=pairs)
            await ratio("one dlc_get_job in this process, beside the official SDK", call, sdk, pairs=pairs)
            await ratio("one dlc_get_job, beside a new process a call", call, process(emulator, job), pairs=7)


async def on_stdio(emulator: Emulator, pairs: int) -> None:
    """Each read on stdio with its state in SQLite, beside the bare server that sends the very same request."""
    async with (
        httpx.AsyncClient(base_url=emulator.admin, trust_env=False) as admin,
        AsyncExitStack() as ends,
    ):
        folder = ends.enter_context(TemporaryDirectory())
        mine = await ends.enter_async_context(Client(serving(emulator, f"{folder}/state.db")))
        plain = await ends.enter_async_context(Client(serving_bare(emulator)))
        job = await a_job(mine)
        record = (await mine.call_tool("dlc_get_job", {"job_id": job})).structured_content["data"]
        log = {"Logs": [f"2026-11-25 12:00:00,123 INFO step {n}/{LINES} loss=0.{n} lr=1e-4" for n in range(LINES)]}
        fault = {"operation": "GetPodLogs", "kind": "answer", "body": log, "times": 1_000_000}
        (await admin.post("/faults", json=[fault])).raise_for_status()
        given = {
            "dlc_get_job": {"job_id": job},
            "dlc_list_jobs": {},
            "dlc_get_pod_logs": {"job_id": job, "pod_id": record["Pods"][0]["PodId"], "max_lines": LINES},
        }
        for tool, goal in READS.items():
            await same_request(tool, given[tool], mine, plain, admin, pairs, goal)


async def same_request(
    tool: str, given: dict[str, Any], mine: Client, plain: Client, admin: httpx.AsyncClient, pairs: int, goal: float
) -> None:
    async def call() -> None:
        result = await mine.call_tool(tool, given)
        assert not result.is_error, result.content

    await call()
    sent = (await admin.get("/journal")).json()[-1]
    asked = {"path": sent["path"], "query": sent["query"]}

    async def other() -> None:
        result = await plain.call_tool(sent["operation"], asked)
        assert not result.is_error, result.content

    await other()
    await ratio(f"one {tool} on stdio with SQLite, beside the bare server", call, other, pairs=pairs, goal=goal)


def environment_of(emulator: Emulator) -> dict[str, str]:
    """Variables that lead a server to the emulator."""
    return {
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
    }


def serving(emulator: Emulator, state: str) -> StdioServerParameters:
    """The product in a process of its own, on ``stdio``."""
    arguments = ["-m", "pai_dlc_mcp", "serve", "--state", state, "--region", "cn-hangzhou"]
    return StdioServerParameters(command=sys.executable, args=arguments, env=os.environ | environment_of(emulator))


def serving_bare(emulator: Emulator) -> StdioServerParameters:
    """The bare server in a process of its own, on ``stdio``."""
    arguments = ["-m", "evals.benchmarks.bare_server", "stdio", emulator.dlc]
    keys = [emulator.access_key_id, emulator.access_key_secret]
    return StdioServerParameters(command=sys.executable, args=[*arguments, *keys], env=dict(os.environ))


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
        await anyio.run_process(arguments, env=os.environ | key)

    return call
