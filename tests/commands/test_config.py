"""The snippets that people paste: the form of each client, only what was given, and a server that starts."""

from __future__ import annotations

import argparse
import base64
import json
import os
import shlex
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp import Client, StdioServerParameters

from pai_dlc_mcp import cli
from pai_dlc_mcp.commands import config
from pai_dlc_mcp.commands.config import CLIENTS, Server, deep_link, snippet
from pai_dlc_mcp.commands.installation import Installation

SCRIPT = "/opt/pai tools/bin/pai-dlc-mcp"
URL = "https://mcp.example.com/mcp"
ARGS = ["serve", "--region", "cn-hangzhou"]
LOCAL, REMOTE = Server(SCRIPT, tuple(ARGS)), Server(url=URL)
COMMAND: dict[str, Any] = {"command": SCRIPT, "args": ARGS}
PASTE = {"Authorization": "Bearer PASTE-YOUR-TOKEN-HERE"}

FORMS: dict[str, tuple[Any, Any]] = {
    "claude-code": (
        ["claude", "mcp", "add", "--scope", "user", "pai", "--", SCRIPT, *ARGS],
        ["claude", "mcp", "add", "--scope", "user", "--transport", "http", "pai", URL, "--header",
         "Authorization: Bearer $PAI_TOKEN"],
    ),
    "claude-desktop": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {
            "command": "npx", "args": ["-y", "mcp-remote", URL, "--header", "Authorization:${AUTH_HEADER}"],
            "env": {"AUTH_HEADER": "Bearer PASTE-YOUR-TOKEN-HERE"}}}},
    ),
    "vscode": (
        {"servers": {"pai": {"type": "stdio", **COMMAND}}},
        {"servers": {"pai": {"type": "http", "url": URL, "headers": {"Authorization": "Bearer ${env:PAI_TOKEN}"}}}},
    ),
    "cursor": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"url": URL, "headers": {"Authorization": "Bearer ${env:PAI_TOKEN}"}}}},
    ),
    "windsurf": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"serverUrl": URL, "headers": {"Authorization": "Bearer ${env:PAI_TOKEN}"}}}},
    ),
    "cline": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"type": "streamableHttp", "url": URL, "headers": PASTE}}},
    ),
    "codex": (
        {"mcp_servers": {"pai": COMMAND}},
        {"mcp_servers": {"pai": {"url": URL, "bearer_token_env_var": "PAI_TOKEN"}}},
    ),
    "gemini-cli": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"httpUrl": URL, "headers": {"Authorization": "Bearer $PAI_TOKEN"}}}},
    ),
    "qwen-code": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"httpUrl": URL, "headers": {"Authorization": "Bearer $PAI_TOKEN"}}}},
    ),
    "qoder": (
        {"mcpServers": {"pai": COMMAND}},
        {"mcpServers": {"pai": {"type": "streamable-http", "url": URL, "headers": PASTE}}},
    ),
    "lingma": ({"mcpServers": {"pai": COMMAND}}, {"mcpServers": {"pai": {"url": URL, "headers": PASTE}}}),
    "trae": ({"mcpServers": {"pai": COMMAND}}, {"mcpServers": {"pai": {"url": URL, "headers": PASTE}}}),
    "cherry-studio": (
        {"mcpServers": {"pai": {"name": "pai", "type": "stdio", "isActive": True, **COMMAND}}},
        {"mcpServers": {"pai": {"name": "pai", "type": "streamableHttp", "isActive": True, "baseUrl": URL,
                                "headers": PASTE}}},
    ),
    "zed": (
        {"context_servers": {"pai": {**COMMAND, "env": {}}}},
        {"context_servers": {"pai": {"url": URL, "headers": PASTE}}},
    ),
    "opencode": (
        {"$schema": "https://opencode.ai/config.json",
         "mcp": {"pai": {"type": "local", "command": [SCRIPT, *ARGS], "enabled": True}}},
        {"$schema": "https://opencode.ai/config.json",
         "mcp": {"pai": {"type": "remote", "url": URL, "enabled": True,
                         "headers": {"Authorization": "Bearer {env:PAI_TOKEN}"}}}},
    ),
    "inspector": (
        ["npx", "@modelcontextprotocol/inspector", SCRIPT, *ARGS],
        ["npx", "@modelcontextprotocol/inspector", "--transport", "http", "--server-url", URL],
    ),
}  # fmt: skip
"""What each client's own documentation asks for: a command on this machine, and an address."""


def parsed(client: str, text: str) -> Any:
    if client in ("claude-code", "inspector"):
        return shlex.split(text)
    return tomllib.loads(text) if client == "codex" else json.loads(text)


def test_the_clients_are_those_of_the_contract() -> None:
    assert set(CLIENTS) == set(FORMS)
    assert len(CLIENTS) == 16


@pytest.mark.parametrize("client", sorted(CLIENTS))
@pytest.mark.parametrize("way", ["local", "remote"])
def test_a_snippet_has_its_clients_own_form(client: str, way: str) -> None:
    form = FORMS[client][way == "remote"]
    assert parsed(client, snippet(client, REMOTE if way == "remote" else LOCAL)) == form


def decoded(link: str) -> Any:
    """The entry in a link, taken apart as its client does."""
    parts = urlsplit(link)
    if parts.scheme == "vscode":
        return json.loads(unquote(parts.query))
    query = parse_qs(parts.query)
    text = base64.b64decode(query["servers" if "servers" in query else "config"][0]).decode()
    return json.loads(unquote(text) if parts.scheme == "qoder" else text)


LINKS = {
    "vscode": ("vscode", "", "mcp/install"),
    "cursor": ("cursor", "anysphere.cursor-deeplink", "/mcp/install"),
    "qoder": ("qoder", "aicoding.aicoding-deeplink", "/mcp/add"),
    "trae": ("trae", "trae.ai-ide", "/mcp-import"),
    "cherry-studio": ("cherrystudio", "mcp", "/install"),
}


@pytest.mark.parametrize("server", [LOCAL, REMOTE], ids=["local", "remote"])
@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_link_holds_what_the_snippet_holds(client: str, server: Server) -> None:
    link = deep_link(client, server)
    if client not in LINKS:
        assert link is None
        return
    assert link is not None
    assert urlsplit(link)[:3] == LINKS[client]
    [whole] = [value for key, value in FORMS[client][server is REMOTE].items() if key != "$schema"]
    wanted: Any = whole["pai"]
    if client == "vscode":
        wanted = {"name": "pai", **wanted}
    if client == "cherry-studio":
        wanted = {"mcpServers": whole}
    assert decoded(link) == wanted


Printed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Printed:
    monkeypatch.setattr(config, "installation", lambda: Installation("environment", SCRIPT))
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["config", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def arguments_of(out: str) -> list[str]:
    return list(json.loads(out)["mcpServers"]["pai"]["args"])


def test_only_what_was_given_is_written_down(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAI_DLC_MCP_REGION", "cn-beijing")
    monkeypatch.setenv("PAI_DLC_MCP_READ_ONLY", "true")
    assert arguments_of(printed("cursor")[1]) == ["serve"]
    code, out, err = printed("cursor", "--emulator", "--toolsets", "lean", "--read-only")
    assert (code, arguments_of(out)) == (0, ["serve", "--emulator", "--toolsets", "lean", "--read-only", "true"])
    assert err.startswith("Where it goes: ~/.cursor/mcp.json\nOr open: cursor://")


def test_a_file_is_named_with_its_whole_path(printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text('log-level = "info"\n', encoding="utf-8")
    out = printed("cursor", "--config", "own.toml", "--audit-log", "audit.jsonl", "--state", "state.db")[1]
    assert arguments_of(out) == [
        "serve", "--config", f"{tmp_path}/own.toml", "--state", f"{tmp_path}/state.db",
        "--audit-log", f"{tmp_path}/audit.jsonl",
    ]  # fmt: skip
    assert arguments_of(printed("cursor", "--state", "memory")[1]) == ["serve", "--state", "memory"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--region", "CN!"], "--region takes a region id"),
        (["--config", "/no/such.toml"], "--config: cannot read"),
        (["--http", "mcp.example.com"], "--http takes an address"),
        (["--http", "ftp://mcp.example.com/mcp"], "--http takes an address"),
        (["--http", "https://[::1/mcp"], "--http takes an address"),
        (["--http", "https://mcp.example.com:0/mcp"], "--http takes an address"),
        (["--http", "https://me:hush@mcp.example.com"], "without a user"),
        (["--http", "http://mcp.example.com/mcp"], "plain http is only for this machine"),
        (["--http", URL, "--read-only"], "leave the others out"),
        (["--http", URL, "--emulator"], "leave the others out"),
    ],
)
def test_what_serve_would_refuse_is_refused_now(arguments: list[str], why: str, printed: Printed) -> None:
    code, out, err = printed("cursor", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert why in err
    assert "hush" not in err


@pytest.mark.parametrize("arguments", [[], ["--http", "https://h.example/mcp"]])
def test_the_variable_of_the_token_is_named_where_a_server_elsewhere_reads_one(
    arguments: list[str], printed: Printed
) -> None:
    _, out, err = printed("cursor", *arguments)
    assert (config.TOKEN in out) is bool(arguments)
    assert (f"The token is read from the variable {config.TOKEN}.\n" in err) is bool(arguments)


def test_an_address_without_a_path_gets_that_of_the_server(printed: Printed) -> None:
    for given, written in (
        ("https://h.example", "https://h.example/mcp"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/mcp"),
    ):
        assert json.loads(printed("zed", "--http", given)[1])["context_servers"]["pai"]["url"] == written


async def test_the_server_of_a_snippet_answers_over_stdio() -> None:
    flags = argparse.ArgumentParser()
    config.add_arguments(flags)
    given = flags.parse_args(["cursor", "--emulator", "--region", "cn-shanghai"])
    server = config.server_of(given, Installation("source", sys.executable, ("-m", "pai_dlc_mcp")))
    environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    made = StdioServerParameters(command=server.command, args=list(server.arguments), env=environment)
    async with Client(made) as client:
        status = await client.call_tool("pai_status", {})
    assert status.structured_content["data"]["region"] == "cn-shanghai"
    assert status.structured_content["data"]["credentials"]["found"] is True
