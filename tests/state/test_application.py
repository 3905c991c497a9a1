"""What the composition root holds on to, and who it takes the caller for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pai_dlc_mcp.app import Application, local_caller
from pai_dlc_mcp.settings import Settings
from pai_dlc_mcp.state import StateUnavailable


@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
async def test_state_is_closed_where_the_keys_cannot_be_had(tmp_path: Path) -> None:
    keys, state = tmp_path / "keys", tmp_path / "state.db"
    keys.write_text("no key")
    app = Application(Settings(state=str(state), keys=keys))
    async with app.running():
        for _ in range(3):
            with pytest.raises(StateUnavailable):
                await app.runtime()
            assert _open_files(state) == 0


def _open_files(path: Path) -> int:
    return sum(os.path.realpath(handle) == str(path) for handle in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("wrong", [OSError, KeyError, ImportError])
def test_a_user_without_a_name_is_a_caller_all_the_same(
    wrong: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise wrong

    monkeypatch.setattr("getpass.getuser", nameless)
    assert local_caller().name == "os:unknown"
