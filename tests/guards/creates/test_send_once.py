"""R25: a write is sent once, and the look after an answer that was lost."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pai_dlc_mcp.errors import (
    CloudFailure,
    Duplicate,
    LostAnswer,
    NotFound,
    Unavailable,
    UnknownOutcome,
)
from pai_dlc_mcp.guards.creates import reservations, send_once
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply, Sent
from support.creates import ARGS, NONE, jobs, row, server
from support.fake_cloud import REGION, FakeCloud, call_of, runtime_of

LOST = LostAnswer("broken off")


async def lost_create(*lists: dict[str, Any] | CloudFailure, before: dict[str, Any] = NONE, **controls: Any) -> Any:
    """The call, the cloud, and the reply or the error, of a create whose answer was lost."""
    runtime, cloud = server({"ListJobs": [before, *lists], "CreateJob": LOST})
    call = call_of("CreateJob", ARGS, **controls)
    await reservations.check(call, runtime)
    try:
        return call, cloud, await send_once.send(call, runtime)
    except UnknownOutcome as error:
        return call, cloud, error


async def test_r25_a_create_whose_answer_was_lost_is_found_by_its_name_and_never_sent_again() -> None:
    call, cloud, reply = await lost_create(jobs(row("dlc-new", ago=-1)))
    assert reply == Reply({"JobId": "dlc-new"})
    assert [notice.rule for notice in call.notices] == ["R25"]
    assert cloud.actions.count("CreateJob") == 1
    assert call.known.created == {"JobId": "dlc-new"}


async def test_r25_a_list_that_is_late_is_asked_again() -> None:
    _, cloud, reply = await lost_create(NONE, Unavailable("down"), jobs(row("dlc-new", ago=-1)))
    assert reply == Reply({"JobId": "dlc-new"})
    assert cloud.actions.count("CreateJob") == 1


async def test_r25_what_cannot_be_found_is_an_unknown_outcome_with_the_look_as_next_step() -> None:
    _, cloud, error = await lost_create(NONE)
    assert isinstance(error, UnknownOutcome)
    assert error.rule == "R25"
    assert error.next[0].tool == "dlc_list_jobs"
    assert cloud.actions.count("CreateJob") == 1


async def test_r25_a_job_that_was_there_before_is_not_taken_for_the_new_one() -> None:
    old = row("dlc-old")
    _, _, error = await lost_create(jobs(old), before=jobs(old), allow_duplicate=True)
    assert isinstance(error, UnknownOutcome)
    _, _, reply = await lost_create(jobs(old, row("dlc-new", ago=-1)), before=jobs(old), allow_duplicate=True)
    assert reply == Reply({"JobId": "dlc-new"})


async def test_r25_two_new_jobs_of_the_name_leave_the_outcome_unknown() -> None:
    _, _, error = await lost_create(jobs(row("dlc-a", ago=-1), row("dlc-b", ago=-1)))
    assert isinstance(error, UnknownOutcome)


async def test_r25_clocks_that_differ_by_minutes_do_not_hide_the_new_job() -> None:
    _, _, reply = await lost_create(jobs(row("dlc-new", ago=300)))
    assert reply == Reply({"JobId": "dlc-new"})


async def test_r25_a_name_whose_outcome_is_unknown_stays_reserved() -> None:
    runtime, cloud = server({"ListJobs": NONE, "CreateJob": LOST})
    for _ in range(2):
        call = call_of("CreateJob", ARGS)
        await reservations.check(call, runtime)
        with pytest.raises((UnknownOutcome, Duplicate)):
            await send_once.send(call, runtime)
    assert cloud.actions.count("CreateJob") == 1


async def test_r25_a_create_without_a_name_to_look_for_is_an_unknown_outcome() -> None:
    runtime, cloud = server({"CreateRun": LOST})
    with pytest.raises(UnknownOutcome):
        await send_once.send(call_of("CreateRun", {"ExperimentId": "e1"}), runtime)
    assert cloud.actions == ["CreateRun"]


async def acted(action: str, args: dict[str, Any], answers: dict[str, Any]) -> tuple[Any, FakeCloud]:
    runtime, cloud = server({action: LOST, **answers})
    call = call_of(action, args)
    try:
        return await send_once.send(call, runtime), cloud
    except UnknownOutcome as error:
        return error, cloud


@pytest.mark.parametrize("status", ["Stopping", "Stopped"])
async def test_r25_a_lost_stop_that_shows_in_the_job_is_done(status: str) -> None:
    reply, cloud = await acted("StopJob", {"JobId": "dlc1"}, {"GetJob": {"Status": status}})
    assert reply == Reply({"JobId": "dlc1"})
    assert cloud.actions.count("StopJob") == 1


async def test_r25_a_lost_stop_that_does_not_show_is_an_unknown_outcome_that_names_the_read() -> None:
    error, cloud = await acted("StopJob", {"JobId": "dlc1"}, {"GetJob": {"Status": "Running"}})
    assert isinstance(error, UnknownOutcome)
    assert (error.next[0].tool, dict(error.next[0].arguments)) == ("dlc_get_job", {"region": REGION, "job_id": "dlc1"})
    assert cloud.actions.count("StopJob") == 1


async def test_r25_a_lost_delete_is_done_when_the_target_is_gone() -> None:
    reply, _ = await acted("DeleteDataset", {"DatasetId": "d-1"}, {"GetDataset": NotFound("gone")})
    assert reply == Reply({"DatasetId": "d-1"})
    error, _ = await acted("DeleteDataset", {"DatasetId": "d-1"}, {"GetDataset": {"DatasetId": "d-1"}})
    assert isinstance(error, UnknownOutcome)


@pytest.mark.parametrize(("action", "shown"), [("StopJob", NotFound("none")), ("DeleteJob", {"Status": "Stopped"})])
async def test_r25_the_end_of_another_act_is_not_taken_for_its_own(action: str, shown: Any) -> None:
    assert isinstance((await acted(action, {"JobId": "dlc1"}, {"GetJob": shown}))[0], UnknownOutcome)


async def test_r25_a_lost_delete_of_a_part_does_not_conclude_from_the_whole_being_gone() -> None:
    args = {"DatasetId": "d-1", "LabelKeys": "a"}
    error, _ = await acted("DeleteDatasetLabels", args, {"GetDataset": NotFound("gone")})
    assert isinstance(error, UnknownOutcome)


async def test_r25_another_write_whose_answer_was_lost_names_the_read_that_shows_the_truth() -> None:
    error, cloud = await acted("UpdateJob", {"JobId": "dlc1", "Priority": 2}, {})
    assert isinstance(error, UnknownOutcome)
    assert error.next[0].tool == "dlc_get_job"
    assert cloud.actions == ["UpdateJob"]


async def test_r25_a_write_that_hangs_ends_in_time_and_counts_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_once, "SEND_S", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "CreateJob":
                self.sent.append(("CreateJob", {}))
                await anyio.sleep_forever()
            return await super().send(operation, args, region)

    runtime = replace(runtime_of()[0], cloud=Hanging({"ListJobs": [NONE, jobs(row("dlc-new", ago=-1))]}))
    call = call_of("CreateJob", ARGS)
    await reservations.check(call, runtime)
    with anyio.fail_after(30):
        assert await send_once.send(call, runtime) == Reply({"JobId": "dlc-new"})


async def test_a_read_is_sent_as_it_is_with_its_cap() -> None:
    caps: list[int | None] = []

    class Capped(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            caps.append(max_bytes)
            assert (operation, args, region) == (call.operation, call.args, call.region)
            return Reply({})

    call = call_of("GetPodLogs", {"JobId": "dlc1", "PodId": "p"})
    call.known.max_bytes = 4_096
    await send_once.send(call, replace(runtime_of()[0], cloud=Capped()))
    assert caps == [4_096]


@pytest.mark.parametrize(("left", "sent"), [(1.0, False), (3.0, True)])
async def test_an_act_is_not_sent_when_the_call_has_no_time_left_to_hear_its_answer(left: float, sent: bool) -> None:
    runtime, cloud = server({"UpdateJob": {"JobId": "dlc1"}})
    refusal = nullcontext() if sent else pytest.raises(Unavailable, match="before anything was sent")
    with anyio.fail_after(left), refusal:
        await send_once.send(call_of("UpdateJob", {"JobId": "dlc1"}), runtime)
    assert (cloud.actions == ["UpdateJob"]) is sent


NAMED = {"DisplayName": "train", "WorkspaceId": "11001"}


@pytest.mark.parametrize(("left", "seconds"), [(60, 14.0), (25, 14.0), (20, 13.0), (17, 10.2), (10, 6.0), (3, 1.8)])
async def test_r25_an_answer_is_waited_for_so_long_that_a_look_still_fits(left: float, seconds: float) -> None:
    waits: list[float] = []

    class Timed(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            waits.append(anyio.current_effective_deadline() - started_at)
            return Reply({})

    with anyio.move_on_after(left):
        started_at = anyio.current_time()
        await send_once.send(call_of("UpdateJob", {"JobId": "j"}), replace(runtime_of()[0], cloud=Timed()))
    assert waits == [pytest.approx(seconds, abs=0.5)]


async def test_r25_an_act_is_not_sent_when_its_answer_could_not_be_heard() -> None:
    runtime, cloud, _ = runtime_of({"StopJob": {}})
    with anyio.move_on_after(1.4), pytest.raises(Unavailable, match="before anything was sent"):
        await send_once.send(call_of("StopJob", {"JobId": "j"}), runtime)
    assert cloud.sent == []


async def test_the_ids_in_the_answer_of_a_create_are_kept_for_the_audit() -> None:
    data: dict[str, Any] = {"JobId": "dlc-1", "Number": 1, "RequestId": "r", "ListId": ["x"], "TokenId": 7, "Name": "n"}
    runtime, _, _ = runtime_of({"CreateJob": data | {"OddId": "j" * 201}})
    call = call_of("CreateJob", NAMED)
    await send_once.send(call, runtime)
    created = call.known.created or {}
    assert created == {"JobId": "dlc-1", "TokenId": "7", "OddId": "j" * 200}
    many = call_of("CreateJob", NAMED | {"DisplayName": "many"})
    answer = {"CreateJob": {f"A{number}Id": "x" for number in range(9)} | {"JobId": "dlc-1"}}
    await send_once.send(many, runtime_of(answer)[0])
    assert list(many.known.created or {}) == [f"A{number}Id" for number in range(8)]


async def test_an_act_whose_answer_names_no_request_was_carried_out_all_the_same() -> None:
    class Nameless(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            return Reply({})

    call = call_of("UpdateJob", {"JobId": "j"})
    await send_once.send(call, replace(runtime_of()[0], cloud=Nameless()))
    assert (call.known.carried_out, call.sent.is_write_sent) == ("", True)


@pytest.mark.parametrize(("may_have_left", "kind", "rule"), [(True, UnknownOutcome, "R25"), (False, Unavailable, None)])
def test_r25_of_a_call_that_is_over_only_an_act_that_may_have_left_is_unknown(
    may_have_left: bool, kind: type, rule: str | None
) -> None:
    error = send_once.late(Sent(is_write_sent=may_have_left))
    assert (type(error), error.rule) == (kind, rule)


async def test_r25_a_caller_that_goes_away_cuts_no_act_between_its_sending_and_its_record() -> None:
    answer, call = anyio.Event(), call_of("UpdateJob", {"JobId": "j"})

    class Slow(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            await answer.wait()
            return Reply({}, "req-1")

    async with anyio.create_task_group() as group:
        group.start_soon(send_once.send, call, replace(runtime_of()[0], cloud=Slow()))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
        answer.set()
    assert call.known.carried_out == "req-1"


async def test_r25_an_act_that_lasts_longer_than_its_call_is_unknown_not_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def endless(call: Any, runtime: Any) -> Reply:
        call.sent.is_write_sent = True
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr(send_once, "_carry_out", endless)
    with anyio.CancelScope(deadline=anyio.current_time() + 0.05):
        with pytest.raises(UnknownOutcome, match="the act may have been done"):
            await send_once.send(call_of("UpdateJob", {"JobId": "j"}), runtime_of()[0])


async def test_only_a_create_has_created_something() -> None:
    runtime, _, _ = runtime_of({"StopJob": {"JobId": "dlc-1"}, "CreateJob": {"JobId": "dlc-1"}})
    stop, create = call_of("StopJob", {"JobId": "dlc-1"}), call_of("CreateJob", NAMED)
    for call in (stop, create):
        await send_once.send(call, runtime)
    assert (stop.known.created, create.known.created) == (None, {"JobId": "dlc-1"})


async def create(answers: dict[str, Any], action: str = "CreateJob", *, before: Any = ()) -> tuple[Any, Any, Any]:
    runtime, cloud, clock = runtime_of(answers)
    call = call_of(action, NAMED | {"Name": "train"})
    if before is not None:
        call.known.same_name = frozenset(before)
    return await send_once.send(call, runtime), call, (cloud, clock)


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


async def test_r25_a_yes_that_is_completed_keeps_its_request_id_and_says_that_it_was_truncated() -> None:
    runtime, cloud, _ = runtime_of({"ListJobs": jobs(row("dlc-new", ago=0))})

    class Cut(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "CreateJob":
                return Reply({}, "req-of-the-create", cut=True)
            return await cloud.send(operation, args, region)

    reply = await send_once.send(call_of("CreateJob", NAMED), replace(runtime, cloud=Cut()))
    assert reply == Reply({"JobId": "dlc-new"}, "req-of-the-create", cut=True)


async def test_r25_the_look_for_the_id_of_a_yes_ends_in_time_and_leaves_the_yes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert send_once.LOOK_S == 6.0
    monkeypatch.setattr(send_once, "LOOK_S", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "ListJobs":
                await anyio.sleep_forever()
            return Reply({"Extra": 1}, "req-1")

    call = call_of("CreateJob", NAMED)
    with anyio.fail_after(30):
        reply = await send_once.send(call, replace(runtime_of()[0], cloud=Hanging()))
    assert reply.data == {"Extra": 1}
    assert "gave no JobId" in call.notices[0].message


async def test_r25_the_look_after_a_lost_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_once, "LOOK_S", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "GetJob":
                await anyio.sleep_forever()
            raise LOST

    with anyio.fail_after(30), pytest.raises(UnknownOutcome):
        await send_once.send(call_of("StopJob", {"JobId": "j"}), replace(runtime_of()[0], cloud=Hanging()))


async def test_r25_a_yes_with_its_id_is_looked_up_no_further() -> None:
    reply, call, (cloud, _) = await create({"CreateJob": {"JobId": "dlc-1"}})
    assert (reply.data, call.notices, cloud.actions) == ({"JobId": "dlc-1"}, [], ["CreateJob"])


async def test_r25_a_job_that_does_not_show_is_asked_for_four_times_in_three_and_a_half_seconds() -> None:
    runtime, cloud, clock = runtime_of({"CreateJob": LOST, "ListJobs": jobs()})
    with pytest.raises(UnknownOutcome):
        await send_once.send(call_of("CreateJob", NAMED), runtime)
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
        assert (await send_once.send(call, runtime)).data == {"JobId": "new"}
    else:
        with pytest.raises(UnknownOutcome):
            await send_once.send(call, runtime)


@pytest.mark.parametrize(("ago", "found"), [(599, True), (601, False)])
async def test_r25_with_a_look_before_clocks_may_differ_by_ten_minutes(ago: float, found: bool) -> None:
    answers = {"CreateJob": LOST, "ListJobs": jobs(row("old"), row("new", ago=ago))}
    if found:
        assert (await create(answers, before=["old"]))[0].data == {"JobId": "new"}
    else:
        with pytest.raises(UnknownOutcome):
            await create(answers, before=["old"])


async def test_r25_a_job_whose_time_is_not_given_counts_where_it_was_not_there_before() -> None:
    timeless = {"JobId": "new", "DisplayName": "train"}
    assert (await create({"CreateJob": LOST, "ListJobs": jobs(timeless)}))[0].data == {"JobId": "new"}


async def test_r25_a_delete_whose_target_is_gone_was_done_and_a_failing_look_is_tried_again() -> None:
    runtime, cloud, clock = runtime_of({"DeleteJob": LOST, "GetJob": [Unavailable("busy"), NotFound("none")]})
    call = call_of("DeleteJob", {"JobId": "j"})
    assert (await send_once.send(call, runtime)).data == {"JobId": "j"}
    assert [(notice.rule, notice.message.rpartition(" that ")[2]) for notice in call.notices] == [
        ("R25", "it is gone.")
    ]
    assert clock.slept == [0.0, 0.5]
    assert cloud.actions == ["DeleteJob", "GetJob", "GetJob"]


async def test_r25_a_part_that_was_taken_off_is_not_seen_in_the_whole() -> None:
    """A label's delete leaves the model, so that its read says nothing."""
    runtime, _, _ = runtime_of({"DeleteModelLabels": LOST, "GetModel": NotFound("none")})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send(call_of("DeleteModelLabels", {"ModelId": "m", "LabelKeys": "a"}), runtime)
    (step,) = unknown.value.next
    assert (step.tool, step.arguments["model_id"]) == ("aiworkspace_get_model", "m")


async def test_r25_an_unknown_outcome_keeps_the_request_id_of_the_lost_answer() -> None:
    runtime, _, _ = runtime_of({"UntagResources": LostAnswer("cut off", request_id="req-lost")})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send(call_of("UntagResources", {"ResourceType": "job"}), runtime)
    assert (unknown.value.rule, unknown.value.request_id) == ("R25", "req-lost")


async def test_r25_an_act_that_nothing_shows_proposes_no_look() -> None:
    runtime, _, _ = runtime_of({"UntagResources": LOST})
    with pytest.raises(UnknownOutcome) as unknown:
        await send_once.send(call_of("UntagResources", {"ResourceType": "job"}), runtime)
    assert unknown.value.next == []
