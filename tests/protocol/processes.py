"""Real server processes, started with next to no environment, and ended by their own ids."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from pai_dlc_mcp import cli
from support.forked_processes import SERVER, started

VERSION_2025, VERSION_2026 = "2025-11-25", "2026-07-28"
PREFIX = "io.modelcontextprotocol"
PATIENCE_S = 120
"""Only so that a test which hangs ends; no test depends on how fast the machine is."""


def bare_environment(home: Path, **more: str) -> dict[str, str]:
    """What ``env -i`` leaves, a home of one's own and the package's place; no credentials, no proxies."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": SERVER, "PYTHONDONTWRITEBYTECODE": "1", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "pai_dlc_mcp", *arguments]


def run_here(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What a command does in this process, with the environment that a bare one would have: for what neither starts
    nor ends anything, as a start takes a second of processor time."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, bare_environment(home), clear=True),
        contextlib.chdir(home),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = cli.main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def process(
    *arguments: str, home: Path, environment: Mapping[str, str] | None = None, from_scratch: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A process of ours with pipes on all three ends; killed by its id where it has not ended by itself.

    It begins with everything imported where it need not be started ``from_scratch``: for what is true before that.
    """
    made: subprocess.Popen[str] = started(
        command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=bare_environment(home, **(environment or {})), cwd=home, from_scratch=from_scratch,
    )  # fmt: skip
    try:
        yield made
    finally:
        if made.poll() is None:
            made.kill()
        for end in (made.stdin, made.stdout, made.stderr):
            assert end is not None
            with contextlib.suppress(BrokenPipeError):
                end.close()
        made.wait(PATIENCE_S)


@contextlib.contextmanager
def http_server(*arguments: str, home: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server on a free port of the loopback; its URL, as it says on stderr. Open to all unless tokens are given."""
    callers = [] if "--tokens" in arguments else ["--no-auth"]
    with process("serve", "--http", "127.0.0.1:0", *callers, *arguments, home=home, environment=environment) as made:
        yield url_of(made)
        made.terminate()
        made.wait(PATIENCE_S)


def url_of(made: subprocess.Popen[str]) -> str:
    assert made.stderr is not None
    line = made.stderr.readline()
    found = re.search(r"https?://\S+/mcp", line)
    assert found, line
    return found[0]


class Lines:
    """One JSON-RPC message a line, as a client on stdio writes and reads them."""

    def __init__(self, made: subprocess.Popen[str]) -> None:
        self.process, self._number = made, 0

    def say(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the server said nothing more"
        return dict(json.loads(line))

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and give its answer; notifications in between are passed over."""
        self._number += 1
        self.say({"id": self._number, "method": method, "params": params or {}})
        while True:
            heard = self.hear()
            if heard.get("id") == self._number and "method" not in heard:
                return heard

    def greet(self, capabilities: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The handshake of 2025-11-25."""
        client = {"name": "tests", "version": "1"}
        greeting = {"protocolVersion": VERSION_2025, "capabilities": capabilities or {}, "clientInfo": client}
        answer = self.ask("initialize", greeting)
        self.say({"method": "notifications/initialized"})
        return answer


def envelope(capabilities: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The ``_meta`` that every request of 2026-07-28 carries."""
    return {
        f"{PREFIX}/protocolVersion": VERSION_2026,
        f"{PREFIX}/clientInfo": {"name": "tests", "version": "1"},
        f"{PREFIX}/clientCapabilities": dict(capabilities or {}),
    }


def exit_code(made: subprocess.Popen[str]) -> int:
    """How the process ended by itself. An end that had to be forced has another code than an orderly one."""
    return made.wait(PATIENCE_S)
