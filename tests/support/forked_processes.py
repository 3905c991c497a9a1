"""Processes of ours that begin with everything imported: a start of Python takes a second of processor, a fork none.

One process for each run of tests imports the packages with next to no environment and waits (``_wait_and_fork``). At
each request it forks a child with the ends, the environment and the folder that the request names; the child then runs
``python -m pai_dlc_mcp`` as if it had just begun, and becomes a child of the test process (a subreaper of Linux for
that moment), which waits for it, signals it and reads its exit code as of any other. What an operator's own start does
before and while it imports is seen only in a start of its own.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import inspect
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
SERVER = str(TESTS.parent / "server")
IMPORTED = (
    "pai_dlc_mcp.app", "pai_dlc_mcp.api.catalog", "pai_dlc_mcp.commands.serve", "pai_dlc_mcp.protocol.server",
    "pai_dlc_mcp.transports.http", "pai_dlc_mcp.transports.stdio", "pai_dlc_emulator.server", "httpx", "uvicorn",
)  # fmt: skip
"""Not the credentials library: it reads the environment when it is imported."""
_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of prctl(2)."""
_MOST_BYTES = 1_000_000
_KNOWN = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


class ForkedProcess(subprocess.Popen[Any]):
    """As ``subprocess.Popen`` of Python with ``-m pai_dlc_mcp`` or ``-c``, forked from the process that waits."""

    def _execute_child(self, *given: Any) -> None:
        named = inspect.signature(super()._execute_child).bind(*given).arguments  # type: ignore[misc]  # private
        ends = [named[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        theirs = [end if end != -1 else at for at, end in enumerate((ends[0], ends[3], ends[5]))]
        try:
            self.pid = _parent().fork(named["args"], named["cwd"] or os.getcwd(), named["env"], theirs)
        finally:
            self._close_pipe_fds(*ends)  # type: ignore[attr-defined]  # private
        self._child_created = True


def started(
    words: Sequence[str], *, env: Mapping[str, str], from_scratch: bool = False, **more: Any
) -> subprocess.Popen[Any]:
    """A process of Python, forked where that makes no difference; for ``from_scratch`` it is what comes before.

    ``more`` is what ``subprocess.Popen`` takes besides (the three ends, the folder, whether they are text).
    """
    path = env.get("PYTHONPATH", SERVER).split(os.pathsep)[0]
    others = [name for name in env if name.startswith("PYTHON") and name not in _KNOWN]
    is_forked = sys.platform == "linux" and not from_scratch and path == SERVER and not others
    start: type[subprocess.Popen[Any]] = ForkedProcess if is_forked else subprocess.Popen
    return start(list(words), env=env, **more)


def ran(
    words: Sequence[str], *, env: Mapping[str, str], timeout: float, input: str | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """How such a process ended, and what it wrote as text; without ``input`` its input is at its end."""
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(words, env=env, text=True, **ends, **more) as made:
        try:
            out, err = made.communicate(input, timeout=timeout)
        except BaseException:
            made.kill()
            raise
    return subprocess.CompletedProcess(made.args, made.returncode, out, err)


class _Parent:
    """The process that waits, as the test process sees it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests = ours
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join((SERVER, str(TESTS)))}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "support.forked_processes", str(theirs.fileno())],
                stdin=subprocess.DEVNULL, env=environment | {"PYTHONDONTWRITEBYTECODE": "1"}, cwd="/",
                pass_fds=(theirs.fileno(),),
            )  # fmt: skip

    def fork(self, words: Sequence[str], folder: str, environment: Mapping[str, str], ends: Sequence[int]) -> int:
        """The id of a new child of this process."""
        request = json.dumps([list(words), str(folder), dict(environment)]).encode()
        with self._lock:
            _adopt_orphans(True)
            try:
                socket.send_fds(self._requests, [request], list(ends))
                answer = self._requests.recv(64)
            finally:
                _adopt_orphans(False)
        if not answer:
            raise OSError("the process that forks others has ended")
        return int(answer)

    def close(self) -> None:
        self._requests.close()
        self._process.wait(60)


@functools.cache
def _parent() -> _Parent:
    return _Parent()


def end_parent() -> None:
    """At the end of a run of tests."""
    if _parent.cache_info().currsize:
        _parent().close()
        _parent.cache_clear()


def _adopt_orphans(is_so: bool) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, int(is_so), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _wait_and_fork(requests: socket.socket) -> list[str] | None:
    """Answer requests until there are none. ``None`` at their end; in a child, the words of its command."""
    while True:
        request, ends, _, _ = socket.recv_fds(requests, _MOST_BYTES, 3)
        if not request:
            return None
        reader, writer = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:  # what is between ends, and the child has another parent
                os.write(writer, str(child).encode())
                os._exit(0)
            requests.close()
            os.close(reader)
            os.close(writer)
            return _begin(request, ends)
        os.waitpid(between, 0)
        requests.send(os.read(reader, 64))
        for own in (reader, writer, *ends):
            os.close(own)


def _begin(request: bytes, ends: Sequence[int]) -> list[str]:
    """Take over the ends, the folder and the environment of a request; its words after the options of Python."""
    words, folder, environment = json.loads(request)
    for at, end in enumerate(ends):
        os.dup2(end, at)
        os.close(end)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]  # a text stream here
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.remove(str(TESTS))
    sys.path[0] = folder
    return list(words[min(words.index(way) for way in ("-m", "-c") if way in words) :])


def _run(way: str, what: str, *words: str) -> None:
    """As Python itself would run a module or a program's text."""
    sys.argv = [way, *words]
    if way == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as waiting:
        command = _wait_and_fork(waiting)
    if command is not None:
        gc.unfreeze()
        _run(*command)
