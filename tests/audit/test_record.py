"""The audit: one line a call, no values, on the disk for acts, and no act without it."""

from __future__ import annotations

import json
import logging
import os
import stat
from pathlib import Path
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.audit import record as audit
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import InvalidArguments, PolicyDenied, Refusal, Unavailable
from pai_dlc_mcp.guards.pipeline import perform
from pai_dlc_mcp.protocol.elicitation import InputNeeded
from pai_dlc_mcp.runtime import Call, Runtime
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.toolsets import enabled
from support.fake_cloud import FakeCloud, call_of, runtime_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "audit.log"


def server(path: Path | None, answers: dict[str, Any] | None = None, **settings: Any) -> tuple[Runtime, FakeCloud]:
    runtime, cloud, _ = runtime_of(answers or {}, settings=Settings(audit_log=path, **settings))
    return runtime, cloud


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of the acts, then those of the reads."""
    return [json.loads(line) for line in text_of(path).splitlines()]


def text_of(path: Path) -> str:
    files = [one for one in (path, audit.reads_path(path)) if one.is_file()]
    return "".join(one.read_text(encoding="ascii") for one in files)


async def run(call: Call, runtime: Runtime) -> Any:
    """A call as the protocol layer makes it."""
    async with audit.record(call, runtime) as line:
        reply = await perform(call, runtime)
        line.request_id = reply.request_id
        return reply


JOB = {"JobId": "dlc1", "DisplayName": "resnet", "Status": "Running", "JobType": "PyTorchJob", "UserId": "2"}
WORLD: dict[str, Any] = {"GetJob": JOB, "StopJob": {"JobId": "dlc1"}, "GetPodLogs": {"Logs": []}}


async def test_a_read_leaves_one_line_with_who_what_where_and_what_became_of_it(path: Path) -> None:
    runtime, _ = server(path, WORLD)
    await run(call_of("GetJob", {"JobId": "dlc1"}), runtime)
    (line,) = lines(path)
    digest = line.pop("arguments")
    assert len(digest) == 32
    assert line == {
        "when": "2027-01-15T08:00:00Z",
        "caller": "ada",
        "tool": "dlc_get_job",
        "operation": "GetJob",
        "effect": "read",
        "region": "cn-hangzhou",
        "target": {"JobId": "dlc1"},
        "guards": dict.fromkeys(("policy", "validation", "reading", "confirmation"), "pass"),
        "confirmed_by": None,
        "approved_by": None,
        "created": None,
        "call_id": None,
        "request_id": "req-1",
        "outcome": "ok",
        "rule": None,
        "duration_ms": 0,
    }


async def test_a_refused_stop_and_its_confirmed_second_call_tell_who_confirmed(path: Path) -> None:
    runtime, _ = server(path, WORLD | {"GetJob": [JOB, JOB, JOB, JOB, JOB | {"Status": "Stopped"}]})
    with pytest.raises(Refusal) as refused:
        await run(call_of("StopJob", {"JobId": "dlc1"}), runtime)
    assert refused.value.confirmation is not None
    token = refused.value.confirmation.token
    await run(call_of("StopJob", {"JobId": "dlc1"}, confirmation_token=token), runtime)
    first, second = lines(path)
    assert (first["outcome"], first["rule"], first["guards"]["confirmation"]) == ("confirmation_required", "R30", "R30")
    assert (second["outcome"], second["confirmed_by"]) == ("ok", "two_step")
    assert first["arguments"] == second["arguments"]
    assert token not in text_of(path)


async def test_a_refusal_names_the_guard_and_those_after_it_were_not_asked(path: Path) -> None:
    runtime, _ = server(path, regions=("cn-shanghai",))
    with pytest.raises(PolicyDenied):
        await run(call_of("ListJobs"), runtime)
    (line,) = lines(path)
    assert (line["guards"], line["outcome"]) == ({"policy": "R68"}, "policy_denied")


async def test_no_value_of_an_argument_is_written_and_the_digest_cannot_be_guessed(path: Path, tmp_path: Path) -> None:
    args = {"DisplayName": "secret-project", "WorkspaceId": "11001", "Envs": {"PASSWORD": "hunter2hunter2"}}
    for state in ("memory", str(tmp_path / "state.db")):
        runtime, _ = server(path, state=state)
        with pytest.raises(Refusal):
            async with audit.record(call_of("CreateJob", args), runtime):
                raise Refusal("no")
    text = text_of(path)
    assert lines(path)[0]["target"] == {"WorkspaceId": "11001"}
    for value in ("secret-project", "hunter2", "PASSWORD"):
        assert value not in text
    one, other = (line["arguments"] for line in lines(path))
    assert one != other


async def test_a_create_tells_the_id_of_what_it_made(path: Path) -> None:
    runtime, _ = server(path, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d-new", "RequestId": "r"}})
    await run(call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "corpus"}), runtime)
    assert lines(path)[0]["created"] == {"ExperimentId": "d-new"}


async def test_a_failure_of_the_cloud_is_told_with_its_request_id(path: Path) -> None:
    runtime, _ = server(path, {"GetJob": Unavailable("down", request_id="req-9")})
    with pytest.raises(Unavailable):
        await run(call_of("GetJob", {"JobId": "dlc1"}), runtime)
    assert (lines(path)[0]["outcome"], lines(path)[0]["request_id"]) == ("unavailable", "req-9")


async def test_a_call_that_breaks_off_leaves_its_line_too(path: Path) -> None:
    runtime, _ = server(path)
    with pytest.raises(RuntimeError):
        async with audit.record(call_of("GetJob", {"JobId": "dlc1"}), runtime):
            raise RuntimeError
    assert lines(path)[0]["outcome"] == "broken_off"


async def test_an_id_with_a_line_break_stays_on_its_line(path: Path) -> None:
    runtime, _ = server(path, {"GetJob": JOB})
    with pytest.raises(InvalidArguments, match="control characters"):
        await run(call_of("GetJob", {"JobId": 'x\n{"tool":"forged"}\u2028\x85'}, caller="a\nb"), runtime)
    assert len(text_of(path).splitlines()) == len(lines(path)) == 1


async def test_the_file_is_its_owners_alone(path: Path) -> None:
    runtime, _ = server(path, {"GetJob": JOB})
    await run(call_of("GetJob", {"JobId": "dlc1"}), runtime)
    assert _mode(audit.reads_path(path)) == 0o600
    assert _mode(path.parent) == 0o700


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_without_an_audit_log_nothing_is_written_and_acts_go_on() -> None:
    runtime, cloud = server(None, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d"}})
    await run(call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "x"}), runtime)
    assert cloud.actions == ["CreateExperiment", "GetExperiment"]


def _folder(path: Path) -> None:
    path.mkdir(parents=True)


def _link(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/null")


def _pipe(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


def _parent_is_a_file(path: Path) -> None:
    path.parent.write_text("here stands a file")


BAD = pytest.mark.parametrize("spoil", [_folder, _link, _pipe, _parent_is_a_file])


@BAD
async def test_an_act_is_refused_before_anything_is_sent_when_its_line_cannot_be_written(
    path: Path, spoil: Any
) -> None:
    spoil(path)
    runtime, cloud = server(path, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d"}})
    with pytest.raises(PolicyDenied, match="audit_log"):
        await run(call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "x"}), runtime)
    assert cloud.sent == []


@BAD
async def test_a_read_goes_on_when_its_line_cannot_be_written(path: Path, spoil: Any) -> None:
    spoil(audit.reads_path(path))
    runtime, cloud = server(path, {"GetJob": JOB})
    assert (await run(call_of("GetJob", {"JobId": "dlc1"}), runtime)).data == JOB
    assert cloud.actions == ["GetJob"]


async def test_an_act_whose_line_is_lost_stays_done_and_the_next_act_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, cloud = server(path, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d"}})
    real = os.write

    def full(handle: int, data: bytes) -> int:
        return real(handle, data[:10])

    call = call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "x"})
    monkeypatch.setattr("pai_dlc_mcp.audit.file.os.write", full)
    assert (await run(call, runtime)).data["ExperimentId"] == "d"
    assert "could not be written" in call.notices[-1].message
    monkeypatch.undo()
    with pytest.raises(PolicyDenied):
        await run(call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "y"}), runtime)
    assert cloud.actions == ["CreateExperiment", "GetExperiment"]
    *_, last = text_of(path).splitlines()
    assert json.loads(last)["outcome"] == "policy_denied"


async def test_once_a_line_could_be_written_again_acts_go_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _ = server(path, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d"}, "GetJob": JOB})

    def failing(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    def create(name: str) -> Call:
        return call_of("CreateExperiment", {"WorkspaceId": "1", "Name": name})

    monkeypatch.setattr("pai_dlc_mcp.audit.file.os.write", failing)
    await run(call_of("GetJob", {"JobId": "dlc1"}), runtime)
    await run(create("lost"), runtime)
    for name in ("one", "two"):
        with pytest.raises(PolicyDenied):
            await run(create(name), runtime)
    monkeypatch.undo()
    with pytest.raises(PolicyDenied):
        await run(create("three"), runtime)
    await run(create("four"), runtime)
    assert [line["outcome"] for line in lines(path)] == ["policy_denied", "ok"]


async def test_acts_are_refused_when_the_disk_is_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, cloud = server(path, {"GetExperiment": {}, "CreateExperiment": {"ExperimentId": "d"}})
    monkeypatch.setattr("pai_dlc_mcp.audit.file.ROOM", 1 << 62)
    with pytest.raises(PolicyDenied):
        await run(call_of("CreateExperiment", {"WorkspaceId": "1", "Name": "x"}), runtime)
    assert cloud.sent == []


def spoil(path: Path) -> None:
    """No line can be written any more."""
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


async def recorded(call: Call, runtime: Runtime, seconds: float = 0.0) -> None:
    """A call that takes so long and does nothing."""
    async with audit.record(call, runtime):
        await runtime.sleep(seconds)


async def test_a_call_that_never_became_one_is_noted_with_everything_known(path: Path) -> None:
    error = InvalidArguments("no such tool", rule="R99")
    await audit.note(server(path)[0], tool="t" * 300, caller="c" * 300, region="cn-hangzhou", error=error)
    assert lines(path) == [
        {
            "when": "2027-01-15T08:00:00Z",
            "call_id": None,
            "caller": "c" * 200,
            "tool": "t" * 200,
            "region": "cn-hangzhou",
            "outcome": "invalid_arguments",
            "rule": "R99",
        }
    ]


async def test_the_target_is_what_the_path_names_and_nothing_else(path: Path) -> None:
    call = call_of("DeleteModelVersion", {"ModelId": "m" * 300, "VersionName": "1", "Other": "secret"})
    await recorded(call, server(path)[0])
    await recorded(call_of("DeleteModelVersion", {"ModelId": "m1", "VersionName": None}), server(path)[0])
    assert [line["target"] for line in lines(path)] == [{"ModelId": "m" * 200, "VersionName": "1"}, {"ModelId": "m1"}]


async def test_an_act_names_what_it_takes_and_whom_it_lets_in_and_no_secret(path: Path) -> None:
    acts: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("DeleteMembers", {"WorkspaceId": "w", "MemberIds": "m1,m2"}, {"WorkspaceId": "w", "MemberIds": "m1,m2"}),
        ("DeleteWorkspaceResource", {"WorkspaceId": "w", "GroupName": "g", "Option": "Detach"}, {
            "WorkspaceId": "w", "GroupName": "g", "Option": "Detach",
        }),
        ("CreateMember", {"WorkspaceId": "w", "Members": [{"UserId": "u", "Roles": ["r"]}]}, {
            "WorkspaceId": "w", "Members[].UserId": "u",
        }),
        ("UpdateConfigs", {"Configs": [{"ConfigKey": "k", "ConfigValue": "v"}]}, {"Configs[].ConfigKey": "k"}),
        ("CreateProductOrders", {"AutoPay": True, "Products": [{"ProductCode": "PAI_share"}]}, {
            "AutoPay": "True", "Products[].ProductCode": "PAI_share",
        }),
        ("UpdateConnection", {"ConnectionId": "c", "Secrets": {"Key": "hunter2"}}, {"ConnectionId": "c"}),
        ("ListImages", {"Name": "n", "ImageUri": "registry/x"}, {}),
    ]  # fmt: skip
    for action, args, _ in acts:
        await recorded(call_of(action, args), server(path)[0])
    assert [line["target"] for line in lines(path)] == [target for _, _, target in acts]


@pytest.mark.parametrize(
    ("tool", "args", "target"),
    [
        ("dlc_diagnose_job", {"job_id": "dlc1", "view": "report"}, {"job_id": "dlc1"}),
        ("dlc_search_logs", {"job_id": "dlc1", "start_time": "-2h", "text": "error"}, {"job_id": "dlc1"}),
        ("dlc_compare_jobs", {"job_ids": ["dlc1", "dlc2"]}, {"job_ids": ["dlc1", "dlc2"]}),
        ("dlc_quota_status", {"quota_id": "quota1", "workspace_id": None}, {"quota_id": "quota1"}),
    ],
)
async def test_a_composite_tool_names_what_it_looks_at_and_not_how(
    path: Path, tool: str, args: dict[str, Any], target: dict[str, Any]
) -> None:
    call = call_of("GetJob", args)
    call.tool = enabled(["all"])[tool]
    await recorded(call, server(path)[0])
    assert [line["target"] for line in lines(path)] == [target]


async def test_several_things_are_named_as_a_list_of_at_most_fifty(path: Path) -> None:
    members = [{"UserId": f"u{number}", "Roles": ["r"]} for number in range(52)]
    for count in (2, 52):
        await recorded(call_of("CreateMember", {"WorkspaceId": "w", "Members": members[:count]}), server(path)[0])
    await recorded(call_of("TagResources", {"ResourceId": ["dlc1", "dlc2"]}), server(path)[0])
    await recorded(call_of("UntagResources", {"ResourceId": ["dlc1"], "TagKey": ["k"]}), server(path)[0])
    assert [line["target"] for line in lines(path)] == [
        {"WorkspaceId": "w", "Members[].UserId": ["u0", "u1"]},
        {"WorkspaceId": "w", "Members[].UserId": [f"u{number}" for number in range(50)]},
        {"ResourceId[]": ["dlc1", "dlc2"]},
        {"ResourceId[]": "dlc1", "TagKey[]": "k"},
    ]


async def test_the_duration_is_in_milliseconds(path: Path) -> None:
    await recorded(call_of("GetJob", {"JobId": "j"}), server(path)[0], 1.25)
    assert lines(path)[0]["duration_ms"] == 1250


async def test_a_call_that_waits_for_a_person_is_paused(path: Path) -> None:
    with pytest.raises(InputNeeded):
        async with audit.record(call_of("StopJob", {"JobId": "j"}), server(path)[0]):
            raise InputNeeded("key", "Stop?", "name")
    assert lines(path)[0]["outcome"] == "paused"


async def test_the_digest_of_the_arguments_is_keyed_for_the_audit_alone(path: Path) -> None:
    runtime = server(path)[0]
    await recorded(call_of("GetJob", {"JobId": "j"}), runtime)
    other = keys_of(runtime.settings).seal(b'{"JobId":"j"}').hex()
    mine = keys_of(runtime.settings).seal(b'audit{"JobId":"j"}').hex()
    assert lines(path)[0]["arguments"] == mine[:32] != other[:32]


async def test_an_act_that_is_refused_for_its_audit_says_why_on_stderr(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path)
    with pytest.raises(PolicyDenied):
        await recorded(call_of("StopJob", {"JobId": "j"}), server(path)[0])
    first = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert "audit log cannot be written: Is a directory" in first.getMessage()


async def test_a_read_whose_line_is_lost_says_so_on_stderr_but_not_to_the_caller(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(audit.reads_path(path))
    call = call_of("GetJob", {"JobId": "j"})
    await recorded(call, server(path)[0])
    assert call.notices == []
    assert ["not written: Is a directory" in record.getMessage() for record in caplog.records] == [True]


async def test_an_act_whose_line_is_lost_tells_the_caller(path: Path) -> None:
    call, runtime = call_of("StopJob", {"JobId": "j"}), server(path)[0]
    async with audit.record(call, runtime):
        spoil(path)
    assert [notice.rule for notice in call.notices] == ["audit"]


async def test_a_composite_tool_has_no_target_and_no_operation(path: Path) -> None:
    call = call_of("GetJob")
    call.tool = enabled(["all"])["pai_status"]
    await recorded(call, server(path)[0])
    (line,) = lines(path)
    assert (line["tool"], line["target"], line["operation"]) == ("pai_status", {}, None)
    assert line["guards"] == {}, "no guard has looked at it"


async def test_a_call_that_is_cancelled_leaves_its_line_too(path: Path) -> None:
    runtime = server(path)[0]
    with anyio.move_on_after(0.05):
        async with audit.record(call_of("StopJob", {"JobId": "j"}), runtime):
            await anyio.sleep(5)
    assert lines(path)[0]["outcome"] == "broken_off"


async def test_a_line_has_no_blanks_and_only_ascii(path: Path) -> None:
    await recorded(call_of("GetJob", {"JobId": "训练"}), server(path)[0])
    (line,) = lines(path)
    assert text_of(path) == json.dumps(line, separators=(",", ":")) + "\n"


async def test_a_line_is_written_whatever_it_is_that_was_made(path: Path) -> None:
    call = call_of("CreateJob", {})
    call.known.created = {"JobId": Path("dlc1")}
    await recorded(call, server(path)[0])
    assert lines(path)[0]["created"] == {"JobId": "dlc1"}


async def test_the_disk_is_waited_for_after_an_act_and_not_after_a_call_that_never_became_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("pai_dlc_mcp.audit.file.os.fsync", synced.append)
    await audit.note(server(path)[0], tool="t", caller="c", region=None, error=InvalidArguments("no such tool"))
    await recorded(call_of("GetJob", {"JobId": "j"}), server(path)[0])
    assert synced == []
    await recorded(call_of("StopJob", {"JobId": "j"}), server(path)[0])
    assert len(synced) == 1
