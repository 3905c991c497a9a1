"""Three ways to talk to the emulator: the official SDKs as Alice and as Bob, and requests signed by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.driving import RawClient, Sdk
from pai_dlc_emulator.server import Emulator


@pytest.fixture
def sdk(emulator: Emulator) -> Sdk:
    """The official SDKs, as Alice."""
    return Sdk(emulator, "EMULATORKEYALICE0000")


@pytest.fixture
def bob(emulator: Emulator) -> Sdk:
    """The official SDKs, as Bob."""
    return Sdk(emulator, "EMULATORKEYBOB000000")


@pytest.fixture
def raw(emulator: Emulator) -> Iterator[RawClient]:
    """Requests signed by hand, to send what no SDK would."""
    client = RawClient(emulator)
    yield client
    client.http.close()
