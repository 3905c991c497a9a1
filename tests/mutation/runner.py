"""A Python of a sandbox that has imported what tests import but the server, and forks for each run of pytest.

``python -m mutation.runner`` reads a line of JSON for each run (``arguments``, ``variables``, ``output``, ``limit_s``)
and answers with a line that holds the exit code, or null where the time limit ended the run and all its children.
Starting pytest and importing the packages costs 2.5 s of CPU, the fork nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from typing import Any

_BEFORE = (
    "pytest", "_pytest.terminal", "_pytest.fixtures", "anyio.pytest_plugin", "hypothesis", "httpx", "uvicorn",
    "mcp", "mcp.server.lowlevel", "mcp.server.streamable_http", "pydantic", "starlette.applications", "cryptography",
)  # fmt: skip


def main() -> None:
    for name in _BEFORE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(asked: dict[str, Any]) -> int | None:
    child = os.fork()
    if not child:
        _become_pytest(asked)
    ends = time.monotonic() + asked["limit_s"]
    code: int | None = None
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if code is None:
        os.waitpid(child, 0)
    return code


def _become_pytest(asked: dict[str, Any]) -> None:
    import pytest

    os.setsid()
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.environ.update(asked["variables"])
    code = int(pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *asked["arguments"]]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
