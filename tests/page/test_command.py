"""``pai-dlc-mcp dashboard`` as a process: one address on stdout, a terminal for approvals, one clear line otherwise."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pai_dlc_mcp.app import Application
from pai_dlc_mcp.commands import dashboard as dashboard_command
from pai_dlc_mcp.commands.dashboard import ENTER
from pai_dlc_mcp.commands.startup import embedded_emulator
from pai_dlc_mcp.page import files
from pai_dlc_mcp.page.files import app_document, built_files
from protocol.processes import PATIENCE_S, bare_environment, run_here
from support.forked_processes import started

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)
import pty

BUILT = """
import gzip, sys
from pai_dlc_mcp.cli import main
from pai_dlc_mcp.page import files
index = b"<!doctype html>"
files._built[files.BUILT] = {"index.html": files.BuiltFile(index, gzip.compress(index), files.KINDS[".html"])}
sys.exit(main(sys.argv[1:]))
"""
"""The command with a page of one file, whether or not the real one is built here."""


def with_page(*words: str) -> list[str]:
    """The command line of a command that has the page, whether or not it is built here."""
    return [sys.executable, "-W", "error", "-c", BUILT, *words]


def dashboard(*words: str) -> list[str]:
    return with_page("dashboard", *words)


def read_address(handle: int) -> str:
    """The next address that the process prints on a terminal."""
    text = ""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        text += os.read(handle, 4_096).decode()
        if found := re.search(r"(http://127\.0\.0\.1:\d+/\?key=\S+)\r?\n", text):
            return found[1]
    raise AssertionError(text)


@contextmanager
def on_a_terminal(home: Path, *words: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    ours, theirs = pty.openpty()
    made = started(
        dashboard(*words), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=bare_environment(home), cwd=home
    )
    os.close(theirs)
    try:
        yield ours, made
        made.terminate()
        made.wait(PATIENCE_S)
    finally:
        if made.poll() is None:
            made.kill()
            made.wait(PATIENCE_S)
        assert made.stderr is not None
        made.stderr.close()
        os.close(ours)


def session(address: str) -> dict[str, object]:
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        answer = client.get(address)
        assert answer.status_code == 303
        assert "#page_key=" in answer.headers["location"], "the key was not taken"
        return dict(client.get(address.split("/?")[0] + "/api/session").json())


def test_r35_on_a_terminal_the_address_signs_a_person_in_and_enter_prints_another(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path, "--emulator") as (terminal, made):
        first = read_address(terminal)
        found = session(first)
        assert (found["door"], found["can_approve"], found["emulator"]) == ("dashboard", True, True)
        os.write(terminal, b"\n")
        second = read_address(terminal)
        assert second != first
        assert session(second)["can_approve"] is True
        assert made.stderr is not None
        assert made.stderr.readline() == f"{ENTER}\n".encode()
        made.terminate()
        assert made.wait(PATIENCE_S) == 0


def test_r35_from_a_pipe_the_address_signs_in_to_look_only(tmp_path: Path) -> None:
    made = started(
        dashboard("--emulator", "--port", "0"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=bare_environment(tmp_path), cwd=tmp_path, text=True,
    )  # fmt: skip
    with made:
        assert made.stdout is not None
        assert made.stderr is not None
        assert session(made.stdout.readline().strip())["can_approve"] is False
        assert "no terminal" in made.stderr.readline()
        made.terminate()
        assert made.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "--port"),
        (["--public-url", "https://x.example"], "serve --http"),
        (["--tokens", "/no/such/file"], "--tokens"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    done = run_here("dashboard", "--emulator", *words, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_where_the_page_is_not_built_the_command_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BUILT", tmp_path)
    done = run_here("dashboard", "--emulator", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "make web" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_built_files_are_read_once_they_are_there_and_of_known_kinds_and_sizes_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_built", {})
    assert built_files(tmp_path) == {}
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "app").mkdir()
    assert app_document(tmp_path) is None
    (tmp_path / "app" / "view.html").write_text("<!doctype html>view")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js.map").write_text(json.dumps({}))
    for name in ("a.js", "b.css", "c.svg"):
        (tmp_path / "assets" / name).write_text(name)
    for size in (4_000_000, 4_000_001):
        (tmp_path / "assets" / f"{size}.js").write_bytes(bytes(size))
    found = built_files(tmp_path)
    assert {name: file.kind for name, file in found.items()} == {
        "index.html": "text/html; charset=utf-8",
        "assets/a.js": "text/javascript; charset=utf-8",
        "assets/b.css": "text/css; charset=utf-8",
        "assets/c.svg": "image/svg+xml",
        "assets/4000000.js": "text/javascript; charset=utf-8",
    }
    assert found["assets/b.css"].body == gzip.decompress(found["assets/b.css"].packed) == b"b.css"
    (tmp_path / "index.html").write_text("another")
    assert built_files(tmp_path) is found
    assert app_document(tmp_path) == "<!doctype html>view"


async def no_service(app: Application, host: str, port: int, *_: object) -> int:
    assert app.emulate is embedded_emulator
    return 7 if [host, port, app.settings.state] == ["127.0.0.1", 0, "memory"] else 0


def test_the_emulators_page_is_on_a_free_port_of_loopback_with_its_state_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(files._built, files.BUILT, {"index.html": files.BuiltFile(b"", b"", files.KINDS[".html"])})
    monkeypatch.setattr(dashboard_command, "run_service", no_service)
    assert run_here("dashboard", "--emulator", home=tmp_path).returncode == 7
