"""``pai-dlc-mcp config CLIENT``: the configuration of an MCP client for this server, and where it goes."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from ..config.settings import parse_region

NAME = "pai"
"""Short because clients put it before every tool's name, and some limit the characters."""

CLIENTS = {
    "claude-code": "run this once in a terminal",
    "claude-desktop": "claude_desktop_config.json (Settings > Developer > Edit Config)",
    "vscode": ".vscode/mcp.json",
    "cursor": "~/.cursor/mcp.json",
    "windsurf": "~/.codeium/windsurf/mcp_config.json",
    "cline": "cline_mcp_settings.json",
    "codex": "~/.codex/config.toml",
    "gemini-cli": "~/.gemini/settings.json",
    "qwen-code": "~/.qwen/settings.json",
    "inspector": "run this once in a terminal",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("client", metavar="CLIENT", choices=sorted(CLIENTS), help=", ".join(sorted(CLIENTS)))
    parser.add_argument(
        "--region", type=parse_region, metavar="REGION", default="cn-hangzhou", help="region of calls that name none"
    )
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")


def run(flags: argparse.Namespace) -> int:
    print(f"Where it goes: {CLIENTS[flags.client]}", file=sys.stderr)
    print(snippet(flags.client, flags.region, emulator=flags.emulator))
    return 0


def snippet(client: str, region: str, *, emulator: bool = False) -> str:
    """The text to paste. Desktop clients pass on little of the environment, so the command is an absolute path."""
    command = _command()
    arguments = ["serve", *(["--emulator"] if emulator else []), "--region", region]
    if client == "claude-code":
        return f"claude mcp add {NAME} -- {shlex.join([command, *arguments])}"
    if client == "inspector":
        return f"npx @modelcontextprotocol/inspector {shlex.join([command, *arguments])}"
    if client == "codex":
        return f"[mcp_servers.{NAME}]\ncommand = {json.dumps(command)}\nargs = {json.dumps(arguments)}"
    entry: dict[str, Any] = {"command": command, "args": arguments}
    if client == "vscode":
        return json.dumps({"servers": {NAME: {"type": "stdio", **entry}}}, indent=2)
    return json.dumps({"mcpServers": {NAME: entry}}, indent=2)


def _command() -> str:
    """The script beside the running Python, so that it is found without a PATH; else the one on the PATH."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("pai-dlc-mcp", path=beside) or shutil.which("pai-dlc-mcp") or "pai-dlc-mcp"
