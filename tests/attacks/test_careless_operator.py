"""What an operator easily gets wrong: a variable that was not set, a file that others can read. Told, not served."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.config.settings import OPTIONS

LISTS = (
    "workspaces", "regions", "owners", "image-prefixes", "toolsets", "confirm", "pass-signals", "trusted-proxies",
)  # fmt: skip
HASH = hashlib.sha256(b"a token").hexdigest()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a start ends with."""
    assert cli.main(["serve", "--emulator", *words]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("blank", [" ", ",", " , \t", ",,"])
def test_a_list_of_nothing_is_no_limit_and_is_refused(
    name: str, blank: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--workspaces "$TEAM,$OTHER"`` with neither of them set."""
    assert "is empty" in refused(capsys, f"--{name}", blank)


def test_the_lists_are_all_the_lists() -> None:
    assert set(LISTS) == {option.name for option in OPTIONS if option.metavar == "LIST"}


def test_the_hash_of_a_token_that_was_not_set_lets_nobody_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``printf "$TOKEN" | sha256sum`` without a TOKEN: a bare ``Authorization: Bearer`` would be that caller."""
    tokens = private(tmp_path / "tokens", f"ann: {HASH}\nbob: {hashlib.sha256(b'').hexdigest()}\n")
    assert "empty token" in refused(capsys, "--tokens", tokens)


@pytest.mark.parametrize("second", [f"ann: {'1' * 64}", f"bob: {HASH}"], ids=["name", "token"])
def test_two_lines_of_one_name_or_one_token_are_refused(
    second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The audit must tell one caller, and a token that was taken out must be out."""
    tokens = private(tmp_path / "tokens", f"ann: {HASH}\n{second}\n")
    assert "twice" in refused(capsys, "--tokens", tokens)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_keys_that_others_can_read_are_refused(mode: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = private(tmp_path / "keys", "ab" * 32 + "\n", mode)
    assert "0600" in refused(capsys, "--keys", keys)
