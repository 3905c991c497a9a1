"""R78 on HTTP: no caller, no service; and connections, headers, bodies and their log lines that have a limit."""

from __future__ import annotations

import json
import re
import resource
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pai_dlc_mcp.transports.limits import MAX_HEADER_BYTES
from pai_dlc_mcp.transports.service import MAX_SESSIONS_PER_CALLER

from . import processes
from .over_http import Http
from .processes import PATIENCE_S, VERSION_2025, exit_code, process, url_of

HALF = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le"
SHOWN = re.compile(r"shown this once: (\S+)")
STRANGE_HOSTS = [
    "localhost:80@evil", "localhost:80:80", "127.0.0.1:x", "127.0.0.1:99999", "localhost/", "user@localhost",
    "local\thost", "[::1", "localhost#", "localhost,evil.example", "",
]  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("r78")
    with process("serve", "--http", "127.0.0.1:0", "--emulator", "--no-auth", home=home) as made:
        yield url_of(made)
        made.terminate()


def raw(url: str, sent: bytes) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), PATIENCE_S) as connection:
        connection.sendall(sent)
        said = b""
        while part := connection.recv(65_536):
            said += part
        return said


def status_of(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


def request(path: str = "/mcp", *, host: str = "127.0.0.1", more: str = "", body: str = "") -> bytes:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "prompts/list", "params": {"_meta": processes.envelope()}}
    message = body or json.dumps(asked)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    head += "Accept: application/json, text/event-stream\r\n"
    head += "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: prompts/list\r\n"
    return f"{head}{more}Content-Length: {len(message)}\r\n\r\n{message}".encode()


def test_r78_without_tokens_one_is_made_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    """On loopback too, where any other user of the machine would be the operator otherwise."""
    kept = tmp_path / ".local/state/pai-dlc-mcp/http-tokens"
    tokens = []
    for _ in range(2):
        with process("serve", "--http", "127.0.0.1:0", "--emulator", home=tmp_path) as made:
            assert made.stderr is not None
            first = made.stderr.readline()
            found = SHOWN.search(first)
            if found:
                tokens.append(found[1])
                first = made.stderr.readline()
            place = re.search(r"http://\S+/mcp", first)
            assert place
            with Http(place[0]) as nobody, Http(place[0], tokens[0]) as somebody:
                assert nobody.post({"id": 1, "method": "tools/list"}).status_code == 401
                assert somebody.modern("tools/list")["result"]["tools"]
            made.terminate()
            assert exit_code(made) == 0
    assert len(tokens) == 1
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert tokens[0] not in kept.read_text()
    assert "expires=" in kept.read_text()


def test_r78_no_auth_says_otherwise(url: str) -> None:
    with Http(url) as http:
        assert http.modern("tools/list")["result"]["tools"]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_r78_what_only_begins_like_a_host_is_none(url: str, host: str) -> None:
    assert status_of(raw(url, request(host=host))) == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:65535", "[::1]", "[::1]:8080"])
def test_r78_the_names_of_loopback_are_hosts(url: str, host: str) -> None:
    assert status_of(raw(url, request(host=host))) == 200


@pytest.mark.parametrize("origin", ["http://localhost:80@evil", "null", "http://evil.example", "file://", "localhost"])
def test_r78_a_page_elsewhere_is_refused_and_one_on_loopback_served(url: str, origin: str) -> None:
    assert status_of(raw(url, request(more=f"Origin: {origin}\r\n"))) == 403
    assert status_of(raw(url, request(more="Origin: http://localhost:6274\r\n"))) == 200


def test_r78_the_path_with_a_slash_at_its_end_is_served_like_the_one_without(url: str) -> None:
    assert status_of(raw(url, request("/mcp/"))) == 200
    assert status_of(raw(url, request("/mcp//"))) == 404


@pytest.mark.parametrize(("size", "status"), [(MAX_HEADER_BYTES + 1, 431), (MAX_HEADER_BYTES // 2, 200)])
def test_r78_headers_have_a_limit_also_when_they_come_in_one_piece(url: str, size: int, status: int) -> None:
    # Either uvicorn (400, where the head comes in parts) or we (431) say no.
    got = status_of(raw(url, request(more=f"X-Long: {'x' * size}\r\n")))
    assert got in ({200} if status == 200 else {400, 431})


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_r78_a_body_that_is_longer_than_it_may_be_is_refused_whatever_the_method(url: str, method: str) -> None:
    head = f"{method} /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), PATIENCE_S) as connection:
        connection.sendall(head + chunk * 16)
        assert status_of(connection.recv(65_536)) == 413


def test_r78_a_thousand_half_requests_take_nothing_down_and_write_no_log(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4_096)), hard))
    try:
        with process("serve", "--http", "127.0.0.1:0", "--emulator", "--no-auth", home=tmp_path) as made:
            url = url_of(made)
            place = urlsplit(url)
            with ExitStack() as stack:
                halves = [stack.enter_context(closing(socket.socket())) for _ in range(1_100)]
                for half in halves:
                    half.connect((place.hostname, place.port))
                    half.sendall(HALF)
                # One that was there before, one that comes now, and one that comes after them.
                for _ in range(3):
                    with Http(url) as http:
                        assert http.modern("tools/list")["result"]["tools"]
                assert sum(map(is_closed, halves)) >= 1_100 - 512
            made.terminate()
            _, err = made.communicate(timeout=PATIENCE_S)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(err) < 5_000


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_r78_rejected_credentials_are_audited_logged_and_bounded(tmp_path: Path) -> None:
    audit = tmp_path / "audit.log"
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice: {'0' * 64}\n")
    tokens.chmod(0o600)
    flags = ["--emulator", "--tokens", str(tokens), "--audit-log", str(audit)]
    with process("serve", "--http", "127.0.0.1:0", *flags, home=tmp_path) as made:
        url = url_of(made)
        with ExitStack() as stack:
            place = urlsplit(url)
            tries = [stack.enter_context(closing(socket.socket())) for _ in range(100)]
            for one in tries:
                one.connect((place.hostname, place.port))
                one.sendall(request(more="Authorization: Bearer guess\r\n"))
            said = [read_all(one) for one in tries]
        made.terminate()
        _, err = made.communicate(timeout=PATIENCE_S)
    assert {status_of(one) for one in said} <= {401, 429}
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert {line["outcome"] for line in lines} == {"rejected"}
    assert {line["client"] for line in lines} == {"127.0.0.1"}
    assert 1 <= len(lines) <= 40  # twenty a minute, and a minute may end meanwhile
    assert 1 <= len(err.splitlines()) <= 22
    assert "guess" not in err + audit.read_text()


def read_all(connection: socket.socket) -> bytes:
    connection.settimeout(PATIENCE_S)
    said = b""
    while part := connection.recv(65_536):
        said += part
    return said


def test_r78_sessions_of_one_caller_have_a_limit_and_an_ended_one_makes_room(url: str) -> None:
    opened = []
    with Http(url) as http:
        for _ in range(MAX_SESSIONS_PER_CALLER + 1):
            answer = open_session(http)
            if answer.status_code == 429:
                break
            opened.append(answer.headers["mcp-session-id"])
        else:
            raise AssertionError("no limit was met")
        assert http.modern("tools/list")["result"]["tools"], "the newer protocol has no sessions"
        end_session(http, opened.pop(0))
        again = open_session(http)
        assert again.status_code == 200
        for session in [*opened, again.headers["mcp-session-id"]]:
            end_session(http, session)  # the server is shared with the tests beside this one


def end_session(http: Http, session: str) -> None:
    http.client.request("DELETE", http.url, headers={"mcp-session-id": session, "mcp-protocol-version": VERSION_2025})


def open_session(http: Http) -> httpx.Response:
    client = {"name": "tests", "version": "1"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    return http.post({"id": 0, "method": "initialize", "params": params})


def test_r78_a_slow_head_and_a_slow_body_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With limits of a tenth of a second, so that nobody waits: the process gets them by its start."""
    script = (
        "import sys; from pai_dlc_mcp.transports import limits; limits.LimitedProtocol.header_s = 0.2; "
        "limits.BODY_S = 0.2; from pai_dlc_mcp import cli; sys.exit(cli.main(sys.argv[1:]))"
    )
    monkeypatch.setattr(processes, "command", lambda *words: [sys.executable, "-W", "error", "-c", script, *words])
    with process("serve", "--http", "127.0.0.1:0", "--emulator", "--no-auth", home=tmp_path) as made:
        url = url_of(made)
        started = time.monotonic()
        assert raw(url, b"") == b""
        assert raw(url, HALF) == b""
        again = raw(url, request().replace(b"Connection: close", b"Connection: keep-alive") + HALF)
        assert (status_of(again), again.count(b"HTTP/1.1 ")) == (200, 1), "the second head is as slow"
        whole = request(body='{"jsonrpc":"2.0"}')
        assert status_of(raw(url, whole[:-3])) == 408
        assert time.monotonic() - started < PATIENCE_S
        with Http(url) as http:
            assert http.modern("tools/list")["result"]["tools"]
        made.terminate()
        _, err = made.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
