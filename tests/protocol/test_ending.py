"""Ending well: a call in flight gets its answer or an error; an act that is being sent is carried out and recorded."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.__main__ import main
from pai_dlc_mcp.transports.closing import ENDING_CODE

from .over_http import Http
from .processes import PATIENCE_S, VERSION_2026, Lines, envelope, exit_code, process, url_of


def cloud(emulator: Emulator) -> dict[str, str]:
    """The environment of a server in front of the tests' emulator, which outlives it."""
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_REGION": "cn-hangzhou",
    }


def test_a_containers_first_process_can_be_ended_before_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel drops a signal that it has no handler for; any other process keeps what it was given."""
    monkeypatch.setattr(sys, "argv", ["pai-dlc-mcp", "--version"])
    monkeypatch.setattr(os, "_exit", sys.exit)
    before = signal.getsignal(signal.SIGTERM)
    try:
        for number, handled in ((2, False), (1, True)):
            monkeypatch.setattr(os, "getpid", lambda number=number: number)
            with pytest.raises(SystemExit):
                main()
            assert (signal.getsignal(signal.SIGTERM) is not before) == handled
        with pytest.raises(SystemExit) as end:
            signal.raise_signal(signal.SIGTERM)
        assert end.value.code == 143
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def slow(emulator: Emulator, http: httpx.Client) -> Any:
    """Make the next answer of an operation wait for some seconds."""

    def delay(operation: str, seconds: float) -> None:
        fault = {"operation": operation, "kind": "delay", "seconds": seconds, "times": 1}
        http.post(f"{emulator.admin}/faults", json=[fault]).raise_for_status()

    return delay


def reached(admin: Any, operation: str) -> None:
    for _ in range(10_000):
        if any(entry["operation"] == operation for entry in admin("journal")):
            return
        time.sleep(0.02)
    raise AssertionError(f"{operation} did not come")


@contextmanager
def server(home: Path, emulator: Emulator, grace_s: int, *more: str) -> Iterator[Any]:
    flags = ["--no-auth", "--http", "127.0.0.1:0", "--grace-seconds", str(grace_s), "--toolsets", "all", *more]
    with process("serve", *flags, home=home, environment=cloud(emulator)) as made:
        yield made


def start(pool: ThreadPoolExecutor, http: Http, tool: str, **given: Any) -> Any:
    call = {"name": tool, "arguments": given, "_meta": envelope()}
    return pool.submit(
        http.post, {"id": "the one", "method": "tools/call", "params": call}, mcp_protocol_version=VERSION_2026,
        mcp_method="tools/call", mcp_name=tool,
    )  # fmt: skip


def test_a_call_within_the_grace_gets_its_answer(tmp_path: Path, emulator: Emulator, admin: Any, slow: Any) -> None:
    with server(tmp_path, emulator, 60) as made, ThreadPoolExecutor() as pool, Http(url_of(made)) as http:
        slow("ListJobs", 2.0)
        waiting = start(pool, http, "dlc_list_jobs")
        reached(admin, "ListJobs")
        made.terminate()
        answer = waiting.result(PATIENCE_S)
        assert exit_code(made) == 0
    assert answer.status_code == 200
    assert '"ok":true' in answer.text


def test_a_call_beyond_the_grace_gets_an_error_of_the_protocol_with_its_id(
    tmp_path: Path, emulator: Emulator, admin: Any, slow: Any
) -> None:
    with server(tmp_path, emulator, 1) as made, ThreadPoolExecutor() as pool, Http(url_of(made)) as http:
        slow("ListJobs", 20.0)
        waiting = start(pool, http, "dlc_list_jobs")
        reached(admin, "ListJobs")
        made.terminate()
        answer = waiting.result(PATIENCE_S)
        assert exit_code(made) == 0
    assert answer.status_code == 503
    assert answer.json()["id"] == "the one"
    assert answer.json()["error"]["code"] == ENDING_CODE


def test_r25_an_act_that_is_being_sent_when_the_server_ends_is_carried_out_and_recorded(
    tmp_path: Path, emulator: Emulator, admin: Any, slow: Any
) -> None:
    audit = tmp_path / "audit"
    with (
        server(tmp_path, emulator, 0, "--audit-log", str(audit)) as made,
        ThreadPoolExecutor() as pool,
        Http(url_of(made)) as http,
    ):
        workspace = http.data("aiworkspace_list_workspaces")["Workspaces"][0]["WorkspaceId"]
        given = {"workspace_id": workspace, "name": "kept", "labels": [], "accessibility": "PRIVATE"}
        slow("CreateExperiment", 3.0)
        waiting = start(pool, http, "aiworkspace_create_experiment", **given)
        reached(admin, "CreateExperiment")
        made.terminate()
        answer = waiting.result(PATIENCE_S)
        assert answer.status_code == 503, answer.text
        assert exit_code(made) == 0
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    act = next(line for line in lines if line["tool"] == "aiworkspace_create_experiment")
    assert act["outcome"] == "ok"
    assert act["created"]
    assert act["call_id"]


def test_a_signal_on_stdio_leaves_no_request_without_an_answer(
    tmp_path: Path, emulator: Emulator, admin: Any, slow: Any
) -> None:
    for grace_s, has_answer in ((60, True), (0, False)):
        slow("ListJobs", 2.0 if has_answer else 20.0)
        flags = ["--grace-seconds", str(grace_s)]
        with process("serve", *flags, home=tmp_path, environment=cloud(emulator)) as made:
            client = Lines(made)
            client.greet()
            before = len(admin("journal"))
            client.say({"id": "late", "method": "tools/call", "params": {"name": "dlc_list_jobs", "arguments": {}}})
            while len(admin("journal")) == before:
                time.sleep(0.02)
            made.terminate()
            said = client.hear()
            assert said["id"] == "late"
            assert ("result" in said) == has_answer
            assert has_answer or said["error"]["code"] == ENDING_CODE
            assert exit_code(made) == 0


def test_one_id_stands_in_the_answer_and_the_audit(tmp_path: Path, emulator: Emulator) -> None:
    audit = tmp_path / "audit"
    with server(tmp_path, emulator, 1, "--audit-log", str(audit)) as made, Http(url_of(made)) as http:
        result = http.call("dlc_list_jobs")["result"]
        made.terminate()
        made.communicate(timeout=PATIENCE_S)
    call_id = result["_meta"]["pai-dlc-mcp/call-id"]
    assert len(call_id) == 16
    files = [tmp_path / name for name in os.listdir(tmp_path) if name.startswith("audit")]
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert [line["call_id"] for line in lines] == [call_id]
