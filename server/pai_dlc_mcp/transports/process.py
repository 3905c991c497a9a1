"""Ending on SIGTERM and SIGINT: once in order, and by force where the order takes too long."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import anyio

FORCE_SECONDS = 5.0
"""How long an orderly end may take before the process is ended as it is."""
ASKED_TO_END = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """How the server ended; ``code`` is the exit code: 0, or 130 after SIGINT, as shells expect."""

    def __init__(self) -> None:
        self.code = 0
        self._force = threading.Timer(FORCE_SECONDS, lambda: os._exit(1))
        self._force.daemon = True

    async def on_signal(self, end: Callable[[], object]) -> None:
        """Wait for a signal, then call ``end`` once; a second signal, or too long a time, ends the process at once."""
        if sys.platform == "win32":
            return  # the loop has no signal handlers there; a client ends the process by closing its input
        with anyio.open_signal_receiver(*ASKED_TO_END) as signals:
            async for number in signals:
                if self._force.is_alive():
                    os._exit(128 + number)
                self.code = 130 if number == signal.SIGINT else 0
                self._force.start()
                end()


@contextlib.contextmanager
def started() -> Iterator[None]:
    """No collection from here until :func:`done`, and surely none missing behind the block."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def done() -> None:
    """The server is built: collect from here on. What was made until now stays, and is not looked at again."""
    gc.freeze()
    gc.enable()
