"""What is said of an act that was carried out, and what is read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.errors import Unavailable
from pai_dlc_mcp.guards.discovery import ledger
from pai_dlc_mcp.guards.effects import changes
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from support.fake_cloud import FakeCloud, call_of, runtime_of

JOB = {"JobId": "dlc1", "DisplayName": "resnet", "Status": "Running", "Description": "old"}
BOARD = {"TensorboardId": "tb1", "DisplayName": "board", "Status": "Running", "JobId": "dlc1"}


async def described(
    action: str, args: dict[str, Any], answers: dict[str, Any], data: dict[str, Any] | None = None, **stood: Any
) -> tuple[Mapping[str, Any], Any, FakeCloud]:
    runtime, cloud, _ = runtime_of(answers)
    call = call_of(action, args)
    reply = await changes.describe(call, Reply(data or {}, "req-1"), runtime, stood or None)
    assert reply.request_id == "req-1"
    return reply.data, call, cloud


@pytest.mark.parametrize(
    ("action", "args", "read"),
    [
        ("UpdateJob", {"JobId": "dlc1"}, ["GetJob"]),
        ("StopJob", {"JobId": "dlc1"}, ["GetJob"]),
        ("DeleteJob", {"JobId": "dlc1"}, ["GetJob"]),
        ("CreateTensorboard", {"JobId": "dlc1"}, []),
        ("GetWebTerminal", {"JobId": "dlc1", "PodId": "p"}, []),
        ("TagResources", {"ResourceType": "job"}, []),
    ],
)
async def test_what_a_change_a_stop_or_a_delete_is_about_is_read_before_it(
    action: str, args: dict[str, Any], read: list[str]
) -> None:
    runtime, cloud, _ = runtime_of({"GetJob": JOB})
    assert await changes.before(call_of(action, args), runtime) == (JOB if read else None)
    assert cloud.actions == read
    runtime, _, _ = runtime_of({"GetJob": Unavailable("away")})
    assert await changes.before(call_of(action, args), runtime) is None


async def test_a_change_says_what_it_gave_before_and_after_and_the_state() -> None:
    args = {"JobId": "dlc1", "Description": "new", "Priority": 3, "Accessibility": "", "DisplayName": "other"}
    now = {**JOB, "Description": "new", "DisplayName": "other", "Accessibility": "PUBLIC"}
    stood = {name: value for name, value in JOB.items() if name != "DisplayName"}
    data, call, cloud = await described("UpdateJob", args, {"GetJob": now}, {"JobId": "dlc1"}, **stood)
    assert data == {
        "JobId": "dlc1",
        "Done": "updated job",
        "Name": "other",
        "Before": {"Description": "old"},
        "After": {"Description": "new", "DisplayName": "other"},
        "Status": "Running",
    }
    assert call.known.job == now, "the secrets of what it became are masked"
    assert cloud.sent == [("GetJob", {"JobId": "dlc1"})]


async def test_what_was_read_before_an_act_is_read_anew_after_it() -> None:
    runtime, cloud, _ = runtime_of({"GetJob": [JOB, {**JOB, "Status": "Stopping"}]})
    call = call_of("StopJob", {"JobId": "dlc1"})
    stood = await changes.before(call, runtime)
    reply = await changes.describe(call, Reply({}), runtime, stood)
    assert reply.data == {"Done": "stopped job", "Name": "resnet", "Status": "Stopping"}
    assert cloud.actions == ["GetJob", "GetJob"]


async def test_what_the_service_answered_itself_stands_and_a_state_that_it_told_is_not_read() -> None:
    answer = {"Status": "Stopping", "Name": "own"}
    data, _, cloud = await described("StopJob", {"JobId": "dlc1"}, {"GetJob": JOB}, answer, **JOB)
    assert (data, cloud.sent) == ({**answer, "Done": "stopped job"}, [])


async def test_a_change_is_named_as_its_target_was_called_before() -> None:
    now = {**JOB, "DisplayName": "renamed"}
    args = {"JobId": "dlc1", "DisplayName": "renamed"}
    data, _, _ = await described("UpdateJob", args, {"GetJob": now}, {"JobId": "dlc1"}, **JOB)
    assert (data["Name"], data["Before"]) == ("resnet", {"DisplayName": "resnet"})


async def test_a_name_is_truncated_and_a_delete_reads_nothing_afterwards() -> None:
    data, call, cloud = await described("DeleteJob", {"JobId": "dlc1"}, {}, None, DisplayName="n" * 201)
    assert (data, cloud.sent, call.notices) == ({"Done": "deleted job", "Name": "n" * 200}, [], [])
    data, _, _ = await described("DeleteJob", {"JobId": "dlc1"}, {})
    assert data == {"Done": "deleted job"}


async def test_an_answer_that_is_no_change_is_left_as_it_is() -> None:
    runtime, cloud, _ = runtime_of()
    reply = Reply({"WebTerminalUrl": "x"})
    call = call_of("GetWebTerminal", {"JobId": "dlc1", "PodId": "p"})
    assert await changes.describe(call, reply, runtime, None) is reply
    assert cloud.sent == []


async def test_a_board_is_looked_at_in_its_workspace_and_only_what_starts_is_the_calls_job() -> None:
    args = {"TensorboardId": "tb1", "WorkspaceId": "11", "Priority": 1}
    for action, job in (("StartTensorboard", BOARD), ("StopTensorboard", None)):
        data, call, cloud = await described(action, args, {"GetTensorboard": BOARD}, None, **BOARD)
        assert cloud.sent == [("GetTensorboard", {"TensorboardId": "tb1", "WorkspaceId": "11"})]
        assert call.known.job == job
        assert (data["Name"], data["Status"]) == ("board", "Running")
    _, _, cloud = await described("StopTensorboard", {"TensorboardId": "tb1"}, {"GetTensorboard": BOARD}, None, **BOARD)
    assert cloud.sent == [("GetTensorboard", {"TensorboardId": "tb1"})]


async def test_what_was_created_is_looked_at_where_its_answer_tells_the_id() -> None:
    args = {"DisplayName": "new", "WorkspaceId": "11"}
    now = {"JobId": "dlc1", "DisplayName": "new", "Status": "Creating", "UserCommand": "x"}
    data, _, cloud = await described("CreateJob", args, {"GetJob": now}, {"JobId": "dlc1"})
    assert data["Now"] == {"JobId": "dlc1", "DisplayName": "new", "Status": "Creating"}
    assert "Status" not in data
    assert cloud.sent == [("GetJob", {"JobId": "dlc1"})]
    job = {"DatasetId": "d-1", "WorkspaceId": "11", "DatasetVersion": "v1", "JobAction": "x"}
    data, _, cloud = await described(
        "CreateDatasetJob", job, {"GetDatasetJob": {"Status": "New"}}, {"DatasetJobId": "j"}
    )
    (asked,) = cloud.sent
    assert asked == ("GetDatasetJob", {"DatasetId": "d-1", "DatasetJobId": "j", "WorkspaceId": "11"})
    part = {"DatasetId": "d-1"}
    data, call, cloud = await described("CreateDatasetVersion", part, {}, {"RequestId": "r"})
    assert ("Now" in data, cloud.sent, call.notices) == (False, [], []), "its answer does not say which version it is"
    for nothing in ({}, {"JobId": ""}):
        data, call, cloud = await described("CreateJob", args, {}, nothing)
        assert ("Now" in data, cloud.sent, call.notices) == (False, [], [])


def test_a_card_says_nothing_that_the_call_said_at_length_or_that_a_new_thing_has_not_yet() -> None:
    said = ("UserCommand", "Pods", "FrameworkContent", "Content", "Description", "Envs", "UserId", "Duration",
            "RestartTimes")  # fmt: skip
    for name in said:
        assert changes._card(operation("GetJob"), {name: "x"}) == {}
    assert changes._card(operation("GetJob"), {"Odd": "x"}) == {"Odd": "x"}
    assert changes._card(operation("ListJobs"), {"JobId": "x"}) == {}


@pytest.mark.parametrize(("action", "versions"), [("CreateJobTemplate", [1, 3]), ("UpdateJobTemplate", None)])
async def test_r26_who_made_a_template_has_seen_what_stands_in_it(action: str, versions: list[int] | None) -> None:
    template = {"TemplateId": "t1", "TemplateName": "base", "Versions": [{"Version": 1}, {"Version": 3}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": template})
    call = call_of(action, {"TemplateId": "t1"})
    await changes.describe(call, Reply({"TemplateId": "t1"}), runtime, None)
    seen = await ledger.find(runtime, call.caller, call.region, "template", "t1")
    assert (seen.about["Versions"] if seen else None) == versions


async def test_r26_a_template_that_cannot_be_remembered_was_made_all_the_same() -> None:
    class Gone(MemoryState):
        async def put(self, entries: Mapping[str, str], ttl: float) -> None:
            raise StateUnavailable("gone")

    runtime, _, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1", "TemplateName": "base"}})
    reply = await changes.describe(
        call_of("CreateJobTemplate"), Reply({"TemplateId": "t1"}), replace(runtime, state=Gone()), None
    )
    assert reply.data["Now"] == {"TemplateId": "t1", "TemplateName": "base"}


@pytest.mark.parametrize(
    ("action", "done"),
    [
        ("AddImage", "added image"),
        ("DeleteJobTemplate", "deleted job template"),
        ("StopJob", "stopped job"),
        ("TagResources", "tagged resources"),
        ("UntagResources", "untagged resources"),
        ("LogRunMetrics", "logged run metrics"),
        ("SetJobTemplateDefaultVersion", "set job template default version"),
    ],
)
def test_what_was_done_is_said_in_words(action: str, done: str) -> None:
    assert changes.words(operation(action)) == done


@pytest.mark.parametrize(("chars", "shown"), [(298, "x" * 298), (299, "301 characters"), (1_298, "1,300 characters")])
def test_a_value_of_up_to_three_hundred_characters_is_shown(chars: int, shown: str) -> None:
    assert changes._short("x" * chars) == shown


@pytest.mark.parametrize(("look_s", "call_s"), [(0.02, 30), (1e9, 0.6)])
async def test_a_look_that_hangs_ends_and_is_said_to_have_failed(
    monkeypatch: pytest.MonkeyPatch, look_s: float, call_s: float
) -> None:
    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            assert anyio.current_effective_deadline() - anyio.current_time() <= min(look_s, call_s - changes.LEFT_S)
            await anyio.sleep_forever()
            raise AssertionError

    assert changes.LOOK_S == 4.0
    monkeypatch.setattr(changes, "LOOK_S", look_s)
    call = call_of("StopJob", {"JobId": "dlc1"})
    with anyio.fail_after(call_s):
        reply = await changes.describe(call, Reply({}), replace(runtime_of()[0], cloud=Hanging()), JOB)
    assert reply.data == {"Done": "stopped job", "Name": "resnet"}
    said = "It was carried out; how it stands now could not be read."
    assert [(notice.rule, notice.message) for notice in call.notices] == [("R25", said)]


@pytest.mark.parametrize("action", ["StopJob", "CreateJob"])
async def test_a_look_that_fails_is_said_and_makes_no_error_of_the_act(action: str) -> None:
    data, call, _ = await described(action, {"JobId": "dlc1"}, {"GetJob": Unavailable("away")}, {"JobId": "dlc1"})
    assert ("Now" in data, "Status" in data) == (False, False)
    assert [notice.rule for notice in call.notices] == ["R25"]


@pytest.mark.parametrize(("left", "seconds"), [(100, 99.5), (0.4, 0.0)])
async def test_the_look_leaves_half_a_second_of_the_call_for_its_answer(left: float, seconds: float) -> None:
    with anyio.move_on_after(left):
        await anyio.lowlevel.checkpoint()
        assert changes._left_s() == pytest.approx(seconds, abs=0.4 if seconds else 0.0)
