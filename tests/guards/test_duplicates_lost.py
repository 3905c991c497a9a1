"""R25: one sending, and the look after an answer that was lost."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import anyio
import pytest
from guards.duplicating import ARGS, NONE, jobs, row, sender
from guards.fakes import REGION, FakeCloud, call_of, runtime_of

from pai_dlc_mcp.errors import CloudFailure, Duplicate, LostAnswer, NotFound, Unavailable, UnknownOutcome
from pai_dlc_mcp.guards.creates import duplicates, send_once
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Reply

LOST = LostAnswer("broken off")


async def lost_create(*lists: dict[str, Any] | CloudFailure, before: dict[str, Any] = NONE, **controls: Any) -> Any:
    """The call, the cloud, and the reply or the error, of a create whose answer was lost."""
    runtime, cloud = sender({"ListJobs": [before, *lists], "CreateJob": LOST})
    call = call_of("CreateJob", ARGS, **controls)
    await duplicates.check(call, runtime)
    try:
        return call, cloud, await send_once.send_once(call, runtime)
    except UnknownOutcome as error:
        return call, cloud, error


async def test_r25_a_create_whose_answer_was_lost_is_found_by_its_name_and_never_sent_again() -> None:
    call, cloud, reply = await lost_create(jobs(row("dlc-new", ago=-1)))
    assert reply == Reply({"JobId": "dlc-new"})
    assert [notice.rule for notice in call.notices] == ["R25"]
    assert cloud.actions.count("CreateJob") == 1
    assert call.facts["made"] == {"JobId": "dlc-new"}


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


async def test_r25_two_new_things_of_the_name_leave_the_outcome_unknown() -> None:
    _, _, error = await lost_create(jobs(row("dlc-a", ago=-1), row("dlc-b", ago=-1)))
    assert isinstance(error, UnknownOutcome)


async def test_r25_clocks_that_differ_by_minutes_do_not_hide_the_new_thing() -> None:
    _, _, reply = await lost_create(jobs(row("dlc-new", ago=300)))
    assert reply == Reply({"JobId": "dlc-new"})


async def test_r25_a_name_whose_outcome_is_unknown_stays_held() -> None:
    runtime, cloud = sender({"ListJobs": NONE, "CreateJob": LOST})
    for _ in range(2):
        call = call_of("CreateJob", ARGS)
        await duplicates.check(call, runtime)
        with pytest.raises((UnknownOutcome, Duplicate)):
            await send_once.send_once(call, runtime)
    assert cloud.actions.count("CreateJob") == 1


async def test_r25_a_create_without_a_name_to_look_for_is_an_unknown_outcome() -> None:
    runtime, cloud = sender({"CreateRun": LOST})
    with pytest.raises(UnknownOutcome):
        await send_once.send_once(call_of("CreateRun", {"ExperimentId": "e1"}), runtime)
    assert cloud.actions == ["CreateRun"]


async def acted(action: str, args: dict[str, Any], answers: dict[str, Any]) -> tuple[Any, FakeCloud]:
    runtime, cloud = sender({action: LOST, **answers})
    call = call_of(action, args)
    try:
        return await send_once.send_once(call, runtime), cloud
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


async def test_r25_a_lost_delete_is_done_when_the_thing_is_gone() -> None:
    reply, _ = await acted("DeleteDataset", {"DatasetId": "d-1"}, {"GetDataset": NotFound("gone")})
    assert reply == Reply({"DatasetId": "d-1"})
    error, _ = await acted("DeleteDataset", {"DatasetId": "d-1"}, {"GetDataset": {"DatasetId": "d-1"}})
    assert isinstance(error, UnknownOutcome)


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
    monkeypatch.setattr(send_once, "SEND_SECONDS", 0.05)

    class Hanging(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            if operation.action_name == "CreateJob":
                self.sent.append(("CreateJob", {}))
                await anyio.sleep_forever()
            return await super().send(operation, args, region)

    runtime = replace(runtime_of()[0], cloud=Hanging({"ListJobs": [NONE, jobs(row("dlc-new", ago=-1))]}))
    call = call_of("CreateJob", ARGS)
    await duplicates.check(call, runtime)
    with anyio.fail_after(5):
        assert await send_once.send_once(call, runtime) == Reply({"JobId": "dlc-new"})


async def test_a_read_is_sent_as_it_is_with_its_cap() -> None:
    caps: list[int | None] = []

    class Capped(FakeCloud):
        async def send(self, operation: Operation, args: Any, region: str, *, max_bytes: int | None = None) -> Reply:
            caps.append(max_bytes)
            assert (operation, args, region) == (call.operation, call.args, call.region)
            return Reply({})

    call = call_of("GetPodLogs", {"JobId": "dlc1", "PodId": "p"})
    call.facts["max_bytes"] = 4_096
    await send_once.send_once(call, replace(runtime_of()[0], cloud=Capped()))
    assert caps == [4_096]


@pytest.mark.parametrize(("left", "sent"), [(1.0, False), (3.0, True)])
async def test_an_act_is_not_sent_when_the_call_has_no_time_left_to_hear_its_answer(left: float, sent: bool) -> None:
    runtime, cloud = sender({"UpdateJob": {"JobId": "dlc1"}})
    refusal = nullcontext() if sent else pytest.raises(Unavailable, match="before anything was sent")
    with anyio.fail_after(left), refusal:
        await send_once.send_once(call_of("UpdateJob", {"JobId": "dlc1"}), runtime)
    assert (cloud.actions == ["UpdateJob"]) is sent
