"""What several commands do first: choose the default state store, configure logging, offer the embedded emulator."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractAsyncContextManager

from ..app import RunningEmulator
from ..config.settings import OptionError
from ..state.files import default_state_file


def default_state(emulator: bool) -> str:
    """State that outlives the process, in a file in the user's state folder; memory with the emulator.

    Raises:
        OptionError: this user has no home folder.
    """
    if emulator:
        return "memory"
    try:
        return str(default_state_file())
    except RuntimeError:
        raise OptionError("--state: this user has no home folder to store it in; name a file, or memory") from None


def configure_logging(level: str) -> None:
    """Log to stderr; stdout belongs to the protocol."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    limit_library_logs()


def limit_library_logs() -> None:
    """Libraries only warn: at lower levels they write whole addresses and messages, and with them arguments (R65)."""
    for name in ("httpx", "httpcore", "mcp", "sse_starlette", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def embedded_emulator() -> AbstractAsyncContextManager[RunningEmulator]:
    """An emulator in this process, on free ports of loopback, for as long as the block."""
    from pai_dlc_emulator.server import running  # start-up: saves 27 ms

    return running()
