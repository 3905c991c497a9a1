"""R35 over the protocol: the person at the client types the target's name, in both eras, and nothing else counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ErrorData

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.guards.confirmation import elicit

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
    [("another-name", "accept"), ("", "accept"), (None, "accept"), (NAME, "decline")],
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
async def test_r35_a_client_that_puts_the_question_away_at_once_asked_nobody(
    emulator: Emulator, writes: Callable[[], list[str]], mode: str
) -> None:
    """As ``claude -p`` does: the answer says so, and offers what the operator's setting allows."""
    async with asking(emulator, mode, typing(None, "cancel")) as driver:
        job = await driver.create(NAME)
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert error["code"] == "confirmation_required"
        assert "nobody was asked" in error["message"]
        assert "StopJob" not in writes()
        token = error["confirmation"]["token"]
        done = await driver.ok("dlc_stop_job", wait_seconds=0, job_id=job, confirmation_token=token)
        assert done["confirmed_by"] == "two_step"
    async with asking(emulator, mode, typing(None, "cancel"), confirm_by="human") as driver:
        job = await driver.create("another")
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert "nobody was asked" in error["message"]
        assert "confirmation" not in error
    assert writes().count("StopJob") == 1


@ERAS
async def test_r35_a_question_that_was_put_away_later_is_asked_again(
    emulator: Emulator, writes: Callable[[], list[str]], mode: str
) -> None:
    questions: list[str] = []

    async def puts_away(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        questions.append(str(params.message))
        await anyio.sleep(0.7)
        return ElicitResult(action="cancel")

    async with asking(emulator, mode, puts_away) as driver:
        job = await driver.create(NAME)
        for asked in (1, 2):
            error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
            assert (error["code"], error["rule"]) == ("confirmation_required", "R35")
            assert "confirmation" not in error
            assert len(questions) == asked
    assert "StopJob" not in writes()


@ERAS
async def test_r35_a_no_holds_in_another_connection_and_for_another_act(
    emulator: Emulator, writes: Callable[[], list[str]], mode: str, tmp_path: Path
) -> None:
    """As ``codex exec`` does: it answers every question with a decline."""
    state = str(tmp_path / "state.db")
    async with asking(emulator, mode, typing(None, "decline"), state=state) as driver:
        job = await driver.create(NAME)
        error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
        assert (error["code"], error["rule"]) == ("policy_denied", "R35")
        assert "answered no" in error["message"]
        assert "pai-dlc-mcp approve" in error["message"]
    async with asking(emulator, mode, typing(NAME), state=state, toolsets=("all",)) as driver:
        for tool, more in (("dlc_stop_job", {}), ("dlc_create_signal", {"signal": "SIGTERM"})):
            error = await driver.error(tool, job_id=job, **more)
            assert (error["code"], error["rule"]) == ("policy_denied", "R35")
    assert not {"StopJob", "CreateSignal"} & set(writes())


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


async def test_r35_a_person_has_as_long_as_they_need_and_the_next_call_picks_the_answer_up(
    emulator: Emulator, writes: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_ready, asked = anyio.Event(), list[str]()

    async def thinks(context: Any, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        asked.append(str(params.message))
        await is_ready.wait()
        return ElicitResult(action="accept", content={"name": NAME})

    monkeypatch.setattr(elicit, "ASK_S", 0.5)
    async with asking(emulator, "legacy", thinks) as driver:
        job = await driver.create(NAME)
        for _ in range(2):
            error = await driver.error("dlc_stop_job", wait_seconds=0, job_id=job)
            assert (error["code"], error["rule"]) == ("confirmation_required", "R35")
            assert "is open at the client" in error["message"]
        assert "StopJob" not in writes()
        is_ready.set()
        monkeypatch.setattr(elicit, "ASK_S", 20.0)
        done = await driver.ok("dlc_stop_job", wait_seconds=0, job_id=job)
        assert done["confirmed_by"] == "human"
        assert len(asked) == 1
    assert writes().count("StopJob") == 1


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
