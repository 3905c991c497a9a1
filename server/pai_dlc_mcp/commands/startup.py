"""What several commands do first: choose the default state store, offer the embedded emulator."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from importlib import import_module

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


def load_credentials_library() -> None:
    """Load what the first request needs anyway: on a busy machine it takes seconds, which are not the provider's."""
    import_module("alibabacloud_credentials.client")


def embedded_emulator() -> AbstractAsyncContextManager[RunningEmulator]:
    """An emulator in this process, on free ports of loopback, for as long as the block."""
    from pai_dlc_emulator.server import running  # start-up: saves 27 ms

    return running()
