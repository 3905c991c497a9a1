"""The sealing keys: made once, private, shared, rotated."""

from __future__ import annotations

import hmac
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.state import StateUnavailable, keys
from pai_dlc_mcp.state.keys import Keys, keys_of, read_keys, reload_keys
from support.forked_processes import started
from support.redis_server import free_port, redis_server

OLD, NEW = "ab" * 32, "cd" * 32


@pytest.fixture(autouse=True)
def new_process() -> Callable[[], None]:
    """Keys are read once a process; calling this forgets them, as in another process."""

    def forget() -> None:
        for name, function in vars(keys).items():
            if hasattr(function, "cache_clear") and "process" not in name:
                function.cache_clear()

    forget()
    return forget


def test_a_seal_fits_its_own_data_and_key_only() -> None:
    one, other = Keys((b"a" * 32,)), Keys((b"b" * 32,))
    seal = one.seal(b"data")
    assert one.fits(b"data", seal)
    assert not one.fits(b"Data", seal)
    assert not other.fits(b"data", seal)
    assert not one.fits(b"data", seal[:-1])
    assert not one.fits(b"data", b"")


def test_the_key_beside_a_state_file_is_created_once_and_private(
    tmp_path: Path, new_process: Callable[[], None]
) -> None:
    settings = Settings(state=str(tmp_path / "state.db"))
    first = keys_of(settings)
    new_process()
    assert keys_of(settings).secrets == first.secrets
    (made,) = tmp_path.iterdir()
    assert made.name == "state.db.key"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert first.secrets[0].hex() not in repr(first)


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pai_dlc_mcp.config.settings import Settings\nfrom pai_dlc_mcp.state.keys import keys_of\n"
        "sys.stdin.readline()\nprint(keys_of(Settings(state=sys.argv[1])).secrets[0].hex())"
    )
    others = [
        started(
            [sys.executable, "-c", code, str(tmp_path / "state.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        for _ in range(4)
    ]
    made = {process.communicate("go\n", timeout=60)[0] for process in others}
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["state.db.key"]


@pytest.mark.parametrize("content", ["", "zz", "ab" * 8, "not a key at all"])
def test_a_key_that_is_none_refuses_and_is_not_made_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.db.key"
    path.write_text(content)
    with pytest.raises(StateUnavailable):
        keys_of(Settings(state=str(tmp_path / "state.db")))
    assert path.read_text() == content


def test_of_several_given_keys_the_first_seals_and_all_verify(tmp_path: Path) -> None:
    before, during, after = (tmp_path / name for name in ("before", "during", "after"))
    before.write_text(OLD)
    during.write_text(f"# the new one seals\n{NEW}\n\n{OLD}\n")
    after.write_text(f"{NEW}\n")
    old, both, new = (keys_of(Settings(keys=path)) for path in (before, during, after))
    assert both.fits(b"x", old.seal(b"x"))
    assert new.fits(b"x", both.seal(b"x"))
    assert not new.fits(b"x", old.seal(b"x"))


@pytest.mark.parametrize("content", ["", "# none\n", "abcd\n", "xyz", f"{OLD}\nshort\n"])
def test_a_file_of_keys_without_good_keys_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    with pytest.raises(StateUnavailable):
        keys_of(Settings(keys=path))


def test_servers_that_share_redis_share_the_key_that_the_first_of_them_created(
    tmp_path: Path, new_process: Callable[[], None]
) -> None:
    with redis_server(tmp_path) as url:
        first = keys_of(Settings(state=url)).secrets
        new_process()
        assert keys_of(Settings(state=url, read_only=True)).secrets == first
        assert len(first[0]) == keys.KEY_BYTES


def test_a_redis_that_does_not_answer_gives_no_key() -> None:
    with pytest.raises(StateUnavailable, match="Redis"):
        keys_of(Settings(state=f"redis://127.0.0.1:{free_port()}/0"))


def test_with_state_in_memory_the_key_is_the_processs_own() -> None:
    assert keys_of(Settings()).secrets == keys_of(Settings(read_only=True)).secrets


def test_every_key_verifies_and_none_is_left_out() -> None:
    one, two, three = (bytes([letter]) * 32 for letter in b"abc")
    several = Keys((one, two, three))
    for key in (one, two, three):
        assert several.fits(b"x", Keys((key,)).seal(b"x"))
    assert several.seal(b"x") == Keys((one,)).seal(b"x") != Keys((two,)).seal(b"x")
    assert not several.fits(b"x", Keys((b"d" * 32,)).seal(b"x"))


def test_a_derived_key_is_of_its_purpose_and_each_stands_once() -> None:
    one, two = b"a" * 32, b"b" * 32
    derived = Keys((one, two, one)).derived(b"paging")
    assert derived == [hmac.digest(key, b"derived/paging", "sha256") for key in (one, two)]
    assert not set(derived) & set(Keys((one, two)).derived(b"asking"))


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (f"  {OLD}  \n", 1),
        (f"{OLD}{OLD}\n#{NEW}\n", 1),
        (f"{OLD}\n{NEW}", 2),
        ("ab" * 31, 0),
        (f"{OLD}\n{'ab' * 31}", 0),
    ],
)
def test_a_key_of_the_operators_file_has_thirty_two_bytes_or_more(tmp_path: Path, content: str, count: int) -> None:
    (tmp_path / "keys").write_text(content)
    if count:
        assert len(keys_of(Settings(keys=tmp_path / "keys")).secrets) == count
        return
    with pytest.raises(StateUnavailable, match=r"at least 32 bytes \(64 hexadecimal digits\)"):
        keys_of(Settings(keys=tmp_path / "keys"))


@pytest.mark.parametrize("content", ["zz", "é", None])
def test_a_file_of_keys_that_cannot_be_read_is_named_as_one(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "keys").write_text(content, encoding="utf-8")
    with pytest.raises(StateUnavailable, match="one key a line in hexadecimal"):
        keys_of(Settings(keys=tmp_path / "keys"))


def test_home_is_found_in_the_paths_of_keys_and_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "given").write_text(OLD)
    assert keys_of(Settings(keys=Path("~/given"), state=str(tmp_path / "b.db"))).secrets == (bytes.fromhex(OLD),)
    made = keys_of(Settings(state="~/a.db")).secrets
    assert [path.name for path in tmp_path.iterdir() if path.name != "given"] == ["a.db.key"]
    assert (tmp_path / "a.db.key").read_text() == f"{made[0].hex()}\n"
    assert len(made[0]) == len(keys_of(Settings()).secrets[0]) == 32


@pytest.mark.parametrize(("content", "is_key"), [(OLD, True), (f" {OLD}\n", True), ("ab" * 31, False)])
def test_a_key_beside_the_state_is_closed_to_others_and_long_enough(tmp_path: Path, content: str, is_key: bool) -> None:
    path = tmp_path / "state.db.key"
    path.write_text(content)
    path.chmod(0o644)
    if is_key:
        assert keys_of(Settings(state=str(tmp_path / "state.db"))).secrets == (bytes.fromhex(OLD),)
    else:
        with pytest.raises(StateUnavailable, match="beside the state file cannot be read or created"):
            keys_of(Settings(state=str(tmp_path / "state.db")))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_in_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(OLD)
    (tmp_path / "state.db.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateUnavailable):
        keys_of(Settings(state=str(tmp_path / "state.db")))


def test_a_key_that_came_first_is_kept_and_the_draft_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process links its own between our look and our link."""
    path = tmp_path / "state.db.key"
    link = os.link

    def late(draft: Path, target: Path) -> None:
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        path.write_text(OLD)
        link(draft, target)

    monkeypatch.setattr(os, "link", late)
    assert keys_of(Settings(state=str(tmp_path / "state.db"))).secrets == (bytes.fromhex(OLD),)
    assert [file.name for file in tmp_path.iterdir()] == ["state.db.key"]


def test_a_file_of_keys_that_is_read_again_and_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("ab" * 32)
    first = read_keys(path)
    path.write_text("no key")
    with pytest.raises(StateUnavailable):
        reload_keys(path)
    assert read_keys(path) is first
    path.write_text("cd" * 32)
    reload_keys(path)
    assert not read_keys(path).fits(b"data", first.seal(b"data"))
