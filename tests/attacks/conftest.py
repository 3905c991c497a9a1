from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pai_dlc_emulator.server import Emulator
from support.attack_scene import Scene
from support.redis_server import redis_server


@pytest.fixture
def scene(emulator: Emulator, tmp_path: Path) -> Scene:
    return Scene(emulator, tmp_path)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys that several servers on one state share."""
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o600)
    return path
