"""The server's process: a graceful end on SIGTERM and SIGINT, and garbage collection once it serves."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

import anyio

FORCED_EXIT_S = 28.0
"""How long an end may take beyond its grace before the process is ended as it is: an act that is being sent is carried
out and recorded first, which takes a call's 25 s at most."""
SHUTDOWN_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shutdown:
    """How the server ends; ``exit_code`` is 0, or 130 after SIGINT, as shells expect."""

    def __init__(self, grace_s: float) -> None:
        self.exit_code = 0
        self._forced_exit = threading.Timer(grace_s + FORCED_EXIT_S, lambda: os._exit(1))
        self._forced_exit.daemon = True

    async def on_signal(self, begin: Callable[[], object]) -> None:
        """Wait for a signal, then call ``begin`` once; a second signal, or too long an end, exits at once."""
        if sys.platform == "win32":
            return  # the loop has no signal handlers there; a client ends the process by closing its input
        with anyio.open_signal_receiver(*SHUTDOWN_SIGNALS) as signals:
            async for number in signals:
                if self._forced_exit.is_alive():
                    os._exit(128 + number)
                self.exit_code = 130 if number == signal.SIGINT else 0
                self._forced_exit.start()
                begin()


async def on_hangup(reload: Callable[[], object]) -> None:
    """Call ``reload`` at each SIGHUP, where the system has one."""
    if sys.platform == "win32":
        return
    with anyio.open_signal_receiver(signal.SIGHUP) as signals:
        async for _ in signals:
            reload()


def resume_collection() -> None:
    """Collect garbage from here on, which ``cli`` paused; what exists now stays and is not scanned again."""
    gc.freeze()
    gc.enable()
