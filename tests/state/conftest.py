"""Every state store under the same tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pai_dlc_mcp.state import State
from pai_dlc_mcp.state.open import open_state
from support.redis_server import redis_server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "redis"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What ``--state`` is given."""
    if request.param == "memory":
        return "memory"
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    return str(request.getfixturevalue("redis_url"))


@pytest.fixture
async def state(spec: str) -> AsyncIterator[State]:
    opened = await open_state(spec)
    yield opened
    await opened.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Keys of one test alone: the Redis server is shared by all of them."""
    return f"{request.node.name}/"
