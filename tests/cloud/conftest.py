"""A client in front of a scripted server, with waits that are written down instead of waited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import Credentials, StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.operation import Operation

MakeClient = Callable[..., CloudClient]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
async def client(waits: list[float]) -> AsyncIterator[MakeClient]:
    """``client(url)``; both products at one address. All clients are closed at the end."""
    made: list[CloudClient] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    def make(url: str, *, deadline_s: float = 10.0, credentials: Credentials | None = None) -> CloudClient:
        endpoints = Endpoints({"pai-dlc": url, "aiworkspace": url})
        known = credentials or StaticCredentials("LTAIclienttest", "secret")
        made.append(CloudClient(endpoints, known, deadline_s=deadline_s, sleep=noted, jitter=lambda: 0.5))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture(scope="session")
def get_job() -> Operation:
    return catalog.operation("GetJob")


@pytest.fixture(scope="session")
def create_job() -> Operation:
    return catalog.operation("CreateJob")
