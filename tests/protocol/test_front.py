"""The first answers of a start come from a snapshot of an earlier one, and are never others than the server's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.transports.front import _DEPENDENCIES, Front, Recorder, Snapshot, _dependencies, key_of

from .processes import (
    PATIENCE_S,
    SERVER,
    VERSION_2025,
    VERSION_2026,
    Lines,
    bare_environment,
    envelope,
    exit_code,
    process,
)

DEFAULT = 49
"""Tools of the default preset."""
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")


def listed(home: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    """One start that a client of the older protocol asks for everything; the results by method."""
    with process("serve", "--state", "memory", *arguments, home=home, environment=environment) as made:
        client = Lines(made)
        found = {"initialize": client.greet()["result"]}
        return found | {method: client.ask(method)["result"] for method in LISTS}


def close(made: subprocess.Popen[str]) -> None:
    """The client closes its end."""
    assert made.stdin is not None
    made.stdin.close()


def names(results: Mapping[str, Any]) -> list[str]:
    return [tool["name"] for tool in results["tools/list"]["tools"]]


def only_snapshot(cache: Path) -> Path:
    (found,) = (cache / "pai-dlc-mcp/starts").iterdir()
    return found


@dataclass(frozen=True)
class Recorded:
    """A first start with the defaults: its results, its home, and a copy of what it recorded for the test alone."""

    results: Mapping[str, Any]
    home: Path
    cache: Path

    def listed(self) -> dict[str, Any]:
        """What another start lists that finds the copy."""
        return listed(self.home, XDG_CACHE_HOME=str(self.cache))


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("first_start")
    return home, listed(home)


@pytest.fixture
def recorded(first_start: tuple[Path, dict[str, Any]], tmp_path: Path) -> Recorded:
    home, results = first_start
    shutil.copytree(home / ".cache", tmp_path / "cache")
    return Recorded(results, home, tmp_path / "cache")


def imports_of_a_start(recorded: Recorded, *messages: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """What a start answers whose client writes everything at once and closes, and what it imported for that."""
    written = recorded.cache.with_name("written")
    written.write_text("".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages))
    with written.open() as source:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-X", "importtime", "-m", "pai_dlc_mcp", "serve", "--state", "memory"],
            stdin=source, env=bare_environment(recorded.home, XDG_CACHE_HOME=str(recorded.cache)), cwd=recorded.home,
            capture_output=True, text=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


GREETING = {
    "id": 1, "method": "initialize",
    "params": {"protocolVersion": VERSION_2025, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}},
}  # fmt: skip


def test_a_second_start_lists_the_same_without_importing_the_server(recorded: Recorded) -> None:
    requests = [{"id": 2 + at, "method": method} for at, method in enumerate(LISTS)]
    answers, imported = imports_of_a_start(recorded, GREETING, *requests)
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5]
    assert dict(zip(("initialize", *LISTS), (answer["result"] for answer in answers), strict=True)) == recorded.results
    assert "pai_dlc_mcp.transports.front" in imported
    modules = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert not {"pydantic", "mcp", "anyio", "argparse", "pai_dlc_mcp.cli"} & modules


def test_each_revision_of_the_protocol_gets_its_own_answer(recorded: Recorded) -> None:
    def answers() -> list[Any]:
        cache = {"XDG_CACHE_HOME": str(recorded.cache)}
        with process("serve", "--state", "memory", home=recorded.home, environment=cache) as made:
            client = Lines(made)
            return [client.ask(method, {"_meta": envelope()}) for method in ("server/discover", *LISTS)]

    older, newer = recorded.results, answers()
    assert answers() == newer
    assert recorded.listed() == older
    assert newer[1]["result"]["tools"] == older["tools/list"]["tools"]
    assert newer[1]["result"] != older["tools/list"]


def test_a_client_gets_one_answer_a_request_and_its_calls_are_carried_out(tmp_path: Path) -> None:
    listed(tmp_path, "--emulator")
    with process("serve", "--state", "memory", "--emulator", home=tmp_path, from_scratch=True) as made:
        client = Lines(made)
        client.greet()
        for _ in range(2):
            assert len(client.ask("tools/list")["result"]["tools"]) == DEFAULT
        call = client.ask("tools/call", {"name": "aiworkspace_list_workspaces", "arguments": {}})
        assert call["result"]["structuredContent"]["ok"]
        assert len(client.ask("tools/list")["result"]["tools"]) == DEFAULT
        close(made)
        assert (made.stdout.read() if made.stdout else None) == ""
        assert exit_code(made) == 0


def test_a_call_written_together_with_the_first_requests_is_not_lost(recorded: Recorded) -> None:
    call = {"id": 3, "method": "tools/call", "params": {"name": "pai_status", "arguments": {}}}
    answers, _ = imports_of_a_start(
        recorded, GREETING, {"method": "notifications/initialized"}, {"id": 2, "method": "tools/list"}, call
    )
    assert sorted(answer["id"] for answer in answers) == [1, 2, 3]
    assert answers[2]["result"]["structuredContent"]["ok"]


def test_another_setting_another_list(recorded: Recorded) -> None:
    cache = str(recorded.cache)
    lean = listed(recorded.home, "--toolsets", "lean", XDG_CACHE_HOME=cache)
    by_variable = listed(recorded.home, PAI_DLC_MCP_TOOLSETS="lean", XDG_CACHE_HOME=cache)
    assert (len(names(recorded.results)), len(names(lean))) == (DEFAULT, 18)
    assert by_variable == lean
    assert recorded.listed() == recorded.results


def test_a_settings_file_that_changed_is_read_again(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('toolsets = "lean"\n')
    assert len(names(listed(tmp_path, "--config", str(settings)))) == 18
    settings.write_text('toolsets = "jobs"\n')
    assert "dlc_create_job" in (jobs := names(listed(tmp_path, "--config", str(settings))))
    assert len(jobs) != 18
    assert names(listed(tmp_path, "--config", str(settings))) == jobs


def test_a_changed_tool_is_listed_as_it_is_now(tmp_path: Path) -> None:
    copy = tmp_path / "copy/server"
    shutil.copytree(SERVER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(Path(SERVER).parent / "references", tmp_path / "copy/references")
    shutil.copy(Path(SERVER).parent / "SKILL.md", tmp_path / "copy")
    listed(tmp_path, PYTHONPATH=str(copy))
    declaration = copy / "pai_dlc_mcp/api/dlc/jobs.py"
    text = declaration.read_text()
    assert text.count("class StopJob(Input):") == 1
    declaration.write_text(text.replace('class StopJob(Input):\n    """', 'class StopJob(Input):\n    """Now: '))
    tools = {tool["name"]: tool for tool in listed(tmp_path, PYTHONPATH=str(copy))["tools/list"]["tools"]}
    assert tools["dlc_stop_job"]["description"].startswith("Now: ")


LIE = ("dlc_stop_job", "dlc_halt_job")


def damaged(snapshot: Path, damage: str) -> None:
    """The file as somebody else, a full disk or a version before left it; all but two say something untrue."""
    data = snapshot.read_bytes()
    lie = data.replace(*(word.encode() for word in LIE))
    if damage == "cut":
        snapshot.write_bytes(data[: len(data) // 2])
    elif damage == "one byte":
        snapshot.write_bytes(lie)
    elif damage == "empty":
        snapshot.write_bytes(b"")
    elif damage == "a link":
        elsewhere = snapshot.with_name("elsewhere")
        elsewhere.write_bytes(checked(lie))
        elsewhere.chmod(0o600)
        snapshot.unlink()
        snapshot.symlink_to(elsewhere)
    elif damage == "open to others":
        snapshot.write_bytes(checked(lie))
        snapshot.chmod(0o620)
    elif damage == "another digest":
        body = json.loads(lie.partition(b"\n")[2])
        snapshot.write_bytes(checked(b"\n" + json.dumps(body | {"made_of": "0" * 64}).encode()))
    else:
        snapshot.write_bytes(checked(lie))


@pytest.mark.parametrize(
    ("damage", "is_used"),
    [
        ("cut", False), ("one byte", False), ("empty", False), ("a link", False), ("open to others", False),
        ("another digest", False), ("none that can be seen", True),
    ],
)  # fmt: skip
def test_a_snapshot_that_cannot_be_trusted_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, is_used: bool
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    snapshot = Snapshot.of(["serve"])
    assert snapshot is not None
    snapshot.answers["tools/list a"] = LIE[0]
    snapshot.save([])
    damaged(Path(snapshot.path), damage)
    again = Snapshot.of(["serve"])
    assert again is not None
    assert again.answers == ({"tools/list a": LIE[1]} if is_used else {})


def test_a_start_that_finds_such_a_snapshot_lists_what_is_true_and_records_it_anew(recorded: Recorded) -> None:
    damaged(only_snapshot(recorded.cache), "another digest")
    assert [recorded.listed() for _ in range(2)] == [recorded.results] * 2
    assert LIE[1] not in only_snapshot(recorded.cache).read_text()


def checked(data: bytes) -> bytes:
    """Snapshot text under a sum that fits it."""
    text = data.partition(b"\n")[2]
    return b"%08x\n" % zlib.crc32(text) + text


def test_an_answer_that_differs_from_the_servers_own_is_logged_and_recorded_anew(recorded: Recorded) -> None:
    snapshot = only_snapshot(recorded.cache)
    snapshot.write_bytes(checked(snapshot.read_bytes().replace(b"dlc_stop_job", b"dlc_halt_job")))
    cache = {"XDG_CACHE_HOME": str(recorded.cache)}
    with process("serve", "--state", "memory", home=recorded.home, environment=cache) as made:
        client = Lines(made)
        client.greet()
        assert "dlc_halt_job" in str(client.ask("tools/list"))
        client.ask("ping")
        close(made)
        assert "has changed" in (made.stderr.read() if made.stderr else "")
    assert recorded.listed() == recorded.results


def test_a_named_file_that_is_gone_ends_the_start_before_anything_is_served(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("a" * 64 + "\n")
    keys.chmod(0o600)
    before = listed(tmp_path, "--keys", str(keys))
    assert listed(tmp_path, "--keys", str(keys)) == before
    keys.unlink()
    with process("serve", "--state", "memory", "--keys", str(keys), home=tmp_path) as made:
        out, err = made.communicate(json.dumps({"jsonrpc": "2.0", **GREETING}) + "\n", timeout=120)
        assert (out, made.returncode) == ("", 2)
        assert "--keys names a file that does not exist" in err


def test_without_a_home_or_a_folder_to_write_the_server_serves_all_the_same(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("no folder")
    assert len(names(listed(tmp_path))) == DEFAULT
    assert len(names(listed(tmp_path, HOME=""))) == DEFAULT


def test_a_password_of_the_settings_is_not_in_the_snapshot(tmp_path: Path) -> None:
    with process("serve", "--state", "redis://user:hunter22@127.0.0.1:1/0", home=tmp_path) as made:
        client = Lines(made)
        client.greet()
        client.ask("tools/list")
    snapshot = only_snapshot(tmp_path / ".cache")
    assert "hunter22" not in snapshot.read_text()
    assert snapshot.stat().st_mode & 0o777 == 0o600


def test_a_snapshot_is_of_the_packages_that_the_lists_are_made_with() -> None:
    found = [Path(path) for path, *_ in _dependencies() if Path(path).is_file()]
    assert [path.parent.name for path in found] == list(_DEPENDENCIES)


def test_old_snapshots_are_removed_but_twenty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for number in range(23):
        snapshot = Snapshot.of(["serve", "--region", f"cn-{number}"])
        assert snapshot is not None
        snapshot.answers["tools/list x"] = "{}"
        snapshot.save([])
        os.utime(snapshot.path, (time.time() - 1_000 + number,) * 2)
    assert len(list((tmp_path / "pai-dlc-mcp/starts").iterdir())) == 20
    for number, kept in ((0, False), (2, False), (3, True), (22, True)):
        again = Snapshot.of(["serve", "--region", f"cn-{number}"])
        assert again is not None
        assert bool(again.answers) is kept, number


@pytest.mark.parametrize(
    ("method", "params", "revision", "key"),
    [
        ("initialize", {"protocolVersion": "a", "clientInfo": {"name": "x"}, "capabilities": {}}, None, "initialize a"),
        ("initialize", {"clientInfo": {}}, None, None),
        ("initialize", None, None, None),
        ("tools/list", None, "a", "tools/list a"),
        ("tools/list", {}, "a", "tools/list a"),
        ("tools/list", {"_meta": {"progressToken": 1}}, "a", "tools/list a"),
        ("tools/list", {"_meta": envelope()}, None, f"tools/list {VERSION_2026}"),
        ("tools/list", {"_meta": envelope()}, "a", f"tools/list {VERSION_2026}"),
        ("tools/list", {}, None, None),
        ("tools/list", {"cursor": "2"}, "a", None),
        ("tools/list", ["a"], "a", None),
        ("tools/list", {"_meta": "a"}, "a", "tools/list a"),
        ("tools/list", {"_meta": {"io.modelcontextprotocol/protocolVersion": 3}}, "a", None),
        ("tools/call", {"name": "dlc_stop_job"}, "a", None),
        (None, {}, "a", None),
        (["tools/list"], {}, "a", None),
    ],
)
def test_only_what_depends_on_nothing_else_has_a_key(
    method: Any, params: Any, revision: str | None, key: str | None
) -> None:
    assert key_of(method, params, revision) == key


def answered_by_a_front(text: bytes) -> tuple[list[Any], bool, Front]:
    """What a front with an answer to ``tools/list`` says to a client that writes ``text`` and closes."""
    snapshot = Snapshot(
        "/nowhere", "", {f"initialize {VERSION_2025}": '{"i":1}', f"tools/list {VERSION_2025}": '{"t":1}'}
    )
    source, client_out = os.pipe()
    client_in, target = os.pipe()
    os.write(client_out, text)
    os.close(client_out)
    front = Front(snapshot, source, target)
    is_needed = front.run()
    front.hand_over()
    os.close(target)
    with os.fdopen(client_in) as said:
        answers = [json.loads(line) for line in said]
    os.close(source)
    return answers, is_needed, front


GREETED = json.dumps({"jsonrpc": "2.0", **GREETING}).encode() + b"\n"


@pytest.mark.parametrize(
    ("more", "ids", "is_needed"),
    [
        (b'{"id":2,"method":"tools/list"}\n', [1, 2], False),
        (b'{"id":"a","method":"tools/list"}\n\n', [1, "a"], False),
        (b'{"method":"notifications/initialized"}\n', [1], False),
        (b'{"id":1,"method":"tools/list"}\n', [1], True),  # an id twice: for the server to refuse
        (b'{"id":true,"method":"tools/list"}\n', [1], True),
        (b'{"id":null,"method":"tools/list"}\n', [1], False),
        (b'{"id":2,"method":"ping"}\n', [1], True),
        (b'{"id":2,"method":"tools/list","params":{"cursor":"x"}}\n', [1], True),
        (b'{"id":2,"method":"tools/list"}', [1], True),  # a last line without its end
        (b"no message\n", [1], True),
        (b"[1]\n", [1], True),
        (b"[" * 30_000 + b"\n", [1], True),
    ],
)
def test_what_a_front_does_not_know_loads_the_server(more: bytes, ids: list[Any], is_needed: bool) -> None:
    answers, needed, front = answered_by_a_front(GREETED + more)
    assert [answer["id"] for answer in answers] == ids
    assert needed is is_needed
    assert bytes(front.read) == GREETED + more


def test_a_list_before_the_handshake_is_for_the_server_to_refuse() -> None:
    answers, needed, _ = answered_by_a_front(b'{"id":2,"method":"tools/list"}\n' + GREETED)
    assert ([answer["id"] for answer in answers], needed) == ([1], True)


def test_an_error_of_the_server_takes_its_recorded_answer_away(tmp_path: Path) -> None:
    snapshot = Snapshot(str(tmp_path / "s.json"), "", {"tools/list a": '{"tools":[]}'})
    recorder = Recorder(snapshot, {"2": "tools/list a"}, [])
    recorder.note_request(1, "initialize", {"protocolVersion": "a"})
    recorder.note_request(2, "tools/list", {})
    assert recorder.note_answer(2, None) == "different"
    assert snapshot.answers == {}
    assert recorder.note_answer(2, None) is None
    recorder.note_request(3, "tools/list", {})
    assert recorder.note_answer(3, {"tools": [1]}) is None
    assert snapshot.answers == {"tools/list a": '{"tools":[1]}'}
