"""The sealing keys: made once, private, shared, rotated."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.state import StateUnavailable, keys
from pai_dlc_mcp.state.keys import Keys, keys_of
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
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "state.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    made = {process.communicate("go\n", timeout=60)[0] for process in started}
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
