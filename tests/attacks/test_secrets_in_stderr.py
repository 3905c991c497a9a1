"""Secrets among a call's arguments, with the log level at its most talkative: none is written to stderr (R65)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from support.guard_removal import both_ways

SECRET = "canary-argument-Lk44-value"
CALLS = (
    ("dlc_get_job_metrics", {"job_id": "dlc1", "metric_type": "GpuCoreUsage", "token": SECRET}),
    ("dlc_get_tensorboard", {"tensorboard_id": "tb1", "token": SECRET}),
    ("aiworkspace_create_connection", {"connection_name": "c", "connection_type": "OpenLLMConnection",
                                       "workspace_id": "1", "secrets": {"k": SECRET}}),
    ("aiworkspace_create_code_source", {"code_repo": "https://c.example.com/a.git", "display_name": "c",
                                        "mount_path": "/root/c", "code_repo_access_token": SECRET}),
    ("dlc_stop_job", {"job_id": "dlc1", "confirmation_token": SECRET}),
)  # fmt: skip
TALKATIVE = "from pai_dlc_mcp import logs; logs.limit_library_logs = lambda: None; "


def libraries_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries log at the level that the operator chose for the server."""
    monkeypatch.setenv("TEST_LIBRARIES_TALK", "1")


@both_ways(libraries_talk)
async def test_r65_no_argument_is_written_to_stderr_at_any_log_level(tmp_path: Path) -> list[str]:
    """A process of its own, as a client starts it."""
    talk = TALKATIVE if os.environ.get("TEST_LIBRARIES_TALK") else ""
    program = f"import sys; from pai_dlc_mcp.cli import main; {talk}sys.exit(main())"
    command = ["-c", program, "serve", "--emulator", "--toolsets", "all", "--log-level", "debug"]
    server = StdioServerParameters(command=sys.executable, args=command, env=dict(os.environ))
    with (tmp_path / "stderr").open("w+") as errors:
        async with Client(stdio_client(server, errlog=errors)) as client:
            for tool, arguments in CALLS:
                await client.call_tool(tool, arguments)
        errors.seek(0)
        written = errors.read().splitlines()
    assert written, "nothing was logged at all"
    return [line for line in written if SECRET in line]
