"""``token`` in this process: what a person reads when a token is made, listed, replaced and taken out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pai_dlc_mcp import cli
from pai_dlc_mcp.config.tokens import add_token, read_tokens
from pai_dlc_mcp.timestamps import iso

Said = Callable[..., tuple[int, str, str]]
DAY_S = 86_400
NOW = 1_790_000_000.0


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """The command with a file in an empty folder, at a moment that stands still."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("time.time", lambda: NOW)

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["token", *words, "--tokens", str(tmp_path / "made" / "tokens")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("flags", "days", "whose"),
    [
        ([], 365, "ann"),
        (["--days", "3650"], 3_650, "ann"),
        (["--person"], 365, "ann in person, to sign in at the page"),
    ],
)
def test_r78_a_token_is_alone_on_stdout_and_what_is_to_be_known_of_it_beside(
    run: Said, tmp_path: Path, flags: list[str], days: int, whose: str
) -> None:
    code, out, err = run("ann", *flags)
    assert code == 0
    assert re.fullmatch(r"pdm_[A-Za-z0-9_-]{43}\n", out), "scanners of repositories know our tokens by their form"
    assert err == (
        f"A token for {whose}, good until {iso(NOW + days * DAY_S)}; it is shown this once. "
        "A running server learns of it by SIGHUP, or by its next start.\n"
    )
    (kept,) = read_tokens(tmp_path / "made" / "tokens")
    assert (kept.name, kept.expires_at, kept.is_person) == ("ann", NOW + days * DAY_S, "--person" in flags)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700


def test_the_list_says_of_each_when_it_ends_or_ended_and_whose_it_is(run: Said, tmp_path: Path) -> None:
    file = tmp_path / "made" / "tokens"
    run("ann")
    add_token(file, "bob", now=NOW - 10 * DAY_S, days=1)
    add_token(file, "oauth:carol", now=NOW, days=1, is_person=True)
    with file.open("a") as lines:
        lines.write(f"dave: {'a' * 64}\n")
    assert run("--list") == (
        0,
        f"ann                      expires {iso(NOW + 365 * DAY_S)}\n"
        f"bob                      expired {iso(NOW - 9 * DAY_S)}\n"
        f"oauth:carol              expires {iso(NOW + DAY_S)}, for the person at the page\n"
        "dave                     never expires\n",
        "",
    )


def test_a_token_is_taken_out_or_was_not_there(run: Said) -> None:
    run("ann")
    run("bob")
    gone = "The token of ann is out. A running server learns of it by SIGHUP, or by its next start.\n"
    assert run("ann", "--revoke") == (0, "", gone)
    assert run("ann", "--revoke") == (1, "", "ann has no token.\n")


@pytest.mark.parametrize("days", ["0", "3651", "1.5", "-1", "٣", "", "9" * 40])
def test_days_are_a_whole_number_in_bounds(run: Said, tmp_path: Path, days: str) -> None:
    code, out, err = run("ann", f"--days={days}")
    assert (code, out, "--days takes a whole number from 1 to 3,650" in err) == (2, "", True)
    assert not (tmp_path / "made").exists()


def test_a_name_or_the_list_is_asked_for_and_what_hinders_the_file_is_said(run: Said, tmp_path: Path) -> None:
    assert "a NAME is needed, or --list" in run()[2]
    assert "--tokens " in run("two words")[2]
    run("ann")
    (tmp_path / "made" / "tokens").chmod(0o644)
    assert "--tokens " in run("--list")[2]
    (tmp_path / "made" / "tokens").chmod(0o600)
    if os.geteuid() != 0:
        (tmp_path / "made").chmod(0o500)
        assert "names a file that cannot be changed" in run("bob")[2]
        (tmp_path / "made").chmod(0o700)
