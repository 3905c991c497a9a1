"""Streamable HTTP: who is let in, under which name, and what is turned away before it costs anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_mcp.config.tokens import read_tokens
from pai_dlc_mcp.transports.auth import caller_for
from pai_dlc_mcp.transports.limits import MAX_BODY_BYTES

from .over_http import TAKEN, Http
from .processes import VERSION_2025, http_server

ALICE, BOB = "alices-token", "bobs-token"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("http")
    (home / "tokens").touch(0o600)
    (home / "tokens").write_text(f"# callers\nalice: {digest(ALICE)}\nbob = sha256:{digest(BOB)}\n")
    return home


@pytest.fixture(scope="module")
def open_url(home: Path) -> Iterator[str]:
    """A server without tokens, as somebody at their own desk starts it."""
    with http_server("--emulator", home=home) as url:
        yield url


@pytest.fixture(scope="module")
def guarded_url(home: Path) -> Iterator[str]:
    """A server that knows its callers by token, and writes down who called."""
    flags = ["--emulator", "--tokens", str(home / "tokens"), "--audit-log", str(home / "audit.log")]
    with http_server(*flags, home=home) as url:
        yield url


def test_healthz_needs_no_token_and_says_little(guarded_url: str) -> None:
    answer = httpx.get(guarded_url.replace("/mcp", "/healthz"), trust_env=False)
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert set(answer.json()) == {"ok", "tools"}


@pytest.mark.parametrize(
    ("header", "path"),
    [
        *((header, "/mcp") for header in (None, "Bearer", "Bearer wrong", ALICE, f"Bearer {digest(ALICE)}")),
        *((f"Basic {ALICE}", path) for path in ("/mcp", "/mcp/", "/", "/mcp/../mcp", "/healthz/../mcp", "/metrics")),
    ],
)
def test_without_a_known_token_nothing_but_healthz_is_served(guarded_url: str, header: str | None, path: str) -> None:
    headers = {"accept": TAKEN, **({"authorization": header} if header is not None else {})}
    url = guarded_url.removesuffix("/mcp") + path
    answer = httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers, trust_env=False)
    assert answer.status_code == 401
    # Who brings nothing is not told that it was wrong (RFC 6750).
    assert answer.headers["www-authenticate"] == ("Bearer" if header is None else 'Bearer error="invalid_token"')
    assert answer.json() == {"error": "A valid bearer token is needed."}


def test_the_tokens_name_is_the_caller_in_both_eras(guarded_url: str, home: Path) -> None:
    with Http(guarded_url, ALICE) as alice, Http(guarded_url, BOB) as bob:
        assert alice.call("pai_status")["result"]["structuredContent"]["ok"]
        bob.greet()
        assert bob.legacy("tools/call", {"name": "pai_status", "arguments": {}})["result"]["structuredContent"]["ok"]
    reads = (home / "audit.log.reads").read_text()
    assert [json.loads(line)["caller"] for line in reads.splitlines()][-2:] == ["http:alice", "http:bob"]
    assert not [file.name for file in home.glob("audit.log*") if digest(ALICE) in file.read_text()]


def test_what_one_caller_discovered_does_not_serve_another(guarded_url: str) -> None:
    with Http(guarded_url, ALICE) as alice, Http(guarded_url, BOB) as bob:
        image = alice.data("aiworkspace_list_images")["Images"][0]["ImageUri"]
        workspace = bob.data("aiworkspace_list_workspaces")["Workspaces"][0]["WorkspaceId"]
        bob.data("dlc_list_ecs_specs")
        spec = {"Type": "Worker", "PodCount": 1, "Image": image, "EcsSpec": "ecs.c6.large"}
        job = {"display_name": "borrowed", "job_type": "PyTorchJob", "workspace_id": workspace, "job_specs": [spec],
               "user_command": "true"}  # fmt: skip
        error = bob.call("dlc_create_job", **job)["result"]["structuredContent"]["error"]
    assert (error["code"], error["rule"]) == ("discovery_required", "R02")


def test_a_session_serves_only_the_token_that_opened_it(guarded_url: str) -> None:
    with Http(guarded_url, ALICE) as alice, Http(guarded_url, BOB) as bob:
        alice.greet()
        bob.session = alice.session
        assert bob.legacy_post({"id": 1, "method": "tools/list", "params": {}}).status_code == 404
        answer = {"id": 1, "result": {"action": "accept", "content": {"name": "x"}}}
        assert bob.legacy_post(answer).status_code == 404
        assert alice.legacy("tools/list")["result"]["tools"]


@pytest.mark.parametrize("modern", [True, False])
def test_a_body_over_the_limit_is_turned_away(open_url: str, modern: bool) -> None:
    with Http(open_url) as http:
        headers = {"mcp_protocol_version": "2026-07-28"} if modern else {}
        answer = http.post({"id": 1, "method": "ping", "params": {"x": "y" * MAX_BODY_BYTES}}, **headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
    ],
)
def test_a_web_page_that_points_its_name_at_loopback_is_turned_away(
    open_url: str, modern: bool, headers: dict[str, str], status: int
) -> None:
    with Http(open_url) as http:
        version = {"mcp_protocol_version": "2026-07-28"} if modern else {}
        answer = http.post({"id": 1, "method": "tools/list", "params": {}}, **headers, **version)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[1]", b'"x"', b"1" * 5000, b"[" * 20_000, b'{"jsonrpc":"1.0"}', b"\xff"]
)
@pytest.mark.parametrize("version", [None, "2026-07-28", "1999-01-01", "x"])
def test_a_body_that_is_no_message_is_an_error_and_the_server_goes_on(
    open_url: str, body: bytes, version: str | None
) -> None:
    headers = {
        "accept": TAKEN,
        "content-type": "application/json",
        **({"mcp-protocol-version": version} if version else {}),
    }
    with Http(open_url) as http:
        answer = http.client.post(open_url, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.text
        assert "Traceback" not in answer.text
        assert http.modern("tools/list")["result"]["tools"]


def test_the_newer_protocol_needs_no_session_and_makes_none(open_url: str) -> None:
    with Http(open_url) as http:
        first = http.modern("tools/list")["result"]
        assert http.modern("tools/list")["result"]["tools"] == first["tools"]
        raw = http.post(
            {"id": 1, "method": "server/discover", "params": {"_meta": {}}}, mcp_protocol_version="2026-07-28"
        )
        assert "mcp-session-id" not in raw.headers


@pytest.mark.parametrize(
    ("name", "told"), [("dlc_stop_jobs", "did you mean dlc_stop_job"), ("dlc_create_signal", "the toolset signals")]
)
def test_an_unknown_tool_is_minus_32602_in_both_eras_with_the_way_to_it(open_url: str, name: str, told: str) -> None:
    with Http(open_url) as http:
        http.greet()
        for error in (http.call(name)["error"], http.legacy("tools/call", {"name": name, "arguments": {}})["error"]):
            assert error["code"] == -32602
            assert told in error["message"]


def test_progress_is_told_while_a_call_waits_and_only_ever_grows(open_url: str) -> None:
    with Http(open_url) as http:
        job = http.data("dlc_list_jobs", status="Running")["Jobs"][0]["JobId"]
        params: dict[str, Any] = {"name": "dlc_wait_for_job", "arguments": {"job_id": job, "max_seconds": 3}}
        http.greet()
        answer = http.legacy_post(
            {"id": 1, "method": "tools/call", "params": {**params, "_meta": {"progressToken": 7}}}
        )
    lines = [json.loads(line.removeprefix("data:")) for line in answer.text.splitlines() if line.startswith("data: {")]
    told = [line["params"] for line in lines if line.get("method") == "notifications/progress"]
    assert told
    assert {one["progressToken"] for one in told} == {7}
    amounts = [one["progress"] for one in told]
    assert amounts == sorted(set(amounts))
    assert lines[-1]["result"]["structuredContent"]["ok"]


def test_a_name_is_found_by_its_token_alone(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.touch(0o600)
    file.write_text(f"alice: {digest(ALICE)}\nbob: {digest(BOB)}\n")
    callers = read_tokens(file)
    assert caller_for(callers, f"Bearer {ALICE}", 0) == "alice"
    assert caller_for(callers, f"bearer  {BOB} ", 0) == "bob"
    assert caller_for(callers, f"Bearer {ALICE}x", 0) is None
    file.chmod(0o640)
    with pytest.raises(ValueError, match="0600"):
        read_tokens(file)


def test_the_handshake_names_the_version_it_serves(open_url: str) -> None:
    with Http(open_url) as http:
        result = http.greet()["result"]
    assert result["protocolVersion"] == VERSION_2025
    assert "R01-R79" in result["instructions"]
