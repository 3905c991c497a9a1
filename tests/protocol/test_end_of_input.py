"""Requests that were read before the input ended get their answers; a slow call does not delay the end for long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from pai_dlc_mcp.transports.stdio import PendingRequests
from support.forked_processes import ran

from .processes import PATIENCE_S, VERSION_2025, bare_environment, command, envelope


def said(home: Path, *messages: dict[str, Any]) -> dict[int, Any]:
    """The answers by id of a server that is given these messages and the end of its input at once."""
    lines = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    done = ran(command("serve", "--emulator"), env=bare_environment(home), input=lines, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def test_a_script_that_writes_and_closes_gets_every_answer_in_the_older_protocol(tmp_path: Path) -> None:
    client = {"name": "tests", "version": "1"}
    opening = {"protocolVersion": VERSION_2025, "capabilities": {}, "clientInfo": client}
    call = {"name": "aiworkspace_list_workspaces", "arguments": {}}
    answers = said(
        tmp_path,
        {"id": 1, "method": "initialize", "params": opening},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": call},
    )
    assert set(answers) == {1, 2, 3}
    assert answers[2]["result"]["tools"]
    assert answers[3]["result"]["structuredContent"]["ok"]


def test_a_script_that_writes_and_closes_gets_every_answer_in_the_newer_protocol(tmp_path: Path) -> None:
    call = {"name": "dlc_list_jobs", "arguments": {}, "_meta": envelope()}
    answers = said(
        tmp_path,
        {"id": 1, "method": "tools/list", "params": {"_meta": envelope()}},
        {"id": 2, "method": "tools/call", "params": call},
    )
    assert answers[1]["result"]["tools"]
    assert answers[2]["result"]["structuredContent"]["ok"]


def asked(number: int) -> JSONRPCRequest:
    return JSONRPCRequest(jsonrpc="2.0", id=number, method="tools/call")


async def test_only_answers_and_cancellations_close_what_is_open() -> None:
    pending, ended = PendingRequests(timeout_s=2 * PATIENCE_S), anyio.Event()
    for number in (1, 2, 3):
        pending.note_received(asked(number))
    pending.note_sent(asked(1))  # the server's own request happens to bear the same number

    async def wait() -> None:
        await pending.wait_until_answered()
        ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        pending.note_sent(JSONRPCResponse(jsonrpc="2.0", id=1, result={}))
        pending.note_sent(JSONRPCError(jsonrpc="2.0", id=2, error={"code": -32602, "message": "no"}))
        await anyio.wait_all_tasks_blocked()
        assert not ended.is_set()
        params = {"requestId": 3}
        pending.note_received(JSONRPCNotification(jsonrpc="2.0", method="notifications/cancelled", params=params))
        with anyio.fail_after(PATIENCE_S):
            await ended.wait()


async def test_a_call_that_takes_too_long_does_not_delay_the_end() -> None:
    pending = PendingRequests(timeout_s=0.1)
    pending.note_received(asked(1))
    with anyio.fail_after(PATIENCE_S):
        await pending.wait_until_answered()
