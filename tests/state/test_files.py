"""Where state files are, and how they are kept private to their owner."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from pai_dlc_mcp.state.files import (
    WatchedFile,
    create_private_file,
    create_private_folder,
    default_state_file,
    state_folder,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/pai-dlc-mcp"),
        ("linux", {"XDG_STATE_HOME": "", "LOCALAPPDATA": "/local"}, "/home/ada/.local/state/pai-dlc-mcp"),
        ("darwin", {}, "/home/ada/.local/state/pai-dlc-mcp"),
        ("win32", {"LOCALAPPDATA": "/local", "XDG_STATE_HOME": "/state"}, "/local/pai-dlc-mcp"),
        ("win32", {}, "/home/ada/AppData/Local/pai-dlc-mcp"),
    ],
)
def test_the_state_folder_is_the_platforms(
    platform: str, variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ada", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert str(state_folder()) == folder
    assert str(default_state_file()) == f"{folder}/state.sqlite"


def test_a_folder_that_is_created_is_its_owners_alone_and_one_that_stands_keeps_its_mode(tmp_path: Path) -> None:
    create_private_folder(tmp_path / "a/b")
    assert mode(tmp_path / "a/b") == 0o700
    (tmp_path / "a").chmod(0o755)
    create_private_folder(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o755


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, 0o600), (0o644, 0o600), (0o601, 0o600), (0o610, 0o600), (0o604, 0o600), (0o600, 0o600), (0o700, 0o700)],
)
def test_a_file_is_made_private_and_its_content_stays(before: int | None, after: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_text("content")
        path.chmod(before)
    create_private_file(path)
    assert mode(path) == after
    assert path.read_text() == ("" if before is None else "content")


def test_a_link_a_folder_a_pipe_and_a_strangers_file_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").touch(mode=0o644)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", ".", "missing/file"):
        with pytest.raises(OSError):
            create_private_file(tmp_path / name)
    with pytest.raises(PermissionError, match="not a regular file"):
        create_private_file(tmp_path / "pipe")
    assert mode(tmp_path / "real") == 0o644
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        create_private_file(tmp_path / "real")


def test_a_watched_file_tells_what_has_become_of_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"header and more")
    watched = WatchedFile(path)
    assert watched.fault() is watched.fault(header=b"header") is None
    assert watched.fault(header=b"heading") == "is damaged"
    path.rename(tmp_path / "aside")
    assert watched.fault() == "was deleted"
    path.write_bytes(b"header and more")
    assert watched.fault(header=b"heading") == "was replaced"
    path.unlink()
    path.symlink_to(tmp_path / "aside")
    assert watched.fault() == "was replaced"
    path.unlink()
    (tmp_path / "aside").rename(path)
    assert watched.fault(header=b"header") is None
    watched.close()
    with pytest.raises(OSError):
        WatchedFile(tmp_path / "missing")
