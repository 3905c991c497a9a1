"""Answers that never come, come half or too late: an act is sent once, and what is said of it is true (R25)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from pai_dlc_mcp.errors import Unavailable
from pai_dlc_mcp.guards.creates import send_once
from support.attack_scene import Scene, previewed
from support.guard_removal import both_ways

LOSSES: dict[str, dict[str, Any]] = {
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
    "half": {"kind": "half"},
    "too late": {"kind": "delay", "seconds": 3},
    "garbage": {"kind": "garbage"},
    "server error": {"kind": "status", "status": 502},
}
CARRIED_OUT = ("dropped after", "half", "too late", "garbage")


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write waits one second for its answer instead of fourteen."""
    monkeypatch.setattr(send_once, "SEND_S", 1.0)
    monkeypatch.setattr(send_once, "PAUSES_S", (0.0, 0.1))


def tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What many clients do: a write whose answer was lost is sent once more."""
    sent = send_once._sent

    async def eager(call: Any, runtime: Any) -> Any:
        with suppress(Unavailable):
            reply = await sent(call, runtime)
            if not reply.cut:
                return reply
        return await sent(call, runtime)

    monkeypatch.setattr(send_once, "_sent", eager)


def jobs_of_name(scene: Scene, name: str) -> list[str]:
    return [job.id for job in scene.emulator.world.training.jobs.values() if job.args["DisplayName"] == name]


@pytest.mark.parametrize("loss", LOSSES)
@both_ways(tried_again)
async def test_r25_a_create_whose_answer_is_lost_is_not_sent_again(scene: Scene, loss: str) -> list[str]:
    async with scene.server() as driver:
        await driver.discover()
        scene.fault({"operation": "CreateJob", "times": 1, **LOSSES[loss]})
        await driver.raw("dlc_create_job", **driver.job("once"))
    return scene.writes("CreateJob")[1:]


@pytest.mark.parametrize("loss", LOSSES)
async def test_r25_what_is_said_of_a_lost_create_is_true(scene: Scene, loss: str) -> None:
    async with scene.server() as driver:
        await driver.discover()
        scene.fault({"operation": "CreateJob", "times": 1, **LOSSES[loss]})
        result = await driver.raw("dlc_create_job", **driver.job("once"))
    made, said = jobs_of_name(scene, "once"), result.structured_content
    assert len(made) == (loss in CARRIED_OUT)
    if said["ok"]:
        assert [said["data"]["JobId"]] == made
    else:
        assert said["error"]["code"] in ("unknown_outcome", "unavailable")
        assert made == [] or said["error"]["code"] == "unknown_outcome"


@pytest.mark.parametrize("loss", LOSSES)
@both_ways(tried_again)
async def test_r25_a_stop_whose_answer_is_lost_is_not_sent_again(scene: Scene, loss: str) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        token = await previewed(driver, job_id=job)
        scene.fault({"operation": "StopJob", "times": 1, **LOSSES[loss]})
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes("StopJob")[1:]


@pytest.mark.parametrize("loss", LOSSES)
async def test_r25_what_is_said_of_a_lost_stop_is_true(scene: Scene, loss: str) -> None:
    job = scene.job()
    async with scene.server() as driver:
        token = await previewed(driver, job_id=job)
        scene.fault({"operation": "StopJob", "times": 1, **LOSSES[loss]})
        result = await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        scene.fault()
        status = (await driver.data("dlc_get_job", job_id=job))["Status"]
    assert (status in ("Stopping", "Stopped")) == (loss in CARRIED_OUT)
    if result.structured_content["ok"]:
        assert status in ("Stopping", "Stopped")
    else:
        assert result.structured_content["error"]["code"] in ("unknown_outcome", "unavailable")


@pytest.mark.parametrize("loss", LOSSES)
async def test_r25_a_token_of_a_lost_stop_is_used_up(scene: Scene, loss: str) -> None:
    """Whatever became of the act: a second one needs a second look."""
    job = scene.job()
    async with scene.server() as driver:
        await scene.freeze(driver, job)
        frozen = scene.emulator.service.faults._faults[:]
        token = await previewed(driver, job_id=job)
        scene.fault({"operation": "StopJob", "times": 1, **LOSSES[loss]})
        scene.emulator.service.faults._faults += frozen
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
        error = await driver.error("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    assert error["code"] == "confirmation_invalid"
    assert len(scene.writes("StopJob")) == 1
