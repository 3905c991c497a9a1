"""R35 over the protocol: the person at the client types the target's name, in both eras, and nothing else counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ErrorData

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.protocol import elicitation

from .processes import VERSION_2026

Asked = Callable[[Any, ElicitRequestParams], Awaitable[ElicitResult | ErrorData]]
Driving = AbstractAsyncContextManager[Driver]
NAME = "asked-about"
ERAS = pytest.mark.parametrize("mode", ["legacy", VERSION_2026])


def typing(name: str | None, action: str = "accept", questions: list[str] | None = None) -> Asked:
    """A client whose person types ``name``."""

    async def asked(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        assert isinstance(params, ElicitRequestFormParams)
        if questions is not None:
            questions.append(params.message)
        content: dict[str, Any] | None = {"name": name} if name is not None else None
        return ElicitResult(action=action, content=content)

    return asked


def asking(emulator: Emulator, mode: str, asked: Asked | None, **settings: Any) -> Driving:
    return driving(emulator, client={"mode": mode, "elicitation_callback": asked}, **settings)


async def stopped(driver: Driver, job: str) -> bool:
    return bool((await driver.data("dlc_get_job", job_id=job))["Status"] in ("Stopped", "Stopping"))


@ERAS
async def test_r35_the_typed_name_stops_the_job_and_is_labelled_human(emulator: Emulator, mode: str) -> None:
    questions: list[str] = []
    async with asking(emulator, mode, typing(NAME, questions=questions)) as driver:
        job = await driver.create(NAME)
        result = await driver.ok("dlc_stop_job", wait_seconds=0, job_id=job)
        assert result["confirmed_by"] == "human"
        assert await stopped(driver, job)
    assert len(questions) == 1
    assert job in questions[0]
    assert NAME in questions[0]


@ERAS
@pytest.mark.parametrize(
    ("name", "action"),
    [("another-name", "accept"), ("", "accept"), (None, "accept"), (NAME, "decline"), (NAME, "cancel")],
)
async def test_r35_anything_but_the_typed_name_is_a_refusal_and_no_act(
    emulator: Emulator, writes: Callable[[], list[str]], mode: str, name: str | None, action: str
) -> None:
    async with asking(emulator, mode, typing(name, action)) as driver:
        job = await driver.create(NAME)
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert error["rule"] == "R35"
        assert "confirmation" not in error
        assert not await stopped(driver, job)
    assert "StopJob" not in writes()


@ERAS
async def test_r35_a_client_that_says_it_can_ask_and_fails_leads_to_a_refusal(
    emulator: Emulator, writes: Callable[[], list[str]], mode: str
) -> None:
    async def fails(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        return ErrorData(code=-32603, message="no window to show it in")

    async with asking(emulator, mode, fails) as driver:
        job = await driver.create(NAME)
        if mode == VERSION_2026:  # the client gives up by itself, before it calls again
            with pytest.raises(MCPError, match="no window"):
                await driver.raw("dlc_stop_job", wait_seconds=0, job_id=job)
        else:
            error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
            assert error["rule"] == "R35"
            assert "token" not in str(error).lower()
    assert "StopJob" not in writes()


async def test_r35_a_client_that_hangs_is_given_up_and_nothing_is_done(
    emulator: Emulator, writes: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        await anyio.sleep(60)
        raise AssertionError("the question was not taken back")

    monkeypatch.setattr(elicitation, "ASK_S", 0.5)
    async with asking(emulator, "legacy", hangs) as driver:
        job = await driver.create(NAME)
        with anyio.fail_after(8):
            error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
    assert error["rule"] == "R35"
    assert "StopJob" not in writes()


@ERAS
async def test_r35_a_client_that_cannot_ask_gets_a_token_under_auto_and_none_under_human(
    emulator: Emulator, mode: str
) -> None:
    async with asking(emulator, mode, None) as driver:
        job = await driver.create(NAME)
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert error["code"] == "confirmation_required"
        done = await driver.ok(
            "dlc_stop_job", wait_seconds=0, job_id=job, confirmation_token=error["confirmation"]["token"]
        )
        assert done["confirmed_by"] == "two_step"
    async with asking(emulator, mode, None, confirm_by="human") as driver:
        job = await driver.create("another-one")
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert (error["code"], error["rule"]) == ("confirmation_required", "R35")
        assert "confirmation" not in error


@ERAS
async def test_r35_nobody_is_asked_about_a_call_that_would_fail_anyway(emulator: Emulator, mode: str) -> None:
    questions: list[str] = []
    async with asking(emulator, mode, typing(NAME, questions=questions)) as driver:
        error = await driver.error("dlc_stop_job", job_id="dlc-no-such-job")
        assert error["code"] == "not_found"
        finished = next(
            job["JobId"] for job in (await driver.data("dlc_list_jobs", status="Succeeded"))["Jobs"]
        )  # fmt: skip
        assert (await driver.error("dlc_stop_job", job_id=finished))["rule"] == "R32"
    assert questions == []


@ERAS
async def test_r35_confirmed_by_token_never_asks(emulator: Emulator, mode: str) -> None:
    questions: list[str] = []
    async with asking(emulator, mode, typing(NAME, questions=questions), confirm_by="token") as driver:
        job = await driver.create(NAME)
        assert (await driver.error("dlc_stop_job", wait_seconds=0, job_id=job))["code"] == "confirmation_required"
    assert questions == []
