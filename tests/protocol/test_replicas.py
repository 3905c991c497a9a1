"""Any number of replicas behind a round robin: clients of both eras are served by whichever comes next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from httpx2 import AsyncClient, Limits
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.transports.service import has_sessions
from support.redis_server import redis_server
from support.server_pair import balancer, servers

from .processes import PATIENCE_S

COUNT = 3


@pytest.fixture(scope="module")
def ports(shared_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    folder = tmp_path_factory.mktemp("replicas")
    keys = folder / "keys"
    keys.write_text("ab" * 32 + "\n")
    keys.chmod(0o600)
    with (
        redis_server(folder) as redis,
        servers(shared_emulator, redis, keys, count=COUNT, folder=folder) as listening,
    ):
        yield listening


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, emulator: Emulator, ports: list[int]) -> AsyncIterator[Any]:
    """The SDK's client of either era behind a balancer that gives each request to the next replica."""
    http = AsyncClient(limits=Limits(max_keepalive_connections=0), trust_env=False, timeout=PATIENCE_S)
    async with balancer(ports) as (port, got):
        url = f"http://127.0.0.1:{port}/mcp"
        async with http, Client(streamable_http_client(url, http_client=http), mode=request.param) as made:
            yield made
        assert all(got), f"the requests did not alternate: {got}"


async def test_a_client_lists_calls_and_confirms_over_all_replicas(client: Any) -> None:
    for _ in range(COUNT):
        assert (await client.list_tools()).tools
    jobs = (await client.call_tool("dlc_list_jobs", {"status": "Running"})).structured_content["data"]["Jobs"]
    job = jobs[0]["JobId"]
    shown = (await client.call_tool("dlc_stop_job", {"job_id": job})).structured_content
    token = shown["error"]["confirmation"]["token"]
    given = {"job_id": job, "confirmation_token": token, "wait_seconds": 0}
    done = (await client.call_tool("dlc_stop_job", given)).structured_content
    assert done["ok"], done
    again = (await client.call_tool("dlc_stop_job", given)).structured_content
    assert not again["ok"]


@pytest.mark.parametrize(
    ("sessions", "state", "kept"),
    [("auto", "memory", True), ("auto", "/tmp/state", True), ("auto", "redis://h", False), ("kept", "redis://h", True),
     ("none", "memory", False)],
)  # fmt: skip
def test_sessions_are_kept_where_there_is_one_process(sessions: str, state: str, kept: bool) -> None:
    assert has_sessions(Settings.model_validate({"sessions": sessions, "state": state})) == kept
