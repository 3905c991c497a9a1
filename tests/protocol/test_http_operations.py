"""What operators do with a server on HTTP: tokens made, listed, revoked and read again; probes and metrics."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from .over_http import Http
from .processes import PATIENCE_S, bare_environment, command, http_server, process, run_here, url_of


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_here("token", *words, home=home)


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come about")


def test_r78_tokens_are_made_listed_and_revoked_and_a_running_server_reads_them_again(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    made = subprocess.run(
        command("token", "ann", "--tokens", str(file)), env=bare_environment(tmp_path), cwd=tmp_path,
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (ann,) = made.stdout.splitlines()
    assert ann not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run(tmp_path, "ann", "--tokens", str(file))
    assert (again.returncode, again.stdout) == (2, "")
    with process("serve", "--http", "127.0.0.1:0", "--emulator", "--tokens", str(file), home=tmp_path) as server:
        url = url_of(server)
        bob = run(tmp_path, "bob", "--tokens", str(file), "--days", "1").stdout.strip()
        with Http(url, ann) as by_ann, Http(url, bob) as by_bob:
            assert by_bob.post({"id": 1, "method": "ping"}).status_code == 401
            assert by_ann.modern("tools/list")["result"]["tools"]
            assert run(tmp_path, "ann", "--revoke", "--tokens", str(file)).returncode == 0
            os.kill(server.pid, signal.SIGHUP)
            until(lambda: by_bob.post({"id": 1, "method": "ping"}).status_code != 401)
            assert by_ann.post({"id": 1, "method": "ping"}).status_code == 401
            # A file that became unusable changes nothing.
            file.chmod(0o644)
            os.kill(server.pid, signal.SIGHUP)
            time.sleep(0.2)
            assert by_bob.modern("tools/list")["result"]["tools"]
            file.chmod(0o600)
        server.terminate()
        _, err = server.communicate(timeout=PATIENCE_S)
    assert "0600" in err
    listed = run(tmp_path, "--list", "--tokens", str(file)).stdout
    assert listed.startswith("bob")
    assert "ann" not in listed
    assert ann not in listed + err
    assert run(tmp_path, "ann", "--revoke", "--tokens", str(file)).returncode == 1


def test_r78_a_revoked_callers_stream_ends_when_the_tokens_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    ann = run(tmp_path, "ann", "--tokens", str(file)).stdout.strip()
    run(tmp_path, "bob", "--tokens", str(file))
    with process("serve", "--http", "127.0.0.1:0", "--emulator", "--tokens", str(file), home=tmp_path) as server:
        with Http(url_of(server), ann) as http:
            http.greet()
            headers = {"accept": "text/event-stream", "mcp-session-id": http.session}
            with http.client.stream("GET", http.url, headers=headers, timeout=PATIENCE_S) as stream:
                assert stream.status_code == 200
                run(tmp_path, "ann", "--revoke", "--tokens", str(file))
                os.kill(server.pid, signal.SIGHUP)
                assert list(stream.iter_lines()) is not None  # it ends at all
        server.terminate()


@pytest.mark.parametrize(
    "words",
    [["two words"], ["a/b"], [""], [], ["ann", "--days", "0"], ["ann", "--days", "x"], ["ann", "--days", "99999"],
     ["ann", "--revoke", "--tokens", "/no/such/file"], ["--list", "--tokens", "/no/such/file"]],
)  # fmt: skip
def test_a_wrong_word_to_the_token_command_is_one_line(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_an_expired_token_lets_nobody_in(tmp_path: Path) -> None:
    from pai_dlc_mcp.config.tokens import add_token, read_tokens
    from pai_dlc_mcp.transports.auth import caller_for

    file = tmp_path / "tokens"
    token = add_token(file, "ann", now=1_000_000.0, days=1)
    known = read_tokens(file)
    assert caller_for(known, f"Bearer {token}", 1_000_000.0 + 86_399) == "ann"
    assert caller_for(known, f"Bearer {token}", 1_000_000.0 + 86_400) is None
    other = add_token(file, "ann", now=2_000_000.0, days=1, replace=True)
    assert caller_for(read_tokens(file), f"Bearer {token}", 2_000_000.0) is None
    assert caller_for(read_tokens(file), f"Bearer {other}", 2_000_000.0) == "ann"


def test_a_caller_has_a_token_for_clients_and_one_for_themselves_and_each_goes_alone(tmp_path: Path) -> None:
    for early in (["--list"], ["ann", "--revoke"]):
        none = "pai-dlc-mcp token: no token was made yet; pai-dlc-mcp token NAME makes one\n"
        assert run(tmp_path, *early).stderr == none, "no option was given, so none is blamed"
    made = run(tmp_path, "ann")
    assert "SIGHUP" in made.stderr, "a server that runs already does not know the token"
    assert made.returncode == run(tmp_path, "ann", "--person").returncode == 0
    assert run(tmp_path, "ann", "--person").returncode == 2
    assert run(tmp_path, "ann", "--person", "--replace").returncode == 0
    assert run(tmp_path, "--list").stdout.count("ann") == 2
    assert "for the person at the page" in run(tmp_path, "--list").stdout
    assert run(tmp_path, "ann", "--revoke", "--person").returncode == 0
    assert "person" not in run(tmp_path, "--list").stdout
    run(tmp_path, "ann", "--person")
    run(tmp_path, "bob")
    assert run(tmp_path, "ann", "--revoke").returncode == 0
    assert "ann" not in run(tmp_path, "--list").stdout


def test_r35_a_persons_token_serves_no_client(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    client = run(tmp_path, "ann", "--tokens", str(tokens)).stdout.strip()
    person = run(tmp_path, "ann", "--person", "--tokens", str(tokens)).stdout.strip()
    with http_server("--emulator", "--tokens", str(tokens), home=tmp_path) as url:
        with Http(url, person) as http:
            answer = http.post({"id": 1, "method": "tools/list", "params": {}})
            assert answer.status_code == 403
            assert "person" in answer.json()["error"]
        with Http(url, client) as http:
            assert http.modern("tools/list")["result"]["tools"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations")


@pytest.fixture(scope="module")
def token(home: Path) -> str:
    return run(home, "ann", "--tokens", str(home / "tokens")).stdout.strip()


@pytest.fixture(scope="module")
def url(home: Path, token: str) -> Iterator[str]:
    files = [
        "--tokens",
        str(home / "tokens"),
        "--audit-log",
        str(home / "audit" / "log"),
        "--state",
        str(home / "state"),
    ]
    with process("serve", "--http", "127.0.0.1:0", "--emulator", *files, home=home) as server:
        yield url_of(server)
        server.terminate()


def ask(url: str, path: str, token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.get(url.removesuffix("/mcp") + path, headers=headers, trust_env=False, timeout=PATIENCE_S)


def test_readiness_says_whether_state_and_audit_are_usable(tmp_path: Path) -> None:
    files = ["--audit-log", str(tmp_path / "audit" / "log"), "--state", str(tmp_path / "state")]
    with process("serve", "--http", "127.0.0.1:0", "--emulator", "--no-auth", *files, home=tmp_path) as server:
        url = url_of(server)
        ready = ask(url, "/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ok": True, "state": "ok", "audit": "ok"})
        (tmp_path / "audit" / "log").unlink(missing_ok=True)
        (tmp_path / "audit" / "log").mkdir()
        until(lambda: ask(url, "/readyz").json()["audit"] == "unusable")
        (tmp_path / "audit" / "log").rmdir()
        until(lambda: ask(url, "/readyz").status_code == 200)
        (tmp_path / "state").rename(tmp_path / "moved")
        until(lambda: ask(url, "/readyz").json()["state"] == "unusable")
        unready = ask(url, "/readyz")
        assert unready.status_code == 503
        assert str(tmp_path) not in unready.text
        assert ask(url, "/healthz").status_code == 200, "it is alive all the same"
        server.terminate()
        said = server.communicate(timeout=PATIENCE_S)[1]
        assert "not ready: the audit log cannot be written (Is a directory)" in said, "its operator learns why"
        assert "not ready: The state file was deleted" in said


def test_metrics_count_calls_refusals_confirmations_and_requests_by_name(url: str, token: str) -> None:
    assert ask(url, "/metrics").status_code == 401
    with Http(url, token) as http:
        job = http.data("dlc_list_jobs", status="Running")["Jobs"][0]["JobId"]
        http.call("dlc_stop_job", job_id=job)
        http.call("dlc_get_job", job_id="dlc-none-such")
    answer = ask(url, "/metrics", token)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert found['pai_dlc_mcp_calls_total{tool="dlc_list_jobs",outcome="ok"}'] == "1"
    assert found['pai_dlc_mcp_calls_total{tool="dlc_stop_job",outcome="confirmation_required"}'] == "1"
    assert found['pai_dlc_mcp_refusals_total{rule="R30",code="confirmation_required"}'] == "1"
    assert found['pai_dlc_mcp_confirmations_total{result="required"}'] == "1"
    assert found['pai_dlc_mcp_cloud_errors_total{operation="GetJob",code="not_found"}'] == "1"
    assert int(found['pai_dlc_mcp_cloud_request_duration_seconds_count{operation="ListJobs"}']) >= 1
    assert found['pai_dlc_mcp_call_duration_seconds_bucket{tool="dlc_list_jobs",le="+Inf"}'] == "1"
    assert int(found["pai_dlc_mcp_rejected_credentials_total"]) >= 1
    assert found["pai_dlc_mcp_requests_in_flight"] == "1", "this one"
    assert job not in answer.text
    assert "ann" not in answer.text


def test_metrics_are_what_prometheus_reads(url: str, token: str) -> None:
    """Each sample has a type before it, each histogram grows with its bounds, and names are of the legal form."""
    typed: dict[str, str] = {}
    counts: dict[str, int] = {}
    for line in ask(url, "/metrics", token).text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            typed[name] = kind
        elif not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name = series.split("{")[0]
            base = next((name.removesuffix(end) for end in ("_bucket", "_sum", "_count") if name.endswith(end)), name)
            assert name in typed or typed[base] == "histogram"
            float(value)
            if name.endswith("_bucket"):
                key = json.dumps(series.split("le=")[0])
                assert int(value) >= counts.get(key, 0)
                counts[key] = int(value)
    assert set(typed.values()) == {"counter", "gauge", "histogram"}
