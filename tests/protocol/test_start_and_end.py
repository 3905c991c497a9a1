"""Starting without credentials or network, ending in order, and nothing on stdout but protocol."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from support.forked_processes import ran

from .over_http import Http
from .processes import (
    PATIENCE_S,
    VERSION_2025,
    VERSION_2026,
    Lines,
    bare_environment,
    command,
    envelope,
    exit_code,
    process,
    url_of,
)

PRESETS = {"default": 30, "lean": 15, "all": 170}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_server_without_credentials_network_or_home_lists_its_tools(tmp_path: Path, preset: str) -> None:
    # A proxy that nobody answers at stands for "no network": whatever tried to reach out would fail here.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    missing = tmp_path / "no" / "such" / "home"
    environment = {**nowhere, "HOME": str(missing)}
    start = {"home": tmp_path, "environment": environment, "from_scratch": preset == "default"}
    with process("serve", "--toolsets", preset, **start) as made:
        client = Lines(made)
        assert client.greet()["result"]["serverInfo"]["name"] == "pai-dlc-mcp"
        tools = client.ask("tools/list")["result"]["tools"]
        assert len(tools) >= PRESETS[preset]
    assert not missing.exists()


def test_stdout_carries_protocol_and_nothing_else(tmp_path: Path) -> None:
    with process("serve", "--emulator", "--log-level", "debug", home=tmp_path, from_scratch=True) as made:
        client = Lines(made)
        client.greet()
        client.ask("tools/call", {"name": "aiworkspace_list_workspaces", "arguments": {}})
        client.ask("tools/call", {"name": "no_such_tool", "arguments": {}})
        assert made.stdin is not None
        made.stdin.write("this is no JSON\n\n{]\n")
        client.ask("ping")
        out, err = made.communicate(timeout=PATIENCE_S)
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in out.splitlines())
    assert "Traceback" not in err


def test_a_client_that_closes_its_end_ends_the_server(tmp_path: Path) -> None:
    with process("serve", "--emulator", home=tmp_path) as made:
        client = Lines(made)
        client.greet()
        client.ask("tools/call", {"name": "aiworkspace_list_workspaces", "arguments": {}})
        assert made.stdin is not None
        made.stdin.close()
        assert exit_code(made) == 0


def test_a_client_that_stops_reading_ends_the_server_quietly(tmp_path: Path) -> None:
    with process("serve", "--emulator", home=tmp_path) as made:
        client = Lines(made)
        client.greet()
        assert made.stdout is not None
        assert made.stderr is not None
        made.stdout.close()
        client.say({"id": 99, "method": "ping"})
        assert exit_code(made) == 0
        assert made.stderr.read() == ""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_on_stdio_though_its_client_still_waits(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with process("serve", "--emulator", home=tmp_path) as made:
        client = Lines(made)
        client.greet()
        client.ask("tools/call", {"name": "aiworkspace_list_workspaces", "arguments": {}})
        made.send_signal(sent)
        assert exit_code(made) == code
        assert made.stderr is not None
        assert "Traceback" not in made.stderr.read()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_on_http_though_a_stream_is_open(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with process("serve", "--emulator", "--no-auth", "--http", "127.0.0.1:0", home=tmp_path) as made:
        url = url_of(made)
        with httpx.Client(trust_env=False) as http:
            client = {"name": "tests", "version": "1"}
            params = {"protocolVersion": VERSION_2025, "capabilities": {}, "clientInfo": client}
            greeting = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            taken = {"accept": "application/json, text/event-stream"}
            session = http.post(url, json=greeting, headers=taken).headers["mcp-session-id"]
            with http.stream("GET", url, headers={**taken, "mcp-session-id": session}) as stream:
                assert stream.status_code == 200
                made.send_signal(sent)
                assert exit_code(made) == code
        assert made.stderr is not None
        assert "Traceback" not in made.stderr.read()


def test_a_call_in_flight_on_http_does_not_delay_the_end(tmp_path: Path) -> None:
    with (
        process("serve", "--emulator", "--no-auth", "--http", "127.0.0.1:0", home=tmp_path) as made,
        ThreadPoolExecutor() as pool,
    ):
        with Http(url_of(made)) as http:
            job = http.data("dlc_list_jobs", status="Running")["Jobs"][0]["JobId"]
            call = {"name": "dlc_wait_for_job", "arguments": {"job_id": job, "max_seconds": 20}, "_meta": envelope()}
            waiting = pool.submit(
                http.post, {"id": 1, "method": "tools/call", "params": call}, mcp_protocol_version=VERSION_2026,
                mcp_method="tools/call", mcp_name="dlc_wait_for_job",
            )  # fmt: skip
            time.sleep(0.5)
            made.terminate()
            assert exit_code(made) == 0
            assert waiting.result(PATIENCE_S).status_code in (200, 503)
        assert made.stderr is not None
        assert "Traceback" not in made.stderr.read()


@pytest.mark.parametrize("host", ["localhost", "[::1]", "127.0.0.2"])
def test_every_name_of_loopback_is_served_to_loopback_alone(tmp_path: Path, host: str) -> None:
    with process("serve", "--emulator", "--no-auth", "--http", f"{host}:0", home=tmp_path) as made:
        with Http(url_of(made)) as http:
            assert http.modern("tools/list")["result"]["tools"]
            assert http.post({"id": 1, "method": "ping"}, host="evil.example").status_code == 421
        made.terminate()


async def test_running_jobs_of_the_emulator_end_with_it(tmp_path: Path) -> None:
    with process("emulator", "--port", "0", "--execute", "--speed", "60", home=tmp_path) as made:
        assert made.stdout is not None
        said = json.loads(made.stdout.readline())
        pid = await _running_job(tmp_path, said)
        made.terminate()
        assert exit_code(made) == 0
        assert _is_gone(pid)


async def _running_job(home: Path, said: dict[str, Any]) -> int:
    """Create a job that writes its process id to a file and sleeps; the id."""
    place = home / "pid"
    region = said["regions"][0]
    settings = Settings(region=region, dlc_endpoint=said["dlc"], aiworkspace_endpoint=said["aiworkspace"])
    cloud = CloudClient.of(settings, StaticCredentials(said["access_key_id"], said["access_key_secret"]))
    try:
        workspaces = await cloud.send(operation("ListWorkspaces"), {}, region)
        worker = {"Type": "Worker", "PodCount": 1, "Image": "tests", "EcsSpec": "ecs.g6.large"}
        job = {
            "DisplayName": "sleeper", "JobType": "PyTorchJob", "JobSpecs": [worker],
            "WorkspaceId": workspaces.data["Workspaces"][0]["WorkspaceId"],
            "UserCommand": f"echo $$ > {place}; exec sleep 300",
        }  # fmt: skip
        await cloud.send(operation("CreateJob"), job, region)
    finally:
        await cloud.close()
    return _pid_in(place)


def _pid_in(place: Path) -> int:
    for _ in range(2_400):
        if place.exists() and place.read_text().strip():
            return int(place.read_text())
        time.sleep(0.05)
    raise AssertionError("the job's command did not run")


def _is_gone(pid: int) -> bool:
    for _ in range(2_400):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments in (["serve", "--http", f"127.0.0.1:{port}"], ["emulator", "--port", str(port)]):
            done = ran(command(*arguments), env=bare_environment(tmp_path), timeout=PATIENCE_S)
            assert done.returncode == 2
            assert done.stdout == ""
            assert len(done.stderr.splitlines()) == 1, done.stderr
            assert "in use" in done.stderr
