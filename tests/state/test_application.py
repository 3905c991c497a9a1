"""What the composition root holds on to, and who it takes the caller for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pai_dlc_mcp.app import Application, local_caller
from pai_dlc_mcp.config.settings import Settings
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


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME"])
@pytest.mark.skipif(sys.platform == "win32", reason="there the environment is all there is")
def test_nobody_calls_under_another_name_by_setting_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens, what was shown and the audit are by caller, and users may share a Redis."""
    before = local_caller()
    monkeypatch.setenv(name, "somebody-else\x1b[2K")
    assert local_caller() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no numbers of users")
def test_a_user_without_a_name_is_called_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", nameless)
    assert local_caller().name == f"os:{os.getuid()}"


@pytest.mark.parametrize("wrong", [OSError, KeyError, ImportError])
def test_a_user_without_a_name_is_a_caller_all_the_same(
    wrong: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, where there is no module of users."""

    def nameless() -> str:
        raise wrong

    monkeypatch.setattr("pai_dlc_mcp.app.pwd", None)
    monkeypatch.setattr("getpass.getuser", nameless)
    assert local_caller().name == "os:unknown"
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    assert local_caller().name == "os:ada"
