"""The HTTP door: without a token, with a wrong one, by a rebound name, from afar, with a file that others read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import OptionError, Settings
from pai_dlc_mcp.config.tokens import read_tokens
from pai_dlc_mcp.transports import hosts, http, service
from support.attack_scene import Scene
from support.guard_removal import always, both_ways, replaced

ALICE, MALLORY = "alice-token-0123456789abcdef", "mallory-token-0123456789abcdef"
VERSION = "2026-07-28"
HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    callers = (("alice", ALICE), ("mallory", MALLORY))
    path.write_text("".join(f"{name}: {hashlib.sha256(token.encode()).hexdigest()}\n" for name, token in callers))
    path.chmod(0o600)
    return path


@asynccontextmanager
async def door(scene: Scene, tokens: Path | None, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    emulator = scene.emulator
    settings = Settings(
        region="cn-hangzhou", dlc_endpoint=emulator.dlc, aiworkspace_endpoint=emulator.aiworkspace, tokens=tokens,
        no_auth=tokens is None,
    )  # fmt: skip
    credentials = StaticCredentials(emulator.access_key_id, emulator.access_key_secret)
    app = Application(settings, credentials=credentials)
    made = service.application(app, host)
    async with app.running(), made.router.lifespan_context(made):
        transport = httpx.ASGITransport(app=made)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield client


async def call(client: httpx.AsyncClient, tool: str, arguments: dict[str, Any], **headers: str) -> httpx.Response:
    """One tool call of 2026-07-28, which needs no session."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": {"name": "attacker", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": meta},
    }
    protocol = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": tool}
    return await client.post("/mcp", json=body, headers=HEADERS | protocol | headers)


def result_of(response: httpx.Response) -> dict[str, Any]:
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = next(line[6:] for line in text.splitlines() if line.startswith("data: "))
    return dict(json.loads(text)["result"]["structuredContent"])


def served(responses: list[httpx.Response]) -> list[str]:
    return [response.text[:200] for response in responses if response.status_code == 200]


AUTHORIZATIONS = [
    None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {ALICE}", ALICE, f"Bearer {ALICE}x", f"Bearer {ALICE[:-1]}",
    f"Bearer {ALICE.upper()}", "Bearer " + hashlib.sha256(ALICE.encode()).hexdigest(), "Bearer alice", "Bearer *",
]  # fmt: skip


@both_ways(replaced("pai_dlc_mcp.transports.auth.caller_for", always("alice")))
async def test_nobody_is_served_without_a_good_bearer_token(scene: Scene, tokens: Path) -> list[str]:
    async with door(scene, tokens) as client:
        said = []
        for value in AUTHORIZATIONS:
            headers = {} if value is None else {"authorization": value}
            said.append(await call(client, "dlc_list_jobs", {}, **headers))
    return served(said)


async def test_a_good_bearer_token_is_served(scene: Scene, tokens: Path) -> None:
    """Else the attacks above would fail for another reason."""
    async with door(scene, tokens) as client:
        response = await call(client, "dlc_list_jobs", {}, authorization=f"Bearer {ALICE}")
    assert result_of(response)["ok"]


def one_caller(context: Any) -> Any:
    from pai_dlc_mcp.runtime import Caller

    return Caller("http:everybody")


@both_ways(replaced("pai_dlc_mcp.transports.service.authenticated_caller", one_caller))
async def test_r31_a_confirmation_token_of_another_caller_is_refused(scene: Scene, tokens: Path) -> list[str]:
    job = scene.job()
    async with door(scene, tokens) as client:
        shown = result_of(await call(client, "dlc_stop_job", {"job_id": job}, authorization=f"Bearer {ALICE}"))
        stolen = shown["error"]["confirmation"]["token"]
        given = {"job_id": job, "confirmation_token": stolen, "wait_seconds": 0}
        await call(client, "dlc_stop_job", given, authorization=f"Bearer {MALLORY}")
    return scene.writes()


def any_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts.KnownHosts, "_is_served", lambda self, host, path: True)
    monkeypatch.setattr(hosts.KnownHosts, "_is_origin", lambda self, origin, host: True)


@both_ways(any_host)
async def test_a_web_page_that_rebinds_its_name_to_the_loopback_is_refused(scene: Scene) -> list[str]:
    async with door(scene, None) as client:
        said = [
            await call(client, "dlc_list_jobs", {}, host=host)
            for host in ("evil.example", "evil.example:8080", "127.0.0.1.evil.example:8080", "localhost.evil.example")
        ]
        said += [
            await call(client, "dlc_list_jobs", {}, host="127.0.0.1:8080", origin=origin)
            for origin in ("http://evil.example", "https://127.0.0.1.evil.example:8080", "null")
        ]
    return served(said)


async def test_the_loopback_by_its_own_name_is_served(scene: Scene) -> None:
    async with door(scene, None) as client:
        assert result_of(await call(client, "dlc_list_jobs", {}, host="127.0.0.1:8080"))["ok"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "127.0.0.1.evil.example", ""])
@both_ways(replaced("pai_dlc_mcp.transports.http.is_loopback", always(True)))
async def test_others_are_not_served_without_tokens(
    scene: Scene, host: str, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Harm is to get as far as taking the socket."""
    reached: list[str] = []

    def listens(host: str, port: int) -> Any:
        reached.append(host)
        raise OptionError("far enough")

    monkeypatch.setattr(http, "open_listener", listens)
    with suppress(OptionError):
        await http.serve_http(Application(Settings(no_auth=True)), host, 8080)
    return reached


def modes_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pai_dlc_mcp.config.private_files.stat.S_IMODE", lambda mode: 0o600)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o610])
@both_ways(modes_do_not_matter)
async def test_a_file_of_tokens_that_others_can_read_is_refused(tokens: Path, mode: int) -> list[str]:
    os.chmod(tokens, mode)
    try:
        return list(read_tokens(tokens))
    except ValueError:
        return []


LINES = [
    "",
    "# nothing",
    "alice",
    "alice: plain-token",
    "alice: " + "0" * 63,
    "al ice: " + "0" * 64,
    "alice: " + "G" * 64,
]


@pytest.mark.parametrize("line", LINES)
def test_a_file_of_tokens_with_a_line_of_another_form_is_refused(tokens: Path, line: str) -> None:
    tokens.write_text(line + "\n")
    with pytest.raises(ValueError, match="form"):
        read_tokens(tokens)
