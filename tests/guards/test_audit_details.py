"""Every field of an audit line, and what is said on stderr when it cannot be written."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from guards.fakes import call_of, runtime_of
from pai_dlc_mcp.audit import record as audit
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import InvalidArguments, PolicyDenied
from pai_dlc_mcp.protocol.elicitation import InputNeeded
from pai_dlc_mcp.runtime import Call, Runtime
from pai_dlc_mcp.state.keys import keys_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def server(path: Path) -> Runtime:
    runtime, _, _ = runtime_of(settings=Settings(audit_log=path))
    return runtime


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def raw(path: Path) -> bytes:
    return path.read_bytes()


def spoil(path: Path) -> None:
    """No line can be written any more."""
    path.unlink(missing_ok=True)
    path.mkdir()


async def recorded(call: Call, runtime: Runtime, seconds: float = 0.0) -> None:
    async with audit.record(call, runtime):
        await runtime.sleep(seconds)


async def test_a_call_that_never_became_one_is_noted_with_everything_known(path: Path) -> None:
    error = InvalidArguments("no such tool", rule="R99")
    await audit.note(server(path), tool="t" * 300, caller="c" * 300, region="cn-hangzhou", error=error)
    assert lines(path) == [
        {
            "when": "2027-01-15T08:00:00Z",
            "caller": "c" * 200,
            "tool": "t" * 200,
            "region": "cn-hangzhou",
            "outcome": "invalid_arguments",
            "rule": "R99",
        }
    ]


async def test_the_target_is_what_the_path_names_and_nothing_else(path: Path) -> None:
    call = call_of("DeleteModelVersion", {"ModelId": "m" * 300, "VersionName": "1", "Other": "secret"})
    await recorded(call, server(path))
    await recorded(call_of("DeleteModelVersion", {"ModelId": "m1", "VersionName": None}), server(path))
    assert [line["target"] for line in lines(path)] == [{"ModelId": "m" * 200, "VersionName": "1"}, {"ModelId": "m1"}]


async def test_the_duration_is_in_milliseconds(path: Path) -> None:
    await recorded(call_of("GetJob", {"JobId": "j"}), server(path), 1.25)
    assert lines(path)[0]["duration_ms"] == 1250


async def test_a_call_that_waits_for_a_person_is_paused(path: Path) -> None:
    with pytest.raises(InputNeeded):
        async with audit.record(call_of("StopJob", {"JobId": "j"}), server(path)):
            raise InputNeeded("key", "Stop?", "name")
    assert lines(path)[0]["outcome"] == "paused"


async def test_the_digest_of_the_arguments_is_keyed_for_the_audit_alone(path: Path) -> None:
    runtime = server(path)
    await recorded(call_of("GetJob", {"JobId": "j"}), runtime)
    other = keys_of(runtime.settings).seal(b'{"JobId":"j"}').hex()
    mine = keys_of(runtime.settings).seal(b'audit{"JobId":"j"}').hex()
    assert lines(path)[0]["arguments"] == mine[:32] != other[:32]


async def test_an_act_that_is_refused_for_its_audit_says_why_on_stderr(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path)
    with pytest.raises(PolicyDenied):
        await recorded(call_of("StopJob", {"JobId": "j"}), server(path))
    first = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert "audit log cannot be written: Is a directory" in first.getMessage()


async def test_a_read_whose_line_is_lost_says_so_on_stderr_but_not_to_the_caller(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path)
    call = call_of("GetJob", {"JobId": "j"})
    await recorded(call, server(path))
    assert call.notices == []
    assert ["not written: Is a directory" in record.getMessage() for record in caplog.records] == [True]


async def test_an_act_whose_line_is_lost_tells_the_caller(path: Path) -> None:
    call, runtime = call_of("StopJob", {"JobId": "j"}), server(path)
    async with audit.record(call, runtime):
        spoil(path)
    assert [notice.rule for notice in call.notices] == ["audit"]


async def test_a_composite_tool_has_no_target_and_no_operation(path: Path) -> None:
    from pai_dlc_mcp.toolsets import enabled

    call = call_of("GetJob")
    call.tool = enabled(["all"])["pai_status"]
    await recorded(call, server(path))
    (line,) = lines(path)
    assert (line["tool"], line["target"], line["operation"]) == ("pai_status", {}, None)
    assert line["guards"] == {}, "no guard has looked at it"


async def test_a_call_that_is_cancelled_leaves_its_line_too(path: Path) -> None:
    import anyio

    runtime = server(path)
    with anyio.move_on_after(0.05):
        async with audit.record(call_of("StopJob", {"JobId": "j"}), runtime):
            await anyio.sleep(5)
    assert lines(path)[0]["outcome"] == "broken_off"


async def test_a_line_has_no_blanks_and_only_ascii(path: Path) -> None:
    await recorded(call_of("GetJob", {"JobId": "训练"}), server(path))
    (line,) = lines(path)
    assert raw(path) == json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


async def test_a_line_is_written_whatever_it_is_that_was_made(path: Path) -> None:
    call = call_of("CreateJob", {})
    call.facts["made"] = {"JobId": Path("dlc1")}
    await recorded(call, server(path))
    assert lines(path)[0]["made"] == {"JobId": "dlc1"}


async def test_the_disk_is_waited_for_after_an_act_and_not_after_a_call_that_never_became_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("pai_dlc_mcp.audit.file.os.fsync", synced.append)
    await audit.note(server(path), tool="t", caller="c", region=None, error=InvalidArguments("no such tool"))
    await recorded(call_of("GetJob", {"JobId": "j"}), server(path))
    assert synced == []
    await recorded(call_of("StopJob", {"JobId": "j"}), server(path))
    assert len(synced) == 1
