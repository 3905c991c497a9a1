"""A process of its own for what would hold up the server (R77), and both ends of the pipe to it.

A message is eight bytes of length and a pickle: the function and its arguments one way, whether it went well and its
result the other. Both ends are this package. The process ends when its input does, so it never outlives the server.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_MODULE = "pai_dlc_mcp.redaction.worker"
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "USERPROFILE")
"""What the process gets of ours: no credentials are among it."""
_LENGTH_BYTES = 8
COMMAND = [sys.executable, "-P", "-m", _MODULE]


def write(stream: IO[bytes], message: Any) -> None:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(len(body).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(body)
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """The next message.

    Raises:
        EOFError: the stream has ended, between two messages or inside one.
    """
    size = stream.read(_LENGTH_BYTES)
    length = int.from_bytes(size, "big")
    body = stream.read(length)
    if len(size) < _LENGTH_BYTES or len(body) < length:
        raise EOFError
    return pickle.loads(body)  # noqa: S301 - written by the other end of our own pipe


class Process:
    """The one process, started when it is first needed and again when it was killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether asking starts nothing."""
        return self._running is not None and self._running.poll() is None

    def ask(self, function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
        """Send work and wait for its result; blocks, so it belongs in a thread.

        Raises:
            OSError, EOFError: the process could not be started, or went away.
        """
        with self._lock:
            running = self._started()
            if running.stdin is None or running.stdout is None:
                raise EOFError
            try:
                write(running.stdin, (function, args))
                went_well, result = read(running.stdout)
            except (OSError, EOFError, ValueError):
                if self._running is running:
                    self.end()
                raise EOFError from None
            return bool(went_well), result

    def _started(self) -> subprocess.Popen[bytes]:
        running = self._running
        if running is None or running.poll() is not None:
            here = str(Path(__file__).parents[2])
            environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
            self._running = running = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return running

    def interrupt(self) -> None:
        """Kill the process, whatever it is doing, in a thread that waits until it is gone.

        The event loop calls it, and a busy machine takes a quarter of a second for that.
        """
        running, self._running = self._running, None
        if running is not None:
            threading.Thread(target=_bury, args=(running,), daemon=True).start()

    def end(self) -> None:
        """Kill the process, whatever it is doing, and wait until it is gone."""
        running, self._running = self._running, None
        if running is not None:
            _bury(running)


def _bury(running: subprocess.Popen[bytes]) -> None:
    running.kill()
    with contextlib.suppress(OSError):
        running.communicate()


BUDGET_S, NICE = 15, 10
"""Processor time that one piece of work may take, and how much the process gives way to the server that it serves."""


def _end_work(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    budget_s = float(sys.argv[1]) if len(sys.argv) > 1 else BUDGET_S
    limited = hasattr(signal, "setitimer")
    if limited:
        signal.signal(signal.SIGVTALRM, _end_work)
        os.nice(NICE)
    while True:
        try:
            function, args = read(source)
        except EOFError:
            return
        try:
            if limited:
                signal.setitimer(signal.ITIMER_VIRTUAL, budget_s)
            answer = (True, function(*args))
            if limited:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except Exception as error:  # noqa: BLE001 - handed to the other end, which raises it
            answer = (False, error)
        write(sink, answer)


if __name__ == "__main__":
    main()
