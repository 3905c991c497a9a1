"""What is said of acts that were sent (R33, R40): they stay done, whatever fails afterwards."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from pai_dlc_mcp.errors import NotFound, PermissionDenied, Unavailable
from pai_dlc_mcp.guards.effects import check as effects
from pai_dlc_mcp.runtime import Reply
from support.fake_cloud import call_of, runtime_of

PUBLIC = [{"Type": "Worker", "EcsSpec": "ecs.g6.large"}]


def a_job(status: str = "Running", **more: Any) -> dict[str, Any]:
    return {"JobId": "dlc1", "Status": status, "JobType": "PyTorchJob", "JobSpecs": PUBLIC, **more}


def status(*names: str) -> list[Any]:
    return [a_job(name) for name in names]


async def reported(
    action: str, looks: Any, wait: int, **args: Any
) -> tuple[dict[str, Any], list[tuple[str, str]], list[float]]:
    """Data, notices and pauses of an act that was sent; only its own job is looked at."""
    runtime, cloud, clock = runtime_of({"GetJob": looks})
    call = call_of(action, {"JobId": "dlc1", **args}, wait_seconds=wait)
    reply = await effects.report(call, Reply({"JobId": "dlc1"}, "req-9"), runtime)
    assert reply.request_id == "req-9"
    assert all(sent == ("GetJob", {"JobId": "dlc1"}) for sent in cloud.sent)
    return reply.data, [(notice.rule, notice.message) for notice in call.notices], clock.slept


async def test_r33_after_a_stop_the_answer_says_that_the_job_stopped() -> None:
    data, notices, slept = await reported("StopJob", status("Running", "Stopping", "Stopped"), 10)
    assert data == {"JobId": "dlc1", "Status": "Stopped", "reached": True}
    assert notices == []
    assert slept == [0.5, 1.0]


async def test_r33_a_job_that_is_still_stopping_after_the_wait_is_said_to_be() -> None:
    data, [(rule, message)], slept = await reported("StopJob", status("Stopping"), 10)
    assert data == {"JobId": "dlc1", "Status": "Stopping", "reached": False}
    assert (rule, "the job is Stopping" in message) == ("R33", True)
    assert sum(slept) == 10
    assert max(slept) <= 3


async def test_r33_what_was_seen_last_is_said_where_later_looks_fail() -> None:
    data, [(rule, message)], _ = await reported("StopJob", [a_job("Stopping"), Unavailable("away")], 2)
    assert data == {"JobId": "dlc1", "Status": "Stopping", "reached": False}
    said = "The stop was sent and the job is Stopping; dlc_wait_for_job tells when it ended."
    assert (rule, message) == ("R33", said)


async def test_r33_no_wait_still_looks_once() -> None:
    data, _, slept = await reported("StopJob", status("Stopped"), 0)
    assert (data["reached"], slept) == (True, [])
    data, _, slept = await reported("StopJob", status("Stopping", "Stopped"), 0)
    assert (data["reached"], slept) == (False, [])


async def test_r33_no_wait_is_longer_than_a_call_may_last() -> None:
    _, _, slept = await reported("StopJob", status("Stopping"), 500)
    assert sum(slept) == 20


async def test_r33_a_status_is_repeated_no_longer_than_forty_characters() -> None:
    """The service's words stand beside ours: they get no room for sentences."""
    _, [(_, message)], _ = await reported("StopJob", status("x" * 41), 0)
    assert f"the job is {'x' * 40};" in message


@pytest.mark.parametrize("ended", ["Succeeded", "Failed"])
async def test_r33_a_job_that_ended_by_itself_meanwhile_was_not_stopped(ended: str) -> None:
    data, [(rule, message)], _ = await reported("StopJob", status("Stopping", ended), 10)
    assert data == {"JobId": "dlc1", "Status": ended, "reached": False}
    assert (rule, f"ended as {ended} before" in message) == ("R33", True)


async def test_r33_a_stop_that_was_done_is_no_error_when_nothing_can_be_read() -> None:
    for failure in (Unavailable("silence"), PermissionDenied("no"), NotFound("gone")):
        data, [(rule, message)], _ = await reported("StopJob", failure, 2)
        assert data == {"JobId": "dlc1"}
        assert (rule, "The stop was sent" in message) == ("R33", True)
    data, notices, _ = await reported("StopJob", [Unavailable("once"), a_job("Stopped")], 2)
    assert (data["reached"], notices) == (True, [])


async def test_r33_a_look_that_hangs_does_not_hold_up_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, cloud, _ = runtime_of()

    async def hang(*_: Any, **__: Any) -> Reply:
        await anyio.sleep(60)
        raise AssertionError

    monkeypatch.setattr(cloud, "send", hang)
    monkeypatch.setattr(effects, "LOOK_S", 0.05)
    call = call_of("StopJob", {"JobId": "dlc1"})
    with anyio.fail_after(30):
        reply = await effects.report(call, Reply({"JobId": "dlc1"}), runtime)
    assert reply.data == {"JobId": "dlc1"}
    assert [notice.rule for notice in call.notices] == ["R33"]


async def test_r33_a_look_may_take_its_time_even_without_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, cloud, _ = runtime_of({"GetJob": a_job("Stopped")})
    quick = cloud.send

    async def slow(*args: Any, **more: Any) -> Reply:
        await anyio.sleep(0.05)
        return await quick(*args, **more)

    monkeypatch.setattr(cloud, "send", slow)
    reply = await effects.report(call_of("StopJob", {"JobId": "dlc1"}), Reply({"JobId": "dlc1"}), runtime)
    assert reply.data["reached"] is True


async def test_r40_without_a_wait_the_delay_is_named() -> None:
    data, [(rule, message)], slept = await reported("UpdateJob", status("Queuing"), 0, Priority=5)
    assert (data, rule, slept) == ({"JobId": "dlc1"}, "R40", [])
    assert "10 to 60 s" in message


async def test_r40_on_request_it_waits_until_the_priority_shows() -> None:
    looks = [a_job("Queuing", Priority=1), a_job("Queuing", Priority=1), a_job("Queuing", Priority=5)]
    data, notices, slept = await reported("UpdateJob", looks, 20, Priority=5)
    assert data == {"JobId": "dlc1", "Priority": 5, "reached": True}
    assert (notices, slept) == ([], [0.5, 1.0])


async def test_r40_a_priority_that_does_not_show_within_the_wait_is_said_not_to() -> None:
    data, [(rule, message)], _ = await reported("UpdateJob", [a_job("Queuing", Priority=1)], 5, Priority=5)
    assert data == {"JobId": "dlc1", "Priority": 1, "reached": False}
    assert (rule, "get_job shows 1 still" in message) == ("R40", True)


async def test_r40_an_update_that_was_done_is_no_error_when_nothing_can_be_read() -> None:
    data, [(rule, message)], _ = await reported("UpdateJob", Unavailable("silence"), 2, Priority=5)
    assert (data, rule) == ({"JobId": "dlc1"}, "R40")
    assert "The priority was sent" in message


async def test_r40_an_update_of_something_else_is_not_waited_for() -> None:
    data, notices, _ = await reported("UpdateJob", status("Queuing"), 20, Accessibility="PUBLIC")
    assert (data, notices) == ({"JobId": "dlc1"}, [])


@pytest.mark.parametrize("action", ["GetDashboard", "GetRayDashboard"])
@pytest.mark.parametrize(
    ("status", "why"),
    [("Running", "not up yet"), ("Succeeded", "this one is Succeeded"), ("x" * 41, f"this one is {'x' * 40}.")],
)
async def test_r44_an_empty_address_of_a_ray_job_is_explained(action: str, status: str, why: str) -> None:
    runtime, _, _ = runtime_of({"GetJob": a_job(status, JobType="RayJob")})
    call = call_of(action, {"JobId": "dlc1"})
    await effects.check(call, runtime)
    for url in ("https://ray", ""):
        await effects.report(call, Reply({"url": url}), runtime)
        assert [notice.rule for notice in call.notices] == ([] if url else ["R44"])
    assert why in call.notices[0].message
