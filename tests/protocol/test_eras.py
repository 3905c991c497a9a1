"""The SDK's own client, both protocol versions, both transports: list, read, prompt, refused create, confirmed stop."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ElicitResult, PromptReference, ResourceTemplateReference, TextResourceContents

from .processes import VERSION_2025, VERSION_2026, bare_environment, http_server

MODES = {"legacy": VERSION_2025, VERSION_2026: VERSION_2026}
BOTH = pytest.mark.parametrize("mode", MODES)
WAYS = pytest.mark.parametrize("way", ["stdio", "http"])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_server("--emulator", home=tmp_path_factory.mktemp("eras")) as url:
        yield url


@asynccontextmanager
async def connected(way: str, mode: str, url: str, home: Path, **more: Any) -> AsyncIterator[Client]:
    arguments = ["-W", "error", "-m", "pai_dlc_mcp", "serve", "--emulator"]
    stdio = StdioServerParameters(command=sys.executable, args=arguments, env=bare_environment(home))
    async with Client(url if way == "http" else stdio, mode=mode, **more) as client:
        assert client.protocol_version == MODES[mode]
        yield client


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert isinstance(result.structured_content, dict)
    assert result.structured_content["ok"] is not result.is_error
    return result.structured_content


@BOTH
@WAYS
async def test_a_client_goes_from_the_list_of_tools_to_a_confirmed_stop(
    way: str, mode: str, url: str, tmp_path: Path
) -> None:
    async with connected(way, mode, url, tmp_path) as client:
        assert "dlc_create_job" in [tool.name for tool in (await client.list_tools()).tools]
        spec = {"Type": "Worker", "PodCount": 1, "Image": "nonsense", "EcsSpec": "ecs.c6.large"}
        refused = await called(client, "dlc_create_job", display_name="x", job_type="PyTorchJob", job_specs=[spec])
        assert refused["error"]["rule"] == "R01"
        jobs = (await called(client, "dlc_list_jobs", status="Running"))["data"]["Jobs"]
        job = jobs[0]["JobId"]
        preview = await called(client, "dlc_stop_job", job_id=job, wait_seconds=0)
        token = preview["error"]["confirmation"]["token"]
        if way == "stdio":  # over HTTP the other tests go on with the one world
            done = await called(client, "dlc_stop_job", job_id=job, wait_seconds=0, confirmation_token=token)
            assert done["confirmed_by"] == "two_step"


@BOTH
@WAYS
async def test_a_client_reads_resources_prompts_and_completions(way: str, mode: str, url: str, tmp_path: Path) -> None:
    async with connected(way, mode, url, tmp_path) as client:
        listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
        assert "pai-dlc://skill" in listed
        for uri in (listed[0], listed[-1], "pai-dlc://operations/StopJob"):
            (content,) = (await client.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
            assert len(content.text) > 100
        templates = [one.uri_template for one in (await client.list_resource_templates()).resource_templates]
        assert "pai-dlc://jobs/{region}/{job_id}" in templates
        reference = ResourceTemplateReference(uri="pai-dlc://operations/{Operation}")
        found = await client.complete(reference, {"name": "Operation", "value": "StopJ"})
        assert found.completion.values == ["StopJob"]
        assert len((await client.list_prompts()).prompts) == 5
        prompt = await client.get_prompt("clean_up", {"workspace_id": "11001"})
        assert "11001" in str(prompt.messages)
        by_prompt = await client.complete(PromptReference(name="clean_up"), {"name": "region", "value": "cn-h"})
        assert "cn-hangzhou" in by_prompt.completion.values


@BOTH
async def test_r35_a_person_at_a_client_over_http_types_the_name(mode: str, tmp_path: Path) -> None:
    asked: list[str] = []

    async def typed(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        name = params.requested_schema["properties"]["name"]["title"].removeprefix("Type ").removesuffix(" to go on")
        return ElicitResult(action="accept", content={"name": name})

    with http_server("--emulator", home=tmp_path) as url:
        async with connected("http", mode, url, tmp_path, elicitation_callback=typed) as client:
            job = (await called(client, "dlc_list_jobs", status="Running"))["data"]["Jobs"][0]["JobId"]
            done = await called(client, "dlc_stop_job", job_id=job, wait_seconds=0)
    assert done["confirmed_by"] == "human"
    assert len(asked) == 1
