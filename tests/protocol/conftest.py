from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

WRITES = ("POST", "PUT", "DELETE")


@pytest.fixture
def writes(admin: Callable[..., Any]) -> Callable[[], list[str]]:
    """Operations of the writes that reached the emulator, oldest first."""
    return lambda: [entry["operation"] for entry in admin("journal") if entry["method"] in WRITES]
