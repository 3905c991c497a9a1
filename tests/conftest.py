"""Shared by all tests: one emulator for the run, reset before each test that uses it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pai_dlc_mcp.emulator.server import Emulator, started

Admin = Callable[..., Any]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Emulator]:
    # The official SDKs send even loopback requests to a proxy named in the environment.
    proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower().endswith("_proxy")}
    with started() as emulator:
        yield emulator
    os.environ.update(proxies)


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """A freshly reset emulator in its default world."""
    httpx.post(f"{shared_emulator.admin}/reset", json={"seed": "default"}).raise_for_status()
    return shared_emulator


@pytest.fixture
def admin(emulator: Emulator) -> Admin:
    """``admin("faults", [...])`` posts, ``admin("state")`` gets."""

    def call(name: str, body: Any = None) -> Any:
        url = f"{emulator.admin}/{name}"
        response = httpx.get(url) if body is None else httpx.post(url, json=body)
        response.raise_for_status()
        return response.json()

    return call
