"""One emulator for the whole run, reset before every test, and three ways to talk to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from emulator.driving import RawClient, Sdk
from pai_dlc_mcp.emulator.server import Emulator, started


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Emulator]:
    # The official SDKs send even loopback requests to a proxy named in the environment.
    proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower().endswith("_proxy")}
    with started() as emulator:
        yield emulator
    os.environ.update(proxies)


Admin = Callable[..., Any]


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def emulator(shared_emulator: Emulator, http: httpx.Client) -> Emulator:
    """A freshly reset emulator in its default world."""
    http.post(f"{shared_emulator.admin}/reset", json={"seed": "default"}).raise_for_status()
    return shared_emulator


@pytest.fixture
def admin(emulator: Emulator, http: httpx.Client) -> Admin:
    """``admin("faults", [...])`` posts, ``admin("state")`` gets."""

    def call(name: str, body: Any = None) -> Any:
        url = f"{emulator.admin}/{name}"
        response = http.get(url) if body is None else http.post(url, json=body)
        response.raise_for_status()
        return response.json()

    return call


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
