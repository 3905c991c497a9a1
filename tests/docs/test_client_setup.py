"""The snippets that people paste: each has the form of its client, and the server that it names starts and answers."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from pai_dlc_mcp import documents
from pai_dlc_mcp.commands.config import CLIENTS, NAME, snippet

REGION = "cn-shanghai"


def entry(client: str, text: str) -> dict[str, Any]:
    """Command and arguments as the client would read them from its snippet."""
    if client in ("claude-code", "inspector"):
        words = shlex.split(text)
        start = words.index("--") + 1 if "--" in words else 2
        return {"command": words[start], "args": words[start + 1 :]}
    if client == "codex":
        return dict(tomllib.loads(text)["mcp_servers"][NAME])
    return dict(json.loads(text)["servers" if client == "vscode" else "mcpServers"][NAME])


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_snippet_starts_this_server_with_what_was_asked_for(client: str) -> None:
    found = entry(client, snippet(client, REGION, emulator=True))
    assert Path(found["command"]).stem == "pai-dlc-mcp"
    assert found["args"] == ["serve", "--emulator", "--region", REGION]
    assert "--emulator" not in entry(client, snippet(client, REGION))["args"]


def test_the_command_stands_with_its_whole_path_where_the_script_is_beside_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "pai-dlc-mcp"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    assert entry("cursor", snippet("cursor", REGION))["command"] == str(script)


async def test_the_server_of_a_snippet_answers_over_stdio() -> None:
    arguments = entry("claude-desktop", snippet("claude-desktop", REGION, emulator=True))["args"]
    environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    server = StdioServerParameters(command=sys.executable, args=["-m", "pai_dlc_mcp", *arguments], env=environment)
    async with Client(server) as client:
        status = await client.call_tool("pai_status", {})
    assert status.structured_content["data"]["region"] == REGION
    assert status.structured_content["data"]["credentials"]["found"] is True


def test_the_reference_names_every_client_and_where_its_snippet_goes() -> None:
    rows = [line for line in documents.reference("client-setup").splitlines() if line.startswith("| ")]
    listed = {cells[1].strip() for line in rows if len(cells := line.split("|")) == 4}
    assert set(CLIENTS) <= listed
