"""The file of tokens, where two processes change it."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from pai_dlc_mcp.config import tokens
from pai_dlc_mcp.config.settings import OptionError, Settings
from pai_dlc_mcp.config.tokens import add_token, first_token, read_tokens
from pai_dlc_mcp.transports import service


def test_a_token_is_added_when_another_process_has_done_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    add_token(file, "ann", now=1_000_000.0)
    handle = os.open(tmp_path / "tokens.lock", os.O_WRONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    adding = threading.Thread(target=add_token, args=(file, "bob"), kwargs={"now": 1_000_000.0})
    adding.start()
    adding.join(0.3)
    assert adding.is_alive()
    assert "bob" not in file.read_text()
    os.close(handle)
    adding.join(30)
    assert "bob" in file.read_text()
    assert len(read_tokens(file)) == 2


def test_the_token_that_a_server_makes_is_the_local_callers_and_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    assert first_token(file, now=1_000_000.0) is not None
    assert [token.name for token in read_tokens(file)] == ["local"]
    assert first_token(file, now=1_000_000.0) is None


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not show open files")
def test_no_file_stays_open(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    add_token(file, "ann", now=1_000_000.0)
    before = len(os.listdir("/proc/self/fd"))
    for name in ("bob", "carol", "dave"):
        add_token(file, name, now=1_000_000.0)
        tokens.revoke_token(file, name)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_state_folder_that_cannot_be_used_asks_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(service, "first_token", fail)
    with pytest.raises(OptionError, match=r"--tokens must name a file: .* cannot be used \(Permission denied\)"):
        service._tokens(Settings())


def test_a_file_that_cannot_be_replaced_stays_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens"
    add_token(file, "ann", now=1_000_000.0)
    before = file.read_text()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        add_token(file, "bob", now=1_000_000.0)
    assert file.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tokens", "tokens.lock"]
