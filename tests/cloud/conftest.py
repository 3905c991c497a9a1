"""A client in front of a scripted server, with waits that are written down instead of waited; a bare environment."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

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


World = Callable[..., None]


def _library_reads_the_environment() -> None:
    """The library reads the environment when it is imported."""
    for name in ("auth_util", "auth_constant"):
        importlib.reload(importlib.import_module(f"alibabacloud_credentials.utils.{name}"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """``world(NAME=value)`` sets the environment; home is an empty folder, and no cloud machine is asked for a role."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ALIBABA_CLOUD_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path))
        patch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")

        def set_(**values: str) -> None:
            for name, value in values.items():
                patch.setenv(f"ALIBABA_CLOUD_{name}", value)
            _library_reads_the_environment()

        set_()
        yield set_
    _library_reads_the_environment()


def cli_profiles(home: Path, current: str, **profiles: dict[str, str]) -> None:
    """``~/.aliyun/config.json`` as the aliyun command line writes it."""
    named = [{"name": name, "mode": "AK"} | profile for name, profile in profiles.items()]
    (home / ".aliyun").mkdir(exist_ok=True)
    (home / ".aliyun/config.json").write_text(json.dumps({"current": current, "profiles": named}), encoding="utf-8")


def key(name: str) -> dict[str, str]:
    return {"access_key_id": f"LTAI{name}", "access_key_secret": f"secret-of-{name}"}
