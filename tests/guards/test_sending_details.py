"""How long an answer is waited for, what is looked up after it, and what is taken for the thing that was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from guards.duplicating import NOW, jobs, row
from guards.fakes import FakeCloud, call_of, runtime_of

from pai_dlc_mcp.errors import LostAnswer, NotFound, Unavailable, UnknownOutcome
from pai_dlc_mcp.guards.creates import send_once
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply
from pai_dlc_mcp.timestamps import iso

NAMED = {"DisplayName": "train", "WorkspaceId": "11001"}
LOST = LostAnswer("silence")


@pytest.mark.parametrize(("left", "seconds"), [(60, 14.0), (25, 14.0), (20, 13.0), (17, 10.2), (10, 6.0), (2, 1.2)])
async def test_r25_an_answer_is_waited_for_so_long_that_a_look_still_fits(left: float, seconds: float) -> None:
    with anyio.move_on_after(left):
        await anyio.lowlevel.checkpoint()
        assert send_once._seconds_to_send() == pytest.approx(seconds, abs=0.05)


async def test_r25_an_act_is_not_sent_when_its_answer_could_not_be_heard() -> None:
    runtime, cloud, _ = runtime_of({"StopJob": {}})
    with anyio.move_on_after(1.4), pytest.raises(Unavailable, match="before anything was sent"):
        await send_once.send_once(call_of("StopJob", {"JobId": "j"}), runtime)
    assert cloud.sent == []


async def test_the_ids_that_an_answer_made_are_kept_for_the_audit() -> None:
    data: dict[str, Any] = {
        "JobId": "j" * 300, "Number": 1, "RequestId": "r", "requestid": "r", "ListId": ["x"], "TokenId": 7,
        "Name": "n", **{f"N{number}Id": "x" for number in range(9)},
    }  # fmt: skip
    made = send_once._made(Reply(data))
    assert made["JobId"] == "j" * 200
    assert made["TokenId"] == "7"
    assert set(made) == {"JobId", "TokenId", *(f"N{number}Id" for number in range(5))}


async def test_only_a_create_makes_something() -> None:
    runtime, _, _ = runtime_of({"StopJob": {"JobId": "dlc-1"}, "CreateJob": {"JobId": "dlc-1"}})
    stop, create = call_of("StopJob", {"JobId": "dlc-1"}), call_of("CreateJob", NAMED)
    for call in (stop, create):
        await send_once.send_once(call, runtime)
    assert (stop.facts["made"], create.facts["made"]) == (None, {"JobId": "dlc-1"})


async def create(answers: dict[str, Any], action: str = "CreateJob", *, before: Any = ()) -> tuple[Any, Any, Any]:
    runtime, cloud, clock = runtime_of(answers)
    call = call_of(action, NAMED | {"Name": "train"})
    if before is not None:
        call.facts["same_name"] = set(before)
    return await send_once.send_once(call, runtime), call, (cloud, clock)


async def test_r25_a_yes_without_an_id_is_completed_by_the_name_and_stays_a_yes() -> None:
    reply, call, _ = await create({"CreateJob": {"Extra": 1, "JobId": ""}, "ListJobs": jobs(row("dlc-new", ago=0))})
    assert list(reply.data.items()) == [("JobId", "dlc-new"), ("Extra", 1)]
    assert [notice.rule for notice in call.notices] == ["R25"]


async def test_r25_a_yes_without_an_id_that_cannot_be_found_says_to_look() -> None:
    reply, call, _ = await create({"CreateJob": {"Extra": 1}, "ListJobs": jobs()})
    assert reply.data == {"Extra": 1}
    (notice,) = call.notices
    assert notice.rule == "R25"
    assert "gave no JobId" in notice.message


async def test_r25_a_yes_that_is_completed_keeps_its_request_id_and_says_that_it_was_cut() -> None:
    runtime, cloud, _ = runtime_of({"ListJobs": jobs(row("dlc-new", ago=0))})

    class Cut(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "CreateJob":
                return Reply({}, "req-of-the-create", cut=True)
            return await cloud.send(operation, args, region)

    reply = await send_once.send_once(call_of("CreateJob", NAMED), replace(runtime, cloud=Cut()))
    assert reply == Reply({"JobId": "dlc-new"}, "req-of-the-create", cut=True)


async def test_r25_the_look_for_the_id_of_a_yes_ends_in_time_and_leaves_the_yes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert send_once.LOOK_SECONDS == 6.0
    monkeypatch.setattr(send_once, "LOOK_SECONDS", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "ListJobs":
                await anyio.sleep_forever()
            return Reply({"Extra": 1}, "req-1")

    call = call_of("CreateJob", NAMED)
    with anyio.fail_after(2):
        reply = await send_once.send_once(call, replace(runtime_of()[0], cloud=Hanging()))
    assert reply.data == {"Extra": 1}
    assert "gave no JobId" in call.notices[0].message


async def test_r25_the_look_after_a_lost_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_once, "LOOK_SECONDS", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "GetJob":
                await anyio.sleep_forever()
            raise LOST

    with anyio.fail_after(2), pytest.raises(UnknownOutcome):
        await send_once.send_once(call_of("StopJob", {"JobId": "j"}), replace(runtime_of()[0], cloud=Hanging()))


async def test_r25_a_yes_with_its_id_is_looked_up_no_further() -> None:
    reply, call, (cloud, _) = await create({"CreateJob": {"JobId": "dlc-1"}})
    assert (reply.data, call.notices, cloud.actions) == ({"JobId": "dlc-1"}, [], ["CreateJob"])


async def test_r25_a_thing_that_does_not_show_is_asked_for_four_times_in_three_and_a_half_seconds() -> None:
    runtime, cloud, clock = runtime_of({"CreateJob": LOST, "ListJobs": jobs()})
    with pytest.raises(UnknownOutcome):
        await send_once.send_once(call_of("CreateJob", NAMED), runtime)
    assert clock.slept == [0.0, 0.5, 1.0, 2.0]
    assert cloud.actions == ["CreateJob"] + ["ListJobs"] * 4


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("new", ago=4)], True),
        ([row("new", ago=6)], False),
        ([{"JobId": "new", "DisplayName": "train"}], False),
        ([row("new", ago=1), row("too", ago=1)], False),
    ],
)
async def test_r25_without_a_look_before_only_what_is_surely_new_counts(rows: list[Any], found: bool) -> None:
    runtime, _, _ = runtime_of({"CreateJob": LOST, "ListJobs": jobs(*rows)})
    call = call_of("CreateJob", NAMED)
    if found:
        assert (await send_once.send_once(call, runtime)).data == {"JobId": "new"}
    else:
        with pytest.raises(UnknownOutcome):
            await send_once.send_once(call, runtime)


@pytest.mark.parametrize(("ago", "found"), [(599, True), (601, False)])
async def test_r25_with_a_look_before_clocks_may_differ_by_ten_minutes(ago: float, found: bool) -> None:
    answers = {"CreateJob": LOST, "ListJobs": jobs(row("old"), row("new", ago=ago))}
    if found:
        assert (await create(answers, before=["old"]))[0].data == {"JobId": "new"}
    else:
        with pytest.raises(UnknownOutcome):
            await create(answers, before=["old"])


async def test_r25_a_thing_whose_time_is_not_told_counts_where_it_was_not_there_before() -> None:
    timeless = {"JobId": "new", "DisplayName": "train"}
    assert (await create({"CreateJob": LOST, "ListJobs": jobs(timeless)}))[0].data == {"JobId": "new"}


async def test_r25_a_delete_whose_target_is_gone_was_done_and_a_failing_look_is_tried_again() -> None:
    runtime, cloud, clock = runtime_of({"DeleteJob": LOST, "GetJob": [Unavailable("busy"), NotFound("none")]})
    call = call_of("DeleteJob", {"JobId": "j"})
    assert (await send_once.send_once(call, runtime)).data == {"JobId": "j"}
    assert [(notice.rule, notice.message.rpartition(" that ")[2]) for notice in call.notices] == [
        ("R25", "it is gone.")
    ]
    assert clock.slept == [0.0, 0.5]
    assert cloud.actions == ["DeleteJob", "GetJob", "GetJob"]


async def test_r25_a_part_that_was_taken_off_is_not_seen_in_the_whole() -> None:
    """A label's delete leaves the model, so that its read tells nothing."""
    runtime, _, _ = runtime_of({"DeleteModelLabels": LOST, "GetModel": NotFound("none")})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send_once(call_of("DeleteModelLabels", {"ModelId": "m", "LabelKeys": "a"}), runtime)
    (step,) = unknown.value.next
    assert (step.tool, step.arguments["model_id"]) == ("aiworkspace_get_model", "m")


async def test_r25_an_unknown_outcome_keeps_the_request_id_of_the_lost_answer() -> None:
    runtime, _, _ = runtime_of({"UntagResources": LostAnswer("cut off", request_id="req-lost")})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send_once(call_of("UntagResources", {"ResourceType": "job"}), runtime)
    assert (unknown.value.rule, unknown.value.request_id) == ("R25", "req-lost")


async def test_r25_an_act_that_nothing_shows_proposes_no_look() -> None:
    runtime, _, _ = runtime_of({"UntagResources": LOST})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send_once(call_of("UntagResources", {"ResourceType": "job"}), runtime)
    assert unknown.value.next == []


def test_times_of_the_rows_are_of_this_clock() -> None:
    assert row("x", ago=0)["GmtCreateTime"] == iso(NOW)
