"""What a list of tools does not need is not imported before it, and the first call brings it in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .processes import PATIENCE_S, bare_environment

HEAVY = (
    "httpx", "httpcore", "alibabacloud_credentials", "sqlite3", "redis", "tomllib", "pai_dlc_emulator",
    "pai_dlc_mcp.cloud.transport", "pai_dlc_mcp.guards.pipeline",
)  # fmt: skip
LISTING = """
import anyio, json, sys, types
import mcp.server.lowlevel, mcp.server.stdio, mcp.server.streamable_http_manager
brought = set(sys.modules)
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.commands import serve
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.transports import http, stdio
server = build(Application(Settings(toolsets=("all",))))
context = types.SimpleNamespace(session=types.SimpleNamespace(client_capabilities=None))
async def main():
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        result = await server.get_request_handler(method).handler(context, None)
    assert len((await server.get_request_handler("tools/list").handler(context, None)).tools) >= 170
anyio.run(main)
print(json.dumps(sorted(set(sys.modules) - brought)))
"""


def imported(tmp_path: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LISTING], env=bare_environment(tmp_path), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_listing_tools_imports_nothing_that_only_calls_need(tmp_path: Path) -> None:
    ours = imported(tmp_path)
    assert "pai_dlc_mcp.api.dlc.jobs" in ours
    assert {name for name in HEAVY if name in ours} == set()
