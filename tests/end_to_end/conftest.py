from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator

from .driving import Driver, driving

WRITES = ("POST", "PUT", "DELETE")


@pytest.fixture
async def mcp(emulator: Emulator) -> AsyncIterator[Driver]:
    """Alice on a server with the default tools and state in memory."""
    async with driving(emulator) as driver:
        yield driver


@pytest.fixture
def writes(admin: Callable[..., Any]) -> Callable[[], list[str]]:
    """Operations of the writes that reached the emulator, oldest first."""
    return lambda: [entry["operation"] for entry in admin("journal") if entry["method"] in WRITES]
