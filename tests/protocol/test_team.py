"""``make team``: what a team runs, without containers. Two servers on one Redis, a proxy with TLS that gives each
connection to the next of them, and an authorization server; the SDK's client finds its way through all of it."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from anyio.abc import ByteStream
from anyio.streams.tls import TLSListener
from httpx2 import AsyncClient, Limits
from mcp.client import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client

from pai_dlc_emulator.server import Emulator
from support.authorization_server import authorization_server, secret_of
from support.redis_server import free_port, redis_server
from support.server_pair import servers

from .processes import PATIENCE_S
from .test_callers import make_certificate
from .test_oauth import Tokens


@dataclass(frozen=True)
class Team:
    """The ports of the servers, the port of the proxy, its certificate and key, the issuer of the tokens."""

    ports: list[int]
    proxy: int
    certificate: Path
    key: Path
    issuer: str

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.proxy}/mcp"


@pytest.fixture(scope="module")
def team(shared_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder, proxy = tmp_path_factory.mktemp("team"), free_port()
    keys, key, certificate = folder / "keys", folder / "key.pem", folder / "cert.pem"
    keys.write_text("cd" * 32 + "\n")
    keys.chmod(0o600)
    make_certificate(key, certificate)
    public = f"https://127.0.0.1:{proxy}"
    with redis_server(folder) as redis, authorization_server(f"{public}/mcp") as issuer:
        flags = ["--oauth-issuer", issuer.issuer, "--public-url", public, "--trusted-proxies", "127.0.0.1"]
        with servers(shared_emulator, redis, keys, folder=folder, callers=flags) as ports:
            yield Team(ports, proxy, certificate, key, issuer.issuer)


@asynccontextmanager
async def tls_proxy(team: Team) -> AsyncIterator[list[int]]:
    """The proxy, and how many connections each server got."""
    turns, got = itertools.cycle(range(len(team.ports))), [0] * len(team.ports)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(team.certificate, team.key)

    async def serve(client: ByteStream) -> None:
        turn = next(turns)
        got[turn] += 1
        there = await anyio.connect_tcp("127.0.0.1", team.ports[turn])
        async with client, there, anyio.create_task_group() as group:
            group.start_soon(pump, client, there)
            await pump(there, client)
            group.cancel_scope.cancel()

    plain = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=team.proxy)
    async with TLSListener(plain, context, standard_compatible=False) as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        yield got
        group.cancel_scope.cancel()


async def pump(source: ByteStream, sink: ByteStream) -> None:
    try:
        async for data in source:
            await sink.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
        return


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_member_of_the_team_is_led_to_a_token_and_confirms_an_act_over_two_servers(
    team: Team, emulator: Emulator, mode: str
) -> None:
    auth = ClientCredentialsOAuthProvider(
        team.url, Tokens(), "ann", secret_of("ann"), scope="pai-dlc", issuer=team.issuer
    )
    trusted = ssl.create_default_context(cafile=str(team.certificate))
    http = AsyncClient(
        auth=auth, verify=trusted, limits=Limits(max_keepalive_connections=0), trust_env=False, timeout=PATIENCE_S
    )
    client = Client(streamable_http_client(team.url, http_client=http), mode=mode)
    async with tls_proxy(team) as got, http, client:
        jobs = (await client.call_tool("dlc_list_jobs", {"status": "Running"})).structured_content
        assert jobs is not None
        job = jobs["data"]["Jobs"][0]["JobId"]
        shown = (await client.call_tool("dlc_stop_job", {"job_id": job})).structured_content
        assert shown is not None
        given = {"job_id": job, "confirmation_token": shown["error"]["confirmation"]["token"], "wait_seconds": 0}
        done = (await client.call_tool("dlc_stop_job", given)).structured_content
        assert done is not None
        assert done["ok"], done
    assert all(got), f"one server got everything: {got}"
